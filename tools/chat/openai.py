"""Any OpenAI-compatible chat endpoint, through langchain-openai.

One adapter for hosted and local models: it asks for enforced JSON, usage and log-probabilities and does without
where an endpoint refuses them; transient failures are tried again inside one deadline.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from pydantic import SecretStr

from tools.chat.replies import (
    MAX_SHOWN_REPLY_CHARACTERS,
    UnfitReply,
    parse_reply,
    repair_instruction,
    response_format_of,
    schema_instruction,
)
from tools.chat.retries import with_retries
from tools.chat.tally import Tally
from tools.errors import BadReply, InvalidSetting, ModelUnavailable
from tools.ports import Message, Schema, StructuredReply, TextDelta, Usage

if TYPE_CHECKING:
    from langchain_core.messages import AIMessageChunk, BaseMessage
    from langchain_openai import ChatOpenAI

    from tools.chat.fallbacks import Fallbacks
    from tools.chat.refusals import Endpoint

OPENAI_URL = "https://api.openai.com/v1"
CHECK_TOKENS = 16
MAX_CONNECT_SECONDS = 10.0
NO_KEY = "none"
REPLY_FORMATS = ("bounded_schema", "json_schema", "json_object", "instructions")
STREAM_EXTRAS = (("usage", "logprobs"), ("usage",), ())


@dataclass(frozen=True, slots=True)
class _Connection:
    """What exists only after the vendor's library was imported."""

    chat: "ChatOpenAI"
    http_client: Any
    endpoint: "Endpoint"
    formats: "Fallbacks[str]"
    extras: "Fallbacks[tuple[str, ...]]"


@dataclass(frozen=True, slots=True)
class _OpenStream:
    chunks: "AsyncGenerator[AIMessageChunk]"
    text: str
    tally: Tally


class OpenAIChatModel:
    """`tools.ports.ChatModel` at an OpenAI-compatible URL.

    `timeout_seconds` bounds a structured call with all its tries and its repair, and a stream up to its first words
    and between any two pieces. Prices are per million tokens. `temperature` None leaves it to the endpoint.
    Belongs to one event loop; `close()` it there.
    """

    def __init__(
        self,
        model: str,
        *,
        api_key: SecretStr | str | None = None,
        base_url: str | None = None,
        timeout_seconds: float = 60.0,
        attempts: int = 4,
        input_usd_per_million: float = 0.0,
        output_usd_per_million: float = 0.0,
        temperature: float | None = 0.0,
        extra_body: Mapping[str, Any] | None = None,
        http_async_client: Any | None = None,
    ) -> None:
        self._model = model
        self._api_key = _checked_key(api_key)
        self._base_url = base_url or OPENAI_URL
        self._timeout_seconds = timeout_seconds
        self._attempts = attempts
        self._prices = (input_usd_per_million, output_usd_per_million)
        self._temperature = temperature
        self._extra_body = dict(extra_body or {})
        self._given_client = http_async_client
        self._connection: _Connection | None = None
        self._connecting = asyncio.Lock()

    def __repr__(self) -> str:
        return f"OpenAIChatModel({self._model!r}, host={urlsplit(self._base_url).hostname!r})"

    @property
    def name(self) -> str:
        return self._model

    @property
    def _is_openai(self) -> bool:
        return urlsplit(self._base_url).hostname == urlsplit(OPENAI_URL).hostname

    async def structured(
        self, messages: Sequence[Message], schema: type[Schema], *, max_tokens: int
    ) -> StructuredReply[Schema]:
        """One reply that fits `schema`, after at most one repair; raises BadReply with the usage of both calls."""
        connection = await self._connected()
        conversation, usage, problem = list(messages), Usage(), ""
        async with self._deadline(connection) as deadline:
            for _ in range(2):
                text, cost = await connection.formats.first_accepted(
                    partial(self._complete, connection, conversation, schema, max_tokens, deadline)
                )
                usage += cost
                try:
                    return StructuredReply(parse_reply(text, schema), usage)
                except UnfitReply as unfit:
                    problem = str(unfit)
                conversation = [
                    *messages,
                    Message("assistant", text[:MAX_SHOWN_REPLY_CHARACTERS] or "(nothing)"),
                    Message("user", repair_instruction(schema, problem)),
                ]
        raise BadReply(
            f"The model {self._model} twice sent a reply that does not fit {schema.__name__}: {problem}", usage=usage
        )

    async def stream(self, messages: Sequence[Message], *, max_tokens: int) -> AsyncIterator[TextDelta]:
        """The reply as it is written. A failure before the first words is tried again; a later one ends the stream
        with ModelUnavailable, since what was shown can't be taken back. Closing the iterator closes the connection."""
        connection = await self._connected()
        async with self._deadline(connection) as deadline:
            opened = await connection.extras.first_accepted(
                lambda extras: with_retries(
                    partial(self._open, connection, messages, max_tokens, extras),
                    attempts=self._attempts,
                    deadline=deadline,
                )
            )
        async with aclosing(opened.chunks):
            if opened.text:
                yield TextDelta(opened.text)
            while (text := await self._next_text(connection, opened.chunks, opened.tally)) is not None:
                yield TextDelta(text)
        yield opened.tally.final()

    async def check(self) -> None:
        """A completion of a few tokens, tried once; raises the error a real call would meet."""
        connection = await self._connected()
        async with self._deadline(connection):
            await self._invoke(connection, [Message("user", "Reply with OK.")], CHECK_TOKENS, {})

    async def close(self) -> None:
        """Close the connections this adapter opened; a client that was passed in stays its owner's."""
        connection, self._connection = self._connection, None
        if connection is not None and self._given_client is None:
            await connection.http_client.aclose()

    async def _complete(
        self,
        connection: _Connection,
        messages: Sequence[Message],
        schema: type[Schema],
        max_tokens: int,
        deadline: float,
        reply_format: str,
    ) -> tuple[str, Usage]:
        sent, extra = list(messages), {}
        if reply_format in ("bounded_schema", "json_schema"):
            extra = {"response_format": response_format_of(schema, bounded=reply_format == "bounded_schema")}
        else:
            sent.append(Message("user", schema_instruction(schema)))
            if reply_format == "json_object":
                extra = {"response_format": {"type": "json_object"}}
        return await with_retries(
            partial(self._invoke, connection, sent, max_tokens, extra), attempts=self._attempts, deadline=deadline
        )

    async def _invoke(
        self, connection: _Connection, messages: Sequence[Message], max_tokens: int, extra: Mapping[str, Any]
    ) -> tuple[str, Usage]:
        with connection.endpoint.explaining(self._timeout_seconds):
            reply = await connection.chat.ainvoke(_vendor_messages(messages), **self._limits(max_tokens, extra))
        tally = Tally(messages, *self._prices)
        text = tally.add(reply)
        return text, tally.usage

    async def _open(
        self, connection: _Connection, messages: Sequence[Message], max_tokens: int, extras: tuple[str, ...]
    ) -> _OpenStream:
        """A stream that has begun to speak; until then the call can be repeated unnoticed."""
        asked = self._limits(max_tokens, {}) | ({"logprobs": True} if "logprobs" in extras else {})
        chunks = cast(
            "AsyncGenerator[AIMessageChunk]",
            connection.chat.astream(_vendor_messages(messages), stream_usage="usage" in extras, **asked),
        )
        tally = Tally(messages, *self._prices)
        try:
            text = await self._next_text(connection, chunks, tally)
        except BaseException:
            await chunks.aclose()
            raise
        return _OpenStream(chunks, text or "", tally)

    async def _next_text(
        self, connection: _Connection, chunks: "AsyncGenerator[AIMessageChunk]", tally: Tally
    ) -> str | None:
        """The next piece that has text; None after the last. A stream that merely stops has not been finished."""
        with connection.endpoint.explaining(self._timeout_seconds):
            async for chunk in chunks:
                if text := tally.add(chunk):
                    return text
        if not tally.finished:
            raise ModelUnavailable(f"The model {self._model} at {connection.endpoint.url} broke off in mid-reply.")
        return None

    def _limits(self, max_tokens: int, extra: Mapping[str, Any]) -> dict[str, Any]:
        """`extra` travels beside the client's own arguments: as one of them, response_format makes it parse the
        reply and raise. Only OpenAI itself wants the newer name of max_tokens; the compatible know the old one."""
        body = self._extra_body | dict(extra)
        if self._is_openai:
            return {"max_tokens": max_tokens} | ({"extra_body": body} if body else {})
        return {"extra_body": body | {"max_tokens": max_tokens}}

    @asynccontextmanager
    async def _deadline(self, connection: _Connection) -> AsyncIterator[float]:
        """Bounds the block and yields its end on `time.monotonic`'s clock."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                yield time.monotonic() + self._timeout_seconds
        except TimeoutError:
            raise connection.endpoint.timed_out(self._timeout_seconds) from None

    async def _connected(self) -> _Connection:
        async with self._connecting:
            if self._connection is None:
                # Importing the vendor's library takes seconds, making its client reads the certificates.
                self._connection = await asyncio.to_thread(self._connect)
            return self._connection

    def _connect(self) -> _Connection:
        import openai
        from langchain_openai import ChatOpenAI

        from tools.chat.fallbacks import Fallbacks
        from tools.chat.refusals import Endpoint

        timeout = openai.Timeout(self._timeout_seconds, connect=min(self._timeout_seconds, MAX_CONNECT_SECONDS))
        # The vendor's default client is shared by all event loops of the process and breaks when one closes.
        http_client = self._given_client or openai.DefaultAsyncHttpxClient(timeout=timeout)
        chat = ChatOpenAI(
            model=self._model,
            api_key=self._api_key or SecretStr(NO_KEY),
            base_url=self._base_url,
            timeout=timeout,
            stream_chunk_timeout=self._timeout_seconds,
            max_retries=0,
            temperature=self._temperature,
            use_responses_api=False,
            http_async_client=http_client,
        )
        key = self._api_key.get_secret_value() if self._api_key else None
        endpoint = Endpoint(self._model, self._base_url, key)
        formats = REPLY_FORMATS[1:] if self._is_openai else REPLY_FORMATS
        return _Connection(chat, http_client, endpoint, Fallbacks(formats), Fallbacks(STREAM_EXTRAS))


def _checked_key(api_key: SecretStr | str | None) -> SecretStr | None:
    key = (api_key.get_secret_value() if isinstance(api_key, SecretStr) else api_key or "").strip()
    if not key:
        return None
    if not key.isascii() or not key.isprintable():
        raise InvalidSetting("OPENAI_API_KEY holds characters that no key has; copy it again, without quotes.")
    return SecretStr(key)


def _vendor_messages(messages: Sequence[Message]) -> "list[BaseMessage]":
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    makers = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
    return [makers[message.role](content=message.content) for message in messages]
