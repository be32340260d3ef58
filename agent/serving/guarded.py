"""The ports behind their guards. What happens when one is down is the graph's part: see docs/serving.md."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any, cast

from agent.serving.guard import Guard
from tools.embedders.around import AroundEmbedder, Embed, Kind
from tools.passages import Hit, Passage, Reader
from tools.ports import (
    AnswerChecker,
    AnswerToCheck,
    ChatModel,
    ClaimToCheck,
    Embedder,
    FloatArray,
    Message,
    Onward,
    Reranker,
    Schema,
    Searcher,
    StructuredReply,
    TextDelta,
    Verdict,
    Verifier,
)


class GuardedEmbedder(AroundEmbedder):
    def __init__(self, embedder: Embedder, guard: Guard) -> None:
        super().__init__(embedder)
        self._guard = guard

    async def _embed(self, kind: Kind, texts: Sequence[str], embed: Embed) -> FloatArray:
        return await self._guard.call(lambda: embed(texts))


class GuardedSearcher:
    def __init__(self, searcher: Searcher, guard: Guard) -> None:
        self._searcher, self._guard = searcher, guard

    async def search(self, query: str, vector: Sequence[float], reader: Reader, limit: int) -> list[Hit]:
        return await self._guard.call(lambda: self._searcher.search(query, vector, reader, limit))

    async def find_names(self, names: Sequence[str], reader: Reader, limit: int) -> list[Hit]:
        return await self._guard.call(lambda: self._searcher.find_names(names, reader, limit))

    async def find_onward(self, onward: Onward, reader: Reader, limit: int) -> list[Hit]:
        return await self._guard.call(lambda: self._searcher.find_onward(onward, reader, limit))

    async def find_sources(self, sources: Sequence[str], reader: Reader, limit: int) -> list[Hit]:
        return await self._guard.call(lambda: self._searcher.find_sources(sources, reader, limit))

    async def fetch(self, keys: Sequence[str], reader: Reader) -> list[Passage]:
        return await self._guard.call(lambda: self._searcher.fetch(keys, reader))


class GuardedReranker:
    def __init__(self, reranker: Reranker, guard: Guard) -> None:
        self._reranker, self._guard = reranker, guard

    @property
    def name(self) -> str:
        return self._reranker.name

    async def score(self, query: str, texts: Sequence[str]) -> list[float]:
        return await self._guard.call(lambda: self._reranker.score(query, texts))


class GuardedAnswerChecker:
    def __init__(self, checker: AnswerChecker, guard: Guard) -> None:
        self._checker, self._guard = checker, guard

    @property
    def name(self) -> str:
        return self._checker.name

    async def check(self, answers: Sequence[AnswerToCheck]) -> list[float]:
        return await self._guard.call(lambda: self._checker.check(answers))


class GuardedVerifier:
    def __init__(self, verifier: Verifier, guard: Guard) -> None:
        self._verifier, self._guard = verifier, guard

    @property
    def name(self) -> str:
        return self._verifier.name

    async def verify(self, claims: Sequence[ClaimToCheck]) -> list[Verdict]:
        return await self._guard.call(lambda: self._verifier.verify(claims))


class GuardedChatModel:
    """Deadline and tries are the adapter's own: it knows what the server asked for and what can't be repeated."""

    def __init__(self, chat: ChatModel, guard: Guard) -> None:
        self._chat, self._guard = chat, guard

    @property
    def name(self) -> str:
        return self._chat.name

    async def structured(
        self, messages: Sequence[Message], schema: type[Schema], *, max_tokens: int
    ) -> StructuredReply[Schema]:
        return await self._guard.call(lambda: self._chat.structured(messages, schema, max_tokens=max_tokens))

    async def stream(self, messages: Sequence[Message], *, max_tokens: int) -> AsyncIterator[TextDelta]:
        async with self._guard.watching():
            stream = cast("Any", self._chat.stream(messages, max_tokens=max_tokens))
            async with aclosing(stream) as deltas:
                async for delta in deltas:
                    yield delta

    async def check(self) -> None:
        """Past the breaker: whoever checks wants to know how things are now."""
        await self._chat.check()

    async def connect(self) -> None:
        connect = getattr(self._chat, "connect", None)
        if connect is not None:
            await connect()

    async def close(self) -> None:
        close = getattr(self._chat, "close", None)
        if close is not None:
            await close()
