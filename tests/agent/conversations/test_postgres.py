"""What only a database server can do wrong: be away, restart under us, be misnamed, be unsupported."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from agent.conversations import Conversations, open_conversations
from graph.language import Turn
from tools.errors import InvalidSetting, MemoryUnavailable, StoreMismatch
from tools.passages import Reader

MARA = Reader(user="mara")


async def test_a_server_that_is_away_is_transient_and_named_without_the_password() -> None:
    memory = await asyncio.to_thread(open_conversations, Path(), "postgresql://u:hunter2@127.0.0.1:1/x")
    with pytest.raises(MemoryUnavailable, match="HOPLINE_DATABASE_URL") as caught:
        await memory.turns("c", reader=MARA, limit=1)
    assert "hunter2" not in str(caught.value)
    await memory.close()


@pytest.mark.parametrize("url", ["postgres//u:hunter2@host/x", "mysql://u:hunter2@host/x", "hunter2"])
def test_a_url_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(InvalidSetting, match="write postgresql://") as caught:
        open_conversations(Path(), url)
    assert "hunter2" not in repr(caught.value)
    assert caught.value.__suppress_context__


@pytest.fixture
async def memory(postgres: str) -> AsyncIterator[Conversations]:
    memory = await asyncio.to_thread(open_conversations, Path(), postgres)
    try:
        yield memory
    finally:
        await memory.close()


async def test_dropped_connections_are_replaced(postgres: str, memory: Conversations) -> None:
    await memory.append("drop", Turn("q", "a"), reader=MARA, run_id="r", sources=[])
    async with await psycopg.AsyncConnection.connect(postgres, autocommit=True) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
    assert await memory.turns("drop", reader=MARA, limit=5) == [Turn("q", "a")]


async def test_tables_of_a_newer_version_are_left_alone(postgres: str, memory: Conversations) -> None:
    await memory.turns("c", reader=MARA, limit=1)
    await memory.close()
    async with await psycopg.AsyncConnection.connect(postgres, autocommit=True) as connection:
        await connection.execute("INSERT INTO hopline_conversations_schema VALUES (99)")
        with pytest.raises(StoreMismatch, match="format 99"):
            await memory.turns("c", reader=MARA, limit=1)
        await connection.execute("DELETE FROM hopline_conversations_schema WHERE version = 99")


def test_without_the_optional_packages_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "tools.database.postgres", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(InvalidSetting, match=r"pip install 'hopline\[postgres\]'"):
        open_conversations(tmp_path, "postgresql://host/x")


FORMAT_1 = """
    CREATE TABLE hopline_turns (
        id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant TEXT NOT NULL, reader TEXT NOT NULL,
        conversation TEXT NOT NULL, answered_under TEXT[] NOT NULL, question TEXT NOT NULL, answer TEXT NOT NULL,
        run_id TEXT NOT NULL, asked_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp());
    CREATE INDEX hopline_turns_of_conversation ON hopline_turns (tenant, reader, conversation, id);
    CREATE TABLE hopline_turn_sources (
        turn BIGINT NOT NULL REFERENCES hopline_turns (id) ON DELETE CASCADE, source TEXT NOT NULL);
    CREATE TABLE hopline_conversations_schema (version INTEGER NOT NULL);
    INSERT INTO hopline_conversations_schema (version) VALUES (1);
    INSERT INTO hopline_turns (tenant, reader, conversation, answered_under, question, answer, run_id)
        VALUES ('default', 'mara', 'c', '{finance,"odd ,\\"name"}', 'q', 'a', 'r');
    INSERT INTO hopline_turn_sources VALUES (1, 'pay.md#1');
"""


async def test_tables_of_the_first_format_are_carried_over(postgres: str) -> None:
    async with await psycopg.AsyncConnection.connect(postgres, autocommit=True) as connection:
        await connection.execute("DROP SCHEMA IF EXISTS older CASCADE")
        await connection.execute("CREATE SCHEMA older")
        await connection.execute("SET search_path TO older")
        await connection.execute(FORMAT_1)
    memory = await asyncio.to_thread(open_conversations, Path(), f"{postgres}?options=-csearch_path%3Dolder")
    try:
        reader = Reader(user="mara", groups=("finance", 'odd ,"name', "public"))
        assert await memory.turns("c", reader=MARA, limit=5) == []
        assert await memory.turns("c", reader=reader, limit=5) == [Turn("q", "a")]
        await memory.append("c", Turn("new", "b"), reader=reader, run_id="r2", sources=[])
        assert await memory.turns("c", reader=reader, limit=5) == [Turn("q", "a"), Turn("new", "b")]
        assert await memory.erase_source("pay.md", "default") == 1
    finally:
        await memory.close()
