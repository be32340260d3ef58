"""Dates in texts: how they are written, and what they are dates of."""

import re

from tools import dates

_FULL = "|".join(dates.MONTHS)
_SHORT = "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
WEEKDAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
DAY_OR_MONTH = f"{_FULL}|{WEEKDAY}"
MONTHS = rf"(?:{_FULL}|(?:{_SHORT})\.?)"
MONTH = rf"(?:{_FULL}|(?:{_SHORT})\b\.?)"
"""One by itself, where `MONTHS` may begin a longer word."""

DATE = rf"(?:(?:\d{{1,2}}(?:st|nd|rd|th)? )?{MONTHS}(?: \d{{1,2}}(?:st|nd|rd|th)?)?,? )?(?:1\d{{3}}|20\d{{2}})"

BORN_ON = re.compile(
    rf"\b[Bb]orn\b[^.;]{{0,60}}?({DATE})|\b[Bb]irth\b.*?({DATE})"
    rf"|\([^()\d]{{0,60}}({DATE})(?:,? (?:in |at |near )?[A-Z][^()\d–—-]{{0,60}})?\s*(?:[–—-]|\)|to )"
)
DIED_ON = re.compile(
    rf"\b(?:[Dd]ied|[Dd]eath|killed|executed|passed away)\b[^.;]{{0,60}}?({DATE})"
    rf"|\([^()]*?\d{{4}}[^()\d]{{0,60}}?\s*[–—-]\s*({DATE})|\([^()]*\d{{4}}\s?({DATE})\s*\)"
)
BIRTH, DEATH = "birth", "death"
MONTH_NUMBERS = {name[:3].casefold(): n for n, name in enumerate(dates.MONTHS, start=1)}
"""By the three letters that each begins with, in small ones."""

_MADE_IN = re.compile(r"\b(?:is|was|are|were) (?:a|an|the) (?:[\w'’-]+ ){0,3}?(1\d{3}|20\d{2})\b")


def dates_of(said: str, kind: str | None) -> list[tuple[str, tuple[int, ...]]]:
    """Dates in a sentence as written and as (year, month, day), as far as they go: of birth, of death, or of making.

    Without a kind, what "is a 1953 film" counts before any other date.
    """
    pattern = {BIRTH: BORN_ON, DEATH: DIED_ON}.get(kind or "")
    if pattern is not None:
        written = [value_of(match) for match in pattern.finditer(said)]
    else:
        written = [match[1] for match in _MADE_IN.finditer(said)] + re.findall(DATE, said)
    return [(text.strip(" ,"), parsed) for text in written if (parsed := _parsed(text))]


def _parsed(written: str) -> tuple[int, ...]:
    year = re.search(r"(?:1\d{3}|20\d{2})\s*$", written)
    if year is None:
        return ()
    before = written[: year.start()]
    month = re.search(r"[A-Z][a-z]{2}", before)
    day = re.search(r"\d{1,2}", before)
    number = MONTH_NUMBERS.get(month.group().casefold()) if month else None
    if number is None:
        return (int(year.group()),)
    return (int(year.group()), number, int(day.group())) if day else (int(year.group()), number)


def value_of(match: re.Match[str]) -> str:
    """What a match says: the group that the pattern singles out, else the whole match."""
    return next(filter(None, match.groups()), match.group())
