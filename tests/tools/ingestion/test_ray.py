"""Ingestion over two Ray nodes on this machine, into Milvus Lite, which is a server process of its own."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doubles import HashEmbedder
from tests.tools.ingestion.malformed import malformed
from tests.tools.ingestion.test_loader import sections
from tools.errors import InvalidSetting
from tools.ingestion.catalogue import Catalogue
from tools.ingestion.changes import IngestReport
from tools.ingestion.loader import Loader
from tools.ingestion.parsing import ParserInProcess
from tools.ingestion.ray_job import RayCluster
from tools.ingestion.workers import ParserWorkers
from tools.passages import Passage, Reader
from tools.store.milvus import MilvusStore

pytestmark = [pytest.mark.slow, pytest.mark.blocks("Ray connects, and a catalogue is opened, in the loop of the test")]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A cluster of two nodes with one processor each."""
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    cluster.add_node(num_cpus=1)
    try:
        yield str(cluster.address)
    finally:
        cluster.shutdown()  # type: ignore[no-untyped-call]


def write(folder: Path) -> None:
    for number in range(60):
        path = folder / f"part{number % 5}" / f"doc{number}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(sections(f"First {number}", f"Second {number}", "Shared"))
    (folder / "broken.md").write_bytes(b"\0\1")
    (folder / "corners.xlsx").write_bytes(malformed()["corners.xlsx"])
    (folder / "corpus.jsonl").write_text('{"id": "a", "text": "About a."}\n{"id": "b", "text": "About b."}')


async def ingested(
    folder: Path, home: Path, address: str | None
) -> tuple[IngestReport, dict[str, tuple[Passage, tuple[float, ...]]], list[list[str]]]:
    """One run, with or without the cluster; everything in the store after it, and what this process embedded itself."""
    own = HashEmbedder()
    home.mkdir(exist_ok=True)
    store = await MilvusStore.open(
        home / "milvus.db", "ray", dimension=own.dimension, embedder_name=own.name, create=True
    )
    catalogue = Catalogue(home / "catalogue.sqlite")
    try:
        cluster = RayCluster(address, own, HashEmbedder, ParserWorkers) if address else None
        open_parser = (lambda: cluster) if cluster else ParserWorkers
        loader = Loader(store, cluster or own, catalogue, chunk_characters=400, open_parser=open_parser)
        report = await loader.ingest([folder], groups=None, tenant="default", progress=lambda progress: None)
        sources = sorted({entry.source for entry in catalogue.entries("default")})
        hits = await store.find_sources(sources, Reader(groups=("people",)), 10_000)
        return report, {hit.passage.key: (hit.passage, hit.vector or ()) for hit in hits}, own.batches
    finally:
        await store.close()
        catalogue.close()


async def test_two_nodes_fill_the_store_as_one_process_would(tmp_path: Path, address: str) -> None:
    folder = tmp_path / "handbook"
    write(folder)
    report, there, embedded_here = await ingested(folder, tmp_path / "ray", address)
    assert (report.documents_added, report.failed) == (62, 2)
    assert [source for source, _ in report.failures] == ["handbook/broken.md", "handbook/corners.xlsx"]
    assert sum(map(len, embedded_here)) == 2  # the corpus's rows
    _, here, _ = await ingested(folder, tmp_path / "alone", None)
    assert there == here
    (folder / "part0" / "doc0.md").rename(folder / "part1" / "renamed.md")
    (folder / "part2" / "access.toml").write_text('groups = ["people"]')
    (folder / "part3" / "doc3.md").unlink()
    (folder / "part4" / "doc4.md").write_text(sections("First 4", "Edited", "Shared"))
    report, there, _ = await ingested(folder, tmp_path / "ray", address)
    assert (report.documents_renamed, report.documents_repermissioned, report.documents_removed) == (1, 12, 1)
    await ingested(folder, tmp_path / "alone", None)
    report, there, _ = await ingested(folder, tmp_path / "ray", address)
    assert report.documents_unchanged == 61
    _, here, _ = await ingested(folder, tmp_path / "alone", None)
    assert there == here


async def test_an_address_without_a_cluster_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match=r"127\.0\.0\.1:1: there is no Ray cluster"):
        await asyncio.to_thread(RayCluster, "127.0.0.1:1", HashEmbedder(), HashEmbedder, ParserInProcess)
