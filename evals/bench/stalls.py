"""Measures how long an event loop was blocked, and by what: a heartbeat in the loop, and a thread that looks at late
beats.

`_current_frames` needs the interpreter's lock. If C code keeps the lock, only the stack right after it is seen, which
still names the line. Pauses of the garbage collector are counted apart, since they can hit any line.
"""

import asyncio
import gc
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

BEAT_SECONDS = 0.01
LATE_SECONDS = 0.05
OURS = frozenset(("agent", "graph", "tools", "evals"))


class LoopWatch:
    """`stalls` are seconds, one for each beat; `own_stalls` the loop thread's processor time between two beats. On a
    busy machine the former also include time that other processes took. `culprits` counts the lines where late beats
    found the loop."""

    def __init__(self) -> None:
        self.stalls: list[float] = []
        self.own_stalls: list[float] = []
        self.collections: list[float] = []
        self.culprits: Counter[str] = Counter()
        self._loop_thread = 0
        self._beaten = time.perf_counter()
        self._collecting = 0.0
        self._over = threading.Event()

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Watches while the block runs; call it inside the loop."""
        self._loop_thread, self._beaten = threading.get_ident(), time.perf_counter()
        beating = asyncio.get_running_loop().create_task(self._beat())
        looker = threading.Thread(target=self._look, name="stall-watch", daemon=True)
        gc.callbacks.append(self._collected)
        looker.start()
        try:
            yield
        finally:
            beating.cancel()
            self._over.set()
            gc.callbacks.remove(self._collected)

    async def _beat(self) -> None:
        while True:
            due, worked = time.perf_counter() + BEAT_SECONDS, time.thread_time()
            await asyncio.sleep(BEAT_SECONDS)
            self._beaten = time.perf_counter()
            self.stalls.append(max(0.0, self._beaten - due))
            self.own_stalls.append(max(0.0, time.thread_time() - worked))

    def _look(self) -> None:
        named = 0.0
        while not self._over.wait(BEAT_SECONDS):
            beaten = self._beaten
            if beaten != named and time.perf_counter() - beaten > LATE_SECONDS:
                named = beaten  # once for each stall
                frame = sys._current_frames().get(self._loop_thread)
                self.culprits[_place_of(frame)] += 1

    def _collected(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self._collecting = time.perf_counter()
        else:
            self.collections.append(time.perf_counter() - self._collecting)


def _place_of(frame: FrameType | None) -> str:
    """The innermost line, and the innermost line of our own code."""
    innermost, ours = "", ""
    while frame is not None and not ours:
        path = Path(frame.f_code.co_filename)
        place = f"{path.parent.name}/{path.name}:{frame.f_lineno} {frame.f_code.co_name}"
        innermost = innermost or place
        if OURS & set(path.parts[-4:-1]) and "site-packages" not in path.parts:
            ours = place
        frame = frame.f_back
    return innermost if innermost == ours or not ours else f"{innermost}, from {ours}"
