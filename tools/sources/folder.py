"""A folder on this machine: read where it is. Watched, it says when changes have settled."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from tools.ingestion.discovery import SKIPPED_FOLDERS
from tools.sources.mirror import MirrorReport, Tell
from tools.sources.specs import FolderSpec

_LONGEST_WAIT_SECONDS = 60.0
_PASSING = ("~", ".tmp", ".swp", ".part", ".crdownload", ".lock")


class FolderSource:
    """Implements Source."""

    def __init__(self, spec: FolderSpec) -> None:
        self.spec = spec
        self.place = Path(spec.location).expanduser()

    async def mirror(self, folder: Path, tell: Tell) -> MirrorReport:
        """Nothing to copy; a folder that is not there is a failure and not an empty one."""
        place = self.place
        if not await asyncio.to_thread(place.is_dir):
            reason = "there is no such folder; what was ingested of it stays"
            return MirrorReport(failures=((str(place), reason),), failed=1, complete=False)
        return MirrorReport()

    async def changes(self, stop: asyncio.Event | None = None) -> AsyncIterator[frozenset[Path]]:
        """The paths that changed, each time that nothing has for `settle_seconds` (or a minute of changes is full)."""
        from watchfiles import awatch

        place = await asyncio.to_thread(self.place.resolve)
        step = int(self.spec.settle_seconds * 1000)
        watching = awatch(
            place,
            watch_filter=lambda change, path: _matters(place, Path(path)),
            step=step,
            debounce=max(int(_LONGEST_WAIT_SECONDS * 1000), step),
            stop_event=stop,
            ignore_permission_denied=True,
        )
        async for changed in watching:
            yield frozenset(Path(path) for _, path in changed)


def _matters(place: Path, path: Path) -> bool:
    """Not what ingestion skips, nor what editors and downloads leave for a moment. A name without a reader may be a
    folder that was moved, and looking would block: a run for nothing costs a stat a file."""
    parts = path.relative_to(place).parts if path.is_relative_to(place) else path.parts
    if any(part.startswith(".") or part in SKIPPED_FOLDERS for part in parts):
        return False
    return not path.name.endswith(_PASSING)
