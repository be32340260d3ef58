"""Tables in Postgres, for several processes on several machines; the optional extra `postgres`."""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool, PoolTimeout

from tools.database.tables import Row, T, Tables, Transaction, spelled_out
from tools.errors import InvalidSetting, MemoryUnavailable, StorageFull, StoreMismatch

MAX_CONNECTIONS = 4
CONNECT_TIMEOUT_SECONDS = 10
_SETUP_LOCK = 0x686F70736C61636B  # "hopslack": one process at a time lays out tables
_WORDS = {
    "now": "extract(epoch from clock_timestamp())::float8",
    "skip_locked": "FOR UPDATE SKIP LOCKED",
    "serial": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    "float": "DOUBLE PRECISION",
}


class PostgresDatabase:
    def __init__(self, url: str, tables: Tables) -> None:
        self._url, self._tables = url, tables
        self._words = {**tables.words, **_WORDS, "p": f"hopline_{tables.name}_"}
        self._pool: ConnectionPool | None = None
        self._opening = threading.Lock()

    async def run(self, work: Callable[[Transaction], T]) -> T:
        return await asyncio.to_thread(self._run, work)

    async def scrub(self) -> None:
        """Nothing: a server's files are its own, and autovacuum clears them."""

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(pool.close)

    def _run(self, work: Callable[[Transaction], T]) -> T:
        try:
            with self._opened().connection() as connection:
                return work(_PostgresTransaction(connection, self._words))
        except psycopg.errors.DiskFull as error:
            raise StorageFull("HOPLINE_DATABASE_URL: the database server's disk is full; make room.") from error
        except (psycopg.OperationalError, PoolTimeout) as error:
            reason = " ".join(str(error).split())
            raise MemoryUnavailable(f"HOPLINE_DATABASE_URL: the database did not answer ({reason}).") from error
        except psycopg.Error as error:
            reason = " ".join(str(error).split())
            raise InvalidSetting(f"HOPLINE_DATABASE_URL: the database refused ({reason}).") from error

    def _opened(self) -> ConnectionPool:
        with self._opening:
            if self._pool is None:
                _check_url(self._url)
                with psycopg.connect(self._url, connect_timeout=CONNECT_TIMEOUT_SECONDS) as connection:
                    self._lay_out(connection)
                self._pool = ConnectionPool(
                    self._url,
                    min_size=1,
                    max_size=MAX_CONNECTIONS,
                    timeout=CONNECT_TIMEOUT_SECONDS,
                    check=ConnectionPool.check_connection,
                    open=True,
                )
            return self._pool

    def _lay_out(self, connection: psycopg.Connection) -> None:
        schema = f"hopline_{self._tables.name}_schema"
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_SETUP_LOCK,))
        connection.execute(f"CREATE TABLE IF NOT EXISTS {schema} (version INTEGER NOT NULL)".encode())
        row = connection.execute(f"SELECT coalesce(max(version), 0) FROM {schema}".encode()).fetchone()  # noqa: S608
        version = row[0] if row else 0
        if version > self._tables.version:
            raise StoreMismatch(
                f"HOPLINE_DATABASE_URL: its tables were written by a newer Hopline (format {version},"
                f" this one reads {self._tables.version}): upgrade."
            )
        statements = self._tables.statements if version == 0 else ()
        for older in range(version, self._tables.version) if version else ():
            statements += self._tables.migrations[older].postgres
        for statement in statements:
            connection.execute(spelled_out(statement, self._words).encode())
        if version < self._tables.version:
            connection.execute(f"DELETE FROM {schema}".encode())  # noqa: S608
            connection.execute(f"INSERT INTO {schema} VALUES (%s)".encode(), (self._tables.version,))  # noqa: S608


class _PostgresTransaction:
    def __init__(self, connection: psycopg.Connection, words: Mapping[str, str]) -> None:
        self._connection, self._words = connection, words

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        sql = spelled_out(statement, self._words).replace("?", "%s")
        cursor = self._connection.execute(sql.encode(), tuple(parameters))
        return cursor.fetchall() if cursor.description else []


def _check_url(url: str) -> None:
    """Said in our own words, without a cause: the parser's complaint quotes the URL, password included."""
    try:
        conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise InvalidSetting(
            "HOPLINE_DATABASE_URL is not a database's URL: write postgresql://user:password@host:5432/database."
        ) from None
