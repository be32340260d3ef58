"""What holds of keeping a step, wherever it is kept."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from langgraph.checkpoint.serde.types import ERROR

from tools.errors import MemoryUnavailable

STEP_SECONDS = 10.0
"""For keeping a step, its wait for its turn included: of a database that hangs, a question hears no later."""


def is_whole(writes: Sequence[tuple[str, Any]]) -> bool:
    """A step that failed or was cancelled may have written half of what it had to, its error behind it. LangGraph would
    take that for all: without its way onward, the run would be at its end."""
    return all(channel != ERROR for channel, _ in writes)


@asynccontextmanager
async def in_time() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(STEP_SECONDS):
            yield
    except TimeoutError:
        raise MemoryUnavailable(
            f"The question can't be kept step by step (no answer within {STEP_SECONDS:g} s)."
        ) from None
