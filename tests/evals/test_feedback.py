"""Readers' feedback, from the export of the Slack door to a data set and a calibration."""

import json
import random
from pathlib import Path

import pytest

from agent.answers import Answer, Citation
from evals.datasets.detection import load_dataset
from evals.feedback import calibrate_on_feedback, load_feedback
from integrations.slack.storage.feedback import Case, Label
from tools.errors import InvalidDataset, InvalidInput


def case(n: int, label: Label, reason: str = "", *, feature: float = 0.5, status: str = "answered") -> Case:
    citation = Citation(
        marker=1, passage_id="p", source="a.md", title="A", locator="", url=None, quote="Ines.", start=0, end=5
    )
    answer = Answer.model_validate(
        {
            "question": "and who?",
            "rewritten_question": "Who approves refunds?",
            "status": status,
            "answer": "Ines. [1]",
            "confidence": 0.5,
            "citations": [citation],
            "features": {"cited_coverage": feature},
        }
    )
    return Case(n, f"slack:T1:U{n}", label, reason, "", 1.0, answer)


def exported(folder: Path, cases: list[Case]) -> Path:
    file = folder / "questions.jsonl"
    file.write_text("".join(json.dumps(one.to_row()) + "\n" for one in cases))
    return file


def test_the_export_is_a_data_set_that_can_be_run(tmp_path: Path) -> None:
    exported(tmp_path, [case(1, "helpful"), case(2, "not_helpful", "wrong")])
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "a.md").write_text("# A\n\nInes.\n")
    helpful, wrong = load_dataset(tmp_path).questions
    assert (helpful.question, helpful.answers, helpful.supporting_ids) == (
        "Who approves refunds?",
        ("Ines. [1]",),
        ("a.md",),
    )
    assert (wrong.answers, wrong.supporting_ids) == ((), ())


@pytest.mark.parametrize(
    ("label", "reason", "status", "right"),
    [
        ("helpful", "", "answered", True),
        ("not_helpful", "wrong", "answered", False),
        ("not_helpful", "outdated", "partial", False),
        ("not_helpful", "incomplete", "answered", None),
        ("not_helpful", "", "answered", None),
        ("not_helpful", "declined", "declined", None),
        ("helpful", "", "declined", None),
    ],
)
def test_only_what_speaks_of_rightness_is_a_label_of_it(
    tmp_path: Path, label: Label, reason: str, status: str, right: bool | None
) -> None:
    (loaded,) = load_feedback(exported(tmp_path, [case(1, label, reason, status=status)]))
    assert loaded.right is right


def test_a_calibration_learns_from_what_readers_said(tmp_path: Path) -> None:
    chance = random.Random(3)
    good = [case(n, "helpful", feature=chance.gauss(0.8, 0.1)) for n in range(60)]
    bad = [case(100 + n, "not_helpful", "wrong", feature=chance.gauss(0.3, 0.1)) for n in range(60)]
    file = exported(tmp_path, good + bad)
    calibration = calibrate_on_feedback(file, mode="extractive", out=tmp_path / "fit" / "extractive.json")
    assert (calibration.n, calibration.right) == (120, 60)
    assert calibration.auroc is not None
    assert calibration.auroc > 0.95
    assert calibration.confidence({"cited_coverage": 0.9}) > 0.8 > 0.2 > calibration.confidence({"cited_coverage": 0.2})
    assert (tmp_path / "fit" / "extractive.json").is_file()


def test_too_few_cases_are_no_calibration(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="needs 20 of each"):
        calibrate_on_feedback(exported(tmp_path, [case(1, "helpful")]), mode="extractive", out=tmp_path / "x.json")


def test_a_row_that_is_no_case_is_named(tmp_path: Path) -> None:
    file = tmp_path / "feedback.jsonl"
    file.write_text('{"id": "1", "question": "q", "label": "fine", "confidence": 0.5}\n')
    with pytest.raises(InvalidDataset, match=r"feedback\.jsonl:1"):
        load_feedback(file)
