"""What only the SQLite file can do wrong: damage, a full disk, other processes, traces of what was erased."""

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.conversations import Conversations, open_conversations
from graph.language import Turn
from tools.database import sqlite
from tools.errors import InvalidSetting, MemoryUnavailable, StorageDamaged, StorageFull, StoreMismatch
from tools.passages import Reader

MARA = Reader(user="mara")
WRITER = """
import asyncio, sys
from pathlib import Path
from agent.conversations import open_conversations
from graph.language import Turn
from tools.passages import Reader

async def write(path, name, turns):
    memory, mara = open_conversations(Path(path).parent, None), Reader(user="mara")
    try:
        for n in range(int(turns)):
            await memory.append("c", Turn(f"{name}-{n}", "x" * 200), reader=mara, run_id=f"{name}{n}", sources=["s"])
            print(n, flush=True)
    finally:
        await memory.close()

asyncio.run(write(*sys.argv[1:]))
"""


def writer(path: Path, name: str, turns: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(path), name, str(turns)], stdout=subprocess.PIPE)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "conversations.sqlite"


@pytest.fixture
async def memory(path: Path) -> AsyncIterator[Conversations]:
    """Closed whatever happens: an open connection's thread would keep the interpreter from ending."""
    path.parent.mkdir()
    memory = open_conversations(path.parent, None)
    try:
        yield memory
    finally:
        await memory.close()


async def questions(path: Path) -> list[str]:
    memory = open_conversations(path.parent, None)
    try:
        return [turn.question for turn in await memory.turns("c", reader=MARA, limit=10_000)]
    finally:
        await memory.close()


def test_processes_that_start_at_once_on_a_new_file_lose_nothing(path: Path) -> None:
    writers = [writer(path, name, 25) for name in "abc"]
    assert [process.wait(timeout=60) for process in writers] == [0, 0, 0]
    for process in writers:
        process.communicate()
    assert sorted(asyncio.run(questions(path))) == sorted(f"{name}-{n}" for name in "abc" for n in range(25))


def test_a_killed_writer_loses_no_turn_it_was_told_is_kept(path: Path) -> None:
    process = writer(path, "a", 100_000)
    assert process.stdout
    acknowledged = [int(process.stdout.readline()) for _ in range(50)]
    process.kill()
    process.communicate()
    kept = asyncio.run(questions(path))
    assert kept == [f"a-{n}" for n in range(len(kept))]
    assert len(kept) >= len(acknowledged)


async def test_a_file_that_is_no_database_is_named(path: Path, memory: Conversations) -> None:
    path.write_bytes(b"not a database at all" * 500)
    with pytest.raises(StorageDamaged, match=r"conversations\.sqlite is damaged"):
        await memory.turns("c", reader=MARA, limit=1)


async def test_a_damaged_page_is_named(path: Path, memory: Conversations) -> None:
    for n in range(200):
        await memory.append("c", Turn(f"q{n}", "x" * 500), reader=MARA, run_id=uuid.uuid4().hex, sources=[])
    await memory.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    with pytest.raises(StorageDamaged, match=r"conversations\.sqlite is damaged"):
        await memory.turns("c", reader=MARA, limit=300)


async def test_a_file_of_a_newer_version_is_left_alone(path: Path, memory: Conversations) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreMismatch, match="format 99"):
        await memory.turns("c", reader=MARA, limit=1)


async def fill(path: Path, written: list[str]) -> None:
    memory = open_conversations(path.parent, None)
    try:
        for n in range(1_000):
            await memory.append("c", Turn(str(n), "x" * 4_000), reader=MARA, run_id=uuid.uuid4().hex, sources=["s"])
            written.append(str(n))
    finally:
        await memory.close()


def test_a_full_disk_is_said_and_keeps_what_was_there(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(small)], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        written: list[str] = []
        with pytest.raises(StorageFull, match=r"conversations\.sqlite: the disk is full"):
            asyncio.run(fill(small / "conversations.sqlite", written))
        assert written
        assert asyncio.run(questions(small / "conversations.sqlite")) == written
    finally:
        subprocess.run(["umount", str(small)], check=True)


async def test_a_folder_that_cannot_be_made_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    memory = open_conversations(tmp_path / "file", None)
    with pytest.raises(InvalidSetting, match="HOPLINE_HOME"):
        await memory.turns("c", reader=MARA, limit=1)


async def test_a_lock_held_too_long_is_transient(
    path: Path, memory: Conversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_SECONDS", 0.2)
    await memory.turns("c", reader=MARA, limit=1)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(MemoryUnavailable, match="locked by another process"):
        await memory.append("c", Turn("q", "a"), reader=MARA, run_id=uuid.uuid4().hex, sources=[])
    holder.execute("ROLLBACK")
    holder.close()
    await memory.append("c", Turn("q", "a"), reader=MARA, run_id=uuid.uuid4().hex, sources=[])
    assert len(await memory.turns("c", reader=MARA, limit=9)) == 1


async def test_erased_words_are_in_no_file_of_the_folder(path: Path, memory: Conversations) -> None:
    secret = Turn("q", "the secret is xyzzy-4711")
    await memory.append("c", secret, reader=MARA, run_id="r", sources=["s.md#1"])

    def folder() -> bytes:
        return b"".join(file.read_bytes() for file in path.parent.iterdir())

    assert b"xyzzy-4711" in folder()
    assert await memory.erase_source("s.md", "default") == 1
    assert b"xyzzy-4711" not in folder()
    assert b"s.md#1" not in folder()


async def test_nobody_else_on_the_machine_can_read_the_file(path: Path, memory: Conversations) -> None:
    before = os.umask(0)
    try:
        await memory.append("c", Turn("q", "a"), reader=MARA, run_id=uuid.uuid4().hex, sources=[])
        modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == {0o600}


FORMAT_1 = """
    PRAGMA journal_mode = WAL;
    CREATE TABLE turns (
        id INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, reader TEXT NOT NULL, conversation TEXT NOT NULL,
        answered_under TEXT NOT NULL CHECK (json_valid(answered_under)), question TEXT NOT NULL, answer TEXT NOT NULL,
        run_id TEXT NOT NULL, asked_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')));
    CREATE INDEX turns_of_conversation ON turns (tenant, reader, conversation, id);
    CREATE INDEX turns_of_reader ON turns (reader);
    CREATE TABLE turn_sources (
        turn INTEGER NOT NULL REFERENCES turns (id) ON DELETE CASCADE, source TEXT NOT NULL,
        PRIMARY KEY (turn, source)) WITHOUT ROWID;
    INSERT INTO turns (tenant, reader, conversation, answered_under, question, answer, run_id, asked_at)
        VALUES ('default', 'mara', 'c', '["public"]', 'old', 'a', 'r', '2026-01-02T03:04:05.678Z');
    INSERT INTO turn_sources VALUES (1, 's.md#1');
    PRAGMA user_version = 1;
"""


def test_a_file_of_the_first_format_is_carried_over_by_one_of_several_processes(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as older:
        older.executescript(FORMAT_1)
    older.close()
    writers = [writer(path, name, 3) for name in "ab"]
    assert [process.wait(timeout=60) for process in writers] == [0, 0]
    for process in writers:
        process.communicate()

    async def kept() -> tuple[int, str]:
        memory = open_conversations(path.parent, None)
        told = [entry async for entry in memory.export_user("mara")]
        erased = await memory.erase_source("s.md", "default")
        await memory.close()
        assert (told[0]["question"], told[0]["sources"]) == ("old", ["s.md#1"])
        return erased, told[0]["at"]

    assert asyncio.run(kept()) == (1, "2026-01-02T03:04:05.678+00:00")
    assert len(asyncio.run(questions(path))) == 6
