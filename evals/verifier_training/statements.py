"""Plain statements about a passage's subject, in other words than the passage uses.

Pairs made by editing a sentence never teach that "a 1999 film directed by Y" says "Y directed X".
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from evals.verifier_training.distorted import Distortions
from evals.verifier_training.facts import Fact, facts_of
from evals.verifier_training.passages import Passage
from evals.verifier_training.patterns import CLAUSE, PARENTHESIS
from evals.verifier_training.synthetic import Pair
from evals.verifier_training.texts import Texts
from evals.verifier_training.wordings import BROAD, COUNTRIES, WIDER, article
from tools.dates import MONTHS
from tools.verifiers.text import plain

TRIES = 10
TOLD = 0.25
"""Share of statements made from a sentence about "he" or "the film", with the name instead."""
RARE = 0.6
"""Relations are drawn by their number of facts to this power: frequent ones more often, but not exclusively."""
LEAST = 3
"""A relation needs this many facts, so that objects can be exchanged."""
_YEAR = re.compile(r"\d{4}")
_MONTH = re.compile("|".join(MONTHS))
_DAY = re.compile(r"\b\d{1,2}\b")
_SUBJECT = re.compile(r"^[^()]{2,80}?(?: ?\([^()]*\))? (?=(?:is|was|are|were) )")
_BACK = re.compile(r"^(?:It|He|She|The (?:film|album|song|band|book|novel|series|company|town|city)) (?=[a-z])")
_WHEN = re.compile(r"^(?P<said>.+?) (?P<when>(?:in|on) (?:[A-Z][a-z]+ )?(?:\d{1,2}, )?\d{4})\.?$")
_MEANT = {"work": ("It", "It", "The {noun}"), "place": ("It",), "body": ("It", "They")}
_FEMALE = re.compile(r"\b(?:she|her|actress)\b", re.IGNORECASE)
_BE = re.compile(r" (?:is|was|are|were|has|had) ")
_BASE = """stars star appears appear features feature comes come works work includes include directed direct wrote
write produced produce acted act made make died die studied study went go came come founded found composed compose
performed perform won win received receive employed employ killed kill premiered premiere started start worked work
created create developed develop designed design published publish recorded record released release edited edit
distributed distribute owned own built build""".split()  # noqa: SIM905
_DENIED = dict(zip(_BASE[::2], _BASE[1::2], strict=True))
_VERB = re.compile(rf" (?:{'|'.join(_DENIED)}) ")
_ROLES = frozenset({"starring", "father", "mother", "director", "directed by", "written by", "produced by"})


def said_of(form: str, fact: Fact, thing: str) -> str:
    """The form filled in; nothing if the object is less precise than the form."""
    year, month = _YEAR.search(thing), _MONTH.search(thing)
    values = {
        "s": fact.passage.title,
        "o": thing,
        "a": article(thing),
        "kind": fact.noun,
        "country": COUNTRIES.get(thing, thing),
        "year": year[0] if year else "",
        "month": f"{month[0]} {year[0]}" if month and year else "",
        "decade": f"{year[0][:3]}0s" if year else "",
    }
    if any(f"{{{name}}}" in form and not value for name, value in values.items()):
        return ""
    if fact.is_dated and not _DAY.search(thing):
        form = form.replace(" on {o}", " in {o}")
    return form.format_map(values)


def denied(claim: str, draw: random.Random) -> str:
    """The negated sentence; nothing if its verb is unknown."""
    if found := _BE.search(claim):
        be = found[0].strip()
        new = draw.choice(
            [f"{be} not", f"{be} not", f"{be} never", "has never been" if be in ("is", "was") else be + " not"]
        )
        return f"{claim[: found.start()]} {new} {claim[found.end() :]}"
    if found := _VERB.search(claim):
        verb = found[0].strip()
        does = "does" if verb.endswith("s") else "did"
        new = draw.choice([f"{does} not {_DENIED[verb]}", f"{does} not {_DENIED[verb]}", f"never {verb}"])
        return f"{claim[: found.start()]} {new} {claim[found.end() :]}"
    return ""


@dataclass(slots=True)
class Statements:
    """Each true statement has a false one of the same form beside it, whose object is true of something else, so that
    the claim alone tells nothing. Everything is drawn from the seed."""

    passages: Sequence[Passage]
    draw: random.Random
    relations: dict[str, list[Fact]] = field(init=False)
    distortions: Distortions = field(init=False)
    _places: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        relations: dict[str, list[Fact]] = {}
        for passage in self.passages:
            for fact in facts_of(passage):
                relations.setdefault(fact.relation, []).append(fact)
        self.relations = {name: facts for name, facts in sorted(relations.items()) if len(facts) >= LEAST}
        texts = Texts([passage.text for passage in self.passages], self.draw)
        self.distortions = Distortions(texts, self.draw)
        self._places = {text: at for at, text in enumerate(texts.texts)}

    def pairs(self, count: int) -> list[Pair]:
        """About as many supported as not; fewer than asked for if the passages say too little."""
        made: list[Pair] = []
        weights = [len(facts) ** RARE for facts in self.relations.values()]
        for _ in range(count * TRIES if self.relations else 0):
            if len(made) >= count:
                break
            if self.draw.random() < TOLD:
                made += self._told(self.draw.choice(self.passages))
            else:
                facts = self.draw.choices(list(self.relations.values()), weights)[0]
                made += self._stated(self.draw.choice(facts))
        return made[:count]

    def _stated(self, fact: Fact) -> list[Pair]:
        form = self.draw.choice(fact.forms)
        true, other = said_of(form, fact, fact.thing), self._other(fact, form)
        false = said_of(form, fact, other) if other else ""
        if not true or not false:
            return []
        against = Pair(self.evidence(fact), self._styled(false), "contradicted")
        kind = self.draw.random()
        if kind < 0.14 and (denial := denied(true, self.draw)):
            against = Pair(self.evidence(fact), self._styled(denial), "contradicted")
        elif kind < 0.18 and (denial := denied(false, self.draw)):
            return [Pair(self.evidence(fact), self._styled(denial), "supported"), against]
        elif kind < 0.22 and (found := _BE.search(false)):
            only = self.draw.choice(["only", "exclusively", "solely"])
            against = Pair(self.evidence(fact), f"{false[: found.end()]}{only} {false[found.end() :]}", "contradicted")
        elif kind < 0.25:
            elsewhere = self._evidence_of_another(fact)
            against = Pair(elsewhere, self._styled(true), "neutral") if elsewhere else against
        elif kind < 0.28 and fact.relation in _ROLES:
            turned = form.replace("{s}", "\0").replace("{o}", "{s}").replace("\0", "{o}")
            against = Pair(self.evidence(fact), said_of(turned, fact, fact.thing), "contradicted")
        return [Pair(self.evidence(fact), self._styled(true), "supported"), against]

    def _other(self, fact: Fact, form: str) -> str:
        """An object of the same relation that makes another statement, which the passage does not contain."""
        text = fact.passage.text.casefold()
        for _ in range(TRIES):
            thing = self.draw.choice(self.relations[fact.relation]).thing
            if fact.is_dated:
                thing = self._other_date(fact, thing)
            said, true = said_of(form, fact, thing), said_of(form, fact, fact.thing)
            strange = thing.casefold() not in text and thing.split()[-1].casefold() not in text
            if said and said != true and (fact.is_dated or (strange and self._is_apart(thing, fact))):
                return thing
        return ""

    def _other_date(self, fact: Fact, drawn: str) -> str:
        """Another date, sometimes near the true one. A year that the passage mentions elsewhere would not be clearly
        false."""
        kind, near = self.draw.random(), fact.thing
        if kind < 0.4:
            by = self.draw.choice([-100, -40, -21, -12, -10, -5, -2, -1, 1, 2, 3, 9, 11, 20, 30])
            near = _YEAR.sub(lambda year: str(int(year[0]) + by), near)
        elif kind < 0.5:
            near = _MONTH.sub(lambda _: self.draw.choice(MONTHS), near)
        else:
            near = drawn
        year, known = _YEAR.search(near), _YEAR.search(fact.thing)
        named = year and known and year[0] != known[0] and year[0] in fact.passage.text
        return fact.thing if named else near

    def _is_apart(self, thing: str, fact: Fact) -> bool:
        """Whether the other object is clearly false: "film" is not a false kind of movie, nor France of something
        French."""
        first = fact.passage.sentences[0]
        wider = {one for kind, ones in WIDER.items() if re.search(rf"\b{kind}\b", first) for one in ones}
        country = COUNTRIES.get(thing, thing).casefold()
        people = [nation for nation, its in COUNTRIES.items() if its.casefold() == country]
        named = country in fact.passage.text.casefold() or any(nation in fact.passage.text for nation in people)
        broad = fact.relation.startswith("wider") and thing in BROAD
        return not named and thing not in wider and not broad

    def evidence(self, fact: Fact) -> str:
        """The sentence that states it, sometimes with a pronoun as its subject, and with others around it."""
        sentences, at = fact.passage.sentences, fact.sentence
        said = sentences[at]
        subject = _SUBJECT.match(said)
        hidden = fact.kind and fact.relation not in ("born", "died") and self.draw.random() < 0.35
        if at == 0 and subject and hidden:
            who = ("She" if _FEMALE.search(fact.passage.text) else "He",)
            meant = self.draw.choice(_MEANT.get(fact.kind, who)).format(noun=fact.noun or "work")
            said = f"{meant} {said[subject.end() :]}"
        kind = self.draw.random()
        if kind < 0.25 and at + 1 < len(sentences):
            return f"{said} {sentences[at + 1]}"
        if kind < 0.35 and at > 0:
            return f"{sentences[at - 1]} {said}"
        if kind < 0.45:
            return " ".join(sentences[: max(4, at + 1)])
        if kind < 0.55:
            return f"{said} {self.draw.choice(self.draw.choice(self.passages).sentences)}"
        return said

    def _evidence_of_another(self, fact: Fact) -> str:
        other = self.draw.choice(self.draw.choice(list(self.relations.values())))
        speaks = other.passage is fact.passage or fact.thing.casefold() in other.passage.text.casefold()
        return "" if speaks else other.passage.sentences[other.sentence]

    def _told(self, passage: Passage) -> list[Pair]:
        """ "He was signed to Sire Records in 1987" supports "In 1987, Ice-T was signed to Sire Records"."""
        told = [text for text in passage.sentences[1:] if _BACK.match(text) and len(text.split()) > 4]
        if not told:
            return []
        evidence = self.draw.choice(told)
        short = CLAUSE.sub(".", PARENTHESIS.sub("", evidence))
        claim = _BACK.sub(lambda _: f"{passage.title} ", short if self.draw.random() < 0.7 else evidence)
        at = self._places[plain(passage.text)]
        # With another name it could not be judged, since the evidence names nobody.
        changed = [one for one in self.distortions.changed(claim, at) if passage.title in one[0]]
        if not changed:
            return []
        false, label = self.draw.choice(changed)
        return [
            Pair(evidence, self._styled(self._fronted(claim)), "supported"),
            Pair(evidence, self._styled(self._fronted(false)), label),
        ]

    def _fronted(self, claim: str) -> str:
        found = _WHEN.match(claim)
        if not found or self.draw.random() < 0.5:
            return claim
        return f"{found['when'][0].upper()}{found['when'][1:]}, {found['said']}."

    def _styled(self, claim: str) -> str:
        kind = self.draw.random()
        return claim.lower() if kind < 0.05 else claim.rstrip(".") if kind < 0.12 else claim
