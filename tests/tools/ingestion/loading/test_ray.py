"""Ingestion over two Ray nodes on this machine, into Milvus Lite, which is a server process of its own."""

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.doubles import HashEmbedder, MemoryStore
from tests.ray_cluster import running_cluster
from tests.tools.ingestion.formats.malformed import malformed
from tests.tools.ingestion.loading.test_loader import sections
from tools.errors import EmbedderUnavailable, HoplineError, InvalidSetting, MissingModel, PermanentError
from tools.ingestion.catalogue.catalogue import Catalogue
from tools.ingestion.loading.loader import Loader
from tools.ingestion.loading.ray_job import RayCluster
from tools.ingestion.parsing.tasks import ParserInProcess
from tools.ingestion.parsing.workers import ParserWorkers
from tools.ingestion.planning.changes import IngestReport
from tools.ingestion.planning.plan import Recipe
from tools.passages import Passage, Reader
from tools.ports import Embedder, FloatArray
from tools.store.address import Address
from tools.store.milvus import MilvusStore
from tools.store.schema import Identity

pytestmark = [pytest.mark.slow, pytest.mark.blocks("Ray connects, and a catalogue is opened, in the loop of the test")]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running_cluster() as cluster:
        yield str(cluster.address)


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
) -> tuple[IngestReport, dict[str, tuple[Passage, Sequence[float]]], list[list[str]]]:
    """One run, with or without the cluster; everything in the store after it, and what this process embedded itself."""
    own = HashEmbedder()
    home.mkdir(exist_ok=True)
    identity = Identity(own.name, own.dimension)
    store = await MilvusStore.open(Address(home / "milvus.db"), "ray", identity, create=True)
    catalogue = Catalogue(home / "catalogue.sqlite")
    try:
        cluster = RayCluster(address, own, HashEmbedder, ParserWorkers) if address else None
        open_parser = (lambda: cluster) if cluster else ParserWorkers
        embedder = cluster or own
        recipe = Recipe(embedder, chunk_characters=400)
        loader = Loader(store, catalogue, recipe, open_parser=open_parser)
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


class Failing(HashEmbedder):
    """Of an actor: it was made, and fails at its first passages."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    async def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        raise self._error


def unmade() -> Embedder:
    raise MissingModel("There is no model at /models/x.")


@pytest.mark.parametrize(
    ("make_embedder", "kind", "said"),
    [
        (unmade, MissingModel, r"On the Ray node [^ ]+: There is no model at /models/x\."),
        (
            lambda: Failing(EmbedderUnavailable("It did not answer.")),
            EmbedderUnavailable,
            r"On the Ray node [^ ]+: It did not answer\.",
        ),
        (
            lambda: Failing(ValueError("unforeseen")),
            PermanentError,
            r"The Ray cluster did not finish a job \(RayTask[^\n]+\)\.",
        ),
    ],
    ids=["no model", "no endpoint", "a defect"],
)
async def test_what_goes_wrong_on_a_node_is_said_as_if_it_had_here(
    make_embedder: Callable[[], Embedder], kind: type[HoplineError], said: str, tmp_path: Path, address: str
) -> None:
    folder = tmp_path / "handbook"
    write(folder)
    catalogue = Catalogue(tmp_path / "catalogue.sqlite")
    cluster = RayCluster(address, HashEmbedder(), make_embedder, ParserWorkers)
    loader = Loader(MemoryStore(), catalogue, Recipe(cluster), open_parser=lambda: cluster)
    with pytest.raises(HoplineError) as raised:
        await loader.ingest([folder], groups=None, tenant="default", progress=lambda progress: None)
    catalogue.close()
    assert raised.type is kind
    assert re.fullmatch(said, str(raised.value))


async def test_an_address_without_a_cluster_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match=r"127\.0\.0\.1:1: there is no Ray cluster"):
        await asyncio.to_thread(RayCluster, "127.0.0.1:1", HashEmbedder(), HashEmbedder, ParserInProcess)
