"""The assistant: one graph behind Slack, programs, the command line and evaluation runs."""

import asyncio
import re
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from agent.answers import Answer, SearchReport
from agent.erasure import Receipt, StoredPassages, erase, export
from agent.events import Event
from agent.holders import Holder
from agent.memory import Memory
from agent.readiness import Readiness
from agent.reporting import answer_of, report_of
from agent.settings import Settings
from agent.telemetry.watching import Telemetry
from graph.build import Graph
from graph.language import Turn
from graph.progress import Progress
from graph.state import Context, Question, State
from tools.errors import InvalidQuestion
from tools.ingestion.changes import IngestReport
from tools.ingestion.changes import Progress as IngestProgress
from tools.passages import Reader

if TYPE_CHECKING:
    from tools.ingestion.loader import Loader

_TERMINAL_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
RECURSION_LIMIT = 100
"""Above what `max_hops` ≤ 10 can use: the budget in the state ends a run, never LangGraph's limit."""


class Assistant:
    """Answers questions over the ingested documents; made by `agent.open_assistant`."""

    def __init__(
        self,
        settings: Settings,
        graph: Graph,
        memory: Memory,
        loader: Callable[[], "Loader"],
        *,
        telemetry: Telemetry | None = None,
        readiness: Readiness | None = None,
    ) -> None:
        self.settings = settings
        self.telemetry = telemetry or Telemetry()
        self.readiness = readiness or Readiness({}, self.telemetry.metrics)
        self.graph = graph
        self._memory, self._conversations = memory, memory.conversations
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
    ) -> Answer:
        """Answer one question as `reader` may know it (default: public passages only).

        `conversation` names a remembered thread; `history` gives the earlier turns instead. `stopping=False` takes
        every hop up to `max_hops`, whatever they bring. `channel` is where it was asked, for the books. Raises
        InvalidQuestion, and what the store and the model raise; a question that can't be answered is a declined
        `Answer`, no error.
        """
        stream = self.stream(
            question,
            reader=reader,
            conversation=conversation,
            history=history,
            max_hops=max_hops,
            stopping=stopping,
            channel=channel,
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
    ) -> AsyncGenerator[Event, None]:
        """The same, as it happens; closed early, it cancels the run. A turn is remembered once its answer is whole."""
        started, run_id = time.perf_counter(), uuid.uuid4().hex
        asker = reader or Reader(tenant=self.settings.tenant)
        asked = self._checked(question)
        context = replace(self._context(asker, max_hops), stopping=stopping, run_id=run_id, channel=channel)
        mode = self.settings.mode
        with self.telemetry.question(run_id, asked, reader=asker, conversation=conversation, mode=mode) as run:
            since = await self._memory.begin(conversation)
            turns = await self._turns(asker, conversation, history)
            state: State | None = None
            async with aclosing(self._run(asked, turns, context)) as events:
                async for event in events:
                    if isinstance(event, State):
                        state = event
                    else:
                        yield event
            assert state is not None
            answer = answer_of(state, mode, run_id, (time.perf_counter() - started) * 1000)
            await self._memory.keep(answer, asker, conversation, since, small_talk=state.small_talk is not None)
            run.answered(answer, state)
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
    ) -> SearchReport:
        """The chain of evidence alone, best passage first, at most 50. `max_hops=1` is the first search by itself;
        `stopping=False` takes every hop there is, whatever they bring."""
        started = time.perf_counter()
        asker = reader or Reader(tenant=self.settings.tenant)
        context = replace(self._context(asker, max_hops), answering=False, stopping=stopping)
        since = await self._memory.begin(None)
        state: State | None = None
        async for event in self._run(self._checked(question), tuple(history), context):
            state = event if isinstance(event, State) else state
        assert state is not None
        report = report_of(state, k, (time.perf_counter() - started) * 1000)
        await self._memory.keep_search(report, asker, uuid.uuid4().hex, since)
        return report

    async def ingest(
        self,
        paths: Sequence[Path],
        *,
        groups: tuple[str, ...] | None = None,
        tenant: str | None = None,
        progress: Callable[[IngestProgress], None] = lambda progress: None,
    ) -> IngestReport:
        """Make the store hold what these files and folders hold now; open the assistant with `create=True`."""
        return await (await self._loaded()).ingest(
            paths, groups=groups, tenant=tenant or self.settings.tenant, progress=progress
        )

    async def erase_source(
        self, source: str, *, tenant: str | None = None, elsewhere: Sequence[Holder] = ()
    ) -> Receipt:
        """Remove a source (or all below it) from the store and from every place that remembers what was drawn from it;
        `elsewhere` are places that the assistant does not know of. See `agent.erasure.erase` for what it raises."""
        holders = (StoredPassages(self.erase_passages), *self._memory.holders, *elsewhere)
        return await erase("source", source, tenant or self.settings.tenant, holders, self._memory.audit_log)

    async def erase_user(self, user: str, *, elsewhere: Sequence[Holder] = ()) -> Receipt:
        """Forget what a person asked and was answered, in every place."""
        holders = (*self._memory.holders, *elsewhere)
        return await erase("user", user, self.settings.tenant, holders, self._memory.audit_log)

    def export_user(self, user: str, *, elsewhere: Sequence[Holder] = ()) -> AsyncIterator[dict[str, Any]]:
        """What is held about a person, an entry a time, each with its `place`."""
        return export(user, (*self._memory.holders, *elsewhere))

    async def erase_passages(self, source: str, tenant: str) -> int:
        """Remove a source from the store alone; returns how many passages that were."""
        return await (await self._loaded()).erase(source, tenant)

    async def _loaded(self) -> "Loader":
        """Made when first used: a question must not wait for the parsers to be imported."""
        if self._open_loader is None:
            self._open_loader = await asyncio.to_thread(self._loader)
        return self._open_loader

    async def _run(
        self, question: str, turns: tuple[Turn, ...], context: Context
    ) -> AsyncGenerator[Progress | State, None]:
        """The graph's progress, then its final state. Leaving early cancels the run."""
        values: dict[str, Any] = {}
        stream = self.graph.astream(
            Question(question, turns),
            context=context,
            stream_mode=["custom", "values"],
            config={"recursion_limit": RECURSION_LIMIT},
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
    ) -> tuple[Turn, ...]:
        if history is not None:
            return tuple(history)[-self.settings.history_turns :] if self.settings.history_turns else ()
        if conversation is None or not self.settings.history_turns:
            return ()
        return await self._memory.turns(conversation, reader, self.settings.history_turns)

    def _checked(self, question: str) -> str:
        """The question with its white space tidied; raises InvalidQuestion."""
        spoken = _TERMINAL_SEQUENCE.sub("", question)
        asked = " ".join("".join(c if c.isprintable() or c.isspace() else " " for c in spoken).split())
        if not any(character.isalnum() for character in asked):
            raise InvalidQuestion("The question is empty: ask something with at least one word in it.")
        if len(asked) > self.settings.max_question_characters:
            raise InvalidQuestion(
                f"The question has {len(asked):,} characters; the limit is {self.settings.max_question_characters:,} "
                "(HOPLINE_MAX_QUESTION_CHARACTERS). Ask its core, and ingest long texts as documents."
            )
        return asked

    def _context(self, reader: Reader, max_hops: int | None) -> Context:
        limits = self.settings
        return Context(
            user=reader.user,
            groups=reader.groups,
            tenant=reader.tenant,
            max_hops=max(1, limits.max_hops if max_hops is None else max_hops),
            max_model_calls=limits.max_model_calls,
            max_tokens=limits.max_tokens,
            max_seconds=limits.max_seconds,
            top_k=limits.top_k,
            max_error_rate=limits.max_error_rate,
            min_confidence=limits.min_confidence,
        )
