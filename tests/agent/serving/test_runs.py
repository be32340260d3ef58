"""A question whose process was killed goes on where it stood; or begins anew, when anything is not as it was."""

import asyncio
import pickle
import time
from array import array
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from agent.answers import Answer
from agent.serving import generations
from agent.serving import runs as module
from agent.serving.runs import StateSerializer
from agent.serving.tasks import Task
from graph.evidence import Evidence
from tests.agent.assistants import memory, passage
from tests.agent.serving.worlds import World, world
from tests.doubles import HashEmbedder, MemoryStore
from tools.database.tables import Row
from tools.errors import EmbedderUnavailable, MemoryUnavailable, Overloaded, RunUnderWay, SearchUnavailable
from tools.passages import Hit, Reader
from tools.ports import FloatArray

QUESTION = "Who is the duty manager that approves a refund above 500 euros?"
MARA = Reader(user="mara", groups=("finance",))
LIMIT_REACHED = "The limit of 100 s was reached; the answer uses what was found by then."


class Killed(BaseException):
    """An exception that nothing in the program catches, like SIGKILL."""


@asynccontextmanager
async def durable(home: Path, store: MemoryStore | None = None, **options: Any) -> AsyncIterator[World]:
    async with world(home, store, checkpoints=True, cache_seconds=0, **options) as here:
        yield here


async def killed_after_its_first_hop(here: World, reader: Reader = MARA, run_id: str = "run") -> None:
    """Stop in the second search request, as if the process were killed."""
    searches = here.inner.searches

    async def die() -> None:
        if here.inner.searches > searches + 1:
            raise Killed

    here.inner.before_search = die
    with pytest.raises(Killed):
        await here.assistant.ask(QUESTION, reader=reader, run_id=run_id, stopping=False)
    here.inner.before_search = None


@contextmanager
def dying(here: World, *, keeps: int) -> Iterator[None]:
    """While the block runs, the process "ends" after storing this many steps, while working on the next."""
    assert here.assistant.serving.runs is not None
    saver, left = here.assistant.serving.runs.saver, keeps
    keep = saver.aput

    async def keep_or_die(*step: Any) -> Any:
        nonlocal left
        if not left:
            raise Killed
        left -= 1
        return await keep(*step)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(saver, "aput", keep_or_die)
        yield


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run goes on only where the documents' generation is known, and a busy machine is late to read it."""
    monkeypatch.setattr(generations, "READ_SECONDS", 60.0)


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest) -> dict[str, Any]:
    return {} if request.param == "sqlite" else {"database_url": request.getfixturevalue("postgres")}


async def test_another_process_goes_on_where_one_was_killed(tmp_path: Path, place: dict[str, Any]) -> None:
    store = await memory()
    async with durable(tmp_path, store, **place) as undisturbed:
        whole = await undisturbed.assistant.ask(QUESTION, reader=MARA, stopping=False)
        searches = undisturbed.inner.searches
    async with durable(tmp_path, store, **place) as first:
        await killed_after_its_first_hop(first)
    async with durable(tmp_path, store, **place) as second:
        answer = await second.assistant.ask(QUESTION, reader=MARA, run_id="run", stopping=False)
        assert second.inner.searches < searches
        assert answer.answer == whole.answer
        assert answer.hops == whole.hops
        assert answer.citations == whole.citations
        assert answer.run_id == "run"
        await nothing_is_left(second)


async def test_killed_before_any_of_its_steps_was_kept_it_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    async with durable(tmp_path) as here:
        whole = await here.assistant.ask(QUESTION, reader=MARA, stopping=False)
        for keeps in count():
            run_id = f"run {keeps}"
            with dying(here, keeps=keeps), suppress(Killed):
                await here.assistant.ask(QUESTION, reader=MARA, run_id=run_id, stopping=False)
                break
            answer = await here.assistant.ask(QUESTION, reader=MARA, run_id=run_id, stopping=False)
            assert (answer.status, answer.answer, answer.hops) == (whole.status, whole.answer, whole.hops), keeps
        assert keeps > 8


async def test_stopped_at_any_of_its_events_it_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    async with durable(tmp_path) as here:
        whole = [event async for event in here.assistant.stream(QUESTION, reader=MARA, stopping=False)]
        for number in range(len(whole) - 1):
            run_id = f"run {number}"
            stream = here.assistant.stream(QUESTION, reader=MARA, run_id=run_id, stopping=False)
            async with aclosing(stream) as events:
                for _ in range(number + 1):
                    await anext(events)
            answer = await here.assistant.ask(QUESTION, reader=MARA, run_id=run_id, stopping=False)
            assert answer.answer == getattr(whole[-1], "answer", None), whole[number]


class Clocks:
    """Wall clock and monotonic clock, set forward by the test."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._ahead = 0.0
        wall, own = time.time, time.perf_counter
        patch.setattr(time, "time", lambda: wall() + self._ahead)
        patch.setattr(time, "perf_counter", lambda: own() + self._ahead)

    def go(self, seconds: float) -> None:
        self._ahead += seconds


async def test_a_pause_between_two_processes_does_not_count_however_many_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, clocks = await memory(), Clocks(monkeypatch)
    for keeps in (4, 1, 1):
        async with durable(tmp_path, store) as one:
            with dying(one, keeps=keeps), pytest.raises(Killed):
                await one.assistant.ask(QUESTION, reader=MARA, run_id="run", stopping=False)
        clocks.go(3_600)
    async with durable(tmp_path, store) as last:
        answer = await last.assistant.ask(QUESTION, reader=MARA, run_id="run", stopping=False)
    assert answer.notes == ()


async def test_what_an_earlier_process_worked_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, clocks = await memory(), Clocks(monkeypatch)

    async def take_long() -> None:
        clocks.go(150)

    async with durable(tmp_path, store, max_seconds=100) as first:
        first.inner.before_search = take_long
        with dying(first, keeps=4), pytest.raises(Killed):
            await first.assistant.ask(QUESTION, reader=MARA, run_id="run", stopping=False)
    async with durable(tmp_path, store, max_seconds=100) as second:
        answer = await second.assistant.ask(QUESTION, reader=MARA, run_id="run", stopping=False)
    assert answer.notes == (LIMIT_REACHED,)


class Away(HashEmbedder):
    async def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        raise EmbedderUnavailable("away")


async def test_a_pause_before_the_first_step_was_kept_lends_it_no_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, clocks = await memory(), Clocks(monkeypatch)
    async with durable(tmp_path, store, max_seconds=100, embedder=Away(256)) as first:
        with pytest.raises(EmbedderUnavailable):
            await first.assistant.ask(QUESTION, reader=MARA, run_id="run", stopping=False)
        saver: Any = first.assistant.serving.runs and first.assistant.serving.runs.saver
        kept = await saver.aget_tuple({"configurable": {"thread_id": "run"}})
        long_ago = {**kept.checkpoint, "ts": "2026-01-01T00:00:00+00:00"}
        await saver.aput(kept.parent_config, long_ago, kept.metadata, {})

    async def take_long() -> None:
        clocks.go(150)

    async with durable(tmp_path, store, max_seconds=100) as second:
        second.inner.before_search = take_long
        answer = await second.assistant.ask(QUESTION, reader=MARA, run_id="run", stopping=False)
    assert answer.notes == (LIMIT_REACHED,)


async def test_a_run_is_kept_until_its_end_and_no_longer(tmp_path: Path) -> None:
    async with durable(tmp_path) as here:
        await here.assistant.ask(QUESTION, reader=MARA, run_id="run")
        await nothing_is_left(here)


async def test_what_nobody_could_take_up_is_not_kept_whatever_becomes_of_it(tmp_path: Path) -> None:
    async with durable(tmp_path) as here:

        async def fail() -> None:
            raise SearchUnavailable("away")

        here.inner.before_search = fail
        for asked in (here.assistant.ask(QUESTION, reader=MARA), here.assistant.search(QUESTION, reader=MARA)):
            with pytest.raises(SearchUnavailable):
                await asked
            await nothing_is_left(here)


@pytest.mark.parametrize(
    "changed",
    ["a group was left", "another person", "another question", "a document was written", "other settings", "the day"],
)
async def test_it_begins_anew_when_anything_is_not_as_it_was(
    tmp_path: Path, changed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await memory()
    async with durable(tmp_path, store) as first:
        await killed_after_its_first_hop(first)
    options = {"top_k": 4} if changed == "other settings" else {}
    if changed == "the day":
        Clocks(monkeypatch).go(86_400)
    async with durable(tmp_path, store, **options) as second:
        reader = {"a group was left": Reader(user="mara"), "another person": Reader(user="jon", groups=("finance",))}
        question = "Who is Lotte Verbeek?" if changed == "another question" else QUESTION
        if changed == "a document was written":
            await second.write(passage("refunds", "Refunds", "A refund above 500 euros needs the Night porter."))
        asker = reader.get(changed, MARA)
        answer = await second.assistant.ask(question, reader=asker, run_id="run", stopping=False)
        searches = second.inner.searches
        fresh = await second.assistant.ask(question, reader=asker, stopping=False)
        assert (answer.answer, answer.hops) == (fresh.answer, fresh.hops)
        assert searches == second.inner.searches - searches
        await nothing_is_left(second)


async def test_what_a_reader_may_no_longer_read_is_in_no_answer_that_goes_on(tmp_path: Path) -> None:
    store = await memory()
    salary = "What does the Duty manager earn a month, and who is it?"
    async with (
        durable(tmp_path, store) as first,
        aclosing(first.assistant.stream(salary, reader=MARA, run_id="run", stopping=False)) as events,
    ):
        async for _ in events:
            if first.inner.searches > 1:
                break
    async with durable(tmp_path, store) as second:
        answer = await second.assistant.ask(salary, reader=Reader(user="mara"), run_id="run")
    assert "4200" not in answer.model_dump_json()


async def test_erasing_a_person_or_a_source_takes_unfinished_runs_away(tmp_path: Path) -> None:
    async with durable(tmp_path) as here:
        runs = here.assistant.serving.runs
        assert runs is not None
        await killed_after_its_first_hop(here, run_id="one")
        assert [entry["question"] async for entry in runs.export_user("mara")] == [QUESTION]
        assert await runs.erase_user("jon") == 0
        assert await runs.erase_user("mara") == 1
        await nothing_is_left(here)
        await killed_after_its_first_hop(here, run_id="two")
        assert await runs.erase_source("anything.md", "other") == 0
        assert await runs.erase_source("anything.md", "default") == 1
        await nothing_is_left(here)


async def test_what_nobody_took_up_again_is_deleted_after_a_while(tmp_path: Path) -> None:
    async with durable(tmp_path) as here:
        await killed_after_its_first_hop(here)
    await asyncio.sleep(0.05)
    async with durable(tmp_path, checkpoint_hours=0.00001) as later:
        await nothing_is_left(later)


async def test_a_process_that_goes_on_deletes_what_was_left_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PRUNE_SECONDS", 0.01)
    async with durable(tmp_path) as here:
        await killed_after_its_first_hop(here)
        await in_runs(here, "UPDATE {p}runs SET begun = 0")
        async with asyncio.timeout(5):
            while await in_runs(here, "SELECT run_id FROM {p}runs"):  # noqa: ASYNC110 - there is no event to wait for
                await asyncio.sleep(0.01)
        await nothing_is_left(here)


async def test_what_is_taken_up_is_not_left(tmp_path: Path) -> None:
    async with durable(tmp_path) as here:
        await killed_after_its_first_hop(here)
        await in_runs(here, "UPDATE {p}runs SET begun = 0")
        with dying(here, keeps=1), pytest.raises(Killed):
            await here.assistant.ask(QUESTION, reader=MARA, run_id="run", stopping=False)
        assert here.assistant.serving.runs is not None
        assert await here.assistant.serving.runs.prune() == 0


def test_a_checkpoint_can_name_no_code_but_the_state_s_own_classes() -> None:
    serializer = StateSerializer()
    hit = Hit(passage("a", "A", "Text."), 0.5, array("f", (0.6, 0.8)))
    kind, data = serializer.dumps_typed({"candidates": {"a": hit}, "asked": ("a", "b")})
    read = serializer.loads_typed((kind, data))
    assert read == {"candidates": {"a": hit}, "asked": ("a", "b")}
    assert read["candidates"]["a"].vector == hit.vector

    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return print, ("pwned",)

    with pytest.raises(pickle.UnpicklingError, match=r"builtins\.print"):
        serializer.loads_typed((kind, pickle.dumps(Evil())))


def test_a_checkpoint_of_before_evidence_had_a_place_of_its_own_is_read() -> None:
    serializer = StateSerializer()
    kept = Evidence(1, passage("a", "A", "Text."), "Text.", 0, 5)
    kind, data = serializer.dumps_typed(kept)
    assert serializer.loads_typed((kind, data.replace(b"graph.evidence", b"graph.language"))) == kept


async def in_runs(here: World, statement: str) -> list[Row]:
    assert here.assistant.serving.runs is not None
    return await here.assistant.serving.runs._database.run(lambda tx: tx.execute(statement))


async def nothing_is_left(here: World) -> None:
    assert here.assistant.serving.runs is not None
    assert [kept async for kept in here.assistant.serving.runs.saver.alist(None)] == []
    assert await in_runs(here, "SELECT run_id FROM {p}runs") == []


async def test_a_run_that_is_under_way_is_not_begun_a_second_time(tmp_path: Path, place: dict[str, Any]) -> None:
    for checkpoints in (False, True):
        async with world(tmp_path, cache_seconds=0, checkpoints=checkpoints, **place) as here:
            asked = [here.assistant.ask(QUESTION, reader=MARA, run_id="run") for _ in range(2)]
            first, second = await asyncio.gather(*asked, return_exceptions=True)
            assert isinstance(first, Answer), first
            assert isinstance(second, RunUnderWay)
            assert second.retry_after_seconds
            assert (await here.assistant.ask(QUESTION, reader=MARA, run_id="run")).answer == first.answer


async def test_two_processes_may_begin_one_run_at_once(tmp_path: Path, place: dict[str, Any]) -> None:
    store = await memory()
    async with durable(tmp_path, store, **place) as one, durable(tmp_path, store, **place) as other:
        begun = [Task(QUESTION, MARA, ()), Task("Who else?", MARA, ())]
        runs = [one.assistant.serving.runs, other.assistant.serving.runs]
        assert runs[0] is not None
        assert runs[1] is not None
        for _ in range(5):
            await asyncio.gather(*(each.begin("run", task) for each, task in zip(runs, begun, strict=True)))  # type: ignore[union-attr]
        assert await in_runs(one, "SELECT run_id FROM {p}runs") == [("run",)]


async def test_an_answer_is_not_lost_for_want_of_tidying_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with durable(tmp_path) as here:
        runs = here.assistant.serving.runs
        assert runs is not None
        begin = runs.begin

        async def begin_and_break(run_id: str, task: Task) -> bool:
            goes_on = await begin(run_id, task)
            monkeypatch.setattr(runs, "end", broken)
            return goes_on

        async def broken(run_id: str) -> None:
            raise MemoryUnavailable("the database did not answer")

        monkeypatch.setattr(runs, "begin", begin_and_break)
        answer = await here.assistant.ask(QUESTION, reader=MARA, run_id="run")
        assert answer.status == "answered"
        assert "run run is not deleted yet: the database did not answer" in caplog.text
        monkeypatch.undo()
        assert await runs.erase_user("mara") == 1, "what is left of it is found again"


async def test_a_question_that_closing_can_not_wait_for_is_handed_over(tmp_path: Path) -> None:
    store = await memory()
    async with durable(tmp_path, store, drain_seconds=0.5) as first:
        searching = asyncio.Event()

        async def hang() -> None:
            searching.set()
            await asyncio.sleep(60)

        first.inner.before_search = hang
        asking = asyncio.create_task(first.assistant.ask(QUESTION, reader=MARA, run_id="run"))
        await searching.wait()
    with pytest.raises(Overloaded, match="shutting down"):
        await asking
    first.inner.before_search = None
    async with durable(tmp_path, store) as second:
        runs = second.assistant.serving.runs
        assert runs is not None
        assert [entry["run_id"] async for entry in runs.export_user("mara")] == ["run"]
