import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.doubles import HashEmbedder, MemoryStore
from tests.tools.ingestion.formats import files
from tools.errors import InvalidInput
from tools.ingestion.catalogue.catalogue import Catalogue
from tools.ingestion.loading.loader import Loader
from tools.ingestion.planning import differences
from tools.ingestion.planning.changes import IngestReport, Progress
from tools.ingestion.planning.plan import Recipe
from tools.passages import Reader


class Desk:
    """A loader over doubles in a folder of its own."""

    def __init__(self, tmp_path: Path, *, batch_size: int = 16, **options: Any) -> None:
        self.folder = tmp_path / "handbook"
        self.folder.mkdir(exist_ok=True)
        self.store, self.embedder = MemoryStore(), HashEmbedder()
        self.catalogue = Catalogue(tmp_path / "catalogue.sqlite")
        recipe = Recipe(self.embedder, **options)
        self.loader = Loader(self.store, self.catalogue, recipe, batch_size=batch_size)
        self.progress: list[Progress] = []

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def write_rows(self, *rows: dict[str, object], name: str = "corpus.jsonl") -> Path:
        return self.write(name, "\n".join(json.dumps(row) for row in rows))

    async def ingest(
        self, *paths: Path, groups: tuple[str, ...] | None = None, tenant: str = "default"
    ) -> IngestReport:
        chosen = paths or (self.folder,)
        return await self.loader.ingest(chosen, groups=groups, tenant=tenant, progress=self.progress.append)

    @property
    def sources(self) -> set[str]:
        return {passage.source for passage in self.store.passages.values()}

    def groups_of(self, source: str) -> set[tuple[str, ...]]:
        return {passage.groups for passage in self.store.passages.values() if passage.source == source}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def small_desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, batch_size=8, chunk_characters=200)


def sections(*names: str) -> str:
    return "# Guide\n\n" + "\n\n".join(f"## {name}\n\n" + f"All about {name}. " * 40 for name in names)


async def test_a_folder_of_every_format_goes_in(desk: Desk) -> None:
    desk.write("hr/leave.md", files.MARKDOWN)
    desk.write("expenses.html", files.HTML)
    desk.write("security.pdf", files.pdf())
    desk.write("onboarding.docx", files.word())
    desk.write("rules.txt", "Be kind.")
    desk.write_rows({"id": "a", "title": "A", "text": "About a."}, {"id": "b", "text": "About b."})
    for skipped in (".hidden.md", ".git/a.md", "node_modules/a.md", "__pycache__/a.md", "logo.png", "a.json"):
        desk.write(skipped, "Skipped.")
    report = await desk.ingest()
    assert report.ok
    assert report.documents_added == 7
    assert desk.sources == {
        *("handbook/hr/leave.md", "handbook/expenses.html", "handbook/security.pdf", "handbook/onboarding.docx"),
        *("handbook/rules.txt", "handbook/corpus.jsonl#a", "handbook/corpus.jsonl#b"),
    }
    assert report.passages_written == len(desk.store.passages) == len(desk.embedder.embedded)


async def test_the_same_folder_twice_changes_nothing(desk: Desk) -> None:
    desk.write("a.md", sections("A", "B"))
    desk.write_rows({"id": "a", "text": "About a."})
    await desk.ingest()
    before = list(desk.store.upserted)
    report = await desk.ingest()
    assert (report.documents_unchanged, report.documents_added, report.passages_written) == (2, 0, 0)
    assert desk.store.upserted == before


async def test_an_edit_replaces_only_its_own_chunks_and_moves_the_others(desk: Desk) -> None:
    path = desk.write("a.md", sections("A", "B", "C"))
    await desk.ingest()
    keys, vectors = set(desk.store.passages), dict(desk.store.vectors)
    desk.embedder.batches.clear()
    path.write_text(sections("A", "Bees", "C"))
    report = await desk.ingest()
    assert (report.documents_updated, report.passages_written, report.passages_deleted) == (1, 1, 1)
    assert report.passages_moved == 1
    assert len(desk.embedder.embedded) == 1
    assert len(keys & set(desk.store.passages)) == 2
    text = path.read_text()
    for key, passage in desk.store.passages.items():
        assert text[passage.start : passage.end] == passage.text
        assert key not in vectors or vectors[key] == pytest.approx(desk.store.vectors[key])


async def test_deleted_files_folders_and_rows_disappear_and_other_folders_stay(desk: Desk, tmp_path: Path) -> None:
    gone, other = desk.write("a.md", "Text a."), tmp_path / "elsewhere"
    desk.write("old/b.md", "Text b.")
    desk.write("c.md", "Text c.")
    desk.write_rows({"id": "a", "text": "x"}, {"id": "b", "text": "y"})
    desk.write_rows({"id": "z", "text": "x"}, name="sub/corpus.jsonl")
    other.mkdir()
    (other / "d.md").write_text("Text d.")
    await desk.ingest(desk.folder, other)
    gone.unlink()
    shutil.rmtree(desk.folder / "old")
    shutil.rmtree(desk.folder / "sub")
    (other / "d.md").unlink()
    desk.write_rows({"id": "b", "text": "y"})
    report = await desk.ingest()
    assert report.documents_removed == 4
    assert desk.sources == {"handbook/c.md", "handbook/corpus.jsonl#b", "elsewhere/d.md"}


async def test_rows_are_compared_one_by_one(desk: Desk) -> None:
    path = desk.write_rows({"id": "a", "text": "x"}, {"id": "b", "text": "y"})
    await desk.ingest(path)
    desk.write_rows({"id": "b", "text": "new"}, {"id": "c", "text": "z"}, {"id": "c", "text": "again"})
    report = await desk.ingest(path)
    counts = (report.documents_added, report.documents_updated, report.documents_removed, report.documents_unchanged)
    assert counts == (1, 1, 1, 0)
    assert report.failures == (("corpus.jsonl:3", "repeats the id 'c'"),)
    assert {passage.id: passage.text for passage in desk.store.passages.values()} == {"b": "new", "c": "z"}


async def test_a_bad_file_is_reported_by_name_and_the_rest_goes_in(desk: Desk) -> None:
    desk.write("good.md", "Text.")
    desk.write("binary.md", b"\0\1\2")
    desk.write("empty.txt", b"")
    desk.write("locked.pdf", files.pdf(password="x"))
    desk.write_rows({"id": "a", "text": "x"}, {"id": "b"})
    (desk.folder / "loop.md").symlink_to(desk.folder / "loop.md")
    for pipe in ("pipe.md", "sub/corpus.jsonl", "closed/access.toml"):
        (desk.folder / pipe).parent.mkdir(exist_ok=True)
        os.mkfifo(desk.folder / pipe)
    desk.write("closed/a.md", "Text.")
    report = await desk.ingest()
    assert not report.ok
    assert report.failed == 8
    assert desk.sources == {"handbook/good.md", "handbook/corpus.jsonl#a"}
    reasons = {Path(source).name: reason for source, reason in report.failures}
    assert "binary" in reasons["binary.md"]
    assert "encrypted" in reasons["locked.pdf"]
    assert "regular" in reasons["pipe.md"]
    assert "regular" in reasons["corpus.jsonl"]
    assert "regular" in reasons["a.md"]
    assert "no text" in reasons["corpus.jsonl:2"]


async def test_a_file_that_became_unreadable_keeps_its_last_good_version(desk: Desk) -> None:
    path = desk.write("a.md", "Text.")
    await desk.ingest()
    path.write_bytes(b"\0")
    report = await desk.ingest()
    assert desk.sources == {"handbook/a.md"}
    assert "the version ingested before stays" in report.failures[0][1]
    path.unlink()
    await desk.ingest()
    assert desk.sources == set()


async def test_a_path_that_does_not_exist_is_named_before_anything_is_written(desk: Desk) -> None:
    desk.write("a.md", "Text.")
    with pytest.raises(InvalidInput, match="nowhere"):
        await desk.ingest(desk.folder, desk.folder / "nowhere")
    with pytest.raises(InvalidInput, match=r"logo\.png: is of a type"):
        await desk.ingest(desk.folder, desk.write("logo.png", b"x"))
    assert desk.sources == set()


async def test_a_single_file_keeps_the_name_it_got_with_its_folder(desk: Desk) -> None:
    path = desk.write("hr/leave.md", "Text.")
    await desk.ingest(path)
    assert desk.sources == {"leave.md"}
    await desk.ingest()
    assert desk.sources == {"handbook/hr/leave.md"}
    path.write_text("New text.")
    await desk.ingest(path)
    desk.write("hr/new.md", "New.")
    await desk.ingest(desk.folder / "hr")
    assert desk.sources == {"handbook/hr/leave.md", "handbook/hr/new.md"}


async def test_two_files_of_one_name_get_different_sources_and_a_moved_one_keeps_its_own(
    desk: Desk, tmp_path: Path
) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder / "docs").mkdir(parents=True)
        (tmp_path / folder / "docs" / "a.md").write_text(f"Text {folder}.")
    await desk.ingest(tmp_path / "x" / "docs")
    await desk.ingest(tmp_path / "y" / "docs")
    assert desk.sources == {"docs/a.md", "y/docs/a.md"}
    again = await desk.ingest(tmp_path / "y" / "docs")
    assert again.documents_unchanged == 1
    shutil.move(tmp_path / "x", tmp_path / "z")
    moved = await desk.ingest(tmp_path / "z" / "docs")
    assert (moved.documents_unchanged, moved.documents_added) == (1, 0)
    assert desk.sources == {"docs/a.md", "y/docs/a.md"}


async def test_names_that_no_store_can_hold_are_reported(desk: Desk) -> None:
    desk.write("ok.md", "Text.")
    desk.write("two\nlines.md", "Text.")
    desk.write("bad\nfolder/a.md", "Text.")
    with open(os.fsencode(desk.folder) + b"/\xff.md", "wb") as file:
        file.write(b"Text.")
    desk.write_rows({"id": "two\nlines", "text": "x"})
    report = await desk.ingest()
    assert desk.sources == {"handbook/ok.md"}
    assert report.failed == 4


async def test_an_empty_list_of_groups_does_not_mean_everybody(desk: Desk) -> None:
    desk.write("ok.md", "Text.")
    for groups in ((), ("",), ("a\nb",)):
        with pytest.raises(InvalidInput, match="groups"):
            await desk.ingest(groups=groups)
    assert desk.sources == set()


async def test_overlapping_paths_are_ingested_once(desk: Desk) -> None:
    path = desk.write("hr/a.md", "Text.")
    report = await desk.ingest(desk.folder, desk.folder / "hr", path, path)
    assert (report.documents_added, report.documents_unchanged, report.documents_removed) == (1, 0, 0)


async def test_rights_come_from_the_file_then_the_nearest_access_file_then_the_command(desk: Desk) -> None:
    desk.write("own.md", "---\ngroups: [owners]\n---\nText.")
    desk.write("plain.md", "Text.")
    desk.write("hr/access.toml", 'groups = ["people"]')
    desk.write("hr/deep/a.md", "Text.")
    desk.write("hr/board/access.toml", 'groups = ["board", "people"]')
    desk.write("hr/board/a.md", "Text.")
    desk.write_rows({"id": "a", "text": "x"}, {"id": "b", "text": "y", "groups": ["rows"]}, name="hr/corpus.jsonl")
    await desk.ingest(groups=("staff",))
    assert desk.groups_of("handbook/own.md") == {("owners",)}
    assert desk.groups_of("handbook/plain.md") == {("staff",)}
    assert desk.groups_of("handbook/hr/deep/a.md") == {("people",)}
    assert desk.groups_of("handbook/hr/board/a.md") == {("board", "people")}
    assert desk.groups_of("handbook/hr/corpus.jsonl#a") == {("people",)}
    assert desk.groups_of("handbook/hr/corpus.jsonl#b") == {("rows",)}


async def test_a_run_without_groups_keeps_those_a_folder_was_given_and_never_opens_it(desk: Desk) -> None:
    desk.write("plain.md", "Text.")
    part = desk.write("hr/a.md", "Text.")
    await desk.ingest(groups=("staff",))
    await desk.ingest(part.parent, groups=("people",))
    desk.write("new.md", "New text.")
    await desk.ingest()
    assert desk.groups_of("handbook/plain.md") == desk.groups_of("handbook/new.md") == {("staff",)}
    assert desk.groups_of("handbook/hr/a.md") == {("people",)}
    await desk.ingest(groups=("public",))
    assert desk.groups_of("handbook/hr/a.md") == desk.groups_of("handbook/plain.md") == {("public",)}


async def test_a_part_of_a_folder_keeps_the_rights_of_the_whole(desk: Desk) -> None:
    desk.write("access.toml", 'groups = ["people"]')
    path = desk.write("hr/a.md", "Text.")
    await desk.ingest()
    path.write_text("New text.")
    await desk.ingest(desk.folder / "hr")
    assert desk.groups_of("handbook/hr/a.md") == {("people",)}
    path.write_text("Newer text.")
    await desk.ingest(path)
    assert desk.groups_of("handbook/hr/a.md") == {("people",)}


@pytest.mark.parametrize(
    "access",
    [
        b"",
        b"groups = []",
        b'groups = [""]',
        b'groups = "people"',
        b"groups = [1]",
        b'group = ["people"]',
        b"\xff",
        b"groups =",
    ],
)
async def test_an_access_file_that_cannot_be_understood_fails_closed(desk: Desk, access: str | bytes) -> None:
    desk.write("a.md", "Text.")
    desk.write("hr/b.md", "Text.")
    desk.write("hr/deep/c.md", "---\ngroups: [people]\n---\nText.")
    desk.write_rows({"id": "a", "text": "x"}, name="hr/corpus.jsonl")
    await desk.ingest()
    assert len(desk.sources) == 4
    desk.write("hr/access.toml", access)
    report = await desk.ingest()
    assert desk.sources == {"handbook/a.md"}
    assert {source for source, _ in report.failures} == {
        *("handbook/hr/b.md", "handbook/hr/deep/c.md", "handbook/hr/corpus.jsonl"),
    }
    assert all("access.toml" in reason for _, reason in report.failures)
    desk.write("hr/access.toml", b'groups = ["people"]')
    await desk.ingest()
    assert desk.groups_of("handbook/hr/b.md") == {("people",)}


async def test_malformed_groups_remove_what_was_public_before(desk: Desk) -> None:
    page = desk.write("a.md", "Text.")
    desk.write_rows({"id": "a", "text": "x"})
    await desk.ingest()
    page.write_text("---\ngroups: {people\n---\nText.")
    desk.write_rows({"id": "a", "text": "x", "groups": "people"})
    report = await desk.ingest()
    assert desk.sources == set()
    assert report.failed == 2


async def test_a_tightened_right_reaches_a_file_that_can_no_longer_be_read(desk: Desk) -> None:
    page = desk.write("a.md", "Text.")
    await desk.ingest()
    desk.write("access.toml", 'groups = ["people"]')
    page.write_bytes(b"\0")
    await desk.ingest()
    assert desk.sources == set()


async def test_a_tightened_right_reaches_what_became_a_link_to_nothing(desk: Desk) -> None:
    page, corpus = desk.write("a.md", "Text."), desk.write_rows({"id": "a", "text": "x"})
    desk.write("b.md", "Text.")
    await desk.ingest()
    for path, place in ((page, "/nowhere"), (corpus, corpus.name)):
        path.unlink()
        path.symlink_to(place)
    await desk.ingest()
    assert len(desk.sources) == 3
    desk.write("access.toml", 'groups = ["people"]')
    await desk.ingest()
    assert desk.sources == {"handbook/b.md"}


async def test_a_tightened_right_reaches_a_file_named_by_itself_that_became_a_link_to_nothing(desk: Desk) -> None:
    paths = desk.write("a.md", "Text."), desk.write_rows({"id": "a", "text": "x"})
    await desk.ingest(*paths)
    for path in paths:
        path.unlink()
        path.symlink_to("/nowhere")
    report = await desk.ingest(*paths)
    assert (report.failed, desk.sources) == (2, {"a.md", "corpus.jsonl#a"})
    report = await desk.ingest(*paths, groups=("people",))
    assert (report.documents_removed, desk.sources) == (2, set())
    assert all("is a symbolic link to nothing" in reason for _, reason in report.failures)


async def test_a_tightened_right_reaches_the_rows_of_a_corpus_that_can_no_longer_be_read(desk: Desk) -> None:
    rows: tuple[dict[str, object], ...] = ({"id": "a", "text": "x"}, {"id": "b", "text": "y", "groups": ["board"]})
    corpus = desk.write_rows(*rows)
    await desk.ingest()
    access = desk.write("access.toml", 'groups = ["people"]')
    corpus.unlink()
    with socket.socket(socket.AF_UNIX) as unreadable:  # even to root
        unreadable.bind(str(corpus))
        await desk.ingest()
        assert desk.sources == {"handbook/corpus.jsonl#b"}
    access.unlink()
    corpus.unlink()
    desk.write_rows(*rows)
    await desk.ingest()
    assert desk.sources == {"handbook/corpus.jsonl#a", "handbook/corpus.jsonl#b"}


async def test_a_corpus_comes_back_with_the_rights_it_had(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(differences, "SETTLED_NS", -60_000_000_000)  # it is known without being read
    desk.write("a.md", "Text.")
    desk.write_rows({"id": "a", "text": "x"}, name="hr/corpus.jsonl")
    await desk.ingest()
    access = desk.write("hr/access.toml", "groups = ")
    await desk.ingest()
    assert desk.sources == {"handbook/a.md"}
    access.unlink()
    await desk.ingest()
    assert desk.sources == {"handbook/a.md", "handbook/hr/corpus.jsonl#a"}


async def test_a_link_out_of_the_folder_cannot_dodge_its_rights(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("Secret.")
    (desk.folder / "open.md").symlink_to(tmp_path / "secret.md")
    (desk.folder / "open").symlink_to(tmp_path)
    desk.write("hr/access.toml", 'groups = ["people"]')
    desk.write("hr/a.md", "Text.")
    (desk.folder / "alias.md").symlink_to(desk.folder / "hr" / "a.md")
    report = await desk.ingest()
    assert desk.sources == {"handbook/hr/a.md"}
    assert [Path(source).name for source, _ in report.failures] == ["open.md"]


async def test_a_link_named_directly_opens_nothing_that_is_closed_where_it_leads(desk: Desk) -> None:
    page = desk.write("hr/a.md", "Text.")
    link = desk.folder / "alias.md"
    link.symlink_to(page)
    assert (await desk.ingest(link)).documents_added == 1
    desk.write("hr/access.toml", 'groups = ["people"]')
    report = await desk.ingest(link)
    assert (desk.sources, "name that one instead" in report.failures[0][1]) == (set(), True)


async def test_tenants_do_not_meet(desk: Desk) -> None:
    desk.write("a.md", "Text.")
    await desk.ingest(tenant="one")
    await desk.ingest(tenant="two")
    assert len(desk.store.passages) == 2
    (desk.folder / "a.md").unlink()
    await desk.ingest(tenant="one")
    assert [passage.tenant for passage in desk.store.passages.values()] == ["two"]


async def test_windows_are_embedded_by_length_and_stored_in_order(small_desk: Desk) -> None:
    desk = small_desk
    rows: list[dict[str, object]] = [{"id": f"{n}", "text": "word " * (n * 37 % 50 + 1)} for n in range(1500)]
    report = await desk.ingest(desk.write_rows(*rows))
    assert report.passages_written == 1500
    lengths = [len(text) for text in desk.embedder.embedded]
    assert lengths[:1024] == sorted(lengths[:1024])
    assert {len(batch) for batch in desk.embedder.batches} <= {8, 1500 % 1024 % 8}
    expected = await HashEmbedder().embed_passages([passage.content for passage in desk.store.passages.values()])
    assert np.allclose(list(desk.store.vectors.values()), expected)
    assert desk.progress[-1].bytes_done == desk.progress[-1].bytes_total > 0
    assert [each.bytes_done for each in desk.progress] == sorted(each.bytes_done for each in desk.progress)


async def test_one_large_document_spans_windows(small_desk: Desk) -> None:
    desk = small_desk
    desk.write("big.txt", "\n\n".join(f"Paragraph {n}. " + "Words here. " * 12 for n in range(2300)))
    report = await desk.ingest()
    assert (report.documents_added, report.passages_written) == (1, 2300)
    again = await desk.ingest()
    assert again.documents_unchanged == 1


async def test_another_embedder_or_an_emptied_store_means_everything_is_new(desk: Desk) -> None:
    desk.write("a.md", "Text.")
    await desk.ingest()
    desk.store.passages.clear()
    assert (await desk.ingest()).documents_added == 1
    other = Loader(desk.store, desk.catalogue, Recipe(HashEmbedder(name="other")))
    report = await other.ingest([desk.folder], groups=None, tenant="default", progress=desk.progress.append)
    assert report.documents_updated == 1


async def test_an_erased_source_is_gone_until_it_is_ingested_again(desk: Desk) -> None:
    desk.write("a.md", sections("A", "B"))
    desk.write_rows({"id": "a", "text": "x"}, {"id": "b", "text": "y"})
    await desk.ingest()
    assert await desk.loader.erase("handbook/corpus.jsonl", "default") == 2
    assert await desk.loader.erase("handbook/a.md", "default") == 2
    assert desk.sources == set()
    assert (await desk.ingest()).documents_added == 3


async def test_an_erased_folder_is_forgotten_with_all_that_is_in_it(desk: Desk) -> None:
    desk.write("hr/a.md", "Text.")
    desk.write("hr/deep/b.md", "Text.")
    desk.write("hrx.md", "Text.")
    await desk.ingest()
    assert await desk.loader.erase("handbook/hr", "default") == 2
    assert desk.sources == {"handbook/hrx.md"}
    assert (await desk.ingest()).documents_added == 2


async def test_what_comes_back_is_under_the_readers_filter(desk: Desk) -> None:
    desk.write("open.md", "# Badge rules\n\nOpen text.")
    desk.write("closed.md", "---\ngroups: [people]\n---\n# Salary rules\n\nSecret text.")
    await desk.ingest()
    vector = (await desk.embedder.embed_queries(["salary"]))[0].tolist()
    anyone, insider = Reader(), Reader(groups=("people",))
    assert [hit.passage.source for hit in await desk.store.search("salary", vector, anyone, 5)] == ["handbook/open.md"]
    assert (await desk.store.search("salary", vector, insider, 5))[0].passage.source == "handbook/closed.md"
    assert await desk.store.find_names(["salary rules"], anyone, 5) == []
    assert len(await desk.store.find_names(["salary rules"], insider, 5)) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_files_and_folders_without_permission_are_reported_and_what_is_known_of_them_stays() -> None:
    # A folder of its own: pytest closes its temporary folders to everybody else, also while another run goes on.
    place = Path(tempfile.mkdtemp(prefix="hopline-"))
    script = f"""
import asyncio, os
from pathlib import Path
from typing import Any
from tests.tools.ingestion.loading.test_loader import Desk
async def warm():  # imports what only root may be able to read
    desk = Desk(Path({str(place)!r}) / "warm")
    desk.write("a.md", "[a](b)"), desk.write("big.txt", "Text. " * 999)
    assert (await desk.ingest()).ok
asyncio.run(warm())
os.setuid(65534)
async def main():
    desk = Desk(Path({str(place)!r}) / "work")
    desk.write("ok.md", "Text."), desk.write("shut.md", "Text."), desk.write("closed/a.md", "Text.")
    assert (await desk.ingest()).ok
    os.chmod(desk.folder / "shut.md", 0), os.chmod(desk.folder / "closed", 0)
    report = await desk.ingest()
    assert len(report.failures) == 2 and all("permission" in reason for _, reason in report.failures), report
    assert len(desk.sources) == 3, desk.sources
    os.chmod(desk.folder / "closed", 0o700)
asyncio.run(main())
"""
    try:
        place.chmod(0o755)
        (place / "warm").mkdir()
        (place / "work").mkdir()
        (place / "work").chmod(0o777)
        subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[4], check=True)
    finally:
        shutil.rmtree(place)
