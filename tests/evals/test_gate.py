from pathlib import Path

import pytest

from evals.datasets import load_dataset
from evals.gate import GATED, check_gate, read_baseline, write_baseline
from evals.results import EvalResult
from tools.errors import InvalidInput

COMMITTED = Path(__file__).parents[2] / "evals" / "bundled" / "handbook" / "baseline.json"


def _result(*, n: int = 10, intervals: dict[str, tuple[float, float]] | None = None, **metrics: float) -> EvalResult:
    named = {name.replace("_at_", "@"): value for name, value in metrics.items()}
    return EvalResult(
        dataset="sample", n=n, metrics=named, by_type={}, by_hops={}, run_dir="run", intervals=intervals or {}
    )


BASELINE = _result(
    f1=0.6,
    recall_at_5=0.9,
    confidence_ece=0.1,
    latency_ms_p50=10,
    intervals={"f1": (0.5, 0.7), "recall@5": (0.8, 0.95), "confidence_ece": (0.05, 0.15)},
)


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    path = tmp_path / "baseline.json"
    path.write_text(BASELINE.model_dump_json())
    return path


def test_a_fall_within_the_interval_passes_and_latency_is_not_gated(baseline: Path) -> None:
    assert check_gate(baseline, _result(f1=0.5, recall_at_5=0.8, confidence_ece=0.15, latency_ms_p50=9_000)) == ()


def test_a_fall_beyond_the_interval_fails_by_name(baseline: Path) -> None:
    failures = check_gate(baseline, _result(f1=0.49, recall_at_5=0.95, confidence_ece=0.16))
    assert [failure.metric for failure in failures] == ["f1", "confidence_ece"]
    assert failures[0].sentence == "f1 is 0.4900; the baseline is 0.6000 and allows 0.5000."


def test_a_metric_that_is_no_longer_measured_fails(baseline: Path) -> None:
    (failure,) = check_gate(baseline, _result(f1=0.6, confidence_ece=0.1))
    assert failure.sentence == "recall@5 is in the baseline (0.9000) and is no longer measured."


def test_a_result_with_failures_has_not_passed(baseline: Path) -> None:
    result = _result(f1=0.1, recall_at_5=0.9, confidence_ece=0.1)
    assert result.passed
    assert not result.model_copy(update={"gate_failures": check_gate(baseline, result)}).passed


def test_a_baseline_of_other_questions_or_none_at_all_is_refused(baseline: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="gate the same questions"):
        check_gate(baseline, _result(n=11, f1=0.6))
    with pytest.raises(InvalidInput, match="no such baseline"):
        check_gate(tmp_path / "missing.json", BASELINE)
    (tmp_path / "wrong.json").write_text("{}")
    with pytest.raises(InvalidInput, match=r"not a baseline of hopline eval \(dataset: Field required\)"):
        check_gate(tmp_path / "wrong.json", BASELINE)


def test_a_baseline_that_would_pass_anything_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.json"
    path.write_text(_result(latency_ms_p50=3).model_dump_json())
    with pytest.raises(InvalidInput, match="any run would pass"):
        check_gate(path, BASELINE)


def test_a_written_baseline_holds_quality_alone_and_the_run_it_came_from_passes(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    write_baseline(path, BASELINE)
    kept = read_baseline(path)
    assert set(kept.metrics) == set(kept.intervals) == {"f1", "recall@5", "confidence_ece"}
    assert "run_dir" not in path.read_text()
    assert check_gate(path, BASELINE) == ()
    assert [failure.metric for failure in check_gate(path, _result(f1=0.4999, recall_at_5=0.8, confidence_ece=0))] == [
        "f1"
    ]


def test_a_run_with_failed_questions_is_no_baseline(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="2 questions failed"):
        write_baseline(tmp_path / "baseline.json", BASELINE.model_copy(update={"failed": 2}))
    assert list(tmp_path.iterdir()) == []


def test_the_committed_baseline_is_of_the_bundled_questions_and_holds_every_metric_that_applies() -> None:
    baseline, handbook = read_baseline(COMMITTED), load_dataset("handbook")
    assert (baseline.dataset, baseline.n) == (handbook.name, len(handbook.questions))
    assert set(baseline.metrics) == set(baseline.intervals) == set(GATED)
