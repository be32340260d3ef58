"""A folder of hostile files: each costs itself only, and is reported by its name and a reason."""

import asyncio
import time
from functools import partial
from pathlib import Path

import pytest

from tests.doubles import HashEmbedder, MemoryStore
from tests.tools.ingestion.formats import files
from tests.tools.ingestion.formats.malformed import malformed
from tools.ingestion.catalogue.catalogue import Catalogue
from tools.ingestion.loading.loader import Loader
from tools.ingestion.parsing.workers import ParserWorkers
from tools.ingestion.planning.changes import IngestReport
from tools.ingestion.planning.plan import Recipe

SECONDS = 20
# Repaired by their parsers, or read without the part that would do harm.
MAY_BE_READ = {"laughs.docx", "outside.docx", "cut.pdf"}


async def ingested(folder: Path, store: MemoryStore) -> IngestReport:
    catalogue = await asyncio.to_thread(Catalogue, folder.parent / "catalogue.sqlite")
    workers = partial(ParserWorkers, workers=2, seconds=SECONDS, memory_mb=768)
    loader = Loader(store, catalogue, Recipe(HashEmbedder()), open_parser=workers)
    report = await loader.ingest([folder], groups=None, tenant="default", progress=lambda step: None)
    catalogue.close()
    return report


async def test_hostile_files_cost_themselves_only_and_are_reported_by_name(tmp_path: Path) -> None:
    folder, bad = tmp_path / "docs", await asyncio.to_thread(malformed)

    def write() -> None:
        folder.mkdir()
        for name, data in bad.items():
            (folder / name).write_bytes(data)
            # A good one before and after each of them in the order of the names.
            (folder / f"{name}.a.md").write_text(f"All about {name}.")
        (folder / "zz.pdf").write_bytes(files.pdf())

    await asyncio.to_thread(write)
    store, started = MemoryStore(), time.monotonic()
    report = await ingested(folder, store)
    reasons = {Path(source).name: reason for source, reason in report.failures}
    read = {Path(passage.source).name for passage in store.passages.values()}
    assert {f"{name}.a.md" for name in bad} | {"zz.pdf"} <= read
    assert set(bad) - MAY_BE_READ <= set(reasons)
    assert set(reasons) <= set(bad)
    assert all(reason for reason in reasons.values())
    assert "root:" not in "".join(passage.text for passage in store.passages.values())
    assert time.monotonic() - started < 4 * SECONDS


@pytest.mark.parametrize("name", ["outside.docx", "laughs.docx"])
async def test_entities_of_a_document_are_never_expanded(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "docs"
    await asyncio.to_thread(folder.mkdir)
    await asyncio.to_thread((folder / name).write_bytes, (await asyncio.to_thread(malformed))[name])
    store = MemoryStore()
    await ingested(folder, store)
    assert sum(len(passage.text) for passage in store.passages.values()) < 1_000
