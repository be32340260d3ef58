"""Who may read a document that was moved: whom it was ingested for goes along, and what changes is shown."""

import asyncio
from pathlib import Path

import pytest

from tests.tools.ingestion.loading.test_loader import Desk
from tools.ingestion.files.discovery import targets
from tools.ingestion.loading.preview import Planned, preview
from tools.ingestion.parsing.tasks import ParserInProcess
from tools.ingestion.planning.plan import Recipe
from tools.ingestion.rights.request import Request


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def planned(desk: Desk) -> dict[str, Planned]:
    return await asyncio.to_thread(_planned, desk)


def _planned(desk: Desk) -> dict[str, Planned]:
    request = Request(targets([desk.folder]), None, "default")
    found = preview(desk.catalogue, request, Recipe(desk.embedder), open_parser=ParserInProcess).planned
    return {one.source: one for one in found}


async def test_a_renamed_document_keeps_the_readers_it_was_ingested_for(desk: Desk) -> None:
    path = desk.write("merger.md", "Norvik is bought.")
    await desk.ingest()
    await desk.ingest(path, groups=("board",))
    path.rename(desk.folder / "merger-final.md")
    assert (await desk.ingest()).documents_renamed == 1
    assert desk.groups_of("handbook/merger-final.md") == {("board",)}
    (desk.folder / "merger-final.md").rename(path)
    await desk.ingest()
    assert desk.groups_of("handbook/merger.md") == {("board",)}
    path.write_text("Norvik is not bought.")
    await desk.ingest()
    assert desk.groups_of("handbook/merger.md") == {("board",)}


async def test_a_moved_folder_keeps_its_readers_for_what_was_edited_or_added_to_it_as_well(desk: Desk) -> None:
    for name in ("edited.md", "plain.md", "deep/b.md"):
        desk.write(f"secret/{name}", f"Text of {name}.")
    desk.write_rows({"id": "a", "text": "x"}, name="secret/corpus.jsonl")
    desk.write("open.md", "Open.")
    await desk.ingest()
    await desk.ingest(desk.folder / "secret", groups=("board",))
    (desk.folder / "secret").rename(desk.folder / "hidden")
    desk.write("hidden/added.md", "New.")
    desk.write("hidden/edited.md", "Edited.")
    await desk.ingest()
    of_hidden = {source for source in desk.sources if source.startswith("handbook/hidden/")}
    assert len(of_hidden) == 5
    assert {groups for source in of_hidden for groups in desk.groups_of(source)} == {("board",)}
    assert desk.groups_of("handbook/open.md") == {("public",)}


async def test_what_is_taken_out_of_a_folder_closes_nothing_but_itself(desk: Desk) -> None:
    desk.write("open.md", "Open.")
    path = desk.write("secret/a.md", "Secret.")
    await desk.ingest()
    await desk.ingest(desk.folder / "secret", groups=("board",))
    path.rename(desk.folder / "a.md")
    path.parent.rmdir()
    desk.write("new.md", "New.")
    await desk.ingest()
    assert desk.groups_of("handbook/a.md") == {("board",)}
    assert desk.groups_of("handbook/open.md") == desk.groups_of("handbook/new.md") == {("public",)}


async def test_a_folder_that_was_moved_as_a_whole_is_still_for_its_readers(desk: Desk, tmp_path: Path) -> None:
    desk.write("a.md", "Text.")
    desk.write_rows({"id": "a", "text": "x"})
    await desk.ingest(groups=("staff",))
    (tmp_path / "elsewhere").mkdir()
    desk.folder = desk.folder.rename(tmp_path / "elsewhere" / "handbook")
    await desk.ingest()
    assert desk.groups_of("handbook/a.md") == desk.groups_of("handbook/corpus.jsonl#a") == {("staff",)}


async def test_a_corpus_that_was_moved_is_still_for_its_readers(desk: Desk) -> None:
    path = desk.write_rows({"id": "a", "text": "x"}, name="one/corpus.jsonl")
    await desk.ingest()
    await desk.ingest(path, groups=("board",))
    (desk.folder / "two").mkdir()
    path.rename(desk.folder / "two" / "corpus.jsonl")
    await desk.ingest()
    assert desk.groups_of("handbook/two/corpus.jsonl#a") == {("board",)}


async def test_the_new_place_has_its_say_when_somebody_gave_it_one(desk: Desk) -> None:
    desk.write("open/access.toml", 'groups = ["everyone"]')
    desk.write("given/x.md", "X.")
    for name in ("a.md", "b.md"):
        desk.write(f"secret/{name}", f"Text of {name}.")
    await desk.ingest()
    await desk.ingest(desk.folder / "secret", groups=("board",))
    await desk.ingest(desk.folder / "given", groups=("people",))
    (desk.folder / "secret" / "a.md").rename(desk.folder / "open" / "a.md")
    (desk.folder / "secret" / "b.md").rename(desk.folder / "given" / "b.md")
    await desk.ingest()
    assert desk.groups_of("handbook/open/a.md") == {("everyone",)}
    assert desk.groups_of("handbook/given/b.md") == {("people",)}


async def test_a_renamed_document_with_other_readers_is_shown_as_both(desk: Desk) -> None:
    path = desk.write("closed/a.md", "Text.")
    desk.write("closed/access.toml", 'groups = ["people"]')
    await desk.ingest()
    path.rename(desk.folder / "a.md")
    shown = (await planned(desk))["handbook/a.md"]
    assert (shown.outcome, shown.groups, shown.groups_before) == ("renamed", ("public",), ("people",))
    report = await desk.ingest()
    assert (report.documents_renamed, report.documents_repermissioned) == (1, 1)


async def test_a_dry_run_carries_readers_along_as_the_sync_does(desk: Desk) -> None:
    path = desk.write("merger.md", "Norvik is bought.")
    await desk.ingest(path, groups=("board",))
    await desk.ingest()
    path.rename(desk.folder / "merger-final.md")
    shown = (await planned(desk))["handbook/merger-final.md"]
    assert (shown.outcome, shown.groups, shown.groups_before) == ("renamed", ("board",), None)


async def test_what_is_said_of_a_source_at_every_sync_opens_nothing_below_it(desk: Desk) -> None:
    path = desk.write("merger.md", "Norvik is bought.")
    desk.write("a.md", "Text.")

    async def sync() -> None:
        await desk.loader.ingest(
            [desk.folder], groups=("staff",), tenant="default", progress=desk.progress.append, standing=True
        )

    await sync()
    await desk.ingest(path, groups=("board",))
    await sync()
    assert desk.groups_of("handbook/merger.md") == {("board",)}
    path.rename(desk.folder / "merger-final.md")
    await sync()
    assert desk.groups_of("handbook/merger-final.md") == {("board",)}
    assert desk.groups_of("handbook/a.md") == {("staff",)}


async def test_an_access_file_above_what_is_ingested_counts(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "access.toml").write_text('groups = ["board"]')
    path = desk.write("hr/a.md", "Text.")
    await desk.ingest(desk.folder / "hr")
    assert desk.groups_of("hr/a.md") == {("board",)}
    desk.write("hr/access.toml", 'groups = ["people"]')
    await desk.ingest(path)
    assert desk.groups_of("hr/a.md") == {("people",)}
    (desk.folder / "hr" / "access.toml").unlink()
    (tmp_path / "access.toml").write_text("groups =")
    await desk.ingest(desk.folder / "hr")
    assert desk.sources == set()
