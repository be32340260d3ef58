"""A second model for when the first one is unavailable, or dearer than what is left of a budget."""

import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import replace
from typing import cast

from tools.chat.owed import ENDINGS, owe
from tools.errors import BudgetSpent, ModelUnavailable
from tools.ports import ChatModel, Message, Schema, StructuredReply, TextDelta, Usage

log = logging.getLogger("hopline.chat")


class WithSecond:
    """`tools.ports.ChatModel` that asks `second` what `first` was not available for.

    A model that the budget has no room for is none that is available; whether there is room for the second one, its own
    price decides. A wrong key or a declined question is no better met elsewhere in silence. A stream that has begun to
    speak is never handed over: two halves of two answers are no answer. What the first one cost all the same is part of
    what the reply cost.
    """

    def __init__(self, first: ChatModel, second: ChatModel) -> None:
        self._first, self._second = first, second

    @property
    def name(self) -> str:
        return self._first.name

    async def structured(
        self, messages: Sequence[Message], schema: type[Schema], *, max_tokens: int
    ) -> StructuredReply[Schema]:
        try:
            return await self._first.structured(messages, schema, max_tokens=max_tokens)
        except (ModelUnavailable, BudgetSpent) as error:
            self._say(error)
            paid = error.usage
        with _adding(paid):
            reply = await self._second.structured(messages, schema, max_tokens=max_tokens)
        return replace(reply, usage=paid + reply.usage)

    async def stream(self, messages: Sequence[Message], *, max_tokens: int) -> AsyncIterator[TextDelta]:
        spoke = False
        try:
            async with _closing(self._first.stream(messages, max_tokens=max_tokens)) as deltas:
                async for delta in deltas:
                    spoke = True
                    yield delta
            return
        except (ModelUnavailable, BudgetSpent) as error:
            if spoke:
                raise
            self._say(error)
            paid = error.usage
        with _adding(paid):
            async with _closing(self._second.stream(messages, max_tokens=max_tokens)) as deltas:
                async for delta in deltas:
                    yield delta if delta.usage is None else replace(delta, usage=paid + delta.usage)

    async def check(self) -> None:
        await self._first.check()
        await self._second.check()

    def _say(self, error: ModelUnavailable | BudgetSpent) -> None:
        log.warning("%s is asked instead of %s: %s", self._second.name, self._first.name, error)


@contextmanager
def _adding(paid: Usage) -> Iterator[None]:
    """Where the second model brings nothing either, what was paid for the first one is told with it."""
    try:
        yield
    except ENDINGS as ending:
        owe(ending, paid)
        raise


class _Closable(AsyncIterator[TextDelta]):
    async def aclose(self) -> None: ...


def _closing(deltas: AsyncIterator[TextDelta]) -> "aclosing[_Closable]":
    """Adapters' streams are generators, which hold their connection until they are closed."""
    return aclosing(cast("_Closable", deltas))
