"""What a quotation is worth where a model's own answer fell short, from questions asked both ways."""

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent.settings import Settings
from evals.calibration import Calibration, Promise
from evals.datasets import Dataset, Question
from evals.fitting import fit_datasets
from evals.manifest import describe_run
from evals.records import RunFolder
from evals.second_choice import second_choice
from graph.confidence import Calibration as Confidence
from graph.confidence import calibration_at, read_calibration, shifted
from tests.evals.doubles import made_answer, made_claim, made_record

OWN = Calibration(
    mode="model",
    features=("best_sentence",),
    coefficients={"best_sentence": 10.0},
    intercept=-5.0,
    n=100,
    right=50,
    auroc=0.8,
    ece=0.05,
    threshold=0.5,
    promises=(Promise(error_rate=0.3, threshold=0.5, error=0.3, coverage=0.6),),
)
EVENLY = Confidence({}, 0.0)


def run(folder: Path, mode: str, right: list[bool], relevance: float) -> Path:
    folder.mkdir()
    rows = []
    for number, is_right in enumerate(right):
        question = Question(id=f"q{number}", question="Where?", answers=("Paris",), supporting_ids=("p",))
        answer = made_answer(
            answer="Paris [1]." if is_right else "Rome [1].",
            mode=mode,
            claims=(made_claim("Paris" if is_right else "Rome", 1),),
            features={"best_sentence": relevance},
        )
        rows.append(made_record(question, answer=answer).model_dump_json())
    (folder / "records.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def test_the_shift_makes_quotations_as_sure_as_they_were_right(tmp_path: Path) -> None:
    own = run(tmp_path / "own", "model", [False] * 40, relevance=0.1)
    quoted = run(tmp_path / "quoted", "extractive", [True] * 10 + [False] * 30, relevance=0.9)
    found = second_choice([own], [quoted], OWN, EVENLY, 0.3)
    assert found is not None
    assert (found.n, found.right) == (40, 10)
    assert shifted(0.5, found.shift) == pytest.approx(0.25, abs=1e-3)


def test_questions_that_the_model_answered_are_not_counted(tmp_path: Path) -> None:
    own = run(tmp_path / "own", "model", [True] * 40, relevance=0.9)
    quoted = run(tmp_path / "quoted", "extractive", [True] * 20 + [False] * 20, relevance=0.9)
    assert second_choice([own], [quoted], OWN, EVENLY, 0.3) is None


def test_a_shift_is_read_with_the_fit_and_is_none_without_one() -> None:
    fit = {"coefficients": {}, "intercept": 0.0}
    assert read_calibration(json.dumps(fit), "x").second_choice == 0.0
    assert read_calibration(json.dumps(fit | {"second_choice": None}), "x").second_choice == 0.0
    assert read_calibration(json.dumps(fit | {"second_choice": {"shift": -0.5}}), "x").second_choice == -0.5


@pytest.mark.parametrize("confidence", [0.0, 1e-12, 0.3, 0.5, 1 - 1e-12, 1.0])
def test_a_shifted_confidence_stays_a_probability(confidence: float) -> None:
    assert 0.0 <= shifted(confidence, -2.0) <= shifted(confidence, 0.0) <= shifted(confidence, 2.0) <= 1.0
    assert shifted(confidence, 0.0) == pytest.approx(confidence, abs=1e-9)


def test_a_model_s_fit_asks_every_question_both_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOPLINE_MODEL", "m")
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    own = run(tmp_path / "own", "model", [number % 2 == 0 for number in range(80)], relevance=0.5)
    quoted = run(tmp_path / "quoted", "extractive", [number % 4 == 0 for number in range(80)], relevance=0.5)
    dataset = Dataset("one", (), (), frozenset(), "c")
    RunFolder(own).claim(describe_run(dataset, (), Settings(min_confidence=0), retrieval_only=False, k=10))
    asked = []

    async def evaluated(dataset: str, *, settings: Settings, **options: Any) -> Any:
        asked.append((dataset, settings.mode, settings.min_confidence))
        return SimpleNamespace(run_dir=str(own if settings.mode == "model" else quoted))

    monkeypatch.setattr("evals.fitting.run_evaluation", evaluated)
    out = tmp_path / "fit.json"
    fitted = asyncio.run(fit_datasets(["one"], limit=80, out=out))
    assert asked == [("one", "model", 0.0), ("one", "extractive", 0.0)]
    assert fitted.second_choice is not None
    assert fitted.second_choice.right <= fitted.second_choice.n
    assert calibration_at(out).second_choice == pytest.approx(fitted.second_choice.shift)
