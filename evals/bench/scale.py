"""`python -m evals.bench.scale [--passages N …]`: what a search with hops costs as the corpus grows.

The passages are synthetic: people, works and places that name each other, with random unit vectors, since the store's
work does not depend on their meaning. Each question asks for the birth of a book's author, two hops away. Embedding the
question, the graph and the store are real.
"""

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from agent.opening import embedder_of, open_assistant, store_of
from agent.port_wrappers import AS_THEY_ARE
from agent.settings import Settings, load_settings
from evals.bench.command import run_bench
from tools.names import names_of
from tools.passages import Hit, Passage, Reader
from tools.ports import FloatArray, Onward, Searcher

SIZES = (5_000, 50_000, 200_000)
QUESTIONS = 60
WARM_UP = 5
BATCH = 2_000
SEED = 7
_PARTS = "ba ke li mo nu ra se ti vo da fe gi lo mu na pe ri so tu va".split()  # noqa: SIM905
_NOTES = ("a bridge", "a river", "the harbour", "a school", "an orchard", "the mill", "a library", "the market")


@dataclass
class CountingSearcher:
    """Implements Searcher; counts the requests that it passes on."""

    searcher: Searcher
    requests: int = 0

    async def search(self, query: str, vector: Sequence[float], reader: Reader, limit: int) -> list[Hit]:
        self.requests += 1
        return await self.searcher.search(query, vector, reader, limit)

    async def find_names(self, names: Sequence[str], reader: Reader, limit: int) -> list[Hit]:
        self.requests += 1
        return await self.searcher.find_names(names, reader, limit)

    async def find_onward(self, onward: Onward, reader: Reader, limit: int) -> list[Hit]:
        self.requests += 1
        return await self.searcher.find_onward(onward, reader, limit)

    async def find_sources(self, sources: Sequence[str], reader: Reader, limit: int) -> list[Hit]:
        self.requests += 1
        return await self.searcher.find_sources(sources, reader, limit)

    async def fetch(self, keys: Sequence[str], reader: Reader) -> list[Passage]:
        self.requests += 1
        return await self.searcher.fetch(keys, reader)


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)

    def measured(folder: Path, messages: Console) -> list[dict[str, Any]]:
        cache, sizes = load_settings().home / "cache", sorted(asked.passages)
        return [asyncio.run(measure(size, folder / str(size), cache, asked.questions)) for size in sizes]

    return run_bench(measured, lambda rows: _print(rows, Console()), as_json=asked.json, name="scale")


async def measure(size: int, home: Path, cache: Path, questions: int) -> dict[str, Any]:
    """Fill a store and ask: milliseconds of one hop and of all, requests a question, time by node."""
    await asyncio.to_thread(_prepare, home, cache)
    settings = load_settings(home=home, model=None, milvus_uri=None, database_url=None)
    people = [_name(number) for number in range(size // 2 + 1)]
    seconds = await _fill(settings, people, size)
    counted: list[CountingSearcher] = []

    def counting(searcher: Searcher) -> Searcher:
        counted.append(CountingSearcher(searcher))
        return counted[-1]

    chosen = random.Random(SEED).sample(range(size // 2), questions + WARM_UP)  # noqa: S311 - no secret
    asked = [f"When was the author of the book {_work(number)} born?" for number in chosen]
    one, hops, waves, nodes = [], [], [], []
    async with open_assistant(settings, ports=replace(AS_THEY_ARE, searcher=counting)) as assistant:
        for place, question in enumerate(asked):
            started = time.perf_counter()
            await assistant.search(question, max_hops=1)
            between = time.perf_counter()
            before = counted[0].requests
            # Worded differently each time, so that the embedding is not cached.
            report = await assistant.search(question.replace("born", "born, and where"))
            if place < WARM_UP:
                continue
            one.append((between - started) * 1000)
            hops.append((time.perf_counter() - between) * 1000)
            waves.append(counted[0].requests - before)
            nodes.append(report.timings_ms)
    return {
        "passages": size,
        "filling_seconds": round(seconds, 1),
        "one_hop_ms": _quantiles(one),
        "search_ms": _quantiles(hops),
        "ratio_p50": round(float(np.median(hops) / np.median(one)), 2),
        "store_requests": {"mean": float(np.mean(waves)), "most": int(max(waves))},
        "node_ms_p50": {name: round(float(np.median([each.get(name, 0.0) for each in nodes])), 2) for name in nodes[0]},
    }


def _prepare(home: Path, cache: Path) -> None:
    home.mkdir(parents=True)
    cache.mkdir(parents=True, exist_ok=True)
    (home / "cache").symlink_to(cache.absolute())


async def _fill(settings: Settings, people: Sequence[str], size: int) -> float:
    embedder = await embedder_of(settings)
    store = await store_of(settings, embedder, create=True)
    numbers = np.random.default_rng(SEED)
    started = time.perf_counter()
    try:
        batch: list[Passage] = []
        for passage in _passages(people, size):
            batch.append(passage)
            if len(batch) == BATCH:
                await store.upsert(batch, _unit(numbers, len(batch), embedder.dimension))
                batch = []
        if batch:
            await store.upsert(batch, _unit(numbers, len(batch), embedder.dimension))
    finally:
        await store.close()
    return time.perf_counter() - started


def _passages(people: Sequence[str], size: int) -> Iterator[Passage]:
    """Half people, half books: a book names its author, a person a teacher and a place."""
    for number in range(size):
        person = number // 2
        if number % 2:
            title = _work(person)
            text = f"{title} is a book by {people[person]}. It tells of {_NOTES[person % len(_NOTES)]}, widely read."
        else:
            teacher = people[(person * 7 + 3) % len(people)]
            title = people[person]
            text = (
                f"{title} was born in {1700 + person % 300} in {_name(person * 31 + 5)[:9].split()[0]}. A pupil of "
                f"{teacher}, {title.split()[0]} wrote of {_NOTES[person % len(_NOTES)]}."
            )
        key = f"p{number}"
        yield Passage(key, key, f"{key}.md", title, text, names=names_of(title))


def _name(number: int) -> str:
    """A different name for each number below 64 million."""
    digits = [number // 20**place % 20 for place in range(6)]
    syllables = [_PARTS[digit] for digit in digits]
    return f"{''.join(syllables[:3]).capitalize()} {''.join(syllables[3:]).capitalize()}"


def _work(number: int) -> str:
    return f"The {_name(number * 17 + 11).split()[0]} of {_name(number * 13 + 7)}"


def _unit(numbers: np.random.Generator, count: int, dimension: int) -> FloatArray:
    vectors = numbers.normal(size=(count, dimension)).astype(np.float32)
    unit: FloatArray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def _quantiles(milliseconds: Sequence[float]) -> dict[str, float]:
    return {f"p{q}": round(float(np.percentile(milliseconds, q)), 1) for q in (50, 95)}


def _print(rows: Sequence[dict[str, Any]], console: Console) -> None:
    table = Table(title="search by size of the corpus, question's embedding included")
    names = ("passages", "filled in s", "one hop p50/p95 ms", "with hops p50/p95 ms", "ratio", "requests mean/most")
    for name in names:
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(
            f"{row['passages']:,}",
            f"{row['filling_seconds']:,}",
            "{p50} / {p95}".format(**row["one_hop_ms"]),
            "{p50} / {p95}".format(**row["search_ms"]),
            f"×{row['ratio_p50']}",
            "{mean:.1f} / {most}".format(**row["store_requests"]),
        )
    console.print(table)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.bench.scale", description=__doc__)
    parser.add_argument("--passages", type=int, nargs="+", default=list(SIZES), metavar="N", help="sizes of the corpus")
    parser.add_argument("--questions", type=int, default=QUESTIONS, metavar="N", help="questions a size")
    parser.add_argument("--json", action="store_true", help="print JSON on stdout")
    return parser


if __name__ == "__main__":
    sys.exit(main())
