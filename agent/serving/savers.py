"""Where LangGraph's checkpoints lie: one SQLite file, or Postgres for several machines."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple
from langgraph.checkpoint.serde.types import ERROR
from langgraph.checkpoint.sqlite import SqliteSaver

from agent.serving.runs import StateSerializer
from tools.database.sqlite import BUSY_TIMEOUT_SECONDS, errors_named
from tools.errors import InvalidSetting, MemoryUnavailable
from tools.private_files import keep_private

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langgraph.checkpoint.base import BaseCheckpointSaver

T = TypeVar("T")

MAX_CONNECTIONS = 8
CONNECT_SECONDS = 10.0
STEP_SECONDS = 10.0
"""For keeping a step, its wait for its turn included: of a database that hangs, a question hears no later."""

MENDING = "move it away, it holds nothing but questions that did not end"


@asynccontextmanager
async def open_saver(home: Path, database_url: str | None) -> "AsyncIterator[BaseCheckpointSaver[Any]]":
    """Laid out and ready. Raises InvalidSetting or MemoryUnavailable."""
    opened = _postgres(database_url) if database_url else _sqlite(home / "checkpoints.sqlite")
    async with opened as saver:
        yield saver


@asynccontextmanager
async def _sqlite(path: Path) -> "AsyncIterator[BaseCheckpointSaver[Any]]":
    thread = ThreadPoolExecutor(1, thread_name_prefix="checkpoints-sqlite")
    in_thread = partial(asyncio.get_running_loop().run_in_executor, thread)
    try:
        saver = await in_thread(_SqliteSteps, path, in_thread)
        yield saver
        await in_thread(saver.conn.close)
    finally:
        thread.shutdown(wait=False)


class _SqliteSteps(SqliteSaver):
    """Each call is one transaction in the one thread that owns the connection: whoever awaits it may be cancelled
    without leaving it half done, or the file locked."""

    def __init__(self, path: Path, in_thread: Callable[..., Awaitable[Any]]) -> None:
        """In that thread."""
        self._path, self._in_thread = path, in_thread
        with errors_named(path, MENDING):
            keep_private(path)
            super().__init__(sqlite3.connect(path, timeout=BUSY_TIMEOUT_SECONDS), serde=StateSerializer())
            for pragma in ("synchronous = NORMAL", "secure_delete = ON"):
                self.conn.execute(f"PRAGMA {pragma}").fetchall()
            self.setup()

    @contextmanager
    def cursor(self, transaction: bool = True) -> Iterator[sqlite3.Cursor]:
        with errors_named(self._path, MENDING), self.conn, closing(self.conn.cursor()) as cursor:
            yield cursor

    async def aget_tuple(self, config: "RunnableConfig") -> CheckpointTuple | None:
        return await self._call(self.get_tuple, config)

    async def alist(self, config: "RunnableConfig | None", **which: Any) -> AsyncIterator[CheckpointTuple]:
        for kept in await self._call(lambda: list(self.list(config, **which))):
            yield kept

    async def aput(
        self,
        config: "RunnableConfig",
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> "RunnableConfig":
        return await self._call(self.put, config, checkpoint, metadata, new_versions)

    async def aput_writes(
        self, config: "RunnableConfig", writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        if _is_whole(writes):
            await self._call(self.put_writes, config, writes, task_id, task_path)

    async def adelete_thread(self, thread_id: str) -> None:
        await self._call(self.delete_thread, thread_id)

    async def _call(self, work: Callable[..., T], *arguments: Any) -> T:
        async with _in_time():
            found: T = await self._in_thread(work, *arguments)
        return found


@asynccontextmanager
async def _postgres(url: str) -> "AsyncIterator[BaseCheckpointSaver[Any]]":
    try:
        for vendor in ("psycopg", "psycopg_pool"):  # they look for a C library and read files: not in the loop
            await asyncio.to_thread(import_module, vendor)
        import psycopg
        from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
        from psycopg.rows import dict_row
        from psycopg_pool import AsyncConnectionPool, PoolTimeout

        from tools.database.postgres import check_url
    except ModuleNotFoundError as error:
        raise InvalidSetting(
            "HOPLINE_DATABASE_URL: Postgres needs optional packages; install them with pip install 'hopline[postgres]'."
        ) from error
    check_url(url)  # the pool would log the parser's complaint

    class Saver(AsyncPostgresSaver):
        """Every statement goes through the cursor: a server that went away is said in our words, whatever was asked."""

        @asynccontextmanager
        async def _cursor(self, *, pipeline: bool = False) -> AsyncIterator[Any]:
            try:
                async with _in_time(), super()._cursor(pipeline=pipeline) as cursor:
                    yield cursor
            except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
                reason = " ".join(str(error).split())
                raise MemoryUnavailable(f"The question can't be kept step by step ({reason}).") from error

        async def aput_writes(
            self, config: "RunnableConfig", writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
        ) -> None:
            if _is_whole(writes):
                await super().aput_writes(config, writes, task_id, task_path)

    pool: Any = AsyncConnectionPool(
        url,
        min_size=1,
        max_size=MAX_CONNECTIONS,
        timeout=CONNECT_SECONDS,
        check=AsyncConnectionPool.check_connection,
        kwargs={"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row},
        open=False,
    )
    try:
        await pool.open(wait=True, timeout=CONNECT_SECONDS)
        saver = Saver(pool, serde=StateSerializer())
        await saver.setup()
    except (psycopg.Error, PoolTimeout) as error:
        await pool.close()
        reason = " ".join(str(error).split())
        raise MemoryUnavailable(f"HOPLINE_DATABASE_URL: the database did not answer ({reason}).") from error
    try:
        yield saver
    finally:
        await pool.close()


def _is_whole(writes: Sequence[tuple[str, Any]]) -> bool:
    """A step that failed or was cancelled may have written half of what it had to, its error behind it. LangGraph would
    take that for all: without its way onward, the run would be at its end."""
    return all(channel != ERROR for channel, _ in writes)


@asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(STEP_SECONDS):
            yield
    except TimeoutError:
        raise MemoryUnavailable(
            f"The question can't be kept step by step (no answer within {STEP_SECONDS:g} s)."
        ) from None
