"""One limit for all calls of a model: requests and tokens per minute, and how many at once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import Any, cast

from aiolimiter import AsyncLimiter

from tools.ports import ChatModel, Message, Schema, StructuredReply, TextDelta, Usage

CHARACTERS_A_TOKEN = 4
BURST_SECONDS = 6.0
"""What a minute allows is given out in portions: an endpoint that counts by the second refuses a minute's worth."""

FIRST_REPLY_TOKENS = 200
_WEIGHT = 0.1


class LimitedChatModel:
    """A ChatModel that waits for its turn instead of being refused.

    A call is charged its prompt (estimated from its length) and what a reply has cost on average so far, before it is
    sent; in the order in which the calls came. None: no limit. Belongs to one event loop.
    """

    def __init__(
        self,
        chat: ChatModel,
        *,
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
        at_once: int | None = None,
    ) -> None:
        self._chat = chat
        self._requests = _bucket(requests_per_minute)
        self._tokens = _bucket(tokens_per_minute)
        self._at_once = asyncio.Semaphore(at_once) if at_once else None
        self._line = asyncio.Lock()
        self._reply_tokens = float(FIRST_REPLY_TOKENS)

    @property
    def name(self) -> str:
        return self._chat.name

    async def structured(
        self, messages: Sequence[Message], schema: type[Schema], *, max_tokens: int
    ) -> StructuredReply[Schema]:
        async with self._turn(messages, max_tokens):
            reply = await self._chat.structured(messages, schema, max_tokens=max_tokens)
        self._learn(reply.usage)
        return reply

    async def stream(self, messages: Sequence[Message], *, max_tokens: int) -> AsyncIterator[TextDelta]:
        stream = cast("Any", self._chat.stream(messages, max_tokens=max_tokens))
        async with self._turn(messages, max_tokens), aclosing(stream) as deltas:
            async for delta in deltas:
                if delta.usage is not None:
                    self._learn(delta.usage)
                yield delta

    async def check(self) -> None:
        await self._chat.check()

    async def connect(self) -> None:
        connect = getattr(self._chat, "connect", None)
        if connect is not None:
            await connect()

    async def close(self) -> None:
        close = getattr(self._chat, "close", None)
        if close is not None:
            await close()

    @asynccontextmanager
    async def _turn(self, messages: Sequence[Message], max_tokens: int) -> AsyncIterator[None]:
        async with AsyncExitStack() as held:
            if self._at_once is not None:
                await held.enter_async_context(self._at_once)
            if self._requests is not None or self._tokens is not None:
                prompt = sum(len(message.content) for message in messages) / CHARACTERS_A_TOKEN
                async with self._line:  # by itself the bucket would let short calls pass long ones for ever
                    await _charge(self._requests, 1)
                    await _charge(self._tokens, prompt + min(self._reply_tokens, max_tokens))
            yield

    def _learn(self, usage: Usage) -> None:
        if usage.model_calls:
            cost = usage.output_tokens / usage.model_calls
            self._reply_tokens += _WEIGHT * (cost - self._reply_tokens)


def _bucket(per_minute: int | None) -> AsyncLimiter | None:
    if per_minute is None:
        return None
    burst = max(1.0, per_minute * BURST_SECONDS / 60)
    return AsyncLimiter(burst, 60 * burst / per_minute)


async def _charge(bucket: AsyncLimiter | None, amount: float) -> None:
    """What is more than a whole burst takes several: it waits longer, and is not refused."""
    while bucket is not None and amount > 0:
        part = min(amount, bucket.max_rate)
        await bucket.acquire(part)
        amount -= part
