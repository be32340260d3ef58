"""An assistant over a small world in memory: real graph, real language, doubles only behind the ports."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

from agent.assistant import Assistant
from agent.audit.recording import Recorder
from agent.conversations import Conversations, open_conversations
from agent.memory import Memory, audit_log_of
from agent.settings import Settings, load_settings
from graph.build import build_graph
from graph.checking.judging import Judge
from graph.confidence import Calibration
from graph.deps import Deps
from graph.language import Language
from graph.languages.extractive import ExtractiveLanguage
from graph.ranking.ranker import shipped_ranker
from tests.doubles import HashEmbedder, MemoryStore
from tests.openai_server import MODEL, OpenAIServer
from tools.chat.openai import OpenAIChatModel
from tools.ingestion.loading.loader import Loader
from tools.knowledge import Knowledge
from tools.names import names_of
from tools.passages import PUBLIC, Passage
from tools.ports import AnswerChecker, Embedder, Reranker, Screener, Searcher, Verifier
from tools.verifiers.lexical import LexicalVerifier

FIXED = Calibration({"best_sentence": 6.0, "cited_coverage": 6.0, "names_found": 4.0}, -9.0)
"""Not the shipped calibration: these tests are about the reasoning, and must not change when it is refitted."""


def passage(id_: str, title: str, text: str, *, groups: tuple[str, ...] = (PUBLIC,), **more: Any) -> Passage:
    names = names_of(title)
    return Passage(
        key=id_, id=id_, source=f"{id_}.md", title=title, text=text, groups=groups, names=names, end=len(text), **more
    )


WORLD = (
    passage(
        "refunds", "Refunds", "A refund above 500 euros is approved by the Duty manager. Smaller ones need nobody."
    ),
    passage("roles", "Duty manager", "The duty manager is Lotte Verbeek. She sits in Utrecht."),
    passage("salary", "Salary of the Duty manager", "The duty manager earns 4200 euros a month.", groups=("finance",)),
    passage("merger", "Project Nightfall", "Project Nightfall moves the Utrecht office to Ghent.", groups=("board",)),
    passage("canteen", "Canteen", "The canteen opens at nine and serves soup on Mondays."),
    passage("parking", "Parking", "Parking costs three euros a day behind the building."),
    passage(
        "travel-1", "Travel", "Trips by train are booked first class.", status="superseded", superseded_by="travel-2"
    ),
    passage("travel-2", "Travel 2026", "Trips by train are booked second class."),
)


async def memory(passages: Sequence[Passage] = WORLD) -> MemoryStore:
    store, embedder = MemoryStore(), HashEmbedder(256)
    await store.upsert(passages, await embedder.embed_passages([one.content for one in passages]))
    return store


async def assistant_over(
    home: Path,
    passages: Sequence[Passage] = WORLD,
    *,
    language: Language | None = None,
    small: Language | None = None,
    searcher: Searcher | None = None,
    embedder: Embedder | None = None,
    verifier: Verifier | None = None,
    answer_checker: AnswerChecker | None = None,
    reranker: Reranker | None = None,
    quoting: Calibration | None = None,
    judge: Judge | None = None,
    screener: Screener | None = None,
    **settings: object,
) -> Assistant:
    """An assistant with the real graph, and conversations in `home`; it can't ingest. Other keywords are settings."""
    await asyncio.to_thread(shipped_ranker)  # loaded once per process, here where blocking is allowed
    deps = Deps(
        knowledge=Knowledge(searcher or await memory(passages), embedder or HashEmbedder(256)),
        language=language or ExtractiveLanguage(),
        small=small,
        verifier=verifier or LexicalVerifier(),
        answer_checker=answer_checker,
        reranker=reranker,
        ranker=await asyncio.to_thread(shipped_ranker),
        calibration=FIXED,
        quoting=quoting,
        judge=judge,
        screener=screener,
    )
    chosen = await asyncio.to_thread(load_settings, **({"home": home, "min_confidence": 0.5} | settings))
    return Assistant(
        chosen, build_graph(deps), await asyncio.to_thread(memory_of, chosen), cast("Callable[[], Loader]", None)
    )


def memory_of(settings: Settings, conversations: Conversations | None = None) -> Memory:
    """What `open_memory` makes, but never closed: a small test's files are closed when it ends."""
    audit_log = audit_log_of(settings)
    recorder = Recorder(audit_log, settings.audit, settings.audit_retention_days, settings.audit_names_model)
    return Memory(conversations or open_conversations(settings.home, settings.database), audit_log, recorder)


def chat_at(server: OpenAIServer, **options: Any) -> OpenAIChatModel:
    usual: dict[str, Any] = {"api_key": "right", "base_url": server.url, "timeout_seconds": 20.0, "attempts": 2}
    return OpenAIChatModel(MODEL, **(usual | options))
