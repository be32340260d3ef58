"""The store over a real Milvus Lite file: every read is filtered, every write is seen, everything is removed."""

import asyncio
import threading
from array import array
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from tests.tools.store.passages import DIMENSION, passage, vectors
from tools.errors import AccessViolation, InvalidInput, UnreadableSource
from tools.passages import Hit, Link, Passage, Reader
from tools.ports import Onward
from tools.store.milvus import MilvusStore

pytestmark = pytest.mark.asyncio(loop_scope="module")

ODD = [
    "it's",
    'q"uote',
    "back\\slash",
    '\\"',
    "a%b",
    "a_b",
    "*",
    "tab\t",
    "nul\x00",
    "é中😀",
    "' or 1=1 --",
    '"] or tenant != ["',
]


def keys(hits: list[Hit]) -> list[str]:
    return [hit.passage.key for hit in hits]


async def put(store: MilvusStore, *passages: Passage, seed: int = 0) -> None:
    await store.upsert(passages, vectors(len(passages), seed))


async def test_a_passage_comes_back_whole_with_its_vector(store: MilvusStore) -> None:
    written = replace(
        passage("whole", "Zebras graze.", tenant="whole", names=("zebra", "equus")),
        headings=("A title", "Animals"),
        start=7,
        end=20,
        page=3,
        lines=(4, 5),
        url="https://example.org/z",
        links=(Link("horse", "horse.md"),),
        updated="2026-01-01",
        status="superseded",
        superseded_by="new.md",
        content_hash="abc",
    )
    vector = vectors(1, seed=1)
    await store.upsert([written], vector)
    [hit] = await store.search("zebras", vector[0], Reader(tenant="whole"), 5)
    assert hit.passage == written
    assert hit.score == pytest.approx(2 / 61, rel=1e-3)
    assert hit.vector == array("f", vector[0])  # packed: dozens of them are read at once, hop by hop
    assert await store.fetch(["whole"], Reader(tenant="whole")) == [written]


@pytest.fixture
def two_groups(request: pytest.FixtureRequest) -> tuple[str, list[Passage]]:
    tenant = request.node.name
    return tenant, [
        passage("g-public", "Salary bands for all", tenant=tenant, names=("bands",)),
        passage("g-hr", "Salary bands of the board", tenant=tenant, groups=("hr", "board"), names=("bands",)),
        passage("g-other", "Salary bands elsewhere", tenant=tenant + "-other", names=("bands",)),
        passage("g-both", "Salary bands of hr elsewhere", tenant=tenant + "-other", groups=("hr",), names=("bands",)),
    ]


async def test_every_read_shows_each_reader_exactly_what_they_may_read(
    store: MilvusStore, two_groups: tuple[str, list[Passage]]
) -> None:
    tenant, passages = two_groups
    await put(store, *passages)
    for reader, readable in [
        (Reader(tenant=tenant), {"g-public"}),
        (Reader(groups=("hr",), tenant=tenant), {"g-public", "g-hr"}),
        (Reader(groups=("sales", "it's"), tenant=tenant), {"g-public"}),
        (Reader(groups=("hr",), tenant=tenant + "-other"), {"g-other", "g-both"}),
        (Reader(groups=("hr",), tenant="nobody"), set()),
        (Reader(groups=("hr", '"] or true or ["'), tenant=f'{tenant}" or tenant != "'), set()),
    ]:
        found = await store.search("salary bands", vectors(4)[1], reader, 10)
        assert set(keys(found)) == readable
        assert set(keys(await store.find_names(["bands"], reader, 10))) == readable
        assert set(keys(await store.find_sources(["a.md"], reader, 10))) == readable
        fetched = await store.fetch(["g-public", "g-hr", "g-other", "g-both"], reader)
        assert {one.key for one in fetched} == readable


async def test_many_better_matches_of_another_tenant_do_not_crowd_out_the_own_row(store: MilvusStore) -> None:
    near = [passage(f"crowd{n}", "secret plan", tenant="crowd-other") for n in range(120)]
    vector = vectors(1, seed=5)
    await store.upsert(near, np.repeat(vector, 120, axis=0))
    await store.upsert([passage("mine", "gardening", tenant="crowd")], -vector)
    assert keys(await store.search("secret plan", vector[0], Reader(tenant="crowd"), 10)) == ["mine"]


async def test_a_row_that_should_not_have_come_back_abandons_the_request(store: MilvusStore) -> None:
    class Leaky(Reader):
        """A reader whose filter lets through what its rule forbids."""

        def reads(self, tenant: str, groups: Iterable[str]) -> bool:
            return False

    await put(store, passage("leak", tenant="leak", names=("leak",)))
    reader = Leaky(tenant="leak")
    for request in (
        store.search("text", vectors(1)[0], reader, 5),
        store.find_names(["leak"], reader, 5),
        store.find_onward(Onward(tuple(vectors(1)[0]), ("leak",)), reader, 5),
        store.find_sources(["a.md"], reader, 5),
        store.fetch(["leak"], reader),
        store.readable_sources(["a.md"], reader),
    ):
        with pytest.raises(AccessViolation, match="may not read"):
            await request


@pytest.mark.parametrize("query", ["", "  ", "🙂🙂", "the of and", "?!*()", '"unbalanced', "مرحبا", "x" * 20_000])
async def test_a_query_without_words_still_finds_by_meaning(store: MilvusStore, query: str) -> None:
    await put(store, passage("wordless", tenant="wordless"))
    assert keys(await store.search(query, vectors(1)[0], Reader(tenant="wordless"), 5)) == ["wordless"]


async def test_equal_scores_come_in_the_order_of_their_keys(store: MilvusStore) -> None:
    same = [passage(f"tie{n}", "identical words", tenant="tie") for n in (3, 1, 2, 0)]
    await store.upsert(same, np.repeat(vectors(1), 4, axis=0))
    hits = await store.search("identical words", vectors(1)[0], Reader(tenant="tie"), 10)
    assert keys(hits) == keys(sorted(hits, key=lambda hit: (-hit.score, hit.passage.key)))
    assert keys(hits) == keys(await store.search("identical words", vectors(1)[0], Reader(tenant="tie"), 10))
    assert keys(hits)[:2] == keys(await store.search("identical words", vectors(1)[0], Reader(tenant="tie"), 2))


async def test_odd_sources_names_groups_and_keys_mean_exactly_themselves(store: MilvusStore) -> None:
    await put(
        store,
        *(
            passage(f"odd {odd}", source=f"s {odd}", tenant="odd", groups=(f"g {odd}",), names=(f"n {odd}",))
            for odd in ODD
        ),
    )
    for odd in ODD:
        reader = Reader(groups=(f"g {odd}",), tenant="odd")
        everyone = Reader(groups=tuple(f"g {other}" for other in ODD), tenant="odd")
        assert keys(await store.find_names([f"n {odd}"], everyone, 50)) == [f"odd {odd}"]
        assert keys(await store.find_sources([f"s {odd}"], everyone, 50)) == [f"odd {odd}"]
        assert [one.key for one in await store.fetch([f"odd {odd}", "odd"], everyone)] == [f"odd {odd}"]
        assert keys(await store.search("text", vectors(1)[0], reader, 50)) == [f"odd {odd}"]
        assert await store.keys_of_source(f"s {odd}", "odd") == [f"odd {odd}"]
    for odd in ODD:
        assert await store.delete_source(f"s {odd}", "odd") == 1
        assert await store.keys_of_source(f"s {odd}", "odd") == []


async def test_an_odd_tenant_is_only_itself(store: MilvusStore) -> None:
    for odd in ODD:
        await put(store, passage(f"t {odd}", tenant=f"t {odd}"))
    for odd in ODD:
        assert keys(await store.search("text", vectors(1)[0], Reader(tenant=f"t {odd}"), 50)) == [f"t {odd}"]


async def test_names_beyond_one_request_are_all_looked_up(store: MilvusStore) -> None:
    await put(store, *(passage(f"n{n}", tenant="names", source=f"{n}.md", names=(f"name {n}",)) for n in (3, 650, 999)))
    asked = [f"name {n}" for n in range(1_000)]
    found = await store.find_names([*asked, "3.md", "650.md"], Reader(tenant="names"), 10)
    assert sorted(keys(found)) == ["n3", "n650", "n999"]
    assert keys(await store.find_names(asked, Reader(tenant="names"), 2)) == ["n3", "n650"]
    assert await store.find_names([], Reader(tenant="names"), 10) == []


async def test_a_source_is_a_name_however_it_is_spelled(store: MilvusStore) -> None:
    sources = ("a b.md", "A b", "a  b", "a b ", "é", "a")
    await put(store, *(passage(f"k{n}", tenant="spelled", source=one) for n, one in enumerate(sources)))
    await put(store, passage("own", tenant="spelled", source="makefile", names=("makefile",)))
    found = await store.find_names([*sources, "makefile"], Reader(tenant="spelled"), 10)
    assert sorted(keys(found)) == ["k0", "k1", "k2", "k3", "k4", "k5", "own"]


async def test_a_line_break_names_nothing(store: MilvusStore) -> None:
    assert await store.find_names(["line\nbreak"], Reader(tenant="names"), 10) == []


async def test_sources_are_read_in_order_and_cut_at_the_limit(store: MilvusStore) -> None:
    shuffled = [
        passage(f"o{n}", tenant="order", source="b.md" if n % 2 else "a.md", start=n) for n in (5, 2, 4, 1, 3, 0)
    ]
    await put(store, *shuffled)
    reader = Reader(tenant="order")
    assert keys(await store.find_sources(["b.md", "a.md"], reader, 10)) == ["o0", "o2", "o4", "o1", "o3", "o5"]
    assert keys(await store.find_sources(["b.md"], reader, 2)) == ["o1", "o3"]
    assert await store.find_sources(["b.md", "c.md"], reader, 0) == []


async def test_fetching_keeps_the_order_asked_for_and_leaves_out_what_is_gone(store: MilvusStore) -> None:
    await put(store, *(passage(f"f{n}", tenant="fetch") for n in range(4)))
    await store.delete_keys(["f1", "never was"])
    found = await store.fetch(["f3", "f1", "f0", "f3"], Reader(tenant="fetch"))
    assert [one.key for one in found] == ["f3", "f0", "f3"]


async def test_writing_twice_changes_nothing_and_the_last_version_counts(store: MilvusStore) -> None:
    before = await store.count()
    await put(store, passage("twice", "old words", tenant="twice"), passage("twice", "newer words", tenant="twice"))
    assert [one.text for one in await store.fetch(["twice"], Reader(tenant="twice"))] == ["newer words"]
    await put(store, passage("twice", "newest words", tenant="twice"))
    assert await store.count() == before + 1
    assert [one.text for one in await store.fetch(["twice"], Reader(tenant="twice"))] == ["newest words"]
    assert keys(await store.search("old", vectors(1)[0], Reader(tenant="twice"), 5)) == ["twice"]


async def test_deleting_a_source_takes_its_rows_and_files_but_no_neighbour(store: MilvusStore) -> None:
    inside = ["d", "d#1", "d#2", "d/x.md", "d/x/y.md"]
    outside = ["d.md", "d2", "D", "c", "dd#1", "d$", "d0", "ad#1"]
    await put(store, *(passage(f"del {s}", tenant="del", source=s, groups=("hr",)) for s in inside + outside))
    await put(store, passage("del other", tenant="del-other", source="d#1"))
    assert await store.keys_of_source("d#1", "del") == ["del d#1"]
    assert await store.delete_source("d", "del") == len(inside)
    left = await store.fetch([f"del {s}" for s in inside + outside], Reader(groups=("hr",), tenant="del"))
    assert [one.source for one in left] == outside
    assert await store.keys_of_source("d#1", "del-other") == ["del other"]
    assert await store.delete_source("d", "del") == 0


@pytest.mark.parametrize("wild", ["%", "_", "w%", "w_", "*", "w\\"])
async def test_wildcards_in_a_source_delete_nothing_else(store: MilvusStore, wild: str) -> None:
    await put(store, passage("wild", tenant="wild", source="w1#1"))
    assert await store.delete_source(wild, "wild") == 0
    assert await store.keys_of_source("w1#1", "wild") == ["wild"]


async def test_the_keys_of_a_source_beyond_one_page_all_come(
    store: MilvusStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.store.collection.ROWS_A_PAGE", 7)
    written = [passage(f"p{n:02}", tenant="pages", source="pages.md", start=n) for n in range(21)]
    await put(store, *written)
    assert await store.keys_of_source("pages.md", "pages") == [one.key for one in written]
    assert keys(await store.find_sources(["pages.md"], Reader(tenant="pages"), 20)) == [one.key for one in written[:20]]
    assert await store.delete_source("pages.md", "pages") == 21


async def test_a_passage_that_does_not_fit_leaves_the_batch_unwritten(store: MilvusStore) -> None:
    before = await store.count()
    with pytest.raises(UnreadableSource, match="'long' can't be stored"):
        await put(store, passage("short", tenant="fit"), passage("long", "x" * 70_000, tenant="fit"))
    assert await store.count() == before


async def test_passages_without_their_vectors_are_refused(store: MilvusStore) -> None:
    with pytest.raises(InvalidInput, match="1 passages came with 2 vectors"):
        await store.upsert([passage("v")], vectors(2))


async def test_an_empty_text_is_stored_and_found(store: MilvusStore) -> None:
    empty = replace(passage("empty", "", tenant="empty"), title="")
    await store.upsert([empty], vectors(1))
    assert keys(await store.search("x", vectors(1)[0], Reader(tenant="empty"), 5)) == ["empty"]


async def test_searches_run_side_by_side(store: MilvusStore) -> None:
    await put(store, *(passage(f"par{n}", f"number {n}", tenant="par") for n in range(20)))
    reader = Reader(tenant="par")
    results = await asyncio.gather(*(store.search(f"number {n}", vectors(20)[n], reader, 1) for n in range(20)))
    assert [keys(hits) for hits in results] == [[f"par{n}"] for n in range(20)]


async def test_another_event_loop_can_use_the_same_store(store: MilvusStore) -> None:
    await put(store, passage("loop", tenant="loop"))
    found: list[str] = []

    async def elsewhere() -> None:
        found.extend(keys(await store.search("text", vectors(1)[0], Reader(tenant="loop"), 5)))

    threads = [threading.Thread(target=lambda: asyncio.run(elsewhere())) for _ in range(2)]
    for thread in threads:
        thread.start()
        await asyncio.to_thread(thread.join)
    assert found == ["loop", "loop"]
    assert len((await store.search("text", vectors(1)[0], Reader(tenant="loop"), 5))[0].vector or ()) == DIMENSION
