"""Finds documents to be marked as superseded, or as current again, after everything else has been ingested."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from tools.ingestion.catalogue.catalogue import Catalogue
from tools.ingestion.catalogue.entry import Entry
from tools.ingestion.catalogue.relations import Relations
from tools.ingestion.superseding.editions import replaced
from tools.ingestion.superseding.meant import Meant, keys_of
from tools.ingestion.superseding.standing import names_a_place
from tools.passages import PUBLIC, Passage


def with_relations(entry: Entry, passages: Sequence[Passage], names: Sequence[str]) -> Entry:
    """The entry with the document's names and what its passages say about other documents."""
    if not passages:
        return entry
    first = passages[0]
    named = first.superseded_by if first.superseded_by and not names_a_place(first.superseded_by) else ""
    return replace(
        entry,
        supersedes=supersedes_of(passages),
        successor=(named, _day_after(first.valid_until)),
        names=keys_of(names),
    )


def supersedes_of(passages: Sequence[Passage]) -> tuple[tuple[str, str], ...]:
    """(source that the document replaces, ISO day from which on). Includes itself, from the day after its validity
    ends."""
    if not passages:
        return ()
    first = passages[0]
    ended = _day_after(first.valid_until)
    own = ((first.source, ended),) if ended else ()
    return (*((old, first.valid_from or "") for old in first.supersedes if old != first.source), *own)


def overrulings(catalogue: Catalogue, tenant: str, today: str) -> Iterator[tuple[Path, str]]:
    """Documents whose mark in the store is out of date: the file, and the source that overrules it now (or "")."""
    relations = catalogue.relations
    wanted = replaced(lambda: catalogue.records.sources_in_order(tenant))
    wanted |= _said(relations, tenant, today)
    wanted = {old: _shown(relations, tenant, old, by) for old, by in wanted.items()}
    held = dict(relations.overruled(tenant))
    for source in sorted(wanted.keys() | held.keys()):
        if wanted.get(source, "") != held.get(source, "") and (path := catalogue.path_of(tenant, source)) is not None:
            yield path, wanted.get(source, "")


def _said(relations: Relations, tenant: str, today: str) -> dict[str, str]:
    """Replaced source → what replaces it. A document's own statement takes precedence over another's."""
    meant = Meant(relations, tenant)
    said = [
        (meant.source(old, by) or old if old != by and not names_a_place(old) else old, by)
        for old, by in relations.supersessions(tenant, today)
    ]
    both_ways = {(by, old) for old, by in said if old != by}
    own = {source: by for source, name in relations.successors(tenant, today) if (by := meant.source(name, source))}
    return {old: by for old, by in said if (old, by) not in both_ways} | own


def _shown(relations: Relations, tenant: str, old: str, by: str) -> str:
    """The source to name as replacement. If some readers of `old` may not read `by`, it is `old` itself: even the name
    of its replacement could give something away."""
    readers, others = relations.readers_of(tenant, old), relations.readers_of(tenant, by)
    may_know = readers is None or others is None or PUBLIC in others or readers <= others
    return by if may_know else old


def _day_after(day: str | None) -> str:
    try:
        return (date.fromisoformat(day) + timedelta(days=1)).isoformat() if day else ""
    except (ValueError, OverflowError):
        return ""
