"""Amounts as documents write them, so that two can be compared: sums of money, durations, lengths, weights, volumes,
shares, and counts of one thing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_CHARACTERS = 2_000
"""Of a text that is read."""

CURRENCY_CODES = "EUR|USD|GBP|CHF"
CURRENCIES = frozenset(CURRENCY_CODES.split("|"))
CURRENCY = rf"(?:[$€£]|(?:{CURRENCY_CODES})(?![A-Za-z])|(?:euros?|dollars?|pounds?|francs?)\b)"
FIGURE = r"(?<!\d\s)(?:\d{1,3}(?:,\d{3}){1,4}|\d{1,15})(?:\.(?!\d{3}(?!\d))\d{1,6})?"
NO_WHOLE_FIGURE = r"(?!\w|[.,:/]\d|\s?(?:k|m|bn|thousand|million|billion)\b|\s\d{3}\b)"
"""What goes on after a figure makes it another: "5 million", "1 200", "3.4.1"."""

_WORDS = {word: float(n) for n, word in enumerate("one two three four five six seven eight nine ten".split(), 1)}  # noqa: SIM905
_CURRENCIES = {"$": "USD", "€": "EUR", "£": "GBP", "euro": "EUR", "dollar": "USD", "pound": "GBP", "franc": "CHF"}
_NO_UNIT = r"(?:per|an?|each|every|to|and|or|of|in|for|by|from|at|on|is|are|if|with)"
_AMOUNT = re.compile(
    rf"(?<![\w.,:/–-])(?:(?P<currency>{CURRENCY})\s?)?(?P<figure>{FIGURE}|\b(?:{'|'.join(_WORDS)})\b){NO_WHOLE_FIGURE}"
    rf"(?![-–]\d)(?:[\s-]?(?P<working>(?:working|business)\s)?(?P<unit>%|°C|{CURRENCY}|(?!{_NO_UNIT}\b)[A-Za-z]{{1,20}}))?"
    r"(?:\s?(?:/|\b(?:per|an?|each|every))\s?(?P<rate>[A-Za-z]{1,20}))?",
    re.IGNORECASE,
)
_YEARS = range(1000, 2200)

_SIZES: dict[str, dict[str, float]] = {
    "duration": {
        "second sec s": 1,
        "minute min": 60,
        "hour hr h": 3_600,
        "day night": 86_400,
        "week": 604_800,
        "month": 2_629_746,
        "year": 31_556_952,
    },
    "length": {"mm": 0.001, "cm": 0.01, "metre meter m": 1, "kilometre kilometer km": 1_000, "mile": 1_609.344},
    "weight": {"mg": 0.001, "g gram": 1, "kg kilogram": 1_000, "tonne t": 1_000_000},
    "volume": {"ml": 0.001, "cl": 0.01, "litre liter l": 1},
}
_UNITS = {
    spelling: (kind, size)
    for kind, sizes in _SIZES.items()
    for spellings, size in sizes.items()
    for spelling in spellings.split()
}


@dataclass(frozen=True, slots=True)
class Quantity:
    """`amount` is in the base unit of its `kind`: seconds, metres, grams, litres, a currency's unit, or the thing that
    is counted; an empty kind is a bare number. `rate` is what it is for each of: a day, a month, a sensor; working days
    are no others."""

    written: str
    amount: float
    kind: str
    rate: str = ""


def quantities_in(text: str) -> Iterator[Quantity]:
    """In the text's order; a year alone is a date, no amount.

    >>> [(one.amount, one.kind) for one in quantities_in("It takes 2 hours and costs EUR 1,250.50 for three seats.")]
    [(7200.0, 'duration'), (1250.5, 'EUR'), (3.0, 'seat')]
    """
    for match in _AMOUNT.finditer(text[:MAX_CHARACTERS]):
        figure = match["figure"].casefold()
        amount = _WORDS.get(figure) or float(figure.replace(",", ""))
        rate = (match["rate"] or "").casefold()
        if match["currency"]:
            written = match[0][: match.end("figure") - match.start()]
            yield Quantity(written, amount, currency_of(match["currency"]), rate)
        elif not is_year(figure):
            kind, size = _kind(match["unit"] or "")
            written = match[0][: (match.end("unit") if match["unit"] else match.end("figure")) - match.start()]
            yield Quantity(written, amount * size, "working days" if match["working"] else kind, rate)


def is_year(figure: str) -> bool:
    return figure.isdigit() and len(figure) == 4 and int(figure) in _YEARS


def currency_of(written: str) -> str:
    """Its code: "EUR" of "€" and of "euros"."""
    name = written.casefold()
    return _CURRENCIES.get(name.removesuffix("s"), written.upper())


def _kind(unit: str) -> tuple[str, float]:
    if re.fullmatch(CURRENCY, unit, re.IGNORECASE):
        return currency_of(unit), 1.0
    name = unit.casefold()
    single = name.removesuffix("s") if len(name) > 2 else name
    return _UNITS.get(single, (single, 1.0))
