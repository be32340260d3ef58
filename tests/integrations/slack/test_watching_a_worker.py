"""`hopline slack` as a process: what a probe and Prometheus find on its port, and what SIGTERM does."""

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path

import aiohttp

from tests.integrations.slack.local_slack import APP_TOKEN, BOT_TOKEN, LocalSlack

HOPLINE = Path(sys.executable).with_name("hopline")
START_SECONDS = 60.0


async def test_a_worker_tells_its_health_and_metrics_until_it_is_stopped(slack: LocalSlack, home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_API_URL": slack.url,
        "HOPLINE_METRICS_PORT": str(port),
        "HOPLINE_LOG_FORMAT": "json",
        "HOPLINE_LOG_LEVEL": "info",
    }
    process = await asyncio.create_subprocess_exec(
        HOPLINE, "slack", env=environment, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        ready = await _ready(f"http://127.0.0.1:{port}/readyz")
        assert json.loads(ready) == {
            "ready": True,
            "parts": {"store": "ok", "embedder": "ok", "database": "ok", "closing": "ok", "queue": "ok"},
        }
        metrics = await _got(f"http://127.0.0.1:{port}/metrics")
        assert 'hopline_queue_jobs{state="waiting"} 0.0' in metrics
        assert "process_resident_memory_bytes" in metrics
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(START_SECONDS):
            _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0
    objects = [json.loads(line) for line in said.decode().splitlines() if line.startswith("{")]
    assert "connected to Slack" in [line["message"] for line in objects]


async def _ready(url: str) -> str:
    async with asyncio.timeout(START_SECONDS):
        while True:
            try:
                return await _got(url)
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.2)


async def _got(url: str) -> str:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        assert response.status == 200, await response.text()
        return await response.text()
