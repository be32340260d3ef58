"""What happened during one question, as a tree of spans: cheap enough to be kept for every question.

The tree is our own, since `hopline trace` wants it without a collector; where a tracer listens, each span is also one
of OpenTelemetry's (see `agent.telemetry.otel`).
"""

import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["question", "node", "port", "model"]
Value = str | int | float | bool

CURRENT: ContextVar["Span | None"] = ContextVar("hopline_span", default=None)
"""The span that a call made now belongs under; set inside one task only, never across a generator's `yield`."""


@dataclass(slots=True, eq=False)
class Span:
    """Times are of `time.perf_counter`. `attributes` are names and numbers; `content` is what was asked and found, and
    leaves the process only when an operator wants it to."""

    name: str
    kind: Kind
    started: float = field(default_factory=time.perf_counter)
    ended: float = 0.0
    attributes: dict[str, Value] = field(default_factory=dict)
    content: dict[str, str] = field(default_factory=dict)
    error: str = ""
    children: list["Span"] = field(default_factory=list)
    live: Any = None
    """OpenTelemetry's span for it, while one listens."""

    @property
    def milliseconds(self) -> float:
        return max(0.0, (self.ended or time.perf_counter()) - self.started) * 1000

    def walk(self) -> Iterator["Span"]:
        yield self
        for child in self.children:
            yield from child.walk()
