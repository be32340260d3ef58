"""What the ranker learns from: the candidates after each hop of each question, as the graph itself finds them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from agent.opening import embedder_of, open_catalogue, open_loader, store_of
from agent.settings import Settings
from evals.datasets.questions import Dataset, Question
from evals.indexing import index_corpus, index_of
from evals.matching import supporting_id_of
from graph.build import Graph, build_graph
from graph.confidence import Calibration
from graph.deps import Deps
from graph.languages.extractive import ExtractiveLanguage
from graph.ranking.ranker import ChainRanker
from graph.rerank import aimed_at, in_play, reading_of
from graph.state import Context, State
from graph.state import Question as Asked
from tools.knowledge import Knowledge
from tools.passages import Reader
from tools.verifiers.lexical import LexicalVerifier

MAX_HOPS = 2
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """One question's candidates after one hop: rows of features, and 1 for each candidate that is evidence.

    `supporting` counts all evidence, found or not; `first` and `last` mark the question's first and final hop.
    """

    dataset: str
    question: str
    rows: Floats
    evidence: NDArray[np.int64]
    supporting: int
    first: bool
    last: bool


async def examples_of(
    dataset: Dataset, settings: Settings, ranker: ChainRanker, console: Console, limit: int | None
) -> list[Example]:
    """Retrieve for every answerable question, with this ranker deciding where chains continue."""
    asked = [question for question in dataset.questions if question.supporting_ids][:limit]
    found: list[Example] = []
    async with _graph(dataset, settings, ranker) as (graph, knowledge):
        for place, question in enumerate(asked, 1):
            found += await _examples(graph, knowledge, dataset.name, question, settings.tenant)
            if place % 100 == 0 or place == len(asked):
                console.print(f"{dataset.name}: {place} of {len(asked)} questions", style="dim")
    return found


@asynccontextmanager
async def _graph(dataset: Dataset, settings: Settings, ranker: ChainRanker) -> AsyncIterator[tuple[Graph, Knowledge]]:
    """A graph over the data set's collection, which is ingested the first time. The shipped ranker is not used."""
    index = index_of(dataset, settings)
    own = index.settings(settings)
    await asyncio.to_thread(own.home.mkdir, parents=True, exist_ok=True)
    embedder = await embedder_of(own)
    store = await store_of(own, embedder, create=True)
    catalogue = await asyncio.to_thread(open_catalogue, own)

    async def ingest(path: Path) -> Sequence[str]:
        report = await open_loader(own, store, embedder, catalogue).ingest(
            [path], groups=None, tenant=own.tenant, progress=lambda progress: None
        )
        return [f"{source}: {reason}" for source, reason in report.failures]

    try:
        await index_corpus(dataset, index, ingest)
        knowledge = Knowledge(store, embedder)
        deps = Deps(
            knowledge,
            ExtractiveLanguage(),
            LexicalVerifier(),
            ranker=ranker,
            calibration=Calibration({}, 0.0),
        )
        yield build_graph(deps), knowledge
    finally:
        await store.close()
        catalogue.close()


async def _examples(graph: Graph, knowledge: Knowledge, dataset: str, question: Question, tenant: str) -> list[Example]:
    reader = Reader(groups=question.groups, tenant=tenant)
    context = Context(groups=reader.groups, tenant=tenant, max_hops=MAX_HOPS, answering=False, stopping=False)
    snapshots: dict[int, State] = {}
    stream = graph.astream(Asked(question.question, question.history), context=context, stream_mode="values")
    async for values in stream:
        state = State(**values)
        if state.absorbed and state.absorbed == len(state.found):
            snapshots[max(hop.n for hop in state.hops)] = state
    return [
        await _example(dataset, question, state, knowledge, first=hop == min(snapshots), last=hop == max(snapshots))
        for hop, state in snapshots.items()
    ]


async def _example(
    dataset: str, question: Question, state: State, knowledge: Knowledge, *, first: bool, last: bool
) -> Example:
    candidates = in_play(state)
    reading = reading_of(state, candidates)
    reading.aim_at(await aimed_at(reading, knowledge))
    passages = [candidate.hit.passage for candidate in candidates]
    evidence = [supporting_id_of(each.id, each.source, question.supporting_ids) is not None for each in passages]
    rows = reading.features()
    supporting = len(set(question.supporting_ids))
    return Example(dataset, question.id, rows, np.array(evidence, dtype=np.int64), supporting, first, last)
