"""`python -m evals.bench.outages`: each dependency is killed and restarted while questions are being answered.

The model's endpoint, Redis, Postgres and Milvus Lite's process are killed one after the other with SIGKILL and stay
away for `--down` seconds (Milvus Lite is restarted by the assistant itself). Every question must end in an answer, a
degraded answer that says so, or a typed error without half an answer; afterwards all questions are answered as before.
The exit status is 1 if not. Servers that are not installed are skipped, with a note.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from agent.answers import Answer
from agent.assistant import Assistant
from agent.opening import open_assistant
from agent.settings import load_settings
from evals.bench.load import ingested, link_models
from evals.bench.servers import Killable, model_server, postgres_server, redis_server
from evals.datasets import Question
from tools.errors import HoplineError
from tools.passages import Reader
from tools.store import embedded

BEFORE_SECONDS = 3.0


@dataclass
class Outage:
    """What became of the questions asked while one dependency was away, and of those asked afterwards."""

    dependency: str
    ended: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    afterwards: Counter[str] = field(default_factory=Counter)


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    messages = Console(stderr=True)
    outages = asyncio.run(measure(asked, messages))
    if asked.json:
        sys.stdout.write(json.dumps([vars(outage) for outage in outages], indent=2) + "\n")
    else:
        _print(outages, Console())
    return int(any(outage.wrong for outage in outages))


async def measure(asked: argparse.Namespace, messages: Console) -> list[Outage]:
    cache = (await asyncio.to_thread(load_settings)).home / "cache"
    with tempfile.TemporaryDirectory(prefix="hopline-outages-") as folder, ExitStack() as closing:
        home = Path(folder)
        await asyncio.to_thread(link_models, cache, home)
        servers: dict[str, Killable] = await asyncio.to_thread(_started, closing, home, messages)
        database, redis = servers.get("Postgres"), servers.get("Redis")
        settings = await asyncio.to_thread(
            lambda: load_settings(
                home=home,
                milvus_uri=None,
                database_url=database.url if database else None,
                redis_url=redis.url if redis else None,
                model="local",
                openai_api_key="none",
                openai_base_url=servers["model"].url,
                checkpoints=True,
            )
        )
        questions, own = await ingested(settings, messages)
        async with open_assistant(own) as assistant:
            outages = []
            for name, kill, restart in [
                *((name, server.kill, server.start) for name, server in servers.items()),
                ("Milvus Lite", embedded.process_of(home / "milvus.db").kill, lambda: None),
            ]:
                outages.append(await _outage(assistant, questions, name, kill, restart, asked))
                messages.print(f"{name}: {dict(outages[-1].ended)}", style="dim", highlight=False)
    return outages


def _started(closing: ExitStack, home: Path, messages: Console) -> dict[str, Killable]:
    servers = {"model": model_server(seconds=0.2)}
    for name, made in (("Redis", redis_server(home)), ("Postgres", postgres_server(home))):
        if made is None:
            messages.print(f"{name} is not installed: left out", style="yellow")
        else:
            servers[name] = made
    for server in servers.values():
        server.start()
        closing.callback(server.close)
    return servers


async def _outage(
    assistant: Assistant,
    questions: Sequence[Question],
    name: str,
    kill: Callable[[], Any],
    restart: Callable[[], Any],
    asked: argparse.Namespace,
) -> Outage:
    outage, waiting, over = Outage(name), cycle(questions), asyncio.Event()

    async def ask_on(number: int) -> None:
        turn = 0
        while not over.is_set():
            turn += 1
            await _ask(assistant, next(waiting), f"{name}-{number}-{turn}", outage)

    async with asyncio.TaskGroup() as group:
        for number in range(asked.in_flight):
            group.create_task(ask_on(number))
        await asyncio.sleep(BEFORE_SECONDS)
        await asyncio.to_thread(kill)
        await asyncio.sleep(asked.down)
        await asyncio.to_thread(restart)
        await asyncio.sleep(asked.back)
        over.set()
    for question in questions[:5]:
        answer = await assistant.ask(f"{question.question} ({name})", reader=_reader(question))
        outage.afterwards[f"{answer.status}, {answer.mode}"] += 1
        if any("down" in note or "unavailable" in note for note in answer.notes):
            outage.wrong.append(f"afterwards: {answer.notes}")
    return outage


async def _ask(assistant: Assistant, question: Question, conversation: str, outage: Outage) -> None:
    """A stream must end with its answer or one of our errors; anything else is reported as wrong."""
    answer: Answer | None = None
    reader, run_id = _reader(question), conversation  # a run with a name is checkpointed step by step
    try:
        async for event in assistant.stream(question.question, reader=reader, conversation=conversation, run_id=run_id):
            answer = event if isinstance(event, Answer) else answer
    except HoplineError as error:
        outage.ended[type(error).__name__] += 1
        await asyncio.sleep(0.2)  # as a client would; otherwise refusals of one dependency dominate the count
        return
    except Exception as error:  # noqa: BLE001 - what must never come is what is looked for
        outage.wrong.append(f"{type(error).__name__}: {error}"[:300])
        return
    if answer is None:
        outage.wrong.append(f"no end: {question.question}")
        return
    outage.ended[f"{answer.status}, {answer.mode}{', with notes' if answer.notes else ''}"] += 1


def _reader(question: Question) -> Reader:
    return Reader(groups=question.groups)


def _print(outages: Sequence[Outage], console: Console) -> None:
    table = Table("killed", "what questions ended in", "afterwards", "wrong")
    for outage in outages:
        ended, afterwards = (
            "\n".join(f"{count} {what}" for what, count in counts.most_common())
            for counts in (outage.ended, outage.afterwards)
        )
        table.add_row(outage.dependency, ended, afterwards, "\n".join(outage.wrong) or "nothing")
    console.print(table)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.bench.outages", description=__doc__)
    parser.add_argument("--in-flight", type=int, default=16, metavar="N", help="questions at a time")
    parser.add_argument("--down", type=float, default=3.0, help="seconds for which a dependency is away")
    parser.add_argument("--back", type=float, default=20.0, help="seconds of questions after it came back")
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    return parser


if __name__ == "__main__":
    sys.exit(main())
