"""What all trained encoders share: how training begins, the latency of one reading, the size of the artefact."""

import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from tools.pair_encoders.training import use_threads

T = TypeVar("T")


def begin_training(threads: int) -> None:
    """Log the progress, and limit the number of threads."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    logging.getLogger("hopline").setLevel(logging.INFO)
    use_threads(threads)


async def latencies_of(read: Callable[[T], Awaitable[object]], items: Iterable[T]) -> list[float]:
    """Milliseconds for each call, one after the other."""
    latencies = []
    for item in items:
        started = time.perf_counter()
        await read(item)
        latencies.append((time.perf_counter() - started) * 1000)
    return latencies


def p50_and_p95(latencies: Sequence[float]) -> dict[str, float]:
    return {name: round(float(np.percentile(latencies, share)), 1) for name, share in (("p50", 50), ("p95", 95))}


def total_bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
