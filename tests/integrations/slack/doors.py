"""Starts and kills door processes."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from integrations.slack.timing import Timing
from tests.integrations.slack.local_slack import LocalSlack

ROOT = Path(__file__).resolve().parents[3]
TEMPO = Timing(
    lease=1.5,
    pulse=0.25,
    poll=0.05,
    call=0.6,
    first_sign=0.03,
    stream_update=0.03,
    channel_update=0.05,
    post_interval=0.0,
    before_lookup=0.05,
    retry=(0.1, 0.2, 0.4, 0.8),
    patience=(0.1,) * 20,
)


class Doors:
    def __init__(self, maker: asyncio.subprocess.Process) -> None:
        self._maker = maker
        self.running: list[int] = []

    async def start(self, slack: LocalSlack, home: Path, *, timing: Timing = TEMPO, **order: Any) -> int:
        written = json.dumps({"home": str(home), "slack": slack.url, "timing": asdict(timing), **order})
        assert self._maker.stdin
        assert self._maker.stdout
        self._maker.stdin.write(f"{written}\n".encode())
        await self._maker.stdin.drain()
        pid = int(await self._maker.stdout.readline())
        self.running.append(pid)
        return pid

    def kill(self, pid: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        self.running.remove(pid)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@asynccontextmanager
async def doors() -> AsyncIterator[Doors]:
    environment = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()}
    maker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.integrations.slack.door_process"),
        cwd=ROOT,
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    started = Doors(maker)
    try:
        yield started
    finally:
        for pid in list(started.running):
            started.kill(pid)
        maker.kill()
        await maker.wait()


async def until_acknowledged(slack: LocalSlack, body: dict[str, Any], *, seconds: float = 30.0) -> None:
    """Deliver an event as Slack does: repeat it until it is acknowledged."""
    async with asyncio.timeout(seconds):
        while True:
            with suppress(TimeoutError, ConnectionError):
                await slack.deliver(body, timeout_seconds=1.0)
                return
            await asyncio.sleep(0.05)
