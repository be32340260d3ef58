"""What was said before: the turns of a conversation, kept across processes and given back only to whom they belong.

A conversation belongs to the (tenant, user) that opened it: its id, guessed by anybody else, is simply a new one.
A turn remembers the groups it was answered under and the sources its answer drew on. A reader who has since left one
of those groups, or a source that has been erased, takes the whole turn away: an echo in a question is an echo too.
"""

import asyncio
import errno
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Protocol

import aiosqlite
from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_random

from graph.language import Turn
from tools.errors import (
    HoplineError,
    InvalidSetting,
    MemoryUnavailable,
    StorageDamaged,
    StorageFull,
    StoreMismatch,
)
from tools.passages import Reader

SCHEMA_VERSION = 1
BUSY_TIMEOUT_SECONDS = 10.0

_SCHEMA = (
    """CREATE TABLE turns (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        tenant TEXT NOT NULL,
        reader TEXT NOT NULL,
        conversation TEXT NOT NULL,
        answered_under TEXT NOT NULL CHECK (json_valid(answered_under)),
        question TEXT NOT NULL,
        answer TEXT NOT NULL,
        run_id TEXT NOT NULL,
        asked_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')))""",
    "CREATE INDEX turns_of_conversation ON turns (tenant, reader, conversation, id)",
    "CREATE INDEX turns_of_reader ON turns (reader)",
    """CREATE TABLE turn_sources (
        turn INTEGER NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
        source TEXT NOT NULL,
        PRIMARY KEY (turn, source)) WITHOUT ROWID""",
)
_KNOWN = "SELECT 1 FROM turns WHERE tenant = ? AND reader = ? AND conversation = ? AND run_id = ?"
_TURNS = """
    SELECT question, answer FROM turns
    WHERE tenant = ? AND reader = ? AND conversation = ?
      AND NOT EXISTS (SELECT 1 FROM json_each(answered_under)
                      WHERE value NOT IN (SELECT value FROM json_each(?)))
    ORDER BY id DESC LIMIT ?"""
_ERASE_SOURCE = """
    DELETE FROM turns WHERE tenant = :tenant AND id IN (
        SELECT turn FROM turn_sources WHERE source = :source
        OR substr(source, 1, length(:source) + 1) IN (:source || '#', :source || '/'))"""


class Conversations(Protocol):
    """Conversation memory. Raises MemoryUnavailable, StorageFull, StorageDamaged, StoreMismatch or InvalidSetting."""

    async def append(
        self, conversation: str, turn: Turn, *, reader: Reader, run_id: str, sources: Sequence[str]
    ) -> None:
        """Remember a turn whole or not at all, and the turn of a run once. `sources` are those of the passages that the
        answer drew on."""
        ...

    async def turns(self, conversation: str, *, reader: Reader, limit: int) -> list[Turn]:
        """The newest `limit` turns that this reader may still read, oldest first; none for anybody else's id."""
        ...

    async def erase_user(self, user: str) -> int:
        """Forget every turn of a user, in all tenants; returns how many there were."""
        ...

    async def erase_source(self, source: str, tenant: str) -> int:
        """Forget every turn whose answer drew on `S`, `S#…` or `S/…`; returns how many there were."""
        ...

    async def close(self) -> None: ...


def open_conversations(home: Path, database_url: str | None) -> Conversations:
    """Postgres when its URL is set, else `conversations.sqlite` in `home`. Nothing is opened before the first use."""
    if not database_url:
        return SqliteConversations(home / "conversations.sqlite")
    try:
        from agent.conversations_postgres import PostgresConversations
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"psycopg", "psycopg_pool"}:
            raise
        raise InvalidSetting(
            "HOPLINE_DATABASE_URL: Postgres needs optional packages; install them with pip install 'hopline[postgres]'."
        ) from error
    return PostgresConversations(database_url)


def owner_of(reader: Reader) -> str:
    """Readers without a name (the command line's) share one owner per tenant."""
    return storable(reader.user or "")


def storable(text: str) -> str:
    """Text as both databases can hold it: lone surrogates (odd file names) and NUL, which Postgres refuses, escaped."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\x00", "\\x00")


def groups_of(reader: Reader) -> list[str]:
    return sorted({storable(group) for group in reader.readable_groups})


class SqliteConversations:
    """Conversation memory in one SQLite file that several processes may use at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: aiosqlite.Connection | None = None
        self._lock = asyncio.Lock()

    async def append(
        self, conversation: str, turn: Turn, *, reader: Reader, run_id: str, sources: Sequence[str]
    ) -> None:
        columns = (
            storable(reader.tenant),
            owner_of(reader),
            storable(conversation),
            json.dumps(groups_of(reader)),
            storable(turn.question),
            storable(turn.answer),
            storable(run_id),
        )
        async with self._transaction() as connection:
            if await connection.execute_fetchall(_KNOWN, (*columns[:3], storable(run_id))):
                return
            cursor = await connection.execute(
                "INSERT INTO turns (tenant, reader, conversation, answered_under, question, answer, run_id)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                columns,
            )
            rows = [(cursor.lastrowid, storable(source)) for source in dict.fromkeys(sources)]
            await connection.executemany("INSERT OR IGNORE INTO turn_sources (turn, source) VALUES (?, ?)", rows)

    async def turns(self, conversation: str, *, reader: Reader, limit: int) -> list[Turn]:
        if limit <= 0:
            return []
        key = (storable(reader.tenant), owner_of(reader), storable(conversation), json.dumps(groups_of(reader)), limit)
        async with self._transaction("DEFERRED") as connection:
            rows = await connection.execute_fetchall(_TURNS, key)
        return [Turn(question=question, answer=answer) for question, answer in reversed(list(rows))]

    async def erase_user(self, user: str) -> int:
        return await self._erase("DELETE FROM turns WHERE reader = :user", {"user": storable(user)})

    async def erase_source(self, source: str, tenant: str) -> int:
        return await self._erase(_ERASE_SOURCE, {"source": storable(source), "tenant": storable(tenant)})

    async def close(self) -> None:
        async with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                with _errors_named(self._path):
                    await connection.close()

    async def _erase(self, statement: str, parameters: dict[str, str]) -> int:
        async with self._transaction() as connection:
            cursor = await connection.execute(statement, parameters)
        # What was erased also lies in the write-ahead log until that is copied back and cut to nothing.
        async with self._opened() as connection:
            await connection.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
        return cursor.rowcount

    @asynccontextmanager
    async def _transaction(self, kind: str = "IMMEDIATE") -> AsyncIterator[aiosqlite.Connection]:
        async with self._opened() as connection:
            try:
                await connection.execute(f"BEGIN {kind}")
                yield connection
                await connection.execute("COMMIT")
            except BaseException:
                # Also when cancelled: the statement under way still runs in its thread, the rollback queues behind it.
                await connection.rollback()
                raise

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[aiosqlite.Connection]:
        """The one connection, for one coroutine at a time: a transaction is a property of the connection."""
        async with self._lock:
            with _errors_named(self._path):
                if self._connection is None:
                    self._connection = await self._open()
                yield self._connection

    async def _open(self) -> aiosqlite.Connection:
        await asyncio.to_thread(_make_private_file, self._path)
        connection = await aiosqlite.connect(self._path, isolation_level=None, timeout=BUSY_TIMEOUT_SECONDS)
        try:
            async for attempt in AsyncRetrying(
                retry=retry_if_exception(_is_busy),
                stop=stop_after_delay(BUSY_TIMEOUT_SECONDS),
                wait=wait_random(0.01, 0.1),
                reraise=True,
            ):
                with attempt:
                    await _prepare(connection, self._path)
        except BaseException:
            await connection.close()
            raise
        return connection


def _make_private_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=True)


async def _prepare(connection: aiosqlite.Connection, path: Path) -> None:
    """Set the connection up and bring the file to this version. Switching to WAL meets SQLITE_BUSY without waiting."""
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "secure_delete = ON"):
        await connection.execute_fetchall(f"PRAGMA {pragma}")
    try:
        await connection.execute("BEGIN IMMEDIATE")
        ((version,),) = await connection.execute_fetchall("PRAGMA user_version")
        if version > SCHEMA_VERSION:
            raise StoreMismatch(
                f"{path} was written by a newer Hopline (format {version}, this one reads {SCHEMA_VERSION}): upgrade."
            )
        if version == 0:
            for statement in _SCHEMA:
                await connection.execute(statement)
            await connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        await connection.execute("COMMIT")
    except BaseException:
        await connection.rollback()
        raise


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, sqlite3.Error) and _primary_code(error) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _primary_code(error: sqlite3.Error) -> int:
    """SQLite's primary result code, without the extension in the higher bits; 0 when Python's own layer complains."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


@contextmanager
def _errors_named(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _named(error, path) from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull(f"{path}: the disk is full; make room and ask again.") from error
        raise InvalidSetting(f"HOPLINE_HOME: {path} can't be created ({error.strerror}).") from error


def _named(error: sqlite3.Error, path: Path) -> HoplineError:
    code = _primary_code(error)
    if code == sqlite3.SQLITE_FULL or getattr(error, "sqlite_errorname", "") == "SQLITE_IOERR_SHMSIZE":
        return StorageFull(f"{path}: the disk is full; make room and ask again.")
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return StorageDamaged(f"{path} is damaged ({error}): restore it, or move it away to start with no memory.")
    if code in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}:
        return InvalidSetting(f"HOPLINE_HOME: {path} can't be opened for writing ({error}).")
    if _is_busy(error):
        return MemoryUnavailable(f"{path} was locked by another process for {BUSY_TIMEOUT_SECONDS:.0f} s; try again.")
    return MemoryUnavailable(f"{path} could not be read or written ({error}).")
