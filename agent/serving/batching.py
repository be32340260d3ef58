"""Micro-batches over all questions in flight: one model call serves many of them.

There is no timer. If no call is running, a request goes at once, together with whatever else was asked in the same pass
of the event loop. What comes meanwhile goes together as soon as that call returns. So a lone question never waits, and
batches grow with the load.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from tools.embedders.around import AroundEmbedder, Embed, Kind
from tools.errors import may_pass
from tools.ports import AnswerChecker, AnswerToCheck, ClaimToCheck, Embedder, FloatArray, Verdict, Verifier

QUERIES_A_BATCH = 32
SENTENCES_A_BATCH = 128
CLAIMS_A_BATCH = 32
ANSWERS_A_BATCH = 32

Item = TypeVar("Item")
Results_co = TypeVar("Results_co", bound="Results", covariant=True)


class Results(Protocol):
    """A list or an array with one row per item, in the order of the items."""

    def __getitem__(self, part: slice, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class _Request(Generic[Item]):
    items: list[Item]
    done: "asyncio.Future[Any]"


class Batcher(Generic[Item, Results_co]):
    """`work` gets the items of one or more callers in one list, at most `max_items` unless one caller brings more.

    At most `at_once` calls are under way. A call that fails for what it was given is repeated caller by caller, so that
    nobody fails for a neighbour's sake. Belongs to one event loop.
    """

    def __init__(
        self, work: Callable[[list[Item]], Awaitable[Results_co]], *, max_items: int, at_once: int = 1
    ) -> None:
        self._work, self._max_items, self._at_once = work, max_items, at_once
        self._waiting: deque[_Request[Item]] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._starts = False

    async def run(self, items: Sequence[Item]) -> Results_co:
        """The results for these items. A caller who is cancelled does not disturb the call of the others."""
        loop = asyncio.get_running_loop()
        request = _Request(list(items), loop.create_future())
        self._waiting.append(request)
        if not self._starts and len(self._running) < self._at_once:
            self._starts = True
            loop.call_soon(self._start)
        results: Results_co = await request.done
        return results

    def _start(self) -> None:
        self._starts = False
        while len(self._running) < self._at_once and (batch := self._next_batch()):
            task = asyncio.create_task(self._settle(batch))
            self._running.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        self._start()

    def _next_batch(self) -> list[_Request[Item]]:
        batch: list[_Request[Item]] = []
        size = 0
        while self._waiting:
            if self._waiting[0].done.done():
                self._waiting.popleft()  # cancelled before its turn
                continue
            size += len(self._waiting[0].items)
            if batch and size > self._max_items:
                break
            batch.append(self._waiting.popleft())
        return batch

    async def _settle(self, batch: list[_Request[Item]]) -> None:
        try:
            results = await self._work([item for request in batch for item in request.items])
        except asyncio.CancelledError:
            for request in batch:
                request.done.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - raised again where `run` is awaited
            if len(batch) > 1 and not may_pass(error):
                for request in batch:
                    await self._settle([request])
                return
            for request in batch:
                if not request.done.done():
                    request.done.set_exception(error)
            return
        first = 0
        for request in batch:
            last = first + len(request.items)
            if not request.done.done():
                request.done.set_result(results[first:last])
            first = last


class BatchedEmbedder(AroundEmbedder):
    """An Embedder whose calls of many questions go together; `at_once` calls of either kind are under way."""

    def __init__(self, embedder: Embedder, *, at_once: int = 1) -> None:
        super().__init__(embedder)
        self._batchers: dict[Kind, Batcher[str, FloatArray]] = {
            "queries": Batcher(embedder.embed_queries, max_items=QUERIES_A_BATCH, at_once=at_once),
            "passages": Batcher(embedder.embed_passages, max_items=SENTENCES_A_BATCH, at_once=at_once),
        }

    async def _embed(self, kind: Kind, texts: Sequence[str], embed: Embed) -> FloatArray:
        return await self._batchers[kind].run(texts) if texts else np.zeros((0, self.dimension), dtype=np.float32)


class BatchedAnswerChecker:
    """An AnswerChecker that reads the answers to many questions in one batch."""

    def __init__(self, checker: AnswerChecker) -> None:
        self._checker = checker
        self._answers: Batcher[AnswerToCheck, list[float]] = Batcher(checker.check, max_items=ANSWERS_A_BATCH)

    @property
    def name(self) -> str:
        return self._checker.name

    async def check(self, answers: Sequence[AnswerToCheck]) -> list[float]:
        return await self._answers.run(answers) if answers else []


class BatchedVerifier:
    """A Verifier that reads the claims of many answers in one batch."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        self._claims: Batcher[ClaimToCheck, list[Verdict]] = Batcher(verifier.verify, max_items=CLAIMS_A_BATCH)

    @property
    def name(self) -> str:
        return self._verifier.name

    async def verify(self, claims: Sequence[ClaimToCheck]) -> list[Verdict]:
        return await self._claims.run(claims) if claims else []
