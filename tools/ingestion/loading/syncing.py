"""Brings sources up to date one after the other: fetches remote ones, then ingests the folder.

A source that fails does not stop the others, and nothing is removed because of the failure.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from tools.errors import HoplineError, StorageFull, TransientError
from tools.ingestion.catalogue.catalogue import Catalogue
from tools.ingestion.files.discovery import placed, targets
from tools.ingestion.files.mirror_index import INDEX_FILE, name_lost
from tools.ingestion.loading.loader import Loader
from tools.ingestion.loading.preview import Preview, preview
from tools.ingestion.parsing.tasks import Parser
from tools.ingestion.planning.changes import IngestReport, Progress
from tools.ingestion.planning.naming import erase_command, names_of
from tools.ingestion.planning.plan import Recipe
from tools.ingestion.rights.request import Request

NOT_THERE = "is not there (moved, unmounted?)"
NOT_FETCHED = "not fetched yet; a sync will fetch it"
INCOMPLETE = "could not be listed to its end: nothing was removed"
_COMMANDS_SHOWN = 3


class Fetched(Protocol):
    """The result of fetching a mirror. Not `complete` when the source could not be listed to its end."""

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
    """A folder or file to ingest; for a remote source, `fetch` first mirrors it into that folder.

    `groups` None leaves the readers as they are. `try_fetch` brings a copy of the mirror up to date, for a preview;
    only sources on this machine have it. The other fields are for a process that keeps running: how often to sync the
    source, whether to watch it (None: as the process was started), and how long changes must have settled.
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
    try_fetch: Callable[[Path], Awaitable[Fetched]] | None = None


@dataclass(frozen=True, slots=True)
class Synced:
    """The outcome for one source. Without a `report` nothing was ingested, and `problem` says why."""

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
    """Raises only what stops all sources: StorageFull, or a store that can't be reached."""
    done = Synced(source.name, source.tenant, str(source.path))
    try:
        if source.fetch is not None:
            await asyncio.to_thread(_name_lost, source, source.path, loader.catalogue)
        fetched = await source.fetch() if source.fetch is not None else None
        is_gone, problem = await asyncio.to_thread(state_of, source, loader.catalogue)
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
    incomplete = "" if fetched is None or fetched.complete else INCOMPLETE
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


def state_of(source: SyncSource, catalogue: Catalogue) -> tuple[bool, str]:
    """Whether a single file was deleted, and what is wrong ("" for nothing). Looks at the disk.

    A missing folder is not a deletion: an unmounted share would empty the store.
    """
    if source.path.exists() or source.path.is_symlink():
        return False, ""
    if not source.is_folder and source.path.parent.is_dir():
        return True, ""
    names = names_of(catalogue.records, source.tenant, placed(source.path))
    if not names:
        return False, f"{NOT_THERE}; nothing of it is in the store"
    commands = "; ".join(erase_command(name, source.tenant) for name in names[:_COMMANDS_SHOWN])
    more = f" (and {len(names) - _COMMANDS_SHOWN:,} more)" if len(names) > _COMMANDS_SHOWN else ""
    return False, f"{NOT_THERE}: what is in the store of it stays. To remove it: {commands}{more}"


async def preview_source(
    source: SyncSource, catalogue: Catalogue, recipe: Recipe, *, emptied: bool, open_parser: Callable[[], Parser]
) -> Preview | str:
    """What `sync_source` would change, or what is wrong. Remote sources are not asked: their last fetched state is
    used, and the preview's note says so."""
    look = partial(_previewed, source, catalogue, recipe, emptied=emptied, open_parser=open_parser)
    if source.try_fetch is not None:
        return await _tried(source, catalogue, source.try_fetch, look)
    if source.fetch is None:
        return await asyncio.to_thread(look)
    if (fetched_at := await asyncio.to_thread(_fetched_at, source.path)) is None:
        return Preview((), {}, {}, (), 0, NOT_FETCHED)
    found = await asyncio.to_thread(look)
    return found if isinstance(found, str) else replace(found, note=f"as fetched on {fetched_at}; not asked again")


async def _tried(
    source: SyncSource,
    catalogue: Catalogue,
    fetch: Callable[[Path], Awaitable[Fetched]],
    look: Callable[[Path], Preview | str],
) -> Preview | str:
    """Previews a copy of the mirror after bringing it up to date."""
    aside = await asyncio.to_thread(_copied, source.path)
    try:
        await asyncio.to_thread(_name_lost, source, aside, catalogue)
        fetched = await fetch(aside)
        found = await asyncio.to_thread(look, aside)
    except HoplineError as error:
        return str(error)
    finally:
        await asyncio.to_thread(shutil.rmtree, aside.parent, ignore_errors=True)
    if isinstance(found, str):
        return found
    failures, failed = (*fetched.failures, *found.failures), len(fetched.failures) + found.failed
    return replace(found, failures=failures, failed=failed, note="" if fetched.complete else INCOMPLETE)


def _name_lost(source: SyncSource, mirror: Path, catalogue: Catalogue) -> None:
    """To be called before a fetch into `mirror`, which is the source's own mirror or a copy."""
    place = placed(source.path)
    ingested = catalogue.records.documents_in(source.tenant, place)
    name_lost(mirror, (path.relative_to(place).as_posix() for _, path in ingested))


def _copied(mirror: Path) -> Path:
    """A copy in a temporary folder, under the same name, since documents are named by it."""
    aside = Path(tempfile.mkdtemp(prefix="hopline-preview-")).resolve() / mirror.name
    if mirror.is_dir():
        shutil.copytree(mirror, aside, symlinks=True)
    return aside


def _previewed(
    source: SyncSource,
    catalogue: Catalogue,
    recipe: Recipe,
    aside: Path | None = None,
    *,
    emptied: bool,
    open_parser: Callable[[], Parser],
) -> Preview | str:
    """Blocks. `aside` is a copy of the source's mirror to look at instead."""
    is_gone, problem = (False, "") if aside is not None else state_of(source, catalogue)
    if problem:
        return problem
    moved = (placed(source.path), aside) if aside is not None else None
    try:
        found, gone = ([], [source.path]) if is_gone else (targets([aside or source.path]), [])
        request = Request(found, source.groups, source.tenant, gone, standing=True)
        return preview(catalogue, request, recipe, emptied=emptied, open_parser=open_parser, moved=moved)
    except HoplineError as error:
        return str(error)


def _fetched_at(mirror: Path) -> str | None:
    """When the last fetch ended, in local time to the minute; None if none has."""
    try:
        seconds = (mirror / INDEX_FILE).stat().st_mtime
    except OSError:
        return None
    return f"{datetime.fromtimestamp(seconds).astimezone():%Y-%m-%d %H:%M}"


def known_sources(catalogue: Catalogue) -> list[SyncSource]:
    """The folders and files of earlier ingestions, to be synced when there is no sources file. Blocks."""
    return [
        SyncSource(name=path.name, tenant=tenant, path=path, is_folder=is_folder)
        for tenant in catalogue.records.tenants()
        for path, is_folder in catalogue.records.places(tenant)
    ]
