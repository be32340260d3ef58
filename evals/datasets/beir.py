"""BEIR folders: `corpus.jsonl`, `queries.jsonl` and `qrels/<split>.tsv`.

Questions are those the chosen split judges; a score above 0 makes a document relevant, and its grade counts in nDCG.
"""

from pathlib import Path

from pydantic import Field

from evals.datasets.paragraphs import digest_of
from evals.datasets.questions import CorpusRow, Dataset, Question
from evals.datasets.rows import RowShape, read_lines, read_text_lines
from tools.errors import InvalidDataset

SPLITS = ("test", "dev", "train")


class DocumentRow(RowShape):
    id: str = Field(alias="_id", min_length=1)
    text: str
    title: str = ""


class QueryRow(RowShape):
    id: str = Field(alias="_id", min_length=1)
    text: str = Field(min_length=1)


def load_beir(folder: Path, qrels: Path | None = None) -> Dataset:
    """`qrels` picks a split's file; by default test, else dev, else train."""
    qrels = qrels or _default_qrels(folder)
    grades = _grades(qrels)
    rows = _documents(folder / "corpus.jsonl")
    questions: dict[str, Question] = {}
    for row in read_lines(folder / "queries.jsonl"):
        query = row.as_shape(QueryRow)
        if query.id in questions:
            raise row.place.error(f"the query id {query.id!r} appears twice")
        if query.id in grades:
            judged = {document: grade for document, grade in grades[query.id].items() if grade > 0}
            questions[query.id] = Question(query.id, query.text, supporting_ids=tuple(judged), grades=judged)
    if missing := sorted(grades.keys() - questions.keys()):
        raise InvalidDataset(f"{qrels}: query {missing[0]!r} is judged but not in {folder / 'queries.jsonl'}.")
    ids = frozenset(row.id for row in rows)
    return Dataset(folder.name, tuple(questions.values()), rows, ids, digest_of(rows), (f"split {qrels.stem}",))


def _documents(path: Path) -> tuple[CorpusRow, ...]:
    rows: dict[str, CorpusRow] = {}
    for row in read_lines(path):
        document = row.as_shape(DocumentRow)
        if document.id in rows:
            raise row.place.error(f"the document id {document.id!r} appears twice")
        rows[document.id] = CorpusRow(document.id, document.title, document.text)
    return tuple(rows.values())


def _default_qrels(folder: Path) -> Path:
    for split in SPLITS:
        path = folder / "qrels" / f"{split}.tsv"
        if path.is_file():
            return path
    raise InvalidDataset(f"{folder}: a BEIR folder needs qrels/test.tsv (or dev.tsv, train.tsv).")


def _grades(path: Path) -> dict[str, dict[str, int]]:
    """Query → document → grade. The header line is optional; fields are not quoted."""
    grades: dict[str, dict[str, int]] = {}
    for place, line in read_text_lines(path):
        cells = [cell.strip() for cell in line.split("\t")]
        if place.line == 1 and cells[-1] == "score":
            continue
        if len(cells) != 3 or not cells[2].lstrip("-").isdecimal():
            raise place.error("expected query-id, corpus-id and a whole score, split by tabs")
        grades.setdefault(cells[0], {})[cells[1]] = int(cells[2])
    if not grades:
        raise InvalidDataset(f"{path}: no query is judged in it.")
    return grades
