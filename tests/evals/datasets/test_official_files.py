"""Small samples in the real shape of each official file."""

import json
from pathlib import Path

import pytest

from evals.datasets import CorpusRow, load_dataset
from tools.errors import InvalidDataset

HOTPOT_ROW = {
    "_id": "5a8b57f25542995d1e6f1371",
    "question": "Were Scott Derrickson and Ed Wood of the same nationality?",
    "answer": "yes",
    "type": "comparison",
    "level": "hard",
    "supporting_facts": [["Scott Derrickson", 0], ["Ed Wood", 0], ["Ed Wood", 1]],
    "context": [
        ["Ed Wood (film)", ["Ed Wood is a 1994 film.", " It was directed by Tim Burton."]],
        ["Scott Derrickson", ["Scott Derrickson (born July 16, 1966) is an American director."]],
        ["Ed Wood", ["Edward Davis Wood Jr. was an American filmmaker.", " He died in 1978."]],
    ],
}
TWO_WIKI_ROW = {
    "_id": "8813f87c0bdd11eba7f7acde48001122",
    "type": "compositional",
    "question": "Who is the mother of the director of film Polish-Russian War (Film)?",
    "context": [
        ["Xawery Żuławski", ["Xawery Żuławski is a Polish film director.", "He is the son of Małgorzata Braunek."]],
        ["Polish-Russian War (film)", ["Polish-Russian War is a 2009 film directed by Xawery Żuławski."]],
    ],
    "entity_ids": "Q7414502_Q8048055",
    "supporting_facts": [["Polish-Russian War (film)", 0], ["Xawery Żuławski", 1]],
    "evidences": [["Polish-Russian War", "director", "Xawery Żuławski"]],
    "answer": "Małgorzata Braunek",
    "evidences_id": [["Q7414502", "director", "Q8048055"]],
    "answer_id": "Q274277",
}
MUSIQUE_ROW = {
    "id": "2hop__482757_12019",
    "paragraphs": [
        {
            "idx": 0,
            "title": "Pakistan Super League",
            "paragraph_text": "It is a cricket league.",
            "is_supporting": False,
        },
        {"idx": 1, "title": "Green", "paragraph_text": "Green is an album by Steve Hillage.", "is_supporting": True},
        {"idx": 2, "title": "Miquette Giraudy", "paragraph_text": "She is his partner.", "is_supporting": True},
    ],
    "question": "Who is the spouse of the Green performer?",
    "question_decomposition": [
        {"id": 482757, "question": "Green >> performer", "answer": "Steve Hillage", "paragraph_support_idx": 1},
        {"id": 12019, "question": "#1 >> spouse", "answer": "Miquette Giraudy", "paragraph_support_idx": 2},
    ],
    "answer": "Miquette Giraudy",
    "answer_aliases": ["Giraudy"],
    "answerable": True,
}
ARTICLES = [
    {
        "title": "The FTX trial is bigger than Sam Bankman-Fried",
        "author": "Elizabeth Lopatto",
        "source": "The Verge",
        "published_at": "2023-09-28T12:00:00+00:00",
        "category": "technology",
        "url": "https://example.com/ftx",
        "body": "The trial of Sam Bankman-Fried is likely to be consequential.",
    },
    {"title": "Another story", "source": "TechCrunch", "url": "https://example.com/other", "body": "Nothing to see."},
]
MULTIHOP_ROWS = [
    {
        "query": "Who is facing a trial according to The Verge?",
        "answer": "Sam Bankman-Fried",
        "question_type": "inference_query",
        "evidence_list": [
            {
                "title": ARTICLES[0]["title"],
                "url": "https://example.com/ftx",
                "source": "The Verge",
                "fact": "The trial …",
            },
            {"title": "A story that was withdrawn", "url": "https://example.com/gone", "fact": "…"},
        ],
    },
    {
        "query": "What does Sporting News say?",
        "answer": "Insufficient information.",
        "question_type": "null_query",
        "evidence_list": [],
    },
]


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def _rows(dataset_corpus: object) -> dict[str, CorpusRow]:
    assert isinstance(dataset_corpus, tuple)
    return {row.title: row for row in dataset_corpus}


def test_hotpotqa_builds_its_corpus_from_the_contexts(tmp_path: Path) -> None:
    second = {**HOTPOT_ROW, "_id": "2", "question": "Who directed Ed Wood?", "answer": "Tim Burton"}
    path = _write(tmp_path / "hotpot_dev_distractor_v1.json", json.dumps([HOTPOT_ROW, second]))
    dataset = load_dataset(path)
    rows = _rows(dataset.corpus)
    assert dataset.name == "hotpot_dev_distractor_v1"
    assert len(dataset.corpus_ids) == 3  # both questions share their paragraphs
    assert rows["Ed Wood (film)"].text == "Ed Wood is a 1994 film. It was directed by Tim Burton."
    first = dataset.questions[0]
    assert first.answers == ("yes",)
    assert first.supporting_ids == (rows["Scott Derrickson"].id, rows["Ed Wood"].id)
    assert (first.type, first.hops, first.answerable) == ("comparison", 2, True)


def test_a_fullwiki_gold_paragraph_outside_the_contexts_stays_a_supporting_id(tmp_path: Path) -> None:
    row = {**HOTPOT_ROW, "context": HOTPOT_ROW["context"][:2]}
    dataset = load_dataset(_write(tmp_path / "hotpot_dev_fullwiki_v1.json", json.dumps([row])))
    assert dataset.questions[0].supporting_ids[1] == "absent:Ed Wood"
    assert "absent:Ed Wood" not in dataset.corpus_ids


def test_a_hotpotqa_test_file_has_neither_answers_nor_supporting_ids(tmp_path: Path) -> None:
    row = {key: HOTPOT_ROW[key] for key in ("_id", "question", "context")}
    question = load_dataset(_write(tmp_path / "hotpot_test_fullwiki_v1.json", json.dumps([row]))).questions[0]
    assert (question.answers, question.supporting_ids, question.hops) == ((), (), None)


def test_paragraphs_with_one_title_and_two_texts_are_two(tmp_path: Path) -> None:
    other = {**HOTPOT_ROW, "_id": "2", "context": [["Ed Wood", ["Ed Wood is a village."]]]}
    dataset = load_dataset(_write(tmp_path / "dev.json", json.dumps([HOTPOT_ROW, other])))
    assert len(dataset.corpus_ids) == 4
    assert set(dataset.questions[0].supporting_ids).isdisjoint(dataset.questions[1].supporting_ids)


def test_2wikimultihopqa_takes_the_aliases_beside_it(tmp_path: Path) -> None:
    _write(tmp_path / "id_aliases.json", json.dumps({"Q_id": "Q274277", "aliases": ["M. Braunek"], "demonyms": []}))
    dataset = load_dataset(_write(tmp_path / "dev.json", json.dumps([TWO_WIKI_ROW])))
    question = dataset.questions[0]
    assert question.answers == ("Małgorzata Braunek", "M. Braunek")
    assert (question.type, question.hops) == ("compositional", 2)
    assert _rows(dataset.corpus)["Xawery Żuławski"].text.endswith("director. He is the son of Małgorzata Braunek.")


def test_musique_reads_supporting_paragraphs_aliases_and_hops(tmp_path: Path) -> None:
    dataset = load_dataset(_write(tmp_path / "musique_ans_v1.0_dev.jsonl", json.dumps(MUSIQUE_ROW) + "\n"))
    question, rows = dataset.questions[0], _rows(dataset.corpus)
    assert question.answers == ("Miquette Giraudy", "Giraudy")
    assert question.supporting_ids == (rows["Green"].id, rows["Miquette Giraudy"].id)
    assert (question.type, question.hops) == ("2hop", 2)


def test_musique_full_leaves_the_unanswerable_twins_out_and_says_so(tmp_path: Path) -> None:
    twin = {**MUSIQUE_ROW, "answerable": False}
    text = "\n".join(map(json.dumps, (MUSIQUE_ROW, twin)))
    dataset = load_dataset(_write(tmp_path / "musique_full_v1.0_dev.jsonl", text))
    assert [question.answerable for question in dataset.questions] == [True]
    assert dataset.notes[0].startswith("1 unanswerable twins")


def test_multihop_rag_joins_evidence_to_articles_by_url(tmp_path: Path) -> None:
    _write(tmp_path / "corpus.json", json.dumps(ARTICLES))
    _write(tmp_path / "MultiHopRAG.json", json.dumps(MULTIHOP_ROWS, indent=1))
    dataset = load_dataset(tmp_path)
    rows = _rows(dataset.corpus)
    article = rows[str(ARTICLES[0]["title"])]
    assert article.text.startswith("The Verge, 2023-09-28T12:00:00+00:00\n\nThe trial")
    known, unknown = dataset.questions
    assert known.supporting_ids == (article.id, "absent:A story that was withdrawn")
    assert (unknown.answerable, unknown.answers, unknown.hops) == (False, (), None)


def test_multihop_rag_without_its_corpus_says_what_to_do(tmp_path: Path) -> None:
    path = _write(tmp_path / "MultiHopRAG.json", json.dumps(MULTIHOP_ROWS))
    with pytest.raises(InvalidDataset, match=r"needs corpus\.json beside it"):
        load_dataset(path)


def test_a_beir_folder_takes_the_test_split_and_its_grades(tmp_path: Path) -> None:
    documents = [
        {"_id": "4983", "title": "Microstructure", "text": "Alterations …", "metadata": {}},
        {"_id": "7", "text": ""},
    ]
    queries = [{"_id": "1", "text": "0-dimensional biomaterials"}, {"_id": "2", "text": "not judged"}]
    _write(tmp_path / "corpus.jsonl", "\n".join(map(json.dumps, documents)))
    _write(tmp_path / "queries.jsonl", "\n".join(map(json.dumps, queries)))
    (tmp_path / "qrels").mkdir()
    _write(tmp_path / "qrels" / "test.tsv", "query-id\tcorpus-id\tscore\n1\t4983\t2\n1\t7\t0\n")
    dataset = load_dataset(tmp_path)
    (question,) = dataset.questions
    assert question.supporting_ids == ("4983",)
    assert question.grades == {"4983": 2}
    assert dataset.corpus_ids == {"4983", "7"}


def test_a_beir_score_that_is_no_number_is_named_by_line(tmp_path: Path) -> None:
    _write(tmp_path / "corpus.jsonl", '{"_id": "4983", "text": "…"}')
    _write(tmp_path / "queries.jsonl", '{"_id": "1", "text": "…"}')
    (tmp_path / "qrels").mkdir()
    _write(tmp_path / "qrels" / "test.tsv", "query-id\tcorpus-id\tscore\n1\t4983\tgood\n")
    with pytest.raises(InvalidDataset, match=r"test\.tsv:2: expected query-id"):
        load_dataset(tmp_path)


def test_a_truncated_list_is_named_by_file_line_and_row(tmp_path: Path) -> None:
    text = json.dumps([HOTPOT_ROW, HOTPOT_ROW], indent=1)
    path = _write(tmp_path / "hotpot.json", text[: len(text) - 40])
    second_row_line = json.dumps([HOTPOT_ROW], indent=1).count("\n") + 1
    with pytest.raises(InvalidDataset, match=rf"hotpot\.json:{second_row_line}: row 2 is not complete JSON"):
        load_dataset(path)


def test_a_list_that_is_never_closed_is_called_truncated(tmp_path: Path) -> None:
    path = _write(tmp_path / "hotpot.json", f"[{json.dumps(HOTPOT_ROW)}\n")
    with pytest.raises(InvalidDataset, match="not closed after row 1; the file is truncated"):
        load_dataset(path)


def test_a_wrong_field_is_named_with_its_row(tmp_path: Path) -> None:
    wrong = {**MUSIQUE_ROW, "id": "2", "paragraphs": [{"idx": 0, "title": "No text"}]}
    path = _write(tmp_path / "musique.jsonl", f"{json.dumps(MUSIQUE_ROW)}\n\n{json.dumps(wrong)}\n")
    with pytest.raises(InvalidDataset, match=r"musique\.jsonl:3: paragraphs\.0\.paragraph_text: Field required"):
        load_dataset(path)


def test_a_file_of_another_kind_is_refused_with_what_is_understood(tmp_path: Path) -> None:
    with pytest.raises(InvalidDataset, match="fits no known data set; Hopline's folder format, HotpotQA"):
        load_dataset(_write(tmp_path / "squad.json", '[{"paragraph": 1}]'))
    with pytest.raises(InvalidDataset, match="no such file or folder"):
        load_dataset(tmp_path / "nothing")
    with pytest.raises(InvalidDataset, match="the file is empty"):
        load_dataset(_write(tmp_path / "empty.json", ""))


def test_a_folder_with_several_official_files_asks_which(tmp_path: Path) -> None:
    _write(tmp_path / "dev.json", json.dumps([HOTPOT_ROW]))
    assert load_dataset(tmp_path).name == "dev"
    _write(tmp_path / "train.json", json.dumps([HOTPOT_ROW]))
    with pytest.raises(InvalidDataset, match=r"name one of dev\.json, train\.json"):
        load_dataset(tmp_path)
