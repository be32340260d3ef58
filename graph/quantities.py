"""Amounts as documents write them, so that two can be compared: sums of money, durations, lengths, weights, volumes,
shares, and counts of one thing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_COUNTED = {
    word: float(n)
    for n, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), 1)  # noqa: SIM905
}
_CURRENCIES = {"$": "USD", "€": "EUR", "£": "GBP", "euro": "EUR", "dollar": "USD", "pound": "GBP", "franc": "CHF"}
_CURRENCY = r"[$€£]|(?:EUR|USD|GBP|CHF)(?![A-Za-z])"
_FIGURE = r"(?:\d{1,3}(?:,\d{3}){1,4}|\d{1,15})(?:\.\d{1,6})?"
_AMOUNT = re.compile(
    rf"(?<![\w.,:/–-])(?:(?P<currency>{_CURRENCY})\s?)?(?P<figure>{_FIGURE}|\b(?:{'|'.join(_COUNTED)})\b)"
    rf"(?!\w|[.,:/]\d|[-–]\d)(?:[\s-]?(?:(?:working|business|calendar)\s)?(?P<unit>%|°C|{_CURRENCY}|[A-Za-z]{{1,20}}))?",
    re.IGNORECASE,
)
CURRENCIES = frozenset({*_CURRENCIES.values(), "EUR", "USD", "GBP", "CHF"})
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
    is counted; an empty kind is a bare number."""

    written: str
    amount: float
    kind: str


def quantities_in(text: str) -> Iterator[Quantity]:
    """In the text's order; a year alone is a date, no amount.

    >>> [(one.amount, one.kind) for one in quantities_in("It takes 2 hours and costs EUR 1,250.50 for three seats.")]
    [(7200.0, 'duration'), (1250.5, 'EUR'), (3.0, 'seat')]
    """
    for match in _AMOUNT.finditer(text):
        figure = match["figure"].casefold()
        amount = _COUNTED.get(figure) or float(figure.replace(",", ""))
        if match["currency"]:
            written = match[0][: match.end("figure") - match.start()]
            yield Quantity(written, amount, _currency(match["currency"]))
            continue
        if amount in _YEARS and "," not in figure and "." not in figure and figure.isdigit() and len(figure) == 4:
            continue
        unit = match["unit"] or ""
        kind, size = _kind(unit)
        yield Quantity(match[0], amount * size, kind)


def _currency(written: str) -> str:
    return _CURRENCIES.get(written, written.upper())


def _kind(unit: str) -> tuple[str, float]:
    if re.fullmatch(_CURRENCY, unit):
        return _currency(unit), 1.0
    name = unit.casefold()
    single = name.removesuffix("s") if len(name) > 2 else name
    return _UNITS.get(single) or (_CURRENCIES.get(single, single), 1.0)
