"""Opening, sharing, losing and closing the embedded store."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import nullcontext
from pathlib import Path

import pytest
import pytest_asyncio
from pymilvus.exceptions import MilvusException

from tests.tools.store.passages import DIMENSION, IDENTITY, passage, vectors
from tools.errors import PermanentError, SearchUnavailable, StoreEmpty, StoreInUse, StoreMismatch
from tools.passages import Reader
from tools.ports import Onward
from tools.store import embedded
from tools.store.address import Address
from tools.store.connection import Connection
from tools.store.milvus import MilvusStore
from tools.store.schema import Identity

HOLDER = """
import asyncio, sys
from tests.tools.store.passages import IDENTITY, passage, vectors
from tools.store.address import Address
from tools.store.milvus import MilvusStore

async def main():
    store = await MilvusStore.open(Address(sys.argv[1]), "tests", IDENTITY, create=True)
    print("open", flush=True)
    n = 0
    while True:
        await store.upsert([passage(f"k{n}")], vectors(1))
        print(n, flush=True)
        n += 1
        if sys.argv[2] == "hold":
            await asyncio.sleep(60)

asyncio.run(main())
"""


async def opened(path: Path, *, create: bool = True, dimension: int = DIMENSION, name: str = "random") -> MilvusStore:
    return await MilvusStore.open(Address(path), "tests", Identity(name, dimension), create=create)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest_asyncio.fixture
async def holder(path: Path) -> AsyncIterator[subprocess.Popen[str]]:
    """Another process that has the store open."""
    process = await asyncio.to_thread(_start, path, "hold")
    yield process
    process.kill()
    await asyncio.to_thread(process.wait)
    assert process.stdout
    process.stdout.close()


def _start(path: Path, mode: str) -> "subprocess.Popen[str]":
    root = Path(__file__).resolve().parents[3]
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path), mode],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(root)},
    )
    assert process.stdout
    assert process.stdout.readline() == "open\n"
    return process


async def test_a_missing_store_says_what_to_run_and_makes_no_file(path: Path) -> None:
    with pytest.raises(StoreEmpty, match="hopline ingest PATH"):
        await opened(path, create=False)
    assert list(path.parent.glob("*.db*")) == []


async def test_a_store_without_the_collection_is_empty_too(path: Path) -> None:
    await (await opened(path)).close()
    with pytest.raises(StoreEmpty, match="hopline ingest PATH"):
        await MilvusStore.open(Address(path), "another", IDENTITY)


@pytest.mark.parametrize("removed", [False, True])
async def test_a_collection_without_rows_is_empty_whatever_is_asked(path: Path, removed: bool) -> None:
    store = await opened(path)
    try:
        if removed:
            await store.upsert([passage("k1")], vectors(1))
            await store.delete_keys(["k1"])
        vector = vectors(1)[0]
        onward = Onward(tuple(map(float, vector)), texts=("text",))
        # Milvus Lite searches a collection that had a row; one that never had any it can't.
        with pytest.raises(StoreEmpty, match="hopline ingest PATH"):
            await store.search("text", vector, Reader(), 10)
        with nullcontext() if removed else pytest.raises(StoreEmpty, match="hopline ingest PATH"):
            assert await store.find_onward(onward, Reader(), 10) == []
        assert await store.find_names(["text"], Reader(), 10) == []
        assert await store.find_sources(["k1.md"], Reader(), 10) == []
        assert await store.fetch(["k1"], Reader()) == []
        assert await store.readable_sources(["k1.md"], Reader()) == frozenset()
        assert await store.stored(["k1"]) == []
    finally:
        await store.close()


async def test_a_store_of_which_a_reader_may_read_nothing_is_no_empty_one(path: Path) -> None:
    store = await opened(path)
    try:
        await store.upsert([passage("k1", groups=("finance",))], vectors(1))
        for reader in (Reader(), Reader(tenant="other", groups=("finance",))):
            assert await store.search("text", vectors(1)[0], reader, 10) == []
    finally:
        await store.close()


async def test_an_expression_that_is_refused_is_no_empty_store(path: Path) -> None:
    store = await opened(path)
    try:
        await store.upsert([passage("k1")], vectors(1))
        with pytest.raises(PermanentError, match="refused"):
            await store._collection.query("no such expression ==", ["pk"], 1)
    finally:
        await store.close()


async def test_a_closed_store_keeps_its_rows_and_opens_again_and_again(path: Path) -> None:
    for n in range(3):
        store = await opened(path, create=n == 0)
        assert await store.count() == n
        await store.upsert([passage(f"k{n}")], vectors(1))
        await store.close()
        await store.close()
    store = await opened(path, create=False)
    assert len(await store.search("text", vectors(1)[0], Reader(), 10)) == 3
    await store.close()


async def test_two_stores_on_one_file_in_one_process_share_it_until_the_last_closes(path: Path) -> None:
    first, second = await opened(path), await opened(path)
    await first.upsert([passage("a")], vectors(1))
    await first.close()
    assert await second.count() == 1
    await second.close()


@pytest.mark.parametrize(
    ("dimension", "name", "said"),
    [
        (DIMENSION, "other-model", r"'random' \(8 dimensions\), not with 'other-model' \(8\)"),
        (16, "random", r"'random' \(8 dimensions\), not with 'random' \(16\)"),
    ],
)
async def test_another_embedding_model_is_named_with_the_way_out(
    path: Path, dimension: int, name: str, said: str
) -> None:
    await (await opened(path)).close()
    with pytest.raises(StoreMismatch, match=said) as raised:
        await opened(path, dimension=dimension, name=name)
    assert "HOPLINE_COLLECTION" in str(raised.value)
    store = await opened(path, create=False)
    await store.close()


async def test_a_file_that_another_process_holds_names_the_process(path: Path, holder: "subprocess.Popen[str]") -> None:
    started = time.monotonic()
    with pytest.raises(StoreInUse, match="HOPLINE_MILVUS_URI") as raised:
        await opened(path)
    assert str(path) in str(raised.value)
    assert f"process {holder.pid}" in str(raised.value)
    assert time.monotonic() - started < embedded.LEAVING_SECONDS


async def test_a_holder_that_leaves_while_it_is_looked_for_is_not_reported(
    path: Path, holder: "subprocess.Popen[str]", monkeypatch: pytest.MonkeyPatch
) -> None:
    def left(lock_path: Path) -> int | None:
        holder.kill()
        holder.wait()
        return None

    monkeypatch.setattr(embedded, "_holder", left)
    await (await opened(path, create=False)).close()


async def test_killing_a_writer_loses_no_acknowledged_row_and_frees_the_file(path: Path) -> None:
    process = await asyncio.to_thread(_start, path, "write")
    assert process.stdout
    for _ in range(25):
        await asyncio.to_thread(process.stdout.readline)
    process.send_signal(signal.SIGKILL)
    rest = await asyncio.to_thread(process.stdout.read)
    process.wait()
    process.stdout.close()
    acknowledged = 25 + len(rest.splitlines())
    store = await opened(path, create=False)
    kept = await store.fetch([f"k{n}" for n in range(acknowledged)], Reader())
    assert len(kept) == acknowledged
    await store.close()


async def test_a_store_whose_server_is_killed_stands_up_by_itself_with_every_row(path: Path) -> None:
    store = await opened(path)
    beside = await opened(path)
    await store.upsert([passage("k")], vectors(1))
    for _ in range(2):
        embedded._servers[path.resolve()].process.kill()
        answers = await asyncio.gather(*(one.search("text", vectors(1)[0], Reader(), 5) for one in (store, beside) * 4))
        assert [[hit.passage.key for hit in hits] for hits in answers] == [["k"]] * 8
    await store.upsert([passage("l")], vectors(1))
    assert await beside.count() == 2
    await store.close()
    await beside.close()
    await (await opened(path, create=False)).close()


async def test_a_server_that_stands_up_again_is_found_from_every_event_loop(path: Path) -> None:
    store = await opened(path)
    await store.upsert([passage("k")], vectors(1))

    async def found() -> list[str]:
        return [hit.passage.key for hit in await store.search("text", vectors(1)[0], Reader(), 5)]

    elsewhere = asyncio.new_event_loop()
    assert await asyncio.to_thread(elsewhere.run_until_complete, found()) == ["k"]
    embedded._servers[path.resolve()].process.kill()
    assert await found() == ["k"]
    assert await asyncio.to_thread(elsewhere.run_until_complete, found()) == ["k"]
    await asyncio.to_thread(elsewhere.close)
    await store.close()


async def test_a_store_whose_opening_is_cancelled_is_open_to_others(path: Path) -> None:
    opening = asyncio.create_task(opened(path))
    await asyncio.sleep(0.01)  # Milvus Lite is starting
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    await asyncio.get_running_loop().shutdown_default_executor()  # once every thread has ended
    assert embedded._servers == {}


async def test_whoever_opens_a_file_whose_server_has_died_leaves_it_to_the_others_again(path: Path) -> None:
    store = await opened(path)
    await store.upsert([passage("k")], vectors(1))
    process = await asyncio.to_thread(embedded.process_of, path)
    process.kill()
    process.wait()
    await (await opened(path)).close()
    assert [hit.passage.key for hit in await store.search("text", vectors(1)[0], Reader(), 5)] == ["k"]
    await store.close()
    await (await opened(path, create=False)).close()


async def test_a_store_whose_server_can_not_come_up_again_is_unavailable_within_its_deadline(path: Path) -> None:
    store = await MilvusStore.open(Address(path, timeout_seconds=3), "tests", IDENTITY, create=True)
    embedded._servers[path.resolve()].process.kill()
    path.unlink()
    path.mkdir()
    started = time.monotonic()
    with pytest.raises(SearchUnavailable, match=str(path)):
        await store.search("text", vectors(1)[0], Reader(), 5)
    assert time.monotonic() - started < 4
    path.rmdir()
    await store.close()


async def test_a_server_that_never_answers_runs_into_the_deadline() -> None:
    silent = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    started = time.monotonic()
    with pytest.raises(SearchUnavailable, match=f"127.0.0.1:{port}"):
        await MilvusStore.open(Address(f"http://127.0.0.1:{port}", timeout_seconds=1), "tests", IDENTITY)
    assert time.monotonic() - started < 4
    silent.close()


async def test_a_password_in_the_uri_is_not_shown() -> None:
    with pytest.raises(SearchUnavailable, match=r"http://127\.0\.0\.1:9 ") as caught:
        await MilvusStore.open(Address("http://ada:pass4321@127.0.0.1:9", timeout_seconds=1), "c", IDENTITY)
    assert "pass4321" not in str(caught.value)


async def test_a_server_that_listens_before_it_is_ready_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = Connection("unix:none", Address(tmp_path / "store.db", timeout_seconds=5))
    monkeypatch.setattr(connection, "_client", lambda: None)
    answers = iter(["Mmap manager has not been init. at MmapManager.h:96", ""])

    async def create(client: object) -> str:
        if reason := next(answers):
            raise MilvusException(2000, reason)
        return "created"

    assert await connection.call(create, writes=True) == "created"
    with pytest.raises(PermanentError, match=r"store\.db refused a request: schema"):
        await connection.call(lambda client: refused(), writes=True)


async def refused() -> None:
    raise MilvusException(2000, "schema")


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(SearchUnavailable, match=r"127\.0\.0\.1:9 .* that HOPLINE_MILVUS_URI names it\.$"):
        await MilvusStore.open(Address("http://127.0.0.1:9", timeout_seconds=2), "tests", IDENTITY)


async def test_a_file_name_that_milvus_lite_refuses_is_named(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match=r"'my store\.db' can't be a store's file name"):
        await opened(tmp_path / "my store.db")


async def test_a_file_that_is_no_store_says_so(path: Path) -> None:
    path.write_text("this is not a database, it is a letter " * 100)
    with pytest.raises(PermanentError, match=str(path)):
        await opened(path, create=False)
    assert path.read_text().startswith("this is not a database")
