"""What is kept of a question, for how long, and how it is forgotten."""

import asyncio
import pickle
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

from agent.telemetry.keeping import MAX_WAITING, Traces, open_traces
from agent.telemetry.spans import Span
from agent.telemetry.traces import Trace
from agent.telemetry.watching import Run
from graph.confidence import Calibration
from tests.agent.assistants import chat_at
from tests.agent.telemetry.test_spans import DeadStore
from tests.agent.telemetry.watched import BRIDGE, Watched
from tests.doubles import HashEmbedder
from tests.openai_server import MODEL, OpenAIServer, Says
from tools.database.tables import Database, Transaction
from tools.errors import MemoryUnavailable, SearchUnavailable
from tools.passages import DEFAULT_TENANT, Reader


@pytest.fixture(params=["sqlite", "postgres"])
async def traces(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Traces]:
    url = request.getfixturevalue("postgres") if request.param == "postgres" else None
    opened = await asyncio.to_thread(open_traces, tmp_path, url, keep_days=7)
    yield opened
    for user in ("ada", "bob", "old", "new"):
        await opened.erase_user(user)
    await opened.close()


def run_of(run_id: str, user: str, *, asked_at: float | None = None) -> Run:
    root = Span("invoke_agent hopline", "question")
    root.ended = root.started + 0.5
    return Run(
        run_id, f"a question by {user}", Reader(user=user), None, "extractive", root, asked_at or time.time(), "failed"
    )


class Erased:
    """After a moment, says that a person and a source were erased, or that it does not know."""

    def __init__(self, user: str, at: float, error: Exception | None = None) -> None:
        self.user, self.at, self.error = user, at, error

    async def erased_after(self, asked: float, user: str | None, sources: Sequence[str], tenant: str) -> bool:
        if self.error is not None:
            raise self.error
        return user == self.user and asked < self.at


@pytest.mark.parametrize("error", [None, MemoryUnavailable("away")])
async def test_nothing_is_kept_of_who_was_erased_while_the_question_was_under_way(
    traces: Traces, error: Exception | None
) -> None:
    traces._erasures = Erased("ada", time.time() - 5, error)
    traces.keep(run_of("run-before", "ada", asked_at=time.time() - 10))
    traces.keep(run_of("run-since", "ada"))
    traces.keep(run_of("run-other", "bob", asked_at=time.time() - 10))
    await traces.written()
    left = [run_id for run_id in ("run-before", "run-since", "run-other") if await traces.find(run_id)]
    assert left == ([] if error else ["run-since", "run-other"])


async def kept(traces: Traces, run_id: str) -> Trace:
    await traces.written()
    found = await traces.find(run_id)
    assert found is not None
    return found


async def test_a_trace_tells_the_whole_way(watched: Watched) -> None:
    answer = await (await watched.assistant()).ask(BRIDGE, conversation="c", reader=Reader(user="ada"))
    trace = await kept(watched.traces, answer.run_id)
    assert trace.question == BRIDGE
    assert (trace.status, trace.answer, trace.conversation) == ("answered", answer.answer, "c")
    assert trace.confidence == answer.confidence
    assert trace.features == answer.features
    assert [(hop.n, hop.kind, hop.query) for hop in trace.hops] == [(hop.n, hop.kind, hop.query) for hop in answer.hops]
    assert [passage.passage_id for passage in trace.passages] == [
        ranked.passage_id for ranked in answer.ranking[: len(trace.passages)]
    ]
    assert {claim.support for claim in trace.claims} == {"supported"}
    nodes = [step.name for step in trace.steps]
    assert nodes[0] == "rewrite"
    assert nodes[-1] == "score"
    assert [step.start_ms for step in trace.steps] == sorted(step.start_ms for step in trace.steps)
    assert all(0 <= step.start_ms <= step.start_ms + step.ms <= trace.total_ms + 1 for step in trace.steps)
    calls = [call for step in trace.steps for call in step.steps]
    assert {"retrieval hopline", f"embeddings {HashEmbedder(256).name}"} <= {call.name for call in calls}


async def test_model_calls_and_withheld_claims_are_in_it(watched: Watched, openai_server: OpenAIServer) -> None:
    said = "Lotte Verbeek is the duty manager. [1] The sun is a cold star made of cheese. [1]"
    openai_server.handler = lambda request: (
        Says(said, usage=(1_000, 50)) if request.get("stream") else Says({"sentence": ""})
    )
    chat = chat_at(openai_server)
    answer = await (await watched.assistant(chat=chat, model=MODEL, min_confidence=0.0)).ask("Who is the duty manager?")
    await chat.close()
    trace = await kept(watched.traces, answer.run_id)
    assert [claim.support for claim in trace.claims] == ["supported", "unsupported"]
    calls = [call for step in trace.steps for call in step.steps if call.kind == "model"]
    assert len(calls) == answer.usage.model_calls == trace.usage.model_calls
    assert calls[0].facts["gen_ai.usage.input_tokens"] == 1_000


async def test_what_a_model_said_before_quotations_took_its_place_is_traced_and_counted(
    watched: Watched, openai_server: OpenAIServer
) -> None:
    openai_server.handler = lambda request: (
        Says("The sun is a cold star made of cheese. [1]") if request.get("stream") else Says({"sentence": ""})
    )
    chat = chat_at(openai_server)
    assistant = await watched.assistant(chat=chat, model=MODEL, quoting=Calibration({}, 3.0))
    answer = await assistant.ask("Who is the duty manager?")
    await chat.close()
    assert answer.mode == "extractive"
    trace = await kept(watched.traces, answer.run_id)
    assert (trace.claims[0].support, trace.claims[0].text) == ("unsupported", "The sun is a cold star made of cheese.")
    assert {claim.support for claim in trace.claims[1:]} == {"supported"}
    assert watched.value("claims_total", support="unsupported") == 1


async def test_a_question_that_failed_left_a_trace_of_how_far_it_came(watched: Watched) -> None:
    with pytest.raises(SearchUnavailable):
        await (await watched.assistant(searcher=DeadStore())).ask(BRIDGE)
    await watched.traces.written()
    trace = await watched.traces.newest()
    assert trace is not None
    assert (trace.status, trace.error) == ("failed", "SearchUnavailable: the store did not answer")
    assert next(step.error for step in trace.steps if step.name == "retrieve") == "SearchUnavailable"


async def test_personal_data_and_secrets_are_masked_before_they_are_stored(watched: Watched) -> None:
    asked = "I am ada@example.org with key sk-abcdefghijklmnop: who is the duty manager?"
    answer = await (await watched.assistant()).ask(asked)
    await kept(watched.traces, answer.run_id)
    stored = await watched.traces._database.run(lambda tx: tx.execute("SELECT trace FROM {p}runs"))
    assert "duty manager" in stored[0][0]
    assert "ada@example.org" not in stored[0][0]
    assert "sk-abc" not in stored[0][0]


async def test_the_beginning_of_a_run_id_is_enough(traces: Traces) -> None:
    traces.keep(run_of("abc123", "ada"))
    assert (await kept(traces, "abc")).run_id == "abc123"
    assert await traces.find("zzz") is None
    assert await traces.find("%") is None


async def test_a_person_is_forgotten_and_told_what_was_kept(traces: Traces) -> None:
    for run_id, user in (("a1", "ada"), ("a2", "ada"), ("b1", "bob")):
        traces.keep(run_of(run_id, user))
    assert [entry["run_id"] async for entry in traces.export_user("ada")] == ["a1", "a2"]
    assert await traces.erase_user("ada") == 2
    assert await traces.erase_user("ada") == 0
    assert [entry async for entry in traces.export_user("ada")] == []
    assert (await kept(traces, "b1")).question == "a question by bob"


async def test_an_erased_source_takes_the_traces_that_name_it(watched: Watched) -> None:
    assistant = await watched.assistant()
    answer = await assistant.ask(BRIDGE)
    other = await assistant.ask("thanks!")
    traces = watched.traces
    assert await traces.erase_source("roles.md", "another tenant") == 0
    assert await traces.erase_source("roles", DEFAULT_TENANT) == 0
    assert await traces.erase_source("roles.md", DEFAULT_TENANT) == 1
    assert await traces.find(answer.run_id) is None
    assert await traces.find(other.run_id) is not None


async def test_what_is_older_than_it_may_be_is_forgotten(traces: Traces) -> None:
    traces.keep(run_of("old", "old", asked_at=time.time() - 8 * 86_400))
    traces.keep(run_of("new", "new"))
    assert (await kept(traces, "new")).run_id == "new"
    assert await traces.find("old") is None


async def test_nothing_is_kept_where_nothing_may_be(tmp_path: Path) -> None:
    traces = open_traces(tmp_path, None, keep_days=0)
    traces.keep(run_of("a", "ada"))
    assert await traces.newest() is None
    await traces.close()


class Stuck(Database):
    """A database that never answers, or raises an error."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error

    async def run(self, work: Callable[[Transaction], object]) -> object:  # type: ignore[override]
        if self._error:
            raise self._error
        return await asyncio.Event().wait()

    async def scrub(self) -> None: ...

    async def close(self) -> None: ...


async def test_what_waits_for_the_database_holds_no_vector_and_no_passage(watched: Watched) -> None:
    traces = Traces(Stuck(), keep_days=7, metrics=watched.metrics)
    watched.telemetry._keeper = traces
    assistant = await watched.assistant()
    for _ in range(2):  # the first is with the database already
        await assistant.ask(BRIDGE)
    assert traces._waiting
    assert len(pickle.dumps([waiting.told for waiting in traces._waiting])) < 20_000
    assert "Smaller ones need nobody" not in str([waiting.told for waiting in traces._waiting])


async def test_a_database_that_hangs_costs_traces_beyond_what_may_wait(watched: Watched) -> None:
    traces = Traces(Stuck(), keep_days=7, metrics=watched.metrics)
    for number in range(MAX_WAITING + 200):
        traces.keep(run_of(str(number), "ada"))
    assert watched.value("telemetry_errors_total", part="traces") >= 200


async def test_a_database_that_fails_is_said_and_costs_no_answer(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    traces = Traces(Stuck(MemoryUnavailable("gone")), keep_days=7, metrics=watched.metrics)
    watched.telemetry._keeper = traces
    answer = await (await watched.assistant()).ask(BRIDGE)
    await traces.close()
    assert answer.status == "answered"
    assert "traces that were not kept: 1 (gone)" in caplog.text
    assert watched.value("telemetry_errors_total", part="traces") == 1
