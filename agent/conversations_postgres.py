"""Conversation memory in Postgres, for several processes on several machines; the optional extra `postgres`."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from agent.conversations import SCHEMA_VERSION, groups_of, owner_of, storable
from graph.language import Turn
from tools.errors import InvalidSetting, MemoryUnavailable, StorageFull, StoreMismatch
from tools.passages import Reader

MAX_CONNECTIONS = 8
CONNECT_TIMEOUT_SECONDS = 10
_SETUP_LOCK = 0x686F706C696E65  # "hopline": one process at a time lays out the tables

_SCHEMA = """
    CREATE TABLE hopline_turns (
        id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        tenant TEXT NOT NULL,
        reader TEXT NOT NULL,
        conversation TEXT NOT NULL,
        answered_under TEXT[] NOT NULL,
        question TEXT NOT NULL,
        answer TEXT NOT NULL,
        run_id TEXT NOT NULL,
        asked_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp());
    CREATE INDEX hopline_turns_of_conversation ON hopline_turns (tenant, reader, conversation, id);
    CREATE INDEX hopline_turns_of_reader ON hopline_turns (reader);
    CREATE TABLE hopline_turn_sources (
        turn BIGINT NOT NULL REFERENCES hopline_turns (id) ON DELETE CASCADE,
        source TEXT NOT NULL);
    CREATE INDEX hopline_turn_sources_of_turn ON hopline_turn_sources (turn);
    INSERT INTO hopline_conversations_schema (version) VALUES (1);
"""
_APPEND = """
    WITH turn AS (
        INSERT INTO hopline_turns (tenant, reader, conversation, answered_under, question, answer, run_id)
        VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id)
    INSERT INTO hopline_turn_sources (turn, source) SELECT turn.id, source FROM turn, unnest(%s::text[]) AS source"""
_TURNS = """
    SELECT question, answer FROM hopline_turns
    WHERE tenant = %s AND reader = %s AND conversation = %s AND answered_under <@ %s
    ORDER BY id DESC LIMIT %s"""
_KNOWN = "SELECT 1 FROM hopline_turns WHERE tenant = %s AND reader = %s AND conversation = %s AND run_id = %s"
_ERASE_SOURCE = """
    DELETE FROM hopline_turns WHERE tenant = %(tenant)s AND id IN (
        SELECT turn FROM hopline_turn_sources WHERE source = %(source)s
        OR starts_with(source, %(source)s || '#') OR starts_with(source, %(source)s || '/'))"""


class PostgresConversations:
    """The same contract as `SqliteConversations`. The tables lie in the URL's default schema and carry our prefix."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: AsyncConnectionPool | None = None
        self._lock = asyncio.Lock()

    async def append(
        self, conversation: str, turn: Turn, *, reader: Reader, run_id: str, sources: Sequence[str]
    ) -> None:
        written = [storable(text) for text in (turn.question, turn.answer, run_id)]
        used = list(dict.fromkeys(storable(source) for source in sources))
        key = (storable(reader.tenant), owner_of(reader), storable(conversation))
        async with self._connection() as connection:
            known = await connection.execute(_KNOWN, (*key, written[-1]))
            if await known.fetchone():
                return
            await connection.execute(_APPEND, (*key, groups_of(reader), *written, used))

    async def turns(self, conversation: str, *, reader: Reader, limit: int) -> list[Turn]:
        if limit <= 0:
            return []
        key = (storable(reader.tenant), owner_of(reader), storable(conversation))
        async with self._connection() as connection:
            cursor = await connection.execute(_TURNS, (*key, groups_of(reader), limit))
            rows = await cursor.fetchall()
        return [Turn(question=question, answer=answer) for question, answer in reversed(rows)]

    async def erase_user(self, user: str) -> int:
        async with self._connection() as connection:
            cursor = await connection.execute("DELETE FROM hopline_turns WHERE reader = %s", (storable(user),))
        return cursor.rowcount

    async def erase_source(self, source: str, tenant: str) -> int:
        parameters = {"source": storable(source), "tenant": storable(tenant)}
        async with self._connection() as connection:
            cursor = await connection.execute(_ERASE_SOURCE, parameters)
        return cursor.rowcount

    async def close(self) -> None:
        async with self._lock:
            pool, self._pool = self._pool, None
            if pool is not None:
                await pool.close()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[psycopg.AsyncConnection]:
        """A checked connection whose transaction commits at the end of the block and rolls back on any error."""
        with _errors_named():
            pool = await self._opened()
            async with pool.connection() as connection:
                yield connection

    async def _opened(self) -> AsyncConnectionPool:
        async with self._lock:
            if self._pool is None:
                _check_url(self._url)
                # A connection of its own: the pool would hide why the server can't be reached behind a time-out.
                async with await psycopg.AsyncConnection.connect(
                    self._url, connect_timeout=CONNECT_TIMEOUT_SECONDS
                ) as connection:
                    await _prepare(connection)
                pool = AsyncConnectionPool(
                    self._url,
                    min_size=1,
                    max_size=MAX_CONNECTIONS,
                    timeout=CONNECT_TIMEOUT_SECONDS,
                    check=AsyncConnectionPool.check_connection,
                    open=False,
                )
                await pool.open()
                self._pool = pool
            return self._pool


def _check_url(url: str) -> None:
    """Said in our own words, without a cause: the parser's complaint quotes the URL, password included."""
    try:
        conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise InvalidSetting(
            "HOPLINE_DATABASE_URL is not a database's URL: write postgresql://user:password@host:5432/database."
        ) from None


async def _prepare(connection: psycopg.AsyncConnection) -> None:
    await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_SETUP_LOCK,))
    await connection.execute("CREATE TABLE IF NOT EXISTS hopline_conversations_schema (version INTEGER NOT NULL)")
    cursor = await connection.execute("SELECT max(version) FROM hopline_conversations_schema")
    row = await cursor.fetchone()
    version = row[0] if row and row[0] is not None else 0
    if version > SCHEMA_VERSION:
        raise StoreMismatch(
            f"HOPLINE_DATABASE_URL: its tables were written by a newer Hopline (format {version},"
            f" this one reads {SCHEMA_VERSION}): upgrade."
        )
    if version == 0:
        await connection.execute(_SCHEMA)


@contextmanager
def _errors_named() -> Iterator[None]:
    try:
        yield
    except psycopg.errors.DiskFull as error:
        raise StorageFull(
            "HOPLINE_DATABASE_URL: the database server's disk is full; make room and ask again."
        ) from error
    except (psycopg.OperationalError, PoolTimeout) as error:
        reason = " ".join(str(error).split())
        raise MemoryUnavailable(f"HOPLINE_DATABASE_URL: the database did not answer ({reason}).") from error
    except psycopg.Error as error:
        reason = " ".join(str(error).split())
        raise InvalidSetting(f"HOPLINE_DATABASE_URL: the database refused ({reason}).") from error
