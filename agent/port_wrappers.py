"""What may stand between the graph and its adapters; apart from `agent.opening`, so that naming it opens nothing."""

from collections.abc import Callable
from dataclasses import dataclass

from tools.ports import ChatModel, Embedder, Reranker, Searcher, Verifier


@dataclass(frozen=True, slots=True)
class PortWrappers:
    """What the graph gets in place of each adapter, made from it: to record its traffic, or to play it back."""

    chat: Callable[[ChatModel], ChatModel]
    searcher: Callable[[Searcher], Searcher]
    embedder: Callable[[Embedder], Embedder]
    reranker: Callable[[Reranker], Reranker]
    verifier: Callable[[Verifier], Verifier] = lambda verifier: verifier


AS_THEY_ARE = PortWrappers(lambda chat: chat, lambda store: store, lambda embedder: embedder, lambda reranker: reranker)
