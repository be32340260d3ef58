"""The store at a URI, over the real protocol."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from tests.doubles import HashEmbedder
from tests.milvus_server import make_collections, overheard, running_milvus
from tests.tools.store.passages import passage
from tools.passages import Reader
from tools.store.address import Address
from tools.store.milvus import MilvusStore
from tools.store.schema import Identity

PEOPLE = Reader(groups=("people",))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    asyncio.run(make_collections(tmp_path / "served.db", HashEmbedder(), ["shared"]))
    with running_milvus(tmp_path / "served.db") as uri:
        yield uri


async def opened(uri: str) -> MilvusStore:
    own = HashEmbedder()
    return await MilvusStore.open(Address(uri), "shared", Identity(own.name, own.dimension))


async def test_two_stores_share_a_server_under_each_readers_rights(server: str) -> None:
    writer, reader = await opened(server), await opened(server)
    passages = [passage("open", "The gate."), passage("kept", "The gate key.", source="b.md", groups=("people",))]
    vectors = await HashEmbedder().embed_passages([each.content for each in passages])
    await writer.upsert(passages, vectors)
    for who, wanted in ((PEOPLE, {"open", "kept"}), (Reader(), {"open"})):
        found = await reader.search("gate", list(vectors[0]), who, 5)
        assert {hit.passage.key for hit in found} == wanted
    assert await writer.delete_source("b.md", "default") == 1
    assert [hit.passage.key for hit in await reader.search("gate", list(vectors[0]), PEOPLE, 5)] == ["open"]
    await writer.close()
    await reader.close()


READS: dict[str, Callable[[MilvusStore], Awaitable[object]]] = {
    "count": lambda store: store.count(),
    "keys_of_source": lambda store: store.keys_of_source("a.md", "default"),
    "stored": lambda store: store.stored(["a"]),
    "delete_source": lambda store: store.delete_source("a.md", "default"),
}


@pytest.mark.parametrize("read", READS)
async def test_what_decides_on_a_write_is_read_as_the_last_writer_left_it(server: str, read: str) -> None:
    """A server's bounded staleness would hide the rows of an ingestion that ended a moment ago in another process."""
    from pymilvus.grpc_gen.common_pb2 import ConsistencyLevel
    from pymilvus.grpc_gen.milvus_pb2 import QueryRequest

    levels: list[str] = []

    def hear(request: bytes) -> None:
        levels.append(ConsistencyLevel.Name(QueryRequest.FromString(request).consistency_level))

    writer = await opened(server)
    await writer.upsert([passage("a")], await HashEmbedder().embed_passages(["Some text."]))
    await writer.close()
    with overheard(server, "Query", hear) as relay:
        store = await opened(relay)
        await store.readable_sources(["a.md"], PEOPLE)
        assert set(levels) == {"Bounded"}
        levels.clear()
        await READS[read](store)
        assert set(levels) == {"Strong"}
        await store.close()
