"""`python -m evals.bench.overhead`: our own time in a two-hop question, beside the least that it could be.

Time spent in the model, store, embedder and verifier is counted at the ports; the rest is ours. For comparison: as many
steps in a bare LangGraph, and a plain chain (embed, search, one prompt) over the same ports. The model answers at once,
so that waiting for it hides nothing. On a busy machine compare `processor`, the processor time of this process, which
includes its clients of model and store.
"""

import argparse
import asyncio
import gc
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any, TypedDict, cast

import numpy as np
from langgraph.graph import END, START, StateGraph
from rich.console import Console
from rich.table import Table

from agent.assistant import Assistant
from agent.opening import open_assistant
from agent.port_wrappers import PortWrappers
from agent.settings import Settings, load_settings
from evals.bench.load import link_models, model_at
from evals.datasets import Question, load_dataset
from evals.datasets.detection import HANDBOOK
from evals.indexing import index_of
from evals.opening import open_subject
from tools.errors import HoplineError
from tools.passages import Reader
from tools.ports import AnswerChecker, ChatModel, Embedder, Message, Searcher, TextDelta, Verifier

STEPS = 10
"""Steps of a two-hop question: rewrite, twice retrieve, rerank and follow_up, generate, validate, score."""

_CALLS = {
    "chat": ("structured", "stream"),
    "store": ("search", "find_names", "find_onward", "find_sources", "fetch"),
    "embedder": ("embed_queries", "embed_passages"),
    "verifier": ("verify",),
    "checker": ("check",),
}


class Clock:
    """Measures the time during which at least one call to a port is running, by port and overall."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys((*_CALLS, "any"), 0.0)
        self._running = dict.fromkeys(self.seconds, 0)
        self._since = dict.fromkeys(self.seconds, 0.0)

    def start(self, port: str) -> None:
        for name in (port, "any"):
            if not self._running[name]:
                self._since[name] = time.perf_counter()
            self._running[name] += 1

    def stop(self, port: str) -> None:
        for name in (port, "any"):
            self._running[name] -= 1
            if not self._running[name]:
                self.seconds[name] += time.perf_counter() - self._since[name]


class Timed:
    """Wraps any port and counts its calls on the clock."""

    def __init__(self, inner: Any, port: str, clock: Clock) -> None:
        self._inner, self._port, self._clock = inner, port, clock

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self._inner, name)
        if name not in _CALLS[self._port]:
            return inner
        if name == "stream":
            return self._streamed

        async def call(*args: Any, **kwargs: Any) -> Any:
            self._clock.start(self._port)
            try:
                return await inner(*args, **kwargs)
            finally:
                self._clock.stop(self._port)

        return call

    async def _streamed(self, messages: Sequence[Message], *, max_tokens: int) -> AsyncIterator[TextDelta]:
        async with aclosing(cast("Any", self._inner.stream(messages, max_tokens=max_tokens))) as deltas:
            while True:
                self._clock.start(self._port)
                try:
                    delta = await anext(deltas, None)
                finally:
                    self._clock.stop(self._port)
                if delta is None:
                    return
                yield delta


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    # As the command line and Slack's worker run (`integrations.cli.main`).
    gc.set_threshold(50_000, 20, 50)
    messages = Console(stderr=True)
    try:
        result = asyncio.run(measure(asked, messages))
    except HoplineError as error:
        messages.print(f"bench: {error}", markup=False, highlight=False)
        return 1
    if asked.json:
        sys.stdout.write(json.dumps(result, indent=2) + "\n")
    else:
        _print(result, Console())
    return 0


async def measure(asked: argparse.Namespace, messages: Console) -> dict[str, Any]:
    """Median milliseconds. Raises what opening and ingesting raise."""
    cache = (await asyncio.to_thread(load_settings)).home / "cache"
    dataset = await asyncio.to_thread(load_dataset, HANDBOOK)
    clock, chats = Clock(), list[ChatModel]()

    def chat_of(chat: ChatModel) -> ChatModel:
        chats.append(cast("ChatModel", Timed(chat, "chat", clock)))
        return chats[-1]

    wrappers = PortWrappers(
        chat_of,
        lambda store: cast("Searcher", Timed(store, "store", clock)),
        lambda embedder: cast("Embedder", Timed(embedder, "embedder", clock)),
        verifier=lambda verifier: cast("Verifier", Timed(verifier, "verifier", clock)),
        checker=lambda checker: cast("AnswerChecker", Timed(checker, "checker", clock)),
    )
    with tempfile.TemporaryDirectory(prefix="hopline-overhead-") as folder:
        home = Path(folder)
        await asyncio.to_thread(link_models, cache, home)
        async with model_at(seconds=0.0) as url:
            settings = await asyncio.to_thread(_settings, home, url)
            async with open_subject(dataset, settings, messages):
                pass
            own = index_of(dataset, settings).settings(settings)
            async with open_assistant(own, ports=wrappers) as assistant:
                questions = [one for one in dataset.questions if not one.history and one.answers][: asked.limit]
                ours = await _ours(assistant, questions, clock)
                single = await _single_shot(assistant, questions, chats[0], clock)
    return {"ours": ours, "single_shot": single, "bare_langgraph_ms": await _bare(asked.limit)}


async def _ours(assistant: Assistant, questions: Sequence[Question], clock: Clock) -> dict[str, Any]:
    """Only two-hop questions count, and only from the second round on, when everything has been imported."""
    rows: list[dict[str, float]] = []
    for again in (False, True):
        for question in questions:
            before, started, worked = dict(clock.seconds), time.perf_counter(), time.process_time()
            answer = await assistant.ask(question.question, reader=Reader(groups=question.groups))
            total, processor = time.perf_counter() - started, time.process_time() - worked
            spent = {port: clock.seconds[port] - before[port] for port in clock.seconds}
            if again and max((hop.n for hop in answer.hops), default=0) == 2:
                nodes = {f"node_{name}": ms / 1000 for name, ms in answer.timings_ms.items() if name != "total"}
                rows.append({"total": total, "processor": processor, **spent, **nodes, "ours": total - spent["any"]})
    names = sorted({name for row in rows for name in row})
    return {"two_hop_questions": len(rows)} | {
        f"{name}_ms": float(np.median([row.get(name, 0.0) for row in rows])) * 1000 for name in names
    }


async def _single_shot(
    assistant: Assistant, questions: Sequence[Question], chat: ChatModel, clock: Clock
) -> dict[str, float]:
    rows = []
    for question in questions:
        before, started = clock.seconds["any"], time.perf_counter()
        found = await assistant.search(question.question, reader=Reader(groups=question.groups), max_hops=1)
        passages = "\n\n".join(result.text for result in found.results)
        async for _ in chat.stream([Message("user", f"{passages}\n\nQuestion: {question.question}")], max_tokens=100):
            pass
        total = time.perf_counter() - started
        rows.append((total, total - (clock.seconds["any"] - before)))
    total_ms, ours_ms = np.median(np.array(rows), axis=0) * 1000
    return {"total_ms": float(total_ms), "ours_ms": float(ours_ms)}


async def _bare(rounds: int) -> float:
    """A graph with as many steps as a two-hop question takes, each doing nothing."""

    class Count(TypedDict):
        n: int

    async def step(state: Count) -> Count:
        return {"n": state["n"] + 1}

    builder = StateGraph(Count)
    names = [f"step_{n}" for n in range(STEPS)]
    for name in names:
        builder.add_node(name, step)
    for one, other in zip([START, *names], [*names, END], strict=True):
        builder.add_edge(one, other)
    graph = builder.compile()
    took = []
    for _ in range(max(rounds, 10)):
        started = time.perf_counter()
        async for _ in graph.astream(Count(n=0), stream_mode=["custom", "values"]):
            pass
        took.append((time.perf_counter() - started) * 1000)
    return float(np.median(took))


def _settings(home: Path, url: str) -> Settings:
    return load_settings(
        home=home,
        milvus_uri=None,
        database_url=None,
        model="local",
        openai_api_key="none",
        openai_base_url=url,
        cache_seconds=0.0,
    )


def _print(result: dict[str, Any], console: Console) -> None:
    table = Table("", "median ms", title=f"{result['ours']['two_hop_questions']} two-hop questions")
    for name, value in result["ours"].items():
        if name.endswith("_ms"):
            table.add_row(f"hopline: {name.removesuffix('_ms').replace('_', ' ')}", f"{value:.1f}")
    for name, value in result["single_shot"].items():
        table.add_row(f"single shot: {name.removesuffix('_ms')}", f"{value:.1f}")
    table.add_row(f"bare LangGraph, {STEPS} steps", f"{result['bare_langgraph_ms']:.1f}")
    console.print(table)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.bench.overhead", description=__doc__)
    parser.add_argument("--limit", type=int, default=40, metavar="N", help="questions to put")
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    return parser


if __name__ == "__main__":
    sys.exit(main())
