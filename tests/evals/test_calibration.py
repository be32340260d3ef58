import json
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from agent.settings import Settings
from evals.calibration import FEW, best_threshold, calibrate, fit, fit_rows
from evals.datasets import Dataset, Question
from evals.fitting import fit_runs
from evals.manifest import describe_run
from evals.records import RunFolder
from graph.confidence import calibration_at
from integrations.cli.main import run
from tests.evals.doubles import made_answer, made_record
from tools.errors import InvalidInput


def _run(path: Path, count: int, seed: int, settings: Settings | None = None, bare: int = 0) -> Path:
    """Answers that are right with a chance that rises with `chain_agrees` and not with `noise`."""
    draws = np.random.default_rng(seed)
    questions = tuple(Question(f"q{n}", f"Question {n}?", ("Paris",)) for n in range(count))
    folder = RunFolder(path)
    dataset = Dataset("sample", questions, (), frozenset(), "c")
    folder.claim(describe_run(dataset, questions, settings or Settings(), retrieval_only=False, k=10))
    with closing(folder.open_writer()) as writer:
        for question in questions:
            support = float(draws.random())
            right = draws.random() < 1 / (1 + np.exp(-(8 * support - 4)))
            features = {"chain_agrees": support, "noise": float(draws.random()), "constant": 1.0}
            answer = made_answer(question.question, "Paris" if right else "Rome", features=features)
            bare_one = answer.model_copy(update={"features": {}})
            writer.append(made_record(question, answer=bare_one if int(question.id[1:]) < bare else answer))
    return path


def test_the_fit_finds_what_the_answers_depend_on_and_writes_it_down(tmp_path: Path) -> None:
    out = tmp_path / "made" / "extractive.json"
    runs = [_run(tmp_path / "one", 300, 1), _run(tmp_path / "two", 200, 2)]
    calibration = calibrate(runs, mode="extractive", out=out)
    assert calibration.features == ("chain_agrees", "constant", "noise")
    assert calibration.coefficients["chain_agrees"] == pytest.approx(8, abs=2)
    assert abs(calibration.coefficients["noise"]) < 1
    assert calibration.auroc is not None
    assert calibration.auroc > 0.8
    assert calibration.ece is not None
    assert calibration.ece < 0.08
    assert calibration.confidence({"chain_agrees": 1.0}) > 0.9 > 0.1 > calibration.confidence({"chain_agrees": 0.0})
    assert calibration.threshold == pytest.approx(0.5, abs=0.15)
    assert set(calibration.transfer) == {"one", "two"}
    assert json.loads(out.read_text())["n"] == 500


def test_the_answer_to_several_questions_has_no_features_and_is_in_no_fit(tmp_path: Path) -> None:
    fitted = calibrate([_run(tmp_path / "one", 200, 1, bare=50)], mode="extractive", out=tmp_path / "c.json")
    assert fitted.n == 150


def test_a_chosen_set_of_features_is_kept_to(tmp_path: Path) -> None:
    run = _run(tmp_path / "one", 200, 1)
    assert calibrate([run], mode="extractive", out=tmp_path / "c.json", features=["chain_agrees"]).features == (
        "chain_agrees",
    )
    with pytest.raises(InvalidInput, match="has the feature 'luck'; there are chain_agrees, constant, noise"):
        calibrate([run], mode="extractive", out=tmp_path / "c.json", features=["luck"])


def test_a_feature_that_hardly_varied_can_not_decide_alone() -> None:
    draws = np.random.default_rng(3)
    right = (draws.random(400) < 0.5).astype(float)
    hardly = 1 - 0.001 * (draws.random(400) < 0.02) * (1 - right)
    coefficients, _ = fit(np.column_stack([hardly, draws.random(400)]), right)
    assert abs(coefficients[0]) < 1


def test_few_answers_are_fitted_on_few_features(tmp_path: Path) -> None:
    few, many = _run(tmp_path / "few", FEW - 1, 1), _run(tmp_path / "many", FEW, 2)
    assert calibrate([few], mode="extractive", out=tmp_path / "c.json").features == ("chain_agrees",)
    assert calibrate([many], mode="extractive", out=tmp_path / "c.json").features == (
        "chain_agrees",
        "constant",
        "noise",
    )


def test_too_few_judged_answers_are_refused(tmp_path: Path) -> None:
    run = _run(tmp_path / "one", 30, 1)
    with pytest.raises(InvalidInput, match=r"wrong extractive answers in these runs; a calibration needs 20 of each"):
        calibrate([run], mode="extractive", out=tmp_path / "c.json")
    with pytest.raises(InvalidInput, match="There are 0 right and 0 wrong model answers"):
        calibrate([run], mode="model", out=tmp_path / "c.json")


def test_a_run_that_declined_its_doubtful_answers_is_refused_by_name(tmp_path: Path) -> None:
    open_handed = _run(tmp_path / "one", 200, 1, Settings(min_confidence=0))
    fitted = fit_runs([open_handed], mode="extractive", out=tmp_path / "c.json")
    assert calibration_at(tmp_path / "c.json").coefficients == pytest.approx(fitted.coefficients)
    with pytest.raises(InvalidInput, match="two: this run declined what was too uncertain, so its doubtful ans"):
        fit_runs([open_handed, _run(tmp_path / "two", 30, 1)], mode="extractive", out=tmp_path / "c.json")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--with", "runs/first"], "--with names runs for a calibration; give --calibrate OUT too"),
        (["--calibrate", "c.json", "--retrieval-only"], "--calibrate needs answers; leave --retrieval-only out"),
    ],
)
def test_options_that_contradict_each_other_are_a_usage_error(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["eval", "handbook", *arguments]) == 2
    assert sentence in " ".join(capsys.readouterr().err.replace("│", " ").split())


def test_the_threshold_is_where_answering_begins_to_pay() -> None:
    assert best_threshold(np.array([0.2, 0.4, 0.6, 0.8]), np.array([0.0, 0.0, 1.0, 1.0])) == 0.6
    assert best_threshold(np.array([0.2, 0.4]), np.array([1.0, 1.0])) == 0.0


def test_the_verifiers_score_is_fitted_when_it_is_asked_for_and_not_by_itself(tmp_path: Path) -> None:
    draws = np.random.default_rng(5)
    rows = [
        ("one", {"chain_score": float(value), "support": float(draws.random())}, bool(value > draws.random()))
        for value in draws.random(FEW)
    ]
    out = tmp_path / "c.json"
    assert fit_rows(rows, mode="model", out=out).features == ("chain_score",)
    assert fit_rows(rows, mode="model", out=out, features=["support"]).features == ("support",)
