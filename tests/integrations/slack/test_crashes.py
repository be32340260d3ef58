"""kill -9 at every step: each question is answered, and answered once."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.integrations.slack.chaos import Chaos
from tests.integrations.slack.doors import Doors, doors, is_alive, until_acknowledged
from tests.integrations.slack.doubles import direct_message, event
from tests.integrations.slack.local_slack import LocalSlack
from tests.integrations.slack.opened import eventually


@pytest.fixture
async def door_makers() -> AsyncIterator[Doors]:
    async with doors() as makers:
        yield makers


def states(home: Path) -> dict[str, int]:
    with closing(sqlite3.connect(home / "slack.sqlite", timeout=10)) as connection:
        return dict(connection.execute("SELECT state, count(*) FROM jobs GROUP BY state").fetchall())


async def until_ended(home: Path, count: int, seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while (found := await asyncio.to_thread(states, home)) != {"done": count}:
            assert not found.get("dead"), found
            await asyncio.sleep(0.05)


class Killing(Chaos):
    """Kills the door at its nth call of the Web API, before or after Slack does the work."""

    def __init__(self, makers: Doors, at: int, when: str) -> None:
        super().__init__()
        self.makers, self.left, self.when = makers, at, when

    def before(self, method: str) -> web.Response | None:
        return self._strike("before", method)

    def after(self, method: str, request: web.Request) -> web.Response | None:
        return self._strike("after", method)

    def _strike(self, when: str, method: str) -> web.Response | None:
        if when != self.when or method in {"auth.test", "apps.connections.open"}:
            return None
        self.left -= 1
        if self.left == 0:
            for pid in list(self.makers.running):
                self.makers.kill(pid)
            return web.Response(status=500)
        return None


BODIES = {"channel": event("<@UBOT> who pays?", ts="100.1"), "direct": direct_message("who pays?", ts="100.1")}


def is_right(slack: LocalSlack, body: dict[str, Any]) -> bool:
    (message,) = slack.there.in_thread(body["event"]["channel"], "100.1")
    return "The answer to: who pays?" in message.shown and message.streaming_since is None


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("place", "every"),
    [
        pytest.param("channel", 1, marks=pytest.mark.slow),
        pytest.param("direct", 1, marks=pytest.mark.slow),
        ("channel", 4),
        ("direct", 6),
    ],
)
async def test_killed_before_or_after_any_transaction_it_answers_once(
    slack: LocalSlack, door_makers: Doors, tmp_path: Path, place: str, every: int
) -> None:
    async def one(step: int, when: str) -> bool:
        """Whether the door got as far as to die."""
        home = tmp_path / f"{step}-{when}"
        slack.there.messages.clear()
        pid = await door_makers.start(slack, home, die_at=step, die_when=when, delay=0.15)
        delivery = asyncio.create_task(until_acknowledged(slack, BODIES[place]))
        died = await gone_or_done(pid, home)
        if died:
            door_makers.running.remove(pid)
            pid = await door_makers.start(slack, home, delay=0.15)
        await delivery
        await until_ended(home, 1)
        assert is_right(slack, BODIES[place]), (step, when, [m.shown for m in slack.there.messages.values()])
        door_makers.kill(pid)
        return died

    steps = 0
    for step in range(every, 40, every):
        before, after = await one(step, "before"), await one(step, "after")
        steps += before + after
        if not before and not after:
            break
    assert steps >= 12 / every


async def gone_or_done(pid: int, home: Path) -> bool:
    async with asyncio.timeout(20):
        while is_alive(pid):
            if (home / "slack.sqlite").exists() and await asyncio.to_thread(_all_done, home):
                return False
            await asyncio.sleep(0.02)
    return True


def _all_done(home: Path) -> bool:
    try:
        return states(home) == {"done": 1}
    except sqlite3.OperationalError:  # the tables are still being laid out
        return False


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("place", "when"),
    [
        ("direct", "after"),
        pytest.param("channel", "after", marks=pytest.mark.slow),
        pytest.param("channel", "before", marks=pytest.mark.slow),
        pytest.param("direct", "before", marks=pytest.mark.slow),
    ],
)
async def test_killed_before_or_after_any_call_to_slack_it_answers_once(
    slack: LocalSlack, door_makers: Doors, tmp_path: Path, place: str, when: str
) -> None:
    struck = 0
    for step in range(1, 30):
        home = tmp_path / str(step)
        slack.there.messages.clear()
        slack.chaos = chaos = Killing(door_makers, step, when)
        await door_makers.start(slack, home, delay=0.15)
        await until_acknowledged(slack, BODIES[place])

        async def struck_or_done(home: Path = home) -> bool:
            return not door_makers.running or await asyncio.to_thread(_all_done, home)

        await eventually(struck_or_done, 20.0)
        if not door_makers.running:
            struck += 1
            await door_makers.start(slack, home, delay=0.15)
        await until_ended(home, 1)
        assert is_right(slack, BODIES[place]), (step, when, [m.shown for m in slack.there.messages.values()])
        for pid in list(door_makers.running):
            door_makers.kill(pid)
        if chaos.left > 0:
            break
    assert struck >= 3
