"""How many questions a process works on, how many may wait, and who goes first."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Literal, TypeVar

from tools.errors import Overloaded

Priority = Literal["interactive", "batch"]
Value = TypeVar("Value")

LEAST_RETRY_SECONDS = 1.0
MAX_RETRY_SECONDS = 300.0
UNWINDING_SECONDS = 2.0
"""What those who are sent away at the end get to let go of what they hold."""

_WEIGHT = 0.1
"""Of the newest question in the running mean of how long one takes."""


class Admission:
    """Places for `at_once` questions, and a line for `waiting` more. Beyond that a question is refused at once, with
    the time after which it is worth asking again. People go before batches: a free place goes to the person who has
    waited longest, and if the line is full, the last batch question in it makes room. Belongs to one event loop.
    """

    def __init__(self, *, at_once: int, waiting: int) -> None:
        self._at_once, self._max_waiting = at_once, waiting
        self._lines: dict[Priority, deque[asyncio.Future[None]]] = {"interactive": deque(), "batch": deque()}
        self._in_flight = 0
        self._seconds = 0.0
        self._closed = self._given_up = False
        self._interruptible: set[asyncio.Timeout] = set()
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def in_flight(self) -> int:
        return self._in_flight

    @property
    def waiting(self) -> int:
        return sum(map(len, self._lines.values()))

    @asynccontextmanager
    async def place(self, priority: Priority = "interactive") -> AsyncIterator[None]:
        """Wait for a place and hold it; raises Overloaded if the line is full or the process is closing."""
        await self._enter(priority)
        started = time.monotonic()
        try:
            yield
        finally:
            took = time.monotonic() - started
            self._seconds = took if not self._seconds else (1 - _WEIGHT) * self._seconds + _WEIGHT * took
            self._leave()

    async def drained(self, seconds: float) -> bool:
        """Let nobody in any more, refuse those who wait, and wait for the rest to end. Returns False if some did not
        end in time; they are stopped, before what they use is closed."""
        self._closed = True
        for line in self._lines.values():
            while place := _next_in(line):
                place.set_exception(self._closing())
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            await self._give_up()
            return False
        return True

    async def check_open(self) -> None:
        """Raises Overloaded once the process is closing."""
        if self._closed:
            raise self._closing()

    async def while_open(self, events: AsyncGenerator[Value, None]) -> AsyncGenerator[Value, None]:
        """Pass on the events of a running question; raises Overloaded once closing has waited long enough for it. Only
        the question's own work is interrupted, never what its listener does between two events."""
        async with aclosing(events):
            while True:
                if self._given_up:
                    raise self._closing()
                try:
                    async with asyncio.timeout(None) as until:
                        self._interruptible.add(until)
                        try:
                            event = await anext(events)
                        finally:
                            self._interruptible.discard(until)
                except StopAsyncIteration:
                    return
                except TimeoutError:
                    if not until.expired():
                        raise
                    raise self._closing() from None
                yield event

    async def _give_up(self) -> None:
        self._given_up = True
        for until in self._interruptible:
            until.reschedule(asyncio.get_running_loop().time())
        with suppress(TimeoutError):
            async with asyncio.timeout(UNWINDING_SECONDS):
                await self._empty.wait()

    async def _enter(self, priority: Priority) -> None:
        if self._closed:
            raise self._closing()
        if self._in_flight < self._at_once and not self.waiting:
            self._take()
            return
        if self.waiting >= self._max_waiting and not (priority == "interactive" and self._made_room()):
            raise self._refusal()
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lines[priority].append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place in self._lines[priority]:
                self._lines[priority].remove(place)
            elif not place.cancelled() and place.exception() is None:
                self._leave()  # given a place in the very moment of leaving: pass it on
            raise

    def _take(self) -> None:
        self._in_flight += 1
        self._empty.clear()

    def _leave(self) -> None:
        self._in_flight -= 1
        for line in (self._lines["interactive"], self._lines["batch"]):
            if place := _next_in(line):
                self._take()
                place.set_result(None)
                return
        if not self._in_flight:
            self._empty.set()

    def _made_room(self) -> bool:
        if not self._lines["batch"]:
            return False
        last = self._lines["batch"].pop()
        if not last.done():  # else it was cancelled, and its leaving is room enough
            last.set_exception(self._refusal())
        return True

    def _refusal(self) -> Overloaded:
        ahead = self.waiting + 1
        seconds = min(max(self._seconds * ahead / self._at_once, LEAST_RETRY_SECONDS), MAX_RETRY_SECONDS)
        return Overloaded(
            f"{self._in_flight} questions are being worked on and {self.waiting} wait, which is the limit "
            f"(HOPLINE_MAX_IN_FLIGHT, HOPLINE_MAX_WAITING); ask again in {seconds:.0f} s.",
            retry_after_seconds=seconds,
        )

    def _closing(self) -> Overloaded:
        return Overloaded("This process is shutting down; ask again in a moment.", retry_after_seconds=5.0)


def _next_in(line: deque[asyncio.Future[None]]) -> asyncio.Future[None] | None:
    """Takes the next one out of a line. Whoever was cancelled stands in it until the loop comes to him, and is passed
    over: his future takes neither a place nor a refusal any more."""
    while line:
        place = line.popleft()
        if not place.done():
            return place
    return None
