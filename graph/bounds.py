"""Sums of money that a rule holds for: "up to 500 euros", "above EUR 5,000", and whether the one asked about is among
them."""

import re
from collections.abc import Iterator

from graph.quantities import CURRENCY, FIGURE, NO_WHOLE_FIGURE, currency_of

_SUM = (
    rf"(?:(?P<before>{CURRENCY})\s?(?P<after>{FIGURE}){NO_WHOLE_FIGURE}|"
    rf"(?<![\d.,])(?P<figure>{FIGURE})\s?(?P<behind>{CURRENCY}))"
)
_NOT = r"(?:not|no|n['’]t)"
_MOST = (
    rf"up to|at most|below|under|(?<!not )(?<!no )less than|{_NOT} (?:more than|over|above|exceed(?:ing)?)|"
    r"(?:a )?maximum of"
)
_LEAST = (
    rf"{_NOT} (?:less than|below|under)|(?<!not )(?<!no )(?<!n't )(?<!n’t )(?:above|over|more than|exceeding|beyond)|"
    r"at least|from"
)
_BOUND = re.compile(rf"\b(?:(?P<most>{_MOST})|(?P<least>{_LEAST}))\s{{1,3}}{_SUM}", re.IGNORECASE)
_ASKED = re.compile(rf"(?:\b(?P<more>above|over|more than|exceeding|beyond)\s{{1,3}})?{_SUM}", re.IGNORECASE)
_A_LITTLE = 0.01


def leaves_out(said: str, question: str) -> bool:
    """Whether a sentence gives limits and the question's only sum, in the same currency, is beyond each of them.

    >>> leaves_out("Expenses up to 500 euros are approved by the team lead.", "Who approves 800 euros?")
    True
    """
    asked = list(_ASKED.finditer(question))
    if len(asked) != 1:
        return False
    amount, currency = _value(asked[0]) + _A_LITTLE * bool(asked[0]["more"]), _currency(asked[0])
    held = list(_holds(said, amount, currency))
    return bool(held) and not any(held)


def _holds(said: str, amount: float, currency: str) -> Iterator[bool]:
    for bound in _BOUND.finditer(said):
        if _currency(bound) == currency:
            limit = _value(bound)
            yield amount <= limit if bound["most"] else amount >= limit


def _value(match: re.Match[str]) -> float:
    return float((match["after"] or match["figure"]).replace(",", ""))


def _currency(match: re.Match[str]) -> str:
    return currency_of(match["before"] or match["behind"])
