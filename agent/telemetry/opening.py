"""Telemetry as the settings want it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from agent.holders import Erasures
from agent.settings import Settings
from agent.telemetry.keeping import Traces, open_traces
from agent.telemetry.otel import open_spans
from agent.telemetry.watching import Telemetry


def traces_of(settings: Settings, erasures: Erasures | None = None) -> Traces:
    """What is kept of questions, also where new ones are not kept any more."""
    return open_traces(settings.home, settings.database, keep_days=settings.trace_days, erasures=erasures)


@asynccontextmanager
async def open_telemetry(settings: Settings, erasures: Erasures | None = None) -> AsyncIterator[Telemetry]:
    """Raises InvalidSetting when a collector is named and the exporter is not installed."""
    spans = await asyncio.to_thread(open_spans, settings.otel_endpoint, content=settings.otel_content)
    traces = await asyncio.to_thread(traces_of, settings, erasures)
    telemetry = Telemetry(spans=spans, keeper=traces, holders=[traces])
    try:
        yield telemetry
    finally:
        await telemetry.close()
