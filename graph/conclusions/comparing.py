"""Answers that follow from two cited sentences: which of two came first, which is more (dearer, longer, faster), and
whether two are from the same country.

Nothing is guessed: each of the two must be found in a sentence about it (or about the person it names, where the
question asks for its director or the like), dates must differ where both are known, amounts must be of the same kind,
and what is concluded is said with the very values, so that a reader can check it against the two quotes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from graph.conclusions.amounts import Amount, Degree, amounts_of, degree_in
from graph.conclusions.calling import is_called, kinds_of
from graph.conclusions.measuring import date_in
from graph.evidence import Evidence
from graph.questions.past import looks_back
from graph.structure.rows import cells_of
from graph.texts.countries import countries_in, country_pattern, is_name
from graph.texts.dates import BIRTH, DEATH, dates_of
from graph.texts.measures import NUMBER
from graph.texts.quantities import Quantity
from graph.texts.small_words import is_denied
from graph.texts.words import content_words
from tools.names import folded, mentions, name_key

Wanted = Literal["earlier", "later", "same country"] | Degree

MAX_CHARACTERS = 400
"""A longer question is no plain comparison."""

_LATER = re.compile(r"\b(?:later|latest|more recent(?:ly)?|most recent(?:ly)?|younger|youngest|newer|last)\b", re.I)
_EARLIER = re.compile(r"\b(?:first|earlier|earliest|older|oldest|before|sooner)\b", re.I)
_SAME = re.compile(r"\bsame (?:country|nationality|nation)\b|\bfrom the same\b.*\bcountry\b", re.I)
_OR = (
    re.compile(r"^(?P<head>[^,:]+?)[,:]\s*(?P<two>.+?\s+or\s+.+?)\s*\?*$", re.I),
    re.compile(r"^(?P<head>(?:who|which|what)\b.*?)\s(?P<two>(?:the )?[A-Z\"“].*?\s+or\s+.+?)\s*\?*$", re.I),
    re.compile(
        r"^(?:did|was|were|is)\s+(?P<two>.+?\s+or\s+.+?)\s+"
        r"(?P<head>(?:(?:come|came|happen|start|join|begin|take|born|released|founded|die|published|formed|established|occur|open|"
        r"out|place) )*(?:first|earlier|later))\s*\?*$",
        re.I,
    ),
    re.compile(
        r"^(?i:is|are|was|were|does|do|did|has|have)\s+(?P<two>.+?\s+or\s+(?:(?:an?|the)\s+)?\S+?(?: [A-Z0-9]\S*)*)\s+"
        r"(?P<head>(?:[a-z]+ ){0,4}(?:\w+er|more|less|most|least)\b.*?)\s*\?*$",
    ),
)
_AND = re.compile(
    r"^(?P<head>are|were|is|was|do|does|did|have)\s+(?P<two>.+?\s+and\s+.+?)\s*,?\s+"
    r"(?:(?:both|all|films?|movies?|bands?|villages?|directors?)\s+)*"
    r"(?:located|situated|from|of (?:the )?same|have|has|having|share|shares|originate|come|came|based|born)\b.*\?*$",
    re.I,
)
_AS = re.compile(
    r"^(?P<head>do|does|did|is|was|has) (?P<one>.+?) (?:have|has|from|of|share) the same \w+ (?:as|with) "
    r"(?P<other>.+?)\s*\?*$",
    re.I,
)
_THAN = re.compile(
    r"^(?:(?P<is>is|are)|does|do|has|have) (?P<one>.+?) "
    r"(?P<head>(?-i:(?(is)(?:(?:an?|the) )?|(?:[a-z]+ ){0,4}?)(?:[a-z]{2,20}er|more|less)\b(?: [a-z]+){0,3})) "
    r"than (?P<other>.+?)"
    rf"(?: for (?:an?|{NUMBER.pattern}) [a-z]+)?\s*\?*$",
    re.I,
)
"""What it is for, "for 12 months", is none of the two."""

_PLAIN_HEAD = re.compile(r"(?:(?:an?|the) )?(?:[a-z]{2,20}er|more|less)\b(?!.* (?:or|and|but)\b)")
_VERB = re.compile(r"^(?!(?:no|not|never)\b)[a-z]+ ")
_OF_AGE = re.compile(r"older|younger|newer|more recent")
"""What one date after another makes a thing; what else came earlier or later is said by a verb."""

_BEGUN = re.compile(
    r"\b(?:start(?:s|ed|ing)?|join(?:s|ed|ing)?|hired|employed|since|entry|entered|beg[aiu]n|first day)\b", re.I
)
"""How it is said of somebody, and how a column is called, from when on they are there."""

_LEAD = re.compile(r"^[:,\s]*(?:[a-z][\w-]*[,:]?\s+)+(?=[\"“(]?[A-Z0-9])|^[:,\s]+")
_ROLES = {
    "director": r"direct\w+(?: by)?|(?:film|movie|series) by|auteur",
    "composer": r"compos\w+|music|score",
    "performer": r"perform\w+|sung|recorded|by",
    "singer": r"sung|singer|recorded|by",
    "author": r"writ\w+|author\w*|novel by|book by|by",
    "writer": r"writ\w+|written",
    "producer": r"produc\w+",
    "creator": r"creat\w+",
    "founder": r"found\w+",
}
_ROLE = re.compile(rf"\b({'|'.join(_ROLES)})s?\b", re.I)
_REACH = 70
"""Characters after "directed by" and the like in which the name must follow."""

_DESCRIBED = re.compile(r"\b(?:is|was|are|were)\s+(?:a|an|the|one)?\b(.{0,80})")
_BRITAIN = frozenset({"England", "Scotland", "Wales", "United Kingdom"})


@dataclass(frozen=True, slots=True)
class Conclusion:
    """`text` says it with its values, `answer` says it alone; `numbers` are the sentences it follows from, `leading`
    those that lead to them."""

    text: str
    answer: str
    numbers: tuple[int, ...]
    leading: tuple[int, ...] = ()

    def says(self, text: str, numbers: tuple[int, ...]) -> bool:
        """Whether a claim is this conclusion, long or short, from the very sentences it follows from."""
        return numbers == self.numbers and text in (self.text, self.answer)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two options as the question writes them, what is wanted of them, and whose: of its own, or of its `role`; whether
    it `supposes` that the first is the one."""

    options: tuple[str, str]
    wanted: Wanted
    about: str
    role: str | None
    supposes: bool = False

    def leads(self, winner: int) -> str:
        """What an answer to "Is A cheaper than B?" begins with; empty where it is asked which."""
        return ("No" if winner else "Yes") if self.supposes else ""

    def subject(self, place: int, found: "_Valued") -> str:
        """Of whom the value is said: the option itself, or the person it led to."""
        return found.title if self.role else self.options[place]


def comparison_in(question: str, titles: frozenset[str] = frozenset()) -> Comparison | None:
    """What a question compares; where a title holds "or" or "and" itself, known `titles` (keys) decide."""
    if len(question) > MAX_CHARACTERS:
        return None
    asked = " ".join(question.split())
    pair: tuple[str, str] | None
    wanted: Wanted = "same country"
    supposed = _THAN.match(asked)
    if _SAME.search(asked) and (match := _AND.match(asked)):
        pair = _split(match["two"], " and ", titles)
    elif _SAME.search(asked) and (match := _AS.match(asked)):
        pair = (_bare(match["one"]), _bare(match["other"]))
    elif supposed:
        ordered = _order_in(supposed["head"], supposed["head"]) if _is_plain(supposed) else None
        if ordered is None or is_denied(asked) or looks_back(asked):
            return None
        pair, wanted = (_bare(supposed["one"]), _bare(supposed["other"])), ordered
    else:
        match = next(filter(None, (form.match(asked) for form in _OR)), None)
        ordered = _order_in(asked, match["head"]) if match else None
        if match is None or ordered is None:
            return None
        pair = _split(match["two"], " or ", titles)
        wanted = ordered
    if pair is None:
        return None
    outside = asked
    for option in sorted(pair, key=len, reverse=True):  # "the Ox" is part of "the Ox Cool"
        outside = outside.replace(option, " ")
    role = _ROLE.search(outside)
    return Comparison(pair, wanted, outside, role[1].lower() if role else None, supposes=supposed is not None)


def _order_in(asked: str, head: str) -> Wanted | None:
    if _LATER.search(asked) or _EARLIER.search(asked):
        return "later" if _LATER.search(head) else "earlier"
    return degree_in(asked, head)


def _is_plain(supposed: re.Match[str]) -> bool:
    """Whether it is asked only which has more: neither by how much, nor whether it is not so."""
    head, is_verb = supposed["head"], supposed[0][:2].casefold() == "do"
    if " than " in supposed["other"] or not _PLAIN_HEAD.match(_VERB.sub("", head) if is_verb else head):
        return False
    return _OF_AGE.match(head) is not None if _LATER.search(head) or _EARLIER.search(head) else True


def _split(text: str, word: str, titles: frozenset[str]) -> tuple[str, str] | None:
    places = [match.start() for match in re.finditer(re.escape(word), text)]
    pairs = [(_bare(text[:place]), _bare(text[place + len(word) :])) for place in places]
    pairs = [pair for pair in pairs if all(pair)]
    known = [pair for pair in pairs if all(name_key(one) in titles for one in pair)]
    return next(iter(known or pairs), None)


def _bare(option: str) -> str:
    plain = option.strip(' ,.?;:"“”')
    return _LEAD.sub("", plain).strip(" ,") or plain


def conclude(question: str, evidence: Sequence[Evidence]) -> Conclusion | None:
    """The conclusion and what it rests on; None when it can't be drawn from sentences that name both."""
    titles = frozenset(name for item in evidence for name in item.passage.names)
    compared = comparison_in(question, titles)
    if compared is None:
        return None
    if isinstance(compared.wanted, Degree):
        amounts = amounts_of(compared.options, compared.wanted, compared.about, evidence)
        return _more_or_less(compared, compared.wanted, *amounts) if amounts else None
    found = [_valued(option, compared, evidence) for option in compared.options]
    one, other = found
    if one is None or other is None or one.numbers[-1] == other.numbers[-1] or one.column != other.column:
        return None
    said = _same(compared, one, other) if compared.wanted == "same country" else _ordered(compared, one, other)
    if said is None:
        return None
    leading = tuple(dict.fromkeys((*one.numbers[:-1], *other.numbers[:-1])))
    return Conclusion(*said, (one.numbers[-1], other.numbers[-1]), leading)


def _more_or_less(compared: Comparison, wanted: Degree, one: Amount, other: Amount) -> Conclusion:
    options = compared.options
    wins = (one.quantity.amount > other.quantity.amount) == wanted.more
    said = [
        f"{option}, {f'{found.label} ' if found.label else ''}{found.quantity.written}"
        for option, found in zip(options, (one, other), strict=True)
    ]
    winner, loser = (0, 1) if wins else (1, 0)
    numbers = tuple(dict.fromkeys((one.item.number, other.item.number)))
    text = f"{said[winner]}; {said[loser]}."
    if leads := compared.leads(winner):
        return Conclusion(f"{leads}: {text}", leads, numbers)
    return Conclusion(text, options[winner], numbers)


@dataclass(frozen=True, slots=True)
class _Valued:
    """What was found for one option: the value as written and as compared, the sentences that lead to it, and the
    column that it stands in, if it is a row's."""

    written: str
    value: tuple[int, ...] | frozenset[str]
    numbers: tuple[int, ...]
    title: str
    column: str = ""


def _valued(option: str, compared: Comparison, evidence: Sequence[Evidence]) -> _Valued | None:
    own = _about(option, evidence)
    if compared.role is None:
        return next(_values(compared, own), None) or next(_in_rows(option, compared, evidence), None)
    pattern = re.compile(rf"\b(?:{_ROLES[compared.role]})\b", re.I)
    for item in own:
        for match in pattern.finditer(item.said):
            named = mentions(item.said[match.end() : match.end() + _REACH])
            for name in named:
                people = [one for one in evidence if name in one.passage.names and one.passage.key != item.passage.key]
                if people and " " in name and (found := next(_values(compared, people), None)):
                    return _Valued(found.written, found.value, (item.number, *found.numbers), found.title)
    return None


def _about(option: str, evidence: Sequence[Evidence]) -> list[Evidence]:
    """Sentences of the passage whose title the option is: with its parenthesis if there is one, else without."""
    key = name_key(option)
    exact = [item for item in evidence if name_key(item.passage.title) == key]
    return exact or [item for item in evidence if key in item.passage.names]


def _values(compared: Comparison, items: Sequence[Evidence]) -> Iterator[_Valued]:
    for item in items:
        if compared.wanted == "same country":
            text = item.said
            described = _DESCRIBED.search(text)
            forms = country_pattern().findall(described[1] if described else "") or country_pattern().findall(text)[-1:]
            if forms:
                yield _Valued(
                    "-".join(dict.fromkeys(forms)),
                    frozenset(countries_in(" ".join(forms))),
                    (item.number,),
                    item.passage.title,
                )
        else:
            kind = _date_kind(compared)
            for written, value in dates_of(item.said, kind):
                yield _Valued(written, value, (item.number,), item.passage.title)
                break


def _in_rows(option: str, compared: Comparison, evidence: Sequence[Evidence]) -> Iterator[_Valued]:
    """The date in the option's own row, in the one column that says of it what is asked: "Joined" who started first."""
    if compared.wanted not in ("earlier", "later"):
        return
    asked = content_words(_BEGUN.sub("start", compared.about))
    for item in evidence:
        cells = cells_of(item.said) if item.passage.status != "superseded" else []
        if not cells or not is_called(folded(option), folded(cells[0][1]), kinds_of(cells[0][0], item.path)):
            continue
        dated = [(column, value, date) for column, value in cells[1:] if (date := date_in(value))]
        meant = [one for one in dated if content_words(_BEGUN.sub("start", one[0])) & asked]
        if len(meant) == 1:
            ((column, written, date),) = meant
            yield _Valued(written, _parts_of(date), (item.number,), option, column)


def _parts_of(date: Quantity) -> tuple[int, ...]:
    """Year, month and day, as far as it goes."""
    year, rest = divmod(int(date.amount), 10_000)
    return (year, *divmod(rest, 100))[: int(date.kind[-1])]


def _date_kind(compared: Comparison) -> str | None:
    about = compared.about.casefold()
    if re.search(r"\b(?:die|died|death|passed)\b", about):
        return DEATH
    if compared.role or re.search(r"\b(?:born|birth|older|younger|oldest|youngest)\b", about):
        return BIRTH
    return None


def _ordered(compared: Comparison, one: _Valued, other: _Valued) -> tuple[str, str] | None:
    """With its values and alone. Compared as far as both are known: 1935 and 3 May 1935 are in no order."""
    assert isinstance(one.value, tuple)
    assert isinstance(other.value, tuple)
    known = min(len(one.value), len(other.value))
    if one.value[:known] == other.value[:known]:
        return None
    first = one.value[:known] < other.value[:known]
    wins = first if compared.wanted == "earlier" else not first
    winner, loser = (0, 1) if wins else (1, 0)
    verb = {BIRTH: "born ", DEATH: "died "}.get(_date_kind(compared) or "", "")
    said = [f"{compared.subject(place, found)}, {verb}{found.written}" for place, found in enumerate((one, other))]
    answer = compared.leads(winner) or compared.options[winner]
    leads = f"{answer}: " if compared.role or compared.supposes else ""
    return f"{leads}{said[winner]}; {said[loser]}.", answer


def _same(compared: Comparison, one: _Valued, other: _Valued) -> tuple[str, str] | None:
    assert isinstance(one.value, frozenset)
    assert isinstance(other.value, frozenset)
    if _BRITAIN & one.value and _BRITAIN & other.value and not one.value & other.value:
        return None
    said = [f"{compared.subject(place, found)} {_being(found.written)}" for place, found in enumerate((one, other))]
    answer = "Yes" if one.value & other.value else "No"
    return f"{answer}: {said[0]}, {said[1]}.", answer


def _being(written: str) -> str:
    return f"is in {written}" if is_name(written) else f"is {written}"
