"""What outlives a question: conversations, the audit log, and every other place that remembers people or sources."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from agent.answers import Answer, SearchReport
from agent.audit.log import AuditLog, open_audit_log
from agent.audit.recording import Recorder, record_of, record_of_search
from agent.conversations import Conversations
from agent.holders import Holder
from agent.reporting import cited_sources
from agent.serving.ports import serving_conversations
from agent.settings import Settings
from graph.language import Turn
from tools.errors import HoplineError
from tools.passages import Reader
from tools.personal_data import check_pipeline

Readable = Callable[[Sequence[str], Reader], Awaitable[frozenset[str]]]
"""Those of the sources that the store holds and a reader may read."""

log = logging.getLogger("hopline.audit")


class Memory:
    """`holders` are all places that remember, the store aside, in the order in which erasure asks them: first what
    others are filled from."""

    def __init__(
        self, conversations: Conversations, audit_log: AuditLog, recorder: Recorder, holders: Sequence[Holder] = ()
    ) -> None:
        self.conversations, self.audit_log = conversations, audit_log
        self.holders: tuple[Holder, ...] = (*holders, conversations, audit_log)
        self._recorder = recorder
        self._readable: Readable | None = None
        self._under_way: set[asyncio.Future[None]] = set()

    def also_in(self, *holders: Holder) -> None:
        """Further places that remember."""
        self.holders = (*holders, *self.holders)

    def look_at(self, readable: Readable) -> None:
        """From now on the store says which remembered sources a reader may still read."""
        self._readable = readable

    async def turns(self, conversation: str, reader: Reader, limit: int) -> tuple[Turn, ...]:
        """The newest turns of the reader's conversation, without those that drew on a source which was deleted since,
        or which the reader may not read any more: rights that changed hold for what was said before as well."""
        known = await self.conversations.turns_with_sources(conversation, reader=reader, limit=limit)
        drawn_on = sorted(frozenset[str]().union(*(sources for _, sources in known)))
        if self._readable is None or not drawn_on:
            return tuple(turn for turn, _ in known)
        readable = await self._readable(drawn_on, reader)
        return tuple(turn for turn, sources in known if sources <= readable)

    @property
    def records(self) -> bool:
        return self._recorder.mode != "off"

    async def begin(self, conversation: str | None) -> int | None:
        """Where the audit log stands as a question begins, which tells later whether an erasure came between. None
        when nothing will be kept of the question, or when the log can't be read: then nothing may be kept of it."""
        if conversation is None and not self.records:
            return None
        try:
            return (await self.audit_log.head()).seq
        except HoplineError as error:
            if self._recorder.mode == "required":
                raise
            log.error("the audit log can't be read, so this question is not remembered: %s", error)
            return None

    async def keep(
        self, answer: Answer, reader: Reader, conversation: str | None, since: int | None, *, small_talk: bool
    ) -> tuple[str, ...]:
        """Keep what the settings say of an answer, unless an erasure that began meanwhile covers it. Returns a note
        when its turn could not be remembered: the answer is there, and true, all the same."""
        if since is None:
            return ()
        notes: tuple[str, ...] = ()
        # Thanks in between must not become what the next "and who …?" points back to.
        if conversation is not None and not small_talk:
            try:
                await self._to_the_end(self._remember(answer, reader, conversation, since))
            except HoplineError as error:
                notes = (f"This answer will not be remembered in the conversation: {error}",)
        if self.records:
            await self._recorder.record(record_of(answer, reader, conversation, since))
        return notes

    async def keep_search(self, report: SearchReport, reader: Reader, run_id: str, since: int | None) -> None:
        if since is not None and self.records:
            await self._recorder.record(record_of_search(report, reader, run_id, since))

    async def _remember(self, answer: Answer, reader: Reader, conversation: str, since: int) -> None:
        """Written first and looked at afterwards: an erasure that begins later than the look finds the turn itself."""
        sources = cited_sources(answer)
        turn = Turn(answer.question, "" if answer.status == "declined" else answer.answer)
        await self.conversations.append(conversation, turn, reader=reader, run_id=answer.run_id, sources=sources)
        if await self.audit_log.erased_since(since, reader.user, sources, reader.tenant):
            await self.conversations.forget_run(answer.run_id)

    async def _to_the_end(self, work: Coroutine[Any, Any, None]) -> None:
        """Whoever asked may go away meanwhile: what was written is looked at all the same."""
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        await asyncio.shield(task)

    async def close(self) -> None:
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._recorder.close()
        await self.conversations.close()
        await self.audit_log.close()


@asynccontextmanager
async def open_memory(settings: Settings) -> AsyncIterator[Memory]:
    """What the settings name; nothing is opened before its first use. Other places that remember go into `holders`."""
    async with AsyncExitStack() as closing:
        conversations = await asyncio.to_thread(serving_conversations, settings.home, settings.database)
        audit_log = await asyncio.to_thread(audit_log_of, settings)
        if settings.audit_names_model:
            await asyncio.to_thread(check_pipeline, settings.audit_names_model)
        recorder = Recorder(audit_log, settings.audit, settings.audit_retention_days, settings.audit_names_model)
        memory = Memory(conversations, audit_log, recorder)
        closing.push_async_callback(memory.close)
        yield memory


def audit_log_of(settings: Settings) -> AuditLog:
    key = settings.audit_key.get_secret_value() if settings.audit_key else None
    return open_audit_log(settings.home, settings.database, key)
