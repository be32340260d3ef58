"""Brings files into the store: plan, embed and write overlap, and whatever happens the next run puts it right."""

import asyncio
import errno
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from tools.errors import InvalidInput, StorageFull
from tools.ingestion.catalogue import Catalogue
from tools.ingestion.changes import Change, IngestReport, Progress, Tally, Window
from tools.ingestion.discovery import files_under, targets
from tools.ingestion.documents import Limits, UnclearRights
from tools.ingestion.metadata import checked_groups
from tools.ingestion.parsing import Parser, ParserInProcess
from tools.ingestion.planner import WINDOW_PASSAGES, Plan, Planner
from tools.passages import Passage, Reader
from tools.ports import Embedder, FloatArray, PassageStore

_MAX_VECTORS_FETCHED = 10_000
_QUEUED_WINDOWS = 2
Value = TypeVar("Value")
Embedded = tuple[Window, list[Passage], FloatArray]


class Loader:
    def __init__(
        self,
        store: PassageStore,
        embedder: Embedder,
        catalogue: Catalogue,
        *,
        chunk_characters: int = 900,
        max_bytes: int = Limits().max_bytes,
        batch_size: int = 16,
        open_parser: Callable[[], Parser] = ParserInProcess,
    ) -> None:
        """Each run opens a parser of its own, as it is needed; by default in this process, for files one can trust."""
        self._store, self._embedder, self._catalogue = store, embedder, catalogue
        self._open_parser = open_parser
        self._chunk_characters, self._batch_size = chunk_characters, batch_size
        self._limits = Limits(max_bytes=max_bytes)

    async def ingest(
        self,
        paths: Sequence[Path],
        *,
        groups: tuple[str, ...] | None,
        tenant: str,
        progress: Callable[[Progress], None],
    ) -> IngestReport:
        """Makes the store hold what the paths hold now.

        Raises InvalidInput before anything is written when a path does not exist or `groups` is empty, StorageFull,
        and whatever the store and the embedder raise. Single files that can't be read are in the report. May be
        cancelled or killed at any time: the next run over the same paths ends as an undisturbed one would.
        """
        started, tally, parser = time.monotonic(), Tally(), self._open_parser()
        try:
            _check_groups(groups)
            found = await asyncio.to_thread(targets, paths)
            await self._recover(tenant)
            tally.bytes_total = await asyncio.to_thread(
                lambda: sum(file.size for target in found for file in files_under(target, lambda error: None))
            )
            recipe = f"{self._embedder.name}/{self._embedder.dimension}/{self._chunk_characters}"
            plan = Plan(found, groups, tenant, uuid.uuid4().hex, recipe, self._chunk_characters, self._limits)
            planner = await asyncio.to_thread(Planner, plan, self._catalogue, tally, parser)
            await self._run(planner, tenant, tally, lambda: progress(tally.progress()))
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StorageFull("The disk has no room left; free some space and ingest again.") from error
            raise
        finally:
            await asyncio.to_thread(parser.close)
        return tally.report(time.monotonic() - started)

    async def erase(self, source: str, tenant: str) -> int:
        """Removes a source (all rows, if it is a corpus) from store and catalogue; returns the passages removed."""
        rows = await asyncio.to_thread(self._catalogue.forget, tenant, source)
        return sum([await self._store.delete_source(name, tenant) for name in {source, *rows}])

    async def _recover(self, tenant: str) -> None:
        if await self._store.count() == 0:  # the store was emptied or replaced behind the catalogue's back
            await asyncio.to_thread(self._catalogue.forget)
        for entry in await asyncio.to_thread(self._catalogue.interrupted, tenant):
            keys = await self._store.keys_of_source(entry.source, tenant)
            await asyncio.to_thread(self._catalogue.recover, tenant, entry, keys)

    async def _run(self, planner: Planner, tenant: str, tally: Tally, tick: Callable[[], None]) -> None:
        planned: asyncio.Queue[Window | None] = asyncio.Queue(_QUEUED_WINDOWS)
        embedded: asyncio.Queue[Embedded | None] = asyncio.Queue(_QUEUED_WINDOWS)

        async def plan() -> None:
            windows = planner.windows()
            while (window := await _to_the_end(asyncio.to_thread(next, windows, None))) is not None:
                await planned.put(window)
                tick()
            await planned.put(None)

        async def embed() -> None:
            async for window in _until_none(planned):
                passages, vectors = await self._embed(window, tenant, tally, tick)
                await embedded.put((window, passages, vectors))
            await embedded.put(None)

        async def write() -> None:
            async for window, passages, vectors in _until_none(embedded):
                await _to_the_end(self._write(window, passages, vectors, tenant, tally))
                tick()

        try:
            async with asyncio.TaskGroup() as tasks:
                for stage in (plan, embed, write):
                    tasks.create_task(stage())
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None

    async def _embed(
        self, window: Window, tenant: str, tally: Tally, tick: Callable[[], None]
    ) -> tuple[list[Passage], FloatArray]:
        """Passages to write with their vectors: moved ones keep theirs, all others are embedded, shortest first."""
        known: dict[str, tuple[float, ...]] = {}
        passages = list(window.fresh)
        for change in window.finished:
            if change.moved:
                known.update(await self._vectors_of(change, tenant))
                passages.extend(change.moved)
        vectors = np.zeros((len(passages), self._embedder.dimension), dtype=np.float32)
        contents = [passage.content for passage in passages]
        waiting = [index for index, passage in enumerate(passages) if passage.key not in known]
        for index, passage in enumerate(passages):
            if passage.key in known:
                vectors[index] = known[passage.key]
        waiting.sort(key=lambda index: len(contents[index]))
        for batch in _batches(waiting, self._batch_size):
            vectors[batch] = await self._embedder.embed_passages([contents[index] for index in batch])
            tally.passages["written"] += len(batch)
            tick()
        tally.passages["moved"] += len(passages) - len(waiting)
        return passages, vectors

    async def _vectors_of(self, change: Change, tenant: str) -> dict[str, tuple[float, ...]]:
        """An edit moves the passages below it: their offsets change, their embeddings don't."""
        keys = {passage.key for passage in change.moved}
        groups = {group for passage in change.moved for group in passage.groups}
        reader = Reader(groups=tuple(sorted(groups)), tenant=tenant)
        hits = await self._store.find_sources([change.entry.source], reader, _MAX_VECTORS_FETCHED)
        return {hit.passage.key: hit.vector for hit in hits if hit.vector and hit.passage.key in keys}

    async def _write(
        self, window: Window, passages: list[Passage], vectors: FloatArray, tenant: str, tally: Tally
    ) -> None:
        """New passages before stale ones go, the catalogue last: at every moment the store answers questions."""
        await asyncio.to_thread(self._catalogue.begin, tenant, [change.entry for change in window.started])
        for rows in _batches(range(len(passages)), WINDOW_PASSAGES):
            await self._store.upsert([passages[row] for row in rows], vectors[rows])
        stale = [key for change in window.finished for key in change.stale]
        for keys in _batches(stale, WINDOW_PASSAGES):
            await self._store.delete_keys(keys)
        written = [change.entry for change in window.finished if change.outcome != "removed"]
        removed = [change.entry for change in window.finished if change.outcome == "removed"]
        await asyncio.to_thread(self._catalogue.commit, tenant, written, removed)
        tally.passages["deleted"] += len(stale)
        for change in window.finished:
            if change.entry.chunks:  # the entry of a corpus file itself is no document
                tally.documents[change.outcome] += 1


def _check_groups(groups: tuple[str, ...] | None) -> None:
    try:
        if groups is not None:
            checked_groups(groups, "--groups")
    except UnclearRights as error:
        raise InvalidInput(str(error)) from None


def _batches(items: Sequence[Value], size: int) -> Iterator[list[Value]]:
    for start in range(0, len(items), size):
        yield list(items[start : start + size])


async def _until_none(queue: "asyncio.Queue[Value | None]") -> AsyncIterator[Value]:
    while (item := await queue.get()) is not None:
        yield item


async def _to_the_end(work: Awaitable[Value]) -> Value:
    """Cancellation waits for a step that has begun, so that no thread goes on behind the caller's back."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
