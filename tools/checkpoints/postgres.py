"""Checkpoints in Postgres, for several processes on several machines; the optional extra `postgres`."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.serde.base import SerializerProtocol
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from tools.checkpoints.steps import in_time, is_whole
from tools.database.postgres import check_url
from tools.errors import MemoryUnavailable

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

MAX_CONNECTIONS = 8
CONNECT_SECONDS = 10.0


@asynccontextmanager
async def open_postgres(url: str, serde: SerializerProtocol) -> AsyncIterator[AsyncPostgresSaver]:
    """Laid out and ready. Raises InvalidSetting or MemoryUnavailable."""
    check_url(url)  # the pool would log the parser's complaint
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
        saver = _Steps(pool, serde=serde)
        await saver.setup()
    except (psycopg.Error, PoolTimeout) as error:
        await pool.close()
        reason = " ".join(str(error).split())
        raise MemoryUnavailable(f"HOPLINE_DATABASE_URL: the database did not answer ({reason}).") from error
    try:
        yield saver
    finally:
        await pool.close()


class _Steps(AsyncPostgresSaver):
    """Every statement goes through the cursor: a server that went away is said in our words, whatever was asked."""

    @asynccontextmanager
    async def _cursor(self, *, pipeline: bool = False) -> AsyncIterator[Any]:
        try:
            async with in_time(), super()._cursor(pipeline=pipeline) as cursor:
                yield cursor
        except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
            reason = " ".join(str(error).split())
            raise MemoryUnavailable(f"The question can't be kept step by step ({reason}).") from error

    async def aput_writes(
        self, config: "RunnableConfig", writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        if is_whole(writes):
            await super().aput_writes(config, writes, task_id, task_path)
