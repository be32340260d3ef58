"""Tables in one SQLite file, which several processes may open at once."""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import Any

from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random

from tools.database.tables import Row, T, Tables, Transaction, spelled_out
from tools.errors import HoplineError, InvalidSetting, MemoryUnavailable, StorageDamaged, StorageFull, StoreMismatch

BUSY_TIMEOUT_SECONDS = 10.0
_NOW = "((julianday('now') - 2440587.5) * 86400.0)"
_WORDS = {
    "p": "",
    "now": _NOW,
    "skip_locked": "",
    "serial": "INTEGER PRIMARY KEY AUTOINCREMENT",
    "float": "REAL",
}


class SqliteDatabase:
    """All work goes through one thread that owns the one connection. Kill -9 loses nothing that `run` returned from."""

    def __init__(self, path: Path, tables: Tables) -> None:
        self._path, self._tables = path, tables
        self._spelled_out = cache(partial(spelled_out, words={**tables.words, **_WORDS}))
        self._connection: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"{tables.name}-sqlite")
        self._waiting: deque[tuple[Callable[[Transaction], Any], asyncio.Future[Any]]] = deque()
        self._is_busy = False

    async def run(self, work: Callable[[Transaction], T]) -> T:
        """In a burst the thread takes all that waits in one go: handing over costs more than a transaction does."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._waiting.append((work, done))
        if not self._is_busy:
            self._is_busy = True
            loop.run_in_executor(self._thread, self._run_waiting, loop)
        return await done

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown(wait=False)

    def _run_waiting(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._waiting:
            ended: list[tuple[asyncio.Future[Any], Any, Exception | None]] = []
            for _ in range(len(self._waiting)):
                work, done = self._waiting.popleft()
                try:
                    ended.append((done, self._run(work), None))
                except Exception as error:  # noqa: BLE001 - raised again where `run` is awaited
                    ended.append((done, None, error))
            loop.call_soon_threadsafe(_settle, ended)
        loop.call_soon_threadsafe(self._rest, loop)

    def _rest(self, loop: asyncio.AbstractEventLoop) -> None:
        """Back in the loop: what came while the thread was leaving is taken up again."""
        self._is_busy = bool(self._waiting)
        if self._is_busy:
            loop.run_in_executor(self._thread, self._run_waiting, loop)

    def _run(self, work: Callable[[Transaction], T]) -> T:
        try:
            connection = self._connection = self._connection or _opened(self._path, self._tables)
            return _in_transaction(connection, lambda: work(_SqliteTransaction(connection, self._spelled_out)))
        except sqlite3.Error as error:
            raise _named(error, self._path) from error
        except OSError as error:
            raise InvalidSetting(f"HOPLINE_HOME: {self._path} can't be created ({error.strerror}).") from error

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _settle(ended: Sequence[tuple["asyncio.Future[Any]", Any, Exception | None]]) -> None:
    for done, result, error in ended:
        if done.done():  # whoever waited was cancelled; the work is done all the same
            continue
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)


class _SqliteTransaction:
    def __init__(self, connection: sqlite3.Connection, spelled_out: Callable[[str], str]) -> None:
        self._connection, self._spelled_out = connection, spelled_out

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        return self._connection.execute(self._spelled_out(statement), tuple(parameters)).fetchall()


def _in_transaction(connection: sqlite3.Connection, work: Callable[[], T]) -> T:
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work()
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result


def _opened(path: Path, tables: Tables) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=True)
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON"):
            _patient(partial(connection.execute, f"PRAGMA {pragma}")).fetchall()
        _in_transaction(connection, lambda: _lay_out(connection, path, tables))
    except BaseException:
        connection.close()
        raise
    return connection


def _patient(work: Callable[[], T]) -> T:
    """Two processes that open a new file at once: switching to WAL meets SQLITE_BUSY without waiting."""
    retrying = Retrying(
        retry=retry_if_exception(_is_busy),
        stop=stop_after_delay(BUSY_TIMEOUT_SECONDS),
        wait=wait_random(0.005, 0.05),
        reraise=True,
    )
    return retrying(work)


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, sqlite3.OperationalError) and (error.sqlite_errorcode & 0xFF) == sqlite3.SQLITE_BUSY


def _lay_out(connection: sqlite3.Connection, path: Path, tables: Tables) -> None:
    ((version,),) = connection.execute("PRAGMA user_version").fetchall()
    if version > tables.version:
        raise StoreMismatch(
            f"{path} was written by a newer Hopline (format {version}, this one reads {tables.version}): upgrade."
        )
    if version == 0:
        for statement in tables.statements:
            connection.execute(spelled_out(statement, {**tables.words, **_WORDS}))
        connection.execute(f"PRAGMA user_version = {tables.version}")


def _named(error: sqlite3.Error, path: Path) -> HoplineError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return StorageFull(f"{path}: the disk is full; make room, nothing that was accepted is lost.")
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return StorageDamaged(f"{path} is damaged ({error}): restore it, or move it away to start anew.")
    if code in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}:
        return InvalidSetting(f"HOPLINE_HOME: {path} can't be opened for writing ({error}).")
    return MemoryUnavailable(f"{path} could not be read or written ({error}).")
