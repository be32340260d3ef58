"""Guards around the databases that questions wait for: one that hangs costs a question some seconds, later ones
nothing."""

from collections.abc import Callable
from pathlib import Path

from agent.serving.guard import Guard
from tools.database.opening import open_tables
from tools.database.tables import Database, T, Tables, Transaction
from tools.errors import MemoryUnavailable

FILE_SECONDS = 15.0
"""More than the ten seconds that SQLite waits for its turn."""

SERVER_SECONDS = 5.0
"""More than it takes to find that a Postgres is gone; one that says nothing for so long hangs."""


class GuardedDatabase:
    """A transaction that failed has stored nothing, one that was given up may still be stored: it is tried again only
    where that makes no difference."""

    def __init__(self, database: Database, guard: Guard) -> None:
        self._database, self._guard = database, guard

    async def run(self, work: Callable[[Transaction], T]) -> T:
        return await self._guard.call(lambda: self._database.run(work))

    async def scrub(self) -> None:
        await self._database.scrub()

    async def close(self) -> None:
        await self._database.close()


def guarded(database: Database, port: str, *, seconds: float = FILE_SECONDS, attempts: int = 1) -> Database:
    """`port` is what people call it. `attempts` above 1 is for tables whose rows are keyed by what they tell of."""
    return GuardedDatabase(database, Guard(port, MemoryUnavailable, timeout_seconds=seconds, attempts=attempts))


def open_guarded(tables: Tables, home: Path, database_url: str | None, port: str, *, attempts: int = 1) -> Database:
    """A guard around what `open_tables` opens; nothing is opened before the first use."""
    seconds = SERVER_SECONDS if database_url else FILE_SECONDS
    return guarded(open_tables(tables, home, database_url), port, seconds=seconds, attempts=attempts)
