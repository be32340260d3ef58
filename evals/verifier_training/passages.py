"""Passages about one thing each, named by their title, and what a question set's annotation says about it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pydantic import Field

from evals.datasets.rows import RowShape, read_lines
from tools.errors import InvalidDataset
from tools.verifiers.text import plain, sentences_of

MAX_CHARACTERS = 900
"""Length of a passage: what the verifier reads at once."""
CORPUS_FILE, QUESTIONS_FILE = "corpus.jsonl", "questions.jsonl"
_QUALIFIER = re.compile(r" \([^)]*\)$")
_NO_THING = re.compile(r"^Lists? of |\bmay refer to\b")
_GLUED_PARENTHESIS = re.compile(r"(?<=[\w\"])\( ?")


@dataclass(frozen=True, slots=True)
class Passage:
    """`triples` are (relation, object) of the thing that the title names."""

    title: str
    text: str
    sentences: tuple[str, ...]
    triples: tuple[tuple[str, str], ...] = ()

    def is_in(self, fold: int, folds: int) -> bool:
        return int(sha256(self.text.encode()).hexdigest()[:8], 16) % folds == fold


class _Step(RowShape):
    question: str
    answer: str


class _Row(RowShape):
    supporting_ids: tuple[str, ...] = ()
    evidences: tuple[tuple[str, str, str], ...] = ()
    decomposition: tuple[_Step, ...] = ()

    def triples(self) -> Iterator[tuple[str, str, str]]:
        """2WikiMultihopQA's evidences, and MuSiQue's steps of the form "subject >> relation"."""
        yield from self.evidences
        for step in self.decomposition:
            subject, found, relation = step.question.partition(" >> ")
            if found and "#" not in step.question:
                yield subject, relation, step.answer


class _Text(RowShape):
    id: str = Field(min_length=1)
    title: str = ""
    text: str


def load_passages(folders: Sequence[Path]) -> list[Passage]:
    """The titled passages of question sets. Raises InvalidDataset if a folder has none."""
    return [passage for folder in folders for passage in _load(folder)]


def _load(folder: Path) -> list[Passage]:
    corpus = folder / CORPUS_FILE
    if not corpus.is_file():
        raise InvalidDataset(f"{folder}: no passages there; name a folder that contains a {CORPUS_FILE}.")
    known = _triples(folder / QUESTIONS_FILE)
    made = []
    for row in (one.as_shape(_Text) for one in read_lines(corpus)):
        title, sentences = named(row.title), _beginning(row.text)
        if len(title) > 2 and sentences and not _NO_THING.search(f"{title}\n{sentences[0]}"):
            triples = known.get((row.id, title.casefold()), {})
            made.append(Passage(title, " ".join(sentences), sentences, tuple(triples)))
    return made


def _triples(file: Path) -> dict[tuple[str, str], dict[tuple[str, str], None]]:
    """By the passage that answers the question, and its subject."""
    found: dict[tuple[str, str], dict[tuple[str, str], None]] = {}
    for row in (one.as_shape(_Row) for one in read_lines(file)) if file.is_file() else ():
        for subject, relation, thing in row.triples():
            for place in row.supporting_ids:
                found.setdefault((place, named(subject).casefold()), {})[relation.strip(), thing] = None
    return found


def named(title: str) -> str:
    """The title without what tells it from its namesakes: `Peter Pan (1953 film)` becomes `Peter Pan`."""
    return _QUALIFIER.sub("", title).strip('"')


def _beginning(text: str) -> tuple[str, ...]:
    """As many whole sentences as the verifier reads at once."""
    kept: list[str] = []
    for sentence in sentences_of(_readable(text)):
        if sum(map(len, kept)) + len(kept) + len(sentence) > MAX_CHARACTERS:
            break
        kept.append(sentence)
    return tuple(kept)


def _readable(text: str) -> str:
    return plain(_GLUED_PARENTHESIS.sub(" (", text.replace("``", '"').replace("''", '"')))
