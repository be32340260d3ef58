"""A worker whose database comes and goes, and whose queue holds what it can't read."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from integrations.slack.answering import Answering, Outcome
from integrations.slack.questions import Identity, SlackQuestion
from integrations.slack.storage.database import open_database
from integrations.slack.storage.jobs import Job
from integrations.slack.storage.queue import Queue
from integrations.slack.timing import Timing
from integrations.slack.worker import Worker
from integrations.slack.workspaces import Workspaces
from tests.integrations.slack.opened import eventually
from tools.database.tables import Database, T, Transaction
from tools.errors import MemoryUnavailable

ASKED = SlackQuestion(text="who?", event_id="E1", team="T1", channel="C1", user="U1", ts="1.0", thread="1.0")
TIMING = Timing(lease=1.5, pulse=0.2, poll=0.05, call=1.0)


class Ailing:
    """A database that raises a given error."""

    def __init__(self, sound: Database) -> None:
        self.sound = sound
        self.error: Exception | None = None

    async def run(self, work: Callable[[Transaction], T]) -> T:
        if self.error is not None:
            raise self.error
        return await self.sound.run(work)

    async def scrub(self) -> None:
        await self.sound.scrub()

    async def close(self) -> None:
        await self.sound.close()


class Slow:
    """A slow `Answering`; counts how many runs of one job overlap."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.running, self.most, self.begun = 0, 0, 0

    async def messages(self, job: Job, *_: object) -> Outcome:
        self.running, self.begun = self.running + 1, self.begun + 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            await asyncio.sleep(0.1)  # ending in order takes a moment as well
            self.running -= 1
        return Outcome([])


class OneWorkspace:
    """The part of `Workspaces` that a question without posts needs."""

    identity, tenant, client, poster = Identity("T1", "UBOT", "BBOT"), "default", None, None

    async def of(self, team: str) -> Any:
        return self


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Ailing]:
    opened = Ailing(await asyncio.to_thread(open_database, tmp_path, None))
    yield opened
    await opened.close()


def worker_over(database: Database, answering: Slow) -> Worker:
    spaces = cast("Workspaces", OneWorkspace())
    return Worker(Queue(database), cast("Answering", answering), spaces, TIMING, at_once=8)


async def ended(task: "asyncio.Task[None]") -> None:
    assert not task.done()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_job_is_never_under_way_twice_in_a_worker_whose_database_was_away(
    database: Ailing, caplog: pytest.LogCaptureFixture
) -> None:
    queue, answering = Queue(database), Slow(60.0)
    await queue.accept(ASKED)
    working = asyncio.create_task(worker_over(database, answering).run())

    async def is_under_way() -> bool:
        return answering.running == 1

    async def is_let_go() -> bool:
        return answering.running == 0

    await eventually(is_under_way)
    database.error = MemoryUnavailable("away")
    await eventually(is_let_go, seconds=20)  # its lease is over
    answering.seconds = 0.1
    database.error = None

    async def done() -> bool:
        return await queue.counts() == {"done": 1}

    await eventually(done, seconds=20)
    assert (answering.most, answering.begun) == (1, 2)
    assert "KeyError" not in caplog.text
    await ended(working)


async def test_a_worker_goes_on_after_a_row_that_it_cannot_read(database: Ailing) -> None:
    queue = Queue(database)
    await queue.accept(ASKED)
    await database.run(lambda tx: tx.execute("UPDATE {p}jobs SET question = '[]'"))
    working = asyncio.create_task(worker_over(database, Slow(0.0)).run())
    await queue.accept(replace(ASKED, event_id="E2", ts="2.0", thread="2.0"))

    async def done() -> bool:
        return await queue.counts() == {"dead": 1, "done": 1}

    await eventually(done, seconds=20)
    await ended(working)


@pytest.mark.parametrize("passes", range(4))
async def test_a_worker_that_is_woken_while_it_is_cancelled_ends(database: Ailing, passes: int) -> None:
    worker = worker_over(database, Slow(0.0))
    working = asyncio.create_task(worker.run())
    await asyncio.sleep(0.3)
    worker.wake()
    for _ in range(passes):
        await asyncio.sleep(0)
    working.cancel()
    done, _ = await asyncio.wait([working], timeout=3)
    assert done


async def test_a_worker_outlives_what_nobody_thought_of(database: Ailing, caplog: pytest.LogCaptureFixture) -> None:
    queue = Queue(database)
    await queue.accept(ASKED)
    database.error = ZeroDivisionError("in a driver")
    working = asyncio.create_task(worker_over(database, Slow(0.0)).run())

    async def is_said() -> bool:
        return "ZeroDivisionError" in caplog.text

    await eventually(is_said)
    database.error = None

    async def done() -> bool:
        return await queue.counts() == {"done": 1}

    await eventually(done, seconds=20)
    await ended(working)
