"""Whose turn it is: a few steps at a time, those of the oldest questions, one beginning per pass of the event loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from heapq import heappop, heappush
from itertools import count

STEPS_AT_ONCE = 8
"""Enough for the loop, the reasoning's thread, the models and the store all to have something to do."""


class Turns:
    """Keeps a crowd from going at once. Whoever is under way is finished before somebody else is begun, so that a
    thousand questions take one after the other what they would otherwise all wait for, and only those that are under
    way hold their evidence in memory. And a pass of the loop that runs a thousand ready steps would hold up everything
    else for their sum: one begins per pass. Whoever comes to an idle loop goes on without waiting. Belongs to one loop.
    """

    def __init__(self, at_once: int = STEPS_AT_ONCE) -> None:
        self._free = at_once
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = count()
        self._given = False
        """In this pass; then `_next` is due, which hands out the next one."""

    @property
    def free(self) -> int:
        return self._free

    @asynccontextmanager
    async def mine(self, since: float) -> AsyncIterator[None]:
        """Wait for a turn and hold it; `since` is when the question came, on any clock that all of them share."""
        await self._take(since)
        turn = _Held(self, since)
        token = _HELD.set(turn)
        try:
            yield
        finally:
            _HELD.reset(token)
            if turn.held:
                self._give_back()

    async def _take(self, since: float) -> None:
        if self._free and not self._given:
            self._give()
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (since, next(self._number), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # given in the very moment of leaving: pass it on
                self._give_back()
            raise

    def _give(self) -> None:
        self._free -= 1
        self._given = True
        asyncio.get_running_loop().call_soon(self._next)

    def _give_back(self) -> None:
        self._free += 1
        if self._waiting and not self._given:
            self._given = True
            asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        self._given = False
        while self._free and self._waiting:
            turn = heappop(self._waiting)[-1]
            if not turn.done():  # else its question was cancelled
                turn.set_result(None)
                self._give()
                return


class _Held:
    """A turn that a step holds, or has let go of for a while."""

    def __init__(self, turns: Turns, since: float) -> None:
        self._turns, self._since = turns, since
        self.held = True

    def let_go(self) -> None:
        self.held = False
        self._turns._give_back()

    async def take_back(self) -> None:
        await self._turns._take(self._since)
        self.held = True


_HELD: ContextVar[_Held | None] = ContextVar("turn", default=None)


class elsewhere:  # noqa: N801 - reads as what it does, like `contextlib.suppress`
    """Around a wait for somebody else's machine: a step that waits for its model lets others have its turn, and takes
    it back when the reply is there, or the news that there will be none."""

    async def __aenter__(self) -> None:
        turn = _HELD.get()
        self._turn = turn if turn is not None and turn.held else None
        if self._turn is not None:
            self._turn.let_go()

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        left = kind is not None and issubclass(kind, (asyncio.CancelledError, GeneratorExit))
        if self._turn is not None and not left:
            await self._turn.take_back()
