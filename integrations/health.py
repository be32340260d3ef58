"""What machines ask of a running Hopline, on a port of its own: is it alive, can it answer, how is it doing.

`/healthz` says that the event loop turns, `/readyz` names each part that a question needs, and `/metrics` is for
Prometheus. None of this is for the public: the port listens on the loopback address unless HOPLINE_METRICS_HOST says
otherwise.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from agent.assistant import Assistant
from agent.telemetry.metrics import Metrics
from integrations.listening import listening
from tools.errors import HoplineError

HEALTH_PATH, READY_PATH, METRICS_PATH = "/healthz", "/readyz", "/metrics"
COUNT_SECONDS = 1.0

Counts = Callable[[], Awaitable[Mapping[str, int]]]

log = logging.getLogger("hopline.health")


@asynccontextmanager
async def serving_health(assistant: Assistant, *, queue: Counts | None = None) -> AsyncIterator[str]:
    """Listen while the block runs; yields the address, or "" if HOPLINE_METRICS_PORT is empty.

    `queue` counts the waiting and running questions by state, when it is asked. Raises InvalidSetting if the port is
    taken: a worker must not start if nobody can watch it.
    """
    settings = assistant.settings
    if settings.metrics_port is None:
        yield ""
        return
    if queue is not None:
        assistant.readiness.also("queue", queue)
    routes, host, port = _routes(assistant, queue), settings.metrics_host, settings.metrics_port
    async with listening(routes, host, port, setting="HOPLINE_METRICS_PORT", grace_seconds=1.0) as address:
        log.info("health and metrics are at %s", address)
        yield address


def _routes(assistant: Assistant, queue: Counts | None) -> web.Application:
    metrics = assistant.telemetry.metrics

    async def alive(request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def ready(request: web.Request) -> web.Response:
        parts = await assistant.readiness.parts()
        well = not any(part.problem for part in parts)
        states = {part.name: part.problem or "ok" for part in parts}
        return web.json_response({"ready": well, "parts": states}, status=200 if well else 503)

    async def measured(request: web.Request) -> web.Response:
        await assistant.readiness.parts()  # they set the gauges of readiness
        if queue is not None:
            await _count(queue, metrics)
        text = await asyncio.to_thread(generate_latest, metrics.registry)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    application = web.Application()
    application.router.add_get(HEALTH_PATH, alive)
    application.router.add_get(READY_PATH, ready)
    application.router.add_get(METRICS_PATH, measured)
    return application


async def _count(queue: Counts, metrics: Metrics) -> None:
    """A queue that can't be counted is no number at all: an old one would look like calm."""
    metrics.queue.clear()
    try:
        async with asyncio.timeout(COUNT_SECONDS):
            counts = await queue()
    except (HoplineError, TimeoutError) as error:
        metrics.trouble.labels("queue").inc()
        log.warning("the queue could not be counted: %s", error or f"no answer within {COUNT_SECONDS:g} s")
        return
    for state, count in {"waiting": 0, "working": 0, **counts}.items():
        metrics.queue.labels(state).set(count)
