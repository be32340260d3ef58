"""What only a database server can do wrong: be away, restart under us, be misnamed, be unsupported."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from agent.conversations import open_conversations
from agent.conversations_postgres import PostgresConversations
from graph.language import Turn
from tools.errors import InvalidSetting, MemoryUnavailable, StoreMismatch
from tools.passages import Reader

MARA = Reader(user="mara")


async def test_a_server_that_is_away_is_transient_and_named_without_the_password() -> None:
    memory = PostgresConversations("postgresql://u:hunter2@127.0.0.1:1/x")
    with pytest.raises(MemoryUnavailable, match="HOPLINE_DATABASE_URL") as caught:
        await memory.turns("c", reader=MARA, limit=1)
    assert "hunter2" not in str(caught.value)
    await memory.close()


@pytest.mark.parametrize("url", ["postgres//u:hunter2@host/x", "mysql://u:hunter2@host/x", "hunter2"])
async def test_a_url_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    memory = PostgresConversations(url)
    with pytest.raises(InvalidSetting, match="write postgresql://") as caught:
        await memory.turns("c", reader=MARA, limit=1)
    assert "hunter2" not in repr(caught.value)
    assert caught.value.__suppress_context__
    await memory.close()


@pytest.fixture
async def memory(postgres: str) -> AsyncIterator[PostgresConversations]:
    memory = PostgresConversations(postgres)
    try:
        yield memory
    finally:
        await memory.close()


async def test_dropped_connections_are_replaced(postgres: str, memory: PostgresConversations) -> None:
    await memory.append("drop", Turn("q", "a"), reader=MARA, run_id="r", sources=[])
    async with await psycopg.AsyncConnection.connect(postgres, autocommit=True) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
    assert await memory.turns("drop", reader=MARA, limit=5) == [Turn("q", "a")]


async def test_tables_of_a_newer_version_are_left_alone(postgres: str, memory: PostgresConversations) -> None:
    await memory.turns("c", reader=MARA, limit=1)
    await memory.close()
    async with await psycopg.AsyncConnection.connect(postgres, autocommit=True) as connection:
        await connection.execute("INSERT INTO hopline_conversations_schema VALUES (99)")
        with pytest.raises(StoreMismatch, match="format 99"):
            await memory.turns("c", reader=MARA, limit=1)
        await connection.execute("DELETE FROM hopline_conversations_schema WHERE version = 99")


def test_without_the_optional_packages_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "agent.conversations_postgres", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(InvalidSetting, match=r"pip install 'hopline\[postgres\]'"):
        open_conversations(tmp_path, "postgresql://host/x")
