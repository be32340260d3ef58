"""Ingests a data set's corpus into a collection of its own, once for the same content."""

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.settings import Settings
from evals.datasets.folder import PassageRow
from evals.datasets.questions import CorpusRow, Dataset
from evals.datasets.rows import read_lines
from tools.errors import InvalidDataset
from tools.ingestion.planning.run_state import LOADER_VERSION
from tools.named_files import naming
from tools.private_files import keep_folder_private

EVALS_FOLDER = "evals"
CORPUS_FILE = "corpus.jsonl"
MARKER_FILE = "indexed.json"

# Ingests a path into the store of the settings; returns what was left out, one sentence each.
Ingest = Callable[[Path], Awaitable[Sequence[str]]]
_CORPUS_LINE = re.compile(r":(\d+)$")


@dataclass(frozen=True, slots=True)
class CorpusIndex:
    """The index of a data set's corpus; `collection` is named by content, embedder and chunking."""

    collection: str
    folder: Path

    def left_out(self) -> tuple[str, ...] | None:
        """What the finished ingestion left out; None if none has finished."""
        marker = self.folder / MARKER_FILE
        return tuple(json.loads(marker.read_text(encoding="utf-8"))["left_out"]) if marker.is_file() else None

    def finish(self, dataset: str, left_out: Sequence[str]) -> None:
        """Record that the ingestion has finished, so that it is not repeated."""
        (self.folder / MARKER_FILE).write_text(
            json.dumps({"dataset": dataset, "left_out": list(left_out)}), encoding="utf-8"
        )

    def forget(self) -> None:
        (self.folder / MARKER_FILE).unlink(missing_ok=True)

    def settings(self, settings: Settings) -> Settings:
        """Settings for this collection, without audit log and access file: these are for the operator's own questions
        and sources."""
        return settings.model_copy(
            update={"collection": self.collection, "audit": "off", "access_file": None, "trace_days": 0.0}
        )

    def corpus_path(self, dataset: Dataset) -> Path:
        """The path to ingest: the data set's own files, or its gathered rows, which are written here."""
        if isinstance(dataset.corpus, Path):
            return dataset.corpus
        path = self.folder / CORPUS_FILE
        if not path.is_file():
            _write_rows(dataset.corpus, path)
        return path


def index_of(dataset: Dataset, settings: Settings) -> CorpusIndex:
    """Another embedder, chunk size, store or reader version gives another index; the collection's name says so."""
    identity = (dataset.corpus_digest, settings.embedder, settings.chunk_characters, LOADER_VERSION)
    digest = hashlib.sha256(repr(identity).encode()).hexdigest()[:12]
    store = hashlib.sha256((settings.milvus_uri or "").encode()).hexdigest()[:6]
    return CorpusIndex(f"eval_{digest}", settings.home / EVALS_FOLDER / f"{digest}-{store}")


async def index_corpus(dataset: Dataset, index: CorpusIndex, ingest: Ingest) -> tuple[str, ...]:
    """Ingest the corpus unless that was done before; returns what was left out, one sentence each.

    An ingestion that was killed starts over; rows that are already there are not changed.
    """
    known = await asyncio.to_thread(index.left_out)
    if known is not None:
        return known
    await asyncio.to_thread(keep_folder_private, index.folder)
    left_out = tuple(await ingest(await asyncio.to_thread(index.corpus_path, dataset)))
    if len(left_out) >= len(dataset.corpus_ids) > 0:
        raise InvalidDataset(f"{dataset.name}: nothing of its corpus could be ingested; first problem: {left_out[0]}")
    await asyncio.to_thread(index.finish, dataset.name, left_out)
    return left_out


def ingested_ids(dataset: Dataset, left_out: Sequence[str]) -> frozenset[str]:
    """The corpus ids in the store: all except those of documents and corpus rows that were left out."""
    names = {sentence.partition(": ")[0] for sentence in left_out}
    if not names:
        return dataset.corpus_ids
    lines = {int(found[1]) for name in names if (found := _CORPUS_LINE.search(name))}
    gone = _ids_at(dataset.corpus, lines)
    gone |= {identifier for identifier in dataset.corpus_ids if any(_names(name, identifier) for name in names)}
    return dataset.corpus_ids - gone


def _names(name: str, identifier: str) -> bool:
    return name == identifier or name.endswith(f"/{identifier}")


def _ids_at(corpus: Path | tuple[CorpusRow, ...], lines: set[int]) -> set[str]:
    """Ids of a corpus.jsonl's rows by line number, counted from 1."""
    if not isinstance(corpus, Path):
        return {row.id for number, row in enumerate(corpus, start=1) if number in lines}
    if not corpus.is_file():
        return set()
    rows = (row for row in read_lines(corpus) if row.place.line in lines)
    return {row.as_shape(PassageRow).id for row in rows}


def _write_rows(rows: Sequence[CorpusRow], path: Path) -> None:
    draft = path.with_suffix(".draft")
    with naming(draft), draft.open("w", encoding="utf-8") as file:
        for row in rows:
            value: dict[str, object] = {"id": row.id, "title": row.title, "text": row.text}
            if row.url:
                value["url"] = row.url
            if row.groups:
                value["groups"] = row.groups
            file.write(json.dumps(value, ensure_ascii=False) + "\n")
    draft.replace(path)
