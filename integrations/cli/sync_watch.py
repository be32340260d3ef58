"""`hopline sync --watch` and `--every`: a process that stays and syncs again.

Between two syncs nothing is held: an embedded store is free for questions meanwhile.
"""

import asyncio
import signal
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from integrations.cli.output import note, plain, print_error, print_json
from integrations.cli.sync import print_report, synced
from tools.errors import HoplineError, InvalidInput, InvalidSetting

if TYPE_CHECKING:
    from agent.settings import Settings
    from agent.syncing import SyncReport

SETTLE_SECONDS = 1.6
RETRY_SECONDS = 30.0
"""After a sync that failed as a whole: another process may hold the store, or the disk be full."""


async def stay(
    settings: "Settings", names: list[str], *, watches: bool, every_seconds: float | None, as_json: bool
) -> int:
    """Sync now and again until SIGINT or SIGTERM. A sync that fails is said and tried again; a wrong name or setting
    is raised at once."""
    stop, due = asyncio.Event(), asyncio.Event()

    def end() -> None:
        stop.set()
        due.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end)
    watching: asyncio.Task[None] | None = None
    try:
        while not stop.is_set():
            due.clear()
            wait = every_seconds
            try:
                report = await synced(settings, names, shows_progress=not as_json)
            except (InvalidInput, InvalidSetting):
                raise
            except HoplineError as error:
                print_error(str(error))
                wait = RETRY_SECONDS
            else:
                _say(report, as_json=as_json)
            if watches and watching is None:
                watching = asyncio.create_task(_watched(await folders_of(settings, names), due, stop))
            with suppress(TimeoutError):
                await asyncio.wait_for(due.wait(), wait)
    finally:
        if watching is not None:
            stop.set()
            await watching
    return 0


def _say(report: "SyncReport", *, as_json: bool) -> None:
    if as_json:
        print_json({"ok": report.ok, **plain(report)})
        return
    print_report(report)
    note(f"{datetime.now().astimezone():%H:%M:%S} up to date; Ctrl-C ends it")


async def folders_of(settings: "Settings", names: list[str]) -> list[Path]:
    """The folders on this machine that the sources are read from."""
    from agent.syncing import sources_of

    sources = await sources_of(settings, names)
    return sorted({source.path if source.is_folder else source.path.parent for source in sources if not source.fetch})


async def _watched(folders: list[Path], due: asyncio.Event, stop: asyncio.Event) -> None:
    """Says that a sync is due when changes have settled, or have gone on for half a minute."""
    present = [folder for folder in folders if await asyncio.to_thread(folder.is_dir)]
    async with asyncio.TaskGroup() as tasks:
        for folder in present:
            tasks.create_task(_watched_one(folder, due, stop))


async def _watched_one(folder: Path, due: asyncio.Event, stop: asyncio.Event) -> None:
    from tools.sources.folder import settled_changes

    async for _ in settled_changes(folder, SETTLE_SECONDS, stop):
        due.set()
