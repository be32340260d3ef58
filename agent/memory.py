"""What outlives a question: conversations, the audit log, and all other places that remember people or sources."""

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
    """`holders` are all places that remember, except the store, in the order in which erasure asks them: those that
    others are filled from come first."""

    def __init__(
        self, conversations: Conversations, audit_log: AuditLog, recorder: Recorder, holders: Sequence[Holder] = ()
    ) -> None:
        self.conversations, self.audit_log = conversations, audit_log
        self.holders: tuple[Holder, ...] = (*holders, conversations, audit_log)
        self._recorder = recorder
        self._readable: Readable | None = None
        self._under_way: set[asyncio.Future[None]] = set()

    def also_in(self, *holders: Holder) -> None:
        """Add further places that remember."""
        self.holders = (*holders, *self.holders)

    def look_at(self, readable: Readable) -> None:
        """Set how to find out which remembered sources a reader may still read: the store knows."""
        self._readable = readable

    async def turns(self, conversation: str, reader: Reader, limit: int) -> tuple[Turn, ...]:
        """The newest turns of the reader's conversation, without those that drew on a source which has been deleted, or
        which the reader may no longer read: changed rights apply to earlier answers too."""
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
        """The position of the audit log as a question begins, by which `keep` sees whether an erasure came between.
        None if nothing of the question will be kept, or if the log can't be read: then nothing may be kept."""
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
        """Keep of an answer what the settings ask for, unless an erasure that began meanwhile covers it. If its turn
        can't be remembered, returns a note about that; the answer is still given."""
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
        """Write the turn, then look for erasures: one that begins after this look finds the turn itself."""
        sources = cited_sources(answer)
        turn = Turn(answer.question, "" if answer.status == "declined" else answer.answer)
        await self.conversations.append(conversation, turn, reader=reader, run_id=answer.run_id, sources=sources)
        if await self.audit_log.erased_since(since, reader.user, sources, reader.tenant):
            await self.conversations.forget_run(answer.run_id)

    async def _to_the_end(self, work: Coroutine[Any, Any, None]) -> None:
        """Finish the work even if the caller is cancelled: what was written must still be checked for erasures."""
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
    """The memory that the settings name. Nothing is opened before its first use; `also_in` adds other places."""
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
