from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from agent.settings import Settings
from evals.compare import compare_runs, mcnemar, paired_difference
from evals.datasets import Dataset, Question
from evals.manifest import describe_run
from evals.metrics.intervals import resampled_places
from evals.records import RunFolder
from tests.evals.doubles import made_answer, made_ranking, made_record
from tools.errors import InvalidInput


def _run(path: Path, answers: dict[str, str], *, corpus: str = "c", max_hops: int = 4) -> Path:
    questions = tuple(Question(name, f"Question {name}?", ("Paris",), ("a",)) for name in answers)
    folder = RunFolder(path)
    settings = Settings(max_hops=max_hops)
    dataset = Dataset("sample", questions, (), frozenset(), corpus)
    folder.claim(describe_run(dataset, questions, settings, retrieval_only=False, k=10))
    with closing(folder.open_writer()) as writer:
        for question in questions:
            answer = made_answer(question.question, answers[question.id], ranking=made_ranking("a"))
            writer.append(made_record(question, answer=answer))
    return path


def test_paired_differences_name_the_questions_that_changed(tmp_path: Path) -> None:
    before = _run(tmp_path / "one", {"1": "Rome", "2": "Paris", "3": "Rome", "4": "Paris", "only": "Paris"})
    after = _run(tmp_path / "two", {"1": "Paris", "2": "Paris", "3": "Paris", "4": "Rome"}, max_hops=2)
    comparison = compare_runs(before, after)
    change = comparison.metrics["exact_match"]
    assert (change.n, change.before, change.after, change.difference) == (4, 0.5, 0.75, 0.25)
    assert change.test == "McNemar"
    assert change.p_value == pytest.approx(1.0)
    assert comparison.changed_settings == ("settings (max_hops)",)
    assert [(question.id, question.before, question.after) for question in comparison.changed] == [
        ("4", 1, 0),
        ("1", 0, 1),
        ("3", 0, 1),
    ]
    assert comparison.changed[0].answer_after == "(answered) Rome"
    assert comparison.metrics["latency_ms_p50"].difference == 0


def test_mcnemar_gives_the_exact_binomial_p_value() -> None:
    # Six pairs changed, all gains: 2 · (1/2)^6.
    before, after = np.array([0.0] * 6 + [1.0] * 4), np.array([1.0] * 10)
    assert mcnemar(before, after) == pytest.approx(2 * 0.5**6)
    assert mcnemar(before, before) == 1.0


def test_a_steady_gain_is_significant_and_noise_is_not() -> None:
    draws = np.random.default_rng(5)
    before = draws.random(200)
    places = resampled_places(200)
    gain = paired_difference(before, before + 0.1 + 0.05 * draws.standard_normal(200), places)
    noise = paired_difference(before, before + 0.05 * draws.standard_normal(200), places)
    assert gain is not None
    assert noise is not None
    assert gain.test == "paired bootstrap"
    assert gain.p_value == 0.001
    assert gain.interval is not None
    assert gain.interval[0] < 0.1 < gain.interval[1]
    assert noise.p_value is not None
    assert noise.p_value > 0.05


def test_questions_without_both_values_are_left_out_of_the_pair() -> None:
    before, after = np.array([0.5, np.nan, 0.2]), np.array([0.7, 0.9, np.nan])
    change = paired_difference(before, after, resampled_places(3))
    assert change is not None
    assert change.n == 1
    assert change.difference == pytest.approx(0.2)
    assert paired_difference(np.array([np.nan]), np.array([1.0]), resampled_places(1)) is None


def test_runs_that_share_nothing_cannot_be_compared(tmp_path: Path) -> None:
    one = _run(tmp_path / "one", {"1": "Paris"})
    with pytest.raises(InvalidInput, match="different corpora"):
        compare_runs(one, _run(tmp_path / "two", {"1": "Paris"}, corpus="other"))
    with pytest.raises(InvalidInput, match="no question in common"):
        compare_runs(one, _run(tmp_path / "three", {"2": "Paris"}))
