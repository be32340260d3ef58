"""`hopline ingest --ray`: two Ray nodes, and a Milvus over TCP that several processes use at once."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import with_model
from tests.milvus_server import make_collections, rows_of, running_milvus
from tests.ray_cluster import running_cluster
from tools.embedders.opening import open_embedder

if TYPE_CHECKING:
    from ray.cluster_utils import Cluster

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

DOCUMENTS = 200
BEGIN_SECONDS = 90.0
WORK_SECONDS = 1.0


@dataclass(frozen=True)
class Shop:
    """Documents, a server, a cluster; every collection is filled from a home of its own."""

    folder: Path
    uri: str
    cluster: "Cluster"
    model_cache: Path

    def begun(self, collection: str, *arguments: str) -> "subprocess.Popen[str]":
        home = self.folder.with_name(f"home-{collection}")
        if not home.exists():
            with_model(home, self.model_cache)
        settings = {
            "HOPLINE_MILVUS_URI": self.uri,
            "HOPLINE_COLLECTION": collection,
            "HOPLINE_HOME": str(home),
        }
        return subprocess.Popen(
            [Path(sys.executable).with_name("hopline"), *arguments, "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **settings},
        )

    def ingested(self, collection: str, *arguments: str) -> Any:
        return said(self.begun(collection, "ingest", str(self.folder), *arguments))

    def ingested_on_ray(self, collection: str) -> Any:
        return self.ingested(collection, "--ray", str(self.cluster.address))

    def rows(self, collection: str) -> dict[str, dict[str, Any]]:
        return rows_of(self.uri, collection)


def said(process: "subprocess.Popen[str]") -> Any:
    out, err = process.communicate()
    assert process.returncode == 0, err
    return json.loads(out)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Iterator[Shop]:
    place = tmp_path_factory.mktemp("shop")
    write(place / "docs")
    embedder = asyncio.run(open_embedder("minilm", model_cache))
    asyncio.run(make_collections(place / "served.db", embedder, ["alone", "together", "bereft"]))
    with running_milvus(place / "served.db") as uri, running_cluster() as cluster:
        yield Shop(place / "docs", uri, cluster, model_cache)


@pytest.fixture(scope="module")
def alone(shop: Shop) -> dict[str, dict[str, Any]]:
    """The rows that one process writes."""
    assert shop.ingested("alone")["documents_added"] == DOCUMENTS
    return shop.rows("alone")


def write(folder: Path) -> None:
    for number in range(DOCUMENTS):
        path = folder / f"part{number % 4}" / f"doc{number}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            f"# Depot {number}\n\nThe keeper of depot {number} is Person {number * 7}.\n\n"
            "## Gates\n\n" + "".join(f"Gate {number}-{gate} is shut at {gate} o'clock. " for gate in range(16))
        )
    (folder / "part1" / "access.toml").write_text('groups = ["finance"]')


def test_two_nodes_fill_a_server_as_one_process_would(shop: Shop, alone: dict[str, dict[str, Any]]) -> None:
    report = shop.ingested_on_ray("together")
    assert (report["documents_added"], report["passages_written"]) == (DOCUMENTS, len(alone))
    assert shop.rows("together") == alone
    report = shop.ingested_on_ray("together")
    assert (report["documents_unchanged"], report["documents_added"]) == (DOCUMENTS, 0)
    assert (report["passages_written"], report["passages_moved"], report["passages_deleted"]) == (0, 0, 0)
    assert shop.rows("together") == alone
    question = ("search", "Who is the keeper of depot 5?", "-k", "20")
    outside, inside = (shop.begun("together", *question, *groups) for groups in ((), ("--groups", "finance")))
    seen, seen_inside = ({one["source"] for one in said(process)["results"]} for process in (outside, inside))
    assert "docs/part1/doc5.md" in seen_inside
    assert seen
    assert not [source for source in seen if source.startswith("docs/part1/")]


def test_a_node_that_is_killed_in_the_middle_costs_no_row(shop: Shop, alone: dict[str, dict[str, Any]]) -> None:
    (node,) = shop.cluster.worker_nodes
    ingestion = shop.begun("bereft", "ingest", str(shop.folder), "--ray", str(shop.cluster.address))
    wait_until_it_works(node, ingestion)
    time.sleep(WORK_SECONDS)
    shop.cluster.remove_node(node, allow_graceful=False)
    assert shop.rows("bereft") == {}
    assert said(ingestion)["documents_added"] == DOCUMENTS
    assert shop.rows("bereft") == alone
    shop.cluster.add_node(num_cpus=1)
    report = shop.ingested_on_ray("bereft")
    assert (report["documents_unchanged"], report["passages_written"]) == (DOCUMENTS, 0)
    assert shop.rows("bereft") == alone


def wait_until_it_works(node: Any, ingestion: "subprocess.Popen[str]") -> None:
    """Until an actor of the node has loaded its model; Ray's workers say in their names what they are at."""
    raylet = node.all_processes["raylet"][0].process.pid
    deadline = time.monotonic() + BEGIN_SECONDS
    while time.monotonic() < deadline and ingestion.poll() is None:
        for child in Path(f"/proc/{raylet}/task/{raylet}/children").read_text().split():
            with suppress(OSError):
                if Path(f"/proc/{child}/cmdline").read_text().rstrip("\0 ").endswith("(_ParseAndEmbed))"):
                    return
        time.sleep(0.02)
    raise AssertionError(f"no actor of the node came to work (exit status {ingestion.poll()})")
