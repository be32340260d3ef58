"""Evaluation runs forget a source or a person, and what was made of the records with them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from agent.answers import Answer, Citation, RankedPassage
from agent.settings import Settings
from evals.datasets import Dataset, Question
from evals.forgetting import KeptRuns
from evals.manifest import describe_run
from evals.records import MANIFEST_FILE, RECORDS_FILE, Record, RunFolder
from evals.report import REPORT_FILE
from evals.tape import TRAFFIC_FILE
from tools.errors import InvalidInput

DATASET = Dataset("handbook", (), (), frozenset(), "c" * 64, ())
MANIFEST = describe_run(DATASET, (), Settings(tenant="sales"), retrieval_only=False, k=10)


def record(id_: str, source: str, *, ranked: str = "x.md") -> Record:
    citation = Citation(
        marker=1, passage_id="p", source=source, title="T", locator="", url=None, quote="q", start=0, end=1
    )
    answer = Answer(
        question="q",
        rewritten_question="q",
        status="answered",
        answer="a",
        confidence=0.5,
        citations=(citation,),
        ranking=(RankedPassage(passage_id="p", source=ranked, score=1.0, hop=1),),
    )
    question = Question(id=id_, question="q", answers=("a",), supporting_ids=())
    return Record(question=question, answer=answer, asked_at="2026-11-24T08:00:00", elapsed_ms=1.0, manifest="m")


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path / "runs" / "handbook-1")
    folder.claim(MANIFEST)
    writer = folder.open_writer()
    for one in (
        record("slack-7-U1", "a/b.md"),
        record("2", "other.md", ranked="a/c.md#4"),
        record("slack-7-U11", "ab.md"),
    ):
        writer.append(one)
    writer.close()
    for name in (REPORT_FILE, TRAFFIC_FILE):
        folder.write(name, "quotes a/b.md")
    return folder


def ids(run: RunFolder) -> list[str]:
    return [one.question.id for one in run.records()]


def test_a_source_takes_the_records_that_saw_it_and_all_that_was_made_of_them(run: RunFolder) -> None:
    kept = KeptRuns(run.path.parent)
    assert asyncio.run(kept.erase_source("a", "another tenant")) == 0
    assert asyncio.run(kept.erase_source("a/", "sales")) == 0
    assert (run.path / REPORT_FILE).exists()
    assert asyncio.run(kept.erase_source("a", "sales")) == 2
    assert ids(run) == ["slack-7-U11"]
    assert sorted(file.name for file in run.path.iterdir()) == [MANIFEST_FILE, RECORDS_FILE]
    assert asyncio.run(kept.erase_source("a", "sales")) == 0


def test_a_person_is_known_by_the_questions_that_came_from_slack(run: RunFolder) -> None:
    kept = KeptRuns(run.path.parent)

    async def told_to(user: str) -> list[dict[str, Any]]:
        return [entry async for entry in kept.export_user(user)]

    told = asyncio.run(told_to("slack:T1:U1"))
    assert [(entry["run"], entry["question"]["id"]) for entry in told] == [("handbook-1", "slack-7-U1")]
    assert asyncio.run(kept.erase_user("U1")) == 0
    assert asyncio.run(kept.erase_user("slack:T1:U1")) == 1
    assert ids(run) == ["2", "slack-7-U11"]


def test_a_run_under_way_is_named_and_nothing_else_is_touched(run: RunFolder) -> None:
    writer = run.open_writer()
    with pytest.raises(InvalidInput, match="another process is writing"):
        asyncio.run(KeptRuns(run.path.parent).erase_user("slack:T1:U1"))
    writer.close()
    assert len(ids(run)) == 3


def test_no_run_at_all_is_nothing_to_forget(tmp_path: Path) -> None:
    assert asyncio.run(KeptRuns(tmp_path / "runs").erase_user("slack:T1:U1")) == 0
