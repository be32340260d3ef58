"""Which documents have to be marked as superseded, or as current again, after everything else is in."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

from tools.ingestion.catalogue import Catalogue
from tools.ingestion.editions import replaced
from tools.passages import Passage


def supersedes_of(passages: Sequence[Passage]) -> tuple[tuple[str, str], ...]:
    """What a document replaces, from which day on; itself from the day after its last."""
    if not passages:
        return ()
    first = passages[0]
    ended = _day_after(first.valid_until)
    own = ((first.source, ended),) if ended else ()
    return (*((old, first.valid_from or "") for old in first.supersedes if old != first.source), *own)


def overrulings(catalogue: Catalogue, tenant: str, today: str) -> Iterator[tuple[Path, str]]:
    """Documents that read otherwise in the store than they should: the file and what overrules it now, or nothing."""
    records = catalogue.records
    wanted = replaced(lambda: records.sources_in_order(tenant))
    said = records.supersessions(tenant, today)
    both_ways = {(by, old) for old, by in said if old != by}
    wanted |= {old: by for old, by in said if (old, by) not in both_ways}
    held = dict(records.overruled(tenant))
    for source in sorted(wanted.keys() | held.keys()):
        if wanted.get(source, "") != held.get(source, "") and (path := catalogue.path_of(tenant, source)) is not None:
            yield path, wanted.get(source, "")


def _day_after(day: str | None) -> str:
    try:
        return (date.fromisoformat(day) + timedelta(days=1)).isoformat() if day else ""
    except (ValueError, OverflowError):
        return ""
