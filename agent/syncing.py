"""Keeps the store in step with its sources: which there are, what a sync would change, and the sync itself.

Opens only what reads, embeds and stores: no graph, model or verifier.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from agent.assistant import CONVERSATIONS
from agent.conversations import open_conversations
from agent.named_sources import Unnamed, chosen_sources, unnamed_sources, with_names
from agent.opening import (
    catalogue_path,
    embedded_store,
    embedder_of,
    open_catalogue,
    open_loader,
    parser_of,
    recipe_of,
    store_of,
)
from agent.settings import Settings
from tools.errors import HoplineError, InvalidInput, InvalidSetting
from tools.ingestion.planning.changes import IngestReport, Progress
from tools.ports import Embedder

if TYPE_CHECKING:
    from tools.ingestion.catalogue.catalogue import Catalogue
    from tools.ingestion.catalogue.records import Failure, SourceRecord
    from tools.ingestion.loading.loader import Loader
    from tools.ingestion.loading.preview import Preview
    from tools.ingestion.loading.syncing import Synced, SyncSource
    from tools.sources.mirror import MirrorProgress

EraseSource = Callable[[str, str], Awaitable[int]]
POSTED_ANSWERS = "posted answers"
ONE_PROCESS_ALONE = (
    "--ray fills a Milvus server, and HOPLINE_MILVUS_URI names none: the embedded store is a file that belongs to one "
    "process on one machine. Set HOPLINE_MILVUS_URI=http://host:19530, or leave --ray out."
)


@dataclass(frozen=True, slots=True)
class SyncReport:
    """The outcome for each source, and how many turns and posted answers were forgotten because their source is
    gone."""

    sources: tuple["Synced", ...]
    turns_forgotten: int = 0
    answers_withdrawn: int = 0
    unnamed: tuple[Unnamed, ...] = ()

    @property
    def ok(self) -> bool:
        return all(source.ok for source in self.sources)


@dataclass(frozen=True, slots=True)
class Held:
    """What was ingested: one record for each folder or file, and everything that could not be read. `problem` is set
    when the store has passages that the catalogue does not know."""

    sources: tuple["SourceRecord", ...]
    failures: tuple["Failure", ...]
    unnamed: tuple[Unnamed, ...] = ()
    problem: str = ""


async def sync(
    settings: Settings,
    names: Sequence[str] = (),
    *,
    progress: Callable[[str, Progress], None] = lambda name, step: None,
    fetching: "Callable[[str, MirrorProgress], None]" = lambda name, step: None,
    withdraw_answers: EraseSource | None = None,
) -> SyncReport:
    """Make the store hold what the named sources hold now; all sources if no names are given.

    `fetching` is called while remote documents are fetched, `progress` during ingestion. `withdraw_answers` marks
    posted answers that used a source which is gone. Raises InvalidInput for an unknown name, StoreInUse, StorageFull or
    SearchUnavailable.
    """
    from tools.ingestion.loading.syncing import sync_source

    async with _opened(settings) as (catalogue, closing):
        chosen = await asyncio.to_thread(chosen_sources, settings, catalogue, names, fetching)
        embedder = await embedder_of(settings)
        store = await store_of(settings, embedder, create=True)
        closing.push_async_callback(store.close)
        loader = open_loader(settings, store, embedder, catalogue)
        done = [await sync_source(source, loader, _telling(progress, source.name)) for source in chosen]
        tenants = sorted({source.tenant for source in chosen})
        turns, answers = await _forgotten(settings, loader, tenants, closing, withdraw_answers)
        unnamed = await asyncio.to_thread(unnamed_sources, settings, catalogue)
    return SyncReport(tuple(done), turns, answers, unnamed)


async def ingest_on_ray(
    settings: Settings,
    address: str,
    paths: Sequence[Path],
    *,
    groups: tuple[str, ...] | None = None,
    tenant: str | None = None,
    progress: Callable[[Progress], None] = lambda step: None,
    withdraw_answers: EraseSource | None = None,
) -> "IngestReport":
    """Like `Assistant.ingest`, with parsing and embedding on a Ray cluster.

    Raises InvalidSetting without a Milvus server, without Ray, or if no cluster is at the address.
    """
    if settings.milvus_uri is None:
        raise InvalidSetting(ONE_PROCESS_ALONE)
    from tools.ingestion.loading.ray_job import RayCluster

    owner = tenant or settings.tenant
    shared = settings.model_copy(update={"home": await asyncio.to_thread(settings.home.absolute)})
    async with _opened(settings) as (catalogue, closing):
        embedder = await embedder_of(settings)
        store = await store_of(settings, embedder, create=True)
        closing.push_async_callback(store.close)
        embedders = partial(_embedder_in_actor, shared)
        cluster = await asyncio.to_thread(RayCluster, address, embedder, embedders, parser_of(settings))
        loader = open_loader(settings, store, cluster, catalogue, lambda: cluster)
        report = await loader.ingest(paths, groups=groups, tenant=owner, progress=progress)
        turns, _ = await _forgotten(settings, loader, [owner], closing, withdraw_answers)
    return replace(report, turns_forgotten=turns)


def _embedder_in_actor(settings: Settings) -> Embedder:
    return asyncio.run(embedder_of(settings))


async def _forgotten(
    settings: Settings,
    loader: "Loader",
    tenants: Sequence[str],
    closing: AsyncExitStack,
    withdraw_answers: EraseSource | None,
) -> tuple[int, int]:
    """Make conversations and posted answers forget what is gone. Returns how many turns and answers there were."""
    conversations = open_conversations(settings.home, settings.database)
    closing.push_async_callback(conversations.close)
    turns = [await loader.forget(tenant, CONVERSATIONS, conversations.erase_source) for tenant in tenants]
    if withdraw_answers is None:
        return sum(turns), 0
    return sum(turns), sum([await loader.forget(tenant, POSTED_ANSWERS, withdraw_answers) for tenant in tenants])


async def sync_preview(settings: Settings, names: Sequence[str] = ()) -> "dict[str, Preview | str]":
    """What `sync` would change, by source; for a source that can't be read, what is wrong. Changes nothing, and does
    not open the store."""
    from tools.ingestion.loading.syncing import preview_source

    async with _opened(settings) as (catalogue, _):
        chosen = await asyncio.to_thread(chosen_sources, settings, catalogue, names)
        recipe = recipe_of(settings, await embedder_of(settings))
        emptied = settings.milvus_uri is None and not await asyncio.to_thread(embedded_store(settings).exists)
        return {
            source.name: await preview_source(
                source, catalogue, recipe, emptied=emptied, open_parser=parser_of(settings)
            )
            for source in chosen
        }


async def held(settings: Settings) -> Held:
    """What was ingested, from the catalogue. The store is asked only if the catalogue is empty."""
    from tools.ingestion.rights.grants import lost

    async with _opened(settings) as (catalogue, _):
        found = await asyncio.to_thread(_held, settings, catalogue)
        if found.sources or not (passages := await _passages_in(settings)):
            return found
        return replace(found, problem=lost(catalogue.path, passages))


async def _passages_in(settings: Settings) -> int:
    """How many passages the store holds; 0 if it can't be asked."""
    if settings.milvus_uri is None and not await asyncio.to_thread(embedded_store(settings).exists):
        return 0
    try:
        store = await store_of(settings, await embedder_of(settings), create=False)
    except HoplineError:
        return 0
    try:
        return await store.count()
    except HoplineError:
        return 0
    finally:
        await store.close()


async def in_no_source(settings: Settings) -> tuple[Unnamed, ...]:
    """Ingested places that no source of the sources file covers, so that no sync looks at them."""
    async with _opened(settings) as (catalogue, _):
        return await asyncio.to_thread(unnamed_sources, settings, catalogue)


async def failed_places(settings: Settings) -> "dict[str, list[Path]]":
    """The files to read again, by tenant: those that failed, or the folder they were in if they are gone or would be
    read differently when named alone."""
    async with _opened(settings) as (catalogue, _):
        return await asyncio.to_thread(_failed_places, catalogue)


async def sources_of(settings: Settings, names: Sequence[str] = ()) -> "list[SyncSource]":
    """The sources to sync, by name. Raises InvalidInput."""
    async with _opened(settings) as (catalogue, _):
        return await asyncio.to_thread(chosen_sources, settings, catalogue, names)


def _held(settings: Settings, catalogue: "Catalogue") -> Held:
    records = catalogue.records
    sources = with_names(settings, records.sources())
    return Held(sources, tuple(records.failures()), unnamed_sources(settings, catalogue))


def _failed_places(catalogue: "Catalogue") -> "dict[str, list[Path]]":
    from tools.ingestion.files.discovery import is_read_alike, targets

    places: dict[str, dict[Path, None]] = {}
    for failure in catalogue.records.failures():
        place = Path(failure.place)
        roots = [path for path, _ in catalogue.records.places(failure.tenant) if path in place.parents]
        try:
            targets([place])
        except InvalidInput:
            if not roots:
                continue
            place = roots[0]
        else:
            if roots and not place.is_dir() and not is_read_alike(place.name):
                place = place.parent  # named alone, it would be read as a corpus
        places.setdefault(failure.tenant, {})[place] = None
    return {tenant: list(found) for tenant, found in places.items()}


@asynccontextmanager
async def _opened(settings: Settings) -> "AsyncIterator[tuple[Catalogue, AsyncExitStack]]":
    async with AsyncExitStack() as closing:
        if not await asyncio.to_thread(catalogue_path(settings).exists):
            await asyncio.to_thread(settings.home.mkdir, parents=True, exist_ok=True)
        catalogue = await asyncio.to_thread(open_catalogue, settings)
        closing.callback(catalogue.close)
        yield catalogue, closing


def _telling(progress: Callable[[str, Progress], None], name: str) -> Callable[[Progress], None]:
    return lambda step: progress(name, step)
