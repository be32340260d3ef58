"""Which rows of a table hold more or less of something than a bound: "Which plans cost less than 50 euros?"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from graph.conclusions.measuring import RATE, amounts_in_column, words_for, words_of_column
from graph.texts.quantities import MONEY_KINDS, Quantity, quantities_in
from graph.texts.words import content_words, stem

_OVER = r"(?:more|longer|heavier|larger|bigger|higher|greater|dearer|wider|taller) than|over|above|exceeding|beyond"
_UNDER = r"(?:less|shorter|lighter|smaller|lower|fewer|cheaper|narrower) than|under|below"
_LEAST = r"at least|(?:no|not) (?:less|fewer|shorter) than|a minimum of"
_MOST = r"at most|up to|(?:no|not) (?:more|longer|heavier) than|a maximum of"
_BOUND = re.compile(rf"\b(?:(?P<least>{_LEAST})|(?P<most>{_MOST})|(?P<over>{_OVER})|(?P<under>{_UNDER})) (?=\S)", re.I)
_SAID_OF = {
    **dict.fromkeys(MONEY_KINDS, content_words("cost price priced charge money")),
    "duration": content_words("take last"),
    "weight": content_words("weigh weight"),
}
"""Words that name no column and say of what a bound is."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The amounts from `quantity` up, if it is the `least`, or down; `inclusive`: it is one of them. `asked` is the
    question without it."""

    asked: str
    quantity: Quantity
    least: bool
    inclusive: bool

    def admits(self, amount: float) -> bool:
        limit = self.quantity.amount
        return (amount == limit and self.inclusive) or (amount > limit if self.least else amount < limit)


@dataclass(frozen=True, slots=True)
class Bounded:
    """A column in which each cell is an amount of what the bound is of, with these amounts, row by row."""

    column: str
    amounts: tuple[Quantity, ...]


@lru_cache(maxsize=512)
def bound_in(question: str) -> Bound | None:
    """The only bound that the question sets, before an amount; None without one and of several.

    >>> bound_in("Which bikes go more than 55 km?").asked
    'Which bikes go ?'
    """
    found = list(_BOUND.finditer(question))
    if len(found) != 1:
        return None
    (match,) = found
    behind = question[match.end() :]
    quantity = next(quantities_in(behind), None)
    if quantity is None or not behind.startswith(quantity.written):
        return None
    rate = RATE.match(behind, len(quantity.written)) if quantity.rate else None
    rest = behind[rate.end() if rate else len(quantity.written) :]
    return Bound(
        f"{question[: match.start()]}{rest.lstrip()}",
        quantity,
        least=bool(match["least"] or match["over"]),
        inclusive=bool(match["least"] or match["most"]),
    )


def column_bounded(
    bound: Bound, columns: Sequence[tuple[str, Sequence[str]]], words: Sequence[str], over: str
) -> Bounded | None:
    """The only one of the columns, each with its cells, that holds what is bounded: the one that the question's other
    words name, if they name one. `over` is what stands over the table."""
    fitting = [
        Bounded(column, tuple(amounts))
        for column, cells in columns
        if (amounts := amounts_in_column(cells, column))
        and all(_is_of(bound.quantity, one, column, over) for one in amounts)
    ]
    asked = content_words(" ".join(words))
    shared = [len(words_of_column(one.column) & asked) for one in fitting]
    meant = [one for one, count in zip(fitting, shared, strict=True) if count == max(shared)]
    return meant[0] if len(meant) == 1 else None


def words_of_bound(bound: Bound, found: Bounded) -> frozenset[str]:
    """Stems that the rest of the question may say of it."""
    said = _SAID_OF.get(bound.quantity.kind, frozenset())
    return said | words_for(found.column) | frozenset(map(stem, found.column.casefold().split())) | {stem("than")}


def _is_of(asked: Quantity, held: Quantity, column: str, over: str) -> bool:
    """Whether two amounts can be compared: of one kind, and for each of the same."""
    if asked.rate not in ("", held.rate) and stem(asked.rate) not in content_words(f"{column} {over}"):
        return False
    if asked.kind in MONEY_KINDS:
        return held.kind in (asked.kind, "price")
    return held.kind == asked.kind or (not held.kind and content_words(asked.kind) <= words_of_column(column))
