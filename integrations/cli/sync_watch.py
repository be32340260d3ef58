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
from integrations.cli.sync_schedule import SyncSchedule, is_watched
from tools.errors import HoplineError, InvalidInput, InvalidSetting

if TYPE_CHECKING:
    from agent.settings import Settings
    from agent.syncing import SyncReport
    from tools.ingestion.loading.syncing import SyncSource

RETRY_SECONDS = 30.0
"""After a sync that failed as a whole: another process may hold the store, or the disk be full."""


async def stay(
    settings: "Settings", names: list[str], *, watches: bool, every_seconds: float | None, as_json: bool
) -> int:
    """Sync now, and each source again when it is due, until SIGINT or SIGTERM. What the sources file says of a source
    (`watch`, `settle_seconds`, `every_minutes`) counts more than `watches` and `every_seconds`. A sync that fails is
    said and tried again; a wrong name or setting is raised at once."""
    stop, awake = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def end() -> None:
        stop.set()
        awake.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    schedule = SyncSchedule(every_seconds)
    watching: dict[str, asyncio.Task[None]] = {}
    try:
        while not stop.is_set():
            awake.clear()
            sources = await _sources(settings, names, schedule)
            due = schedule.due(loop.time())
            if due:
                schedule.begin(due)
                await _synced(settings, due, schedule, as_json=as_json)
            for source in sources:
                folder = source.path if source.is_folder else source.path.parent
                watched = is_watched(source, by_default=watches) and source.name not in watching
                if watched and await asyncio.to_thread(folder.is_dir):
                    watching[source.name] = asyncio.create_task(_watched(source, folder, schedule, awake, stop))
            with suppress(TimeoutError):
                async with asyncio.timeout(schedule.seconds_left(loop.time())):
                    await awake.wait()
    finally:
        stop.set()
        await asyncio.gather(*watching.values())
    return 0


async def _sources(settings: "Settings", names: list[str], schedule: SyncSchedule) -> "list[SyncSource]":
    """As they are named now: the sources file may have been edited since."""
    from agent.syncing import sources_of

    sources = await sources_of(settings, names)
    schedule.update(sources)
    return sources


async def _synced(settings: "Settings", due: list[str], schedule: SyncSchedule, *, as_json: bool) -> None:
    clock = asyncio.get_running_loop().time
    try:
        report = await synced(settings, due, shows_progress=not as_json)
    except (InvalidInput, InvalidSetting):
        raise
    except HoplineError as error:
        print_error(str(error))
        schedule.failed(due, clock(), RETRY_SECONDS)
    else:
        _say(report, as_json=as_json)
        schedule.done(due, clock())


def _say(report: "SyncReport", *, as_json: bool) -> None:
    if as_json:
        print_json({"ok": report.ok, **plain(report)})
        return
    print_report(report)
    note(f"{datetime.now().astimezone():%H:%M:%S} up to date; Ctrl-C ends it")


async def _watched(
    source: "SyncSource", folder: Path, schedule: SyncSchedule, awake: asyncio.Event, stop: asyncio.Event
) -> None:
    """Says that a sync is due when changes have settled, or have gone on for half a minute."""
    from tools.sources.folder import settled_changes

    async for _ in settled_changes(folder, source.settle_seconds, stop):
        schedule.changed(source.name)
        awake.set()
