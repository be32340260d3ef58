"""A data set's corpus in a collection of its own, indexed once and found again by its content."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.settings import Settings
from evals.datasets.questions import CorpusRow, Dataset
from tools.errors import InvalidDataset

EVALS_FOLDER = "evals"
CORPUS_FILE = "corpus.jsonl"
MARKER_FILE = "indexed.json"

# Puts one path into the store the settings name and returns what was left out, one sentence each.
Ingest = Callable[[Path], Awaitable[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class CorpusIndex:
    """Where a data set's corpus stands: `collection` names it by content, embedder and chunking."""

    collection: str
    folder: Path

    @property
    def marker(self) -> Path:
        return self.folder / MARKER_FILE

    @property
    def left_out(self) -> tuple[str, ...] | None:
        """What the finished ingestion left out; None when it has not finished."""
        if not self.marker.is_file():
            return None
        return tuple(json.loads(self.marker.read_text(encoding="utf-8"))["left_out"])

    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"collection": self.collection})


def index_of(dataset: Dataset, settings: Settings) -> CorpusIndex:
    """Another embedder, chunk size or store is another index; the collection's name says so."""
    identity = (dataset.corpus_digest, settings.embedder, settings.chunk_characters)
    digest = hashlib.sha256(repr(identity).encode()).hexdigest()[:12]
    store = hashlib.sha256((settings.milvus_uri or "").encode()).hexdigest()[:6]
    return CorpusIndex(f"eval_{digest}", settings.home / EVALS_FOLDER / f"{digest}-{store}")


async def index_corpus(dataset: Dataset, index: CorpusIndex, ingest: Ingest) -> tuple[str, ...]:
    """Ingest the corpus unless that was finished before; returns what was left out, one sentence each.

    An ingestion that was killed starts over: rows that are already there change nothing.
    """
    if (left_out := index.left_out) is not None:
        return left_out
    index.folder.mkdir(parents=True, exist_ok=True)
    path = dataset.corpus if isinstance(dataset.corpus, Path) else index.folder / CORPUS_FILE
    if not isinstance(dataset.corpus, Path):
        _write_rows(dataset.corpus, path)
    left_out = tuple(await ingest(path))
    if len(left_out) >= len(dataset.corpus_ids) > 0:
        raise InvalidDataset(f"{dataset.name}: nothing of its corpus could be ingested; first of all: {left_out[0]}")
    index.marker.write_text(json.dumps({"dataset": dataset.name, "left_out": left_out}), encoding="utf-8")
    return left_out


def _write_rows(rows: Sequence[CorpusRow], path: Path) -> None:
    draft = path.with_suffix(".draft")
    with draft.open("w", encoding="utf-8") as file:
        for row in rows:
            value: dict[str, object] = {"id": row.id, "title": row.title, "text": row.text}
            if row.url:
                value["url"] = row.url
            if row.groups:
                value["groups"] = row.groups
            file.write(json.dumps(value, ensure_ascii=False) + "\n")
    draft.replace(path)
