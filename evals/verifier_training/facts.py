"""Reads facts about a passage's title from its sentences by rule, each with several wordings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from evals.verifier_training.lexicon import NATIONALITIES
from evals.verifier_training.passages import Passage
from evals.verifier_training.patterns import PARENTHESIS
from evals.verifier_training.wordings import (
    AGENTS,
    BORN_IN,
    CAME_OUT,
    COUNTRIES,
    KIND_OF,
    KINDS_OF,
    LIES_IN,
    MADE_ON,
    OF_RELATION,
    STARRED,
    WIDER,
    dated,
    done_by,
    of_kind,
    of_nation,
)
from tools.dates import MONTHS

READ = 5
"""How many sentences of a passage are read."""
_MONTH = "|".join(MONTHS)
_DATE = rf"(?:\d{{1,2}} (?:{_MONTH}) \d{{4}}|(?:{_MONTH}) \d{{1,2}}, ?\d{{4}})"
_NAME = r"[A-Z][\w'’.-]*(?: (?:(?:of|the|de|van|von|del|la|al|bin) )?[A-Z][\w'’.-]*){0,4}"
_IS = re.compile(r"^.{2,80}? (?P<be>is|was|are|were) (?:a|an|the|one of the) (?P<what>.+)$")
_HEAD_ENDS = re.compile(
    r",| (?:who|which|that|in|on|for|with|from|by|at|of|directed|written|produced|starring|located|based|known|"
    r"released|recorded|best|serving|about|to|where|founded)\b"
)
_NOUN = re.compile(r"[\w-]+(?=$| and | or )")
_NATION = re.compile(rf"\b(?:{'|'.join(NATIONALITIES)})\b")
_YEAR = re.compile(r"\b(?:1[6-9]\d\d|20[0-2]\d)\b")
_VERBS = "|".join(AGENTS)
_BY = re.compile(
    rf"\b(?P<verb>{_VERBS})(?: and (?P<second>{_VERBS}))?(?:(?: in)? \d{{4}})? by (?:the )?(?:[a-z]+ )?(?P<who>{_NAME})"
)
_STARS = re.compile(rf"\b(?:starring|stars|star) (?P<who>{_NAME}(?:(?:, (?:and )?| and ){_NAME})*)")
_PLACES = rf"(?P<place>(?:the )?{_NAME}(?:, {_NAME}){{0,3}})"
_IN = re.compile(rf"\b(?P<how>located|situated|based|headquartered|born)\b(?: [a-z]+){{0,2}} in {_PLACES}")
_KIND_IN = re.compile(rf"\b(?:{'|'.join(KINDS_OF['place'])}) (?:located |situated )?in {_PLACES}")
_MADE = re.compile(
    r"\b(?P<how>released|published|premiered|founded|established|formed|opened|built)\b[^.;()]{0,40}? (?:in|on) "
    rf"(?P<date>{_DATE}|(?:{_MONTH}) \d{{4}}|\d{{4}})\b"
)
_BORN = re.compile(rf"\((?:[^()]*?\b)?(?:born|b\.):? (?:(?!{_MONTH})[A-Z][\w ]+?, )?(?P<born>{_DATE}|\d{{4}})")
_LIVED = re.compile(rf"\((?:[^()]*?[;,] )?(?P<born>{_DATE}|\d{{4}}) ?(?:–|--|-|—) ?(?P<died>{_DATE}|\d{{4}})\)")
_REFERS_BACK = re.compile(r"(?:It|He|She|They|The (?:film|album|song|band|book|novel|series|company|town|city))\b")


@dataclass(frozen=True, slots=True)
class Fact:
    """`forms` are wordings with `{s}`, the subject, and `{o}`, the object (or `{year}`, `{country}` … of it)."""

    passage: Passage
    sentence: int
    relation: str
    thing: str
    forms: tuple[str, ...]
    kind: str = ""
    noun: str = ""

    @property
    def is_dated(self) -> bool:
        return self.relation in ("born", "died", "year") or self.relation.startswith("when ")


def facts_of(passage: Passage) -> list[Fact]:
    found = [*_kinds(passage)]
    kind = found[0].kind if found else ""
    found += _life(passage, kind)
    for at, sentence in enumerate(passage.sentences[:READ]):
        if at == 0 or passage.title.split()[0] in sentence or _REFERS_BACK.match(sentence):
            found += _makers(passage, at, kind)
            found += _whereabouts(passage, at, kind)
    found += _annotated(passage)
    return [fact for fact in found if _tells(fact)]


def _tells(fact: Fact) -> bool:
    return bool(fact.thing) and fact.thing not in fact.passage.title and fact.passage.title not in fact.thing


def _kinds(passage: Passage) -> Iterator[Fact]:
    """From "X is a 1999 French comedy film": its kind, other words for a film, its country and its year."""
    first = passage.sentences[0]
    said = _IS.match(PARENTHESIS.sub("", first))
    if not said or passage.title.split()[0].casefold() not in first[:60].casefold():
        return
    head = _HEAD_ENDS.split(said["what"])[0].rstrip(".")
    nouns = [word for word in _NOUN.findall(head) if word in KIND_OF]
    # A "film and television director" is not a film.
    nouns = [word for word in nouns if KIND_OF[word] == "person"] or nouns
    if not nouns:
        return
    kind, be = KIND_OF[nouns[0]], said["be"]
    if kind != "person" and (_BORN.search(first) or _LIVED.search(first)):
        return
    for noun in dict.fromkeys(nouns[:3] if kind == "person" else nouns[-1:]):
        yield Fact(passage, 0, f"kind of {kind}", noun, of_kind(be, kind), kind, noun)
        for wider in WIDER.get(noun, ()):
            yield Fact(passage, 0, f"wider kind of {kind}", wider, of_kind(be, ""), kind, noun)
    if nation := _NATION.search(head):
        forms = of_nation(be, kind, nouns[0] if kind == "person" else nouns[-1])
        yield Fact(passage, 0, f"nation of {'person' if kind == 'person' else 'thing'}", nation[0], forms, kind)
    if kind == "work" and (year := _YEAR.search(head)):
        yield Fact(passage, 0, "year", year[0], CAME_OUT, kind, nouns[-1])


def _life(passage: Passage, kind: str) -> Iterator[Fact]:
    lived = _LIVED.search(passage.sentences[0]) if kind == "person" else None
    if born := _BORN.search(passage.sentences[0]) or lived:
        exact = ("{s}'s birthday is {o}.", "{o} is {s}'s date of birth.") if len(born["born"]) > 4 else ()
        yield Fact(passage, 0, "born", born["born"], (*dated("was born", "birth"), *exact), kind)
    if lived:
        forms = (*dated("died", "death"), *dated("passed away"))
        yield Fact(passage, 0, "died", lived["died"], forms, kind)


def _makers(passage: Passage, at: int, kind: str) -> Iterator[Fact]:
    sentence = PARENTHESIS.sub("", passage.sentences[at])
    if kind == "person" or not (kind or at == 0):
        return
    for made in _BY.finditer(sentence):
        who = made["who"].rstrip(".")
        for verb in filter(None, (made["verb"], made["second"])):
            if who not in COUNTRIES:
                yield Fact(passage, at, f"{verb} by", who, done_by(verb), kind)
    if kind == "work" and (stars := _STARS.search(sentence)):
        for who in re.split(r", and |, | and ", stars["who"])[:4]:
            if " " in who:
                yield Fact(passage, at, "starring", who.rstrip("."), STARRED, kind)
    if kind and (when := _MADE.search(sentence)):
        how = when["how"]
        forms = dated(how if how == "premiered" else f"was {how}")
        forms += dated(MADE_ON[how]) if how in MADE_ON else ()
        yield Fact(passage, at, f"when {how}", when["date"], forms, kind)


def _whereabouts(passage: Passage, at: int, kind: str) -> Iterator[Fact]:
    sentence = PARENTHESIS.sub("", passage.sentences[at])
    found = _IN.search(sentence)
    how = found["how"] if found else "located"
    found = found or (_KIND_IN.search(sentence) if at == 0 and kind == "place" else None)
    if not found or (kind == "person") != (how == "born") or kind in ("", "work"):
        return
    forms = BORN_IN if how == "born" else (*LIES_IN, f"{{s}} is {how} in {{o}}.")
    places = found["place"].split(", ")
    for place in dict.fromkeys((found["place"], *places[:3])):
        yield Fact(passage, at, "birthplace" if how == "born" else "place", place.rstrip("."), forms, kind)


def _annotated(passage: Passage) -> Iterator[Fact]:
    for relation, thing in passage.triples:
        said = [at for at, text in enumerate(passage.sentences) if _says(text, thing)]
        if relation in OF_RELATION and said:
            yield Fact(passage, said[0], relation, COUNTRIES.get(thing, thing), OF_RELATION[relation])


def _says(text: str, thing: str) -> bool:
    """A person may be named by the last name, a country by the name of its people."""
    nations = [nation for nation, country in COUNTRIES.items() if country == thing]
    return thing in text or (" " in thing and thing.split()[-1] in text) or any(nation in text for nation in nations)
