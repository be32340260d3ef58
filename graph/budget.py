"""What a question may still spend, derived from its state: nothing is counted twice and nothing can drift."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from typing import TypeVar

from graph.state import Context, State
from graph.turns import elsewhere
from tools.chat.owed import owed
from tools.errors import ModelRefused, ModelUnavailable

log = logging.getLogger("hopline.budget")

Value = TypeVar("Value")

IN_LINE = "in_line"
"""The timing of a question that waited before anything was done for it, in milliseconds."""

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
        seconds=context.max_seconds - _worked(state, context),
    )


def elapsed(context: Context) -> float:
    """Seconds since the question came, on a clock that nobody sets; what nobody worked on it between two processes is
    left out."""
    return time.perf_counter() - (context.asked_at if context.begun_at is None else context.begun_at)


def _worked(state: State, context: Context) -> float:
    """Seconds since the question's first step. Where nobody says when it came, as in LangGraph's own tools, the wall's
    clock has to do."""
    if context.asked_at:
        return elapsed(context) - state.timings.get(IN_LINE, 0.0) / 1000
    return time.time() - state.started


async def within(seconds: float, reply: Awaitable[Value]) -> Value:
    """Wait for a model's reply to a small step, no longer than the question has left; others have the turn meanwhile.
    Raises ModelUnavailable with what was paid all the same, also for a model that refuses: the step can be done
    without, and the log says what to mend."""
    try:
        async with elsewhere(), asyncio.timeout(max(0.0, seconds)):
            return await reply
    except TimeoutError as late:
        raise _too_late(late) from None
    except ModelRefused as error:
        raise refused(error) from error


def refused(error: ModelRefused) -> ModelUnavailable:
    """What a refusal means for the question: there is no model for it. Why is for whoever runs this, not for whoever
    asked."""
    log.error("the language model refuses to work: %s", error)
    return ModelUnavailable("the language model refused the request", usage=error.usage)


async def stream_within(seconds: float | None, deltas: AsyncIterator[Value]) -> AsyncIterator[Value]:
    """Pass a stream on until the question's time is up, then raise ModelUnavailable; others have the turn while it is
    awaited. None: there is no limit, for what costs next to no time."""
    deadline = None if seconds is None else time.monotonic() + seconds
    while True:
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        try:
            async with elsewhere(), asyncio.timeout(left):
                delta = await anext(deltas)
        except StopAsyncIteration:
            return
        except TimeoutError as late:
            raise _too_late(late) from None
        yield delta


def _too_late(late: TimeoutError) -> ModelUnavailable:
    """The time-out was raised from the call's cancellation, which tells what the call is owed."""
    usage = owed(late.__cause__)
    return ModelUnavailable("the model had not finished when the question's time was up", usage=usage)
