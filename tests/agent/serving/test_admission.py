"""Who gets in, who waits, who is sent away, and in which order."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from agent.serving.admission import Admission, Priority
from tools.errors import Overloaded


class Crowd:
    """Questions that keep their place until released. `order` is the order in which they were admitted."""

    def __init__(self, admission: Admission) -> None:
        self.admission, self.order = admission, list[str]()
        self.leaving: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def ask(self, name: str, priority: Priority = "interactive") -> None:
        self.come(name, priority)
        await asyncio.sleep(0)

    def come(self, name: str, priority: Priority = "interactive") -> None:
        """Ask, in the next turn of the event loop."""
        self.leaving[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._stay(name, priority))

    async def leave(self, name: str) -> None:
        self.leaving[name].set()
        await self.tasks[name]
        await asyncio.sleep(0)

    async def _stay(self, name: str, priority: Priority) -> None:
        async with self.admission.place(priority):
            self.order.append(name)
            await self.leaving[name].wait()


async def test_people_go_before_batches_and_each_in_the_order_they_came() -> None:
    crowd = Crowd(Admission(at_once=1, waiting=10))
    await crowd.ask("first")
    await crowd.ask("batch 1", "batch")
    await crowd.ask("batch 2", "batch")
    await crowd.ask("person 1")
    await crowd.ask("person 2")
    for name in ("first", "person 1", "person 2", "batch 1", "batch 2"):
        await crowd.leave(name)
    assert crowd.order == ["first", "person 1", "person 2", "batch 1", "batch 2"]


async def test_beyond_the_line_a_question_is_refused_at_once_with_a_time() -> None:
    crowd = Crowd(Admission(at_once=1, waiting=1))
    await crowd.ask("first")
    await crowd.ask("second")
    with pytest.raises(Overloaded, match="HOPLINE_MAX_WAITING") as refused:
        async with crowd.admission.place():
            pass
    assert refused.value.retry_after_seconds is not None
    assert refused.value.retry_after_seconds >= 1
    await crowd.leave("first")
    await crowd.leave("second")
    async with crowd.admission.place():
        assert crowd.admission.in_flight == 1


async def test_a_person_takes_the_place_of_the_last_batch_question_in_a_full_line() -> None:
    crowd = Crowd(Admission(at_once=1, waiting=2))
    await crowd.ask("first")
    await crowd.ask("batch 1", "batch")
    await crowd.ask("batch 2", "batch")
    await crowd.ask("person")
    with pytest.raises(Overloaded):
        await crowd.tasks["batch 2"]
    with pytest.raises(Overloaded):
        async with crowd.admission.place("batch"):
            pass
    for name in ("first", "person", "batch 1"):
        await crowd.leave(name)
    assert crowd.order == ["first", "person", "batch 1"]


async def test_whoever_gives_up_waiting_loses_nobody_a_place() -> None:
    crowd = Crowd(Admission(at_once=1, waiting=5))
    await crowd.ask("first")
    await crowd.ask("gives up")
    await crowd.ask("third")
    crowd.tasks["gives up"].cancel()
    await asyncio.sleep(0)
    assert crowd.admission.waiting == 1
    await crowd.leave("first")
    assert crowd.order == ["first", "third"]
    await crowd.leave("third")
    assert crowd.admission.in_flight == 0


async def test_one_cancelled_in_the_moment_of_getting_in_passes_its_place_on() -> None:
    crowd = Crowd(Admission(at_once=1, waiting=5))
    await crowd.ask("first")
    await crowd.ask("second")
    await crowd.ask("third")
    crowd.leaving["first"].set()
    await asyncio.sleep(0)  # the first has woken and released its place, the second has not woken yet
    crowd.tasks["second"].cancel()
    await asyncio.sleep(0.01)
    assert crowd.order == ["first", "third"]


async def test_draining_sends_the_line_away_and_waits_for_who_is_in() -> None:
    crowd = Crowd(Admission(at_once=1, waiting=5))
    await crowd.ask("first")
    await crowd.ask("second")
    draining = asyncio.create_task(crowd.admission.drained(5.0))
    await asyncio.sleep(0)
    with pytest.raises(Overloaded, match="shutting down"):
        await crowd.tasks["second"]
    with pytest.raises(Overloaded, match="shutting down"):
        async with crowd.admission.place():
            pass
    assert not draining.done()
    await crowd.leave("first")
    assert await draining


async def test_draining_does_not_wait_for_ever() -> None:
    crowd = Crowd(Admission(at_once=1, waiting=0))
    await crowd.ask("endless")
    assert not await crowd.admission.drained(0.01)
    crowd.tasks["endless"].cancel()


async def test_a_place_passes_over_one_who_was_cancelled_in_the_same_moment() -> None:
    crowd = Crowd(Admission(at_once=1, waiting=10))
    for name in ("first", "cancelled", "patient"):
        await crowd.ask(name)
    crowd.leaving["first"].set()
    await asyncio.sleep(0)  # "first" is about to leave
    crowd.tasks["cancelled"].cancel()
    await crowd.tasks["first"]
    await asyncio.wait({crowd.tasks["cancelled"]})
    await crowd.leave("patient")
    assert crowd.order == ["first", "patient"]
    assert (crowd.admission.in_flight, crowd.admission.waiting) == (0, 0)


async def test_a_line_of_cancelled_questions_leaves_the_place_free() -> None:
    crowd = Crowd(Admission(at_once=1, waiting=10))
    await crowd.ask("first")
    await crowd.ask("cancelled", "batch")
    crowd.leaving["first"].set()
    crowd.tasks["cancelled"].cancel()
    await crowd.tasks["first"]
    await asyncio.wait({crowd.tasks["cancelled"]})
    assert crowd.admission.in_flight == 0
    assert await crowd.admission.drained(0.1)


async def test_closing_passes_over_questions_that_were_cancelled_in_the_same_moment() -> None:
    crowd = Crowd(Admission(at_once=1, waiting=10))
    for name in ("first", "cancelled", "waiting"):
        await crowd.ask(name)
    crowd.tasks["cancelled"].cancel()
    assert not await crowd.admission.drained(0.01)
    with pytest.raises(Overloaded, match="shutting down"):
        await crowd.tasks["waiting"]
    await crowd.leave("first")
    assert crowd.admission.in_flight == 0


async def test_a_batch_question_that_was_cancelled_is_room_enough_for_a_person() -> None:
    crowd = Crowd(Admission(at_once=1, waiting=2))
    await crowd.ask("first")
    await crowd.ask("batch 1", "batch")
    await crowd.ask("batch 2", "batch")
    crowd.come("person")
    crowd.tasks["batch 2"].cancel()  # cancelled before the loop runs it
    await asyncio.sleep(0)
    for name in ("first", "person", "batch 1"):
        await crowd.leave(name)
    assert crowd.order == ["first", "person", "batch 1"]


async def test_who_is_under_way_when_the_time_to_close_is_up_is_told_so() -> None:
    admission, unwound = Admission(at_once=1, waiting=0), asyncio.Event()

    async def work() -> AsyncGenerator[str, None]:
        yield "begun"
        try:
            await asyncio.sleep(60)
        finally:
            unwound.set()

    async def ask() -> list[str]:
        async with admission.place():
            return [event async for event in admission.while_open(work())]

    asking = asyncio.create_task(ask())
    await asyncio.sleep(0)
    assert not await admission.drained(0.01)
    assert unwound.is_set()
    with pytest.raises(Overloaded, match="shutting down"):
        await asking
    assert admission.in_flight == 0
    with pytest.raises(Overloaded):
        await admission.check_open()


async def test_a_listener_s_own_doings_are_not_interrupted_by_closing() -> None:
    admission = Admission(at_once=1, waiting=0)

    async def work() -> AsyncGenerator[int, None]:
        for number in range(2):
            yield number

    async with admission.place():
        events = admission.while_open(work())
        assert await anext(events) == 0
        closing = asyncio.create_task(admission.drained(0.01))
        await asyncio.sleep(0.05)  # the listener's, in the middle of its place
        with pytest.raises(Overloaded):
            await anext(events)
    assert not await closing


async def test_a_question_s_own_timeout_is_not_taken_for_closing() -> None:
    async def work() -> AsyncGenerator[int, None]:
        raise TimeoutError("its own")
        yield

    with pytest.raises(TimeoutError, match="its own"):
        await anext(Admission(at_once=1, waiting=0).while_open(work()))
