"""Sums over a column: "How many toilets are there?" of a table with a number in each row, "What's the total fee?"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from graph.conclusions.measuring import amounts_in_column, is_price, words_of_column
from graph.texts.quantities import FIGURE, Quantity
from graph.texts.words import content_words

_ALL = re.compile(r"\b(?:in total|in all|all together|altogether|overall|combined)\b", re.I)
_HAVE = r"(?:we|you) have(?: got)?"
_EXIST = re.compile(rf"\b(?:are there|there are|do {_HAVE}|have (?:we|you)(?: got)?|{_HAVE})\b", re.I)
_IS = r"(?:what(?: is| are|['’]s)|how (?:much|high|large|big) (?:is|are)) "
_SUM = r"(?:sum|total)(?: (?:number|amount))?(?: of(?: all)?)?"
_TOTAL = re.compile(rf"^(?:{_IS})?(?:the |our )?{_SUM} (?P<rest>.+)$", re.I)
_HOW_MANY = re.compile(r"^how many (?:of (?:our|the) )?(?P<rest>.+)$", re.I)
_WHAT = re.compile(rf"^{_IS}(?:the |our )?(?P<rest>.+)$", re.I)
_NO_PART = re.compile(
    r"\b(?:unit|each|per|every|average|mean|max(?:imum)?|min(?:imum)?|share|rate|price|day|hour|minute|week|month|year|age|"
    r"no|number|nr|id|code|extension|phone|room|floor|line|page|rank|level|version)s?\b|[%#]",
    re.I,
)
"""In a column's name: its figures are no parts of a sum."""

_IN_TIME = re.compile(r"(?:calendar |financial )?(?:year|quarter|month|date|since|as of)", re.I)


@dataclass(frozen=True, slots=True)
class SumAsked:
    """What is summed, as the question says it; `of_all`: it says that it asks for the sum."""

    rest: str
    of_all: bool


def sum_asked(question: str) -> SumAsked | None:
    """None where it asks for no sum, by its form.

    >>> sum_asked("how many toilets are there on the site?")
    SumAsked(rest='toilets on the site', of_all=False)
    >>> sum_asked("What's our total budget for 2026?")
    SumAsked(rest='budget for 2026', of_all=True)
    """
    plain = question.strip().rstrip(" ?.!")
    rest = " ".join(_ALL.sub(" ", plain).split())
    total = _TOTAL.match(rest)
    counted = _HOW_MANY.match(rest)
    of_all = total is not None or _ALL.search(plain) is not None
    if counted and not (of_all or _EXIST.search(rest)):
        return None
    found = total or counted or (_WHAT.match(rest) if of_all else None)
    return SumAsked(" ".join(_EXIST.sub(" ", found["rest"]).split()), of_all) if found else None


def column_summed(asked: SumAsked, words: Sequence[str], columns: Sequence[str], key: str) -> str:
    """The column whose name the question says, and more of it than of any other; empty where there is none. What there
    is now is no sum of what was at several times, nor of what is offered at a price, unless it is asked for."""
    if not asked.of_all and (_IN_TIME.match(key) or any(map(is_price, columns))):
        return ""
    said = content_words(" ".join(words))
    named = [column for column in columns if (own := words_of_column(column)) and own <= said]
    most = max((len(words_of_column(column)) for column in named), default=0)
    best = [column for column in named if len(words_of_column(column)) == most]
    return best[0] if len(best) == 1 and not _NO_PART.search(best[0]) else ""


def summed(cells: Sequence[str], column: str, *, of_all: bool) -> tuple[str, tuple[str, ...]] | None:
    """The sum and its parts, as the cells write them; None where a cell is no plain amount. Money is summed only where
    the question says so: "how many fees" counts them."""
    amounts = amounts_in_column(cells, column)
    figures = [_figure_of(one) for one in amounts]
    if len(amounts) < 2 or not all(figures) or not (of_all or amounts[0].written == figures[0]):
        return None
    decimals = max(len(figure.partition(".")[2]) for figure in figures)
    total = f"{sum(one.amount for one in amounts):,.{decimals}f}"
    return amounts[0].written.replace(figures[0], total, 1), tuple(one.written for one in amounts)


def _figure_of(amount: Quantity) -> str:
    """The figure that it is written with; empty where that is in another unit than what is summed, or for each of
    something."""
    found = re.search(FIGURE, amount.written)
    is_part = found is not None and float(found[0].replace(",", "")) == amount.amount
    return found[0] if found and is_part and not amount.rate and amount.kind != "%" else ""
