"""What OpenTelemetry is told of a question, and that the question does not depend on it."""

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from agent.answers import Answer
from agent.telemetry import conventions as names
from agent.telemetry.otel import OtelSpans, open_spans, spans_to
from tests.agent.assistants import chat_at
from tests.agent.telemetry.watched import BRIDGE, Watched
from tests.doubles import MemoryStore
from tests.openai_server import MODEL, OpenAIServer, Says
from tools.chat.pricing import Price
from tools.errors import SearchUnavailable
from tools.passages import Hit, Reader


class DeadStore(MemoryStore):
    async def search(self, query: str, vector: Any, reader: Reader, limit: int) -> list[Hit]:
        raise SearchUnavailable("the store did not answer")


class AskingReranker:
    name = "asking"

    async def score(self, query: str, texts: Any) -> list[float]:
        return [0.5] * len(texts)


class SureChecker:
    name = "sure"

    async def check(self, answers: Any) -> list[float]:
        return [0.9] * len(answers)


def of_operation(spans: list[ReadableSpan], operation: str) -> list[ReadableSpan]:
    return [span for span in spans if (span.attributes or {}).get(names.OPERATION) == operation]


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def test_the_names_are_those_of_the_conventions() -> None:
    package = import_module("opentelemetry.semconv._incubating.attributes.gen_ai_attributes")
    known = {value for name, value in vars(package).items() if name.startswith("GEN_AI_")}
    ours = [value for name, value in vars(names).items() if name.isupper() and isinstance(value, str)]
    assert [name for name in ours if name.startswith("gen_ai.") and name not in known] == []
    values = {value.value for value in package.GenAiOperationNameValues}
    assert {names.INVOKE_AGENT, names.CHAT, names.EMBEDDINGS, names.RETRIEVAL} <= values


async def test_a_question_is_one_trace_of_its_nodes_and_their_calls(watched: Watched) -> None:
    answer = await (await watched.assistant(reranker=AskingReranker(), checker=SureChecker())).ask(
        BRIDGE, conversation="c"
    )
    spans = watched.spans()
    [root] = of_operation(spans, names.INVOKE_AGENT)
    assert root.name == "invoke_agent hopline"
    assert root.parent is None
    assert attributes(root)[names.CONVERSATION] == "c"
    assert attributes(root)[names.STATUS] == answer.status == "answered"
    assert attributes(root)[names.CONFIDENCE] == pytest.approx(answer.confidence, abs=1e-3)
    assert {span.context.trace_id for span in spans if span.context} == {root.context.trace_id}
    assert {attributes(span)[names.RUN_ID] for span in spans} == {answer.run_id}
    by_id = {span.context.span_id: span for span in spans if span.context}
    nodes = [span for span in spans if names.NODE in attributes(span)]
    assert {span.name for span in nodes} == {
        "rewrite", "retrieve", "rerank", "follow_up", "generate", "validate", "score",
    }  # fmt: skip
    assert all(span.parent and by_id[span.parent.span_id] is root for span in nodes)
    calls = {
        (attributes(span)[names.PORT], by_id[span.parent.span_id].name)
        for span in spans
        if span.parent and names.PORT in attributes(span)
    }
    assert {("store", "retrieve"), ("embedder", "rewrite"), ("reranker", "rerank")} <= calls
    assert {("checker", "generate"), ("checker", "score")} <= calls
    [embedding, *_] = of_operation(spans, names.EMBEDDINGS)
    assert embedding.kind is SpanKind.CLIENT
    assert attributes(embedding)[names.DIMENSIONS] == 256
    [retrieval, *_] = of_operation(spans, names.RETRIEVAL)
    assert retrieval.name == "retrieval hopline"
    assert attributes(retrieval)[names.DATA_SOURCE] == "hopline"
    assert all(span.status.status_code is not StatusCode.ERROR for span in spans)


async def test_each_part_of_a_message_is_scored_in_a_span_of_its_own(watched: Watched) -> None:
    await (await watched.assistant()).ask("What does parking cost and when does the canteen open?")
    scored = [attributes(span) for span in watched.spans() if span.name == "score"]
    assert [one[names.STATUS] for one in scored] == ["answered", "answered"]
    assert all(one[names.CONFIDENCE] > 0.5 for one in scored)


async def test_a_model_call_says_what_it_was_asked_and_cost(watched: Watched, openai_server: OpenAIServer) -> None:
    openai_server.handler = lambda request: Says("Lotte Verbeek is the duty manager. [1]", usage=(900, 12))
    chat = chat_at(openai_server, price=Price(1.0, 2.0))
    answer = await (await watched.assistant(chat=chat, model=MODEL)).ask("Who is the duty manager?")
    await chat.close()
    calls = of_operation(watched.spans(), names.CHAT)
    assert [span.name for span in calls] == [f"chat {MODEL}"] * answer.usage.model_calls
    said = attributes(calls[-1])
    assert said[names.PROVIDER] == "openai"
    assert said[names.REQUEST_MODEL] == MODEL
    assert (said[names.INPUT_TOKENS], said[names.OUTPUT_TOKENS]) == (900, 12)
    assert said[names.REQUEST_STREAM] is True
    assert said[names.FIRST_CHUNK_SECONDS] > 0
    assert said[names.COST_USD] == pytest.approx((900 * 1.0 + 12 * 2.0) / 1e6)
    assert calls[-1].kind is SpanKind.CLIENT


async def test_no_word_of_a_question_or_a_document_is_in_a_span(watched: Watched, openai_server: OpenAIServer) -> None:
    openai_server.handler = lambda request: Says("Lotte Verbeek is the duty manager. [1]")
    chat = chat_at(openai_server)
    await (await watched.assistant(chat=chat, model=MODEL)).ask("Who is the duty manager of Zanzibar?")
    await chat.close()
    written = " ".join(span.to_json() for span in watched.spans())
    assert "score" in written
    for word in ("Zanzibar", "Verbeek", "Lotte", "refund"):
        assert word not in written


async def test_content_goes_along_masked_where_it_is_wanted(
    watched_with_content: Watched, openai_server: OpenAIServer
) -> None:
    openai_server.handler = lambda request: Says("Lotte Verbeek is the duty manager. [1]")
    chat = chat_at(openai_server)
    await (await watched_with_content.assistant(chat=chat, model=MODEL)).ask(
        "I am ada@example.org: who is the duty manager?"
    )
    await chat.close()
    spans = watched_with_content.spans()
    call = attributes(of_operation(spans, names.CHAT)[-1])
    [*_, prompt] = json.loads(call[names.INPUT_MESSAGES])
    assert "duty manager" in prompt["parts"][0]["content"]
    [reply] = json.loads(call[names.OUTPUT_MESSAGES])
    assert reply == {
        "role": "assistant",
        "parts": [{"type": "text", "content": "Lotte Verbeek is the duty manager. [1]"}],
    }
    retrieval = attributes(of_operation(spans, names.RETRIEVAL)[0])
    assert json.loads(retrieval[names.DOCUMENTS])[0]["id"]
    assert "duty manager" in retrieval[names.QUERY_TEXT]
    assert "ada@example.org" not in " ".join(span.to_json() for span in spans)


async def test_a_failed_question_leaves_failed_spans(watched: Watched) -> None:
    with pytest.raises(SearchUnavailable):
        await (await watched.assistant(searcher=DeadStore())).ask(BRIDGE)
    failed = {span.name for span in watched.spans() if span.status.status_code is StatusCode.ERROR}
    assert {"invoke_agent hopline", "retrieve", "retrieval hopline"} <= failed
    [root] = of_operation(watched.spans(), names.INVOKE_AGENT)
    assert attributes(root)[names.ERROR_TYPE] == "SearchUnavailable"


async def test_a_stream_taken_in_parts_by_several_tasks_is_still_one_trace(watched: Watched) -> None:
    events = (await watched.assistant()).stream(BRIDGE)
    answer = None
    while answer is None:  # as the Slack door does: each part in a task, and so in a context, of its own
        event = await asyncio.create_task(anext(events))
        answer = event if isinstance(event, Answer) else None
    await asyncio.create_task(events.aclose())
    assert len({span.context.trace_id for span in watched.spans() if span.context}) == 1
    assert {attributes(span)[names.RUN_ID] for span in watched.spans()} == {answer.run_id}


async def test_questions_side_by_side_do_not_mix(watched: Watched) -> None:
    assistant = await watched.assistant()
    answers = await asyncio.gather(*(assistant.ask(BRIDGE) for _ in range(8)))
    for answer in answers:
        own = [span for span in watched.spans() if attributes(span)[names.RUN_ID] == answer.run_id]
        assert len({span.context.trace_id for span in own if span.context}) == 1
        assert len([span for span in own if span.name == "score"]) == 1


class Breaking(SpanProcessor):
    """A span processor that fails."""

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        raise ValueError("no")

    def on_end(self, span: Any) -> None:
        raise ValueError("no")


async def test_a_tracer_that_breaks_costs_its_spans_and_nothing_else(tmp_path: Path) -> None:
    watched = await Watched.opened(tmp_path, spans=await asyncio.to_thread(spans_to, Breaking()))
    answer = await (await watched.assistant()).ask(BRIDGE)
    assert answer.status == "answered"
    assert watched.value("telemetry_errors_total", part="spans") > 0
    await watched.close()


async def test_a_dead_collector_slows_no_question_and_holds_no_process(tmp_path: Path) -> None:
    with hanging_server() as url:
        spans = await asyncio.to_thread(open_spans, url)
        assert spans is not None
        watched = await Watched.opened(tmp_path, spans=spans)
        assistant = await watched.assistant()
        bare = await Watched.opened(tmp_path / "bare")
        plain = await bare.assistant()
        for one in (assistant, plain):
            await one.ask(BRIDGE)  # imports and caches
        with_collector, without = [], []
        for _ in range(5):
            with_collector.append(await _timed(assistant.ask(BRIDGE)))
            without.append(await _timed(plain.ask(BRIDGE)))
        assert min(with_collector) < min(without) + 0.25
        started = time.monotonic()
        await watched.close()
        assert time.monotonic() - started < 6.0
        await bare.close()


async def test_spans_reach_a_collector_over_http(tmp_path: Path) -> None:
    with collector() as (url, bodies):
        spans = await asyncio.to_thread(open_spans, url)
        assert spans is not None
        watched = await Watched.opened(tmp_path, spans=spans)
        await (await watched.assistant()).ask(BRIDGE)
        await watched.close()
    assert b"invoke_agent hopline" in b"".join(bodies)
    assert b"gen_ai.operation.name" in b"".join(bodies)


async def test_a_program_with_a_tracer_of_its_own_gets_our_spans_inside_its_own(tmp_path: Path) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    watched = await Watched.opened(tmp_path, spans=OtelSpans(provider.get_tracer("hopline")))
    assistant = await watched.assistant()
    with provider.get_tracer("host").start_as_current_span("request") as request:
        await assistant.ask(BRIDGE)
    [root] = of_operation(list(exporter.get_finished_spans()), names.INVOKE_AGENT)
    assert root.parent
    assert root.parent.span_id == request.get_span_context().span_id
    await watched.close()


def test_nothing_of_opentelemetry_is_imported_while_nobody_listens() -> None:
    """Its import takes a tenth of a second, which every `hopline ask` would pay."""
    program = (
        "import sys; from agent.telemetry.opening import traces_of; from agent.telemetry.otel import open_spans;"
        "assert open_spans(None) is None; assert 'opentelemetry.sdk' not in sys.modules, 'imported'"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[3], timeout=60)


async def _timed(asked: Any) -> float:
    started = time.perf_counter()
    await asked
    return time.perf_counter() - started


@contextmanager
def hanging_server() -> Iterator[str]:
    """Accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def collector() -> Iterator[tuple[str, list[bytes]]]:
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                import gzip

                body = gzip.decompress(body)
            bodies.append(body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", bodies
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
