"""Turns: few steps at once, the oldest question first, and nobody keeps a turn while waiting for a model."""

import asyncio

import pytest

from graph.turns import Turns, elsewhere


async def passes(count: int = 20) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_no_more_steps_than_allowed_are_under_way() -> None:
    turns, under_way, most = Turns(at_once=3), 0, 0

    async def step(since: float) -> None:
        nonlocal under_way, most
        async with turns.mine(since):
            under_way += 1
            most = max(most, under_way)
            await passes(3)
            under_way -= 1

    await asyncio.gather(*(step(n) for n in range(20)))
    assert most == 3


async def test_the_oldest_question_goes_first_whenever_it_comes_to_the_line() -> None:
    turns, order = Turns(at_once=1), list[float]()

    async def step(since: float) -> None:
        async with turns.mine(since):
            order.append(since)
            await passes(2)

    await asyncio.gather(*(step(since) for since in (5.0, 4.0, 1.0, 3.0)))
    assert order == [5.0, 1.0, 3.0, 4.0], "the first found nobody there"


async def test_one_step_begins_per_pass_of_the_loop() -> None:
    turns, pass_now, began = Turns(at_once=100), 0, list[int]()

    async def count_passes() -> None:
        nonlocal pass_now
        while True:
            await asyncio.sleep(0)
            pass_now += 1

    async def step() -> None:
        async with turns.mine(0.0):
            began.append(pass_now)

    counting = asyncio.create_task(count_passes())
    await asyncio.gather(*(step() for _ in range(10)))
    counting.cancel()
    assert len(set(began)) == 10


async def test_whoever_waits_for_a_model_lets_others_have_the_turn_and_takes_it_back() -> None:
    turns, said = Turns(at_once=1), list[str]()
    reply = asyncio.Event()

    async def asks_a_model() -> None:
        async with turns.mine(1.0):
            async with elsewhere():
                await reply.wait()
            said.append("the reply is read")

    async def computes() -> None:
        async with turns.mine(2.0):
            reply.set()
            await passes()
            said.append("computed")

    await asyncio.gather(asks_a_model(), computes())
    assert said == ["computed", "the reply is read"]


@pytest.mark.parametrize("error", [TimeoutError, ValueError])
async def test_a_wait_that_fails_takes_the_turn_back_too(error: type[Exception]) -> None:
    turns = Turns(at_once=1)

    async def fails() -> None:
        async with turns.mine(1.0):
            with pytest.raises(error):
                async with elsewhere():
                    raise error
            assert turns.free == 0

    await asyncio.wait_for(fails(), 1)
    assert turns.free == 1


async def test_cancelled_questions_leave_no_turn_behind() -> None:
    turns = Turns(at_once=1)

    async def waits_for_its_model() -> None:
        async with turns.mine(0.0), elsewhere():
            await asyncio.Event().wait()

    async def stands_in_line() -> None:
        async with turns.mine(1.0):
            await asyncio.Event().wait()

    tasks = [asyncio.create_task(waits_for_its_model()), *(asyncio.create_task(stands_in_line()) for _ in range(5))]
    await passes()
    for task in tasks:
        task.cancel()
        await passes(1)
    await asyncio.wait(tasks)
    assert turns.free == 1
    async with asyncio.timeout(1), turns.mine(2.0):
        pass
