"""A source is erased while a run is at work on it, or after one was killed over it: nothing of it stays."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.doubles import HashEmbedder, MemoryStore
from tests.tools.ingestion.loading.test_loader import sections
from tools.ingestion.catalogue.catalogue import Catalogue
from tools.ingestion.catalogue.entry import Entry
from tools.ingestion.loading.loader import Loader
from tools.ingestion.planning.changes import IngestReport
from tools.ingestion.planning.plan import Recipe
from tools.passages import Passage
from tools.ports import FloatArray


class Gate:
    """Whoever comes to it first waits there until it is opened."""

    def __init__(self) -> None:
        self.reached, self._opened = asyncio.Event(), asyncio.Event()

    async def pass_through(self) -> None:
        self.reached.set()
        await self._opened.wait()

    def open(self) -> None:
        self._opened.set()


class Killed(Exception):
    """Stands for the end of the process."""


class GatedStore(MemoryStore):
    """Its process may die before a write has reached it, or after."""

    def __init__(self, gate: Gate | None = None) -> None:
        super().__init__()
        self.gate, self.dies_before, self.dies_after = gate, False, False

    async def upsert(self, passages: Sequence[Passage], vectors: FloatArray) -> None:
        # Parsed side by side, the other document may be written first: then the run has not come to this one yet.
        if self.gate is not None and any(passage.source == "handbook/a.md" for passage in passages):
            await self.gate.pass_through()
        if self.dies_before:
            raise Killed
        await super().upsert(passages, vectors)
        if self.dies_after:
            raise Killed


class GatedEmbedder(HashEmbedder):
    def __init__(self, gate: Gate) -> None:
        super().__init__()
        self._gate = gate

    async def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        await self._gate.pass_through()
        return await super().embed_passages(texts)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "handbook"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.md").write_text(sections(f"{name} one", f"{name} two"))
    return folder


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(tmp_path / "catalogue.sqlite")


async def ingest(loader: Loader, folder: Path) -> IngestReport:
    return await loader.ingest([folder], groups=None, tenant="t", progress=lambda progress: None)


async def sources_of(catalogue: Catalogue) -> set[str]:
    return {entry.source for entry in await asyncio.to_thread(lambda: list(catalogue.entries("t")))}


def sources_in(store: MemoryStore) -> set[str]:
    return {passage.source for passage in store.passages.values()}


@pytest.mark.parametrize("stage", ["embedding", "writing"])
async def test_what_is_erased_while_a_run_is_at_work_on_it_does_not_come_back(
    folder: Path, catalogue: Catalogue, stage: str
) -> None:
    gate = Gate()
    store = GatedStore(gate if stage == "writing" else None)
    loader = Loader(store, catalogue, Recipe(GatedEmbedder(gate) if stage == "embedding" else HashEmbedder()))
    running = asyncio.create_task(ingest(loader, folder))
    await gate.reached.wait()
    await loader.erase("handbook/a.md", "t")
    gate.open()
    report = await running
    assert sources_in(store) == {"handbook/b.md"}
    assert await sources_of(catalogue) == {"handbook/b.md"}
    assert (report.documents_added, report.failed) == (1, 0)


async def test_a_document_that_spans_windows_does_not_come_back_with_its_second_one(
    folder: Path, catalogue: Catalogue
) -> None:
    await asyncio.to_thread(
        (folder / "a.md").write_text, "\n\n".join(f"Paragraph {n}. " + "Words here. " * 12 for n in range(2300))
    )
    gate = Gate()
    store, embedder = GatedStore(gate), HashEmbedder()
    loader = Loader(store, catalogue, Recipe(embedder, chunk_characters=200))
    running = asyncio.create_task(ingest(loader, folder))
    await gate.reached.wait()
    await loader.erase("handbook/a.md", "t")
    gate.open()
    await running
    assert sources_in(store) == {"handbook/b.md"}


def test_what_was_erased_while_it_is_being_written_is_not_met_again(folder: Path, catalogue: Catalogue) -> None:
    """Neither as a file that is gone, whose removal would enter it anew, nor by a note that comes late."""
    entry = Entry(path=folder / "a.md", row="", source="handbook/a.md", root="handbook", seen="run")
    catalogue.mark_seen("t", [entry])
    assert catalogue.begin("t", [entry]) == []
    catalogue.forget("t", "handbook/a.md")
    assert list(catalogue.unseen("t", folder, "run", is_folder=True)) == []
    catalogue.mark_seen("t", [entry])
    assert catalogue.begin("t", [entry]) == [entry]
    assert catalogue.commit("t", [entry], []) == [entry]


async def test_what_a_run_that_was_killed_wrote_after_the_erasure_goes_with_the_next_one(
    folder: Path, catalogue: Catalogue
) -> None:
    gate = Gate()
    store = GatedStore(gate)
    loader = Loader(store, catalogue, Recipe(HashEmbedder()))
    running = asyncio.create_task(ingest(loader, folder))
    await gate.reached.wait()
    await loader.erase("handbook/a.md", "t")
    (folder / "a.md").unlink()
    store.dies_after = True
    gate.open()
    with pytest.raises(Killed):
        await running
    store.dies_after = False
    await ingest(loader, folder)
    assert sources_in(store) == {"handbook/b.md"}
    assert await sources_of(catalogue) == {"handbook/b.md"}


async def test_a_document_whose_renaming_was_interrupted_is_erased_under_its_new_name(
    folder: Path, catalogue: Catalogue
) -> None:
    store = GatedStore()
    loader = Loader(store, catalogue, Recipe(HashEmbedder()))
    await ingest(loader, folder)
    (folder / "a.md").rename(folder / "c.md")
    store.dies_before = True
    with pytest.raises(Killed):
        await ingest(loader, folder)
    assert sources_in(store) == {"handbook/a.md", "handbook/b.md"}
    assert await loader.erase("handbook/c.md", "t") == 2
    assert sources_in(store) == {"handbook/b.md"}
