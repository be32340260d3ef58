"""The systems to compare. Each finds passages for a question in its own way."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any, Literal, Protocol

from agent.opening import embedded_store, embedder_of, open_assistant
from evals.bench.plan import Plan
from evals.matching import Retrieved
from tools.errors import InvalidInput
from tools.passages import Hit, Passage, Reader
from tools.ports import Embedder
from tools.store.address import Address
from tools.store.milvus import MilvusStore, leg_of


class Finder(Protocol):
    async def find(self, question: str, k: int) -> list[Retrieved]: ...


Opener = Callable[[Plan], AbstractAsyncContextManager[Finder]]


@dataclass(frozen=True, slots=True)
class System:
    """`ours` and those that search our store share its index; the others build one from the same chunks."""

    title: str
    open: Opener
    shares_our_index: bool = True


def load_peer(module: str) -> Any:
    """A peer's module. Peers are optional packages, so only the bench that measures them imports them."""
    try:
        return import_module(module)
    except ImportError as error:
        raise InvalidInput(
            f"{module} can't be imported ({error}); install the peers with: make bench, or pip install --group bench"
        ) from error


@dataclass(frozen=True, slots=True)
class _Ours:
    """Hopline's own search; `max_hops=1` is its first search alone."""

    assistant: Any
    reader: Reader
    max_hops: int | None

    async def find(self, question: str, k: int) -> list[Retrieved]:
        report = await self.assistant.search(question, reader=self.reader, k=k, max_hops=self.max_hops)
        return [Retrieved(result.passage_id, result.source) for result in report.results]


@asynccontextmanager
async def _ours(plan: Plan, max_hops: int | None = None) -> AsyncIterator[Finder]:
    async with open_assistant(plan.settings()) as assistant:
        yield _Ours(assistant, plan.reader(), max_hops)


class _OneLegStore(MilvusStore):
    """Our store with only one index, `dense` or `sparse` (BM25), and its usual access filter and checks."""

    leg: Literal["dense", "sparse"] = "sparse"

    async def _search(
        self, query: str, vector: Sequence[float], access: str, limit: int
    ) -> Sequence[Mapping[str, Any]]:
        sought = query if self.leg == "sparse" else vector
        return await self._collection.fused([leg_of(self.leg, sought, access, limit)], limit)


class _DenseStore(_OneLegStore):
    leg = "dense"


@dataclass(frozen=True, slots=True)
class _Leg:
    store: MilvusStore
    embedder: Embedder | None
    reader: Reader

    async def hits(self, question: str, k: int) -> list[Hit]:
        vector = (await self.embedder.embed_queries([question]))[0].tolist() if self.embedder else ()
        return await self.store.search(question, vector, self.reader, k)

    async def find(self, question: str, k: int) -> list[Retrieved]:
        return [_retrieved(hit.passage) for hit in await self.hits(question, k)]


@asynccontextmanager
async def _leg(plan: Plan, kind: type[_OneLegStore]) -> AsyncIterator[_Leg]:
    settings = plan.settings()
    # BM25 needs no embedder, so none must count in its memory.
    embedder = await embedder_of(settings) if kind.leg == "dense" else None
    store = await kind.open(Address(embedded_store(settings)), settings.collection, plan.embedder_identity())
    try:
        yield _Leg(store, embedder, plan.reader())
    finally:
        await store.close()


@asynccontextmanager
async def _ensemble(plan: Plan) -> AsyncIterator[Finder]:
    """LangChain's EnsembleRetriever (reciprocal ranks, c = 60, equal weights) over both indexes of our store."""
    from evals.bench.langchain_peer import EnsembleFinder

    async with _leg(plan, _DenseStore) as dense, _leg(plan, _OneLegStore) as sparse:
        yield EnsembleFinder([dense.hits, sparse.hits], load_peer("langchain_classic.retrievers"))


@asynccontextmanager
async def _haystack(plan: Plan) -> AsyncIterator[Finder]:
    """Haystack's hybrid pipeline over its in-memory store, filled with the same chunks and vectors."""
    from evals.bench.haystack_peer import HaystackFinder

    embedder = await embedder_of(plan.settings())
    reader = plan.reader()
    readable = [
        (chunk, vector)
        for chunk, vector in zip(plan.chunks(), plan.vectors(), strict=True)
        if reader.may_read(chunk)  # its store has no access filter, so it gets only what the reader may read
    ]
    yield await asyncio.to_thread(HaystackFinder, readable, embedder, load_peer)


def _retrieved(passage: Passage) -> Retrieved:
    return Retrieved(passage.id, passage.source)


OURS = "hopline"
SYSTEMS: Mapping[str, System] = {
    "bm25": System("BM25 alone", partial(_leg, kind=_OneLegStore)),
    "dense": System("dense alone", partial(_leg, kind=_DenseStore)),
    "langchain": System("LangChain EnsembleRetriever", _ensemble),
    "haystack": System("Haystack hybrid", _haystack, shares_our_index=False),
    "one-hop": System("Hopline, one hop", partial(_ours, max_hops=1)),
    OURS: System("Hopline", _ours),
}
