"""A port that hangs, fails or comes back."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from agent.serving.guard import OPENS_AFTER_FAILURES, Guard
from tools.errors import AccessViolation, MissingModel, RerankerUnavailable, TransientError


class Port:
    """Fails as often as it is told to; `calls` counts."""

    def __init__(self, error: Exception | None = None, times: int = 1_000) -> None:
        self.error, self.times, self.calls = error, times, 0

    async def __call__(self) -> str:
        self.calls += 1
        if self.error is not None and self.calls <= self.times:
            raise self.error
        return "well"


async def test_a_passing_failure_is_tried_again() -> None:
    port = Port(RerankerUnavailable("busy"), times=1)
    assert await Guard("the reranker", RerankerUnavailable, attempts=2).call(port) == "well"
    assert port.calls == 2


async def test_a_lasting_one_is_not() -> None:
    port = Port(MissingModel("gone"))
    with pytest.raises(MissingModel):
        await Guard("the reranker", RerankerUnavailable, attempts=3).call(port)
    assert port.calls == 1


async def test_a_call_that_hangs_ends_as_unavailable() -> None:
    guard = Guard("the reranker", RerankerUnavailable, timeout_seconds=0.02)
    with pytest.raises(RerankerUnavailable, match="did not answer within"):
        await guard.call(lambda: asyncio.sleep(10))


@pytest.mark.parametrize("wraps", [True, False])
async def test_what_a_local_model_raises_is_its_being_down_and_elsewhere_a_defect(wraps: bool) -> None:
    guard = Guard("the reranker", RerankerUnavailable, wraps_errors=wraps)
    with pytest.raises(RerankerUnavailable if wraps else ZeroDivisionError):
        await guard.call(Port(ZeroDivisionError("in the model")))


async def test_after_some_failures_nothing_is_sent_until_it_has_rested() -> None:
    port = Port(RerankerUnavailable("down"), times=OPENS_AFTER_FAILURES)
    guard = Guard("the reranker", RerankerUnavailable, rests_seconds=0.1)
    await _all_fail(guard, port, OPENS_AFTER_FAILURES)
    with pytest.raises(RerankerUnavailable, match="left alone") as refused:
        await guard.call(port)
    assert refused.value.retry_after_seconds is not None
    assert 0 <= refused.value.retry_after_seconds <= 0.1
    assert port.calls == OPENS_AFTER_FAILURES
    await asyncio.sleep(0.12)
    assert await guard.call(port) == "well"


async def test_neither_violations_nor_people_who_leave_open_the_circuit() -> None:
    guard = Guard("the store", RerankerUnavailable)
    await _all_fail(guard, Port(AccessViolation("not yours")), 2 * OPENS_AFTER_FAILURES)
    for _ in range(2 * OPENS_AFTER_FAILURES):
        task = asyncio.create_task(guard.call(lambda: asyncio.sleep(10)))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
    assert await guard.call(Port()) == "well"


async def test_no_more_calls_are_under_way_than_allowed() -> None:
    running, most = 0, 0

    async def work() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.002)
        running -= 1

    guard = Guard("the store", TransientError, at_once=3)
    await asyncio.gather(*(guard.call(work) for _ in range(20)))
    assert most == 3


async def _all_fail(guard: Guard, port: Callable[[], Awaitable[str]], times: int) -> None:
    for _ in range(times):
        with pytest.raises((TransientError, AccessViolation)):
            await guard.call(port)
