"""A number that says which documents an answer rests on, seen by all processes."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.serving.generations import EVERY_TENANT, READ_SECONDS, AnnouncingStore, Generations, open_generations
from tests.agent.assistants import passage
from tests.doubles import HashEmbedder, MemoryStore
from tools.database.tables import T, Transaction
from tools.errors import HoplineError, InvalidSetting


def generations(home: Path, **options: str) -> Generations:
    return open_generations(home, options.get("url"), milvus_uri=None, collection=options.get("collection", "c"))


async def settled(of: Generations, tenant: str = "default") -> int:
    number = await of.current(tenant)
    assert number is not None
    return number


async def test_it_stands_until_something_is_written_and_never_comes_again(tmp_path: Path) -> None:
    here = generations(tmp_path)
    store = AnnouncingStore(MemoryStore(), here)
    seen = [await settled(here)]
    assert await here.current("default") == seen[0]
    one = passage("a", "A", "Text.")
    await store.upsert([one], await HashEmbedder().embed_passages(["Text."]))
    seen.append(await settled(here))
    await store.delete_keys(["a"])
    seen.append(await settled(here))
    await store.delete_source("a.md", "default")
    seen.append(await settled(here))
    assert len(set(seen)) == 4
    await store.close()


async def test_another_process_sees_it_move(tmp_path: Path) -> None:
    here, there = generations(tmp_path), generations(tmp_path)
    before = await settled(here)
    async with there.writing(["default"]):
        assert await here.current("default") is None
    after = await here.current("default")
    assert after is not None
    assert after > before
    await here.close()
    await there.close()


async def test_a_tenant_s_documents_move_no_other_tenant_s_number(tmp_path: Path) -> None:
    here = generations(tmp_path)
    before = await settled(here, "sales")
    async with here.writing(["legal"]):
        assert await here.current("sales") == before
    assert await here.current("sales") == before
    async with here.writing([EVERY_TENANT]):
        assert await here.current("sales") is None
    assert await settled(here, "sales") > before
    await here.close()


async def test_what_was_read_in_a_write_that_took_longer_than_its_mark_holds_no_more_after_it(tmp_path: Path) -> None:
    here = generations(tmp_path)
    async with here.writing(["default"]):
        await here._database.run(lambda tx: tx.execute("UPDATE {p}writes SET until = 0"))
        during = await settled(here)
    assert await settled(here) > during
    await here.close()


async def test_on_a_server_there_is_no_number_for_a_moment_after_a_write(tmp_path: Path) -> None:
    here = open_generations(tmp_path, None, milvus_uri="http://milvus:19530", collection="c")
    async with here.writing(["default"]):
        pass
    assert await here.current("default") is None
    await here.close()


async def test_a_write_that_never_ended_leaves_no_number_to_remember_under(tmp_path: Path) -> None:
    here = generations(tmp_path)
    await settled(here)

    class Broken(MemoryStore):
        async def delete_source(self, source: str, tenant: str) -> int:
            raise InvalidSetting("cut off in the middle")

    with pytest.raises(InvalidSetting):
        await AnnouncingStore(Broken(), here).delete_source("a.md", "default")
    assert await here.current("default") is None
    await here.close()


async def test_a_write_that_can_t_be_announced_does_not_happen(tmp_path: Path) -> None:
    await_file = tmp_path / "home"
    await_file.write_text("a file where the folder should be")
    store = MemoryStore()
    store.passages["a"] = passage("a", "A", "Text.")
    with pytest.raises(HoplineError):
        await AnnouncingStore(store, generations(await_file)).delete_source("a.md", "default")
    assert list(store.passages) == ["a"]


async def test_numbers_of_a_database_that_was_thrown_away_do_not_come_again(tmp_path: Path) -> None:
    seen = set()
    for life in ("one", "two", "three"):
        here = generations(tmp_path / life)
        seen.add(await settled(here))
        await here.close()
    assert len(seen) == 3


async def test_postgres_keeps_it_for_several_machines(tmp_path: Path, postgres: str) -> None:
    here = await asyncio.to_thread(generations, tmp_path / "one", url=postgres)
    there = await asyncio.to_thread(generations, tmp_path / "two", url=postgres)
    before = await settled(here)
    async with there.writing(["default"]):
        assert await here.current("default") is None
    assert (await here.current("default") or 0) > before
    await here.close()
    await there.close()


class Hanging:
    """A database that never replies; `calls` counts the calls."""

    calls = 0

    async def run(self, work: Callable[[Transaction], T]) -> T:
        self.calls += 1
        await asyncio.sleep(60)
        raise AssertionError("it was given up long before")

    async def scrub(self) -> None: ...

    async def close(self) -> None: ...


async def test_a_database_that_hangs_costs_a_miss_and_then_nothing() -> None:
    database = Hanging()
    generations = Generations(database, "store", settles_seconds=0.0)
    started = time.monotonic()
    assert [await generations.current("acme") for _ in range(5)] == [None] * 5
    assert time.monotonic() - started < 5 * READ_SECONDS + 1
    assert (await generations.current("acme"), database.calls) == (None, 5), "it is left alone for a moment"
