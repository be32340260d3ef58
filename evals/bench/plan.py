"""The plan of a bench. Every stage is a process of its own that reads the plan from the bench's folder."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from agent.settings import Settings, load_settings
from evals.datasets import Dataset, Question, load_dataset
from evals.sampling import stratified
from tools.errors import InvalidInput
from tools.passages import Passage, Reader
from tools.ports import FloatArray
from tools.store.schema import Identity

INDEX = "index"
"""The stage that ingests; its outcome names the embedder."""

PLAN_FILE = "plan.json"
CHUNKS_FILE = "chunks.jsonl"
VECTORS_FILE = "vectors.npy"
DEPTH = 10
LEG_DEPTH = 50
"""Passages from each leg of a fusion, for all systems."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`dataset` is a path or the name of a bundled set, `limit` the number of questions (None: all), `cache` the folder
    of exported embedding models. The index and all results are below `folder`."""

    dataset: str
    limit: int | None
    cache: str
    folder: str

    def write(self) -> None:
        (Path(self.folder) / PLAN_FILE).write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Plan":
        return cls(**json.loads((folder / PLAN_FILE).read_text(encoding="utf-8")))

    @property
    def home(self) -> Path:
        return Path(self.folder) / "home"

    def settings(self) -> Settings:
        """The operator's settings, but without a model and with the embedded store below the bench's folder."""
        return load_settings(home=self.home, model=None, milvus_uri=None, database_url=None, collection="hopline")

    def prepare_home(self) -> None:
        self.home.mkdir(parents=True)
        Path(self.cache).mkdir(parents=True, exist_ok=True)
        (self.home / "cache").symlink_to(Path(self.cache).absolute())

    def load(self) -> tuple[Dataset, tuple[Question, ...]]:
        """The data set and the questions to ask. Raises InvalidDataset, or InvalidInput if there are none."""
        dataset = load_dataset(self.dataset)
        questions = stratified([question for question in dataset.questions if is_fair(question)], self.limit)
        if not questions:
            raise InvalidInput(f"{dataset.name}: no question of it both stands alone and has supporting passages.")
        return dataset, questions

    def reader(self) -> Reader:
        return Reader(tenant=self.settings().tenant)

    def save_chunks(self, passages: Sequence[Passage], vectors: FloatArray) -> None:
        adapter = TypeAdapter(Passage)
        with (Path(self.folder) / CHUNKS_FILE).open("wb") as file:
            file.writelines(adapter.dump_json(passage) + b"\n" for passage in passages)
        np.save(Path(self.folder) / VECTORS_FILE, vectors)

    def embedder_identity(self) -> Identity:
        """Name and dimension of the store's embedder, known without loading it."""
        made = json.loads((Path(self.folder) / f"{INDEX}.json").read_text(encoding="utf-8"))
        return Identity(made["embedder"], made["dimension"])

    def chunks(self) -> list[Passage]:
        """The chunks of our ingestion, in the order of `vectors`."""
        return list(self._chunks())

    def vectors(self) -> FloatArray:
        """Shape (chunks, dimension), rows of unit length."""
        vectors: FloatArray = np.load(Path(self.folder) / VECTORS_FILE)
        return vectors

    def _chunks(self) -> Iterator[Passage]:
        adapter = TypeAdapter(Passage)
        with (Path(self.folder) / CHUNKS_FILE).open("rb") as file:
            yield from map(adapter.validate_json, file)


def is_fair(question: Question) -> bool:
    """Whether every peer can answer the question: it stands alone, is open to the public, and has annotated
    passages."""
    return bool(question.answerable and question.supporting_ids and not question.groups and not question.history)
