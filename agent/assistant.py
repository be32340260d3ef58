"""The assistant: one graph behind Slack, programs, the command line and evaluation runs."""

import asyncio
import re
import time
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from agent.answers import Answer, SearchReport
from agent.conversations import Conversations
from agent.events import Event
from agent.reporting import answer_of, cited_sources, report_of
from agent.settings import Settings
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

if TYPE_CHECKING:
    from tools.ingestion.loader import Loader

_TERMINAL_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
CONVERSATIONS = "conversations"
RECURSION_LIMIT = 100
"""Above what `max_hops` ≤ 10 can use: the budget in the state ends a run, never LangGraph's limit."""


@dataclass(frozen=True, slots=True)
class ErasureReceipt:
    """What was removed, and where from."""

    passages: int = 0
    turns: int = 0


class Assistant:
    """Answers questions over the ingested documents; made by `agent.open_assistant`."""

    def __init__(
        self, settings: Settings, graph: Graph, conversations: Conversations, loader: Callable[[], "Loader"]
    ) -> None:
        self.settings = settings
        self.graph = graph
        self._conversations = conversations
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
    ) -> Answer:
        """Answer one question as `reader` may know it (default: public passages only).

        `conversation` names a remembered thread; `history` gives the earlier turns instead. `stopping=False` takes
        every hop up to `max_hops`, whatever they bring. Raises InvalidQuestion, and what the store and the model
        raise; a question that can't be answered is a declined `Answer`, no error.
        """
        stream = self.stream(
            question,
            reader=reader,
            conversation=conversation,
            history=history,
            max_hops=max_hops,
            stopping=stopping,
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
    ) -> AsyncGenerator[Event, None]:
        """The same, as it happens; closed early, it cancels the run. A turn is remembered once its answer is whole."""
        started, run_id = time.perf_counter(), uuid.uuid4().hex
        asker = reader or Reader(tenant=self.settings.tenant)
        asked = self._checked(question)
        turns = await self._turns(asker, conversation, history)
        state: State | None = None
        context = replace(self._context(asker, max_hops), stopping=stopping)
        async with aclosing(self._run(asked, turns, context)) as events:
            async for event in events:
                if isinstance(event, State):
                    state = event
                else:
                    yield event
        assert state is not None
        answer = answer_of(state, self.settings.mode, run_id, (time.perf_counter() - started) * 1000)
        # Thanks in between must not become what the next "and who …?" points back to.
        if conversation is not None and state.small_talk is None:
            remembered = Turn(asked, "" if answer.status == "declined" else answer.answer)
            await self._conversations.append(
                conversation, remembered, reader=asker, run_id=run_id, sources=cited_sources(answer)
            )
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
        state: State | None = None
        async for event in self._run(self._checked(question), tuple(history), context):
            state = event if isinstance(event, State) else state
        assert state is not None
        return report_of(state, k, (time.perf_counter() - started) * 1000)

    async def ingest(
        self,
        paths: Sequence[Path],
        *,
        groups: tuple[str, ...] | None = None,
        tenant: str | None = None,
        progress: Callable[[IngestProgress], None] = lambda progress: None,
    ) -> IngestReport:
        """Make the store hold what these files and folders hold now, and conversations nothing of what is gone; open
        the assistant with `create=True`."""
        loader, owner = await self._loaded(), tenant or self.settings.tenant
        report = await loader.ingest(paths, groups=groups, tenant=owner, progress=progress)
        forgotten = await loader.forget(owner, CONVERSATIONS, self._conversations.erase_source)
        return replace(report, turns_forgotten=forgotten)

    async def forget(
        self, holder: str, erase_source: Callable[[str, str], Awaitable[int]], *, tenant: str | None = None
    ) -> int:
        """Have another place that remembers sources forget those that ingestions have removed since it last did."""
        return await (await self._loaded()).forget(tenant or self.settings.tenant, holder, erase_source)

    async def erase_source(self, source: str, *, tenant: str | None = None) -> ErasureReceipt:
        """Remove a source (or all below it) from the store and from what conversations remember of it."""
        owner = tenant or self.settings.tenant
        passages = await (await self._loaded()).erase(source, owner)
        return ErasureReceipt(passages=passages, turns=await self._conversations.erase_source(source, owner))

    async def erase_user(self, user: str) -> ErasureReceipt:
        """Forget what a person asked and was answered."""
        return ErasureReceipt(turns=await self._conversations.erase_user(user))

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
        return tuple(await self._conversations.turns(conversation, reader=reader, limit=self.settings.history_turns))

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
