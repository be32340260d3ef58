"""Amounts as documents write them, in a form in which they can be compared: money, durations, lengths, weights,
volumes, shares, and counts of things."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from graph.texts.measures import MONEY_CODES, NUMBERS

MAX_CHARACTERS = 2_000
"""Of a text that is read."""

CURRENCIES = frozenset(MONEY_CODES.split("|"))
MONEY_KINDS = frozenset({*CURRENCIES, "price"})
"""Of sums of money, of which a cell may leave the currency to its column."""

CURRENCY = rf"(?:[$€£]|(?:{MONEY_CODES})(?![A-Za-z])|(?:euros?|dollars?|pounds?|francs?)\b)"
FIGURE = r"(?<!\d\s)(?:\d{1,3}(?:,\d{3}){1,4}|\d{1,15})(?:\.(?!\d{3}(?!\d))\d{1,6})?"
NO_WHOLE_FIGURE = r"(?!\w|[.,:/]\d|\s?(?:k|m|bn|thousand|million|billion)\b|\s\d{3}\b)"
"""What goes on after a figure makes it another: "5 million", "1 200", "3.4.1"."""

_WORDS = {word: float(n) for word, n in NUMBERS.items() if n <= 10}
_CURRENCIES = {"$": "USD", "€": "EUR", "£": "GBP", "euro": "EUR", "dollar": "USD", "pound": "GBP", "franc": "CHF"}
_NO_UNIT = r"(?:per|an?|each|every|to|and|or|of|in|for|by|from|at|on|is|are|if|with)"
_AMOUNT = re.compile(
    rf"(?<![\w.,:/–-])(?:(?P<currency>{CURRENCY})\s?)?(?P<figure>{FIGURE}|\b(?:{'|'.join(_WORDS)})\b){NO_WHOLE_FIGURE}"
    rf"(?![-–]\d)(?:[\s-]?(?P<working>(?:working|business)\s)?(?P<unit>%|°C|{CURRENCY}|(?!{_NO_UNIT}\b)[A-Za-z]{{1,20}}))?"
    r"(?:\s?(?:/\s?|\b(?:per|an?|each|every)\s)(?P<rate>[A-Za-z]{1,20}))?",
    re.IGNORECASE,
)
_UNIT_OF_COLUMN = re.compile(
    rf"(?<!\w)[(\[](?:in )?(?P<unit>%|[$€£]|(?-i:{MONEY_CODES})|euros|dollars|francs|sec|seconds|minutes|hrs|hours|"
    r"days|nights|weeks|months|years|mm|cm|km|metres|meters|kilometres|kilometers|miles|mg|kg|grams|kilograms|tonnes|"
    r"ml|cl|litres|liters)(?:\s?(?:/|per\s)\s?[a-z]{1,20})?[)\]]",
    re.IGNORECASE,
)
"""Only what can be nothing else: "(min)" is a minimum, too, "(m)" a size, "(month)" what a price is for, and "(pounds)"
money or a weight."""

_PER = re.compile(r"(?:/|\b(?:per|an?|one|each|every|state of)\b)\s?\w{1,30}", re.IGNORECASE)
_PRICE = re.compile(
    r"\b(?:price|cost|fee|(?<!battery )(?<!full )charge)s?\b"
    r"(?! (?:cent(?:re|er)|code|id|no|number|type|class|category|group|level|band|model|owner)s?\b)|"
    r"^(?:(?:hourly|daily|nightly|weekly|monthly|yearly|annual|day|room|flat) )?rates?\b",
    re.IGNORECASE,
)
_COUNT = re.compile(r"\b(?:number of (?!the\b|an?\b)|count\b|quantity\b|headcount\b)", re.IGNORECASE)
_OF_A_DAY = re.compile(
    r"\b(?:years?|seasons?|dates?|since|until|till|valid|validity|as of|from|effective|updated|changed?|set|introduced|"
    r"last|next|revision|revised|version|edition|list(?! price))\b",
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
    is counted; an empty kind is a bare number. `rate` is what the amount is for each of: a day, a month, a sensor.
    Working days are a kind of their own."""

    written: str
    amount: float
    kind: str
    rate: str = ""


def quantities_in(text: str, column: str = "") -> Iterator[Quantity]:
    """In the text's order; a year alone is a date, no amount. In a cell the column may say what a bare figure is of.

    >>> [(one.amount, one.kind) for one in quantities_in("It takes 2 hours and costs EUR 1,250.50 for three seats.")]
    [(7200.0, 'duration'), (1250.5, 'EUR'), (3.0, 'seat')]
    >>> [(one.amount, one.kind) for one in quantities_in("1290", "Price (EUR)")]
    [(1290.0, 'EUR')]
    """
    for match in _AMOUNT.finditer(text[:MAX_CHARACTERS]):
        figure = match["figure"].casefold()
        amount = _WORDS.get(figure) or float(figure.replace(",", ""))
        rate = (match["rate"] or "").casefold()
        if match["currency"]:
            written = match[0][: match.end("figure") - match.start()]
            yield Quantity(written, amount, currency_of(match["currency"]), rate)
        elif not is_year(figure, column):
            kind, size = _kind(match["unit"] or unit_of(column))
            written = match[0][: (match.end("unit") if match["unit"] else match.end("figure")) - match.start()]
            yield Quantity(written, amount * size, "working days" if match["working"] else kind, rate)


def unit_of(column: str) -> str:
    """The unit of its figures, if it says so ("Term (months)"); else nothing."""
    match = _UNIT_OF_COLUMN.search(column[:MAX_CHARACTERS])
    return match["unit"] if match else ""


def is_price(column: str) -> bool:
    """Whether its name says that its figures are money; "range per charge" and "price (kg)" do not."""
    unit = unit_of(column)
    is_money = not unit or currency_of(unit) in CURRENCIES
    return is_money and _PRICE.search(_PER.sub("", column)) is not None


def is_year(figure: str, column: str = "") -> bool:
    """As it may be, and in a cell unless its column is of prices, counts or a unit."""
    if not (figure.isdigit() and len(figure) == 4 and int(figure) in _YEARS):
        return False
    if unit := unit_of(column):
        return unit.casefold() == "years"
    return _OF_A_DAY.search(column) is not None or not (is_price(column) or _COUNT.search(column))


def currency_of(written: str) -> str:
    """The code of a currency: "EUR" for "€" and "euros"."""
    name = written.casefold()
    return _CURRENCIES.get(name.removesuffix("s"), written.upper())


def _kind(unit: str) -> tuple[str, float]:
    if re.fullmatch(CURRENCY, unit, re.IGNORECASE):
        return currency_of(unit), 1.0
    name = unit.casefold()
    single = name.removesuffix("s") if len(name) > 2 else name
    return _UNITS.get(single, (single, 1.0))
