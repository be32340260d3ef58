import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from agent.settings import Settings
from evals.datasets import Dataset, Question
from evals.evaluation import Scope, run_evaluation
from evals.manifest import describe_run
from evals.records import Record, RunFolder
from evals.results import EvalResult
from evals.runner import Asking, run_questions
from graph.language import Turn
from tests.evals.doubles import ScriptedAssistant, made_answer, made_ranking, opening
from tools.errors import InvalidInput
from tools.passages import Reader

QUESTIONS = tuple(Question(id=f"q{n}", question=f"Question {n}?", supporting_ids=("a",)) for n in range(6))


def _folder(path: Path, questions: tuple[Question, ...] = QUESTIONS) -> RunFolder:
    folder = RunFolder(path / "run")
    dataset = Dataset("sample", questions, (), frozenset({"a"}), "c" * 64)
    folder.claim(describe_run(dataset, questions, Settings(), retrieval_only=False, k=10))
    return folder


def _run(
    folder: RunFolder, subject: ScriptedAssistant, questions: tuple[Question, ...] = QUESTIONS, *, only: bool = False
) -> list[Record]:
    seen: list[Record] = []
    asking = Asking(subject=subject, manifest="m", corpus_ids=frozenset({"a"}), retrieval_only=only)
    asyncio.run(run_questions(questions, folder, asking, concurrency=3, observe=seen.append))
    return seen


def test_every_question_is_asked_once_and_no_more_than_the_limit_at_a_time(tmp_path: Path) -> None:
    subject = ScriptedAssistant(seconds=0.01)
    seen = _run(_folder(tmp_path), subject)
    assert sorted(question for question, _, _ in subject.asked) == [question.question for question in QUESTIONS]
    assert subject.most_running == 3
    assert len(seen) == 6


def test_the_assistant_sees_question_reader_and_history_and_nothing_else(tmp_path: Path) -> None:
    turn = Turn("How many days?", "28")
    question = Question("q", "And who?", ("Ann",), ("a",), groups=("hr",), history=(turn,), answerable=False)
    subject = ScriptedAssistant()
    _run(_folder(tmp_path, (question,)), subject, (question,))
    assert subject.asked == [("And who?", Reader(groups=("hr",)), (turn,))]


def test_a_failed_question_is_recorded_and_asked_again_alone(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    _run(folder, ScriptedAssistant(failing={"Question 2?"}))
    failed = [record for record in folder.records() if record.error]
    assert [(record.question.id, record.error) for record in failed] == [
        ("q2", "ModelUnavailable: The model did not answer.")
    ]
    again = ScriptedAssistant()
    seen = _run(folder, again)
    assert [question for question, _, _ in again.asked] == ["Question 2?"]
    assert len(seen) == 6
    assert not [record for record in folder.records() if record.error]


def test_an_answer_that_reports_a_failure_is_asked_again_too(tmp_path: Path) -> None:
    folder = _folder(tmp_path, QUESTIONS[:1])
    broken = made_answer("Question 0?", "", status="failed", notes=("out of time",), ranking=made_ranking("a"))
    _run(folder, ScriptedAssistant(answers={"Question 0?": broken}), QUESTIONS[:1])
    assert folder.records()[0].error == "out of time"


def test_a_cancelled_run_leaves_whole_records_and_goes_on(tmp_path: Path) -> None:
    folder = _folder(tmp_path)

    async def cancelled_after(seconds: float) -> None:
        asking = Asking(subject=ScriptedAssistant(seconds=0.05), manifest="m", corpus_ids=frozenset({"a"}))
        async with asyncio.timeout(seconds):
            await run_questions(QUESTIONS, folder, asking, concurrency=1, observe=lambda record: None)

    with pytest.raises(TimeoutError):
        asyncio.run(cancelled_after(0.18))
    done = {record.question.question for record in folder.records()}
    assert 0 < len(done) < 6
    rest = ScriptedAssistant()
    _run(folder, rest)
    assert {question for question, _, _ in rest.asked} == {question.question for question in QUESTIONS} - done


def test_an_answer_without_a_ranking_is_measured_by_a_search_of_its_own(tmp_path: Path) -> None:
    folder = _folder(tmp_path, QUESTIONS[:1])
    subject = ScriptedAssistant(answers={"Question 0?": made_answer()}, found={"Question 0?": ["a", "b"]})
    _run(folder, subject, QUESTIONS[:1])
    search = folder.records()[0].search
    assert search is not None
    assert [result.passage_id for result in search.results] == ["a", "b"]


def test_an_annotated_document_outside_the_corpus_is_noted(tmp_path: Path) -> None:
    question = Question("q", "?", supporting_ids=("a", "gone"))
    folder = _folder(tmp_path, (question,))
    _run(folder, ScriptedAssistant(found={"?": ["a"]}), (question,), only=True)
    assert folder.records()[0].not_in_store == ("gone",)


def _evaluate(*arguments: Any, **options: Any) -> EvalResult:
    return asyncio.run(run_evaluation(*arguments, **options))


def _dataset(path: Path, count: int) -> Path:
    folder = path / "sample"
    folder.mkdir()
    (folder / "corpus.jsonl").write_text('{"id": "a", "title": "A", "text": "…"}\n')
    rows = [
        {"id": f"q{n}", "question": f"Question {n}?", "answers": ["Paris"], "supporting_ids": ["a"], "type": "x"}
        for n in range(count)
    ]
    (folder / "questions.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


KILLED_RUN = """
import asyncio, sys
from pathlib import Path
from agent.settings import Settings
from evals.evaluation import run_evaluation
from tests.evals.doubles import ScriptedAssistant, opening

class Telling(ScriptedAssistant):
    async def ask(self, question, *, reader, history):
        answer = await super().ask(question, reader=reader, history=history)
        with open(sys.argv[3], "a") as log:
            log.write(question + "\\n")
        return answer

settings = Settings(home=Path(sys.argv[2]) / "home")
asyncio.run(run_evaluation(sys.argv[1], settings=settings, opener=opening(Telling(seconds=0.02)),
                           out=Path(sys.argv[2]) / "run"))
"""


@pytest.mark.parametrize("kills", [1, pytest.param(3, marks=pytest.mark.slow)])
def test_a_killed_run_goes_on_without_asking_a_recorded_question_twice(tmp_path: Path, kills: int) -> None:
    dataset, log, records = _dataset(tmp_path, 24), tmp_path / "asked.log", tmp_path / "run" / "records.jsonl"
    command = [sys.executable, "-c", KILLED_RUN, str(dataset), str(tmp_path), str(log)]
    for kill in range(kills):
        process = subprocess.Popen(command, cwd=Path(__file__).parents[2])
        wanted = (kill + 1) * 5
        while not records.is_file() or records.read_bytes().count(b"\n") < wanted:
            assert process.poll() is None
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    subprocess.run(command, cwd=Path(__file__).parents[2], check=True)
    asked = log.read_text().split("\n")[:-1]
    # At most the two questions under way at each kill were answered without being recorded.
    assert len(set(asked)) == 24
    assert len(asked) <= 24 + kills * 2
    rows = [json.loads(line)["question"]["id"] for line in records.read_text().splitlines()]
    assert len(rows) == len(set(rows)) == 24


def test_a_finished_run_is_scored_again_without_asking(tmp_path: Path) -> None:
    dataset, settings = _dataset(tmp_path, 5), Settings(home=tmp_path / "home")
    first = ScriptedAssistant()
    result = _evaluate(dataset, settings=settings, opener=opening(first), out=tmp_path / "run")
    second = ScriptedAssistant()
    again = _evaluate(dataset, settings=settings, opener=opening(second), out=tmp_path / "run")
    assert len(first.asked) == 5
    assert second.asked == []
    assert again == result


def test_without_a_folder_an_unfinished_run_goes_on_and_a_finished_one_starts_anew(tmp_path: Path) -> None:
    dataset, settings = _dataset(tmp_path, 3), Settings(home=tmp_path / "home")
    one = _evaluate(dataset, settings=settings, opener=opening(ScriptedAssistant()))
    two = _evaluate(dataset, settings=settings, opener=opening(ScriptedAssistant()))
    assert one.run_dir != two.run_dir
    (Path(two.run_dir) / "result.json").unlink()
    three = _evaluate(dataset, settings=settings, opener=opening(ScriptedAssistant()))
    assert three.run_dir == two.run_dir


def test_a_limit_below_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="--limit must be 1 or more, not 0"):
        _evaluate(
            _dataset(tmp_path, 3),
            settings=Settings(home=tmp_path),
            opener=opening(ScriptedAssistant()),
            scope=Scope(limit=0),
        )
