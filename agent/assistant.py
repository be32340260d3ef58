"""The assistant: one graph behind Slack, programs, the command line and evaluation runs."""

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from agent.answers import Answer, SearchReport
from agent.copies import MirroredCopies
from agent.erased_sources import erase_source
from agent.erasure import Receipt, StoredPassages, erase, export
from agent.events import Event
from agent.holders import Holder
from agent.memory import Memory
from agent.questions import checked_hops, checked_question, checked_reader, checked_results
from agent.readiness import Readiness
from agent.reporting import answer_of, report_of
from agent.serving.admission import Priority
from agent.serving.caches.answers import Place, given_again
from agent.serving.serving import Serving
from agent.serving.tasks import Task
from agent.settings import Settings
from agent.telemetry.watching import Telemetry
from graph.build import Graph
from graph.language import Turn
from graph.progress import Progress
from graph.state import Context, Question, State
from tools.errors import AccessViolation, HoplineError, RunUnderWay
from tools.ingestion.planning.changes import IngestReport
from tools.ingestion.planning.changes import Progress as IngestProgress
from tools.passages import Reader

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from agent.serving.runs import Runs
    from tools.ingestion.loading.loader import Loader

CONVERSATIONS = "conversations"
RECURSION_LIMIT = 100
"""More steps than MAX_HOPS can use: the budget in the state ends a run, never LangGraph's limit."""


@dataclass(frozen=True, slots=True)
class _Asking:
    """One question under way; `started` is on `time.perf_counter`'s clock."""

    question: str
    reader: Reader
    turns: tuple[Turn, ...]
    context: Context
    run_id: str
    started: float
    resumable: bool = False
    """Whether the caller chose the run's id; without the id nobody could resume the run."""
    day: date = field(default_factory=lambda: datetime.fromtimestamp(time.time(), UTC).date())

    @property
    def options(self) -> tuple[object, ...]:
        """What shapes the answer besides the settings, the reader and the question. The day is part of it, since it
        decides which documents are in force."""
        return self.context.max_hops, self.context.stopping, self.context.answering, self.turns, self.day

    @property
    def elapsed_ms(self) -> float:
        return (time.perf_counter() - self.started) * 1000


class Assistant:
    """Answers questions over the ingested documents; made by `agent.open_assistant`."""

    def __init__(
        self,
        settings: Settings,
        graph: Graph,
        memory: Memory,
        loader: Callable[[], "Loader"],
        *,
        serving: Serving | None = None,
        telemetry: Telemetry | None = None,
        readiness: Readiness | None = None,
    ) -> None:
        self.settings = settings
        self.serving = serving or Serving()
        self.telemetry = telemetry or Telemetry()
        self.readiness = readiness or Readiness({}, self.telemetry.metrics)
        self.graph, self._unkept = graph, graph.copy({"checkpointer": None})
        self._memory, self._conversations = memory, memory.conversations
        self._under_way: set[str] = set()
        self._loader = loader
        self._open_loader: Loader | None = None

    async def ask(
        self,
        question: str,
        *,
        reader: Reader | None = None,
        conversation: str | None = None,
        history: Sequence[Turn] | None = None,
        max_hops: int | None = None,
        stopping: bool = True,
        channel: str = "",
        priority: Priority = "interactive",
        run_id: str | None = None,
    ) -> Answer:
        """Answer one question from what `reader` may read (default: public passages only).

        - `conversation` names a remembered conversation; `history` passes the earlier turns instead.
        - `max_hops` overrides the setting; with `stopping=False` all these hops are taken, whatever they find.
        - `channel` is where the question was asked, for the record of costs.
        - `priority="batch"` lets interactive questions go first.
        - `run_id` makes the run resumable if checkpoints are on: asked again with the id of a run that did not end,
          the question goes on where it stopped.

        Raises InvalidQuestion, InvalidInput, Overloaded or RunUnderWay (the latter two at once, with
        `retry_after_seconds`), and the errors of the store. A question that can't be answered is no error: it gets a
        declined `Answer`.
        """
        stream = self.stream(
            question,
            reader=reader,
            conversation=conversation,
            history=history,
            max_hops=max_hops,
            stopping=stopping,
            channel=channel,
            priority=priority,
            run_id=run_id,
        )
        async with aclosing(stream) as events:
            async for event in events:
                if isinstance(event, Answer):
                    return event
        raise RuntimeError("the stream ended without an answer")

    async def stream(
        self,
        question: str,
        *,
        reader: Reader | None = None,
        conversation: str | None = None,
        history: Sequence[Turn] | None = None,
        max_hops: int | None = None,
        stopping: bool = True,
        channel: str = "",
        priority: Priority = "interactive",
        run_id: str | None = None,
    ) -> AsyncGenerator[Event, None]:
        """Like `ask`, but yields events while it works; the `Answer` is the last one. Closing the stream early cancels
        the run. The conversation remembers a turn only once its answer is complete."""
        asked, asker = self._checked(question), checked_reader(reader, self.settings.tenant)
        started, resumable, mode = time.perf_counter(), bool(run_id), self.settings.mode
        run_id = run_id or uuid.uuid4().hex
        limits = self._context(asker, max_hops)
        context = replace(limits, stopping=stopping, run_id=run_id, channel=channel, asked_at=started)
        with (
            self._alone(run_id),
            self.telemetry.question(run_id, asked, reader=asker, conversation=conversation, mode=mode) as run,
        ):
            async with self.serving.admission.place(priority):
                async with self.serving.turns.mine(started):
                    since = await self._memory.begin(conversation)
                    turns, notes = await self._turns(asker, conversation, history)
                state: State | None = None
                asking = _Asking(asked, asker, turns, context, run_id, started, resumable)
                async with aclosing(self.serving.admission.while_open(self._answered(asking))) as events:
                    async for event in events:
                        if isinstance(event, State):
                            state = event
                        elif isinstance(event, Answer):
                            answer = event
                        else:
                            yield event
                is_small_talk = not answer.hops and not answer.from_cache
                notes += await self._memory.keep(answer, asker, conversation, since, small_talk=is_small_talk)
                run.answered(answer, state)
            yield answer.model_copy(update={"notes": (*answer.notes, *notes)}) if notes else answer

    @contextmanager
    def _alone(self, run_id: str) -> Iterator[None]:
        """Holds a run's id while it is worked on: two workers on one run would overwrite each other's checkpoint."""
        if run_id in self._under_way:
            raise RunUnderWay(f"The run {run_id} is being worked on; ask again in a moment.", retry_after_seconds=5.0)
        self._under_way.add(run_id)
        try:
            yield
        finally:
            self._under_way.discard(run_id)

    async def _answered(self, asking: "_Asking") -> AsyncGenerator[Event | State, None]:
        """The run's events, its final state and its answer; or only a cached answer, if there is one. Follow-ups are
        never cached: their meaning depends on what was said before."""
        cache = self.serving.answers if not asking.turns else None
        place: Place | None = None
        if cache is not None:
            place = await cache.find(asking.question, asking.reader, asking.options)
            if place is not None and place.answer is not None:
                yield given_again(place.answer, asking.question, asking.run_id, asking.elapsed_ms)
                return
        state: State | None = None
        async with aclosing(self._run(asking)) as events:
            async for event in events:
                state = event if isinstance(event, State) else state
                yield event
        assert state is not None
        answer = answer_of(state, self.settings.mode, asking.run_id, asking.elapsed_ms)
        if cache is not None and place is not None and state.small_talk is None and not state.degraded:
            await cache.keep(place, asking.question, answer, asking.reader.user)
        yield answer

    async def search(
        self,
        question: str,
        *,
        reader: Reader | None = None,
        history: Sequence[Turn] = (),
        k: int = 5,
        max_hops: int | None = None,
        stopping: bool = True,
        priority: Priority = "interactive",
    ) -> SearchReport:
        """Retrieve the chain of evidence without an answer: at most 50 passages, best first. `max_hops=1` is the first
        search alone; `stopping=False` takes all hops, whatever they find. Raises what `ask` raises."""
        asker, k = checked_reader(reader, self.settings.tenant), checked_results(k)
        context = replace(self._context(asker, max_hops), answering=False, stopping=stopping)
        since = await self._memory.begin(None)
        asking = _Asking(self._checked(question), asker, tuple(history), context, uuid.uuid4().hex, time.perf_counter())
        state: State | None = None
        async with self.serving.admission.place(priority):
            async for event in self.serving.admission.while_open(self._run(asking)):
                state = event if isinstance(event, State) else state
        assert state is not None
        report = report_of(state, k, asking.elapsed_ms)
        await self._memory.keep_search(report, asker, asking.run_id, since)
        return report

    async def ingest(
        self,
        paths: Sequence[Path],
        *,
        groups: tuple[str, ...] | None = None,
        tenant: str | None = None,
        progress: Callable[[IngestProgress], None] = lambda progress: None,
    ) -> IngestReport:
        """Bring the store in line with these files and folders, and remove what is gone from conversations too. Needs
        an assistant that was opened with `create=True`."""
        loader, owner = await self._loaded(), tenant or self.settings.tenant
        report = await loader.ingest(paths, groups=groups, tenant=owner, progress=progress)
        forgotten = await loader.forget(owner, CONVERSATIONS, self._conversations.erase_source)
        return replace(report, turns_forgotten=forgotten)

    async def forget(
        self, holder: str, erase_source: Callable[[str, str], Awaitable[int]], *, tenant: str | None = None
    ) -> int:
        """Have another place that remembers sources (`holder`) erase those that were removed, or lost readers, since it
        last did. Returns the sum of what `erase_source` returned."""
        return await (await self._loaded()).forget(tenant or self.settings.tenant, holder, erase_source)

    async def erase_source(
        self, source: str, *, tenant: str | None = None, elsewhere: Sequence[Holder] = ()
    ) -> Receipt:
        """Remove a source (or everything below a folder) from the store and from every place that remembers something
        drawn from it. `elsewhere` adds places that the assistant does not know. `agent.erasure.erase` lists the
        errors."""
        self.serving.clear()
        documents: tuple[Holder, ...] = (MirroredCopies(self.settings), StoredPassages(self.erase_passages))
        return await erase_source(
            self.settings,
            source,
            tenant or self.settings.tenant,
            documents=documents,
            holders=(*self._memory.holders, *elsewhere),
            log=self._memory.audit_log,
        )

    async def erase_user(self, user: str, *, elsewhere: Sequence[Holder] = ()) -> Receipt:
        """Forget a person's questions and answers in every place that this assistant opens, and in `elsewhere`: it does
        not open Slack's queue and evaluation runs, which `integrations.forgetting` knows."""
        self.serving.clear()
        holders = (*self._memory.holders, *elsewhere)
        return await erase("user", user, self.settings.tenant, holders, self._memory.audit_log)

    def export_user(self, user: str, *, elsewhere: Sequence[Holder] = ()) -> AsyncIterator[dict[str, Any]]:
        """What is stored about a person, entry by entry, each with its `place`."""
        return export(user, (*self._memory.holders, *elsewhere))

    async def erase_passages(self, source: str, tenant: str) -> int:
        """Remove a source from the store only; returns the number of passages removed."""
        return await (await self._loaded()).erase(source, tenant)

    async def _loaded(self) -> "Loader":
        """The loader, made at first use: a question must not wait for the parsers to be imported."""
        if self._open_loader is None:
            self._open_loader = await asyncio.to_thread(self._loader)
        return self._open_loader

    async def _run(self, asking: "_Asking") -> AsyncGenerator[Progress | State, None]:
        """The graph's progress, then its final state. Leaving early cancels the run."""
        runs = self.serving.runs if asking.resumable else None
        config: RunnableConfig = {"recursion_limit": RECURSION_LIMIT}
        start: Question | None = Question(asking.question, asking.turns)
        context = asking.context
        if runs is not None:
            config["configurable"] = {"thread_id": asking.run_id}
            start, context, reached = await self._taken_up(asking, runs, config)
            if reached is not None:
                yield reached
                await runs.done(asking.run_id)
                return
        async with aclosing(self._steps(start, context, config, kept=runs is not None)) as events:
            async for event in events:
                yield event
        # A run that is cancelled or killed before this point keeps its checkpoint, and can be resumed.
        if runs is not None:
            await runs.done(asking.run_id)

    async def _taken_up(
        self, asking: "_Asking", runs: "Runs", config: "RunnableConfig"
    ) -> tuple[Question | None, Context, State | None]:
        """The graph's input (None: go on from the checkpoint), its context, and the final state if it was reached."""
        fresh = Question(asking.question, asking.turns), asking.context, None
        if not await runs.begin(asking.run_id, Task(asking.question, asking.reader, asking.options)):
            return fresh
        kept = await self.graph.aget_state(config)
        if not kept.values:
            return fresh
        if not kept.tasks:  # `next` would also be empty when all tasks of a step are done but the step is not yet saved
            return None, asking.context, State(**kept.values)
        # The question is not charged for the time in which nobody worked on it.
        elapsed = kept.values.get("elapsed")
        begun_at = time.perf_counter() - elapsed if elapsed else None
        return None, replace(asking.context, begun_at=begun_at), None

    async def _steps(
        self, start: Question | None, context: Context, config: "RunnableConfig", *, kept: bool
    ) -> AsyncGenerator[Progress | State, None]:
        values: dict[str, Any] = {}
        stream = (self.graph if kept else self._unkept).astream(
            start,
            context=context,
            stream_mode=["custom", "values"],
            config=config,
            durability="sync" if kept else None,
        )
        async with aclosing(cast("AsyncGenerator[Any, None]", stream)) as chunks:
            async for mode, chunk in chunks:
                if mode == "custom":
                    yield chunk
                else:
                    values = chunk
        yield State(**values)

    async def _turns(
        self, reader: Reader, conversation: str | None, history: Sequence[Turn] | None
    ) -> tuple[tuple[Turn, ...], tuple[str, ...]]:
        """The earlier turns that the question may refer to, and a note if they could not be read."""
        if history is not None:
            return (tuple(history)[-self.settings.history_turns :] if self.settings.history_turns else ()), ()
        if conversation is None or not self.settings.history_turns:
            return (), ()
        try:
            turns = await self._memory.turns(conversation, reader, self.settings.history_turns)
        except AccessViolation:
            raise
        except HoplineError as error:
            return (), (f"The question was answered on its own, since the conversation can't be read: {error}",)
        return turns, ()

    def _checked(self, question: str) -> str:
        return checked_question(question, self.settings.max_question_characters)

    def _context(self, reader: Reader, max_hops: int | None) -> Context:
        limits = self.settings
        return Context(
            user=reader.user,
            groups=reader.groups,
            tenant=reader.tenant,
            max_hops=checked_hops(max_hops, limits.max_hops),
            max_model_calls=limits.max_model_calls,
            max_tokens=limits.max_tokens,
            max_seconds=limits.max_seconds,
            top_k=limits.top_k,
            max_error_rate=limits.max_error_rate,
            min_confidence=limits.min_confidence,
        )
