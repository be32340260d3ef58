"""What Prometheus can read after some questions."""

import asyncio
from collections.abc import Sequence

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from agent.telemetry.metrics import SECONDS, Metrics
from tests.agent.assistants import chat_at
from tests.agent.telemetry.test_spans import DeadStore
from tests.agent.telemetry.watched import BRIDGE, Watched
from tests.doubles import MemoryStore
from tests.openai_server import MODEL, OpenAIServer, Says
from tools.chat.pricing import Price
from tools.errors import SearchUnavailable
from tools.passages import Hit, Reader


class Silent(MemoryStore):
    """A database that never replies."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    async def search(self, query: str, vector: Sequence[float], reader: Reader, limit: int) -> list[Hit]:
        self.asked.set()
        await asyncio.Event().wait()
        return []


async def test_answers_and_refusals_are_counted_by_what_became_of_them(watched: Watched) -> None:
    assistant = await watched.assistant()
    answered = await assistant.ask(BRIDGE)
    declined = await assistant.ask("How deep is the Mariana Trench?")
    assert (answered.status, declined.status) == ("answered", "declined")
    for status in ("answered", "declined"):
        assert watched.value("questions_total", status=status, mode="extractive") == 1
    assert watched.value("question_seconds_count", mode="extractive") == 2
    assert watched.value("confidence_count", status="answered") == 1
    assert watched.value("confidence_sum", status="answered") == pytest.approx(answered.confidence)
    hops = sum(max(hop.n for hop in answer.hops) for answer in (answered, declined))
    assert watched.value("question_hops_sum") == hops
    for node in ("rewrite", "retrieve", "rerank", "generate", "validate", "score"):
        assert watched.value("node_seconds_count", node=node) >= 2
    assert watched.value("port_seconds_count", port="store", operation="search") >= 2
    assert watched.value("questions_in_flight") == 0


async def test_a_question_is_in_flight_until_its_caller_leaves_which_is_no_failure(watched: Watched) -> None:
    events = (await watched.assistant()).stream(BRIDGE)
    await anext(events)
    assert watched.value("questions_in_flight") == 1
    await events.aclose()
    assert watched.value("questions_in_flight") == 0
    assert watched.value("questions_total", status="stopped", mode="extractive") == 1
    assert watched.value("questions_total", status="failed", mode="extractive") == 0


async def test_a_cancelled_question_is_stopped_too(watched: Watched) -> None:
    store = Silent()
    asking = asyncio.create_task((await watched.assistant(searcher=store)).ask(BRIDGE))
    await store.asked.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert watched.value("questions_total", status="stopped", mode="extractive") == 1


async def test_a_failure_is_counted_with_the_port_and_the_error_behind_it(watched: Watched) -> None:
    with pytest.raises(SearchUnavailable):
        await (await watched.assistant(searcher=DeadStore())).ask(BRIDGE)
    assert watched.value("questions_total", status="failed", mode="extractive") == 1
    assert watched.value("port_errors_total", port="store", error="SearchUnavailable") >= 1


async def test_withheld_claims_tokens_and_cost_are_counted(watched: Watched, openai_server: OpenAIServer) -> None:
    said = "Lotte Verbeek is the duty manager. [1] The sun is a cold star made of cheese. [1]"
    openai_server.handler = lambda request: (
        Says(said, usage=(1_000, 50)) if request.get("stream") else Says({"sentence": ""}, usage=(100, 5))
    )
    chat = chat_at(openai_server, price=Price(1.0, 2.0))
    answer = await (await watched.assistant(chat=chat, model=MODEL, min_confidence=0.0)).ask("Who is the duty manager?")
    await chat.close()
    assert watched.value("claims_total", support="unsupported") == 1
    assert watched.value("claims_total", support="supported") == 1
    usage = answer.usage
    assert usage.model_calls >= 2
    assert watched.value("model_calls_total", model=MODEL) == usage.model_calls
    assert watched.value("model_tokens_total", model=MODEL, direction="input") == usage.input_tokens
    assert watched.value("model_tokens_total", model=MODEL, direction="output") == usage.output_tokens
    assert watched.value("cost_usd_total", model=MODEL) == pytest.approx(usage.cost_usd)
    assert watched.value("question_seconds_count", mode="model") == 1


async def test_what_a_reply_that_broke_off_has_cost_is_counted(watched: Watched, openai_server: OpenAIServer) -> None:
    openai_server.handler = lambda request: Says("Lotte Verbeek is the duty manager. [1] She is", cut_after=6)
    chat = chat_at(openai_server, price=Price(1.0, 2.0))
    answer = await (await watched.assistant(chat=chat, model=MODEL, min_confidence=0.0)).ask("Who is the duty manager?")
    await chat.close()
    usage = answer.usage
    assert usage.output_tokens > 0
    assert watched.value("model_calls_total", model=MODEL) == usage.model_calls
    assert watched.value("model_tokens_total", model=MODEL, direction="output") == usage.output_tokens
    assert watched.value("cost_usd_total", model=MODEL) == pytest.approx(usage.cost_usd)


async def test_no_metric_names_a_person_a_question_or_a_document(watched: Watched) -> None:
    await (await watched.assistant()).ask(BRIDGE, reader=Reader(user="ada"), conversation="c-17")
    text = generate_latest(watched.metrics.registry).decode()
    for word in ("ada", "c-17", "refund", "roles.md"):
        assert word not in text


def test_every_threshold_on_time_is_a_bound_of_its_histogram() -> None:
    text = generate_latest(Metrics(CollectorRegistry()).registry).decode()
    assert 'hopline_question_hops_bucket{le="10.0"}' in text
    assert 2.0 in SECONDS
