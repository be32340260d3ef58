"""A fault behind any port is a typed error of its own: no half answer, no turn, no other question harmed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from agent.answers import Answer
from agent.assistant import Assistant
from graph.chaining.chains import Chains
from graph.languages.extractive import ExtractiveLanguage
from tests.agent.assistants import assistant_over, memory
from tests.doubles import HashEmbedder, MemoryStore
from tools.errors import (
    AccessViolation,
    EmbedderUnavailable,
    HoplineError,
    MissingModel,
    ModelUnavailable,
    SearchUnavailable,
)
from tools.passages import Hit, Reader
from tools.ports import ClaimToCheck, FloatArray, TextDelta, Usage, Verdict

QUESTION = "Who is the duty manager that approves a refund above 500 euros?"
Fault = Callable[[str, int], None]


class FaultyStore(MemoryStore):
    """`fault(method, how many calls of it so far)` may raise instead of an answer."""

    def __init__(self, sound: MemoryStore, fault: Fault) -> None:
        super().__init__()
        self.passages, self.vectors, self._fault = sound.passages, sound.vectors, fault
        self.calls: dict[str, int] = {}

    async def search(self, query: str, vector: Sequence[float], reader: Reader, limit: int) -> list[Hit]:
        self._count("search")
        return await super().search(query, vector, reader, limit)

    async def find_names(self, names: Sequence[str], reader: Reader, limit: int) -> list[Hit]:
        self._count("find_names")
        return await super().find_names(names, reader, limit)

    def _count(self, method: str) -> None:
        self.calls[method] = self.calls.get(method, 0) + 1
        self._fault(method, self.calls[method])


class FaultyEmbedder(HashEmbedder):
    def __init__(self, *, queries: Exception | None = None, passages: Exception | None = None) -> None:
        super().__init__(256)
        self._queries, self._passages = queries, passages

    async def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        if self._queries:
            raise self._queries
        return await super().embed_queries(texts)

    async def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        if self._passages:
            raise self._passages
        return await super().embed_passages(texts)


class FaultyVerifier:
    name = "faulty"

    async def verify(self, claims: Sequence[ClaimToCheck]) -> list[Verdict]:
        raise MissingModel("the verifier's model is gone; set it again")


class Rephrasing(ExtractiveLanguage):
    """Answers in words of its own, since a quotation would not need the verifier."""

    async def answer(self, chains: Chains, *, max_tokens: int) -> AsyncIterator[TextDelta]:
        yield TextDelta("Lotte Verbeek it is, who manages duty [1].")
        yield TextDelta("", Usage())


class FaultyReranker:
    name = "faulty"

    async def score(self, query: str, texts: Sequence[str]) -> list[float]:
        raise ModelUnavailable("the reranker did not answer")


class BackwardsReranker:
    """Ranks the canteen best, with logits far outside of 0–1."""

    name = "backwards"

    async def score(self, query: str, texts: Sequence[str]) -> list[float]:
        return [1_000.0 if "soup" in text else 0.9 if "Verbeek" in text else -1_000.0 for text in texts]


@pytest.fixture
async def asked(tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """Streams QUESTION in a conversation; returns the assistant, the events so far and the error, if any."""
    opened: list[Assistant] = []

    async def ask(**ports: Any) -> tuple[Assistant, list[Any], HoplineError | None]:
        opened.append(await assistant_over(tmp_path, **ports))
        events: list[Any] = []
        try:
            async for event in opened[-1].stream(QUESTION, conversation="c"):
                events.append(event)  # noqa: PERF401 - what came before the error counts
        except HoplineError as error:
            return opened[-1], events, error
        return opened[-1], events, None

    yield ask
    for assistant in opened:
        await assistant._conversations.close()


def failing(method: str, call: int, error: Exception) -> Fault:
    def fault(called: str, count: int) -> None:
        if (called, count) == (method, call):
            raise error

    return fault


@pytest.mark.parametrize(
    ("method", "call", "error"),
    [
        ("search", 1, SearchUnavailable("the store did not answer")),
        ("find_names", 1, SearchUnavailable("the store did not answer")),
        ("find_names", 2, SearchUnavailable("the store did not answer")),
        ("search", 1, AccessViolation("a row came back that its reader may not read")),
        ("find_names", 2, AccessViolation("a row came back that its reader may not read")),
    ],
)
async def test_a_store_that_fails_in_any_hop_is_its_own_error(
    asked: Callable[..., Any], method: str, call: int, error: HoplineError
) -> None:
    assistant, events, raised = await asked(searcher=FaultyStore(await memory(), failing(method, call, error)))
    assert raised is error
    await _nothing_was_said(assistant, events)


@pytest.mark.parametrize("stage", ["queries", "passages"])
async def test_an_embedder_that_fails_is_its_own_error(asked: Callable[..., Any], stage: str) -> None:
    error = EmbedderUnavailable("the embedding endpoint did not answer", retry_after_seconds=3)
    assistant, events, raised = await asked(embedder=FaultyEmbedder(**{stage: error}))
    assert raised is error
    await _nothing_was_said(assistant, events)


async def test_a_verifier_that_fails_never_lets_an_unchecked_answer_out(asked: Callable[..., Any]) -> None:
    assistant, events, raised = await asked(verifier=FaultyVerifier(), language=Rephrasing())
    assert isinstance(raised, MissingModel)
    assert not any(isinstance(event, Answer) for event in events)
    assert await assistant._conversations.turns("c", reader=Reader(), limit=5) == []


async def test_a_reranker_that_fails_costs_order_not_the_answer(asked: Callable[..., Any]) -> None:
    _, events, raised = await asked(reranker=FaultyReranker())
    assert raised is None
    assert events[-1].status == "answered"
    assert any("reranker failed" in note for note in events[-1].notes)


async def test_a_reranker_of_any_scale_keeps_its_order(asked: Callable[..., Any]) -> None:
    _, events, raised = await asked(reranker=BackwardsReranker())
    assert raised is None
    assert all(0 <= abs(ranked.score) < 100 for ranked in events[-1].ranking)
    scores = {ranked.passage_id: ranked.score for ranked in events[-1].ranking}
    assert scores["canteen"] > scores["parking"]


async def test_one_question_s_fault_does_not_touch_its_neighbours(tmp_path: Path) -> None:
    store = FaultyStore(await memory(), failing("search", 3, SearchUnavailable("gone for a moment")))
    assistant = await assistant_over(tmp_path, searcher=store)
    outcomes = await asyncio.gather(*(assistant.ask(f"{QUESTION} {n}") for n in range(6)), return_exceptions=True)
    assert sum(isinstance(outcome, SearchUnavailable) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Answer) for outcome in outcomes) == 5


class SlowStore(MemoryStore):
    def __init__(self, sound: MemoryStore) -> None:
        super().__init__()
        self.passages, self.vectors = sound.passages, sound.vectors

    async def search(self, query: str, vector: Sequence[float], reader: Reader, limit: int) -> list[Hit]:
        await asyncio.sleep(0.4)
        return await super().search(query, vector, reader, limit)


async def test_what_was_found_is_quoted_when_the_search_has_used_the_question_s_time_up(tmp_path: Path) -> None:
    assistant = await assistant_over(tmp_path, searcher=SlowStore(await memory()), max_seconds=0.3)
    answer = await assistant.ask("Who approves a refund above 500 euros?")
    assert answer.status == "answered"
    assert "approved by the Duty manager" in answer.answer
    assert any("limit of 0.3 s was reached" in note for note in answer.notes)


async def _nothing_was_said(assistant: Assistant, events: list[Any]) -> None:
    assert not any(isinstance(event, Answer) or type(event).__name__ == "Token" for event in events)
    assert await assistant._conversations.turns("c", reader=Reader(), limit=5) == []
