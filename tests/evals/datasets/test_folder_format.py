import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.datasets import load_claims, load_dataset
from evals.datasets.rows import Row, read_rows
from graph.language import Turn
from tools.errors import InvalidDataset

QUESTION = {
    "id": "q1",
    "question": "Who approves leave?",
    "answers": ["the manager"],
    "supporting_ids": ["hr/leave.md"],
}


def _folder(path: Path, *questions: object, corpus: str | None = None) -> Path:
    (path / "questions.jsonl").write_text("\n".join(map(json.dumps, questions)), encoding="utf-8")
    if corpus is not None:
        (path / "corpus.jsonl").write_text(corpus, encoding="utf-8")
    return path


def test_a_corpus_file_is_handed_to_ingestion_as_it_is(tmp_path: Path) -> None:
    dataset = load_dataset(
        _folder(tmp_path, QUESTION, corpus='{"id": 1, "title": "T", "text": "…", "colour": "red"}\n')
    )
    assert dataset.corpus == tmp_path / "corpus.jsonl"
    assert dataset.corpus_ids == {"1"}
    assert dataset.questions[0].answerable


def test_documents_are_known_by_their_path_below_the_folder(tmp_path: Path) -> None:
    (tmp_path / "documents" / "hr").mkdir(parents=True)
    (tmp_path / "documents" / "hr" / "leave.md").write_text("# Leave")
    before = load_dataset(_folder(tmp_path, QUESTION))
    assert before.corpus == tmp_path / "documents"
    assert before.corpus_ids == {"hr/leave.md"}
    (tmp_path / "documents" / "hr" / "leave.md").write_text("# Leave, revised")
    assert load_dataset(tmp_path).corpus_digest != before.corpus_digest


def test_reader_history_and_answerability_are_read_and_annotation_is_dropped(tmp_path: Path) -> None:
    row = {
        "id": "q2",
        "question": "And who approves it?",
        "answers": None,
        "supporting_ids": None,
        "type": "follow-up",
        "hops": 1,
        "answerable": False,
        "groups": ["finance"],
        "history": [{"question": "How many days?", "answer": "28"}],
        "decomposition": ["secret"],
    }
    question = load_dataset(_folder(tmp_path, row, corpus='{"id": "1", "text": "…"}')).questions[0]
    assert question.history == (Turn("How many days?", "28"),)
    assert (question.groups, question.answerable, question.type, question.hops) == (("finance",), False, "follow-up", 1)
    assert "secret" not in repr(question)


@pytest.mark.parametrize(
    ("second", "problem"),
    [
        ("{}", r"questions\.jsonl:2: id: Field required"),
        ('{"id": "q2", "question": ""}', r"questions\.jsonl:2: question: String should have at least 1 character"),
        ('{"id": "q1", "question": "?"}', r"questions\.jsonl:2: the question id 'q1' appears twice"),
        ('{"id": "q2", "question": "W', r"questions\.jsonl:2: .* \(Unterminated string starting at, column 26\)"),
        (
            '{"id": "q2", "question": "?", "answers": "yes"}',
            r"questions\.jsonl:2: answers: Input should be a valid tuple",
        ),
        ("[1]", r"questions\.jsonl:2: Input should be a valid dictionary"),
    ],
)
def test_a_wrong_question_is_named_by_file_and_line(tmp_path: Path, second: str, problem: str) -> None:
    _folder(tmp_path, corpus='{"id": "1", "text": "…"}')
    (tmp_path / "questions.jsonl").write_text(f"{json.dumps(QUESTION)}\n{second}")
    with pytest.raises(InvalidDataset, match=problem):
        load_dataset(tmp_path)


@pytest.mark.parametrize(
    ("second", "problem"),
    [
        (b'{"id": "2"}', r"corpus\.jsonl:2: text: Field required"),
        (b'{"id": "1", "text": "x"}', r"corpus\.jsonl:2: the passage id '1' appears twice"),
        (b'{"id": "2", "text": "x', r"corpus\.jsonl:2: not a complete JSON row"),
        (b'{"id": "2", "text": "\xff"}', r"corpus\.jsonl:2: not UTF-8 text"),
    ],
)
def test_a_wrong_passage_is_named_by_file_and_line(tmp_path: Path, second: bytes, problem: str) -> None:
    _folder(tmp_path, QUESTION)
    (tmp_path / "corpus.jsonl").write_bytes(b'{"id": "1", "text": "x"}\n' + second)
    with pytest.raises(InvalidDataset, match=problem):
        load_dataset(tmp_path)


def test_a_folder_without_a_corpus_or_without_questions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidDataset, match=r"needs corpus\.jsonl or documents/"):
        load_dataset(_folder(tmp_path, QUESTION))
    with pytest.raises(InvalidDataset, match="no questions in it"):
        load_dataset(_folder(tmp_path, corpus='{"id": "1", "text": "…"}'))


def test_claims_count_every_other_label_as_unsupported(tmp_path: Path) -> None:
    labels = ["supported", "unsupported", "refuted", "generic", "Supported", "SUPPORTS ", "REFUTES"]
    rows = [{"id": n, "evidence": "e", "claim": "c", "label": label} for n, label in enumerate(labels)]
    (tmp_path / "claims.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert [claim.supported for claim in load_claims(tmp_path)] == [True, False, False, False, True, True, False]
    with pytest.raises(InvalidDataset, match="no claims there"):
        load_claims(tmp_path / "elsewhere")


Json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(Json, min_size=1, max_size=5), indent=st.sampled_from([None, 0, 2]))
def test_a_json_list_is_read_row_by_row_as_json_reads_it(
    rows: list[object], indent: int | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("list") / "rows.json"
    path.write_text(json.dumps(rows, indent=indent))
    assert [row.value for row in read_rows(path)] == rows


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.dictionaries(st.text(max_size=4), Json, max_size=3), min_size=1, max_size=5), data=st.data())
def test_a_list_cut_anywhere_is_an_error_that_names_a_line_of_the_file(
    rows: list[object], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = json.dumps(rows, indent=1)
    cut = data.draw(st.integers(min_value=1, max_value=len(text) - 1))
    path = tmp_path_factory.mktemp("cut") / "rows.json"
    path.write_text(text[:cut])
    with pytest.raises(InvalidDataset) as caught:
        _read_all(path)
    line = int(str(caught.value).removeprefix(f"{path}:").split(":")[0])
    assert 1 <= line <= text[:cut].count("\n") + 1


def _read_all(path: Path) -> list[Row]:
    return list(read_rows(path))


def test_both_bundled_sets_are_found_by_name() -> None:
    hard, plain = load_dataset("handbook"), load_dataset("handbook-plain")
    assert (hard.name, plain.name) == ("handbook", "handbook-plain")
    assert hard.corpus_digest == plain.corpus_digest
    assert {one.id for one in hard.questions}.isdisjoint(one.id for one in plain.questions)
    for question in (*hard.questions, *plain.questions):
        assert set(question.supporting_ids) <= hard.corpus_ids
        assert bool(question.answers) == question.answerable or question.groups or question.type == "rights"
