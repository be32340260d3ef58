"""Finds documents that were replaced by others, from what they say and from their names.

A document's own statement counts most (`status: superseded`, `superseded_by`), then another's (`supersedes`), then the
end of its validity, then its folder (`archive/`), then the year in its name (`leave-2024.md` beside `leave-2025.md` or
`leave.md`).
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath
from typing import NamedTuple

ARCHIVES = frozenset({"archive", "archived", "archives", "superseded", "obsolete", "deprecated", "outdated"})
_EDITION = re.compile(r"^(?P<stem>.*?[^\W\d_].*?)[-_. ]+(?P<year>(?:19|20)\d\d)$")
_RECORDS = re.compile(
    r"(?:minute|meeting|note|report|log|journal|diary|release|change|news|invoice|receipt|incident|post-?mortem|retro"
    r"|stand-?up|week|month|quarter|annual|results?|accounts?|budget|agenda|protocol|statistic|survey|event|calendar"
    r"|conference|blog|issue|archive|backup)",
    re.IGNORECASE,
)
"""Words for documents that appear regularly without replacing the earlier ones."""

_NOW = 9_999


class Edition(NamedTuple):
    """Documents of the same `series` replace each other; the latest `year` is current."""

    series: str
    year: int


def edition_of(source: str) -> Edition:
    """The series and year of a document; one without a year in its name is the current edition of its series.

    Version numbers don't count: the second version of an interface or licence is in force beside the third.
    """
    path = PurePosixPath(source)
    match = _EDITION.match(path.stem)
    if match is None or _RECORDS.search(path.stem):
        return Edition(f"{path.parent}/{path.stem.casefold()}", _NOW)
    return Edition(f"{path.parent}/{match['stem'].casefold()}", int(match["year"]))


def is_archived(source: str) -> bool:
    """Whether one of its folders is an archive. The ingested folder itself doesn't count: its owner chose to ingest
    it."""
    return not ARCHIVES.isdisjoint(part.casefold() for part in PurePosixPath(source).parts[1:-1])


def replaced(sources: Callable[[], Iterable[str]]) -> dict[str, str]:
    """Older editions, each with the edition that replaces it. Reads the names twice, to keep only those with a year in
    memory."""
    series = defaultdict[str, set[tuple[int, str]]](set)
    for source in sources():
        edition = edition_of(source)
        if edition.year != _NOW:
            series[edition.series].add((edition.year, source))
    for source in sources() if series else ():
        edition = edition_of(source)
        if edition.year == _NOW and edition.series in series:
            series[edition.series].add((_NOW, source))
    found: dict[str, str] = {}
    for editions in series.values():
        latest, current = max(editions)
        found |= {source: current for year, source in editions if year < latest}
    return found
