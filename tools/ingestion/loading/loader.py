"""Brings files into the store. Planning, embedding and writing overlap; a run that was killed is repaired by the
next."""

import asyncio
import errno
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from tools.errors import InvalidInput, StorageFull
from tools.ingestion.catalogue.catalogue import Catalogue
from tools.ingestion.documents import UnclearRights
from tools.ingestion.files.discovery import files_under, targets
from tools.ingestion.formats.metadata import checked_groups
from tools.ingestion.parsing.tasks import Parser, ParserInProcess
from tools.ingestion.planning.changes import IngestReport, Progress, Tally, Window
from tools.ingestion.planning.naming import covering
from tools.ingestion.planning.plan import Recipe
from tools.ingestion.planning.planner import WINDOW_PASSAGES, Planner
from tools.ingestion.rights.grants import check_readers_are_said
from tools.ingestion.rights.request import Request
from tools.ports import FloatArray, PassageStore
from tools.uninterrupted import to_the_end

_KEYS_A_REQUEST = 1_000
_QUEUED_WINDOWS = 2
Value = TypeVar("Value")
Embedded = tuple[Window, FloatArray]


class Loader:
    def __init__(
        self,
        store: PassageStore,
        catalogue: Catalogue,
        recipe: Recipe,
        *,
        batch_size: int = 16,
        open_parser: Callable[[], Parser] = ParserInProcess,
    ) -> None:
        """`open_parser` is called once for each run."""
        self._store, self._catalogue, self._recipe = store, catalogue, recipe
        self._batch_size, self._open_parser = batch_size, open_parser

    @property
    def catalogue(self) -> Catalogue:
        return self._catalogue

    async def ingest(
        self,
        paths: Sequence[Path],
        *,
        groups: tuple[str, ...] | None,
        tenant: str,
        progress: Callable[[Progress], None],
        gone: Sequence[Path] = (),
        standing: bool = False,
    ) -> IngestReport:
        """Make the store hold what the paths hold now, and nothing of the files in `gone`. `groups` that are `standing`
        come from the sources file: they do not replace grants below a place.

        Raises, before anything is written: InvalidInput for a path that does not exist, empty `groups` or a bad access
        file (which is read anew for each run); CatalogueLost when it is not known for whom a place was ingested;
        StoreInUse while another run is at work. Also raises StorageFull, and whatever the store and the embedder raise.
        Single files that can't be read are listed in the report. The run may be cancelled or killed at any time: the
        next run over the same paths completes it.
        """
        with ExitStack() as alone:
            await to_the_end(asyncio.to_thread(alone.enter_context, self._catalogue.one_run()))
            _check_groups(groups)
            found = await asyncio.to_thread(targets, paths) if paths or not gone else []
            return await self._ingest(Request(found, groups, tenant, gone, standing), progress)

    async def _ingest(self, request: Request, progress: Callable[[Progress], None]) -> IngestReport:
        started, tally, parser = time.monotonic(), Tally(), self._open_parser()
        tenant = request.tenant
        try:
            plan = await asyncio.to_thread(self._recipe.plan, request)
            await self._recover(request)
            tally.bytes_total = await asyncio.to_thread(
                lambda: sum(file.size for target in request.targets for file in files_under(target, lambda error: None))
            )
            await asyncio.to_thread(self._catalogue.records.begin_run, tenant, request.run)
            planner = await asyncio.to_thread(Planner, plan, self._catalogue, tally, parser)
            for changes in (planner.changes, planner.overrulings):
                await self._run(planner.windows(changes()), tenant, tally, lambda: progress(tally.progress()))
            await asyncio.to_thread(self._catalogue.records.end_run, request.run)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StorageFull("The disk has no room left; free some space and ingest again.") from error
            raise
        finally:
            await asyncio.to_thread(parser.close)
        return tally.report(time.monotonic() - started)

    async def erase(self, source: str, tenant: str) -> int:
        """Remove a source, with all its rows if it is a corpus, from store and catalogue. Returns how many passages
        were removed."""
        forgotten = await asyncio.to_thread(self._catalogue.forget, tenant, source)
        names = {source, *(name for name, _ in forgotten)}
        removed = sum([await self._store.delete_source(name, tenant) for name in names])
        # An interrupted rename may have left passages under the former name.
        for keys in _batches([key for _, own in forgotten for key in own], _KEYS_A_REQUEST):
            removed += len(await self._store.stored(keys))
            await self._store.delete_keys(keys)
        return removed

    async def forget(self, tenant: str, holder: str, erase_source: Callable[[str, str], Awaitable[int]]) -> int:
        """Tell a place that remembers sources, named `holder`, to forget those that were removed or closed to somebody
        since its last call. Returns how many entries it forgot. If killed, the next call repeats the work."""
        sources, mark = await asyncio.to_thread(self._catalogue.records.withdrawn, tenant, holder)
        if not sources:
            return 0
        covered = await asyncio.to_thread(covering, sources, partial(self._catalogue.records.holds_below, tenant))
        forgotten = sum([await erase_source(source, tenant) for source in covered])
        await asyncio.to_thread(self._catalogue.records.forgotten, tenant, holder, mark)
        return forgotten

    async def _recover(self, request: Request) -> None:
        held = await self._store.count()
        if held == 0:  # the store was emptied or replaced without the catalogue
            await asyncio.to_thread(self._catalogue.forget_all)
        if beside := await asyncio.to_thread(self._catalogue.records.begun_beside, held):
            await asyncio.to_thread(check_readers_are_said, self._catalogue, request, beside)
        for entry in await asyncio.to_thread(self._catalogue.interrupted, request.tenant):
            keys = await self._store.keys_of_source(entry.source, request.tenant)
            await asyncio.to_thread(self._catalogue.recover, request.tenant, entry, keys)

    async def _run(self, windows: Iterator[Window], tenant: str, tally: Tally, tick: Callable[[], None]) -> None:
        planned: asyncio.Queue[Window | None] = asyncio.Queue(_QUEUED_WINDOWS)
        embedded: asyncio.Queue[Embedded | None] = asyncio.Queue(_QUEUED_WINDOWS)

        async def plan() -> None:
            while (window := await to_the_end(asyncio.to_thread(next, windows, None))) is not None:
                await planned.put(window)
                tick()
            await planned.put(None)

        async def embed() -> None:
            async for window in _until_none(planned):
                await embedded.put((window, await self._embed(window, tally, tick)))
            await embedded.put(None)

        async def write() -> None:
            async for window, vectors in _until_none(embedded):
                await to_the_end(self._write(window, vectors, tenant, tally))
                tick()

        try:
            async with asyncio.TaskGroup() as tasks:
                for stage in (plan, embed, write):
                    tasks.create_task(stage())
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None

    async def _embed(self, window: Window, tally: Tally, tick: Callable[[], None]) -> FloatArray:
        """Vectors for the window, shape (passages, dimension). Takes those that the store has for the same text, and
        embeds the others, shortest first."""
        vectors = np.zeros((len(window.passages), self._recipe.embedder.dimension), dtype=np.float32)
        contents = [passage.content for passage in window.passages]
        stored = await self._vectors_of(window)
        waiting = []
        for index, passage in enumerate(window.passages):
            if passage.key in stored:
                vectors[index] = stored[passage.key]
                tally.bytes_done += window.weights[index]
            else:
                waiting.append(index)
        tally.passages["moved"] += len(contents) - len(waiting)
        waiting.sort(key=lambda index: len(contents[index]))
        for batch in _batches(waiting, self._batch_size):
            vectors[batch] = await self._recipe.embedder.embed_passages([contents[index] for index in batch])
            tally.passages["written"] += len(batch)
            tally.bytes_done += sum(window.weights[index] for index in batch)
            tick()
        return vectors

    async def _vectors_of(self, window: Window) -> dict[str, FloatArray]:
        """Stored vectors, by key, of passages whose text has not changed. An edit only moves the passages below it, and
        a new name or right changes no text.

        A stored row carries the text that its vector was made from, so this also holds after a crash in the middle of a
        write.
        """
        contents = {passage.key: passage.content for passage in window.passages if passage.key in window.known}
        found: dict[str, FloatArray] = {}
        for keys in _batches(list(contents), _KEYS_A_REQUEST):
            for hit in await self._store.stored(keys):
                if hit.vector and hit.passage.content == contents[hit.passage.key]:
                    found[hit.passage.key] = np.asarray(hit.vector, dtype=np.float32)
        return found

    async def _write(self, window: Window, vectors: FloatArray, tenant: str, tally: Tally) -> None:
        """Write new passages, then delete stale ones, then update the catalogue: the store can answer questions at any
        moment."""
        started = [change.entry for change in window.started]
        erased = {entry.source for entry in await asyncio.to_thread(self._catalogue.begin, tenant, started)}
        kept = [index for index, passage in enumerate(window.passages) if passage.source not in erased]
        if kept:
            await self._store.upsert([window.passages[index] for index in kept], vectors[kept])
        stale = [key for change in window.finished for key in change.stale]
        for keys in _batches(stale, WINDOW_PASSAGES):
            await self._store.delete_keys(keys)
        written = [change.entry for change in window.finished if change.outcome != "removed"]
        removed = [change.entry for change in window.finished if change.outcome == "removed"]
        lost = await asyncio.to_thread(self._catalogue.commit, tenant, written, removed)
        for keys in _batches([key for entry in lost for key in entry.chunks], WINDOW_PASSAGES):
            await self._store.delete_keys(keys)
        await asyncio.to_thread(self._catalogue.settle, tenant, lost)
        tally.passages["deleted"] += len(stale)
        for change in window.finished:
            # The entry of a corpus file is not counted as a document.
            if change.entry.chunks and change.entry not in lost:
                tally.count(change)


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
