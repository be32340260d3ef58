"""Doors as separate processes that can be killed.

One process imports everything once, and forks a door for each line on its standard input: `{home, database_url?, slack,
timing?, die_at?, die_when?, delay?, durable?}`.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from agent.answers import Answer
from agent.events import Event, HopStarted, PassagesFound
from agent.settings import Settings
from integrations.slack.answering import Answerer
from integrations.slack.app import connected
from integrations.slack.storage.database import open_database
from integrations.slack.timing import Timing
from tests.integrations.slack.doubles import ANSWER
from tests.integrations.slack.local_slack import APP_TOKEN, BOT_TOKEN
from tests.integrations.slack.opened import ROOMY
from tools.database.tables import Database, T, Transaction
from tools.passages import Reader


class EchoAssistant:
    """Answers with the question itself after two hops."""

    def __init__(self, delay_seconds: float) -> None:
        self.delay_seconds = delay_seconds

    async def stream(
        self,
        question: str,
        *,
        reader: Reader,
        conversation: str | None = None,
        max_hops: int | None = None,
        channel: str = "",
        run_id: str | None = None,
    ) -> AsyncGenerator[Event, None]:
        yield HopStarted(1, "search", question, "")
        await asyncio.sleep(self.delay_seconds / 2)
        yield PassagesFound(1, ("p",), ("Refunds",), ("handbook/refunds.md",))
        await asyncio.sleep(self.delay_seconds / 2)
        yield echo(question)


def echo(question: str) -> Answer:
    return ANSWER.model_copy(update={"question": question, "answer": f"The answer to: {question} [1]"})


class DyingDatabase:
    """Kills its own process before or after its transaction number `die_at`."""

    def __init__(self, database: Database, die_at: int, die_when: str) -> None:
        self._database = database
        self._left = die_at
        self._when = die_when

    async def run(self, work: Callable[[Transaction], T]) -> T:
        self._left -= 1
        if self._left == 0 and self._when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = await self._database.run(work)
        if self._left == 0 and self._when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    async def scrub(self) -> None:
        await self._database.scrub()

    async def close(self) -> None:
        await self._database.close()


async def answer_until_killed(order: dict[str, Any]) -> None:
    settings = Settings.model_validate(
        {
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_APP_TOKEN": APP_TOKEN,
            "SLACK_API_URL": order["slack"],
            "home": Path(order["home"]),
            "database_url": order.get("database_url"),
            **ROOMY,
            "slack_at_once": order.get("at_once", 64),
        }
    )
    database: Database = open_database(settings.home, order.get("database_url"))
    if order.get("die_at"):
        database = DyingDatabase(database, order["die_at"], order["die_when"])
    timing = Timing(
        **{**order["timing"], "retry": tuple(order["timing"]["retry"]), "patience": tuple(order["timing"]["patience"])}
    )
    async with (
        _assistant(order, settings.home) as assistant,
        connected(settings, assistant, timing=timing, database=database),
    ):
        await asyncio.Event().wait()


@asynccontextmanager
async def _assistant(order: dict[str, Any], home: Path) -> AsyncIterator[Answerer]:
    """The echo or, with `durable`, the real assistant with checkpoints. Each of its searches takes a moment and is
    recorded in `home/searches`."""
    if not order.get("durable"):
        yield EchoAssistant(order.get("delay", 0.0))
        return
    from tests.agent.serving.worlds import world

    async def take_a_moment() -> None:
        await asyncio.to_thread(_append, home / "searches", f"{os.getpid()}\n")
        await asyncio.sleep(order.get("delay", 0.0))

    async with world(home, database_url=order["database_url"], checkpoints=True, cache_seconds=0) as here:
        here.inner.before_search = take_a_moment
        yield here.assistant


def _append(path: Path, line: str) -> None:
    with path.open("a") as file:
        file.write(line)


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps the children
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            with open(os.devnull) as nothing:
                os.dup2(nothing.fileno(), 0)
            asyncio.run(answer_until_killed(json.loads(line)))
            os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
