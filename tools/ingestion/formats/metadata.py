"""Normalises the metadata of files. Groups fail closed; for everything else a value that can't be understood is
dropped."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from tools.ingestion.documents import MAX_SUPERSEDED, Metadata, UnclearRights, is_one_line
from tools.ingestion.superseding.standing import standing_of_value
from tools.passages import Status

READER_KEYS = ("groups", "group", "readers")
"""Two spellings of the same key: who may read the document."""
UNCLEAR_KEY = "access"
"""A key that names readers in some files and a kind of document in others."""
MAX_VALUE_CHARACTERS = 1_000
MAX_GROUPS = 64
MAX_GROUP_CHARACTERS = 128
_OUTDATED = frozenset({"superseded", "deprecated", "obsolete", "archived", "withdrawn"})
_CURRENT = frozenset({"current", "active", "valid", "approved", "effective"})
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_YEAR_FIRST = re.compile(r"\s*(\d{4})[-/.](\d\d?)[-/.](\d\d?)(?!\d)", re.ASCII)
_YEAR_LAST = re.compile(r"\s*(\d\d?)([-/.])\s?(\d\d?)\2\s?(\d{4})(?!\d)", re.ASCII)

Written = Mapping[str, str | Sequence[str] | None]


def checked_groups(written: object, source: str) -> tuple[str, ...]:
    """Group names from a list or a comma-separated string. Raises UnclearRights for anything else, and for an empty
    list."""
    names: object = written.split(",") if isinstance(written, str) else written
    if not isinstance(names, list | tuple) or not names or len(names) > MAX_GROUPS:
        raise UnclearRights(source, f"groups must list 1 to {MAX_GROUPS} group names, not {str(written)[:80]!r}")
    if not all(isinstance(name, str) and _is_group(name.strip()) for name in names):
        raise UnclearRights(source, f"groups must be non-empty names, not {str(written)[:80]!r}")
    return tuple(dict.fromkeys(name.strip() for name in names))


def _is_group(name: str) -> bool:
    return 0 < len(name) <= MAX_GROUP_CHARACTERS and is_one_line(name)


def metadata_from(written: Written, source: str) -> Metadata:
    """`written` maps lower-case keys to a text, a list of texts, or None for any other type."""

    def one(*keys: str) -> str | None:
        lines = (" ".join(value.split()) for key in keys if isinstance(value := written.get(key), str))
        return next((line[:MAX_VALUE_CHARACTERS] for line in lines if line), None)

    def several(*keys: str) -> list[str]:
        found: list[str] = []
        for key in keys:
            value = written.get(key)
            found.extend([value] if isinstance(value, str) else value or [])
        return [name for name in found if name.strip()]

    def alone(*keys: str) -> str | None:
        """As `one`, but also takes a list with a single item."""
        names = several(*keys)
        return one(*keys) or (" ".join(names[0].split())[:MAX_VALUE_CHARACTERS] if len(names) == 1 else None)

    superseded_by = alone("superseded_by", "superseded-by")
    said_as_written = alone("status") or ""
    said = said_as_written.lower()
    status: Status | None = "current" if said in _CURRENT else None
    standing = standing_of_value(said_as_written)
    if several("superseded_by", "superseded-by") or said in _OUTDATED or (standing and standing.is_outdated):
        status = "superseded"
    return Metadata(
        title=one("title") or "",
        groups=_groups(written, source),
        updated=one("updated", "last_updated", "date"),
        status=status,
        superseded_by=superseded_by or (standing.by if standing else None),
        supersedes=tuple(name.strip()[:MAX_VALUE_CHARACTERS] for name in several("supersedes", "replaces"))[
            :MAX_SUPERSEDED
        ],
        valid_from=_day(alone("valid_from", "valid-from", "effective", "effective_date")),
        valid_until=_day(alone("valid_until", "valid-until", "valid_to", "expires", "expiry")),
        url=one("url", "canonical_url"),
        tenant=_tenant(written["tenant"], source) if "tenant" in written else None,
        aliases=tuple(several("aliases", "reference", "ref", "number", "id")[:32]),
    )


def _groups(written: Written, source: str) -> tuple[str, ...] | None:
    given = [key for key in READER_KEYS if key in written]
    if len(given) > 1:
        raise UnclearRights(source, f"gives both {given[0]} and {given[1]}; keep one of them")
    if given:
        return checked_groups(written[given[0]], source)
    if UNCLEAR_KEY in written:
        raise UnclearRights(source, f"says {UNCLEAR_KEY}, which may mean its readers; write groups for those")
    return None


def _tenant(written: str | Sequence[str] | None, source: str) -> str:
    """Fails closed, like groups: raises UnclearRights for a tenant that can't be understood."""
    if not isinstance(written, str) or not _is_group(written.strip()):
        raise UnclearRights(source, f"tenant must be one name, not {str(written)[:80]!r}")
    return written.strip()


def _day(written: str | None) -> str | None:
    """The ISO day at the beginning of a value, or None if it can't be told. Dates with dots begin with the day; for
    dates with slashes, a number above 12 shows which part is the day."""
    match = _DAY.match(written or "")
    if match:
        return match.group()
    if match := _YEAR_FIRST.match(written or ""):
        year, month, day = map(int, match.groups())
    elif match := _YEAR_LAST.match(written or ""):
        separator = match.group(2)
        day, month, year = (int(match.group(place)) for place in (1, 3, 4))
        if day <= 12 < month:
            day, month = month, day
        elif separator != "." and day != month and max(day, month) <= 12:
            return None
    else:
        return None
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
