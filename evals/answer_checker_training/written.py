"""Passages written for training: a few sentences of one section, with questions that they answer and near misses."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.errors import InvalidDataset

PASSAGES = Path(__file__).with_name("passages")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question. `answered_by` are the indexes of the sentences that answer it together; empty for a near miss."""

    question: str
    answered_by: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """Sentences, rows or messages under a title and a heading, either of which may be empty."""

    kind: str
    title: str
    heading: str
    says: tuple[str, ...]
    asked: tuple[Asked, ...]

    def read(self, places: Sequence[int]) -> str:
        """Some of the sentences in the form in which the checker sees evidence, under title and heading."""
        header = " – ".join(part for part in (self.title, self.heading) if part)
        said = " ".join(self.says[place] for place in sorted(places))
        return f"{header}: {said}" if header else said

    def is_in(self, fold: int, folds: int) -> bool:
        """Decided by a digest of its text, so that a passage keeps its place when others are added."""
        digest = hashlib.sha256("\n".join(self.says).encode()).digest()
        return int.from_bytes(digest[:4], "big") % folds == fold


def load_passages(folder: Path = PASSAGES) -> list[Written]:
    """All passages of the folder's files, in the order of file names. Raises InvalidDataset naming file and line."""
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise InvalidDataset(f"{folder}: there are no passages in this folder (files *.jsonl).")
    return [passage for file in files for passage in _passages_of(file)]


def _passages_of(file: Path) -> Iterator[Written]:
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
                says = tuple(map(str, row["says"]))
                asked = tuple(Asked(str(one["question"]), tuple(map(int, one["answered_by"]))) for one in row["asked"])
                title, heading = str(row["title"]), str(row["heading"])
            except (ValueError, KeyError, TypeError) as error:
                raise InvalidDataset(
                    f"{file}:{number}: not a passage with title, heading, says and asked ({error})."
                ) from error
            if not all(0 <= place < len(says) for one in asked for place in one.answered_by):
                raise InvalidDataset(f"{file}:{number}: a question names a sentence that does not exist.")
            yield Written(file.stem, title, heading, says, asked)
