"""Where LangGraph's checkpoints lie: one SQLite file, or Postgres for several machines."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.serving.runs import StateSerializer
from tools.errors import InvalidSetting, MemoryUnavailable
from tools.private_files import keep_private

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver

MAX_CONNECTIONS = 8
CONNECT_SECONDS = 10.0
STEP_SECONDS = 10.0
"""For keeping a step, its wait for the saver's lock included: of a server that hangs, a question hears no later."""


@asynccontextmanager
async def open_saver(home: Path, database_url: str | None) -> "AsyncIterator[BaseCheckpointSaver[Any]]":
    """Laid out and ready. Raises InvalidSetting or MemoryUnavailable."""
    opened = _postgres(database_url) if database_url else _sqlite(home / "checkpoints.sqlite")
    async with opened as saver:
        yield saver


@asynccontextmanager
async def _sqlite(path: Path) -> "AsyncIterator[BaseCheckpointSaver[Any]]":
    import aiosqlite
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    await asyncio.to_thread(keep_private, path)
    async with aiosqlite.connect(path) as connection:
        for pragma in ("busy_timeout = 10000", "synchronous = NORMAL", "secure_delete = ON"):
            await connection.execute_fetchall(f"PRAGMA {pragma}")
        saver = AsyncSqliteSaver(connection, serde=StateSerializer())
        await saver.setup()
        yield saver


@asynccontextmanager
async def _postgres(url: str) -> "AsyncIterator[BaseCheckpointSaver[Any]]":
    try:
        await asyncio.to_thread(import_module, "psycopg")  # looks for its C library: not in the loop
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
                async with asyncio.timeout(STEP_SECONDS), super()._cursor(pipeline=pipeline) as cursor:
                    yield cursor
            except TimeoutError:
                raise MemoryUnavailable(
                    f"The question can't be kept step by step (no answer within {STEP_SECONDS:g} s)."
                ) from None
            except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
                reason = " ".join(str(error).split())
                raise MemoryUnavailable(f"The question can't be kept step by step ({reason}).") from error

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
