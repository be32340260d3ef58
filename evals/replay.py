"""Ports with a tape in between: what was recorded is played back, everything else is done live and recorded.

With an earlier run's tape, a changed prompt is the only difference: the same query finds the same passages, and each
model call with an unchanged prompt gets the same reply.
"""

import base64
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from agent.port_wrappers import PortWrappers
from evals.tape import Tape
from tools.errors import BadReply, InvalidInput
from tools.passages import Hit, Passage, Reader
from tools.ports import (
    ChatModel,
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
)

Json = Any
Request = dict[str, Json]


def taped_ports(tape: Tape) -> PortWrappers:
    """The wrappers for `open_assistant(settings, ports=…)`. Ingestion is not taped."""
    return PortWrappers(
        chat=lambda live: TapedChatModel(tape, live),
        searcher=lambda live: TapedSearcher(tape, live),
        embedder=lambda live: TapedEmbedder(tape, live),
        reranker=lambda live: TapedReranker(tape, live),
    )


class TapedChatModel:
    """Implements ChatModel. Replies that did not fit their schema are recorded too, failures of the endpoint are
    not."""

    def __init__(self, tape: Tape, live: ChatModel) -> None:
        self._tape, self._live = tape, live

    @property
    def name(self) -> str:
        return self._live.name

    async def structured(
        self, messages: Sequence[Message], schema: type[Schema], *, max_tokens: int
    ) -> StructuredReply[Schema]:
        async def live() -> Json:
            try:
                reply = await self._live.structured(messages, schema, max_tokens=max_tokens)
            except BadReply as error:
                return {"bad_reply": str(error), "usage": asdict(error.usage)}
            return {"value": reply.value.model_dump(mode="json"), "usage": asdict(reply.usage)}

        request = self._request("structured", messages, max_tokens) | {"schema": schema.model_json_schema()}
        reply = await self._tape.reply(request, live)
        usage = Usage(**reply["usage"])
        if "bad_reply" in reply:
            raise BadReply(reply["bad_reply"], usage=usage)
        return StructuredReply(schema.model_validate(reply["value"]), usage)

    async def stream(self, messages: Sequence[Message], *, max_tokens: int) -> AsyncIterator[TextDelta]:
        """Plays back piece by piece without pauses. A stream that is left early is not recorded."""
        request = self._request("stream", messages, max_tokens)
        pieces: list[Json] = []
        if not self._tape.holds(request):
            async with AsyncExitStack() as closing:
                stream = self._live.stream(messages, max_tokens=max_tokens)
                if isinstance(stream, AsyncGenerator):
                    closing.push_async_callback(stream.aclose)
                async for delta in stream:
                    pieces.append(asdict(delta))
                    yield delta

        async def heard() -> Json:
            return pieces

        recorded = await self._tape.reply(request, heard)
        for piece in () if pieces else recorded:
            usage = Usage(**piece["usage"]) if piece["usage"] else None
            yield TextDelta(piece["text"], usage, piece["mean_logprob"])

    async def check(self) -> None:
        await self._live.check()

    def _request(self, kind: str, messages: Sequence[Message], max_tokens: int) -> Request:
        return {
            "port": f"chat.{kind}",
            "model": self.name,
            "messages": [asdict(message) for message in messages],
            "max_tokens": max_tokens,
        }


class TapedSearcher:
    """Implements Searcher. A request is the question and the reader's rights, not the reader. Each passage is on the
    tape once."""

    def __init__(self, tape: Tape, live: Searcher) -> None:
        self._tape, self._live = tape, live

    async def search(self, query: str, vector: Sequence[float], reader: Reader, limit: int) -> list[Hit]:
        async def live() -> list[Hit]:
            return await self._live.search(query, vector, reader, limit)

        digest = _digest(np.asarray(vector, dtype=np.float32))
        return await self._hits({"port": "search", "query": query, "vector": digest}, reader, limit, live)

    async def find_names(self, names: Sequence[str], reader: Reader, limit: int) -> list[Hit]:
        async def live() -> list[Hit]:
            return await self._live.find_names(names, reader, limit)

        return await self._hits({"port": "find_names", "names": list(names)}, reader, limit, live)

    async def find_onward(self, onward: Onward, reader: Reader, limit: int) -> list[Hit]:
        async def live() -> list[Hit]:
            return await self._live.find_onward(onward, reader, limit)

        ways = np.asarray([onward.question, *onward.vectors], dtype=np.float32)
        asked = {"names": list(onward.names), "texts": list(onward.texts), "vectors": _digest(ways)}
        return await self._hits({"port": "find_onward"} | asked, reader, limit, live)

    async def find_sources(self, sources: Sequence[str], reader: Reader, limit: int) -> list[Hit]:
        async def live() -> list[Hit]:
            return await self._live.find_sources(sources, reader, limit)

        return await self._hits({"port": "find_sources", "sources": list(sources)}, reader, limit, live)

    async def fetch(self, keys: Sequence[str], reader: Reader) -> list[Passage]:
        async def live() -> list[Hit]:
            return [Hit(passage) for passage in await self._live.fetch(keys, reader)]

        hits = await self._hits({"port": "fetch", "keys": list(keys)}, reader, len(keys), live)
        return [hit.passage for hit in hits]

    async def _hits(self, asked: Request, reader: Reader, limit: int, live: Any) -> list[Hit]:
        async def found() -> Json:
            hits = await live()
            rows = [_row_of(hit) for hit in hits]
            requests = [_passage_request(row) for row in rows]
            # Passages are written before the result that names them.
            await self._tape.replies(requests, lambda places: _values([rows[place] for place in places]))
            pairs = zip(requests, hits, strict=True)
            return [[request["sha256"], hit.score] for request, hit in pairs]

        readable = {"groups": sorted(reader.readable_groups), "tenant": reader.tenant}
        reply = await self._tape.reply(asked | {"reader": readable, "limit": limit}, found)
        wanted = [{"port": "passage", "sha256": digest} for digest, _ in reply]
        rows = await self._tape.replies(wanted, lambda places: _lost(wanted[places[0]]))
        return [_hit_of(row, score) for row, (_, score) in zip(rows, reply, strict=True)]


class TapedEmbedder:
    """Implements Embedder. A text has one vector in a run, whichever batch it was in."""

    def __init__(self, tape: Tape, live: Embedder) -> None:
        self._tape, self._live = tape, live

    @property
    def name(self) -> str:
        return self._live.name

    @property
    def dimension(self) -> int:
        return self._live.dimension

    async def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        return await self._embedded("query", texts, self._live.embed_queries)

    async def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        return await self._embedded("passage", texts, self._live.embed_passages)

    async def _embedded(self, kind: str, texts: Sequence[str], embed: Any) -> FloatArray:
        async def live(places: Sequence[int]) -> Json:
            return [_packed(row) for row in await embed([texts[place] for place in places])]

        requests = [{"port": f"embed.{kind}", "embedder": self.name, "text": text} for text in texts]
        rows = [_unpacked(packed) for packed in await self._tape.replies(requests, live)]
        return np.stack(rows) if rows else np.zeros((0, self.dimension), dtype=np.float32)


class TapedReranker:
    """Implements Reranker."""

    def __init__(self, tape: Tape, live: Reranker) -> None:
        self._tape, self._live = tape, live

    @property
    def name(self) -> str:
        return self._live.name

    async def score(self, query: str, texts: Sequence[str]) -> list[float]:
        async def live() -> Json:
            return await self._live.score(query, texts)

        digests = [hashlib.sha256(text.encode(errors="replace")).hexdigest() for text in texts]
        request = {"port": "rerank", "reranker": self.name, "query": query, "texts": digests}
        return [float(score) for score in await self._tape.reply(request, live)]


def _row_of(hit: Hit) -> Json:
    vector = None if hit.vector is None else _packed(np.asarray(hit.vector, dtype=np.float32))
    return {"passage": TypeAdapter(Passage).dump_python(hit.passage, mode="json"), "vector": vector}


def _hit_of(row: Json, score: float) -> Hit:
    vector = None if row["vector"] is None else tuple(_unpacked(row["vector"]).tolist())
    return Hit(TypeAdapter(Passage).validate_python(row["passage"]), score, vector)


def _passage_request(row: Json) -> Request:
    return {"port": "passage", "sha256": hashlib.sha256(repr(row).encode(errors="replace")).hexdigest()}


async def _values(rows: Sequence[Json]) -> Sequence[Json]:
    return rows


async def _lost(request: Request) -> Sequence[Json]:
    raise InvalidInput(f"The recorded traffic lacks the passage {request['sha256'][:12]} that a result in it names.")


def _digest(numbers: FloatArray) -> str:
    return hashlib.sha256(_packed(numbers).encode()).hexdigest()


def _packed(vector: FloatArray) -> str:
    """The float32 bytes in base64: exact, and a quarter of the size of digits."""
    return base64.b64encode(np.ascontiguousarray(vector, dtype="<f4").tobytes()).decode()


def _unpacked(packed: str) -> FloatArray:
    vector: FloatArray = np.frombuffer(base64.b64decode(packed), dtype="<f4").astype(np.float32)
    return vector
