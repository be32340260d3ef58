import asyncio
import time

from evals.bench.stalls import LoopWatch


def holding_the_loop(seconds: float) -> None:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


async def test_what_keeps_a_loop_from_running_is_measured_and_named() -> None:
    watch = LoopWatch()
    with watch.looking():
        await asyncio.sleep(0.05)
        holding_the_loop(0.3)
        await asyncio.sleep(0.05)
    assert max(watch.stalls) > 0.2
    assert any("holding_the_loop" in place for place in watch.culprits), watch.culprits


async def test_a_loop_that_waits_is_not_held() -> None:
    watch = LoopWatch()
    with watch.looking():
        await asyncio.sleep(0.1)
    assert watch.own_stalls
    assert max(watch.own_stalls) < 0.05
