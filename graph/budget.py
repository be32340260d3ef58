"""What a question may still spend, derived from its state: nothing is counted twice and nothing can drift."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from typing import TypeVar

from graph.state import Context, State
from graph.turns import elsewhere
from tools.errors import ModelUnavailable

Value = TypeVar("Value")

TOKENS_OF_A_SHORT_CALL = 600
"""A rewrite or follow-up must leave at least this much, or it is not asked."""


@dataclass(frozen=True, slots=True)
class Budget:
    hops: int
    model_calls: int
    tokens: int
    seconds: float

    def allows_call(self, *, reserve: int = 0) -> bool:
        """Whether one more model call fits, `reserve` further ones being spoken for."""
        return self.model_calls > reserve and self.tokens > TOKENS_OF_A_SHORT_CALL and self.seconds > 0


def remaining(state: State, context: Context) -> Budget:
    spent = state.usage
    return Budget(
        hops=context.max_hops - max((hop.n for hop in state.hops), default=0),
        model_calls=context.max_model_calls - spent.model_calls,
        tokens=context.max_tokens - spent.input_tokens - spent.output_tokens,
        seconds=context.max_seconds + context.paused_seconds - (time.time() - state.started),
    )


async def within(seconds: float, reply: Awaitable[Value]) -> Value:
    """Wait for a model's reply, no longer than the question has left; others have the turn meanwhile. Raises
    ModelUnavailable."""
    try:
        async with elsewhere(), asyncio.timeout(max(0.0, seconds)):
            return await reply
    except TimeoutError:
        raise _too_late() from None


async def stream_within(seconds: float, deltas: AsyncIterator[Value]) -> AsyncIterator[Value]:
    """Pass a stream on until the question's time is up, then raise ModelUnavailable; others have the turn while it is
    awaited."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            async with elsewhere(), asyncio.timeout(max(0.0, deadline - time.monotonic())):
                delta = await anext(deltas)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise _too_late() from None
        yield delta


def _too_late() -> ModelUnavailable:
    return ModelUnavailable("the model had not finished when the question's time was up")
