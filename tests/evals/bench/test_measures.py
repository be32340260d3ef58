import pytest

from evals.bench.measures import quality, row_of, throughput, with_ratios
from evals.datasets import Question

QUESTIONS = [
    Question("1", "?", supporting_ids=("a", "b")),
    Question("2", "?", supporting_ids=("c",)),
]
RANKINGS = {"1": [["a#1", "a"], ["x#1", "x"], ["b#1", "b"]], "2": [["x#1", "x"], ["c#1", "c"], ["c#2", "c"]]}
INDEXING = {"seconds": 20.0, "chunks": 100, "memory_mb": 300.0}
ENCODING = {"seconds": 16.0, "memory_mb": 500.0}


def _outcome(latency: float) -> dict[str, object]:
    return {"rankings": RANKINGS, "latencies_ms": [latency] * 4, "memory_mb": 200.0, "opening_seconds": 4.0}


def test_quality_counts_each_supporting_document_once() -> None:
    means, intervals = quality(RANKINGS, QUESTIONS)
    assert means["recall@2"] == pytest.approx((0.5 + 1) / 2)
    assert means["recall@5"] == means["full_recall@5"] == 1
    assert means["mrr"] == pytest.approx((1 + 0.5) / 2)
    assert intervals["recall@2"][0] <= means["recall@2"] <= intervals["recall@2"][1]


def test_a_system_on_our_store_took_our_ingestion_and_another_its_own_filling() -> None:
    ours = row_of("hopline", _outcome(10), INDEXING, ENCODING, QUESTIONS)
    other = row_of("haystack", _outcome(5), INDEXING, ENCODING, QUESTIONS)
    assert ours["metrics"]["indexing_seconds"] == 20
    assert other["metrics"]["indexing_seconds"] == 16 + 4
    unknown = row_of("haystack", _outcome(5), INDEXING, {"error": "no such library"}, QUESTIONS)
    assert "indexing_seconds" not in unknown["metrics"]


def test_every_number_is_also_given_over_ours() -> None:
    rows = [row_of(name, _outcome(ms), INDEXING, ENCODING, QUESTIONS) for name, ms in (("hopline", 10), ("bm25", 5))]
    ours, theirs = with_ratios(rows)
    assert set(ours["ratios"].values()) == {1.0}
    assert theirs["ratios"]["latency_ms_p95"] == 0.5
    assert theirs["ratios"]["recall@5"] == 1


def test_a_system_that_could_not_be_measured_keeps_its_sentence_and_gets_no_number() -> None:
    row = row_of("langchain", {"error": "it is not installed"}, INDEXING, ENCODING, QUESTIONS)
    assert with_ratios([row]) == [row]
    assert row["error"] == "it is not installed"
    measured = row_of("bm25", _outcome(5), INDEXING, ENCODING, QUESTIONS)
    assert with_ratios([measured])[0]["ratios"] == {}


def test_throughput_is_compared_with_the_bare_encoding_of_the_same_chunks() -> None:
    assert throughput(INDEXING, ENCODING) == {
        "chunks": 100,
        "ours": 5,
        "bare_encode": 6.25,
        "ratio": pytest.approx(0.8),
    }
    assert throughput(INDEXING, {"error": "?"}) == {"chunks": 100, "ours": 5}
