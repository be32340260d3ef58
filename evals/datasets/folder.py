"""Hopline's own folder format: `questions.jsonl` beside `corpus.jsonl` or a `documents/` folder."""

import hashlib
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from evals.datasets.questions import Dataset, Question
from evals.datasets.rows import RowShape, read_lines
from graph.language import Turn
from tools.errors import InvalidDataset

QUESTIONS_FILE = "questions.jsonl"
CORPUS_FILE = "corpus.jsonl"
DOCUMENTS_FOLDER = "documents"


def _nothing_for_null(value: object) -> object:
    return () if value is None else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_nothing_for_null)]


class TurnRow(RowShape):
    question: str
    answer: str = ""


class QuestionRow(RowShape):
    id: str = Field(min_length=1)
    question: str = Field(min_length=1)
    answers: Texts = ()
    supporting_ids: Texts = ()
    type: str | None = None
    hops: int | None = None
    answerable: bool | None = None
    groups: Texts = ()
    history: Annotated[tuple[TurnRow, ...], BeforeValidator(_nothing_for_null)] = ()


class PassageRow(RowShape):
    """Only id and shape are checked here: ingestion reads the file itself."""

    id: str = Field(min_length=1)
    text: str
    title: str | None = None


def load_folder(folder: Path, questions_file: str = QUESTIONS_FILE, name: str = "") -> Dataset:
    """`name` is the folder's name unless given."""
    corpus = folder / CORPUS_FILE
    documents = folder / DOCUMENTS_FOLDER
    questions = _questions(folder / questions_file)
    name = name or folder.resolve().name
    if corpus.is_file():
        ids, digest = _corpus(corpus)
        return Dataset(name, questions, corpus, ids, digest)
    if documents.is_dir():
        ids, digest = _documents(documents)
        return Dataset(name, questions, documents, ids, digest)
    raise InvalidDataset(
        f"{folder}: a data set folder needs {CORPUS_FILE} or {DOCUMENTS_FOLDER}/ beside its questions."
    )


def _questions(path: Path) -> tuple[Question, ...]:
    questions: dict[str, Question] = {}
    for row in read_lines(path):
        shape = row.as_shape(QuestionRow)
        if shape.id in questions:
            raise row.place.error(f"the question id {shape.id!r} appears twice")
        questions[shape.id] = Question(
            id=shape.id,
            question=shape.question,
            answers=tuple(answer for answer in shape.answers if answer),
            supporting_ids=tuple(dict.fromkeys(shape.supporting_ids)),
            type=shape.type,
            hops=shape.hops,
            answerable=shape.answerable is not False,
            groups=shape.groups,
            history=tuple(Turn(turn.question, turn.answer) for turn in shape.history),
        )
    if not questions:
        raise InvalidDataset(f"{path}: there are no questions in it.")
    return tuple(questions.values())


def _corpus(path: Path) -> tuple[frozenset[str], str]:
    ids: set[str] = set()
    for row in read_lines(path):
        identifier = row.as_shape(PassageRow).id
        if identifier in ids:
            raise row.place.error(f"the passage id {identifier!r} appears twice")
        ids.add(identifier)
    with path.open("rb") as file:
        return frozenset(ids), hashlib.file_digest(file, "sha256").hexdigest()


def _documents(folder: Path) -> tuple[frozenset[str], str]:
    """Ids are paths below the folder, with forward slashes; the digest covers paths and contents."""
    digest = hashlib.sha256()
    ids = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        identifier = path.relative_to(folder).as_posix()
        ids.append(identifier)
        digest.update(f"{identifier}\x00".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return frozenset(ids), digest.hexdigest()
