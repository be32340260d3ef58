"""Checkpoints in one SQLite file."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple
from langgraph.checkpoint.serde.base import SerializerProtocol
from langgraph.checkpoint.sqlite import SqliteSaver

from tools.checkpoints.steps import in_time, is_whole
from tools.database.sqlite import BUSY_TIMEOUT_SECONDS, errors_named
from tools.private_files import keep_private

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

T = TypeVar("T")

MENDING = "move it away, it holds nothing but questions that did not end"


@asynccontextmanager
async def open_sqlite(path: Path, serde: SerializerProtocol) -> AsyncIterator[SqliteSaver]:
    """Laid out and ready. Raises StorageDamaged, StorageFull or MemoryUnavailable."""
    thread = ThreadPoolExecutor(1, thread_name_prefix="checkpoints-sqlite")
    in_thread = partial(asyncio.get_running_loop().run_in_executor, thread)
    try:
        saver = await in_thread(_Steps, path, serde, in_thread)
        yield saver
        await in_thread(saver.conn.close)
    finally:
        thread.shutdown(wait=False)


class _Steps(SqliteSaver):
    """Each call is one transaction in the one thread that owns the connection: whoever awaits it may be cancelled
    without leaving it half done, or the file locked."""

    def __init__(self, path: Path, serde: SerializerProtocol, in_thread: Callable[..., Awaitable[Any]]) -> None:
        """In that thread."""
        self._path, self._in_thread = path, in_thread
        with errors_named(path, MENDING):
            keep_private(path)
            super().__init__(sqlite3.connect(path, timeout=BUSY_TIMEOUT_SECONDS), serde=serde)
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
        if is_whole(writes):
            await self._call(self.put_writes, config, writes, task_id, task_path)

    async def adelete_thread(self, thread_id: str) -> None:
        await self._call(self.delete_thread, thread_id)

    async def _call(self, work: Callable[..., T], *arguments: Any) -> T:
        async with in_time():
            found: T = await self._in_thread(work, *arguments)
        return found
