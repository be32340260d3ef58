"""Stands between the reasoning and a model: no call without room in every budget, and none that is not recorded."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

from cachetools import LRUCache
from langgraph.runtime import get_runtime

from agent.costs.bookings import Reservation, Spent
from agent.costs.budgets import Amount, Payer
from agent.costs.ledger import Ledger
from graph.state import Context
from tools.chat.owed import ENDINGS, owe, owed
from tools.chat.pricing import Price
from tools.chat.tally import estimated_tokens
from tools.errors import HoplineError, MemoryUnavailable, ModelUnavailable
from tools.ports import ChatModel, Message, Schema, StructuredReply, TextDelta, Usage

log = logging.getLogger("hopline.costs")

MAX_QUESTIONS_UNDER_WAY = 10_000
BYTES_PER_TOKEN_AT_LEAST = 2
TOKENS_AROUND_A_MESSAGE = 16
TOKENS_OF_A_SCHEMA = 400
CALLS_OF_A_STRUCTURED_REPLY = 2


def payer_of_run() -> Payer:
    """The payer of the question that the graph is working on here; nobody outside of a run."""
    try:
        context = get_runtime(Context).context
    except RuntimeError:
        return Payer()
    if not isinstance(context, Context):
        return Payer()
    ago = time.perf_counter() - context.asked_at if context.asked_at else 0.0
    return Payer(context.tenant, context.user or "", context.channel, context.run_id, time.time() - ago)


@dataclass
class Meter:
    """What all models of a process share: the ledger, who pays, and which questions have been counted."""

    ledger: Ledger
    payer: Callable[[], Payer] = payer_of_run
    _counted: LRUCache[str, bool] = field(default_factory=lambda: LRUCache(MAX_QUESTIONS_UNDER_WAY))

    def first_call_of(self, payer: Payer) -> int:
        """1 for the first call of a question, 0 for further ones: models share the question."""
        if not payer.run_id or payer.run_id in self._counted:
            return 0
        self._counted[payer.run_id] = True
        return 1


@dataclass
class _Bill:
    usage: Usage = field(default_factory=Usage)


class MeteredChat:
    """`tools.ports.ChatModel` that pays for each call. Raises BudgetSpent before a call that finds no room."""

    def __init__(self, chat: ChatModel, model: str, price: Price | None, meter: Meter) -> None:
        self._chat, self._model, self._price, self._meter = chat, model, price, meter

    @property
    def name(self) -> str:
        return self._chat.name

    async def structured(
        self, messages: Sequence[Message], schema: type[Schema], *, max_tokens: int
    ) -> StructuredReply[Schema]:
        most = self._most(messages, max_tokens, calls=CALLS_OF_A_STRUCTURED_REPLY)
        async with self._paid(most) as bill:
            reply = await self._chat.structured(messages, schema, max_tokens=max_tokens)
            bill.usage = reply.usage
            return reply

    async def stream(self, messages: Sequence[Message], *, max_tokens: int) -> AsyncIterator[TextDelta]:
        """What was heard of a stream that breaks or is left is paid for by estimate: the provider counts it as well."""
        async with self._paid(self._most(messages, max_tokens, calls=1)) as bill:
            heard = 0
            try:
                async with aclosing(cast("_Generator", self._chat.stream(messages, max_tokens=max_tokens))) as deltas:
                    async for delta in deltas:
                        heard += len(delta.text)
                        if delta.usage:
                            bill.usage = delta.usage
                        yield delta
            finally:
                if heard and not bill.usage.model_calls:
                    bill.usage = self._estimated(messages, heard)

    async def check(self) -> None:
        await self._chat.check()

    @asynccontextmanager
    async def _paid(self, most: Amount) -> AsyncIterator[_Bill]:
        """Also when the question is cancelled. Whoever asked adds up what the books hold: an adapter's own count, else
        what was heard."""
        payer, bill = self._meter.payer(), _Bill()
        reservation = await self._reserved(payer, most)
        try:
            yield bill
        except ENDINGS as ending:
            if not owed(ending).model_calls:
                owe(ending, bill.usage)
            bill.usage = owed(ending)
            raise
        finally:
            await asyncio.shield(self._settle(reservation, payer, bill.usage))

    async def _reserved(self, payer: Payer, most: Amount) -> Reservation | None:
        try:
            return await self._meter.ledger.reserve(payer, most)
        except MemoryUnavailable as error:
            raise ModelUnavailable(f"the budget for the language model can't be looked up ({error})") from error

    async def _settle(self, reservation: Reservation | None, payer: Payer, usage: Usage) -> None:
        """An answer that is there is not lost for want of a booking; the reservation stands until it expires."""
        questions = self._meter.first_call_of(payer) if usage.model_calls else 0
        try:
            spent = Spent(self._model, usage, self._price is not None, questions)
            await self._meter.ledger.settle(reservation, payer, spent)
        except HoplineError as error:
            log.error("a call of %s for $%.5f is not in the books: %s", self._model, usage.cost_usd, error)

    def _most(self, messages: Sequence[Message], max_tokens: int, *, calls: int) -> Amount:
        """The most that a call can cost: two bytes a token is half of what texts have in any script. A structured reply
        may take a second call, which repairs the first and reads its reply and the schema besides."""
        prompt = sum(
            len(one.content.encode()) // BYTES_PER_TOKEN_AT_LEAST + TOKENS_AROUND_A_MESSAGE for one in messages
        )
        repairs = calls - 1
        read = calls * (prompt + repairs * TOKENS_OF_A_SCHEMA) + repairs * (max_tokens + TOKENS_OF_A_SCHEMA)
        written = calls * max_tokens
        price = self._price or Price(0.0, 0.0)
        dearest = Price(max(price.input, price.cache_write or 0.0), price.output)
        return Amount(dearest.usd(read, written), read + written)

    def _estimated(self, messages: Sequence[Message], heard: int) -> Usage:
        read = estimated_tokens(sum(len(message.content) for message in messages))
        written = estimated_tokens(heard)
        if self._price is None:
            return Usage(1, read, written, unpriced_calls=1)
        return Usage(1, read, written, self._price.usd(read, written))


class _Generator(AsyncIterator[TextDelta]):
    async def aclose(self) -> None: ...
