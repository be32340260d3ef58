"""One step of one question per pass of the event loop, the oldest question first."""

import asyncio
from heapq import heappop, heappush
from itertools import count


class Turns:
    """Keeps a crowd from going at once: a pass of the loop that runs a thousand ready steps holds up everything else
    for their sum. Whoever comes to an idle loop goes on without waiting. Belongs to one event loop."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = count()
        self._taken = False

    async def mine(self, since: float) -> None:
        """Wait for a turn; `since` is when the question came, on any clock that all of them share."""
        loop = asyncio.get_running_loop()
        if not self._taken:
            self._taken = True
            loop.call_soon(self._next)
            return
        turn: asyncio.Future[None] = loop.create_future()
        heappush(self._waiting, (since, next(self._number), turn))
        await turn

    def _next(self) -> None:
        while self._waiting:
            turn = heappop(self._waiting)[-1]
            if not turn.done():  # else its question was cancelled
                turn.set_result(None)
                asyncio.get_running_loop().call_soon(self._next)
                return
        self._taken = False
