"""Which state of the documents an answer rests on: a number per store and tenant that every write moves.

A write announces itself before its first row and after its last. While one is under way, and for a moment after it,
there is no generation that anything could be remembered under. So whatever was worked out between two equal readings
saw no write at all, and what is kept under a number is true as long as the number stands.
"""

import random
import uuid
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from agent.serving.batching import Batcher
from agent.serving.databases import guarded
from tools.database.opening import open_tables
from tools.database.tables import Database, Tables, Transaction
from tools.errors import HoplineError
from tools.passages import Hit, Passage, Reader
from tools.ports import FloatArray, Onward, PassageStore

TABLES = Tables(
    "generations",
    version=1,
    statements=(
        """CREATE TABLE {p}counters (
            store TEXT NOT NULL, tenant TEXT NOT NULL, value BIGINT NOT NULL, PRIMARY KEY (store, tenant))""",
        """CREATE TABLE {p}writes (
            id TEXT PRIMARY KEY, store TEXT NOT NULL, tenant TEXT NOT NULL, until {float} NOT NULL)""",
    ),
)
EVERY_TENANT = ""
"""Deleting by primary key names no tenant: it moves the number of all."""

WRITE_SECONDS = 60.0
"""How long a write that never ended, its process killed or its request unanswered, may still change rows."""

SERVER_SETTLES_SECONDS = 10.0
"""A server's bounded reads may be five seconds behind another process's write; an embedded file's never are."""

READ_SECONDS = 0.5
"""A number that takes longer than this to read costs more than what it would save."""

_READS_A_BATCH = 256
_FIRST_NUMBERS = 2**52


class Generations:
    """The numbers of one collection, in the database that all its processes share."""

    def __init__(self, database: Database, store: str, *, settles_seconds: float) -> None:
        self._database, self._store, self._settles_seconds = database, store, settles_seconds
        # A question needs the number for its caches alone: it is not held up by a database that hangs or is gone.
        self._readable = guarded(database, "the documents' generation", seconds=READ_SECONDS)
        self._reads: Batcher[str, list[int | None]] = Batcher(self._read, max_items=_READS_A_BATCH)

    async def current(self, tenant: str) -> int | None:
        """The tenant's number; None while a write is under way, or when the database can't say at once. Those who ask
        at the same moment share one reading, which begins after all of them have asked."""
        return (await self._reads.run([tenant]))[0]

    @asynccontextmanager
    async def writing(self, tenants: Iterable[str]) -> AsyncIterator[None]:
        """Around every change of rows. Raises MemoryUnavailable before anything is written when it can't be announced.
        A change that fails may still arrive: its mark stays until it lapses."""
        changed, mark = sorted(set(tenants)), uuid.uuid4().hex
        await self._database.run(lambda tx: self._begin(tx, changed, mark))
        yield
        await self._database.run(lambda tx: self._end(tx, changed, mark))

    async def close(self) -> None:
        await self._database.close()

    async def _read(self, tenants: list[str]) -> list[int | None]:
        try:
            found = await self._readable.run(lambda tx: self._numbers(tx, set(tenants)))
        except HoplineError:
            return [None] * len(tenants)  # nothing is remembered, nothing remembered is used
        return [found[tenant] for tenant in tenants]

    def _numbers(self, tx: Transaction, tenants: set[str]) -> dict[str, int | None]:
        counters = self._counters(tx)
        if EVERY_TENANT not in counters:
            self._move(tx, EVERY_TENANT)
            counters = self._counters(tx)
        rows = tx.execute("SELECT tenant FROM {p}writes WHERE store = ? AND until > {now}", (self._store,))
        changing = {tenant for (tenant,) in rows}
        return {
            tenant: None if changing & {tenant, EVERY_TENANT} else counters.get(tenant, 0) + counters[EVERY_TENANT]
            for tenant in tenants
        }

    def _counters(self, tx: Transaction) -> dict[str, int]:
        rows = tx.execute("SELECT tenant, value FROM {p}counters WHERE store = ?", (self._store,))
        return {str(tenant): int(value) for tenant, value in rows}

    def _begin(self, tx: Transaction, tenants: Sequence[str], mark: str) -> None:
        tx.execute("DELETE FROM {p}writes WHERE store = ? AND until <= {now}", (self._store,))
        for tenant in tenants:
            self._move(tx, tenant)
            tx.execute(
                "INSERT INTO {p}writes (id, store, tenant, until) VALUES (?, ?, ?, {now} + ?)",
                (f"{mark}:{tenant}", self._store, tenant, WRITE_SECONDS),
            )

    def _end(self, tx: Transaction, tenants: Sequence[str], mark: str) -> None:
        for tenant in tenants:
            self._move(tx, tenant)
            tx.execute(
                "UPDATE {p}writes SET until = {now} + ? WHERE id = ?", (self._settles_seconds, f"{mark}:{tenant}")
            )

    def _move(self, tx: Transaction, tenant: str) -> None:
        """A number begins anywhere: one of a database that was thrown away must not come again."""
        first = random.randrange(1, _FIRST_NUMBERS)  # noqa: S311 - no secret
        tx.execute(
            "INSERT INTO {p}counters (store, tenant, value) VALUES (?, ?, ?)"
            " ON CONFLICT (store, tenant) DO UPDATE SET value = {p}counters.value + 1",
            (self._store, tenant, first),
        )


def open_generations(home: Path, database_url: str | None, *, milvus_uri: str | None, collection: str) -> Generations:
    store = f"{milvus_uri or 'embedded'}/{collection}"
    return Generations(
        open_tables(TABLES, home, database_url),
        store,
        settles_seconds=SERVER_SETTLES_SECONDS if milvus_uri else 0.0,
    )


class AnnouncingStore:
    """A PassageStore whose every write moves the generation, whoever writes and for whatever reason."""

    def __init__(self, store: PassageStore, generations: Generations) -> None:
        self._store, self._generations = store, generations

    @property
    def generations(self) -> Generations:
        return self._generations

    async def upsert(self, passages: Sequence[Passage], vectors: FloatArray) -> None:
        async with self._generations.writing(passage.tenant for passage in passages):
            await self._store.upsert(passages, vectors)

    async def delete_keys(self, keys: Sequence[str]) -> None:
        if keys:
            async with self._generations.writing([EVERY_TENANT]):
                await self._store.delete_keys(keys)

    async def delete_source(self, source: str, tenant: str) -> int:
        async with self._generations.writing([tenant]):
            return await self._store.delete_source(source, tenant)

    async def keys_of_source(self, source: str, tenant: str) -> list[str]:
        return await self._store.keys_of_source(source, tenant)

    async def stored(self, keys: Sequence[str]) -> list[Hit]:
        return await self._store.stored(keys)

    async def readable_sources(self, sources: Sequence[str], reader: Reader) -> frozenset[str]:
        return await self._store.readable_sources(sources, reader)

    async def count(self) -> int:
        return await self._store.count()

    async def close(self) -> None:
        await self._store.close()
        await self._generations.close()

    async def search(self, query: str, vector: Sequence[float], reader: Reader, limit: int) -> list[Hit]:
        return await self._store.search(query, vector, reader, limit)

    async def find_names(self, names: Sequence[str], reader: Reader, limit: int) -> list[Hit]:
        return await self._store.find_names(names, reader, limit)

    async def find_onward(self, onward: Onward, reader: Reader, limit: int) -> list[Hit]:
        return await self._store.find_onward(onward, reader, limit)

    async def find_sources(self, sources: Sequence[str], reader: Reader, limit: int) -> list[Hit]:
        return await self._store.find_sources(sources, reader, limit)

    async def fetch(self, keys: Sequence[str], reader: Reader) -> list[Passage]:
        return await self._store.fetch(keys, reader)
