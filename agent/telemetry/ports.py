"""The ports, looked on: each adapter behind one of these does what it did, and every call of it is seen."""

import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import aclosing, contextmanager, suppress
from dataclasses import replace
from typing import TypeVar, cast

from agent.port_wrappers import PortWrappers
from agent.telemetry import conventions as names
from agent.telemetry.spans import Span
from agent.telemetry.watching import Telemetry
from tools.chat.owed import ENDINGS, owed
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
    Usage,
    Verdict,
    Verifier,
)

SHOWN_DOCUMENTS = 10
Row = TypeVar("Row", Hit, Passage)


def watched_ports(wrap: PortWrappers, telemetry: Telemetry, collection: str) -> PortWrappers:
    """The same wrappers, each looked on from outside: what they answer themselves is seen, too. A chat model is watched
    where it is opened, by itself."""
    return replace(
        wrap,
        searcher=lambda searcher: WatchedSearcher(wrap.searcher(searcher), telemetry, collection),
        embedder=lambda embedder: WatchedEmbedder(wrap.embedder(embedder), telemetry),
        reranker=lambda reranker: WatchedReranker(wrap.reranker(reranker), telemetry),
        verifier=lambda verifier: WatchedVerifier(wrap.verifier(verifier), telemetry),
        checker=lambda checker: WatchedAnswerChecker(wrap.checker(checker), telemetry),
    )


def watched_chat(telemetry: Telemetry, chat: ChatModel, provider: str) -> ChatModel:
    return WatchedChatModel(chat, telemetry, provider)


class WatchedSearcher:
    """`tools.ports.Searcher`; `collection` names the store in spans."""

    def __init__(self, searcher: Searcher, telemetry: Telemetry, collection: str) -> None:
        self._searcher, self._telemetry, self._collection = searcher, telemetry, collection

    async def search(self, query: str, vector: Sequence[float], reader: Reader, limit: int) -> list[Hit]:
        return await self._watched("search", query, limit, self._searcher.search(query, vector, reader, limit))

    async def find_names(self, names: Sequence[str], reader: Reader, limit: int) -> list[Hit]:
        asked = "; ".join(names[:SHOWN_DOCUMENTS])
        return await self._watched("find_names", asked, limit, self._searcher.find_names(names, reader, limit))

    async def find_onward(self, onward: Onward, reader: Reader, limit: int) -> list[Hit]:
        asked = "; ".join([*onward.texts, *onward.names[:SHOWN_DOCUMENTS]])
        return await self._watched("find_onward", asked, limit, self._searcher.find_onward(onward, reader, limit))

    async def find_sources(self, sources: Sequence[str], reader: Reader, limit: int) -> list[Hit]:
        asked = "; ".join(sources[:SHOWN_DOCUMENTS])
        return await self._watched("find_sources", asked, limit, self._searcher.find_sources(sources, reader, limit))

    async def fetch(self, keys: Sequence[str], reader: Reader) -> list[Passage]:
        return await self._watched("fetch", "", len(keys), self._searcher.fetch(keys, reader))

    async def _watched(self, operation: str, asked: str, limit: int, call: Awaitable[list[Row]]) -> list[Row]:
        name = f"{names.RETRIEVAL} {self._collection}"
        with self._telemetry.call(
            "store", operation, name, operation_name=names.RETRIEVAL, data_source=self._collection, top_k=limit
        ) as span:
            span.attributes["hopline.request"] = operation
            span.content[names.QUERY_TEXT] = asked
            found = await call
            span.attributes[names.FOUND] = len(found)
            if self._telemetry.exports_content:
                span.content[names.DOCUMENTS] = _documents(found)
        return found


class WatchedEmbedder(AroundEmbedder):
    """`tools.ports.Embedder`."""

    def __init__(self, embedder: Embedder, telemetry: Telemetry) -> None:
        super().__init__(embedder)
        self._telemetry = telemetry

    async def _embed(self, kind: Kind, texts: Sequence[str], embed: Embed) -> FloatArray:
        with self._telemetry.call(
            "embedder",
            f"embed_{kind}",
            f"{names.EMBEDDINGS} {self.name}",
            operation_name=names.EMBEDDINGS,
            model=self.name,
            dimensions=self.dimension,
            items=len(texts),
        ):
            return await embed(texts)


class WatchedReranker:
    """`tools.ports.Reranker`."""

    def __init__(self, reranker: Reranker, telemetry: Telemetry) -> None:
        self._reranker, self._telemetry = reranker, telemetry

    @property
    def name(self) -> str:
        return self._reranker.name

    async def score(self, query: str, texts: Sequence[str]) -> list[float]:
        with self._telemetry.call("reranker", "score", f"rerank {self.name}", model=self.name, items=len(texts)):
            return await self._reranker.score(query, texts)


class WatchedAnswerChecker:
    """`tools.ports.AnswerChecker`."""

    def __init__(self, checker: AnswerChecker, telemetry: Telemetry) -> None:
        self._checker, self._telemetry = checker, telemetry

    @property
    def name(self) -> str:
        return self._checker.name

    async def check(self, answers: Sequence[AnswerToCheck]) -> list[float]:
        with self._telemetry.call("checker", "check", f"check {self.name}", model=self.name, items=len(answers)):
            return await self._checker.check(answers)


class WatchedVerifier:
    """`tools.ports.Verifier`."""

    def __init__(self, verifier: Verifier, telemetry: Telemetry) -> None:
        self._verifier, self._telemetry = verifier, telemetry

    @property
    def name(self) -> str:
        return self._verifier.name

    async def verify(self, claims: Sequence[ClaimToCheck]) -> list[Verdict]:
        with self._telemetry.call("verifier", "verify", f"verify {self.name}", model=self.name, items=len(claims)):
            return await self._verifier.verify(claims)


class WatchedChatModel:
    """`tools.ports.ChatModel`; `provider` is the API's flavour in the conventions' sense: openai, anthropic."""

    def __init__(self, chat: ChatModel, telemetry: Telemetry, provider: str = "openai") -> None:
        self._chat, self._telemetry, self._provider = chat, telemetry, provider

    @property
    def name(self) -> str:
        return self._chat.name

    async def structured(
        self, messages: Sequence[Message], schema: type[Schema], *, max_tokens: int
    ) -> StructuredReply[Schema]:
        with self._telemetry.call(
            "model", "structured", f"{names.CHAT} {self.name}", output_type="json", **self._asked(max_tokens)
        ) as span:
            self._say(span, names.INPUT_MESSAGES, messages)
            with self._owing(span):
                reply = await self._chat.structured(messages, schema, max_tokens=max_tokens)
            self._spent(span, reply.usage)
            self._say(span, names.OUTPUT_MESSAGES, [Message("assistant", reply.value.model_dump_json())])
        return reply

    async def stream(self, messages: Sequence[Message], *, max_tokens: int) -> AsyncIterator[TextDelta]:
        written: list[str] = []
        with (
            self._telemetry.streamed(
                "model",
                "stream",
                f"{names.CHAT} {self.name}",
                output_type="text",
                stream=True,
                **self._asked(max_tokens),
            ) as span,
            self._owing(span),
        ):
            self._say(span, names.INPUT_MESSAGES, messages)
            # Every adapter's stream is a generator; the port promises less, since nothing else needs to be closed.
            stream = cast("AsyncGenerator[TextDelta]", self._chat.stream(messages, max_tokens=max_tokens))
            async with aclosing(stream) as deltas:
                async for delta in deltas:
                    if delta.text and not written:
                        span.attributes[names.FIRST_CHUNK_SECONDS] = round(time.perf_counter() - span.started, 4)
                    written.append(delta.text)
                    if delta.usage is not None:
                        self._spent(span, delta.usage)
                        self._say(span, names.OUTPUT_MESSAGES, [Message("assistant", "".join(written))])
                    try:
                        yield delta
                    except GeneratorExit as left:
                        with suppress(GeneratorExit):
                            await stream.athrow(left)  # to close it would not bring back what is owed
                        raise

    async def check(self) -> None:
        await self._chat.check()

    def _asked(self, max_tokens: int) -> dict[str, str | int]:
        return {
            "operation_name": names.CHAT,
            "provider": self._provider,
            "model": self.name,
            "max_tokens": max_tokens,
        }

    def _say(self, span: Span, what: str, messages: Sequence[Message]) -> None:
        if self._telemetry.exports_content:
            span.content[what] = _messages(messages)

    @contextmanager
    def _owing(self, span: Span) -> Iterator[None]:
        """What was paid for a call that brought nothing counts like any other."""
        try:
            yield
        except ENDINGS as ending:
            if (usage := owed(ending)).model_calls:
                self._spent(span, usage)
            raise

    def _spent(self, span: Span, usage: Usage) -> None:
        span.attributes |= {
            names.INPUT_TOKENS: usage.input_tokens,
            names.OUTPUT_TOKENS: usage.output_tokens,
            names.COST_USD: usage.cost_usd,
            names.MODEL_CALLS: usage.model_calls,
        }
        self._telemetry.spent(self.name, usage)


def _documents(found: Sequence[Hit | Passage]) -> str:
    """The conventions' form of what was found; ids and scores, since a passage's text is long and its store's."""
    shown = [
        {"id": row.passage.id, "score": round(row.score, 4)} if isinstance(row, Hit) else {"id": row.id}
        for row in found[:SHOWN_DOCUMENTS]
    ]
    return json.dumps(shown, ensure_ascii=False)


def _messages(messages: Sequence[Message]) -> str:
    """The conventions' form of a conversation."""
    return json.dumps(
        [{"role": one.role, "parts": [{"type": "text", "content": one.content}]} for one in messages],
        ensure_ascii=False,
    )
