"""The confidence fitted by one command: on a team's own verdicts, with the error rates it promises."""

import json
from pathlib import Path

import numpy as np
import pytest

from evals.calibration import promises
from evals.fitting import main
from graph.confidence import Calibration, calibration_at, shipped_calibration


def feedback(path: Path, count: int = 300, name: str = "best_sentence") -> Path:
    draws = np.random.default_rng(3)
    rows = []
    for _ in range(count):
        value = float(draws.random())
        right = bool(draws.random() < 1 / (1 + np.exp(-(8 * value - 4))))
        rows.append({"question": "Why?", "features": {name: value}, "right": right})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_team_s_own_feedback_makes_a_calibration_that_is_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "mine.json"
    assert main(["--feedback", str(feedback(tmp_path / "feedback.jsonl")), "--out", str(out)]) == 0
    fitted = calibration_at(out)
    assert fitted.confidence({"best_sentence": 0.9}) > 0.7 > 0.3 > fitted.confidence({"best_sentence": 0.1})
    assert fitted.threshold_for(0.1) > fitted.threshold_for(0.3) > 0
    shown = capsys.readouterr().out
    assert "HOPLINE_MAX_ERROR_RATE" in shown
    assert "feedback" in shown


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('{"features": {"best_sentence": 1}, "right": "yes"}', "feedback.jsonl:1: right"),
        ('{"right": true}', "feedback.jsonl:1: features"),
        ('{"features": {"luck": 1}, "right": true}', "'luck' is not a feature of this version"),
        ("nonsense", "feedback.jsonl:1:"),
    ],
)
def test_feedback_that_can_not_be_read_is_named(
    tmp_path: Path, line: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "feedback.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    assert main(["--feedback", str(path), "--out", str(tmp_path / "x.json")]) == 1
    assert sentence in capsys.readouterr().err


def test_a_promise_holds_at_its_threshold_and_at_every_higher_one() -> None:
    draws = np.random.default_rng(5)
    confidence = draws.random(2_000)
    right = (draws.random(2_000) < confidence).astype(float)
    found = promises(confidence, right)
    assert [one.error_rate for one in found] == sorted(one.error_rate for one in found)
    for one in found:
        for at in (one.threshold, (1 + one.threshold) / 2):
            kept = confidence >= at
            assert 1 - right[kept].mean() <= one.error_rate + 1e-9
    assert found[-1].threshold == 0.0


def test_without_measurements_the_promise_rests_on_the_confidence_alone() -> None:
    assert Calibration({}, 0.0).threshold_for(0.25) == 0.75
    measured = Calibration({}, 0.0, ((0.1, 0.8), (0.3, 0.4)))
    assert [measured.threshold_for(rate) for rate in (0.05, 0.1, 0.2, 0.3, 1.0)] == [0.95, 0.8, 0.8, 0.4, 0.0]


@pytest.mark.parametrize("mode", ["extractive", "model"])
def test_what_is_shipped_can_be_read_and_gives_probabilities(mode: str) -> None:
    shipped = shipped_calibration("model" if mode == "model" else "extractive")
    for value in (0.0, 1.0):
        assert 0 <= shipped.confidence(dict.fromkeys(shipped.coefficients, value)) <= 1


def test_every_feature_that_an_answer_has_is_taken_from_feedback(tmp_path: Path) -> None:
    path = feedback(tmp_path / "feedback.jsonl", name="mean_logprob")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        row["features"] |= {"support": 0.98, "chain_agrees": 1.0}
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert main(["--feedback", str(path), "--out", str(tmp_path / "x.json")]) == 0


def test_a_fit_of_a_model_s_answers_keeps_what_is_known_of_quotations_in_their_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOPLINE_MODEL", "m")
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    out = tmp_path / "mine.json"
    assert main(["--feedback", str(feedback(tmp_path / "feedback.jsonl")), "--out", str(out)]) == 0
    assert calibration_at(out).second_choice == shipped_calibration("model").second_choice
