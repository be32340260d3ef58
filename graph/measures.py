"""How texts give numbers, durations, distances, sums of money, shares and temperatures, in figures or in words."""

import re

NUMBER = re.compile(
    r"(?<!\w)(?<!\w-)\d[\d.,]*|"
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty|hundred|thousand|million)\b",
    re.IGNORECASE,
)
_FIGURE = (
    r"(?:\d[\d.,]*|(?:twenty|thirty|forty|fifty|sixty|ninety)(?:-\w+)?|one|two|three|four|five|six|seven|eight|nine|ten|"
    r"eleven|twelve|fifteen|hundred|thousand|million|(?:within|after|for|in|takes?|lasts?|half) an?)"
)
_EACH = r"(?:an?|each|every|per|times)"
_TIME_UNIT = (
    r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|nights?|weeks?|fortnights?|months?|years?|decades?|"
    r"centur(?:y|ies))"
)
_LENGTH_UNIT = r"(?:millimet|centimet|kilomet|met)(?:re|er)s?|mm|cm|km|inch(?:es)?|feet|foot|ft|yards?|miles?|m"


def _measured(units: str) -> re.Pattern[str]:
    """A figure before one of the units, with up to two words between them: "10 business days", not "five times a
    week"."""
    return re.compile(rf"\b{_FIGURE}[\s-]+(?:(?!{_EACH}\b)[\w-]+\s+){{0,2}}?(?:{units})\b", re.IGNORECASE)


DURATION = _measured(_TIME_UNIT)
EXTENT = _measured(rf"{_TIME_UNIT}|{_LENGTH_UNIT}|characters?|letters?|words?|lines?|pages?|digits?")
DISTANCE = _measured(_LENGTH_UNIT)
_CURRENCY = r"(?:[$€£¥₹]|\b(?:EUR|USD|GBP|CHF|JPY|CNY|INR|CAD|AUD|SEK|NOK|DKK|Rs\.?))"
MONEY = re.compile(
    rf"{_CURRENCY}\s?\d|\d[\d.,]*\s?(?:(?:thousand|million|billion|trillion)\s)?"
    rf"(?:{_CURRENCY}|(?:dollars?|euros?|pounds?|cents?|pence|francs?|yen|yuan|rupees?|kron(?:or|er|a|e)|won)\b)"
    r"|\bfree(?: of charge)?\b|\bfor nothing\b",
    re.IGNORECASE,
)
SHARE = re.compile(
    r"\d\s?(?:%|per ?cent|percentage)|\b(?:half|third|quarter|fifth|tenth)s?\b|\bper ?cent\b", re.IGNORECASE
)
TEMPERATURE = re.compile(r"\d\s?(?:°|degrees?\b|[CFK]\b)", re.IGNORECASE)


def count_of(thing: str) -> re.Pattern[str]:
    """A number of such things: "up to 120 wireless sensors", "Sensors for each gateway: 120"."""
    return re.compile(
        rf"(?:{NUMBER.pattern})\W+(?:[\w-]+\W+){{0,3}}?{re.escape(thing)}|"
        rf"\b{re.escape(thing)}\w*\W+(?:[\w-]+\W+){{0,3}}?(?:{NUMBER.pattern})",
        re.IGNORECASE,
    )
