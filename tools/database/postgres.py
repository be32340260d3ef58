"""Tables in Postgres, for several processes on several machines; the optional extra `postgres`.

A server may be gone, or hang so that it acknowledges packets but never answers. In both cases nobody waits forever, and
only those who need these tables wait at all: their statements run in threads of their own.
"""

import asyncio
import concurrent.futures
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import DeadlockDetected, SerializationFailure
from psycopg_pool import ConnectionPool, PoolTimeout
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random

from tools.database.tables import Row, T, Tables, Transaction, spelled_out
from tools.errors import InvalidSetting, MemoryUnavailable, StorageFull, StoreMismatch

MAX_CONNECTIONS = 4
CONNECT_TIMEOUT_SECONDS = 3
POOL_SECONDS = 2.0
"""How long a statement waits for a connection. Each thread has one, unless the server is gone."""

RECONNECT_SECONDS = 5.0
"""After this long the pool's reconnection attempts start over; otherwise they get further and further apart."""

STATEMENT_SECONDS = 30
"""After this long the server cancels a statement."""

SILENCE_SECONDS = 35.0
"""After this long we give up on the server, which should have cancelled the statement itself."""

UNACKNOWLEDGED_SECONDS = 10
CLOSE_SECONDS = 2.0
"""How long closing waits for running statements."""

ATTEMPTS = 4
"""How often a transaction is tried that the server aborts because of others' locks."""

_SETUP_LOCK = 0x686F70736C61636B  # "hopslack": only one process at a time creates tables
_WORDS = {
    "now": "extract(epoch from clock_timestamp())::float8",
    "skip_locked": "FOR UPDATE SKIP LOCKED",
    "serial": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    "float": "DOUBLE PRECISION",
}


class PostgresDatabase:
    def __init__(self, url: str, tables: Tables) -> None:
        check_url(url)
        self._url, self._tables = url, tables
        self._words = {**tables.words, **_WORDS, "p": f"hopline_{tables.name}_"}
        self._pool: ConnectionPool[_BoundedConnection] | None = None
        self._opening = threading.Lock()
        self._threads: ThreadPoolExecutor | None = None
        self._running: set[Future[Any]] = set()
        self._closing = threading.Event()

    async def run(self, work: Callable[[Transaction], T]) -> T:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(MAX_CONNECTIONS, thread_name_prefix=f"hopline-{self._tables.name}")
        running = self._threads.submit(self._run, work)
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return await asyncio.wrap_future(running)

    async def scrub(self) -> None:
        """Does nothing: the files are the server's, and autovacuum clears them."""

    async def close(self) -> None:
        """Wait a moment for running statements, then cancel the rest."""
        threads, self._threads = self._threads, None
        if threads is not None:
            await asyncio.to_thread(self._close, threads)

    def _close(self, threads: ThreadPoolExecutor) -> None:
        concurrent.futures.wait(list(self._running), CLOSE_SECONDS)
        self._closing.set()
        threads.shutdown()  # each waiting statement fails with the error in turn
        pool, self._pool, self._closing = self._pool, None, threading.Event()
        if pool is not None:
            pool.close(CLOSE_SECONDS)

    def _run(self, work: Callable[[Transaction], T]) -> T:
        again = Retrying(
            retry=retry_if_exception_type((DeadlockDetected, SerializationFailure)),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random(0.01, 0.1),
            reraise=True,
        )
        try:
            result: T = again(self._in_transaction, work)
            return result
        except psycopg.errors.DiskFull as error:
            raise StorageFull("HOPLINE_DATABASE_URL: the database server's disk is full; make room.") from error
        except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
            reason = " ".join(str(error).split())
            raise MemoryUnavailable(f"HOPLINE_DATABASE_URL: the database did not answer ({reason}).") from error
        except psycopg.Error as error:
            reason = " ".join(str(error).split())
            raise InvalidSetting(f"HOPLINE_DATABASE_URL: the database refused ({reason}).") from error

    def _in_transaction(self, work: Callable[[Transaction], T]) -> T:
        with self._opened().connection() as connection:
            return work(_PostgresTransaction(connection, self._words))

    def _opened(self) -> "ConnectionPool[_BoundedConnection]":
        with self._opening:
            if self._closing.is_set():
                raise psycopg.OperationalError("it is being closed")
            if self._pool is None:
                with _BoundedConnection.connect(self._url, **_CONNECTING) as connection:
                    connection.given_up = self._closing  # creating tables may take as long as it needs
                    self._lay_out(connection)
                self._pool = ConnectionPool(
                    self._url,
                    connection_class=_BoundedConnection,
                    kwargs=dict(_CONNECTING),
                    configure=self._bound,
                    min_size=1,
                    max_size=MAX_CONNECTIONS,
                    timeout=POOL_SECONDS,
                    reconnect_timeout=RECONNECT_SECONDS,
                    check=ConnectionPool.check_connection,
                    open=True,
                )
            return self._pool

    def _bound(self, connection: "_BoundedConnection") -> None:
        connection.given_up, connection.silence_seconds = self._closing, SILENCE_SECONDS
        connection.execute(f"SET statement_timeout = '{STATEMENT_SECONDS}s'".encode())
        connection.commit()

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


_CONNECTING: Mapping[str, Any] = {
    "connect_timeout": CONNECT_TIMEOUT_SECONDS,
    "tcp_user_timeout": UNACKNOWLEDGED_SECONDS * 1000,
}


class _BoundedConnection(psycopg.Connection):
    """Stops waiting for a server that has gone silent. If it hangs, neither its own time-outs nor the kernel's end the
    wait, since packets are still acknowledged."""

    given_up: threading.Event = threading.Event()
    silence_seconds: float = float("inf")

    def wait(self, gen: Generator[Any, Any, Any], *waiting: Any, **options: Any) -> Any:
        return super().wait(self._bounded(gen), *waiting, **options)

    def _bounded(self, answers: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """Iterates over `answers` until the time is up. psycopg polls several times a second, even when nothing
        arrives."""
        ends = time.monotonic() + self.silence_seconds
        try:
            wanted = next(answers)
            while True:
                ready = yield wanted
                if self.given_up.is_set() or time.monotonic() > ends:
                    self.close()  # otherwise the rollback would wait again
                    raise psycopg.OperationalError("the server has fallen silent")
                wanted = answers.send(ready)
        except StopIteration as done:
            return done.value


class _PostgresTransaction:
    def __init__(self, connection: psycopg.Connection, words: Mapping[str, str]) -> None:
        self._connection, self._words = connection, words

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        sql = spelled_out(statement, self._words).replace("?", "%s")
        cursor = self._connection.execute(sql.encode(), tuple(parameters))
        return cursor.fetchall() if cursor.description else []


def check_url(url: str) -> None:
    """Raises InvalidSetting in our own words and without a cause: the parser's message quotes the URL with its
    password."""
    try:
        ports = str(conninfo_to_dict(url).get("port") or "").split(",")
    except psycopg.ProgrammingError:
        # An example with user and password would be masked like a real one.
        raise InvalidSetting(
            "HOPLINE_DATABASE_URL is not a database's URL: write postgresql://HOST:5432/DATABASE, with the user's name,"
            " a colon, the password and an @ before HOST."
        ) from None
    if any(port and not (port.isdecimal() and 0 < int(port) < 65_536) for port in ports):
        raise InvalidSetting("HOPLINE_DATABASE_URL: the port must be a number from 1 to 65535.")
