"""An assistant over the small world in memory, with telemetry of its own: registry, exporter and database."""

import asyncio
from pathlib import Path
from typing import Any, cast

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry

from agent.assistant import Assistant
from agent.memory import Memory
from agent.settings import load_settings
from agent.telemetry.keeping import open_traces
from agent.telemetry.metrics import Metrics
from agent.telemetry.otel import OtelSpans, spans_to
from agent.telemetry.ports import (
    WatchedAnswerChecker,
    WatchedChatModel,
    WatchedEmbedder,
    WatchedReranker,
    WatchedSearcher,
    WatchedVerifier,
)
from agent.telemetry.watching import Telemetry
from graph.build import build_graph
from graph.confidence import Calibration
from graph.deps import Deps
from graph.languages.extractive import ExtractiveLanguage
from graph.languages.model import ModelLanguage
from tests.agent.assistants import FIXED, memory, memory_of
from tests.doubles import HashEmbedder
from tools.knowledge import Knowledge
from tools.ports import AnswerChecker, ChatModel, Embedder, Reranker, Searcher
from tools.verifiers.lexical import LexicalVerifier

BRIDGE = "Who is the duty manager that approves a refund above 500 euros?"


class Watched:
    """With `content`, questions and replies are put into spans. `spans` is the exporter in memory."""

    def __init__(self, home: Path, *, content: bool = False, spans: OtelSpans | None = None) -> None:
        self.home = home
        self.exporter = InMemorySpanExporter()
        self.metrics = Metrics(CollectorRegistry())
        self.traces = open_traces(home, None, keep_days=7, metrics=self.metrics)
        mirrored = spans or spans_to(SimpleSpanProcessor(self.exporter), content=content)
        self.telemetry = Telemetry(metrics=self.metrics, spans=mirrored, keeper=self.traces)
        self.memories: list[Memory] = []

    async def assistant(
        self,
        *,
        searcher: Searcher | None = None,
        embedder: Embedder | None = None,
        chat: ChatModel | None = None,
        reranker: Reranker | None = None,
        checker: AnswerChecker | None = None,
        quoting: Calibration | None = None,
        **settings: object,
    ) -> Assistant:
        telemetry = self.telemetry
        deps = await asyncio.to_thread(
            Deps,
            knowledge=Knowledge(
                WatchedSearcher(searcher or await memory(), telemetry, "hopline"),
                WatchedEmbedder(embedder or HashEmbedder(256), telemetry),
            ),
            language=ModelLanguage(WatchedChatModel(chat, telemetry)) if chat else ExtractiveLanguage(),
            verifier=WatchedVerifier(LexicalVerifier(), telemetry),
            answer_checker=WatchedAnswerChecker(checker, telemetry) if checker else None,
            reranker=WatchedReranker(reranker, telemetry) if reranker else None,
            watch=telemetry.node,
            calibration=FIXED,
            quoting=quoting,
        )
        wanted = {"home": self.home, "min_confidence": 0.5} | settings
        chosen = await asyncio.to_thread(load_settings, **wanted)
        remembered = await asyncio.to_thread(memory_of, chosen)
        remembered.also_in(*telemetry.holders)
        self.memories.append(remembered)
        return Assistant(chosen, build_graph(deps), remembered, cast("Any", None), telemetry=telemetry)

    @classmethod
    async def opened(cls, home: Path, **options: Any) -> "Watched":
        """Setting up OpenTelemetry reads the metadata of its plugins, which blocks."""
        return await asyncio.to_thread(cls, home, **options)

    async def close(self) -> None:
        await self.telemetry.close()
        for remembered in self.memories:
            await remembered.close()

    def spans(self) -> list[ReadableSpan]:
        return list(self.exporter.get_finished_spans())

    def value(self, name: str, **labels: str) -> float:
        """A sample from the registry, or 0 if there is none."""
        return self.metrics.registry.get_sample_value(f"hopline_{name}", labels) or 0.0
