"""Could a question be answered right now? Each part is called the way a question would call it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from agent.conversations import Conversations
from agent.masking import masked
from agent.telemetry.metrics import Metrics
from tools.errors import HoplineError
from tools.passages import Reader
from tools.ports import Embedder, PassageStore

CACHED_SECONDS = 1.0
CHECK_SECONDS = 3.0
NOBODY = "hopline-readiness"

Check = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Part:
    """`problem` is empty while the part answers."""

    name: str
    problem: str = ""


class Readiness:
    """Checks all parts side by side, at most once a second, however often it is asked."""

    def __init__(self, checks: Mapping[str, Check], metrics: Metrics, *, clock: Callable[[], float] = time.monotonic):
        self._checks = dict(checks)
        self._metrics = metrics
        self._clock = clock
        self._parts: tuple[Part, ...] = ()
        self._asked_at = float("-inf")
        self._asking = asyncio.Lock()

    @classmethod
    def of(cls, store: PassageStore, embedder: Embedder, conversations: Conversations, metrics: Metrics) -> "Readiness":
        """The readiness of these parts. A language model is not among them: calling it costs money, and without it
        there are still answers."""
        return cls(
            {
                "store": store.count,
                "embedder": lambda: embedder.embed_queries(["ready?"]),
                "database": lambda: conversations.turns(NOBODY, reader=Reader(user=NOBODY), limit=1),
            },
            metrics,
        )

    def also(self, name: str, check: Check) -> None:
        """Add a part that a door needs."""
        self._checks[name] = check

    async def parts(self) -> tuple[Part, ...]:
        async with self._asking:
            if self._clock() - self._asked_at >= CACHED_SECONDS:
                self._parts = tuple(await asyncio.gather(*map(self._asked, self._checks)))
                self._asked_at = self._clock()
            return self._parts

    async def _asked(self, name: str) -> Part:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await self._checks[name]()
        except TimeoutError:
            problem = f"no answer within {CHECK_SECONDS:g} s"
        except Exception as error:  # noqa: BLE001 - whatever it is, the part is not ready, and the others are told of
            name_of_error = "" if isinstance(error, HoplineError | OSError) else f"{type(error).__name__}: "
            problem = masked(f"{name_of_error}{error}")
        else:
            problem = ""
        self._metrics.ready.labels(name).set(not problem)
        return Part(name, problem)
