"""The one who looks on: told of questions, nodes and calls as they begin and end; never in their way."""

import logging
import time
from asyncio import CancelledError
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from agent.answers import Answer
from agent.holders import Holder
from agent.telemetry import conventions as names
from agent.telemetry.facts import facts_of
from agent.telemetry.logs import bound
from agent.telemetry.metrics import Metrics, process_metrics
from agent.telemetry.otel import OtelSpans
from agent.telemetry.spans import CURRENT, Span, Value
from graph.state import State
from tools.passages import Reader
from tools.ports import Usage

Status = Literal["answered", "partial", "declined", "failed", "stopped"]

log = logging.getLogger("hopline.telemetry")


@dataclass(slots=True, eq=False)
class Run:
    """A question under way, and what became of it. `stopped`: its caller left before the answer, no failure."""

    run_id: str
    question: str
    reader: Reader
    conversation: str | None
    mode: str
    root: Span
    asked_at: float = field(default_factory=time.time)
    status: Status = "stopped"
    answer: Answer | None = None
    state: State | None = None
    error: str = ""

    def answered(self, answer: Answer, state: State | None) -> None:
        self.answer, self.state, self.status = answer, state, answer.status


class Keeper(Protocol):
    """Where ended runs go. Returns at once: what it costs to keep them is paid elsewhere."""

    def keep(self, run: Run) -> None: ...

    async def close(self) -> None: ...


class Telemetry:
    """Metrics always, spans where somebody listens, and the run's trace where one is kept; `holders` are the places of
    all this that remember people and sources."""

    def __init__(
        self,
        *,
        metrics: Metrics | None = None,
        spans: OtelSpans | None = None,
        keeper: Keeper | None = None,
        holders: Sequence[Holder] = (),
    ) -> None:
        self.metrics = metrics or process_metrics()
        self.holders = tuple(holders)
        self._spans = spans
        self._keeper = keeper
        self._runs: dict[str, Run] = {}

    @property
    def exports_content(self) -> bool:
        """Whether prompts, replies and documents are wanted in spans; otherwise they are not even put together."""
        return self._spans is not None and self._spans.content

    @contextmanager
    def question(
        self, run_id: str, question: str, *, reader: Reader, conversation: str | None, mode: str
    ) -> Iterator[Run]:
        """Around a whole question, the yields of its generator included: nothing is bound to the task."""
        root = Span(f"{names.INVOKE_AGENT} hopline", "question")
        root.attributes |= {names.RUN_ID: run_id, names.OPERATION: names.INVOKE_AGENT, names.AGENT: "hopline"}
        if conversation:
            root.attributes[names.CONVERSATION] = conversation
        run = self._runs[run_id] = Run(run_id, question, reader, conversation, mode, root)
        self._mirrored("begun", lambda spans: spans.start(root, None))
        self.metrics.in_flight.inc()
        try:
            yield run
        except (GeneratorExit, CancelledError):
            root.error = run.status if run.answer is None else ""
            raise
        except BaseException as error:
            run.status, run.error = "failed", f"{type(error).__name__}: {error}"
            root.error = type(error).__name__
            raise
        finally:
            self.metrics.in_flight.dec()
            if self._runs.get(run_id) is run:
                del self._runs[run_id]
            root.ended = time.perf_counter()
            self._ended(run)

    @contextmanager
    def node(self, node: str, run_id: str) -> Iterator[Callable[[Mapping[str, Any]], None]]:
        """`graph.deps.Watch`: around one run of a node, which tells its update before it ends."""
        run = self._runs.get(run_id)
        attributes: dict[str, Value] = {names.RUN_ID: run_id, names.NODE: node}
        span = Span(node, "node", attributes=attributes)
        with bound(run_id=run_id), self._current(span, run.root if run else None):
            yield lambda update: self._noted(span, node, update)
        self.metrics.node_seconds.labels(node).observe(span.milliseconds / 1000)

    @contextmanager
    def call(self, port: str, operation: str, name: str, **attributes: Value) -> Iterator[Span]:
        """Around one call of a port, inside one task."""
        span = _span_of(port, name, attributes)
        with self._counted(span, port, operation), self._current(span, CURRENT.get()):
            yield span

    @contextmanager
    def streamed(self, port: str, operation: str, name: str, **attributes: Value) -> Iterator[Span]:
        """The same around the yields of a generator: the span is not made the current one."""
        span, parent = _span_of(port, name, attributes), CURRENT.get()
        with self._counted(span, port, operation), self._recorded(span, parent):
            yield span

    def spent(self, model: str, usage: Usage) -> None:
        """What calls of a model cost."""
        self.metrics.model_calls.labels(model).inc(usage.model_calls)
        self.metrics.tokens.labels(model, "input").inc(usage.input_tokens)
        self.metrics.tokens.labels(model, "output").inc(usage.output_tokens)
        self.metrics.cost.labels(model).inc(usage.cost_usd)

    async def close(self) -> None:
        """Write and send what is still waiting, for a few seconds at most."""
        if self._keeper is not None:
            await self._keeper.close()
        if self._spans is not None:
            await self._spans.close()

    @contextmanager
    def _current(self, span: Span, parent: Span | None) -> Iterator[None]:
        with self._recorded(span, parent):
            token = CURRENT.set(span)
            entered = self._mirrored("entered", lambda spans: spans.enter(span)) if self._spans else None
            try:
                yield
            finally:
                CURRENT.reset(token)
                if entered is not None:
                    self._mirrored("left", lambda spans: spans.leave(entered))

    @contextmanager
    def _recorded(self, span: Span, parent: Span | None) -> Iterator[None]:
        if parent is not None:
            parent.children.append(span)
            span.attributes.setdefault(names.RUN_ID, parent.attributes.get(names.RUN_ID, ""))
        self._mirrored("begun", lambda spans: spans.start(span, parent))
        try:
            yield
        except BaseException as error:
            span.error = type(error).__name__
            raise
        finally:
            span.ended = time.perf_counter()
            self._mirrored("ended", lambda spans: spans.finish(span))

    @contextmanager
    def _counted(self, span: Span, port: str, operation: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self.metrics.port_errors.labels(port, type(error).__name__).inc()
            raise
        finally:
            self.metrics.port_seconds.labels(port, operation).observe(span.milliseconds / 1000)

    def _mirrored(self, what: str, act: Callable[[OtelSpans], Any]) -> Any:
        """Whatever a tracer or one of its processors does wrong is its own affair: said and counted, never raised."""
        if self._spans is None:
            return None
        try:
            return act(self._spans)
        except Exception as error:  # noqa: BLE001 - the question goes on without its span
            self._troubled(f"a span could not be {what}", error)
            return None

    def _noted(self, span: Span, node: str, update: Mapping[str, Any]) -> None:
        try:
            attributes, content = facts_of(node, update)
        except Exception as error:  # noqa: BLE001 - a fact that can't be told costs the fact, not the question
            self._troubled(f"what {node} did could not be noted", error)
            return
        span.attributes |= attributes
        span.content |= content

    def _ended(self, run: Run) -> None:
        try:
            _measure(self.metrics, run)
            _describe(run)
            if self._keeper is not None:
                self._keeper.keep(run)
        except Exception as error:  # noqa: BLE001 - the answer is there, whatever becomes of its record
            self._troubled(f"run {run.run_id} could not be recorded", error)
        self._mirrored("ended", lambda spans: spans.finish(run.root))

    def _troubled(self, what: str, error: Exception) -> None:
        self.metrics.trouble.labels("spans").inc()
        log.warning("%s: %s: %s", what, type(error).__name__, error)


def _span_of(port: str, name: str, attributes: Mapping[str, Value]) -> Span:
    kind: Literal["model", "port"] = "model" if port == "model" else "port"
    return Span(name, kind, attributes={names.PORT: port, **{_NAMES[key]: value for key, value in attributes.items()}})


_NAMES = {
    "operation_name": names.OPERATION,
    "provider": names.PROVIDER,
    "model": names.REQUEST_MODEL,
    "max_tokens": names.REQUEST_MAX_TOKENS,
    "stream": names.REQUEST_STREAM,
    "output_type": names.OUTPUT_TYPE,
    "top_k": names.REQUEST_TOP_K,
    "data_source": names.DATA_SOURCE,
    "dimensions": names.DIMENSIONS,
    "items": names.ITEMS,
}


def _measure(metrics: Metrics, run: Run) -> None:
    metrics.questions.labels(run.status, run.mode).inc()
    metrics.question_seconds.labels(run.mode).observe(run.root.milliseconds / 1000)
    if run.answer is None or run.state is None:
        return
    metrics.confidence.labels(run.status).observe(run.answer.confidence)
    metrics.hops.observe(max((hop.n for hop in run.answer.hops), default=0))
    for claim in run.state.every_claim:
        metrics.claims.labels(claim.support).inc()


def _describe(run: Run) -> None:
    """What the question's own span says once all is known."""
    root = run.root
    root.attributes[names.STATUS] = run.status
    root.content["hopline.question"] = run.question
    if (answer := run.answer) is not None:
        usage = answer.usage
        root.attributes |= {
            names.CONFIDENCE: round(answer.confidence, 4),
            names.HOPS: max((hop.n for hop in answer.hops), default=0),
            names.MODEL_CALLS: usage.model_calls,
            names.INPUT_TOKENS: usage.input_tokens,
            names.OUTPUT_TOKENS: usage.output_tokens,
            names.COST_USD: usage.cost_usd,
        }
        root.content["hopline.answer"] = answer.answer
