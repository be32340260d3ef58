import asyncio
import json
from pathlib import Path

import pytest

from agent.settings import Settings
from evals.evaluation import run_evaluation
from evals.opening import open_subject
from evals.results import EvalResult

PASSAGES = {
    "leave": ("Leave", "Every employee has 28 days of leave. Leave is approved by the team lead."),
    "vpn": ("VPN", "The VPN is reached through the gateway in Utrecht."),
    "lunch": ("Lunch", "Lunch is served at noon in the canteen."),
}


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "sample"
    folder.mkdir()
    passages = [{"id": name, "title": title, "text": text} for name, (title, text) in PASSAGES.items()]
    questions = [
        {"id": "1", "question": "How many days of leave are there?", "answers": ["28"], "supporting_ids": ["leave"]},
        {"id": "2", "question": "Where is the VPN gateway?", "answers": ["Utrecht"], "supporting_ids": ["vpn"]},
    ]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, passages)))
    (folder / "questions.jsonl").write_text("\n".join(map(json.dumps, questions)))
    return folder


def _evaluate(dataset: Path, out: Path) -> EvalResult:
    return asyncio.run(run_evaluation(dataset, settings=Settings(), opener=open_subject, out=out))


@pytest.mark.slow
def test_the_assistant_is_evaluated_over_a_corpus_that_is_indexed_once(dataset: Path, clean_environment: Path) -> None:
    first = _evaluate(dataset, dataset / "one")
    assert first.metrics["recall@2"] == 1
    assert first.metrics["answer_recall"] == 1
    assert first.failed == 0
    (marker,) = (clean_environment / "evals").glob("*/indexed.json")
    indexed = marker.stat().st_mtime_ns
    assert _evaluate(dataset, dataset / "two").metrics["recall@2"] == 1
    assert marker.stat().st_mtime_ns == indexed

    for file in clean_environment.glob("milvus.db*"):
        file.unlink()
    assert _evaluate(dataset, dataset / "three").metrics["recall@2"] == 1
    assert marker.stat().st_mtime_ns != indexed
