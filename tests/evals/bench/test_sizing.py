"""The arithmetic of sizes, and that the measurements behind docs/deployment.md still run."""

import asyncio
import json
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from evals.bench import sight, sizing
from evals.bench.sizing import (
    HEADROOM,
    NEIGHBOURS,
    Passages,
    bytes_of_a_passage,
    graph_bytes,
    passages_a_segment,
    vector_bytes,
    weighed,
)
from tools.store.schema import DenseIndex, vector_indexes


def test_a_vector_weighs_its_components_and_quantised_ones_their_refinement_too() -> None:
    assert vector_bytes(384, "hnsw") == 1_536
    assert vector_bytes(384, "hnsw_sq8") == 384 + 2 * 384


def test_a_node_of_the_graph_weighs_its_neighbours() -> None:
    ground = 4 + 2 * 32 * 4
    assert graph_bytes(32) == pytest.approx(ground + (4 + 32 * 4) / 31)


def test_the_neighbours_are_those_that_the_store_asks_for() -> None:
    asked: tuple[DenseIndex, ...] = ("hnsw", "hnsw_sq8")
    for index in asked:
        (dense,) = vector_indexes(index, embedded=False)[0]
        assert dense.to_dict()["M"] == NEIGHBOURS[index]


def test_a_text_weighs_its_bytes(tmp_path: Path) -> None:
    for name, word in (("latin", "a"), ("cyrillic", "ж")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.md").write_text(f"{word * 100} {word * 100}\n")
    latin, cyrillic = (weighed(tmp_path / name).field_bytes for name in ("latin", "cyrillic"))
    assert cyrillic - latin == pytest.approx(200, abs=2)


def test_a_segment_holds_vectors_and_fields() -> None:
    assert passages_a_segment(Passages(1, 600, 1_024, 70), 256) == 2**30 // 2_048


def test_the_page_says_what_the_command_says() -> None:
    """The rows of both tables, and the sums that follow from them: a page of arithmetic goes stale unnoticed."""
    page = (Path(__file__).parents[3] / "docs/milvus-sizing.md").read_text()
    with as_file(files("evals.bundled.handbook") / "documents") as folder:
        passages = weighed(folder)
    for dimension in (384, 1_024):
        for index in NEIGHBOURS:
            each = sum(bytes_of_a_passage(passages, dimension, index).values())
            mapped = each - passages.field_bytes
            gib = [f"{value * 1e6 / 2**30:.1f} GiB" for value in (each, each * HEADROOM, mapped * HEADROOM)]
            name = f"`{index}`" if dimension == 384 else f"`{index}`, 1,024 dimensions"
            assert f"| {name} | {each:,.0f} | {' | '.join(gib)} |" in page
    assert f"{passages_a_segment(passages, 384):,} passages" in page
    assert f"{passages.field_bytes:,.0f}" in page


def test_the_parts_of_a_passage_add_up(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Refunds\n\nA refund above 500 euros is approved by the duty manager.\n")
    (tmp_path / "b.bin").write_bytes(b"\x00")
    passages = weighed(tmp_path)
    assert passages.count == 1
    parts = bytes_of_a_passage(passages, 384, "hnsw")
    assert parts["bm25"] == passages.words * 8
    assert passages.field_bytes > passages.characters
    empty = bytes_of_a_passage(Passages(1, 0, 0, 0), 384, "auto")
    assert empty == {"vector": 1_536, "graph": graph_bytes(18), "bm25": 0, "fields": 0}


def test_a_folder_without_documents_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no readable document"):
        weighed(tmp_path)


def test_the_command_counts_for_as_many_passages_as_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert sizing.main(["--json", "--passages", "5"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["passages"] == 5
    assert told["bytes_each"]["hnsw"]["vector"] == 1_536
    assert told["measured"] > 100


def test_looking_on_costs_a_question_next_to_nothing(tmp_path: Path) -> None:
    """15 ms is what a question may spend outside the model and the store; the bound is loose for a busy machine."""
    told = asyncio.run(sight.measure(tmp_path, 40))
    assert told["metrics and trace (default)"]["p50"] < 2.0
    assert set(told) == {"metrics and trace (default)", "and OpenTelemetry", "and OpenTelemetry's content"}
