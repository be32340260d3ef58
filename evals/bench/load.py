"""`python -m evals.bench.load`: many questions at once through the API, answered by a local model that behaves badly.

The bundled handbook's questions are asked again and again, `--in-flight` at a time; with `--minutes`, for that long. A
heartbeat in the same event loop measures how long anything blocked it, and what (see `evals.bench.stalls`). Answers and
searches are not cached, or the second round would cost nothing; `--cached` allows it.
"""

import argparse
import asyncio
import gc
import json
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from agent.assistant import Assistant
from agent.opening import open_assistant
from agent.serving.pauses import settled_in
from agent.settings import Settings, load_settings
from evals.bench.stalls import LoopWatch
from evals.datasets import Question, load_dataset
from evals.datasets.detection import HANDBOOK
from evals.indexing import index_of
from evals.opening import open_subject
from graph.budget import IN_LINE
from tools.errors import HoplineError
from tools.passages import Reader

_SAMPLE_SECONDS = 1.0
SHOWN_CULPRITS = 8


@dataclass
class Measured:
    """The result of a run, in seconds and megabytes."""

    answered: list[float] = field(default_factory=list)
    in_line: list[float] = field(default_factory=list)
    """For each answered question, in the same order: how long it waited for its turn."""
    statuses: Counter[str] = field(default_factory=Counter)
    watch: LoopWatch = field(default_factory=LoopWatch)
    rss_mb: list[float] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)
    seconds: float = 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    messages = Console(stderr=True)
    _allow_descriptors(4 * asked.in_flight + 512)
    try:
        result = asyncio.run(measure(asked, messages))
    except HoplineError as error:
        messages.print(f"load: {error}", markup=False, highlight=False)
        return 1
    if asked.json:
        sys.stdout.write(json.dumps(result, indent=2) + "\n")
    else:
        _print(result, Console())
    return 0


async def measure(asked: argparse.Namespace, messages: Console) -> dict[str, Any]:
    """Raises what opening and ingesting raise; questions that fail are counted by error."""
    cache = (await asyncio.to_thread(load_settings)).home / "cache"
    with tempfile.TemporaryDirectory(prefix="hopline-load-") as folder:
        home = Path(folder)
        await asyncio.to_thread(link_models, cache, home)
        behaving = {name: getattr(asked, name) for name in ("seconds", "flaky", "wrong", "requests_per_minute")}
        async with model_at(**behaving) as url:
            settings = await asyncio.to_thread(_settings, home, url, asked)
            questions, own = await ingested(settings, messages)
            async with open_assistant(own) as assistant:
                lone = await _lone_seconds(assistant, questions, asked.lone)
                settled_in()
                measured = await put_questions(
                    assistant, questions, asked.in_flight, asked.questions, 60 * asked.minutes, messages
                )
    return summary(measured, lone, asked)


async def put_questions(
    assistant: Assistant,
    questions: Sequence[Question],
    in_flight: int,
    count: int,
    seconds: float,
    messages: Console | None = None,
) -> Measured:
    """Ask `count` questions, or for `seconds` if that takes longer, `in_flight` at a time."""
    measured, waiting = Measured(), cycle(questions)
    started = time.perf_counter()
    left = count

    async def ask_on() -> None:
        nonlocal left
        while left > 0 or time.perf_counter() - started < seconds:
            left -= 1
            question = next(waiting)
            begun = time.perf_counter()
            try:
                answer = await assistant.ask(question.question, reader=_reader(question))
                measured.statuses[f"{answer.status}, {answer.mode}"] += 1
                measured.answered.append(time.perf_counter() - begun)
                measured.in_line.append(answer.timings_ms.get(IN_LINE, 0.0) / 1000)
            except HoplineError as error:
                measured.statuses[type(error).__name__] += 1

    sampling = asyncio.create_task(_sample(measured, messages))
    with measured.watch.looking():
        async with asyncio.TaskGroup() as group:
            for _ in range(in_flight):
                group.create_task(ask_on())
    measured.seconds = time.perf_counter() - started
    sampling.cancel()
    await asyncio.wait([sampling])
    gc.collect()
    measured.rss_mb.append(_rss_mb())
    return measured


def summary(measured: Measured, lone: Sequence[float], asked: argparse.Namespace) -> dict[str, Any]:
    """A question's time is the wait for its turn plus its own time, `worked`, which compares with that of a lone
    question.

    Memory is compared over the second half of the run, when every buffer has been filled once. Its series has twenty
    evenly spread values.
    """
    took = np.array(measured.answered or [float("nan")])
    in_line = np.array(measured.in_line or [float("nan")])
    watch, worked = measured.watch, took - in_line
    half = measured.rss_mb[len(measured.rss_mb) // 2 :]
    return {
        "in_flight": asked.in_flight,
        "model_seconds": asked.seconds,
        "questions": sum(measured.statuses.values()),
        "statuses": dict(measured.statuses.most_common()),
        "seconds": measured.seconds,
        "per_second": len(measured.answered) / measured.seconds,
        "lone_seconds_p50": float(np.percentile(lone, 50)),
        "lone_seconds_p95": float(np.percentile(lone, 95)),
        "p50_seconds": float(np.percentile(took, 50)),
        "p95_seconds": float(np.percentile(took, 95)),
        "in_line_seconds_p50": float(np.percentile(in_line, 50)),
        "in_line_seconds_p95": float(np.percentile(in_line, 95)),
        "worked_seconds_p50": float(np.percentile(worked, 50)),
        "worked_seconds_p95": float(np.percentile(worked, 95)),
        "worked_over_lone_p50": float(np.percentile(worked, 50) / np.percentile(lone, 50)),
        "worked_over_lone_p95": float(np.percentile(worked, 95) / np.percentile(lone, 95)),
        "stall_ms_p99": float(np.percentile(watch.stalls, 99)) * 1000,
        "stall_ms_max": max(watch.stalls) * 1000,
        "own_stall_ms_p99": float(np.percentile(watch.own_stalls, 99)) * 1000,
        "own_stall_ms_max": max(watch.own_stalls) * 1000,
        "stalls_over_100_ms": sum(stall > 0.1 for stall in watch.stalls),
        "stalled_in": dict(watch.culprits.most_common(SHOWN_CULPRITS)),
        "collection_ms_max": max(watch.collections, default=0.0) * 1000,
        "rss_mb": {"first": measured.rss_mb[0], "half": half[0], "last": half[-1], "max": max(measured.rss_mb)},
        "rss_mb_series": [round(one) for one in measured.rss_mb[:: max(1, len(measured.rss_mb) // 20)]],
        "descriptors": {"first": measured.descriptors[0], "max": max(measured.descriptors)},
        "load_average": os.getloadavg()[0],
    }


async def _lone_seconds(assistant: Assistant, questions: Sequence[Question], count: int) -> list[float]:
    """Seconds of questions asked one after the other, evenly chosen; the first one is left out."""
    took = []
    for question in questions[:: max(1, len(questions) // (count + 1))][: count + 1]:
        begun = time.perf_counter()
        await assistant.ask(question.question, reader=_reader(question))
        took.append(time.perf_counter() - begun)
    return took[1:]


async def _sample(measured: Measured, messages: Console | None) -> None:
    while True:
        measured.rss_mb.append(_rss_mb())
        measured.descriptors.append(len(await asyncio.to_thread(os.listdir, "/proc/self/fd")))
        if messages is not None and messages.is_terminal:
            messages.print(f"{len(measured.answered)} answered, {measured.rss_mb[-1]:.0f} MB", style="dim", end="\r")
        await asyncio.sleep(_SAMPLE_SECONDS)


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def _allow_descriptors(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, wanted)), hard))


def link_models(cache: Path, home: Path) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    (home / "cache").symlink_to(cache.absolute())


def _settings(home: Path, url: str, asked: argparse.Namespace) -> Settings:
    return load_settings(
        home=home,
        milvus_uri=None,
        database_url=None,
        model=None if asked.extractive else "local",
        openai_api_key="none",
        openai_base_url=url,
        max_in_flight=asked.in_flight,
        model_at_once=max(asked.in_flight, 1),
        max_seconds=600.0,
        cache_seconds=600.0 if asked.cached else 0.0,
    )


async def ingested(settings: Settings, messages: Console) -> tuple[list[Question], Settings]:
    """The handbook's questions, and settings under which it has been ingested."""
    dataset = load_dataset(HANDBOOK)
    async with open_subject(dataset, settings, messages):
        pass
    questions = [question for question in dataset.questions if not question.history]
    return questions, index_of(dataset, settings).settings(settings)


def _reader(question: Question) -> Reader:
    return Reader(groups=question.groups)


@asynccontextmanager
async def model_at(
    *, seconds: float, flaky: float = 0.0, wrong: float = 0.0, requests_per_minute: int | None = None
) -> AsyncIterator[str]:
    """The URL of the model server, which runs in a process of its own so that its work is not counted."""
    options = ["--seconds", str(seconds), "--flaky", str(flaky), "--wrong", str(wrong)]
    if requests_per_minute:
        options += ["--requests-per-minute", str(requests_per_minute)]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "evals.bench.model_server", *options),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.stdin.close()
        await process.wait()


def _print(result: dict[str, Any], console: Console) -> None:
    table = Table(title=f"{result['questions']} questions, {result['in_flight']} in flight", show_header=False)
    for name, value in result.items():
        if isinstance(value, dict):
            shown = ", ".join(f"{key}: {_short(one)}" for key, one in value.items())
        else:
            shown = _short(value)
        table.add_row(name, shown)
    console.print(table)


def _short(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.bench.load", description=__doc__)
    parser.add_argument("--in-flight", type=int, default=1_000, metavar="N", help="questions at a time")
    parser.add_argument("--questions", type=int, default=2_000, metavar="N", help="how many in all")
    parser.add_argument("--lone", type=int, default=20, metavar="N", help="questions put alone first, to compare with")
    parser.add_argument("--minutes", type=float, default=0.0, help="go on at least this long (a soak)")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long a model call takes")
    parser.add_argument("--flaky", type=float, default=0.0, help="share of model calls that fail")
    parser.add_argument("--wrong", type=float, default=0.0, help="share of model calls that are wrong")
    parser.add_argument("--requests-per-minute", type=int, help="the model refuses further ones")
    parser.add_argument("--extractive", action="store_true", help="no model: quotations")
    parser.add_argument("--cached", action="store_true", help="remember answers and searches")
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    return parser


if __name__ == "__main__":
    sys.exit(main())
