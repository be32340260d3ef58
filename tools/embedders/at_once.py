"""Runs many tasks, a few at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

Result = TypeVar("Result")


async def at_once(limit: int, runs: Sequence[Callable[[], Awaitable[Result]]]) -> list[Result]:
    """The results of the runs, in order; `limit` of them run at a time. The first error ends those that are running,
    and is raised; no other run begins then."""
    found: dict[int, Result] = {}
    waiting = iter(enumerate(runs))

    async def take() -> None:
        for number, run in waiting:
            found[number] = await run()

    takers = [asyncio.ensure_future(take()) for _ in range(min(limit, len(runs)))]
    try:
        await asyncio.gather(*takers)
    finally:
        for taker in takers:
            taker.cancel()
        await asyncio.gather(*takers, return_exceptions=True)
    return [found[number] for number in range(len(runs))]
