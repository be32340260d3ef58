"""What a question may still spend. It is derived from the state, so nothing is counted twice and nothing can drift."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from dataclasses import dataclass
from typing import TypeVar

from graph.state import Context, State
from graph.turns import elsewhere
from tools.chat.owed import owed
from tools.chat.streams import closing
from tools.errors import ModelRefused, ModelUnavailable

log = logging.getLogger("hopline.budget")

Value = TypeVar("Value")

IN_LINE = "in_line"
"""The name of a timing: how long a question waited before work on it began, in milliseconds."""

TOKENS_OF_A_SHORT_CALL = 600
"""A model is not called with fewer tokens left than this, which a rewrite or follow-up takes."""


@dataclass(frozen=True, slots=True)
class Budget:
    hops: int
    model_calls: int
    tokens: int
    seconds: float

    def allows_call(self, *, reserve: int = 0) -> bool:
        """Whether one more model call fits, with `reserve` further calls kept for later."""
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
    """Seconds since the question came, on a monotonic clock. The time between two processes, in which nobody worked on
    it, does not count."""
    return time.perf_counter() - (context.asked_at if context.begun_at is None else context.begun_at)


def _worked(state: State, context: Context) -> float:
    """Seconds since the question's first step. LangGraph's own tools do not say when a question came; then the wall
    clock has to do."""
    if context.asked_at:
        return elapsed(context) - state.timings.get(IN_LINE, 0.0) / 1000
    return time.time() - state.started


async def within(seconds: float, reply: Awaitable[Value]) -> Value:
    """Wait for a model's reply to a small step, as long as the question has left; meanwhile others have the turn.

    Raises ModelUnavailable, with the usage that was charged, on a time-out and also if the model refuses: the question
    goes on without this step, and the log says what to fix."""
    try:
        async with elsewhere(), asyncio.timeout(max(0.0, seconds)):
            return await reply
    except TimeoutError as late:
        raise _too_late(late) from None
    except ModelRefused as error:
        raise refused(error) from error


def refused(error: ModelRefused) -> ModelUnavailable:
    """The error for the question when a model refuses: no model is available. The reason goes to the log, since it is
    for whoever runs this, not for whoever asked."""
    log.error("the language model refuses to work: %s", error)
    return ModelUnavailable("the language model refused the request", usage=error.usage)


async def stream_within(seconds: float | None, deltas: AsyncIterator[Value]) -> AsyncGenerator[Value, None]:
    """Pass a stream on until the question's time is up, then raise ModelUnavailable; while it is awaited, others have
    the turn. `seconds=None` sets no limit, for streams that take hardly any time."""
    deadline = None if seconds is None else time.monotonic() + seconds
    async with closing(deltas):
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
    """The error for a time-out. Its cause is the cancellation of the call, which carries what the call cost."""
    usage = owed(late.__cause__)
    return ModelUnavailable("the model had not finished when the question's time was up", usage=usage)
