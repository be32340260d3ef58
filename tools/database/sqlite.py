"""Tables in one SQLite file, which several processes may open at once."""

import asyncio
import errno
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random

from tools.database.tables import Row, T, Tables, Transaction, spelled_out
from tools.errors import HoplineError, InvalidSetting, MemoryUnavailable, StorageDamaged, StorageFull, StoreMismatch
from tools.private_files import keep_private

BUSY_TIMEOUT_SECONDS = 10.0
STEPS_BETWEEN_LOOKS = 100_000
_NOW = "((julianday('now') - 2440587.5) * 86400.0)"
_WORDS = {
    "p": "",
    "now": _NOW,
    "skip_locked": "",
    "serial": "INTEGER PRIMARY KEY AUTOINCREMENT",
    "float": "REAL",
}


class SqliteDatabase:
    """One thread owns the one connection and does all the work. What `run` has returned from survives kill -9."""

    def __init__(self, path: Path, tables: Tables) -> None:
        self._path, self._tables = path, tables
        self._spelled_out = cache(partial(spelled_out, words={**tables.words, **_WORDS}))
        self._connection: sqlite3.Connection | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._waiting: deque[tuple[Callable[[Transaction], Any], asyncio.Future[Any]]] = deque()
        self._is_busy = False

    async def run(self, work: Callable[[Transaction], T]) -> T:
        """In a burst the thread takes all waiting work at once: switching threads costs more than a transaction."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._waiting.append((work, done))
        if not self._is_busy:
            self._is_busy = True
            loop.run_in_executor(self._own_thread(), self._run_waiting, loop)
        return await done

    async def scrub(self) -> None:
        """Deleted rows are overwritten in the file, but stay in the write-ahead log until it is truncated here."""
        await asyncio.get_running_loop().run_in_executor(self._own_thread(), self._scrub)

    async def close(self) -> None:
        """The next use opens it again."""
        thread, self._thread = self._thread, None
        if thread is not None:
            await asyncio.get_running_loop().run_in_executor(thread, self._close)
            thread.shutdown(wait=False)

    async def remove(self) -> None:
        """Delete the file with everything in it. The next use makes a new one."""
        await self.close()
        await asyncio.to_thread(self._remove)

    def _remove(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(f"{self._path.name}{suffix}").unlink(missing_ok=True)

    def _own_thread(self) -> ThreadPoolExecutor:
        self._thread = self._thread or ThreadPoolExecutor(1, thread_name_prefix=f"{self._tables.name}-sqlite")
        return self._thread

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
        """Runs in the event loop: picks up work that arrived while the thread was ending."""
        self._is_busy = bool(self._waiting)
        if self._is_busy:
            loop.run_in_executor(self._own_thread(), self._run_waiting, loop)

    def _run(self, work: Callable[[Transaction], T]) -> T:
        with errors_named(self._path, self._tables.mending):
            connection = self._opened()
            return _in_transaction(connection, lambda: work(_SqliteTransaction(connection, self._spelled_out)))

    def _scrub(self) -> None:
        with errors_named(self._path, self._tables.mending):
            self._opened().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _opened(self) -> sqlite3.Connection:
        self._connection = self._connection or _opened(self._path, self._tables)
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def damage_of(path: Path, seconds: float) -> str | None:
    """What is wrong with a database file, as a clause, or None. Changes nothing; stops checking after the given
    time."""
    if path.is_dir():
        return "is a folder"
    ends = time.monotonic() + seconds
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.set_progress_handler(lambda: time.monotonic() > ends, STEPS_BETWEEN_LOOKS)
            ((found,),) = connection.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.Error as error:
        is_well = _is_busy(error) or _primary_code(error) == sqlite3.SQLITE_INTERRUPT
        return None if is_well else f"can't be read ({error})"
    return None if found == "ok" else f"is damaged ({found})"


def _settle(ended: Sequence[tuple["asyncio.Future[Any]", Any, Exception | None]]) -> None:
    for done, result, error in ended:
        if done.done():  # the caller was cancelled; the work is done all the same
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
    keep_private(path)
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        # When two processes switch a new file to WAL at once, one gets SQLITE_BUSY without any wait.
        for attempt in Retrying(
            retry=retry_if_exception(_is_busy),
            stop=stop_after_delay(BUSY_TIMEOUT_SECONDS),
            wait=wait_random(0.01, 0.1),
            reraise=True,
        ):
            with attempt:
                _prepare(connection, path, tables)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path, tables: Tables) -> None:
    kept = "FULL" if tables.flushed else "NORMAL"
    for pragma in ("journal_mode = WAL", f"synchronous = {kept}", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    _in_transaction(connection, lambda: _lay_out(connection, path, tables))


def _lay_out(connection: sqlite3.Connection, path: Path, tables: Tables) -> None:
    ((version,),) = connection.execute("PRAGMA user_version").fetchall()
    if version > tables.version:
        raise StoreMismatch(
            f"{path} was written by a newer Hopline (format {version}, this one reads {tables.version}): upgrade."
        )
    statements = tables.statements if version == 0 else ()
    for older in range(version, tables.version) if version else ():
        statements += tables.migrations[older].sqlite
    for statement in statements:
        connection.execute(spelled_out(statement, {**tables.words, **_WORDS}))
    if version < tables.version:
        connection.execute(f"PRAGMA user_version = {tables.version}")


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, sqlite3.Error) and _primary_code(error) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _primary_code(error: sqlite3.Error) -> int:
    """SQLite's primary result code, without the extension in the higher bits; 0 when Python's own layer complains."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


@contextmanager
def errors_named(path: Path, mending: str) -> Iterator[None]:
    """Raises SQLite's errors within the block as ours, naming the file. `mending` says what to do about a damaged
    one."""
    try:
        yield
    except sqlite3.Error as error:
        raise _named(error, path, mending) from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull(f"{path}: the disk is full; make room, nothing that was accepted is lost.") from error
        raise InvalidSetting(f"HOPLINE_HOME: {path} can't be created ({error.strerror}).") from error


def _named(error: sqlite3.Error, path: Path, mending: str) -> HoplineError:
    code = _primary_code(error)
    if code == sqlite3.SQLITE_FULL or getattr(error, "sqlite_errorname", "") == "SQLITE_IOERR_SHMSIZE":
        return StorageFull(f"{path}: the disk is full; make room, nothing that was accepted is lost.")
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return StorageDamaged(f"{path} is damaged ({error}): {mending}.")
    if path.is_dir():
        return StorageDamaged(f"{path} is a folder: {mending}.")
    if code in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}:
        return InvalidSetting(f"HOPLINE_HOME: {path} can't be opened for writing ({error}).")
    if _is_busy(error):
        return MemoryUnavailable(f"{path} was locked by another process for {BUSY_TIMEOUT_SECONDS:.0f} s; try again.")
    return MemoryUnavailable(f"{path} could not be read or written ({error}).")
