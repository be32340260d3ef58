"""Keeping a question step by step: whole steps or none, and errors that say what is true of the place."""

import asyncio
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.checkpoint.serde.types import ERROR

from agent.serving.savers import open_saver
from tests.agent.serving.worlds import world
from tools.checkpoints import steps
from tools.errors import InvalidSetting, MemoryUnavailable, StorageDamaged, StorageFull

QUESTION = "Who is the duty manager that approves a refund above 500 euros?"


def of_run(run_id: str) -> Any:
    return {"configurable": {"thread_id": run_id, "checkpoint_ns": ""}}


@pytest.mark.parametrize("place", ["sqlite", "postgres"])
async def test_what_a_step_had_written_when_it_was_cancelled_is_not_kept(
    tmp_path: Path, place: str, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("postgres") if place == "postgres" else None
    async with open_saver(tmp_path, url) as saver:
        begun = await saver.aput(of_run("run"), empty_checkpoint(), {}, {})
        await saver.aput_writes(begun, [("draft", "Half a "), (ERROR, asyncio.CancelledError())], "cancelled")
        await saver.aput_writes(begun, [("draft", "A whole one.")], "ended")
        kept = await saver.aget_tuple(of_run("run"))
        assert kept is not None
        assert kept.pending_writes == [("ended", "draft", "A whole one.")]


@pytest.mark.parametrize("passes", range(5))
async def test_a_question_that_is_stopped_while_a_step_is_kept_locks_nobody_out(tmp_path: Path, passes: int) -> None:
    async with open_saver(tmp_path, None) as saver:
        keeping = asyncio.create_task(saver.aput(of_run("run"), empty_checkpoint(), {}, {}))
        for _ in range(passes):
            await asyncio.sleep(0)
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping
        await saver.aget_tuple(of_run("run"))  # whatever was begun before has ended
        with closing(sqlite3.connect(tmp_path / "checkpoints.sqlite", timeout=0)) as other:
            other.execute("BEGIN IMMEDIATE")


async def test_a_file_that_another_process_keeps_locked_is_said_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, checkpoints=True, cache_seconds=0) as here:
        with monkeypatch.context() as patched, closing(sqlite3.connect(tmp_path / "checkpoints.sqlite")) as other:
            patched.setattr(steps, "STEP_SECONDS", 0.1)
            other.execute("BEGIN IMMEDIATE")
            asked = (here.assistant.ask(QUESTION, run_id=f"run {n}") for n in range(3))
            for outcome in await asyncio.gather(*asked, return_exceptions=True):
                assert isinstance(outcome, MemoryUnavailable), outcome
        assert (await here.assistant.ask(QUESTION, run_id="run 0")).status == "answered"


async def test_a_full_disk_is_said_and_nothing_is_half_kept(tmp_path: Path) -> None:
    async with world(tmp_path, checkpoints=True, cache_seconds=0) as here:
        runs = here.assistant.serving.runs
        assert runs is not None
        saver: Any = runs.saver
        await saver._call(lambda: saver.conn.execute("PRAGMA max_page_count = 8"))
        with pytest.raises(StorageFull, match=r"checkpoints\.sqlite: the disk is full"):
            await here.assistant.ask(QUESTION, run_id="run")
        await saver._call(lambda: saver.conn.execute("PRAGMA max_page_count = 100000"))
        assert (await here.assistant.ask(QUESTION, run_id="run")).status == "answered"


async def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "checkpoints.sqlite").write_bytes(b"garbage" * 1_000)
    with pytest.raises(StorageDamaged, match=r"checkpoints\.sqlite is damaged .*: move it away"):
        async with open_saver(tmp_path, None):
            pass


async def test_a_database_url_that_cannot_be_read_is_named_without_its_password(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(InvalidSetting, match="HOPLINE_DATABASE_URL is not") as raised:
        async with open_saver(tmp_path, "postgresql://ada:hunter2222@[db/x"):
            pass
    assert raised.value.__cause__ is None
    assert "hunter2222" not in f"{raised.value}{caplog.text}"
