import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from agent.settings import Settings
from evals.evaluation import Scope, run_evaluation, score_run
from evals.records import RunFolder
from evals.results import EvalResult
from evals.stopping import ORACLE, RULE, STOPPING_FILE
from tests.evals.doubles import ScriptedAssistant, opening
from tools.errors import InvalidInput

# What hop by hop is found, and so the recall after one, two, three and four hops.
FOUND = {
    "At once?": ["a", "b", "x", "y"],  # ½ 1 1 1
    "Late?": ["x", "y", "a", "b"],  # 0 0 ½ 1: the rule, two hops, stops too early
    "Never?": ["x", "y", "z", "w"],  # 0 0 0 0
}


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "sample"
    folder.mkdir()
    passages = [{"id": name, "title": name, "text": "…"} for name in "abxyzw"]
    judged = {"answers": ["x"], "supporting_ids": ["a", "b"]}
    questions: list[dict[str, Any]] = [{"id": name, "question": name, **judged} for name in FOUND]
    questions.append({"id": "u", "question": "Unknowable?", "answerable": False})
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, passages)))
    (folder / "questions.jsonl").write_text("\n".join(map(json.dumps, questions)))
    return folder


def _evaluate(dataset: Path, subject: ScriptedAssistant) -> EvalResult:
    asked = run_evaluation(
        dataset,
        settings=Settings(home=dataset.parent / "home"),
        opener=opening(subject),
        scope=Scope(retrieval_only=True, stopping=True),
        out=dataset.parent / "run",
    )
    return asyncio.run(asked)


def _subject() -> ScriptedAssistant:
    return ScriptedAssistant(found=FOUND, by_hop=True)


def test_the_curve_shows_every_number_of_hops_the_rule_and_the_oracle(dataset: Path) -> None:
    curve = _evaluate(dataset, _subject()).stopping
    assert curve is not None
    assert curve.n == 3  # the unanswerable question has nothing to be found
    points = {point.name: (round(point.recall, 4), round(point.hops_mean, 4)) for point in curve.points}
    assert points == {
        "always 1": (0.1667, 1.0),
        "always 2": (0.3333, 2.0),
        "always 3": (0.5, 3.0),
        "always 4": (0.6667, 4.0),
        RULE: (0.3333, 2.0),
        ORACLE: (0.6667, 2.3333),  # two hops, four, and one where nothing helps
    }
    assert curve.rule_against_longest is not None
    assert curve.rule_against_longest.difference == pytest.approx(-1 / 3)
    assert curve.rule_against_oracle is not None
    assert curve.rule_against_oracle.difference == pytest.approx(-1 / 3)


def test_nothing_is_asked_twice_and_a_cut_row_is_asked_again(dataset: Path) -> None:
    first = _subject()
    result = _evaluate(dataset, first)
    assert len(first.asked) == 4 + 3 * 4
    again = _subject()
    assert _evaluate(dataset, again).stopping == result.stopping
    assert again.asked == []
    rows = dataset.parent / "run" / STOPPING_FILE
    rows.write_bytes(rows.read_bytes()[:-20])
    rest = _subject()
    _evaluate(dataset, rest)
    assert len(rest.asked) == 1
    assert score_run(RunFolder(dataset.parent / "run")).stopping is not None


def test_a_question_that_fails_is_left_out_of_the_curve_and_asked_again(dataset: Path) -> None:
    failing = ScriptedAssistant(found=FOUND, by_hop=True, failing={"Late?"})
    curve = _evaluate(dataset, failing).stopping
    assert curve is not None
    assert curve.n == 2
    again = _subject()
    curve = _evaluate(dataset, again).stopping
    assert curve is not None
    assert curve.n == 3
    assert {question for question, _, _ in again.asked} == {"Late?"}


def test_a_row_that_is_no_probe_is_named(dataset: Path) -> None:
    _evaluate(dataset, _subject())
    (dataset.parent / "run" / STOPPING_FILE).write_text('{"question_id": "x"}\n')
    with pytest.raises(InvalidInput, match=r"stopping\.jsonl:1: not a probe"):
        score_run(RunFolder(dataset.parent / "run"))
