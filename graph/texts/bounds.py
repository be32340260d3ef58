"""Sums of money that a rule holds for: "up to 500 euros", "above EUR 5,000", and whether the one asked about is among
them."""

import re
from collections.abc import Iterator
from functools import lru_cache

from graph.texts.quantities import CURRENCY, FIGURE, NO_WHOLE_FIGURE, currency_of

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
_BEYOND = re.compile(r"(?:below|under|less than|above|over|more than|exceeding|beyond)$", re.IGNORECASE)
"""The limit itself is not among what such a rule holds for; it is among what is "not more than" it."""

_RANGE = re.compile(
    rf"(?<![\d.,])(?:(?P<before>{CURRENCY})\s?)?(?P<low>{FIGURE}){NO_WHOLE_FIGURE}(?:\s?{CURRENCY})?"
    rf"\s?(?:to|and|until|[-–])\s?(?:{CURRENCY}\s?)?(?P<high>{FIGURE}){NO_WHOLE_FIGURE}(?:\s?(?P<behind>{CURRENCY}))?",
    re.IGNORECASE,
)
_ASKED = re.compile(rf"(?:\b(?P<more>above|over|more than|exceeding|beyond)\s{{1,3}})?{_SUM}", re.IGNORECASE)
_A_LITTLE = 0.01
_AGE = re.compile(r"\b(\d{1,3})[- ]years?[- ]old\b|\bage(?:d| of)? (\d{1,3})\b", re.IGNORECASE)
_AGES = re.compile(
    r"\b(?:ages?|aged):? (?P<least>\d{1,3})"
    r"(?:\s?(?:to|[-–])\s?(?P<most>\d{1,3})\b|\s?\+| (?:and|or) (?:over|above|older)\b)",
    re.IGNORECASE,
)


def leaves_out(said: str, question: str) -> bool:
    """Whether a sentence gives limits or ranges and the question's only sum, in the same currency, is beyond each; or
    the same of ages.

    >>> leaves_out("Expenses up to 500 euros are approved by the team lead.", "Who approves 800 euros?")
    True
    """
    asked, age = _only_sum(question), _AGE.search(question)
    held = list(_holds(said, *asked)) if asked else []
    if age and not held:
        held = [_is_of_age(ages, int(age[1] or age[2])) for ages in _AGES.finditer(said)]
    return bool(held) and not any(held)


def _is_of_age(ages: re.Match[str], age: int) -> bool:
    return int(ages["least"]) <= age <= int(ages["most"] or age)


@lru_cache(maxsize=512)
def _only_sum(question: str) -> tuple[float, str] | None:
    """How much, and of which currency. Remembered, since hundreds of sentences are compared with one question."""
    asked = list(_ASKED.finditer(question))
    if len(asked) != 1:
        return None
    return _value(asked[0]) + _A_LITTLE * bool(asked[0]["more"]), _currency(asked[0])


def _holds(said: str, amount: float, currency: str) -> Iterator[bool]:
    for bound in _BOUND.finditer(said):
        if _currency(bound) == currency:
            limit, form = _value(bound), bound["most"] or bound["least"]
            is_limit = amount == limit and not _BEYOND.match(form)
            yield is_limit or (amount < limit if bound["most"] else amount > limit)
    for span in _RANGE.finditer(said):
        if (span["before"] or span["behind"]) and _currency(span) == currency:
            yield _figure(span["low"]) <= amount <= _figure(span["high"])


def _value(match: re.Match[str]) -> float:
    return _figure(match["after"] or match["figure"])


def _figure(written: str) -> float:
    return float(written.replace(",", ""))


def _currency(match: re.Match[str]) -> str:
    return currency_of(match["before"] or match["behind"])
