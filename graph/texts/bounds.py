"""Sums of money, and ages, that a rule holds for: "up to 500 euros", "above EUR 5,000", "age: 4 to 6", and whether the
one asked about is among them."""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from graph.texts.quantities import CURRENCY, FIGURE, NO_WHOLE_FIGURE, currency_of, is_year
from graph.texts.words import content_words

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
_MORE = r"\b(?P<more>above|over|more than|exceeding|beyond)"
_ASKED = re.compile(rf"(?:{_MORE}\s{{1,3}})?{_SUM}", re.IGNORECASE)
_BARE = re.compile(
    rf"(?:{_MORE}|\b(?:of|for|worth|up to))\s{{1,3}}(?P<figure>{FIGURE}){NO_WHOLE_FIGURE}"
    r"(?=\W*$|\s(?:and|or|in|for|on|at|by|now)\b)",
    re.IGNORECASE,
)
"""A sum without its currency: "Who signs contracts over 5000?"."""

LEAST_BARE = 100
"""Smaller numbers may count anything."""

_A_LITTLE = 0.01
_YEARS = ""
_AGE = re.compile(r"\b(\d{1,3})[- ]years?[- ]old\b|\bage(?:d| of)? (\d{1,3})\b", re.IGNORECASE)
_AGES = re.compile(
    r"\b(?:ages?|aged):? (?P<least>\d{1,3})"
    r"(?:\s?(?:to|[-–])\s?(?P<most>\d{1,3})\b|\s?\+| (?:and|or) (?:over|above|older)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The only sum or age that a question gives: how much, of which currency (empty: years; None: any), and its
    words."""

    amount: float
    currency: str | None
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Span:
    """The amounts that a limit or a range lets through."""

    least: float
    most: float

    def holds(self, amount: float) -> bool:
        return self.least <= amount <= self.most


def leaves_out(said: str, question: str) -> bool:
    """Whether a sentence gives limits or ranges and the question's only sum, in the same currency, is beyond each; or
    the same of ages.

    >>> leaves_out("Expenses up to 500 euros are approved by the team lead.", "Who approves 800 euros?")
    True
    """
    asked = _only_sum(question)
    spans = list(_spans(said, asked.currency)) if asked else []
    return asked is not None and bool(spans) and not any(span.holds(asked.amount) for span in spans)


def is_wider(said: str, others: Iterable[str], question: str) -> bool:
    """Whether one of the others has a narrower limit that holds what the question gives.

    >>> is_wider("Up to 9,000 euros: board", ["Up to 1,000 euros: lead"], "Who approves 800 euros?")
    True
    """
    own = _holding(said, question)
    return own is not None and any(
        own != other and own.least <= other.least and other.most <= own.most
        for other in (_holding(one, question) for one in others)
        if other is not None
    )


def held_words(said: str, question: str) -> frozenset[str]:
    """The words of the question's only sum, where a limit holds it: "up to 500 euros" speaks of 300 euros."""
    asked = _only_sum(question) if _holding(said, question) else None
    return asked.words if asked else frozenset()


def _holding(said: str, question: str) -> _Span | None:
    """The narrowest of its spans that hold what the question gives."""
    asked = _only_sum(question)
    holding = [span for span in _spans(said, asked.currency) if span.holds(asked.amount)] if asked else []
    return min(holding, key=lambda span: span.most - span.least, default=None)


@lru_cache(maxsize=512)
def _only_sum(question: str) -> _Asked | None:
    """Remembered, since hundreds of sentences are compared with one question."""
    asked = list(_ASKED.finditer(question))
    if len(asked) == 1:
        one = asked[0]
        words = content_words(one[0].removeprefix(one["more"] or ""))
        return _Asked(_value(one) + _A_LITTLE * bool(one["more"]), _currency(one), words)
    if asked:
        return None
    if age := _AGE.search(question):
        return _Asked(float(age[1] or age[2]), _YEARS, content_words(age[1] or age[2]))
    return _bare_sum(question)


def _bare_sum(question: str) -> _Asked | None:
    bare = list(_BARE.finditer(question))
    if len(bare) != 1 or _figure(bare[0]["figure"]) < LEAST_BARE or is_year(bare[0]["figure"], ""):
        return None
    amount = _figure(bare[0]["figure"]) + _A_LITTLE * bool(bare[0]["more"])
    return _Asked(amount, None, content_words(bare[0]["figure"]))


def _spans(said: str, currency: str | None) -> Iterator[_Span]:
    if currency == _YEARS:
        for ages in _AGES.finditer(said):
            yield _Span(float(ages["least"]), float(ages["most"] or math.inf))
        return
    for bound in _BOUND.finditer(said):
        if currency in (None, _currency(bound)):
            limit, is_most = _value(bound), bound["most"] is not None
            beyond = _A_LITTLE * bool(_BEYOND.match(bound["most"] or bound["least"]))
            yield _Span(-math.inf, limit - beyond) if is_most else _Span(limit + beyond, math.inf)
    for span in _RANGE.finditer(said):
        if (span["before"] or span["behind"]) and currency in (None, _currency(span)):
            yield _Span(_figure(span["low"]), _figure(span["high"]))


def _value(match: re.Match[str]) -> float:
    return _figure(match["after"] or match["figure"])


def _figure(written: str) -> float:
    return float(written.replace(",", ""))


def _currency(match: re.Match[str]) -> str:
    return currency_of(match["before"] or match["behind"])
