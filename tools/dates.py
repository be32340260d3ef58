"""The names of the months, and full dates in one notation: who reads "2027-12-31" tells of 31 December 2027."""

import re

MONTHS = tuple("January February March April May June July August September October November December".split())  # noqa: SIM905
_NAMES = "|".join(rf"{name[:3]}(?:{name[3:]}|t?\.?)" for name in MONTHS)
_MONTH = rf"(?P<month>{_NAMES})"
_YEAR = r"(?P<year>1\d{3}|20\d{2})"
_BY_NUMBER = re.compile(rf"(?<![\w-]){_YEAR}-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])(?![\w-])")
_MONTH_FIRST = re.compile(rf"\b{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? {_YEAR}\b")
_DAY_FIRST = re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH},? {_YEAR}\b")


def in_one_notation(text: str) -> str:
    """
    >>> in_one_notation("2027-12-31, Dec. 31st, 2027 and 31 Dec 2027")
    '31 December 2027, 31 December 2027 and 31 December 2027'
    >>> in_one_notation("2027-12-31-7 and May 2027")
    '2027-12-31-7 and May 2027'
    """
    for notation in (_BY_NUMBER, _MONTH_FIRST, _DAY_FIRST):
        text = notation.sub(_written, text)
    return text


def _written(date: re.Match[str]) -> str:
    month = date["month"]
    name = MONTHS[int(month) - 1] if month.isdigit() else next(one for one in MONTHS if one.startswith(month[:3]))
    return f"{int(date['day'])} {name} {date['year']}"
