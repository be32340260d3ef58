"""Two workers on one Postgres, one of them killed in the middle: nothing is lost, doubled or begun anew."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from tests.integrations.slack.doors import Doors, doors, until_acknowledged
from tests.integrations.slack.doubles import event
from tests.integrations.slack.local_slack import LocalSlack
from tests.integrations.slack.opened import eventually

QUESTION = "Who is the duty manager that approves a refund above 500 euros?"
QUESTIONS = 6
AT_ONCE = 3


@pytest.fixture
async def door_makers() -> AsyncIterator[Doors]:
    async with doors() as makers:
        yield makers


def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement.encode()).fetchall()


@pytest.mark.timeout(120)
async def test_a_worker_killed_in_the_middle_is_taken_over_where_it_stood(
    slack: LocalSlack, door_makers: Doors, tmp_path: Path, postgres: str
) -> None:
    searches = tmp_path / "searches"

    async def start() -> int:
        return await door_makers.start(
            slack, tmp_path, database_url=postgres, durable=True, delay=0.25, at_once=AT_ONCE
        )

    async def searched() -> int:
        return len((await asyncio.to_thread(searches.read_text)).split()) if searches.exists() else 0

    async def all_ended(count: int) -> bool:
        states = await asyncio.to_thread(rows, postgres, "SELECT state FROM hopline_slack_jobs")
        return len(states) == count and all(state == "done" for (state,) in states)

    # How many searches one question takes when nobody is killed.
    first = await start()
    await until_acknowledged(slack, event(f"<@UBOT> {QUESTION}", ts="1.1", channel="C1"))
    await eventually(lambda: all_ended(1), 40.0)
    alone = await searched()
    assert alone >= 3
    await asyncio.to_thread(searches.write_text, "")

    second = await start()
    for n in range(QUESTIONS):
        await until_acknowledged(slack, event(f"<@UBOT> {QUESTION}", ts=f"{n + 2}.1", channel="C1"))

    async def in_the_middle() -> bool:
        return first in {int(pid) for pid in (await asyncio.to_thread(searches.read_text)).split()} and (
            await searched() >= 2 * AT_ONCE + 2
        )

    await eventually(in_the_middle, 40.0)
    door_makers.kill(first)
    await eventually(lambda: all_ended(1 + QUESTIONS), 60.0)

    for n in range(QUESTIONS):
        (message,) = slack.there.in_thread("C1", f"{n + 2}.1")
        assert "approved by the Duty manager" in message.shown
    turns = await asyncio.to_thread(rows, postgres, "SELECT run_id FROM hopline_conversations_turns")
    assert len(turns) == len(set(turns)) == 1 + QUESTIONS
    assert await asyncio.to_thread(rows, postgres, "SELECT run_id FROM hopline_runs_runs") == []
    assert await asyncio.to_thread(rows, postgres, "SELECT thread_id FROM checkpoints") == []
    # Whoever takes over repeats the step that was cut off, and not the hops before it.
    again = await searched() - QUESTIONS * alone
    assert again <= AT_ONCE * (alone - 1)
    assert second in {int(pid) for pid in (await asyncio.to_thread(searches.read_text)).split()}
