"""Answers that follow from two cited sentences: which of two came first, which is more (dearer, longer, faster), and
whether two are from the same country.

Nothing is guessed. Each of the two must be found in a sentence about it, or about the person it names if the question
asks for its director or the like. Dates must differ as far as both are known, and amounts must be of the same kind. The
conclusion states both values, so that a reader can check it against the two quotes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graph.conclusions.amounts import Amount, Degree, amounts_of
from graph.conclusions.calling import is_called, kinds_of
from graph.conclusions.comparison import ROLES, Comparison, comparison_in
from graph.conclusions.measuring import date_in
from graph.evidence import Evidence
from graph.structure.rows import cells_of
from graph.texts.countries import countries_in, country_pattern, is_name
from graph.texts.dates import BIRTH, DEATH, dates_of
from graph.texts.quantities import Quantity
from graph.texts.words import content_words
from tools.names import folded, mentions, name_key

_BEGUN = re.compile(
    r"\b(?:start(?:s|ed|ing)?|join(?:s|ed|ing)?|hired|employed|since|entry|entered|beg[aiu]n|first day)\b", re.I
)
"""How sentences and columns say since when somebody is there."""

_REACH = 70
"""Within how many characters after "directed by" and the like the name must follow."""

_DESCRIBED = re.compile(r"\b(?:is|was|are|were)\s+(?:a|an|the|one)?\b(.{0,80})")
_BRITAIN = frozenset({"England", "Scotland", "Wales", "United Kingdom"})


@dataclass(frozen=True, slots=True)
class Conclusion:
    """`text` states the conclusion with its values, `answer` without. `numbers` are the sentences that it follows from,
    `leading` those that lead to them."""

    text: str
    answer: str
    numbers: tuple[int, ...]
    leading: tuple[int, ...] = ()

    def says(self, text: str, numbers: tuple[int, ...]) -> bool:
        """Whether a claim states this conclusion, long or short, and cites exactly the sentences it follows from."""
        return numbers == self.numbers and text in (self.text, self.answer)


def conclude(question: str, evidence: Sequence[Evidence]) -> Conclusion | None:
    """The conclusion with its evidence; None if none follows from sentences that name both things."""
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
    """The value found for one option, as written and as compared, with the numbers of the sentences that lead to it:
    the last one states the value. `column` is where it stands, if it comes from a table row."""

    written: str
    value: tuple[int, ...] | frozenset[str]
    numbers: tuple[int, ...]
    title: str
    column: str = ""


def _valued(option: str, compared: Comparison, evidence: Sequence[Evidence]) -> _Valued | None:
    own = _about(option, evidence)
    if compared.role is None:
        return next(_values(compared, own), None) or next(_in_rows(option, compared, evidence), None)
    pattern = re.compile(rf"\b(?:{ROLES[compared.role]})\b", re.I)
    for item in own:
        for match in pattern.finditer(item.said):
            named = mentions(item.said[match.end() : match.end() + _REACH])
            for name in named:
                people = [one for one in evidence if name in one.passage.names and one.passage.key != item.passage.key]
                if people and " " in name and (found := next(_values(compared, people), None)):
                    return _Valued(found.written, found.value, (item.number, *found.numbers), found.title)
    return None


def _about(option: str, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The sentences of the passages with this title: with its parenthesis if such a title exists, else without."""
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
    """The date in the option's own row, from the one column that fits the question: "Joined" for who started first."""
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
    """The year, month and day of a date, as far as they are known."""
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
    """The conclusion with its values, and without. Dates are compared as far as both are known: 1935 and 3 May 1935
    have no order."""
    assert isinstance(one.value, tuple)
    assert isinstance(other.value, tuple)
    known = min(len(one.value), len(other.value))
    if one.value[:known] == other.value[:known]:
        return None
    first = one.value[:known] < other.value[:known]
    wins = first if compared.wanted == "earlier" else not first
    winner, loser = (0, 1) if wins else (1, 0)
    verb = {BIRTH: "born ", DEATH: "died "}.get(_date_kind(compared) or "", "")
    said = [f"{_subject(compared, place, found)}, {verb}{found.written}" for place, found in enumerate((one, other))]
    answer = compared.leads(winner) or compared.options[winner]
    leads = f"{answer}: " if compared.role or compared.supposes else ""
    return f"{leads}{said[winner]}; {said[loser]}.", answer


def _same(compared: Comparison, one: _Valued, other: _Valued) -> tuple[str, str] | None:
    assert isinstance(one.value, frozenset)
    assert isinstance(other.value, frozenset)
    if _BRITAIN & one.value and _BRITAIN & other.value and not one.value & other.value:
        return None
    said = [f"{_subject(compared, place, found)} {_being(found.written)}" for place, found in enumerate((one, other))]
    answer = "Yes" if one.value & other.value else "No"
    return f"{answer}: {said[0]}, {said[1]}.", answer


def _subject(compared: Comparison, place: int, found: _Valued) -> str:
    """Whose value it is: the option's own, or that of the person it led to."""
    return found.title if compared.role else compared.options[place]


def _being(written: str) -> str:
    return f"is in {written}" if is_name(written) else f"is {written}"
