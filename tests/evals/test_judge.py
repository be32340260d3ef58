"""Grading by a model: over the real protocol, apart from the answering model, and believed as far as it agrees."""

import asyncio
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import SecretStr

from agent.settings import Settings
from evals.agreement import cohen_kappa, judge_result, resampled_kappas
from evals.datasets import Question
from evals.evaluation import Scope, run_evaluation, score_run
from evals.judge import JUDGEMENTS_FILE, Judgement, open_judge
from evals.manifest import describe_run
from evals.metrics.intervals import resampled_places
from evals.records import RunFolder
from evals.results import EvalResult
from evals.scoring import score_records
from tests.evals.doubles import ScriptedAssistant, made_answer, made_record, opening
from tests.openai_server import OpenAIServer, Refuses, openai_server
from tools.errors import InvalidInput, InvalidSetting

__all__ = ["openai_server"]

ANSWERS = {"Right?": "Paris [1].", "Wrong?": "Rome [1].", "Reworded?": "The French capital [1].", "Declined?": ""}


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "sample"
    folder.mkdir()
    rows = [{"id": name, "question": name, "answers": ["Paris"], "supporting_ids": ["a"]} for name in ANSWERS]
    (folder / "corpus.jsonl").write_text('{"id": "a", "title": "A", "text": "…"}')
    (folder / "questions.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


def _settings(tmp_path: Path, server: OpenAIServer, **changes: Any) -> Settings:
    values = {"home": tmp_path / "home", "judge_model": "a-judge", "judge_base_url": server.url, "model_attempts": 1}
    return Settings(**{**values, "judge_api_key": SecretStr("judge-key"), **changes})


def _evaluate(dataset: Path, settings: Settings, answers: Mapping[str, str] = ANSWERS) -> EvalResult:
    subject = ScriptedAssistant(
        answers={
            question: made_answer(question, answer, status="answered" if answer else "declined", mode="model")
            for question, answer in answers.items()
        }
    )
    return asyncio.run(
        run_evaluation(
            dataset, settings=settings, opener=opening(subject), out=dataset.parent / "run", scope=Scope(judge=True)
        )
    )


def _grades(request: dict[str, Any]) -> dict[str, Any]:
    """A judge that knows that Paris is the capital of France."""
    prompt = request["messages"][-1]["content"]
    answer = re.search(r"<answer-\w+>\n(.*)\n</answer", prompt, re.DOTALL)
    assert answer is not None
    right = "Paris" in answer[1] or "capital" in answer[1]
    return {"reason": f"It says {answer[1]}", "grade": "correct" if right else "wrong"}


def test_answers_are_graded_by_a_model_of_its_own_and_its_agreement_is_reported(
    dataset: Path, tmp_path: Path, openai_server: OpenAIServer
) -> None:
    openai_server.handler, openai_server.key = _grades, "judge-key"
    judge = _evaluate(dataset, _settings(tmp_path, openai_server)).judge
    assert judge is not None
    assert (judge.model, judge.n, judge.ungraded) == ("a-judge", 3, 0)  # what was declined said nothing to grade
    assert judge.grades == {"correct": 2, "wrong": 1}
    assert judge.score == pytest.approx(2 / 3)
    assert judge.agreement == pytest.approx(2 / 3)
    assert judge.kappa == pytest.approx(0.4)  # p_o = 2/3, p_e = (2·1 + 1·2)/9
    assert [(one.id, one.grade, one.reference) for one in judge.disagreements] == [("Reworded?", "correct", "wrong")]
    assert {request.body["model"] for request in openai_server.chats} == {"a-judge"}
    assert all(request.body["temperature"] == 0 for request in openai_server.chats)
    report = (dataset.parent / "run" / "report.html").read_text(encoding="utf-8")
    assert "Graded by a-judge" in report


def test_the_judge_sees_question_gold_and_answer_and_no_document(
    dataset: Path, tmp_path: Path, openai_server: OpenAIServer
) -> None:
    openai_server.handler = _grades
    _evaluate(dataset, _settings(tmp_path, openai_server))
    prompt = next(request.prompt for request in openai_server.chats if "Wrong?" in request.prompt)
    assert "- Paris" in prompt
    assert "Rome." in prompt
    assert "[1]" not in prompt
    fences = {re.search(r"<answer-(\w+)>", request.prompt)[1] for request in openai_server.chats}  # type: ignore[index]
    assert len(fences) == 3  # an answer can't close its own fence: it never knows the word


def test_a_grade_is_asked_for_once_and_again_only_for_another_judge(
    dataset: Path, tmp_path: Path, openai_server: OpenAIServer
) -> None:
    openai_server.handler = _grades
    settings = _settings(tmp_path, openai_server)
    first = _evaluate(dataset, settings)
    assert _evaluate(dataset, settings).judge == first.judge
    assert score_run(RunFolder(dataset.parent / "run")).judge == first.judge
    assert len(openai_server.chats) == 3
    other = _evaluate(dataset, _settings(tmp_path, openai_server, judge_model="another-judge")).judge
    assert other is not None
    assert (other.model, other.n) == ("another-judge", 3)
    assert len(openai_server.chats) == 6


def test_an_answer_that_could_not_be_graded_is_counted_and_graded_next_time(
    dataset: Path, tmp_path: Path, openai_server: OpenAIServer
) -> None:
    openai_server.handler = lambda request: _grades(request) if "Wrong?" not in str(request) else Refuses(503)
    settings = _settings(tmp_path, openai_server)
    judge = _evaluate(dataset, settings).judge
    assert judge is not None
    assert (judge.n, judge.ungraded) == (2, 1)
    openai_server.handler = _grades
    again = _evaluate(dataset, settings).judge
    assert again is not None
    assert (again.n, again.ungraded) == (3, 0)


async def test_a_model_does_not_grade_itself(tmp_path: Path, openai_server: OpenAIServer) -> None:
    same = {"model": "a-judge", "openai_base_url": openai_server.url, "openai_api_key": SecretStr("k")}
    with pytest.raises(InvalidSetting, match="must not grade itself"):
        async with open_judge(_settings(tmp_path, openai_server, judge_base_url=None, **same)):
            pass
    with pytest.raises(InvalidSetting, match="set HOPLINE_JUDGE_MODEL"):
        async with open_judge(Settings(home=tmp_path)):
            pass


def test_who_grades_changes_no_run_and_no_key_is_kept(dataset: Path, tmp_path: Path) -> None:
    from evals.datasets import load_dataset

    loaded = load_dataset(dataset)
    judging = Settings(home=tmp_path, judge_model="x", judge_api_key=SecretStr("s"))
    plain, judged = (
        describe_run(loaded, loaded.questions, settings, retrieval_only=False, k=10)
        for settings in (Settings(home=tmp_path), judging)
    )
    assert plain.fingerprint == judged.fingerprint
    assert not [name for name in judged.settings if name.startswith("judge")]


def test_a_row_that_is_no_judgement_is_named(dataset: Path, tmp_path: Path, openai_server: OpenAIServer) -> None:
    openai_server.handler = _grades
    _evaluate(dataset, _settings(tmp_path, openai_server))
    (dataset.parent / "run" / JUDGEMENTS_FILE).write_text("[]\n")
    with pytest.raises(InvalidInput, match=r"judgements\.jsonl:1: not a judgement"):
        score_run(RunFolder(dataset.parent / "run"))


def test_kappa_is_agreement_beyond_chance_and_absent_where_there_is_no_chance() -> None:
    left, right = np.array([1.0] * 25 + [0.0] * 25), np.array([1.0] * 20 + [0.0] * 5 + [1.0] * 10 + [0.0] * 15)
    assert cohen_kappa(left, right) == pytest.approx(0.4)  # Cohen's own arithmetic: p_o .7, p_e .5
    assert cohen_kappa(np.ones(3), np.ones(3)) is None
    assert cohen_kappa(np.ones(0), np.ones(0)) is None
    assert cohen_kappa(np.ones(2), np.zeros(2)) == 0


def test_the_kappas_of_resamples_are_those_of_the_library_one_by_one() -> None:
    verdicts = np.random.default_rng(7).integers(0, 2, size=(2, 4)).astype(float)
    left, right = verdicts
    places = resampled_places(4, 60)
    one_by_one = [cohen_kappa(left[at], right[at]) for at in places]
    assert None in one_by_one
    expected = [np.nan if kappa is None else kappa for kappa in one_by_one]
    np.testing.assert_allclose(resampled_kappas(left, right, places), expected, atol=1e-12)


def test_a_partly_right_answer_counts_half_and_is_no_agreement_with_right() -> None:
    records = [made_record(Question("q", "?", ("Paris",)), answer=made_answer(answer="Paris", mode="model"))]
    grade = Judgement(key="k", question_id="q", judge="j", prompt="p", grade="partly", reason="…", tokens=1)
    result = judge_result(score_records(records), {"q": grade})
    assert result is not None
    assert (result.score, result.agreement, result.kappa) == (0.5, 0.0, 0.0)
