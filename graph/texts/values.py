"""The values that a question asks for (terms, amounts, shares, numbers, days) as a text gives them, in a form in which
two texts can be compared: "thirty days" is "30 days", and "EUR 5" is "5 EUR"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from graph.questions.expectation import counts_the_asked, sorts_expected
from graph.texts.dates import MONTH, MONTH_NUMBERS, WEEKDAY
from graph.texts.measures import NUMBER_WORDS, NUMBERS
from graph.texts.quantities import MAX_CHARACTERS, quantities_in

_MARGIN = 0.02
"""A month is 30 days, or a little more."""

_IN_WORDS = re.compile(rf"\b{NUMBER_WORDS}", re.IGNORECASE)
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_YEAR = r"(?:1\d|20)\d\d\b"
_DAY = re.compile(
    rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{MONTH})(?:,? (?P<year>{_YEAR}))?|"
    rf"\b(?P<us_month>{MONTH}) (?P<us_day>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (?P<us_year>{_YEAR}))?|"
    r"\b(?P<iso>\d{4}-\d\d-\d\d)\b|"
    rf"\b(?P<in_month>{MONTH}),? (?P<its_year>{_YEAR})|"
    rf"(?<![\d:])(?P<time>\d{{1,2}}:\d\d)(?![\d:])|\b(?P<weekday>{WEEKDAY})s?\b|"
    rf"(?<![\d.,:-])(?P<alone>{_YEAR})(?![-:]\d)"
)


@dataclass(frozen=True, slots=True)
class Value:
    """A value as `written` in figures, and in the form in which it is compared with others of its `kind`: an amount in
    its base unit for each of a `rate`; a month, day and year (0 if not given); or the name of a day."""

    written: str
    kind: str
    amount: tuple[float, ...]
    rate: str = ""

    def is_comparable(self, other: "Value") -> bool:
        return (self.kind, self.rate) == (other.kind, other.rate)

    def differs(self, other: "Value") -> bool:
        if self.kind == "date":
            years = {self.amount[2], other.amount[2]} - {0.0}
            return self.amount[:2] != other.amount[:2] or len(years) > 1
        if self.kind == "duration":
            return abs(self.amount[0] - other.amount[0]) > _MARGIN * max(self.amount[0], other.amount[0])
        return self.amount != other.amount


def values_expected(question: str, text: str) -> tuple[Value, ...]:
    """Those of the kind that the question asks for, without those that it says itself, in the text's order.

    >>> [value.written for value in values_expected("How long is leave?", "It takes thirty days and costs 5 EUR.")]
    ['30 days']
    """
    sorts = sorts_expected(question)
    if sorts == frozenset() or not counts_the_asked(question, text):
        return ()
    known = list(_values_in(question))
    found = (value for value in _values_in(text) if value.kind in sorts) if sorts else _amounts_in(text)
    return tuple(value for value in found if all(not value.is_comparable(one) or value.differs(one) for one in known))


def in_figures(text: str) -> str:
    """The text with its numbers up to 99 in figures."""
    return _IN_WORDS.sub(lambda match: _figure(match.group()), text[:MAX_CHARACTERS])


def without_dates(text: str) -> str:
    """The text without calendar days and times of day; a year stays."""
    return _DAY.sub(lambda match: match[0] if match["alone"] else " ", text)


def days_in(text: str) -> Iterator[Value]:
    """Dates, months, years, times of day and weekdays."""
    for match in _DAY.finditer(text[:MAX_CHARACTERS]):
        named = {name: found for name, found in match.groupdict().items() if found}
        if iso := named.get("iso"):
            year, month, day = map(float, iso.split("-"))
            yield Value(iso, "date", (month, day, year))
        elif day_of_month := named.get("day") or named.get("us_day"):
            month = _month(named.get("month") or named["us_month"])
            yield Value(
                match[0], "date", (month, float(day_of_month), float(named.get("year") or named.get("us_year") or 0))
            )
        elif in_month := named.get("in_month"):
            yield Value(match[0], "month", (_month(in_month), float(named["its_year"])))
        elif time := named.get("time"):
            yield Value(time, "time", tuple(map(float, time.split(":"))))
        elif weekday := named.get("weekday"):
            yield Value(match[0], "weekday", (float(_WEEKDAYS.index(weekday[:3])),))
        else:
            yield Value(match[0], "year", (float(named["alone"]),))


def _values_in(text: str) -> Iterator[Value]:
    yield from days_in(text)
    yield from _amounts_in(text)


def _amounts_in(text: str) -> Iterator[Value]:
    for one in quantities_in(without_dates(in_figures(text))):
        yield Value(one.written, one.kind, (one.amount,), one.rate)


def _figure(word: str) -> str:
    parts = [NUMBERS.get(part) for part in word.casefold().split("-")]
    return str(sum(part for part in parts if part)) if all(parts) else word


def _month(written: str) -> float:
    return float(MONTH_NUMBERS[written[:3].casefold()])
