"""`python -m evals.bench.caching`: what each cache saves, and why similarity alone must not decide what is the same.

The bundled handbook's questions are asked twice. The second round may use remembered vectors, then also searches, then
also answers, each compared with a first round without any. Then come the cosines of pairs of questions that mean the
same and of pairs that don't.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from prometheus_client import REGISTRY
from rich.console import Console
from rich.table import Table

from agent.opening import embedder_of, open_assistant
from agent.serving.caches.wording import canonical, differs_in_dress_alone
from agent.settings import Settings, load_settings
from evals.bench.command import run_bench
from evals.bench.load import link_models
from evals.datasets import Question, load_dataset
from evals.datasets.detection import HANDBOOK
from evals.indexing import index_of
from evals.opening import open_subject
from tools.passages import Reader

CACHES = ("queries", "sentences", "retrieval", "answers")
PAIRS = (
    ("same", "Who approves a refund above 500 euros?", "Refunds over 500 euros: who has to approve them?"),
    ("same", "How long is parental leave?", "For how many weeks can parents stay at home?"),
    ("same", "When is the office closed?", "What days does the office not open?"),
    ("number", "Who approves a refund above 500 euros?", "Who approves a refund above 5000 euros?"),
    ("negation", "Which refunds need approval?", "Which refunds don't need approval?"),
    ("opposite", "What is the highest plan?", "What is the lowest plan?"),
    ("direction", "Does the manager report to the director?", "Does the director report to the manager?"),
    ("name", "Where is the Utrecht depot?", "Where is the Raleigh depot?"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    return run_bench(
        lambda home, messages: asyncio.run(measure(home, asked.limit, messages)),
        lambda result: _print(result, Console()),
        as_json=asked.json,
        name="caching",
    )


async def measure(home: Path, limit: int, messages: Console) -> dict[str, Any]:
    """Median milliseconds a question. Raises what opening and ingesting raise."""
    cache = (await asyncio.to_thread(load_settings)).home / "cache"
    dataset = await asyncio.to_thread(load_dataset, HANDBOOK)
    questions = [question for question in dataset.questions if not question.history][:limit]
    await asyncio.to_thread(link_models, cache, home)
    settings = await asyncio.to_thread(
        lambda: load_settings(home=home, model=None, milvus_uri=None, database_url=None, redis_url=None)
    )
    async with open_subject(dataset, settings, messages):
        pass
    own = index_of(dataset, settings).settings(settings)
    rows = {
        "nothing": await _round(own, questions, cached=False, forget=True),
        "vectors": await _round(own, questions, cached=False),
        "vectors, searches": await _round(own, questions, cached=True, answers=False),
        "vectors, searches, answers": await _round(own, questions, cached=True),
    }
    cosines = await _cosines(own)
    return {"questions": len(questions), "median_ms": rows, "hits": _hits(), "cosines": cosines}


async def _round(
    settings: Settings, questions: Sequence[Question], *, cached: bool, answers: bool = True, forget: bool = False
) -> float:
    """The second round's median. `forget` empties, between the rounds, the caches that depend on no reader."""
    chosen = settings.model_copy(update={"cache_seconds": 600.0 if cached else 0.0})
    took: list[float] = []
    async with open_assistant(chosen) as assistant:
        if not answers:
            assistant.serving.answers = None
        for again in (False, True):
            for question in questions:
                if forget:
                    assistant.serving.clear()
                started = time.perf_counter()
                await assistant.ask(question.question, reader=Reader(groups=question.groups))
                if again:
                    took.append((time.perf_counter() - started) * 1000)
    return float(np.median(took))


def _hits() -> dict[str, dict[str, float]]:
    """The hit counts that an operator sees, over all rounds."""
    return {
        cache: {
            kind: REGISTRY.get_sample_value(f"hopline_cache_{kind}_total", {"cache": cache}) or 0.0
            for kind in ("hits", "misses")
        }
        for cache in CACHES
    }


async def _cosines(settings: Settings) -> list[dict[str, Any]]:
    embedder = await embedder_of(settings)
    rows = []
    for kind, one, other in PAIRS:
        left, right = await embedder.embed_queries([one, other])
        words = canonical(one), canonical(other)
        taken = words[0] == words[1] or differs_in_dress_alone(*words)
        rows.append({"kind": kind, "one": one, "other": other, "cosine": float(left @ right), "taken_as_one": taken})
    return rows


def _print(result: dict[str, Any], console: Console) -> None:
    table = Table("remembered", "median ms", "saved", title=f"{result['questions']} questions, put again")
    first = result["median_ms"]["nothing"]
    for name, median in result["median_ms"].items():
        table.add_row(name, f"{median:.1f}", f"{1 - median / first:.0%}")
    console.print(table)
    hits = Table("cache", "hits", "misses", title="Over all rounds")
    for name, counted in result["hits"].items():
        hits.add_row(name, f"{counted['hits']:.0f}", f"{counted['misses']:.0f}")
    console.print(hits)
    pairs = Table("differ in", "cosine", "taken as one", "questions", title="Likeness of two questions")
    for row in sorted(result["cosines"], key=lambda row: -row["cosine"]):
        shown = f"{row['one']} / {row['other']}"
        pairs.add_row(row["kind"], f"{row['cosine']:.3f}", "yes" if row["taken_as_one"] else "no", shown)
    console.print(pairs)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.bench.caching", description=__doc__)
    parser.add_argument("--limit", type=int, default=40, metavar="N", help="how many questions")
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    return parser


if __name__ == "__main__":
    sys.exit(main())
