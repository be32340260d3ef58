"""Wrappers between the graph and its adapters. A module of its own, so that naming them does not import vendors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tools.ports import AnswerChecker, ChatModel, Embedder, Reranker, Searcher, Verifier

Port = TypeVar("Port")


def _as_it_is(port: Port) -> Port:
    return port


@dataclass(frozen=True, slots=True)
class PortWrappers:
    """Functions that make what the graph gets in place of each adapter, for example to record or replay its calls."""

    chat: Callable[[ChatModel], ChatModel] = _as_it_is
    searcher: Callable[[Searcher], Searcher] = _as_it_is
    embedder: Callable[[Embedder], Embedder] = _as_it_is
    reranker: Callable[[Reranker], Reranker] = _as_it_is
    verifier: Callable[[Verifier], Verifier] = _as_it_is
    checker: Callable[[AnswerChecker], AnswerChecker] = _as_it_is


AS_THEY_ARE = PortWrappers()
