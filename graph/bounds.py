"""Sums of money that a rule holds for: "up to 500 euros", "above EUR 5,000", and whether the one asked about is among
them."""

import re
from collections.abc import Iterator

_FIGURE = r"(?<![\d.,])\d[\d,]{0,14}(?:\.\d{1,4})?"
_CURRENCY = r"(?:[$€£]|(?:EUR|USD|GBP|CHF)\b|(?:euros?|dollars?|pounds?|francs?)\b)"
_SUM = rf"(?:{_CURRENCY}\s?(?P<after>{_FIGURE})|(?P<before>{_FIGURE})\s?{_CURRENCY})"
_MOST = r"up to|at most|below|under|less than|no(?:t)? more than|(?:a )?maximum of"
_LEAST = r"above|over|more than|at least|exceeding|beyond|from"
_BOUND = re.compile(rf"\b(?:(?P<most>{_MOST})|(?P<least>{_LEAST}))\s{{1,3}}{_SUM}", re.IGNORECASE)
_AMOUNT = re.compile(rf"(?:\b(?P<more>above|over|more than|exceeding|beyond)\s{{1,3}})?{_SUM}", re.IGNORECASE)
_A_LITTLE = 0.01


def leaves_out(said: str, question: str) -> bool:
    """Whether a sentence gives limits and the question's only sum is beyond each of them.

    >>> leaves_out("Expenses up to 500 euros are approved by the team lead.", "Who approves 800 euros?")
    True
    """
    amounts = [_value(match) + _A_LITTLE * bool(match["more"]) for match in _AMOUNT.finditer(question)]
    if len(amounts) != 1:
        return False
    held = list(_holds(said, amounts[0]))
    return bool(held) and not any(held)


def _holds(said: str, amount: float) -> Iterator[bool]:
    for bound in _BOUND.finditer(said):
        limit = _value(bound)
        yield amount <= limit if bound["most"] else amount >= limit


def _value(match: re.Match[str]) -> float:
    return float((match["after"] or match["before"]).replace(",", ""))
