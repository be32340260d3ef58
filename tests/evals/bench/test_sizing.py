"""The arithmetic of sizes, and that the measurements behind docs/deployment.md still run."""

import asyncio
import json
from pathlib import Path

import pytest

from evals.bench import sight, sizing
from evals.bench.sizing import Passages, bytes_of_a_passage, graph_bytes, vector_bytes, weighed


def test_a_vector_weighs_its_components_and_quantised_ones_their_refinement_too() -> None:
    assert vector_bytes(384, "hnsw") == 1_536
    assert vector_bytes(384, "hnsw_sq8") == 384 + 2 * 384


def test_a_node_of_the_graph_weighs_its_neighbours() -> None:
    ground = 4 + 2 * 32 * 4
    assert graph_bytes("hnsw", m=32) == pytest.approx(ground + (4 + 32 * 4) / 31)
    assert graph_bytes("flat") == 0


def test_the_parts_of_a_passage_add_up(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Refunds\n\nA refund above 500 euros is approved by the duty manager.\n")
    (tmp_path / "b.bin").write_bytes(b"\x00")
    passages = weighed(tmp_path)
    assert passages.count == 1
    parts = bytes_of_a_passage(passages, 384, "hnsw")
    assert parts["bm25"] == passages.words * 8
    assert passages.field_bytes > passages.characters
    assert bytes_of_a_passage(Passages(1, 0, 0, 0), 384, "flat") == {"vector": 1536, "graph": 0, "bm25": 0, "fields": 0}


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
