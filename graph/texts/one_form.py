"""One form of what is written in several, so that words can be compared: "the US" and "the United States", "€" and
"euros".

Only what can be nothing else. Documents are hostile until read: no pattern here repeats without a bound.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

_WHOLE = "\N{WORD JOINER}"
"""Between the words of one thing, so that they stay together."""

_COUNTRY = re.compile(
    r"[UuEe](?<!\w[UuEe])(?:(?i:(?P<usa>(?<=u)nited States(?: of America)?|(?<=u)\.S\.(?:A\.)?)|"
    r"(?P<uk>(?<=u)nited Kingdom|(?<=u)\.K\.)|(?P<eu>(?<=e)uropean Union|(?<=e)\.U\.))(?!\w)|"
    r"(?P<us>(?:(?<=\bTHE U)|(?<![A-Z]{2} U))(?<=U)S\b(?!\$)))"
)
"""In small letters "us" is who speaks, and so it may be in a text all in capitals: "CONTACT US"."""


def _country(match: re.Match[str]) -> str:
    return "USA" if match.lastgroup == "us" else str(match.lastgroup).upper()


_WHOSE = ("my", "your", "his", "her", "its", "our", "their", "whose", "'s", "’s", "s'", "s’")
_OWN = re.compile(
    rf"own(?<!\wown){''.join(rf'(?<!{one} own)' for one in _WHOSE)}"
    r"(?=\W{0,3}$| (?:the|an?|this|that|these|those|any|all|which|what|it|them|most|more)\b)"
)
"""The verb, with what is owned or at the end; not "my own"."""

_SYMBOLS = {"€": "EUR", "£": "GBP"}
_DOLLARS = {
    "us": "USD",
    "american": "USD",
    "a": "AUD",
    "au": "AUD",
    "australian": "AUD",
    "c": "CAD",
    "ca": "CAD",
    "canadian": "CAD",
    "nz": "NZD",
    "new zealand": "NZD",
    "hk": "HKD",
    "hong kong": "HKD",
    "s": "SGD",
    "singapore": "SGD",
}
_DOLLAR_SIGN = re.compile(r"(?<![A-Za-z])(US|AU?|CA?|NZ|HK|S)?\$(?![A-Za-z{(])")
_DOLLAR = re.compile(
    r"\b(?:(U\.?S\.?|american|australian|canadian|new zealand|hong kong|singapore) )?dollars?\b", re.IGNORECASE
)
_POUND = re.compile(r"\b(?:british )?pounds?\b(?: sterling\b)?", re.IGNORECASE)
_PER_CENT = re.compile(r"\bper cent\b", re.IGNORECASE)
_WEIGHED = re.compile(
    r"\b(?:kg|kilos?|kilograms?|lbs?|oz|ounces?|stone|weigh\w{0,3}|weights?|heavy|heavier|heaviest|load)\b",
    re.IGNORECASE,
)
"""Near by a pound may be a weight."""


_DAYS = {
    "christmas eve": "24 December",
    "christmas day": "25 December",
    "boxing day": "26 December",
    "new year's eve": "31 December",
    "new year's day": "1 January",
}
_DAY = re.compile(r"\b(?:christmas (?:eve|day)|boxing day|new year['’]s (?:eve|day))\b", re.IGNORECASE)


def _with_date(match: re.Match[str]) -> str:
    return f"{match[0]}, {_DAYS[match[0].casefold().replace('’', chr(39))]},"


def _of_dollars(match: re.Match[str]) -> str:
    return f" {_DOLLARS[(match[1] or 'us').replace('.', '').lower()]} "


@dataclass(frozen=True, slots=True)
class _Form:
    """What is looked for only in a text that holds one of the `signs`, most hold none, and nothing of `unless`."""

    signs: tuple[str, ...]
    pattern: re.Pattern[str]
    form: Callable[[re.Match[str]], str]
    unless: re.Pattern[str] | None = None


_FORMS = (
    _Form((" own",), _OWN, lambda _: "owns"),
    _Form(("€", "£"), re.compile("[€£]"), lambda match: f" {_SYMBOLS[match[0]]} "),
    _Form(("$",), _DOLLAR_SIGN, _of_dollars),
    _Form(("dollar", "Dollar"), _DOLLAR, _of_dollars),
    _Form(("pound", "Pound"), _POUND, lambda _: "GBP", _WEIGHED),
    _Form(("hristmas ", "oxing ", "ew Year", "ew year"), _DAY, _with_date),
    _Form(("er cent",), _PER_CENT, lambda _: "percent"),
    _Form(("United ", "united ", "US", "U.", "u.", "European U", "european u"), _COUNTRY, _country),
)


def in_one_form(text: str) -> str:
    """
    >>> in_one_form("In the US, ask us; in the United Kingdom, don't.")
    "In the USA, ask us; in the UK, don't."
    """
    for one in _forms_in(text):
        text = one.pattern.sub(one.form, text)
    return text


def words_of(text: str) -> list[str]:
    """As they are written, of which "United States" is one."""
    for one in _forms_in(text):
        text = one.pattern.sub(lambda match: match[0].replace(" ", _WHOLE), text)
    return [word.replace(_WHOLE, " ") for word in text.split()]


_SIGNS = tuple(sign for one in _FORMS for sign in one.signs)


def _forms_in(text: str) -> list[_Form]:
    held = frozenset([sign for sign in _SIGNS if sign in text])
    found = [one for one in _FORMS if not held.isdisjoint(one.signs)] if held else []
    return [one for one in found if one.unless is None or not one.unless.search(text)]
