"""Compares two stores of the same folder row by row."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.opening import open_catalogue, store_of
from agent.settings import load_settings
from evals.bench.sync_process import embedder_for
from tools.ingestion.catalogue.entry import Entry
from tools.passages import Hit
from tools.ports import PassageStore

_KEYS_A_REQUEST = 1_000
_SOURCES_AT_A_TIME = 200
MAX_SHOWN = 5
TOLERANCE = 1e-5
"""Tolerance for vector components: the other texts in a batch change the last digits of a text's vector."""


@dataclass(slots=True)
class Comparison:
    """`rows` were compared. The others are rows in only one store, different or duplicate rows, and renamed documents
    that kept their ids."""

    rows: int = 0
    missing: int = 0
    surplus: int = 0
    different: int = 0
    doubled: int = 0
    other_ids: int = 0
    kept_ids: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def identical(self) -> bool:
        return self.rows > 0 and not (self.missing or self.surplus or self.different or self.doubled or self.other_ids)

    def as_json(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "missing": self.missing,
            "surplus": self.surplus,
            "different": self.different,
            "doubled": self.doubled,
            "other_ids": self.other_ids,
            "rows_that_kept_the_ids_of_a_former_name": self.kept_ids,
            "examples": self.examples,
        }

    def note(self, example: str) -> None:
        if len(self.examples) < MAX_SHOWN:
            self.examples.append(example)


@dataclass(frozen=True, slots=True)
class _Side:
    """One store with its catalogue: the rows of each source, and rows that no document accounts for."""

    store: PassageStore
    entries: dict[str, Entry]
    former: dict[str, tuple[str, ...]]

    async def rows(self, sources: Sequence[str]) -> dict[str, list[Hit]]:
        """Rows by source, in reading order."""
        keys = [key for source in sources if source in self.entries for key in self.entries[source].chunks]
        found: dict[str, list[Hit]] = {source: [] for source in sources}
        for start in range(0, len(keys), _KEYS_A_REQUEST):
            for hit in await self.store.stored(keys[start : start + _KEYS_A_REQUEST]):
                found.setdefault(hit.passage.source, []).append(hit)
        for hits in found.values():
            hits.sort(key=lambda hit: (hit.passage.start, hit.passage.text))
        return found

    @property
    def expected(self) -> int:
        return sum(len(entry.chunks) for entry in self.entries.values())


async def compared(home: Path, fresh: Path, embedder: str) -> Comparison:
    """Raises what the stores raise; nobody else may have them open."""
    result = Comparison()
    one, other = await _opened(home, embedder), await _opened(fresh, embedder)
    try:
        result.surplus += await one.store.count() - one.expected
        sources = sorted(one.entries.keys() | other.entries.keys())
        for start in range(0, len(sources), _SOURCES_AT_A_TIME):
            mine, theirs = [await side.rows(sources[start : start + _SOURCES_AT_A_TIME]) for side in (one, other)]
            for source in sorted(mine.keys() | theirs.keys()):
                _compare(source, mine.get(source, []), theirs.get(source, []), one, result)
    finally:
        await one.store.close()
        await other.store.close()
    return result


def _compare(source: str, mine: list[Hit], theirs: list[Hit], side: _Side, result: Comparison) -> None:
    result.rows += len(mine)
    result.missing += max(0, len(theirs) - len(mine))
    result.surplus += max(0, len(mine) - len(theirs))
    places = Counter((hit.passage.start, hit.passage.end, hit.passage.text) for hit in mine)
    result.doubled += sum(count - 1 for count in places.values() if count > 1)
    if len(mine) != len(theirs):
        result.note(f"{source}: {len(mine)} rows, {len(theirs)} in the fresh store")
        return
    renamed = source in side.entries and side.entries[source].origin != source
    for hit, expected in zip(mine, theirs, strict=True):
        if problem := _difference(hit, expected, side.former.get(source, ())):
            result.different += 1
            result.note(f"{source}: {problem}")
        if hit.passage.key != expected.passage.key:
            result.kept_ids += renamed
            result.other_ids += not renamed


def _difference(mine: Hit, theirs: Hit, former: tuple[str, ...]) -> str:
    """The name of the first field that differs, or ""."""
    one, other = mine.passage, theirs.passage
    for name in one.__dataclass_fields__:
        if name in {"key", "id", "content_hash"}:  # ids are compared separately; the hash covers the other fields
            continue
        left, right = getattr(one, name), getattr(other, name)
        if name == "names":
            left = tuple(each for each in left if each not in former)
        if name == "groups":  # a set, since the order in an access.toml does not matter
            left, right = set(left), set(right)
        if left != right:
            return f"{name} is {str(left)[:80]!r}, not {str(right)[:80]!r}"
    apart = max(abs(a - b) for a, b in zip(mine.vector or (0.0,), theirs.vector or (9.0,), strict=True))
    return "" if apart <= TOLERANCE else f"a vector is {apart:.1e} away"


async def _opened(home: Path, embedder_name: str) -> _Side:
    settings = load_settings(home=home)
    embedder = await embedder_for(settings, embedder_name)
    entries, former = await asyncio.to_thread(_entries, home)
    return _Side(await store_of(settings, embedder, create=False), entries, former)


def _entries(home: Path) -> tuple[dict[str, Entry], dict[str, tuple[str, ...]]]:
    catalogue = open_catalogue(load_settings(home=home))
    try:
        entries = {entry.source: entry for entry in _all(catalogue.entries("default"))}
        former = {
            source: catalogue.records.former_names("default", entry.path)
            for source, entry in entries.items()
            if entry.origin != source
        }
        return entries, former
    finally:
        catalogue.close()


def _all(entries: Iterator[Entry]) -> Iterator[Entry]:
    return (entry for entry in entries if entry.chunks)
