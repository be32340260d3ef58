"""Makes of an adapter what the graph gets: guarded, batched and cached. `agent.opening` picks the adapters."""

from pathlib import Path

from agent.conversations import TABLES, Conversations
from agent.serving.batching import BatchedAnswerChecker, BatchedEmbedder, BatchedVerifier
from agent.serving.caches.counting import count
from agent.serving.caches.retrieval import CachedSearcher
from agent.serving.databases import open_guarded
from agent.serving.fallbacks import StandingInVerifier
from agent.serving.generations import Generations
from agent.serving.guard import Guard
from agent.serving.guarded import (
    GuardedAnswerChecker,
    GuardedChatModel,
    GuardedEmbedder,
    GuardedReranker,
    GuardedSearcher,
    GuardedVerifier,
)
from agent.settings import Settings
from tools.chat.limited import LimitedChatModel
from tools.embedders.cached import CachedEmbedder
from tools.errors import (
    AnswerCheckerUnavailable,
    EmbedderUnavailable,
    ModelUnavailable,
    RerankerUnavailable,
    SearchUnavailable,
    VerifierUnavailable,
)
from tools.ports import AnswerChecker, ChatModel, Embedder, Reranker, Searcher, Verifier

LOCAL_SECONDS = 30.0
"""A batch of a model in this process takes well under a second; one that takes this long hangs."""

REMOTE_BATCHES = 8
CONVERSATIONS_DATABASE = "the conversations' database"


def serving_embedder(embedder: Embedder, settings: Settings) -> CachedEmbedder:
    """An endpoint has its own deadline and takes several batches at once; a model in this process takes one."""
    remote = settings.embedder.startswith("openai:")
    guard = Guard(
        "the embedder",
        EmbedderUnavailable,
        timeout_seconds=None if remote else LOCAL_SECONDS,
        attempts=1 if remote else 2,
        wraps_errors=not remote,
    )
    batched = BatchedEmbedder(GuardedEmbedder(embedder, guard), at_once=REMOTE_BATCHES if remote else 1)
    return CachedEmbedder(
        batched, max_bytes=_bytes(settings), counted=lambda kind, hits, misses: count(kind, hits=hits, misses=misses)
    )


def serving_searcher(store: Searcher, generations: Generations | None, settings: Settings) -> Searcher:
    """The store tries again itself, within its deadline. Without a shared generation nothing is remembered."""
    guarded = GuardedSearcher(store, Guard("the store", SearchUnavailable, at_once=settings.store_at_once))
    if generations is None or not settings.cache_seconds:
        return guarded
    return CachedSearcher(guarded, generations, seconds=settings.cache_seconds, max_bytes=_bytes(settings))


def serving_reranker(reranker: Reranker) -> Reranker:
    """One question's candidates are a batch by themselves; questions take turns."""
    guard = Guard(
        "the reranker", RerankerUnavailable, timeout_seconds=LOCAL_SECONDS, attempts=2, at_once=1, wraps_errors=True
    )
    return GuardedReranker(reranker, guard)


def serving_checker(checker: AnswerChecker) -> AnswerChecker:
    guard = Guard(
        "the answer checker", AnswerCheckerUnavailable, timeout_seconds=LOCAL_SECONDS, attempts=2, wraps_errors=True
    )
    return BatchedAnswerChecker(GuardedAnswerChecker(checker, guard))


def serving_verifier(verifier: Verifier, settings: Settings) -> Verifier:
    guard = Guard("the verifier", VerifierUnavailable, timeout_seconds=LOCAL_SECONDS, attempts=2, wraps_errors=True)
    batched = BatchedVerifier(GuardedVerifier(verifier, guard))
    return StandingInVerifier(batched, marks=settings.verifier_down == "mark")


def serving_chat(chat: ChatModel, settings: Settings) -> LimitedChatModel:
    """One limiter for all calls of a model. A call that waits for its turn is not one that failed."""
    guarded = GuardedChatModel(chat, Guard(f"the model {chat.name}", ModelUnavailable))
    return LimitedChatModel(
        guarded,
        requests_per_minute=settings.model_requests_per_minute,
        tokens_per_minute=settings.model_tokens_per_minute,
        at_once=settings.model_at_once,
    )


def serving_conversations(home: Path, database_url: str | None) -> Conversations:
    """Nothing is opened before the first use."""
    database = open_guarded(TABLES, home, database_url, CONVERSATIONS_DATABASE, attempts=2)
    return Conversations(database)


def _bytes(settings: Settings) -> int:
    return int(settings.cache_mb * 2**20)
