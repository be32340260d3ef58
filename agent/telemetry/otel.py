"""Spans for OpenTelemetry: to a collector over OTLP, or into the trace of the program that called us.

A program that has set up a tracer provider gets our spans inside its own; else a provider of our own sends to
OTEL_EXPORTER_OTLP_ENDPOINT in batches from a thread, and drops what a dead collector does not take. Without either
we import nothing of it. The other standard variables (OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER,
OTEL_EXPORTER_OTLP_HEADERS, OTEL_BSP_…) are read by its SDK.
"""

import asyncio
import logging
import sys
import threading
from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from agent.masking import masked
from agent.telemetry.conventions import ERROR_TYPE, PORT
from agent.telemetry.spans import Span
from tools.errors import InvalidSetting

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Tracer

SHUTDOWN_SECONDS = 3.0
TRACES_PATH = "/v1/traces"
SCOPE = "hopline"
OUTSIDE = frozenset({"store", "model", "embedder"})
"""Ports whose adapters may be another process: their spans are a client's."""

log = logging.getLogger("hopline.telemetry")


class OtelSpans:
    """Mirrors our spans into a tracer's. `content`: questions, queries and replies go along, masked."""

    def __init__(self, tracer: "Tracer", *, content: bool = False, shutdown: Callable[[], None] | None = None) -> None:
        from opentelemetry import context, trace

        self._tracer, self.content, self._shutdown = tracer, content, shutdown
        self._context, self._trace = context, trace

    def start(self, span: Span, parent: Span | None) -> None:
        """Begin the mirror of `span`; at the top it joins whatever trace the caller is in."""
        above = parent.live if parent is not None else None
        context = self._trace.set_span_in_context(above) if above is not None else None
        leaves = span.attributes.get(PORT) in OUTSIDE
        kind = self._trace.SpanKind.CLIENT if leaves else self._trace.SpanKind.INTERNAL
        span.live = self._tracer.start_span(span.name, context, kind, attributes=dict(span.attributes))

    def enter(self, span: Span) -> Any:
        """Make it the current span, so that instrumented libraries' spans land below; `leave` undoes that."""
        return self._context.attach(self._trace.set_span_in_context(span.live))

    def leave(self, token: Any) -> None:
        self._context.detach(token)

    def finish(self, span: Span) -> None:
        live, span.live = span.live, None
        if live is None or not live.is_recording():
            return
        live.update_name(span.name)
        live.set_attributes(dict(span.attributes))
        if self.content:
            live.set_attributes({name: masked(text) for name, text in span.content.items()})
        if span.error:
            live.set_attribute(ERROR_TYPE, span.error)
            live.set_status(self._trace.StatusCode.ERROR, span.error)
        live.end()

    async def close(self) -> None:
        """Send what is still waiting, for a few seconds at most: a collector that hangs must not hold the process."""
        if self._shutdown is None:
            return
        sending = threading.Thread(target=self._shutdown, name="hopline-otel-shutdown", daemon=True)
        sending.start()
        await asyncio.to_thread(sending.join, SHUTDOWN_SECONDS)
        if sending.is_alive():
            log.warning("the last spans were not taken by the collector within %g s; they are lost", SHUTDOWN_SECONDS)


def open_spans(endpoint: str | None, *, content: bool = False) -> OtelSpans | None:
    """Spans for whoever listens: the host's provider, else the collector at `endpoint`; None when nobody does.

    Imports OpenTelemetry. Raises InvalidSetting when an endpoint is set and the exporter is not installed.
    """
    if (host := _host_tracer()) is not None:
        return OtelSpans(host, content=content)
    if not endpoint:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ModuleNotFoundError as error:
        raise InvalidSetting(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but the exporter is not installed: pip install 'hopline[otlp]'."
        ) from error
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}{TRACES_PATH}")
    return spans_to(BatchSpanProcessor(exporter), content=content)


def spans_to(processor: "SpanProcessor", *, content: bool = False) -> OtelSpans:
    """Spans for one processor, from a provider of our own: what a process has set up globally is not touched."""
    from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
    from opentelemetry.sdk.trace import TracerProvider

    resource = Resource.create()  # with what OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say
    if str(resource.attributes.get(SERVICE_NAME)).startswith("unknown_service"):
        resource = resource.merge(Resource({SERVICE_NAME: "hopline", SERVICE_VERSION: version("hopline")}))
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(processor)
    return OtelSpans(provider.get_tracer(SCOPE, version("hopline")), content=content, shutdown=provider.shutdown)


def _host_tracer() -> "Tracer | None":
    """Of the provider that the calling program has set up. Who has not imported OpenTelemetry has not set one up."""
    if "opentelemetry.trace" not in sys.modules:
        return None
    from opentelemetry import trace

    provider = trace.get_tracer_provider()
    if isinstance(provider, trace.ProxyTracerProvider | trace.NoOpTracerProvider):
        return None
    return provider.get_tracer(SCOPE, version("hopline"))
