"""How every chat model is called: deadlines, retries, repairs, and streams that fail rather than end too early.

What all adapters share is here. What depends on the endpoint (its client, how it enforces JSON, how it words errors) is
in the vendor's file.
"""

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

from tools.chat.owed import ENDINGS, owe
from tools.chat.pricing import Price
from tools.chat.replies import MAX_SHOWN_REPLY_CHARACTERS, UnfitReply, parse_reply, repair_instruction
from tools.chat.retries import with_retries
from tools.chat.tally import Tally, room_of, taken
from tools.errors import BadReply, InvalidSetting, ModelDeclined, ModelUnavailable
from tools.ports import Message, Schema, StructuredReply, TextDelta, Usage

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage

    from tools.chat.fallbacks import Fallbacks
    from tools.chat.refusals import Endpoint

log = logging.getLogger("hopline.chat")

CHECK_TOKENS = 16
MAX_CONNECT_SECONDS = 10.0
DECLINED = frozenset({"refusal", "content_filter"})


@dataclass(frozen=True, slots=True)
class Connection:
    """What exists only once the vendor's library is imported. `formats` are the ways to ask for an object of a schema,
    `extras` are optional parts of a stream's request."""

    chat: "BaseChatModel"
    http_client: Any
    endpoint: "Endpoint"
    formats: "Fallbacks[Any]"
    extras: "Fallbacks[Any]"


@dataclass(frozen=True, slots=True)
class _OpenStream:
    chunks: "AsyncGenerator[AIMessageChunk]"
    text: str
    tally: Tally


class CalledModel(ABC):
    """`tools.ports.ChatModel` through a LangChain client.

    `timeout_seconds` bounds a structured call with all its retries and its repair. For a stream it bounds the wait for
    the first words and for each further piece. Without a `price`, the cost of calls is unknown and reported as 0. With
    `temperature=None` the endpoint decides. A model belongs to one event loop; `close()` it there.
    """

    default_url: ClassVar[str]
    key_setting: ClassVar[str]

    def __init__(
        self,
        model: str,
        *,
        api_key: SecretStr | str | None = None,
        base_url: str | None = None,
        timeout_seconds: float = 60.0,
        attempts: int = 4,
        price: Price | None = None,
        temperature: float | None = 0.0,
        http_async_client: Any | None = None,
    ) -> None:
        self._model = model
        self._api_key = _checked_key(api_key, self.key_setting)
        self._base_url = base_url or self.default_url
        self._timeout_seconds = timeout_seconds
        self._attempts = attempts
        self._price = price
        self._temperature = temperature
        self._given_client = http_async_client
        self._connection: Connection | None = None
        self._connecting = asyncio.Lock()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._model!r}, host={urlsplit(self._base_url).hostname!r})"

    @property
    def name(self) -> str:
        return self._model

    async def structured(
        self, messages: Sequence[Message], schema: type[Schema], *, max_tokens: int
    ) -> StructuredReply[Schema]:
        """Get one reply that fits `schema`, after at most one repair; raises BadReply, with the usage of both calls.
        Every other error, also a cancellation, carries what the calls so far have cost. What goes far beyond
        `max_tokens` is not read."""
        connection = await self._connected()
        conversation, usage, problem = list(messages), Usage(), ""
        try:
            async with self._deadline(connection, messages) as deadline:
                for _ in range(2):
                    text, cost = await connection.formats.first_accepted(
                        partial(self._complete, connection, conversation, schema, max_tokens, deadline)
                    )
                    usage += cost
                    try:
                        return StructuredReply(parse_reply(text[: room_of(max_tokens)], schema), usage)
                    except UnfitReply as unfit:
                        problem = str(unfit)
                    conversation = [
                        *messages,
                        Message("assistant", text[:MAX_SHOWN_REPLY_CHARACTERS] or "(nothing)"),
                        Message("user", repair_instruction(schema, problem)),
                    ]
        except ENDINGS as ending:
            owe(ending, usage)
            raise
        raise BadReply(
            f"The model {self._model} twice sent a reply that does not fit {schema.__name__}: {problem}", usage=usage
        )

    async def stream(self, messages: Sequence[Message], *, max_tokens: int) -> AsyncIterator[TextDelta]:
        """The reply as it is written.

        A call that fails before the first words is repeated. A later failure raises ModelUnavailable, since what was
        shown can't be taken back. A reply that goes far beyond `max_tokens` is cut off: an endpoint that ignores the
        limit would break the budget. Closing the iterator closes the connection.
        """
        connection = await self._connected()
        async with self._deadline(connection, messages) as deadline:
            opened = await connection.extras.first_accepted(
                lambda extras: with_retries(
                    partial(self._open, connection, messages, max_tokens, extras),
                    attempts=self._attempts,
                    deadline=deadline,
                )
            )
        text: str | None = opened.text
        room = room_of(max_tokens)
        async with aclosing(opened.chunks):
            while text:
                yield TextDelta(text[:room])
                room -= taken(text)
                if room <= 0:
                    log.warning("a reply of %s was ended: it went far beyond %d tokens", self._model, max_tokens)
                    break
                text = await self._next_text(connection, opened.chunks, opened.tally)
        yield opened.tally.final()

    async def check(self) -> None:
        """Ask once for a completion of a few tokens; raises the error that a real call would raise."""
        connection = await self._connected()
        messages = [Message("user", "Reply with OK.")]
        async with self._deadline(connection, messages):
            await connection.extras.first_accepted(
                lambda extras: self._invoke(connection, messages, self._limits(CHECK_TOKENS, extras))
            )

    async def connect(self) -> None:
        """Import the vendor's library now, so that the first call need not; makes no request."""
        await self._connected()

    async def close(self) -> None:
        """Close the connections that this adapter opened; a client that was passed in stays open."""
        connection, self._connection = self._connection, None
        if connection is not None and self._given_client is None:
            await connection.http_client.aclose()

    @abstractmethod
    def _connect(self) -> Connection:
        """Import the vendor's library and make its client; blocks."""

    @abstractmethod
    def _asking_for(self, schema: type[BaseModel], way: Any, max_tokens: int) -> tuple[str | None, Mapping[str, Any]]:
        """An instruction to add to the prompt, if any, and a request's options, for one of `Connection.formats`."""

    @abstractmethod
    def _limits(self, max_tokens: int, extras: Any) -> Mapping[str, Any]:
        """The options of a request for plain text, with one of `Connection.extras`."""

    def _streaming(self, extras: Any) -> Mapping[str, Any]:
        """Further options of a stream's request."""
        return {}

    def _vendor_messages(self, messages: Sequence[Message]) -> "list[BaseMessage]":
        from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

        makers = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
        return [makers[message.role](content=message.content) for message in messages]

    def _object_in(self, reply: "AIMessage") -> str | None:
        """The object that a reply holds besides its text, as JSON."""
        return None

    async def _complete(
        self,
        connection: Connection,
        messages: Sequence[Message],
        schema: type[Schema],
        max_tokens: int,
        deadline: float,
        way: Any,
    ) -> tuple[str, Usage]:
        instruction, options = self._asking_for(schema, way, max_tokens)
        sent = [*messages, *([Message("user", instruction)] if instruction else [])]
        return await with_retries(
            partial(self._invoke, connection, sent, options), attempts=self._attempts, deadline=deadline
        )

    async def _invoke(
        self, connection: Connection, messages: Sequence[Message], options: Mapping[str, Any]
    ) -> tuple[str, Usage]:
        tally = Tally(messages, self._price)
        try:
            with connection.endpoint.explaining(self._timeout_seconds):
                reply = await connection.chat.ainvoke(self._vendor_messages(messages), **options)
                text = tally.add(reply)
        except asyncio.CancelledError as stopped:
            owe(stopped, tally.usage)
            raise
        found = self._object_in(reply) or text
        if not found:
            self._check_not_declined(tally)
        return found, tally.usage

    async def _open(
        self, connection: Connection, messages: Sequence[Message], max_tokens: int, extras: Any
    ) -> _OpenStream:
        """Open a stream and wait for its first words; until then the call can be repeated unnoticed."""
        options = dict(self._limits(max_tokens, extras)) | dict(self._streaming(extras))
        chunks = cast(
            "AsyncGenerator[AIMessageChunk]", connection.chat.astream(self._vendor_messages(messages), **options)
        )
        tally = Tally(messages, self._price)
        try:
            text = await self._next_text(connection, chunks, tally)
        except BaseException:
            await chunks.aclose()
            raise
        return _OpenStream(chunks, text or "", tally)

    async def _next_text(
        self, connection: Connection, chunks: "AsyncGenerator[AIMessageChunk]", tally: Tally
    ) -> str | None:
        """The next piece that has text; None after the last. A stream that stops without an end mark is an error."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                with connection.endpoint.explaining(self._timeout_seconds):
                    async for chunk in chunks:
                        if text := tally.add(chunk):
                            return text
            self._check_not_declined(tally)
            if not tally.end:
                raise ModelUnavailable(f"The model {self._model} at {connection.endpoint.url} broke off in mid-reply.")
        except TimeoutError:
            raise connection.endpoint.timed_out(self._timeout_seconds, tally.heard) from None
        except ModelUnavailable as error:
            error.usage = tally.heard
            raise
        except asyncio.CancelledError as stopped:
            owe(stopped, tally.usage)
            raise
        return None

    def _check_not_declined(self, tally: Tally) -> None:
        if tally.end in DECLINED:
            raise ModelDeclined(
                f"the model {self._model} declined to answer ({tally.end}, its provider's rules)", usage=tally.usage
            )

    @asynccontextmanager
    async def _deadline(self, connection: Connection, messages: Sequence[Message]) -> AsyncIterator[float]:
        """Bound the block in time; yields its end on the clock of `time.monotonic`. A call that times out is charged at
        least for its prompt, which was read."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                yield time.monotonic() + self._timeout_seconds
        except TimeoutError:
            sent = Tally(messages, self._price).usage
            raise connection.endpoint.timed_out(self._timeout_seconds, sent) from None

    async def _connected(self) -> Connection:
        async with self._connecting:
            if self._connection is None:
                # Importing the vendor's library takes seconds, and making its client reads certificates.
                self._connection = await asyncio.to_thread(self._connect)
            return self._connection


def _checked_key(api_key: SecretStr | str | None, setting: str) -> SecretStr | None:
    key = (api_key.get_secret_value() if isinstance(api_key, SecretStr) else api_key or "").strip()
    if not key:
        return None
    if not key.isascii() or not key.isprintable():
        raise InvalidSetting(f"{setting} holds characters that no key has; copy it again, without quotes.")
    return SecretStr(key)
