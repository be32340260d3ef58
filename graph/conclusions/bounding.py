"""Which rows of a table hold more or less of something than a bound: "Which plans cost less than 50 euros?"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from graph.conclusions.measuring import RATE, amounts_in_column, is_price, words_for, words_of_column
from graph.texts.quantities import MONEY_KINDS, Quantity, quantities_in
from graph.texts.small_words import QUESTION_WORD
from graph.texts.words import content_words, stem

_OVER = r"(?:more|longer|heavier|larger|bigger|higher|greater|dearer|wider|taller) than|over|above|exceeding|beyond"
_UNDER = r"(?:less|shorter|lighter|smaller|lower|fewer|cheaper|narrower) than|under|below"
_LEAST = r"at least|(?:no|not) (?:less|fewer|shorter) than|a minimum of"
_MOST = r"at most|up to|(?:no|not) (?:more|longer|heavier) than|a maximum of"
_BOUND = re.compile(rf"\b(?:(?P<least>{_LEAST})|(?P<most>{_MOST})|(?P<over>{_OVER})|(?P<under>{_UNDER})) (?=\S)", re.I)
_BETWEEN = re.compile(r"\bbetween (?=\S)", re.I)
_AND = re.compile(r",? (?:and|but)(?: they)? ", re.I)
_FIGURE = re.compile(r"[\d.,]+")
_THINGS = re.compile(rf"(?!{QUESTION_WORD.pattern}|list\b)(?:[a-z]{{2,20}} )?[a-z]{{2,30}}s\W*", re.I)
"""A question that is nothing else but what it asks for."""

MAX_LIMITS = 2

_SAID_OF = {
    **dict.fromkeys(MONEY_KINDS, content_words("cost price priced charge money")),
    "duration": content_words("take last"),
    "weight": content_words("weigh weight"),
}
_HOLDING = content_words("hold fit seat take carry")
"""Words that name no column and say of what a bound is; how many there are of something is what it holds."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The amounts from `quantity` up, if it is the `least`, or down; `inclusive`: it is one of them."""

    quantity: Quantity
    least: bool
    inclusive: bool

    def admits(self, amount: float) -> bool:
        limit = self.quantity.amount
        return (amount == limit and self.inclusive) or (amount > limit if self.least else amount < limit)


@dataclass(frozen=True, slots=True)
class Bound:
    """What is within one limit or two; `asked` is the question without them."""

    asked: str
    limits: tuple[Limit, ...]

    @property
    def quantity(self) -> Quantity:
        return self.limits[-1].quantity

    def admits(self, amount: float) -> bool:
        return all(limit.admits(amount) for limit in self.limits)


@dataclass(frozen=True, slots=True)
class Bounded:
    """A column in which each cell is an amount of what the bound is of, with these amounts, row by row."""

    column: str
    amounts: tuple[Quantity, ...]


@lru_cache(maxsize=512)
def bound_in(question: str) -> Bound | None:
    """The only bound that the question sets, before an amount, or the two between which it is; None in any other case.

    >>> bound_in("Which bikes go more than 55 km?").asked
    'Which bikes go ?'
    >>> bound_in("Which plans cost between 50 and 200 euros?").asked
    'Which plans cost ?'
    """
    found = list(_BOUND.finditer(question))
    if not found and (between := _BETWEEN.search(question)):
        return _between(question, between)
    if not 0 < len(found) <= MAX_LIMITS or (first := _amount_at(question, found[0].end())) is None:
        return None
    quantity, end = first
    if len(found) == 1:
        return _without(question, found[0].start(), end, (_limit(found[0], quantity),))
    second = _amount_at(question, found[1].end()) if _AND.fullmatch(question, end, found[1].start()) else None
    if second is None or (limits := _of_one_kind(quantity, second[0])) is None:
        return None
    both = tuple(_limit(match, one) for match, one in zip(found, limits, strict=True))
    is_span = both[0].least != both[1].least
    return _without(question, found[0].start(), second[1], both) if is_span else None


def _between(question: str, between: re.Match[str]) -> Bound | None:
    low = _amount_at(question, between.end())
    joint = _AND.match(question, low[1]) if low else None
    high = _amount_at(question, joint.end()) if joint else None
    if low is None or high is None or (limits := _of_one_kind(low[0], high[0])) is None:
        return None
    least, most = limits
    both = (Limit(least, least=True, inclusive=True), Limit(most, least=False, inclusive=True))
    return _without(question, between.start(), high[1], both)


def _limit(match: re.Match[str], quantity: Quantity) -> Limit:
    return Limit(quantity, least=bool(match["least"] or match["over"]), inclusive=bool(match["least"] or match["most"]))


def _amount_at(question: str, start: int) -> tuple[Quantity, int] | None:
    """The amount that begins there, and where it ends with what it is for each of."""
    behind = question[start:]
    quantity = next(quantities_in(behind), None)
    if quantity is None or not behind.startswith(quantity.written):
        return None
    rate = RATE.match(behind, len(quantity.written)) if quantity.rate else None
    return quantity, start + (rate.end() if rate else len(quantity.written))


def _of_one_kind(low: Quantity, high: Quantity) -> tuple[Quantity, Quantity] | None:
    """Both in the unit, and for each of what, that only the second may say: "50 and 200 euros a month"."""
    if not low.kind:
        unit = _FIGURE.sub("", high.written).strip()
        low = next(quantities_in(f"{low.written} {unit}"), low)
    low = replace(low, rate=low.rate or high.rate)
    return (low, high) if (low.kind, low.rate) == (high.kind, high.rate) else None


def _without(question: str, start: int, end: int, limits: tuple[Limit, ...]) -> Bound:
    """ "Plans over 100 euros" asks which plans."""
    rest = f"{question[:start]}{question[end:].lstrip()}"
    return Bound(f"Which {rest}" if _THINGS.fullmatch(rest) else rest, limits)


def column_bounded(
    bound: Bound, columns: Sequence[tuple[str, Sequence[str]]], words: Sequence[str], over: str
) -> Bounded | None:
    """The only one of the columns, each with its cells, that holds what is bounded: the one that the question's other
    words name, if they name one, else the only one of prices. `over` is what stands over the table."""
    fitting = [
        Bounded(column, tuple(amounts))
        for column, cells in columns
        if (amounts := amounts_in_column(cells, column))
        and all(_is_of(bound.quantity, one, column, over) for one in amounts)
    ]
    asked = content_words(" ".join(words))
    shared = [len(words_of_column(one.column) & asked) for one in fitting]
    meant = [one for one, count in zip(fitting, shared, strict=True) if count == max(shared)]
    if len(meant) > 1 and bound.quantity.kind in MONEY_KINDS:
        meant = [one for one in meant if is_price(one.column)]
    return meant[0] if len(meant) == 1 else None


def words_of_bound(bound: Bound, found: Bounded) -> frozenset[str]:
    """Stems that the rest of the question may say of it."""
    said = _SAID_OF.get(bound.quantity.kind, _HOLDING)
    return said | words_for(found.column) | frozenset(map(stem, found.column.casefold().split())) | {stem("than")}


def _is_of(asked: Quantity, held: Quantity, column: str, over: str) -> bool:
    """Whether two amounts can be compared: of one kind, and for each of the same."""
    if asked.rate not in ("", held.rate) and stem(asked.rate) not in content_words(f"{column} {over}"):
        return False
    if asked.kind in MONEY_KINDS:
        return held.kind in (asked.kind, "price")
    return held.kind == asked.kind or (not held.kind and content_words(asked.kind) <= words_of_column(column))
