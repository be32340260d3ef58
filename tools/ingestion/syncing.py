"""Brings sources up to date one after the other: fetch what is elsewhere, then ingest the folder it is in.

A source that fails does not keep the others from being synced, and nothing is removed for its sake.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tools.errors import HoplineError, StorageFull, TransientError
from tools.ingestion.catalogue import Catalogue
from tools.ingestion.changes import IngestReport, Progress
from tools.ingestion.loader import Loader
from tools.ingestion.parsing import Parser
from tools.ingestion.plan import Recipe
from tools.ingestion.preview import Preview, preview

NOT_THERE = (
    "is not there (moved, unmounted?): what is in the store of it stays. `hopline erase --source {name}` removes it"
)


class Fetched(Protocol):
    """What a mirror's fetch did; not `complete` when the source could not be listed to its end."""

    @property
    def fetched(self) -> int: ...
    @property
    def removed(self) -> int: ...
    @property
    def failures(self) -> Sequence[tuple[str, str]]: ...
    @property
    def complete(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class SyncSource:
    """A folder or file to ingest, or something elsewhere that `fetch` mirrors into that folder first.

    `groups` None leaves whoever may read it as it is. The last three are for a process that keeps running: how often it
    syncs the source, whether it watches it (None: as it was started), and how long changes have to rest.
    """

    name: str
    tenant: str
    path: Path
    groups: tuple[str, ...] | None = None
    is_folder: bool = True
    fetch: Callable[[], Awaitable[Fetched]] | None = None
    every_seconds: float | None = None
    watch: bool | None = None
    settle_seconds: float = 2.0


@dataclass(frozen=True, slots=True)
class Synced:
    """What became of one source; without a `report` nothing of it was ingested, and `problem` says why."""

    name: str
    tenant: str
    path: str
    report: IngestReport | None = None
    fetched: int = 0
    fetch_failures: tuple[tuple[str, str], ...] = ()
    problem: str = ""

    @property
    def ok(self) -> bool:
        return not self.problem and not self.fetch_failures and self.report is not None and self.report.ok


async def sync_source(source: SyncSource, loader: Loader, progress: Callable[[Progress], None]) -> Synced:
    """Raises only what would stop all sources: a full disk, and a store that can't be reached."""
    done = Synced(source.name, source.tenant, str(source.path))
    try:
        fetched = await source.fetch() if source.fetch is not None else None
        is_gone, problem = await asyncio.to_thread(state_of, source)
        if problem:
            return _but(done, fetched, problem=problem)
        paths, gone = ([], [source.path]) if is_gone else ([source.path], [])
        report = await loader.ingest(
            paths, groups=source.groups, tenant=source.tenant, progress=progress, gone=gone, standing=True
        )
    except (StorageFull, TransientError):
        raise
    except HoplineError as error:
        return _but(done, None, problem=str(error))
    incomplete = "" if fetched is None or fetched.complete else "could not be listed to its end: nothing was removed"
    return _but(done, fetched, report=report, problem=incomplete)


def _but(done: Synced, fetched: Fetched | None, *, report: IngestReport | None = None, problem: str = "") -> Synced:
    return Synced(
        done.name,
        done.tenant,
        done.path,
        report,
        fetched.fetched if fetched is not None else 0,
        tuple(fetched.failures) if fetched is not None else (),
        problem,
    )


def state_of(source: SyncSource) -> tuple[bool, str]:
    """Whether a single file was deleted, or what is wrong. A whole folder that is gone is no deletion: a share that is
    not mounted would empty the store. Looks at the disk."""
    if source.path.exists() or source.path.is_symlink():
        return False, ""
    if not source.is_folder and source.path.parent.is_dir():
        return True, ""
    return False, NOT_THERE.format(name=source.name)


def preview_source(
    source: SyncSource, catalogue: Catalogue, recipe: Recipe, *, emptied: bool, open_parser: Callable[[], Parser]
) -> Preview | str:
    """What `sync_source` would change, as the source was when last fetched; or what is wrong. Blocks."""
    is_gone, problem = state_of(source)
    if problem:
        return problem
    paths, gone = ([], [source.path]) if is_gone else ([source.path], [])
    try:
        return preview(
            catalogue,
            paths,
            recipe,
            groups=source.groups,
            tenant=source.tenant,
            gone=gone,
            emptied=emptied,
            standing=True,
            open_parser=open_parser,
        )
    except HoplineError as error:
        return str(error)


def known_sources(catalogue: Catalogue) -> list[SyncSource]:
    """The folders and files of earlier ingestions: what to sync when no file names sources. Blocks."""
    return [
        SyncSource(name=path.name, tenant=tenant, path=path, is_folder=is_folder)
        for tenant in catalogue.records.tenants()
        for path, is_folder in catalogue.records.places(tenant)
    ]
