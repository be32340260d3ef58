"""Whose turn it is: a few steps run at a time, oldest questions first, and one starts per pass of the event loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from heapq import heappop, heappush
from itertools import count

STEPS_AT_ONCE = 8
"""Enough to keep the event loop, the reasoning's thread, the models and the store busy."""


class Turns:
    """Limits how many steps run at once.

    A question that is under way is finished before another one starts. So a thousand questions are answered one after
    the other instead of all at the end, and only those under way hold their evidence in memory. One step starts per
    pass of the event loop, since a pass that ran a thousand ready steps would hold up everything else. If the loop is
    idle, nobody waits. Belongs to one event loop."""

    def __init__(self, at_once: int = STEPS_AT_ONCE) -> None:
        self._free = at_once
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = count()
        self._given = False
        """Whether a turn was given in this pass of the loop; if so, `_next` is scheduled to give the next one."""

    @property
    def free(self) -> int:
        return self._free

    @asynccontextmanager
    async def mine(self, since: float) -> AsyncIterator[None]:
        """Wait for a turn and hold it. `since` is when the question came, on a clock that all questions share."""
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
    """Wraps a wait for another machine: a step that waits for its model gives up its turn, and takes it back once the
    reply or an error has arrived."""

    async def __aenter__(self) -> None:
        turn = _HELD.get()
        self._turn = turn if turn is not None and turn.held else None
        if self._turn is not None:
            self._turn.let_go()

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        left = kind is not None and issubclass(kind, (asyncio.CancelledError, GeneratorExit))
        if self._turn is not None and not left:
            await self._turn.take_back()
