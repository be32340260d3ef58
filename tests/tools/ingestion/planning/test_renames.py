"""What a document keeps when its name, rights or title change, and what it costs to find that it has not changed."""

import asyncio
import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.doubles import HashEmbedder, MemoryStore
from tests.tools.ingestion.loading.test_loader import Desk, sections
from tools.ingestion.catalogue.catalogue import Catalogue
from tools.ingestion.loading.loader import Loader
from tools.ingestion.planning.plan import Recipe
from tools.passages import Passage


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def long_ago(path: Path) -> None:
    """As if the file had been written some time ago; nobody can set its inode's clock back."""
    os.utime(path, (1_700_000_000, 1_700_000_000))


async def test_a_renamed_file_keeps_its_ids_and_embeddings_and_answers_to_its_old_name(desk: Desk) -> None:
    path = desk.write("hr/leave.md", sections("A", "B"))
    await desk.ingest()
    before = {key: passage.id for key, passage in desk.store.passages.items()}
    desk.embedder.batches.clear()
    (desk.folder / "people").mkdir()
    path.rename(desk.folder / "people" / "holidays.md")
    report = await desk.ingest()
    assert (report.documents_renamed, report.documents_added, report.documents_removed) == (1, 0, 0)
    assert {key: passage.id for key, passage in desk.store.passages.items()} == before
    assert desk.sources == {"handbook/people/holidays.md"}
    assert desk.embedder.embedded == []
    assert all("handbook/hr/leave.md" in passage.names for passage in desk.store.passages.values())
    assert all("holidays" in passage.names for passage in desk.store.passages.values())
    assert {passage.superseded_by for passage in desk.store.passages.values()} == {None}
    assert (await desk.ingest()).documents_unchanged == 1


async def test_a_document_named_after_its_file_is_embedded_anew_but_keeps_its_ids(desk: Desk) -> None:
    path = desk.write("old.txt", "Plain text.")
    await desk.ingest()
    before = set(desk.store.passages)
    path.rename(desk.folder / "new.txt")
    report = await desk.ingest()
    assert (report.documents_renamed, report.passages_written) == (1, 1)
    assert set(desk.store.passages) == before
    assert [passage.title for passage in desk.store.passages.values()] == ["new"]


async def test_a_new_file_under_a_name_that_was_left_gets_ids_of_its_own_and_the_links(desk: Desk) -> None:
    path = desk.write("a.md", "Text.")
    await desk.ingest()
    path.rename(desk.folder / "b.md")
    await desk.ingest()
    desk.write("a.md", "Text.")
    report = await desk.ingest()
    assert report.documents_added == 1
    assert desk.sources == {"handbook/a.md", "handbook/b.md"}
    assert len({passage.id for passage in desk.store.passages.values()}) == 2
    desk.write("b.md", "Text of another kind.")
    await desk.ingest()
    names = {passage.source: passage.names for passage in desk.store.passages.values()}
    assert "handbook/a.md" not in names["handbook/b.md"]


async def test_a_copy_is_no_rename_and_a_file_that_comes_back_gets_its_name_back(desk: Desk) -> None:
    path = desk.write("a.md", "Text.")
    await desk.ingest()
    shutil.copy(path, desk.folder / "b.md")
    assert (await desk.ingest()).documents_added == 1
    (desk.folder / "b.md").unlink()
    path.rename(desk.folder / "c.md")
    await desk.ingest()
    (desk.folder / "c.md").rename(path)
    await desk.ingest()
    assert desk.sources == {"handbook/a.md"}
    assert all("handbook/a.md" not in passage.names for passage in desk.store.passages.values())


async def test_a_changed_right_rewrites_the_rows_and_embeds_nothing(desk: Desk) -> None:
    desk.write("a.md", sections("A", "B"))
    await desk.ingest()
    desk.embedder.batches.clear()
    keys = set(desk.store.passages)
    desk.write("access.toml", 'groups = ["people"]')
    report = await desk.ingest()
    assert (report.documents_repermissioned, report.passages_moved, report.passages_written) == (1, 2, 0)
    assert set(desk.store.passages) == keys
    assert desk.groups_of("handbook/a.md") == {("people",)}
    assert desk.embedder.embedded == []


async def test_a_changed_title_is_embedded_anew_under_the_same_ids(desk: Desk) -> None:
    path = desk.write("a.md", "---\ntitle: One\n---\nText.")
    await desk.ingest()
    keys = set(desk.store.passages)
    path.write_text("---\ntitle: Two\n---\nText.")
    report = await desk.ingest()
    assert (report.documents_updated, report.passages_written, report.passages_moved) == (1, 1, 0)
    assert set(desk.store.passages) == keys
    (vector,) = desk.store.vectors.values()
    expected = await HashEmbedder().embed_passages(["Two\nText."])
    assert vector == pytest.approx(expected[0].tolist())


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """The files that were opened, from the interpreter's own audit events."""
    files: list[str] = []
    watching = [True]

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        if watching and event == "open":
            files.append(str(arguments[0]))

    sys.addaudithook(hear)  # can't be taken back, only silenced
    yield files
    watching.clear()


async def test_an_unchanged_file_is_not_even_read(desk: Desk, opened: list[str]) -> None:
    paths = {
        str(desk.write("a.md", "Text.")),
        str(desk.write_rows({"id": "a", "text": "About a."}, {"id": "b", "text": "About b."})),
    }
    await asyncio.sleep(2.1)  # a file that was written a moment ago could change again within one tick of its clock
    await desk.ingest()
    assert paths <= set(opened)
    opened.clear()
    assert (await desk.ingest()).documents_unchanged == 3
    assert paths.isdisjoint(opened)


async def test_a_change_is_noticed_though_size_and_time_are_the_same(desk: Desk) -> None:
    path = desk.write("a.md", "Text one.")
    long_ago(path)
    await desk.ingest()
    path.write_text("Text two.")
    long_ago(path)
    assert (await desk.ingest()).documents_updated == 1
    assert [passage.text for passage in desk.store.passages.values()] == ["Text two."]


async def test_a_row_that_failed_is_reported_until_it_is_right_and_the_rest_is_left_alone(desk: Desk) -> None:
    desk.write_rows({"id": "a", "text": "About a."}, {"id": "b"})
    assert (await desk.ingest()).failed == 1
    assert (await desk.ingest()).failed == 1
    failures = await asyncio.to_thread(desk.catalogue.records.failures)
    assert [failure.reason for failure in failures] == ["has no text"]
    desk.write_rows({"id": "a", "text": "About a."}, {"id": "b", "text": "About b."})
    assert (await desk.ingest()).failed == 0
    assert await asyncio.to_thread(desk.catalogue.records.failures) == []


async def test_what_is_gone_or_closed_is_noted_for_those_who_remember_it(desk: Desk) -> None:
    gone, kept = desk.write("gone.md", "Text gone."), desk.write("kept.md", "Text kept.")
    desk.write("closed/a.md", "Text closed.")
    await desk.ingest()
    gone.rename(desk.folder / "moved.md")
    await desk.ingest()
    (desk.folder / "moved.md").unlink()
    desk.write("closed/access.toml", 'groups = ["people"]')
    kept.write_text("Text kept and edited.")
    await desk.ingest()
    records = desk.catalogue.records
    withdrawn, mark = await asyncio.to_thread(records.withdrawn, "default", "memory")
    assert set(withdrawn) == {"handbook/gone.md", "handbook/moved.md", "handbook/closed/a.md"}
    await asyncio.to_thread(records.forgotten, "default", "memory", mark)
    assert await asyncio.to_thread(records.withdrawn, "default", "memory") == ([], 0)
    assert await asyncio.to_thread(records.withdrawn, "default", "slack") == (withdrawn, mark)


@pytest.fixture
def first_format(tmp_path: Path) -> Path:
    """A catalogue as the first version wrote it, of one document."""
    page = tmp_path / "docs" / "a.md"
    page.parent.mkdir()
    page.write_text("Text.")
    path = tmp_path / "old.sqlite"
    with closing(sqlite3.connect(path)) as old:
        old.execute(
            """CREATE TABLE entries (id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, path TEXT NOT NULL,
            row TEXT NOT NULL, source TEXT NOT NULL, root TEXT NOT NULL, fingerprint TEXT NOT NULL DEFAULT '',
            groups TEXT NOT NULL DEFAULT '[]', chunks TEXT NOT NULL DEFAULT '{}', seen TEXT NOT NULL,
            modified_ns INTEGER NOT NULL DEFAULT 0, size INTEGER NOT NULL DEFAULT 0,
            writing INTEGER NOT NULL DEFAULT 0, failure TEXT NOT NULL DEFAULT '', UNIQUE (tenant, path, row))"""
        )
        old.execute(
            "INSERT INTO entries (tenant, path, row, source, root, fingerprint, chunks, seen) VALUES (?,?,?,?,?,?,?,?)",
            ("default", str(page), "", "docs/a.md", str(page.parent), "old", json.dumps({"old key": "0-5"}), "run"),
        )
        old.commit()
    return path


async def test_a_catalogue_of_the_first_format_is_taken_over(first_format: Path) -> None:
    store, catalogue = MemoryStore(), await asyncio.to_thread(Catalogue, first_format)
    vectors = await HashEmbedder().embed_passages(["x"])
    await store.upsert([Passage("old key", "docs/a.md#old", "docs/a.md", "a", "Text.")], vectors)
    loader = Loader(store, catalogue, Recipe(HashEmbedder()))
    folder = first_format.parent / "docs"
    report = await loader.ingest([folder], groups=None, tenant="default", progress=lambda progress: None)
    assert (report.documents_updated, report.passages_deleted) == (1, 1)
    assert [passage.text for passage in store.passages.values()] == ["Text."]
    await asyncio.to_thread(catalogue.close)
