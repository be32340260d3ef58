"""`python -m evals.bench.sight`: what telemetry costs a question, without the question itself.

A question's spans are replayed through the real telemetry with nothing inside them, so that all time is telemetry's.
Three ways: the default (metrics and a trace), with OpenTelemetry spans as well, and with their content.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from prometheus_client import CollectorRegistry
from rich.console import Console

from agent.answers import Answer
from agent.telemetry.keeping import Traces, open_traces
from agent.telemetry.metrics import Metrics
from agent.telemetry.otel import OtelSpans, spans_to
from agent.telemetry.watching import Telemetry
from evals.bench.command import run_bench
from graph.state import Found, HopTaken, Lookup, State
from tools.passages import Reader

QUESTIONS = 400
NODES = (
    ("rewrite", 1), ("retrieve", 1), ("retrieve", 1), ("rerank", 0), ("follow_up", 0), ("retrieve", 2), ("rerank", 0),
    ("follow_up", 0), ("generate", 2), ("validate", 2), ("score", 0),
)  # fmt: skip
"""The nodes of a two-hop question, each with its number of port calls."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.bench.sight", description=__doc__.partition("\n")[0])
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    return run_bench(
        lambda folder, _: asyncio.run(measure(folder, asked.questions)), _print, as_json=asked.json, name="sight"
    )


def _print(result: dict[str, dict[str, float]]) -> None:
    console = Console()
    for name, ms in result.items():
        console.print(f"{name:<28} {ms['p50']:>7.3f} ms a question (p50), {ms['p95']:.3f} (p95)", highlight=False)


async def measure(folder: Path, questions: int) -> dict[str, dict[str, float]]:
    """Milliseconds in the event loop for one question, by kind of telemetry."""
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    def exported(*, content: bool) -> OtelSpans:
        return spans_to(BatchSpanProcessor(InMemorySpanExporter()), content=content)

    ways: dict[str, OtelSpans | None] = {
        "metrics and trace (default)": None,
        "and OpenTelemetry": exported(content=False),
        "and OpenTelemetry's content": exported(content=True),
    }
    result = {}
    for number, (name, spans) in enumerate(ways.items()):
        metrics = Metrics(CollectorRegistry())
        traces = open_traces(folder / str(number), None, keep_days=1, metrics=metrics)
        telemetry = Telemetry(metrics=metrics, spans=spans, keeper=traces)
        times = [await _played(telemetry, traces, place) for place in range(questions)]
        await telemetry.close()
        result[name] = {f"p{q}": round(float(np.percentile(times, q)), 4) for q in (50, 95)}
    return result


async def _played(telemetry: Telemetry, traces: Traces, number: int) -> float:
    """Waits for the trace to be written before the next one: a thread does that, so it is not part of the question."""
    run_id = f"run{number}"
    state = State("Who approves a refund above 500 euros?")
    answer = Answer(question=state.question, rewritten_question="", status="declined", answer="", confidence=0.2)
    started = time.perf_counter()
    with telemetry.question(run_id, state.question, reader=Reader(), conversation=None, mode="extractive") as run:
        for node, calls in NODES:
            with telemetry.node(node, run_id) as told:
                for _ in range(calls):
                    with telemetry.call(
                        "store", "search", "retrieval hopline", data_source="hopline", top_k=50
                    ) as span:
                        span.content["gen_ai.retrieval.query.text"] = state.question
                told(_UPDATES.get(node, {}))
        run.answered(answer, state)
    spent = (time.perf_counter() - started) * 1000
    await traces.written()
    return spent


_UPDATES: dict[str, dict[str, Any]] = {
    "rewrite": {"rewritten": "Who approves a refund above 500 euros?"},
    "retrieve": {
        "hops": (HopTaken(1, "search", "Who approves a refund above 500 euros?", ()),),
        "found": (Found(Lookup(1, "search", "Who approves a refund above 500 euros?"), ()),),
    },
    "rerank": {"candidates": {}, "ranking": ()},
    "generate": {"draft": "A refund above 500 euros is approved by the duty manager."},
    "score": {"status": "answered", "confidence": 0.8},
}


if __name__ == "__main__":
    sys.exit(main())
