from contextlib import closing
from pathlib import Path

import pytest

from agent.settings import Settings
from evals.datasets import Dataset, Question
from evals.manifest import Manifest, describe_run
from evals.records import RunFolder
from tests.evals.doubles import made_answer, made_record
from tools.errors import InvalidInput

QUESTIONS = tuple(Question(id=f"q{n}", question=f"Question {n}?", answers=("yes",)) for n in range(3))
DATASET = Dataset("sample", QUESTIONS, (), frozenset(), "c" * 64)


def _manifest(**settings: object) -> Manifest:
    return describe_run(DATASET, QUESTIONS, Settings.model_validate(settings), retrieval_only=False, k=10)


def _folder(path: Path) -> RunFolder:
    folder = RunFolder(path / "run")
    folder.claim(_manifest())
    return folder


def test_a_record_comes_back_as_it_was_written(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    record = made_record(QUESTIONS[0], answer=made_answer("Question 0?", "Straße 😀 \u2028 [1]"))
    with closing(folder.open_writer()) as writer:
        writer.append(record)
    assert folder.records() == [record]


def test_the_later_record_of_a_question_wins(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    with closing(folder.open_writer()) as writer:
        writer.append(made_record(QUESTIONS[0], error="ModelUnavailable: no"))
        writer.append(made_record(QUESTIONS[1], answer=made_answer()))
        writer.append(made_record(QUESTIONS[0], answer=made_answer()))
    assert [(record.question.id, record.error) for record in folder.records()] == [("q0", None), ("q1", None)]


@pytest.mark.parametrize("cut", [1, 40, 200])
def test_a_last_row_cut_by_a_kill_is_taken_away_and_the_rest_stays(tmp_path: Path, cut: int) -> None:
    folder = _folder(tmp_path)
    with closing(folder.open_writer()) as writer:
        writer.append(made_record(QUESTIONS[0], answer=made_answer()))
        writer.append(made_record(QUESTIONS[1], answer=made_answer()))
    file = folder.path / "records.jsonl"
    file.write_bytes(file.read_bytes()[:-cut])
    assert [record.question.id for record in folder.records()] == ["q0"]
    with closing(folder.open_writer()) as writer:
        writer.append(made_record(QUESTIONS[2], answer=made_answer()))
    assert [record.question.id for record in folder.records()] == ["q0", "q2"]


def test_a_broken_row_in_the_middle_is_named_not_skipped(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    (folder.path / "records.jsonl").write_text("{}\n")
    with pytest.raises(InvalidInput, match=r"records\.jsonl:1: not a record"):
        folder.records()


def test_two_processes_cannot_write_to_one_run(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    with closing(folder.open_writer()), pytest.raises(InvalidInput, match="another process is writing"):
        folder.open_writer()
    folder.open_writer().close()


def test_a_folder_of_another_run_is_refused_with_what_differs(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    folder.claim(_manifest())
    with pytest.raises(InvalidInput, match=r"holds a run with other settings \(max_hops\)"):
        folder.claim(_manifest(max_hops=2))
    with pytest.raises(InvalidInput, match="not a run folder"):
        _ = RunFolder(tmp_path).manifest


def test_the_manifest_masks_secrets_and_keeps_every_other_setting() -> None:
    manifest = _manifest(
        OPENAI_API_KEY="sk-secret", milvus_token="root:secret", milvus_uri="http://user:secret@host:19530", max_hops=3
    )
    text = manifest.model_dump_json()
    assert "secret" not in text
    assert manifest.settings["milvus_uri"] == "http://***@host:19530"
    assert manifest.max_hops == 3
    assert manifest.settings["embedder"] == "minilm"
    assert manifest.versions["langgraph"]


def test_what_cannot_change_an_answer_does_not_change_the_fingerprint() -> None:
    assert _manifest().fingerprint == _manifest(home="elsewhere", log_level="debug").fingerprint
    assert _manifest().fingerprint != _manifest(top_k=7).fingerprint
