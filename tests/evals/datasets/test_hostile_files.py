"""What a stranger's file can hold: table exports, broken neighbours, bytes that are no text."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from evals.datasets import load_dataset
from tests.evals.datasets.test_official_files import HOTPOT_ROW, MUSIQUE_ROW, TWO_WIKI_ROW
from tools.errors import InvalidDataset


def _write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def _as_columns(row: Mapping[str, object]) -> dict[str, object]:
    """The row as the table exports of HotpotQA spell it."""
    context, facts = row["context"], row["supporting_facts"]
    assert isinstance(context, list)
    assert isinstance(facts, list)
    table = {key: value for key, value in row.items() if key != "_id"}
    return table | {
        "id": row["_id"],
        "context": {"title": [title for title, _ in context], "sentences": [sentences for _, sentences in context]},
        "supporting_facts": {"title": [title for title, _ in facts], "sent_id": [number for _, number in facts]},
    }


def test_rows_exported_as_a_table_are_the_official_rows(tmp_path: Path) -> None:
    official = load_dataset(_write(tmp_path / "dev.json", json.dumps([HOTPOT_ROW])))
    columns = load_dataset(_write(tmp_path / "table.jsonl", json.dumps(_as_columns(HOTPOT_ROW))))
    texts = {key: json.dumps(TWO_WIKI_ROW[key]) for key in ("context", "supporting_facts", "evidences")}
    as_text = load_dataset(_write(tmp_path / "text.jsonl", json.dumps({**TWO_WIKI_ROW, **texts})))
    assert columns.questions == official.questions
    assert columns.corpus_digest == official.corpus_digest
    assert as_text.questions == load_dataset(_write(tmp_path / "2wiki.json", json.dumps([TWO_WIKI_ROW]))).questions


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"context": {"title": ["A", "B"], "sentences": [["one"]]}}, "context"),
        ({"context": "[["}, "context"),
        ({"supporting_facts": [["Ed Wood"]]}, r"supporting_facts\.0\.1: Field required"),
        ({"_id": ""}, "_id"),
        ({"question": None}, "question"),
    ],
)
def test_a_row_that_can_not_be_understood_is_named_by_line_and_field(
    tmp_path: Path, broken: dict[str, object], said: str
) -> None:
    rows = [HOTPOT_ROW, {**HOTPOT_ROW, "_id": "2", **broken}]
    path = _write(tmp_path / "dev.jsonl", "\n".join(map(json.dumps, rows)))
    with pytest.raises(InvalidDataset, match=rf"dev\.jsonl:2: {said}"):
        load_dataset(path)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"_id": "2", "question": "\\ud800?", "context": []}', "lone surrogate"),
        (b'{"_id": "2", "question": "caf\xe9?", "context": []}', "not UTF-8 text"),
        (b'{"_id": ' + b"9" * 5_000 + b"}", "not a row that can be read"),
        (b"[" * 200_000, "not a (complete|row)"),
        (b'["2"]', "valid dictionary"),
        (b"null", "valid dictionary"),
    ],
)
def test_bytes_that_are_no_row_are_named_by_line(tmp_path: Path, line: bytes, said: str) -> None:
    path = _write(tmp_path / "dev.jsonl", json.dumps(HOTPOT_ROW).encode() + b"\n\n" + line + b"\n")
    with pytest.raises(InvalidDataset, match=rf"dev\.jsonl:3: .*{said}"):
        load_dataset(path)


def test_a_row_of_a_list_with_half_a_character_is_named_too(tmp_path: Path) -> None:
    text = json.dumps([HOTPOT_ROW, {**HOTPOT_ROW, "_id": "2", "question": "\ud800?"}], indent=1)
    second = json.dumps([HOTPOT_ROW], indent=1).count("\n") + 1
    with pytest.raises(InvalidDataset, match=rf"dev\.json:{second}: .*lone surrogate"):
        load_dataset(_write(tmp_path / "dev.json", text))


def test_a_spelt_out_pair_of_surrogates_is_one_character(tmp_path: Path) -> None:
    row = json.dumps({**HOTPOT_ROW, "question": "Where is 🗼?"})
    assert "\\ud83d" in row
    assert load_dataset(_write(tmp_path / "dev.jsonl", row)).questions[0].question == "Where is 🗼?"


def test_supporting_titles_meet_their_paragraphs_without_regard_to_case(tmp_path: Path) -> None:
    row = {**HOTPOT_ROW, "supporting_facts": [["ed wood", 0]]}
    dataset = load_dataset(_write(tmp_path / "dev.json", json.dumps([row])))
    assert set(dataset.questions[0].supporting_ids) <= dataset.corpus_ids


def test_other_json_files_in_the_folder_are_no_obstacle(tmp_path: Path) -> None:
    _write(tmp_path / "config.json", '{\n "learning_rate": 3\n}')
    _write(tmp_path / "empty.json", "")
    with pytest.raises(InvalidDataset, match=r"config\.json:1"):
        load_dataset(tmp_path)
    _write(tmp_path / "dev.json", json.dumps([HOTPOT_ROW]))
    assert load_dataset(tmp_path).name == "dev"


def test_musique_without_an_answerable_question_says_why_none_is_left(tmp_path: Path) -> None:
    twin = {**MUSIQUE_ROW, "answerable": False}
    with pytest.raises(InvalidDataset, match=r"no question is left .*\(1 unanswerable twins left out"):
        load_dataset(_write(tmp_path / "musique_full.jsonl", json.dumps(twin)))


def _beir(folder: Path, qrels: bytes, corpus: str = '{"_id": "d1", "text": "…"}') -> Path:
    _write(folder / "corpus.jsonl", corpus)
    _write(folder / "queries.jsonl", '{"_id": "1", "text": "…", "metadata": {}}')
    (folder / "qrels").mkdir()
    _write(folder / "qrels" / "test.tsv", qrels)
    return folder


@pytest.mark.parametrize(
    ("qrels", "said"),
    [
        (b"query-id\tcorpus-id\tscore\r\n1\td1\t1\r\n1\td2\r\n", r"test\.tsv:3: expected query-id"),
        (b"query-id\tcorpus-id\tscore\n1\tcaf\xe9\t1\n", r"test\.tsv:2: not UTF-8 text"),
        (b"query-id\tcorpus-id\tscore\n", r"test\.tsv: no query is judged in it"),
        (b"query-id\tcorpus-id\tscore\n2\td1\t1\n", "query '2' is judged but not in"),
        (b"query-id\tcorpus-id\tscore\n1\td1\t0.5\n", r"test\.tsv:2: expected query-id"),
    ],
)
def test_wrong_qrels_are_named_by_line(tmp_path: Path, qrels: bytes, said: str) -> None:
    with pytest.raises(InvalidDataset, match=said):
        load_dataset(_beir(tmp_path, qrels))


def test_qrels_with_windows_line_ends_are_read(tmp_path: Path) -> None:
    dataset = load_dataset(_beir(tmp_path, b"query-id\tcorpus-id\tscore\r\n1\td1\t1\r\n"))
    assert dataset.questions[0].grades == {"d1": 1}


def test_a_beir_document_that_appears_twice_is_named_by_line(tmp_path: Path) -> None:
    twice = '{"_id": "d1", "text": "…"}\n{"_id": "d1", "text": "other"}'
    with pytest.raises(InvalidDataset, match=r"corpus\.jsonl:2: the document id 'd1' appears twice"):
        load_dataset(_beir(tmp_path, b"1\td1\t1\n", twice))
