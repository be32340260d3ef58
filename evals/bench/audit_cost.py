"""`python -m evals.bench.audit_cost [--rounds N]`: what the audit log adds to a question, and what verifying it
costs."""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from agent.audit.log import AuditLog
from agent.memory import audit_log_of
from agent.opening import open_assistant
from agent.settings import Settings, load_settings
from evals.bench.command import run_bench
from tools.passages import Reader

DOCUMENTS = Path(__file__).parents[1] / "bundled" / "handbook" / "documents"
MODES = ("off", "on", "required")
QUESTIONS = (
    "What service credit does a customer get when we miss the 99.95% availability promise?",
    "Who do I call when a gateway shows E31?",
    "Who approves a refund above 5,000 euros?",
)
CHAIN = 10_000


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.bench.audit_cost", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="times that every question is asked in each mode")
    asked = parser.parse_args(arguments)
    return run_bench(
        lambda folder, _: asyncio.run(_measure(load_settings(home=folder), max(1, asked.rounds))),
        lambda lines: print(*lines, sep="\n"),  # noqa: T201
        name="audit",
    )


async def _measure(settings: Settings, rounds: int) -> list[str]:
    took = await _asked(settings, rounds)
    off = statistics.median(took["off"])
    lines = [
        f"{mode:<9} {statistics.median(took[mode]) * 1000:7.1f} ms a question (median of {len(took[mode])}),"
        f" {statistics.median(took[mode]) / off:.2f} times off"
        for mode in MODES
    ]
    log = await asyncio.to_thread(audit_log_of, settings)
    try:
        return [*lines, *await _chained(log)]
    finally:
        await log.close()


async def _asked(settings: Settings, rounds: int) -> dict[str, list[float]]:
    """Asks each question in all modes in turn, so that a busy machine slows all of them alike."""
    took: dict[str, list[float]] = {mode: [] for mode in MODES}
    async with AsyncExitStack() as closing:
        opened = {}
        for mode in MODES:
            of_mode = settings.model_copy(update={"audit": mode})
            opened[mode] = await closing.enter_async_context(open_assistant(of_mode, create=True))
        await opened["off"].ingest([DOCUMENTS])
        for number in range(-1, rounds):  # the first round warms up models and the masking library
            for question in QUESTIONS:
                for mode in MODES:
                    started = time.perf_counter()
                    await opened[mode].ask(question, reader=Reader(user=f"u{number}"))
                    if number >= 0:
                        took[mode].append(time.perf_counter() - started)
    return took


async def _chained(log: AuditLog) -> list[str]:
    one = {"run_id": "r", "user": "u", "tenant": "t", "sources": ["a.md"], "question": "q" * 80, "answer": "a" * 400}
    started = time.perf_counter()
    for _ in range(CHAIN // 100):
        await log.append_all("question", [lambda tx: one] * 100)
    appended = time.perf_counter() - started
    started = time.perf_counter()
    verdict = await log.verify()
    verified = time.perf_counter() - started
    return [
        f"{CHAIN / appended:,.0f} entries a second appended by hundreds",
        f"{verdict.entries / verified:,.0f} entries a second verified",
    ]


if __name__ == "__main__":
    sys.exit(main())
