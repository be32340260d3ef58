"""Opens a store: starts Milvus Lite while the client library is imported, then checks the collection and its
identity."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tools.errors import StoreEmpty
from tools.store import embedded
from tools.store.address import Address
from tools.store.connection import Connection, import_vendor
from tools.store.schema import DenseIndex, Identity, check_identity, collection_schema, vector_indexes
from tools.uninterrupted import to_the_end

LOAD_SECONDS = 300.0
"""Loading takes longer than other requests: Milvus Lite reads the whole file and rebuilds its indexes in memory."""

POLL_SECONDS = 0.002
NOTHING_YET = "Nothing has been ingested yet; run: hopline ingest PATH"


async def prepare(address: Address, *, create: bool) -> str:
    """The URI to connect to. Milvus Lite starts while pymilvus is imported; both block, so both run in threads."""
    path = address.path
    if path is None:
        await asyncio.to_thread(import_vendor)
        return str(address.uri_or_path)
    both = asyncio.gather(
        asyncio.to_thread(_start, path, create), asyncio.to_thread(import_vendor), return_exceptions=True
    )
    try:
        started, imported = await to_the_end(both)
    except asyncio.CancelledError:
        if both.done() and not isinstance(both.result()[0], BaseException):
            await asyncio.to_thread(embedded.release, path)  # else it would stay open, and nobody's
        raise
    if isinstance(started, BaseException):
        raise started
    if isinstance(imported, BaseException):
        await asyncio.to_thread(embedded.release, path)
        raise imported
    return started


async def open_collection(
    connection: Connection, name: str, identity: Identity, index: DenseIndex, *, embedded: bool, create: bool
) -> None:
    """Load the collection, or create it. Raises StoreEmpty or StoreMismatch."""
    if not await connection.call(lambda client: client.has_collection(name, retry_times=0)):
        if not create:
            raise StoreEmpty(NOTHING_YET)
        indexes = vector_indexes(index, embedded=embedded)
        await _create(connection, name, identity, indexes, _index_embedded if embedded else _index)
        return
    described = await connection.call(lambda client: client.describe_collection(name, retry_times=0))
    check_identity(described.get("description", ""), identity, name, connection.place)
    await connection.call(lambda client: client.load_collection(name, retry_times=0), timeout_seconds=LOAD_SECONDS)


Indexing = Callable[[Any, str, list[Any]], Awaitable[None]]


async def _create(connection: Connection, name: str, identity: Identity, indexes: list[Any], indexed: Indexing) -> None:
    schema = collection_schema(identity)

    async def create(client: Any) -> None:
        await client.create_collection(name, schema=schema, consistency_level="Bounded", retry_times=0)
        await indexed(client, name, indexes)
        await client.load_collection(name, retry_times=0)

    await connection.call(create, writes=True, timeout_seconds=LOAD_SECONDS)


async def _index(client: Any, name: str, indexes: list[Any]) -> None:
    """Create the indexes at the same time: each request polls every half second until its index is there."""
    await asyncio.gather(*(client.create_index(name, one, retry_times=0) for one in indexes))


async def _index_embedded(client: Any, name: str, indexes: list[Any]) -> None:
    """Like `_index`, without pymilvus' wait of half a second before it first looks: Milvus Lite indexes an empty
    collection at once."""
    making = asyncio.ensure_future(_index(client, name, indexes))
    try:
        while not making.done() and len(await client.list_indexes(name, retry_times=0)) < len(indexes):
            await asyncio.wait([making], timeout=POLL_SECONDS)
        if making.done():
            await making
    finally:
        making.cancel()


def check_begun(path: Path) -> None:
    """Raises StoreEmpty if no embedded store was ever made."""
    if not path.exists():
        raise StoreEmpty(f"{NOTHING_YET} (HOPLINE_HOME is {path.parent.absolute()})")


def _start(path: Path, create: bool) -> str:
    if not create:
        check_begun(path)
    return embedded.acquire(path)
