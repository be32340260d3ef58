"""Work in threads that a cancellation can't stop, and so has to wait for."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

Value = TypeVar("Value")


async def to_the_end(work: Awaitable[Value]) -> Value:
    """Await the work even if cancelled meanwhile, so that no thread goes on after the caller has been told."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
