"""The stages of the bench, each run as `python -m evals.bench.stages STAGE FOLDER`: index, encode, or ask one system.

Each writes its outcome, or why there is none, to `STAGE.json` in the bench's folder.
"""

import asyncio
import json
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from agent.opening import embedder_of, open_catalogue, open_loader, store_of
from evals.bench.memory import peak_megabytes
from evals.bench.plan import DEPTH, INDEX, Plan
from evals.bench.systems import SYSTEMS, load_peer
from evals.indexing import CorpusIndex
from tools.errors import HoplineError
from tools.passages import Passage
from tools.ports import FloatArray, PassageStore

ENCODE = "encode"
WARM_UP = ("What is this about?", "Who was there?", "Where is it and when did it begin?")

Outcome = dict[str, Any]


class _Keeping:
    """Our store, keeping what is written to it, so that the peers get the same chunks and vectors."""

    def __init__(self, store: PassageStore) -> None:
        self._store = store
        self.passages: list[Passage] = []
        self.vectors: list[FloatArray] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def upsert(self, passages: Sequence[Passage], vectors: FloatArray) -> None:
        self.passages += passages
        self.vectors.append(vectors)
        await self._store.upsert(passages, vectors)


async def index(plan: Plan) -> Outcome:
    """Read, chunk, embed and write the corpus as `hopline ingest` does. The clock starts when model and store are
    open."""
    settings = plan.settings()
    dataset, _ = plan.load()
    path = CorpusIndex(settings.collection, Path(plan.folder)).corpus_path(dataset)
    embedder = await embedder_of(settings)
    await embedder.embed_passages(["warm"])
    store = await store_of(settings, embedder, create=True)
    catalogue = open_catalogue(settings)
    try:
        keeping: Any = _Keeping(store)
        loader = open_loader(settings, keeping, embedder, catalogue)
        started = time.perf_counter()
        await loader.ingest([path], groups=None, tenant=settings.tenant, progress=lambda progress: None)
        seconds = time.perf_counter() - started
        memory = peak_megabytes()
        plan.save_chunks(keeping.passages, np.concatenate(keeping.vectors))
    finally:
        catalogue.close()
        await store.close()
    return {
        "seconds": seconds,
        "chunks": len(keeping.passages),
        "memory_mb": memory,
        "embedder": embedder.name,
        "dimension": embedder.dimension,
    }


async def encode(plan: Plan) -> Outcome:
    """The baseline for ingestion: the library's own batched encoding of the same chunks."""
    from tools.embedders.opening import model_and_arithmetic
    from tools.embedders.weights import BUNDLED, bundled_folder, local_folder

    spec, _ = model_and_arithmetic(plan.settings().embedder)
    folder = bundled_folder(Path(plan.cache)) if spec == BUNDLED else local_folder(spec)
    contents = [chunk.content for chunk in plan.chunks()]
    model = load_peer("sentence_transformers").SentenceTransformer(str(folder or spec))
    model.encode(["warm"])
    started = time.perf_counter()
    model.encode(contents, show_progress_bar=False)
    return {"seconds": time.perf_counter() - started, "memory_mb": peak_megabytes()}


async def ask(plan: Plan, name: str) -> Outcome:
    """Ask one system every question, one after the other. Latencies are in milliseconds."""
    _, questions = plan.load()
    opened = time.perf_counter()
    async with SYSTEMS[name].open(plan) as finder:
        opening_seconds = time.perf_counter() - opened
        for question in WARM_UP:
            await finder.find(question, DEPTH)
        rankings, latencies = {}, []
        for item in questions:
            started = time.perf_counter()
            found = await finder.find(item.question, DEPTH)
            latencies.append((time.perf_counter() - started) * 1000)
            rankings[item.id] = [(place.passage_id, place.source) for place in found]
        memory = peak_megabytes()
    return {
        "rankings": rankings,
        "latencies_ms": latencies,
        "memory_mb": memory,
        "opening_seconds": opening_seconds,
    }


def main(stage: str, folder: Path) -> None:
    logging.disable(logging.WARNING)
    plan = Plan.read(folder)
    work = {INDEX: index, ENCODE: encode}.get(stage)
    try:
        outcome = asyncio.run(work(plan) if work else ask(plan, stage))
    except HoplineError as error:
        outcome = {"error": str(error)}
    (folder / f"{stage}.json").write_text(json.dumps(outcome), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
