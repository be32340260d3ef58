"""Which of two is dearer, longer, faster or more: the degree that a question asks for, and what is said of each."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from graph.chaining.rows import cells_of
from graph.evidence import Evidence
from graph.quantities import CURRENCIES, Quantity, quantities_in
from graph.words import content_words
from tools.names import folded

_MONEY = frozenset({*CURRENCIES, "price"})
_EXTENT = frozenset({"duration", "length"})
_PRICE = re.compile(r"\b(?:price|cost|fee|charge|rate)s?\b", re.I)


@dataclass(frozen=True, slots=True)
class Degree:
    """Whether more of it wins, and the kinds of quantity that it is said of; none where it is said of any."""

    more: bool
    kinds: frozenset[str] = frozenset()


_DEGREES = tuple(
    (re.compile(rf"\b(?:{words})\b", re.I), Degree(more, kinds))
    for words, more, kinds in (
        ("cheaper|cheapest|less expensive|costs? less", False, _MONEY),
        ("dearer|pricier|(?:more|most) expensive|costs? more", True, _MONEY),
        ("longer|longest", True, _EXTENT),
        ("shorter|shortest", False, _EXTENT),
        ("faster|fastest|quicker|quickest", False, frozenset({"duration"})),
        ("slower|slowest", True, frozenset({"duration"})),
        ("heavier|heaviest", True, frozenset({"weight"})),
        ("lighter|lightest", False, frozenset({"weight"})),
        ("larger|largest|bigger|biggest|higher|highest|greater|greatest|most|more(?! than)", True, frozenset()),
        ("smaller|smallest|lower|lowest|fewer|fewest|least|less(?! than)", False, frozenset()),
    )
)


def degree_in(question: str) -> Degree | None:
    return next((degree for form, degree in _DEGREES if form.search(question)), None)


@dataclass(frozen=True, slots=True)
class Amount:
    """What one sentence says of an option. `label` is the column of a table's row, empty in prose; `fit` how many words
    it shares with what is asked."""

    quantity: Quantity
    label: str
    item: Evidence
    fit: int


def amounts_of(
    options: tuple[str, str], degree: Degree, about: str, evidence: Sequence[Evidence]
) -> tuple[Amount, Amount] | None:
    """The two amounts that can be compared: of one kind, from one column of a table or both from prose, and those that
    speak most of what is asked. None where they are equal, or where two columns speak of it as much."""
    asked = content_words(about)
    keys = [folded(option) for option in options]
    one, other = (list(_said_of(key, degree, asked, evidence)) for key in keys)
    pairs = [pair for pair in product(one, other) if _comparable(*pair)]
    if not pairs:
        return None
    most = max(_fit(pair) for pair in pairs)
    fitting = [pair for pair in pairs if _fit(pair) == most]
    wins = {left.quantity.amount > right.quantity.amount for left, right in fitting}
    equal = any(left.quantity.amount == right.quantity.amount for left, right in fitting)
    return None if equal or len(wins) > 1 else fitting[0]


def _fit(pair: tuple[Amount, Amount]) -> int:
    return pair[0].fit + pair[1].fit


def _comparable(one: Amount, other: Amount) -> bool:
    is_same = (one.label, one.quantity.kind) == (other.label, other.quantity.kind)
    return is_same and one.item.number != other.item.number


def _said_of(key: str, degree: Degree, asked: frozenset[str], evidence: Sequence[Evidence]) -> Iterator[Amount]:
    for item in evidence:
        if item.passage.status == "superseded":
            continue
        if cells := cells_of(item.said):
            if any(_holds(value, key) for _, value in cells):
                yield from _in_row(cells, key, degree, asked, item)
        elif _holds(item.said, key) or key in item.passage.names:
            found = [quantity for quantity in quantities_in(item.said) if _is_meant(quantity, "", degree)]
            fit = len(content_words(item.said) & asked)
            if len(found) == 1 and (fit or degree.kinds):
                yield Amount(found[0], "", item, fit)


def _in_row(
    cells: Sequence[tuple[str, str]], key: str, degree: Degree, asked: frozenset[str], item: Evidence
) -> Iterator[Amount]:
    for column, value in cells:
        found = list(quantities_in(value))
        if _holds(value, key) or len(found) != 1 or not _is_meant(found[0], column, degree):
            continue
        fit = len(content_words(column) & asked)
        if fit or degree.kinds:
            yield Amount(found[0], column, item, fit)


def _is_meant(quantity: Quantity, column: str, degree: Degree) -> bool:
    kind = quantity.kind or ("price" if _PRICE.search(column) else "")
    return not degree.kinds or kind in degree.kinds


def _holds(text: str, key: str) -> bool:
    return f" {key} " in f" {folded(text)} "
