"""A folder on this machine, read in place. A watched one reports when its changes have settled."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from tools.ingestion.files.discovery import SKIPPED_FOLDERS
from tools.sources.mirror import MirrorReport, Tell
from tools.sources.specs import FolderSpec

_LONGEST_WAIT_SECONDS = 30.0
_PASSING = ("~", ".tmp", ".swp", ".part", ".crdownload", ".lock")


class FolderSource:
    """Implements Source."""

    def __init__(self, spec: FolderSpec) -> None:
        self.spec = spec
        self.place = Path(spec.location).expanduser()

    async def mirror(self, folder: Path, tell: Tell) -> MirrorReport:
        """There is nothing to copy. A missing folder is a failure, not an empty folder."""
        place = self.place
        if not await asyncio.to_thread(place.is_dir):
            reason = "there is no such folder; what was ingested of it stays"
            return MirrorReport(failures=((str(place), reason),), failed=1, complete=False)
        return MirrorReport()


async def settled_changes(
    folder: Path, settle_seconds: float, stop: asyncio.Event | None = None
) -> AsyncIterator[frozenset[Path]]:
    """Paths that changed, each time after `settle_seconds` without changes, or after half a minute of them.

    The watcher's own debouncing looks at which files change, so a single growing file would be reported again and
    again.
    """
    arriving: asyncio.Queue[frozenset[Path] | None] = asyncio.Queue()
    watching = asyncio.create_task(_watch(folder, arriving, stop))
    loop = asyncio.get_running_loop()
    try:
        while (changed := await arriving.get()) is not None:
            latest = loop.time() + _LONGEST_WAIT_SECONDS
            is_over = False
            while not is_over and (left := latest - loop.time()) > 0:
                try:
                    async with asyncio.timeout(min(settle_seconds, left)):
                        more = await arriving.get()
                except TimeoutError:
                    break
                is_over = more is None
                changed |= more or frozenset()
            yield changed
            if is_over:
                break
        await watching  # raises the watcher's error
    finally:
        watching.cancel()


async def _watch(folder: Path, arriving: "asyncio.Queue[frozenset[Path] | None]", stop: asyncio.Event | None) -> None:
    from watchfiles import awatch

    try:
        place = await asyncio.to_thread(folder.resolve)
        async for changed in awatch(
            place,
            watch_filter=lambda change, path: _matters(place, Path(path)),
            stop_event=stop,
            ignore_permission_denied=True,
        ):
            arriving.put_nowait(frozenset(Path(path) for _, path in changed))
    finally:
        arriving.put_nowait(None)


def _matters(place: Path, path: Path) -> bool:
    """Whether a changed path can matter: not what ingestion skips, nor temporary files of editors and downloads. A name
    without a known suffix may be a moved folder; checking would block, and a needless run costs little."""
    parts = path.relative_to(place).parts if path.is_relative_to(place) else path.parts
    if any(part.startswith(".") or part in SKIPPED_FOLDERS for part in parts):
        return False
    return not path.name.endswith(_PASSING)
