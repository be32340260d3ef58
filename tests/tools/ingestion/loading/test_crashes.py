import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.doubles import HashEmbedder, MemoryStore
from tests.tools.ingestion.loading.disk_store import DiskStore, ingest
from tools.errors import StorageFull, StoreInUse
from tools.ingestion.catalogue.catalogue import Catalogue
from tools.ingestion.loading.loader import Loader
from tools.ingestion.planning.plan import Recipe
from tools.passages import Passage

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_folder(tmp_path / "handbook", 0)
    return tmp_path / "handbook"


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(tmp_path / "catalogue.sqlite")


def write_folder(folder: Path, edition: int) -> None:
    """A folder whose files are added, edited, shifted and deleted from one edition to the next."""
    chance = random.Random(edition)
    folder.mkdir(exist_ok=True)
    for number in range(24):
        path = folder / f"doc{number}.md"
        if (number + edition) % 5 == 0:
            path.unlink(missing_ok=True)
            continue
        sections = [f"## Section {n}\n\nWhat document {number} says in {n}. " + "More words. " * 9 for n in range(8)]
        if chance.random() < 0.6:
            sections.insert(chance.randrange(8), f"## New {edition}\n\n" + f"Words of edition {edition}. " * 9)
        path.write_text(f"# Document {number}\n\n" + "\n\n".join(sections))
    rows = [
        {"id": f"r{n}", "title": f"Row {n}", "text": f"Text {n if n % 3 else edition}"} for n in range(60 + edition)
    ]
    (folder / "corpus.jsonl").write_text("\n".join(json.dumps(row) for row in rows))


def state_of(store: MemoryStore) -> dict[str, tuple[Passage, tuple[float, ...]]]:
    return {key: (passage, store.vectors[key]) for key, passage in store.passages.items()}


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 6))])
def test_killed_at_any_time_the_next_run_ends_like_a_fresh_one(tmp_path: Path, seed: int) -> None:
    folder, home, fresh = tmp_path / "handbook", tmp_path / "home", tmp_path / "fresh"
    chance = random.Random(seed)
    home.mkdir()
    fresh.mkdir()
    killed_while_writing = 0
    for edition in range(3):
        write_folder(folder, edition)
        command = [sys.executable, "-m", "tests.tools.ingestion.loading.disk_store", str(home), str(folder), "0.02"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"started\n"
            time.sleep(chance.uniform(0.1, 0.6))
            process.send_signal(signal.SIGKILL)
        killed_while_writing += bool(Catalogue(home / "catalogue.sqlite").interrupted("default"))
    asyncio.run(ingest(home, folder, 0.0))
    asyncio.run(ingest(fresh, folder, 0.0))
    assert state_of(DiskStore(home / "store.sqlite")) == state_of(DiskStore(fresh / "store.sqlite"))
    assert killed_while_writing >= 1


class HesitantStore(MemoryStore):
    """Waits in the middle of a write until told to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.writing, self.go_on = asyncio.Event(), asyncio.Event()

    async def upsert(self, passages, vectors) -> None:  # type: ignore[no-untyped-def]
        self.writing.set()
        await self.go_on.wait()
        await super().upsert(passages, vectors)


async def test_a_cancelled_run_finishes_the_write_it_is_in_and_leaves_the_catalogue_right(
    folder: Path, catalogue: Catalogue
) -> None:
    store, embedder = HesitantStore(), HashEmbedder()
    loader = Loader(store, catalogue, Recipe(embedder, chunk_characters=200))
    task = asyncio.create_task(loader.ingest([folder], groups=None, tenant="t", progress=lambda progress: None))
    await store.writing.wait()
    task.cancel()
    await asyncio.sleep(0.05)
    assert not task.done()
    store.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    written = len(store.passages)
    assert written == len(embedder.embedded)
    report = await loader.ingest([folder], groups=None, tenant="t", progress=lambda progress: None)
    assert (report.passages_written, report.documents_added) == (0, 0)
    assert len(store.passages) == written


async def test_a_second_run_at_the_same_time_is_refused_and_takes_nothing_for_gone(
    folder: Path, catalogue: Catalogue, tmp_path: Path
) -> None:
    store = HesitantStore()
    loader = Loader(store, catalogue, Recipe(HashEmbedder()))
    first = asyncio.create_task(loader.ingest([folder], groups=None, tenant="t", progress=lambda progress: None))
    await store.writing.wait()
    other = await asyncio.to_thread(Catalogue, tmp_path / "catalogue.sqlite")
    second = Loader(store, other, Recipe(HashEmbedder()))
    with pytest.raises(StoreInUse, match="another ingestion"):
        await second.ingest([folder], groups=None, tenant="t", progress=lambda progress: None)
    store.go_on.set()
    there = (await first).documents_added
    report = await second.ingest([folder], groups=None, tenant="t", progress=lambda progress: None)
    assert (report.documents_unchanged, report.documents_removed) == (there, 0)


class FullStore(MemoryStore):
    async def upsert(self, passages, vectors) -> None:  # type: ignore[no-untyped-def]
        raise OSError(28, os.strerror(28))


async def test_a_full_disk_is_one_clear_error_and_the_next_run_puts_it_right(
    folder: Path, catalogue: Catalogue
) -> None:
    full = Loader(FullStore(), catalogue, Recipe(HashEmbedder()))
    with pytest.raises(StorageFull, match="no room"):
        await full.ingest([folder], groups=None, tenant="t", progress=lambda progress: None)
    store = MemoryStore()
    again = Loader(store, catalogue, Recipe(HashEmbedder()))
    report = await again.ingest([folder], groups=None, tenant="t", progress=lambda progress: None)
    assert report.documents_added > 0
    assert report.documents_unchanged == 0
    assert len(store.passages) == report.passages_written


async def test_a_disk_too_full_for_the_catalogue_is_the_same_error(folder: Path, catalogue: Catalogue) -> None:
    connection = catalogue._file.connection
    ((pages,),) = connection.execute("PRAGMA page_count").fetchall()
    connection.execute(f"PRAGMA max_page_count = {pages}")  # SQLite then answers as on a full disk
    loader = Loader(MemoryStore(), catalogue, Recipe(HashEmbedder()))
    with pytest.raises(StorageFull, match="catalogue"):
        await loader.ingest([folder], groups=None, tenant="t", progress=lambda progress: None)
