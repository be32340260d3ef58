"""`python -m evals.bench.worker [--at-once N …]`: how many questions one worker without a model handles, and its
memory.

These are the figures in docs/deployment.md. The bundled handbook is ingested, then its questions are asked, so many at
a time, through the same assistant that every door uses. The embedded store runs in a process of its own; its time and
memory are reported separately, since a company would run it on another machine.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from agent.opening import open_assistant
from evals.bench.memory import descendants
from evals.bench.plan import Plan
from evals.datasets import Question
from evals.datasets.detection import HANDBOOK
from tools.passages import Reader

AT_ONCE = (1, 4, 16, 64)
QUESTIONS = 80
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_UTIME, _STIME, _RSS = 11, 12, 21
"""Indexes of fields in /proc/PID/stat after the command's name."""


@dataclass(frozen=True, slots=True)
class Weight:
    """CPU seconds so far, and resident bytes, of this process and its descendants."""

    own_cpu: float
    own_bytes: int
    store_cpu: float
    store_bytes: int


@dataclass(frozen=True, slots=True)
class Load:
    """One way of asking. CPU is per question, the store's separately; memory is what is resident at the end."""

    at_once: int
    questions: int
    per_second: float
    p50_ms: float
    p95_ms: float
    cpu_ms: float
    store_cpu_ms: float
    memory_mb: float
    store_memory_mb: float


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.bench.worker", description=__doc__.partition("\n")[0])
    parser.add_argument("--at-once", type=int, nargs="+", default=list(AT_ONCE), metavar="N")
    parser.add_argument("--questions", type=int, default=QUESTIONS, help="questions of each way of asking")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="hopline-worker-") as folder:
        result = asyncio.run(measure(Path(folder), asked.at_once, asked.questions))
    if asked.json:
        sys.stdout.write(json.dumps(result, indent=2) + "\n")
    else:
        _print(result, console if (console := Console()).is_terminal else Console(width=120))
    return 0


async def measure(folder: Path, at_once: Sequence[int], number: int) -> dict[str, Any]:
    """Fill a store, then ask in each way with a new assistant, so that none uses another's caches."""
    from agent.settings import load_settings

    settings = await asyncio.to_thread(load_settings)
    plan = Plan(HANDBOOK, None, str(settings.home.absolute() / "cache"), str(folder))
    dataset, questions = await asyncio.to_thread(plan.load)
    await asyncio.to_thread(plan.prepare_home)
    own = await asyncio.to_thread(plan.settings)
    assert isinstance(dataset.corpus, Path)
    async with open_assistant(own, create=True) as assistant:
        report = await assistant.ingest([dataset.corpus])
    loads = []
    for width in at_once:
        async with open_assistant(own) as assistant:
            await assistant.ask(questions[-1].question)  # imports and first buffers don't belong to any question
            loads.append(await _asked(assistant, list(islice(cycle(questions), number)), width))
    kept = sum(load.questions for load in loads) + len(loads)
    return {
        "cores": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        "passages": report.passages_written,
        "store_bytes_per_passage": _bytes(own.home, "milvus.db*") // report.passages_written,
        "trace_bytes_per_question": _bytes(own.home, "traces.sqlite*") // kept,
        "loads": [asdict(load) for load in loads],
    }


async def _asked(assistant: Any, questions: Sequence[Question], width: int) -> Load:
    gate, milliseconds = asyncio.Semaphore(width), []

    async def ask(question: Question) -> None:
        async with gate:
            started = time.perf_counter()
            await assistant.ask(question.question, reader=Reader(groups=tuple(question.groups)))
            milliseconds.append((time.perf_counter() - started) * 1000)

    before, started = _weight(), time.perf_counter()
    await asyncio.gather(*map(ask, questions))
    seconds, after = time.perf_counter() - started, _weight()
    count = len(questions)
    return Load(
        width,
        count,
        round(count / seconds, 1),
        round(float(np.percentile(milliseconds, 50)), 1),
        round(float(np.percentile(milliseconds, 95)), 1),
        round((after.own_cpu - before.own_cpu) * 1000 / count, 1),
        round((after.store_cpu - before.store_cpu) * 1000 / count, 1),
        round(after.own_bytes / 1e6),
        round(after.store_bytes / 1e6),
    )


def _weight() -> Weight:
    own = _process(os.getpid())
    others = [_process(pid) for pid in descendants(os.getpid())]
    return Weight(*own, sum(cpu for cpu, _ in others), sum(size for _, size in others))


def _process(pid: int) -> tuple[float, int]:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[_UTIME]) + int(fields[_STIME])) / _TICKS, int(fields[_RSS]) * _PAGE


def _bytes(folder: Path, pattern: str) -> int:
    files = [file for path in folder.glob(pattern) for file in ([path] if path.is_file() else path.rglob("*"))]
    return sum(file.stat().st_size for file in files if file.is_file())


def _print(result: dict[str, Any], console: Console) -> None:
    table = Table(title=f"one worker, no model, {result['cores']} cores (load {result['load_average']:.1f})")
    for name in ("at once", "questions/s", "p50 ms", "p95 ms", "CPU ms a question", "store's", "memory MB", "store's"):
        table.add_column(name, justify="right")
    for load in result["loads"]:
        names = ("at_once", "per_second", "p50_ms", "p95_ms", "cpu_ms", "store_cpu_ms", "memory_mb", "store_memory_mb")
        table.add_row(*(f"{load[name]:,}" for name in names))
    console.print(table)
    console.print(
        f"{result['store_bytes_per_passage']:,} bytes of store a passage ({result['passages']} passages), "
        f"{result['trace_bytes_per_question']:,} bytes of trace a question"
    )


if __name__ == "__main__":
    sys.exit(main())
