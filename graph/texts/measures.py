"""How texts write numbers, durations, distances, amounts of money, shares and temperatures, in figures or in words.

Documents are hostile until read: every repetition is bounded or possessive, so no text makes a search take longer than
in proportion to its length.
"""

import re
from collections.abc import Iterable

from graph.texts.dates import MONTH, WEEKDAY

_UNITS = """one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen""".split()  # noqa: SIM905
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
NUMBERS = {word: n for n, word in enumerate(_UNITS, start=1)} | {word: 10 * n for n, word in enumerate(_TENS, start=2)}


def _by_first_letter(forms: Iterable[str]) -> str:
    """One of the forms. Where case counts nothing, every alternative costs a call at each word of a text: eight letters
    are a quarter of forty words."""
    by_letter: dict[str, list[str]] = {}
    for form in forms:
        by_letter.setdefault(form[0], []).append(form[1:])
    return "|".join(f"{letter}(?:{'|'.join(rests)})" for letter, rests in by_letter.items())


_UNITS_AFTER_TENS = f"(?:-(?:{_by_first_letter(_UNITS[:9])}))?"
_NUMBER_FORMS = (*_UNITS, *(ten + _UNITS_AFTER_TENS for ten in _TENS), "hundred", "thousand", "million")
NUMBER_WORDS = rf"(?:{_by_first_letter(_NUMBER_FORMS)})\b"
_DIGITS = r"(?<![\w.,])(?<!\w-)\d[\d.,]*+"
NUMBER = re.compile(rf"{_DIGITS}|\b{NUMBER_WORDS}", re.IGNORECASE)

_BEFORE_ONE = _by_first_letter(("within", "after", "for", "in", "takes?", "lasts?", "half"))
_FIGURE = rf"(?:{_DIGITS}|\b{NUMBER_WORDS}|\b(?:{_BEFORE_ONE}) an?\b)"
_EACH = r"(?:an?|each|every|per|times)"
TIME_UNIT = (
    r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|h|days?|nights?|weeks?|fortnights?|months?|years?|decades?|"
    r"centur(?:y|ies))"
)
_LENGTH_UNIT = r"(?:millimet|centimet|kilomet|met)(?:re|er)s?|mm|cm|km|inch(?:es)?|feet|foot|ft|yards?|miles?|m"


def _measured(units: str) -> re.Pattern[str]:
    """A figure before one of the units, with up to two words between them: "10 business days", not "five times a
    week"; or a column that names the unit before it ("Trial (days): 14")."""
    gap = r"[\s-]{1,3}"
    return re.compile(
        rf"{_FIGURE}(?:{gap}(?:(?!{_EACH}\b)\w{{1,30}}{gap}){{0,2}}?|\s?)(?:{units})\b|"
        rf"\((?:{units})\)[\s:|]{{1,3}}\d",
        re.IGNORECASE,
    )


DURATION = _measured(TIME_UNIT)
FREQUENCY = re.compile(
    rf"\b(?:hourly|daily|nightly|weekly|fortnightly|monthly|quarterly|yearly|annually|twice)\b|"
    rf"\b(?:once|(?:\d{{1,4}}|{NUMBER_WORDS})\s?times) (?:an?|each|every|per|in)\b|"
    rf"\b(?:every|each) (?:(?:other|second|third|fourth|fifth|first|last|{NUMBER_WORDS}|\d{{1,4}}|few|business|working|"
    rf"calendar) ){{0,2}}(?:{TIME_UNIT}|quarters?|mornings?|evenings?|(?:{WEEKDAY}|{MONTH}))\b|"
    rf"\bon (?:{WEEKDAY})s\b|\b(?:first|second|third|fourth|last) (?:{WEEKDAY}) (?:of|in)\b",
    re.IGNORECASE,
)
"""How often: "once a month", "every second Wednesday"."""
EXTENT = _measured(rf"{TIME_UNIT}|{_LENGTH_UNIT}|characters?|letters?|words?|lines?|pages?|digits?")
DISTANCE = _measured(_LENGTH_UNIT)
_OTHER_UNIT = (
    r"kilograms?|grams?|tonn?es?|ounces?|kg|lbs?|oz|lit(?:re|er)s?|millilit(?:re|er)s?|ml|gallons?|[kmgt]i?b|"
    r"(?:kilo|mega|giga|tera)?bytes?|volts?|watts?|amps?|[km]?wh?|mah|hz|[kmg]hz|km/h|mph|dpi|px|pixels?"
)
UNIT = _measured(_OTHER_UNIT)
"""Weights, volumes, memory and current."""

ANY_UNIT = rf"(?:{TIME_UNIT}|{_LENGTH_UNIT}|{_OTHER_UNIT})"
MONEY_CODES = "EUR|USD|GBP|CHF|JPY|CNY|INR|CAD|AUD|NZD|HKD|SGD|SEK|NOK|DKK|PLN|CZK"
_CURRENCY = rf"(?:[$€£¥₹]|\b(?:{MONEY_CODES}|Rs\.?))"
_COINS = r"(?:dollars?|euros?|pounds?|cents?|pence|francs?|yen|yuan|rupees?|kron(?:or|er|a|e))"
MONEY = re.compile(
    rf"{_CURRENCY}\s?\d|"
    rf"[(\[](?:in )?(?:{_CURRENCY}|{_COINS})(?:\s?(?:/|per\s)\s?[a-z]{{1,20}})?[)\]][\s:|]{{1,3}}\d|"
    rf"{_DIGITS}\s?(?:(?:thousand|million|billion|trillion)\s)?"
    rf"(?:{_CURRENCY}|{_COINS}\b)"
    r"|(?<![\w.,:/-])\d{1,3}(?:\.\d)?p\b"
    r"|\b(?:is|are|comes?|ships?) free\b|\bfree of charge\b|\bfor nothing\b",
    re.IGNORECASE,
)
SHARE = re.compile(
    r"\d\s?(?:%|per ?cent|percentage)|\b(?:half|third|quarter|fifth|tenth)s?\b|\bper ?cent\b", re.IGNORECASE
)
CHARGE = re.compile(f"{MONEY.pattern}|{SHARE.pattern}", re.IGNORECASE)
"""What something costs: a sum, or a share of one."""

TEMPERATURE = re.compile(r"\d\s?(?:[°º]|degrees?\b|celsius\b|fahrenheit\b|[CFK]\b)", re.IGNORECASE)
_PLACED = "day step page room floor level version section priority".split()  # noqa: SIM905
AMOUNT = re.compile(
    "|".join(kind.pattern for kind in (MONEY, SHARE, TEMPERATURE, DURATION, DISTANCE, UNIT))
    + f"|{''.join(rf'(?<!{word} )' for word in _PLACED)}(?:(?<!\\d:){_DIGITS}(?!:\\d)|\\b(?!one\\b){NUMBER_WORDS})",
    re.IGNORECASE,
)
"""How much of something: a measure or a figure. "Day one", "Room 4" and "05:30" are none."""


def count_of(thing: str) -> re.Pattern[str]:
    """The pattern of a number of such things: "up to 120 low-power sensors", "Sensors for each gateway: 120"."""
    gap, name = r"[^\w]{1,4}", re.escape(thing)
    return re.compile(
        rf"(?:{NUMBER.pattern}){gap}(?:\w{{1,30}}{gap}){{0,3}}?{name}|"
        rf"\b{name}\w{{0,3}}{gap}(?:\w{{1,30}}{gap}){{0,3}}?(?:{NUMBER.pattern})",
        re.IGNORECASE,
    )
