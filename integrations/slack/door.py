"""From a question in Slack to the answer in its thread: each accepted question ends in something that people see."""

import asyncio
import logging
from typing import Protocol

from slack_sdk.web.async_client import AsyncWebClient

from agent.answers import Answer
from integrations.slack.blocks import SlackMessage, plain, render
from integrations.slack.deliveries import Deliveries
from integrations.slack.questions import Identity, SlackQuestion, question_of
from integrations.slack.rights import NO_GROUPS, Groups, evidence_line, reader_of
from integrations.slack.status import SessionStatus
from tools.errors import InvalidQuestion, TransientError
from tools.passages import DEFAULT_TENANT, Reader
from tools.ports import JsonObject

NO_QUESTION = "Ask me something about the documents, for example: who approves a refund above the standard limit?"
TRY_AGAIN = "I can't reach everything that I need right now, so I have no answer yet. Please ask again in a minute."
WENT_WRONG = (
    "Something went wrong on my side, so I have no answer. It is in my log as {reference}; please ask again later."
)
STOPPED = "Stopped, as you asked. Ask again whenever you like."
RESTARTED = "I am being restarted and couldn't finish this answer. Please ask again in a minute."

_FAREWELL_SECONDS = 10.0

log = logging.getLogger("hopline.slack")


class Answerer(Protocol):
    """The part of the assistant that this door needs."""

    async def ask(self, question: str, *, reader: Reader, conversation: str | None = None) -> Answer: ...


class SlackDoor:
    """Accepts events and answers each in a task of its own: Slack has its acknowledgement while it is worked on."""

    def __init__(
        self,
        assistant: Answerer,
        client: AsyncWebClient,
        status: SessionStatus,
        identity: Identity,
        *,
        tenant: str = DEFAULT_TENANT,
        groups: Groups = NO_GROUPS,
    ) -> None:
        self._assistant = assistant
        self._client = client
        self._status = status
        self._identity = identity
        self._tenant = tenant
        self._groups = groups
        self._deliveries = Deliveries()
        self._running: dict[asyncio.Task[None], SlackQuestion] = {}
        self._stopped: set[asyncio.Task[None] | None] = set()

    def accept(self, body: JsonObject) -> bool:
        """Take an event on; False for what is no question or was taken on before. Returns without waiting."""
        question = question_of(body, self._identity)
        if question is None or not self._deliveries.is_first(question.event_id, question.channel, question.ts):
            return False
        task = asyncio.create_task(self._answer(question))
        self._running[task] = question
        task.add_done_callback(self._ended)
        return True

    def stop(self, channel: str, thread: str) -> int:
        """Somebody pressed Stop in a thread; returns how many answers it ended."""
        tasks = [task for task, asked in self._running.items() if (asked.channel, asked.thread) == (channel, thread)]
        for task in tasks:
            self._stopped.add(task)
            task.cancel()
        return len(tasks)

    async def drain(self, grace_seconds: float) -> None:
        """Let running answers end, then end them with a word about it."""
        if self._running:
            await asyncio.wait(list(self._running), timeout=grace_seconds)
        rest = list(self._running)
        for task in rest:
            task.cancel()
        if rest:
            await asyncio.wait(rest, timeout=_FAREWELL_SECONDS)

    def _ended(self, task: asyncio.Task[None]) -> None:
        question = self._running.pop(task)
        self._stopped.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("nothing could be posted for %s in %s", question.event_id, question.channel, exc_info=error)

    async def _answer(self, question: SlackQuestion) -> None:
        try:
            async with self._status.processing(question.channel, question.thread):
                for message in await self._messages(question):
                    await self._post(question, message)
        except asyncio.CancelledError:
            await self._post(question, plain(STOPPED if asyncio.current_task() in self._stopped else RESTARTED))
            raise
        except Exception:
            log.exception("no answer for %s in %s", question.event_id, question.channel)
            await self._post(question, plain(WENT_WRONG.format(reference=question.event_id or question.ts)))

    async def _messages(self, question: SlackQuestion) -> list[SlackMessage]:
        if not question.text:
            return [plain(NO_QUESTION)]
        reader = reader_of(question, self._groups, self._tenant)
        try:
            answer = await self._assistant.ask(question.text, reader=reader, conversation=question.conversation)
        except InvalidQuestion as error:
            return [plain(str(error))]
        except TransientError as error:
            log.warning("no answer for %s: %s", question.event_id, error)
            return [plain(TRY_AGAIN)]
        return render(answer, evidence=evidence_line(reader))

    async def _post(self, question: SlackQuestion, message: SlackMessage) -> None:
        await self._client.chat_postMessage(
            channel=question.channel,
            thread_ts=question.thread,
            text=message.text,
            blocks=message.blocks,
            parse="none",
            link_names=False,
            unfurl_links=False,
            unfurl_media=False,
        )
