"""Where checkpoints are kept: with the other files of the home, or in Postgres for several machines."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.serving.runs import StateSerializer
from tools.checkpoints.sqlite import open_sqlite
from tools.errors import InvalidSetting

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver


@asynccontextmanager
async def open_saver(home: Path, database_url: str | None) -> "AsyncIterator[BaseCheckpointSaver[Any]]":
    """Laid out and ready. Raises InvalidSetting or MemoryUnavailable."""
    if not database_url:
        async with open_sqlite(home / "checkpoints.sqlite", StateSerializer()) as saver:
            yield saver
        return
    try:
        # It looks for a C library and reads files: not in the loop.
        postgres = await asyncio.to_thread(import_module, "tools.checkpoints.postgres")
    except ModuleNotFoundError as error:
        raise InvalidSetting(
            "HOPLINE_DATABASE_URL: Postgres needs optional packages; install them with pip install 'hopline[postgres]'."
        ) from error
    async with postgres.open_postgres(database_url, StateSerializer()) as saver:
        yield saver
