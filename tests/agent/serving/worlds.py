"""An assistant with all of serving, over the small world in memory. Several may share a home, as processes do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from agent.assistant import Assistant
from agent.conversations import TABLES, Conversations
from agent.serving.databases import guarded
from agent.serving.generations import AnnouncingStore, Generations, open_generations
from agent.serving.ports import (
    serving_checker,
    serving_embedder,
    serving_reranker,
    serving_searcher,
    serving_verifier,
)
from agent.serving.serving import Serving, opened_serving
from agent.settings import Settings
from graph.build import build_graph
from graph.deps import Deps
from graph.languages.extractive import ExtractiveLanguage
from graph.ranking.ranker import shipped_ranker
from tests.agent.assistants import FIXED, memory, memory_of
from tests.doubles import HashEmbedder, MemoryStore
from tools.database.opening import open_tables
from tools.knowledge import Knowledge
from tools.passages import Hit, Passage, Reader
from tools.verifiers.lexical import LexicalVerifier


class CountingStore(MemoryStore):
    """Counts its searches. `before_search` is awaited in each, so that a test can do something meanwhile."""

    def __init__(self, sound: MemoryStore) -> None:
        super().__init__()
        self.passages, self.vectors = sound.passages, sound.vectors
        self.searches = 0
        self.before_search: Any = None

    async def search(self, query: str, vector: Any, reader: Reader, limit: int) -> list[Hit]:
        self.searches += 1
        if self.before_search is not None:
            await self.before_search()
        return await super().search(query, vector, reader, limit)


class World:
    def __init__(self, assistant: Assistant, store: AnnouncingStore, inner: CountingStore) -> None:
        self.assistant, self.store, self.inner = assistant, store, inner

    async def write(self, passage: Passage) -> None:
        await self.store.upsert([passage], await HashEmbedder(256).embed_passages([passage.content]))


@asynccontextmanager
async def world(home: Path, store: MemoryStore | None = None, **options: Any) -> AsyncIterator[World]:
    """An assistant whose `language`, `verifier`, `checker`, `reranker`, `embedder`, `conversations` (their database),
    `screener` and `quoting` are behind the guards. Other keywords are settings."""
    ports = {
        name: options.pop(name, None)
        for name in ("language", "verifier", "checker", "reranker", "embedder", "conversations", "screener", "quoting")
    }
    settings = await asyncio.to_thread(Settings.model_validate, {"min_confidence": 0.5, **options, "home": home})
    generations: Generations = await asyncio.to_thread(
        open_generations, home, settings.database, milvus_uri=None, collection="test"
    )
    inner = CountingStore(store or await memory())
    announcing = AnnouncingStore(inner, generations)
    searcher = serving_searcher(announcing, generations, settings)
    vectors = serving_embedder(ports["embedder"] or HashEmbedder(256), settings)
    deps = Deps(
        knowledge=Knowledge(searcher, vectors),
        language=ports["language"] or ExtractiveLanguage(),
        verifier=serving_verifier(ports["verifier"] or LexicalVerifier(), settings),
        answer_checker=serving_checker(ports["checker"]) if ports["checker"] else None,
        reranker=serving_reranker(ports["reranker"]) if ports["reranker"] else None,
        ranker=await asyncio.to_thread(shipped_ranker),
        calibration=FIXED,
        quoting=ports["quoting"],
        screener=ports["screener"],
    )
    database = ports["conversations"] or await asyncio.to_thread(open_tables, TABLES, home, settings.database)
    remembered = await asyncio.to_thread(
        memory_of, settings, Conversations(guarded(database, "the database", attempts=2))
    )
    serving: Serving
    async with opened_serving(settings, deps, generations, clearables=(vectors, searcher)) as serving:
        graph = build_graph(deps, serving.checkpointer)

        def no_loader() -> Any:
            raise AssertionError("nothing is ingested here")

        try:
            yield World(Assistant(settings, graph, remembered, no_loader, serving=serving), announcing, inner)
        finally:
            await remembered.close()
    await generations.close()
