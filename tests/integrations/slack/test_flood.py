"""Many events at once, with everything that goes wrong: each is answered exactly once, nothing is lost."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tests.integrations.slack.chaos import Chaos
from tests.integrations.slack.doors import TEMPO, Doors, doors, until_acknowledged
from tests.integrations.slack.doubles import direct_message, event
from tests.integrations.slack.local_slack import LocalSlack


@pytest.fixture
async def door_makers() -> AsyncIterator[Doors]:
    async with doors() as makers:
        yield makers


def asked(count: int, chance: random.Random) -> list[dict[str, Any]]:
    """`count` questions in channels, direct messages and threads, some delivered twice or with their twin, shuffled."""
    bodies = []
    for n in range(count):
        ts, text = f"{1000 + n}.0", f"question {n}?"
        thread = {"thread_ts": f"{1000 + n - n % 3}.0"} if n % 3 and n % 5 == 0 else {}
        if n % 4 == 0:
            body = direct_message(text, ts=ts, event_id=f"E{n}", channel=f"D{n % 50}", **thread)
        else:
            body = event(f"<@UBOT> {text}", ts=ts, event_id=f"E{n}", channel=f"C{n % 50}", **thread)
            if n % 7 == 0:
                said = {**body["event"], "type": "message", "channel_type": "channel"}
                bodies.append({**body, "event_id": f"M{n}", "event": said})
        bodies.append(body)
        if n % 6 == 0:
            bodies.append(body)
    chance.shuffle(bodies)
    return bodies


async def flooded(
    slack: LocalSlack, makers: Doors, home: Path, count: int, *, kills: int, at_once: int = 8, **order: Any
) -> dict[str, float]:
    """Deliver everything while a door is killed or cut off again and again; what that came to."""
    chance = random.Random(11)
    slack.chaos = Chaos(limited=0.01, failing=0.02, reply_lost=0.02, dropped=0.02)
    running = [await makers.start(slack, home, delay=0.1, **order) for _ in range(order.pop("doors", 1))]
    bodies, room = asked(count, chance), asyncio.Semaphore(at_once)
    started, acknowledged, killed, one_kill_at_a_time = time.monotonic(), 0, 0, asyncio.Lock()

    async def one(body: dict[str, Any]) -> None:
        nonlocal acknowledged, killed
        async with room:
            await until_acknowledged(slack, body, seconds=120)
        acknowledged += 1
        if acknowledged % (len(bodies) // (kills + 1)) == 0 and killed < kills:
            killed += 1
            await asyncio.sleep(chance.uniform(0.0, 0.3))
            async with one_kill_at_a_time:
                makers.kill(running.pop(chance.randrange(len(running))))
                running.append(await makers.start(slack, home, delay=0.1, **order))
                with suppress(ConnectionError):
                    await slack.drop_connection()

    await asyncio.gather(*(one(body) for body in bodies))
    delivered = time.monotonic() - started
    try:
        await slack.when(lambda: len(right(slack)) == count, 180 + count / 10)
    except TimeoutError:
        pytest.fail(f"{count - len(right(slack))} questions have no answer")
    took = time.monotonic() - started
    await asyncio.sleep(2.0)  # a second answer would come now
    return {"kills": killed, "faults": slack.chaos.met, "delivered_seconds": delivered, "answered_seconds": took}


def right(slack: LocalSlack) -> Counter[str]:
    """How many messages there are with the answer to each question."""
    found: Counter[str] = Counter()
    for message in slack.there.messages.values():
        if message.streaming_since is None and (text := message.shown).startswith("The answer to: "):
            found[text.removeprefix("The answer to: ").partition(" [1]")[0]] += 1
    return found


def judge(slack: LocalSlack, count: int) -> None:
    assert right(slack) == Counter({f"question {n}?": 1 for n in range(count)})
    strays = [message.shown for message in slack.there.messages.values() if "The answer to" not in message.shown]
    assert strays == []


@pytest.mark.timeout(400)
async def test_a_hundred_events_with_faults_and_kills_are_each_answered_once(
    slack: LocalSlack, door_makers: Doors, tmp_path: Path
) -> None:
    came_to = await flooded(slack, door_makers, tmp_path / "home", 100, kills=5)
    judge(slack, 100)
    assert came_to["kills"] == 5
    assert came_to["faults"] >= 5


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_two_thousand_events_with_faults_and_kills_are_each_answered_once(
    slack: LocalSlack, door_makers: Doors, tmp_path: Path
) -> None:
    came_to = await flooded(slack, door_makers, tmp_path / "home", 2_000, kills=20, at_once=40)
    print(came_to)
    judge(slack, 2_000)
    assert came_to["kills"] == 20


@pytest.mark.timeout(400)
async def test_two_workers_on_postgres_answer_each_once_while_one_is_killed(
    slack: LocalSlack, door_makers: Doors, tmp_path: Path, postgres: str
) -> None:
    came_to = await flooded(slack, door_makers, tmp_path / "home", 100, kills=4, doors=2, database_url=postgres)
    judge(slack, 100)
    assert came_to["kills"] == 4


@pytest.mark.timeout(400)
async def test_two_hundred_threads_with_a_slow_model_are_acknowledged_before_any_is_answered(
    slack: LocalSlack, door_makers: Doors, tmp_path: Path
) -> None:
    """All 200 are worked on at once, for six seconds each, while the next are acknowledged."""
    tempo = replace(TEMPO, lease=30.0, pulse=5.0, call=10.0, first_sign=1.0, channel_update=2.0)
    await door_makers.start(slack, tmp_path / "home", timing=tempo, delay=6.0, at_once=200)
    taken = []
    for n in range(200):
        body = event(f"<@UBOT> question {n}?", ts=f"{n}.0", channel=f"C{n}", event_id=f"E{n}")
        taken.append(asyncio.create_task(slack.deliver(body)))
        await asyncio.sleep(0.01)
    seconds = await asyncio.gather(*taken)
    assert right(slack) == Counter()
    await slack.when(lambda: len(right(slack)) == 200, 60.0)
    print(f"acknowledged: median {median(seconds) * 1000:.0f} ms, slowest {max(seconds) * 1000:.0f} ms")
    judge(slack, 200)
