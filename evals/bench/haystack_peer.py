"""Haystack's hybrid retrieval: its in-memory BM25 and embedding retrievers, joined by reciprocal rank fusion."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from evals.bench.plan import LEG_DEPTH
from evals.matching import Retrieved
from tools.passages import Passage
from tools.ports import Embedder, FloatArray


class HaystackFinder:
    """The pipeline of Haystack's own hybrid search tutorial, without its ranker. Blocks while it indexes."""

    def __init__(
        self, chunks: Sequence[tuple[Passage, FloatArray]], embedder: Embedder, load: Callable[[str], Any]
    ) -> None:
        haystack, retrievers = load("haystack"), load("haystack.components.retrievers.in_memory")
        store = load("haystack.document_stores.in_memory").InMemoryDocumentStore(
            embedding_similarity_function="cosine", return_embedding=False
        )
        store.write_documents(
            [
                haystack.Document(
                    id=chunk.key,
                    content=chunk.content,
                    meta={"passage": chunk.id, "source": chunk.source},
                    embedding=vector.tolist(),
                )
                for chunk, vector in chunks
            ]
        )
        self._embedder = embedder
        self._pipeline = haystack.Pipeline()
        self._pipeline.add_component("bm25", retrievers.InMemoryBM25Retriever(store, top_k=LEG_DEPTH))
        self._pipeline.add_component("dense", retrievers.InMemoryEmbeddingRetriever(store, top_k=LEG_DEPTH))
        joiner = load("haystack.components.joiners").DocumentJoiner(join_mode="reciprocal_rank_fusion")
        self._pipeline.add_component("join", joiner)
        self._pipeline.connect("bm25", "join")
        self._pipeline.connect("dense", "join")

    async def find(self, question: str, k: int) -> list[Retrieved]:
        vector = (await self._embedder.embed_queries([question]))[0].tolist()
        asked = {"bm25": {"query": question}, "dense": {"query_embedding": vector}}
        found = await asyncio.to_thread(self._pipeline.run, asked)
        documents = found["join"]["documents"][:k]
        return [Retrieved(document.meta["passage"], document.meta["source"]) for document in documents]
