"""A port that hangs, fails or comes back."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from agent.serving.guard import OPENS_AFTER_FAILURES, Guard
from tools.errors import AccessViolation, MissingModel, RerankerUnavailable, TransientError


class Port:
    """Fails the given number of times; `calls` counts."""

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


@pytest.mark.parametrize("error", [TypeError("TextEncodeInput must be str"), ValueError("surrogates not allowed")])
async def test_what_a_local_model_can_not_take_is_tried_once_and_tells_nothing_of_how_it_is(error: Exception) -> None:
    guard, port = Guard("the reranker", RerankerUnavailable, attempts=2, wraps_errors=True), Port(error)
    await _all_fail(guard, port, 2 * OPENS_AFTER_FAILURES)
    assert port.calls == 2 * OPENS_AFTER_FAILURES
    assert await guard.call(Port()) == "well"


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


async def test_after_its_rest_one_call_tries_and_the_others_still_fail_at_once() -> None:
    port = Port(RerankerUnavailable("down"))
    guard = Guard("the reranker", RerankerUnavailable, rests_seconds=0.1)
    await _all_fail(guard, port, OPENS_AFTER_FAILURES)
    await asyncio.sleep(0.12)

    async def slowly() -> str:
        await asyncio.sleep(0.01)
        return await port()

    port.calls = 0
    failed = await asyncio.gather(*(guard.call(slowly) for _ in range(50)), return_exceptions=True)
    assert {type(error) for error in failed} == {RerankerUnavailable}
    assert port.calls == 1
    await asyncio.sleep(0.12)
    port.error = None
    assert await guard.call(port) == "well"
    assert await asyncio.gather(*(guard.call(port) for _ in range(5))) == ["well"] * 5


async def test_a_refusal_in_between_is_no_sign_of_health() -> None:
    port = Port(RerankerUnavailable("down"))
    guard = Guard("the model", RerankerUnavailable)
    await _all_fail(guard, port, OPENS_AFTER_FAILURES - 1)
    await _all_fail(guard, Port(AccessViolation("not yours")), 1)
    await _all_fail(guard, port, 2)
    assert port.calls == OPENS_AFTER_FAILURES


async def test_whoever_leaves_while_it_is_tried_lets_the_next_one_try() -> None:
    port = Port(RerankerUnavailable("down"))
    guard = Guard("the model", RerankerUnavailable, rests_seconds=0.1)
    await _all_fail(guard, port, OPENS_AFTER_FAILURES)
    await asyncio.sleep(0.12)
    task = asyncio.create_task(guard.call(lambda: asyncio.sleep(10)))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    port.calls = 0
    await _all_fail(guard, port, 4)
    assert port.calls == 1


async def test_a_call_that_hangs_while_it_is_tried_keeps_nobody_out_for_longer_than_the_rest() -> None:
    guard = Guard("the model", RerankerUnavailable, rests_seconds=0.05)
    await _all_fail(guard, Port(RerankerUnavailable("down")), OPENS_AFTER_FAILURES)
    await asyncio.sleep(0.06)
    hanging = asyncio.create_task(guard.call(lambda: asyncio.sleep(10)))
    await asyncio.sleep(0.06)
    assert await guard.call(Port()) == "well"
    hanging.cancel()
    await asyncio.wait([hanging])


async def test_a_call_from_before_the_failures_does_not_close_the_circuit() -> None:
    guard, port = Guard("the model", RerankerUnavailable), Port(RerankerUnavailable("down"))
    go = asyncio.Event()
    early = asyncio.create_task(guard.call(go.wait))
    await asyncio.sleep(0)
    await _all_fail(guard, port, OPENS_AFTER_FAILURES)
    go.set()
    await early
    await _all_fail(guard, port, 1)
    assert port.calls == OPENS_AFTER_FAILURES


async def test_a_clock_that_is_set_back_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    guard = Guard("the reranker", RerankerUnavailable, rests_seconds=0.05)
    await _all_fail(guard, Port(RerankerUnavailable("down")), OPENS_AFTER_FAILURES)
    hour_ago = time.time() - 3_600
    monkeypatch.setattr(time, "time", lambda: hour_ago)
    await asyncio.sleep(0.06)
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
