"""What stands between the graph and a port that may fail: a bound, a time-out, a few tries, and a circuit breaker."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeVar

from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from agent.serving.circuit import Circuit
from tools.errors import HoplineError, TransientError, may_pass

Value = TypeVar("Value")

OPENS_AFTER_FAILURES = 5
RESTS_SECONDS = 15.0
FIRST_WAIT_SECONDS, MAX_WAIT_SECONDS = 0.1, 2.0


class Guard:
    """Calls of one port; `port` is what people call it ("the reranker").

    - At most `at_once` calls are under way; the others wait in line (None: no bound).
    - A call takes `timeout_seconds` at most (None: its adapter has a deadline of its own) and is tried `attempts` times
      in all while it fails with a TransientError, after a jittered exponential pause (1: its adapter tries again).
    - After `OPENS_AFTER_FAILURES` failed calls in a row the circuit opens: for `rests_seconds` calls fail at once, as
      `unavailable` with `retry_after_seconds`, then one may try. Only TransientErrors count: a refusal, a violation and
      a cancelled question say nothing about the port's health.
    - `wraps_errors`: whatever else a model that runs in this process raises becomes `unavailable` too; a TypeError or
      ValueError is of what it was given, which is neither tried again nor counted. Where an adapter names its vendor's
      errors itself, an unknown one is a defect and stays visible.
    """

    def __init__(
        self,
        port: str,
        unavailable: type[TransientError],
        *,
        timeout_seconds: float | None = None,
        attempts: int = 1,
        at_once: int | None = None,
        wraps_errors: bool = False,
        rests_seconds: float = RESTS_SECONDS,
    ) -> None:
        self._port, self._unavailable = port, unavailable
        self._timeout_seconds, self._attempts, self._wraps_errors = timeout_seconds, attempts, wraps_errors
        self._turns = asyncio.Semaphore(at_once) if at_once else None
        self._circuit = Circuit(opens_after=OPENS_AFTER_FAILURES, rests_seconds=rests_seconds)

    async def call(self, work: Callable[[], Awaitable[Value]]) -> Value:
        """The value of `work()`, which must be repeatable when `attempts` is above 1."""
        retrying = AsyncRetrying(
            retry=retry_if_exception(may_pass),
            wait=wait_random_exponential(multiplier=FIRST_WAIT_SECONDS, max=MAX_WAIT_SECONDS),
            stop=stop_after_attempt(self._attempts),
            reraise=True,
        )
        async with self.watching():
            return await (self._once(work) if self._attempts == 1 else retrying(self._once, work))

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Around a call that can't be repeated, a stream: its turn and the breaker alone."""
        async with AsyncExitStack() as around:
            if self._turns is not None:
                await around.enter_async_context(self._turns)
            if seconds := self._circuit.seconds_left():
                raise self._unavailable(
                    f"{self._port} has failed repeatedly and is left alone for a moment", retry_after_seconds=seconds
                )
            begun = self._circuit.begin()
            try:
                yield
            except BaseException as error:
                self._circuit.ended(begun, error)
                raise
            self._circuit.ended(begun, None)

    async def _once(self, work: Callable[[], Awaitable[Value]]) -> Value:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await work()
        except TimeoutError:
            raise self._unavailable(f"{self._port} did not answer within {self._timeout_seconds:g} s") from None
        except HoplineError:
            raise
        except Exception as error:
            if not self._wraps_errors:
                raise
            failed = self._unavailable(f"{self._port} failed ({type(error).__name__}: {error})")
            failed.is_of_input = isinstance(error, TypeError | ValueError)
            raise failed from error
