"""The messages of one answer in Slack: each is there once, whatever happens between sending and noting it.

Slack has no way to post idempotently. So before a message is sent, the queue notes that one is under way; afterwards
it notes the message's ts. When that second note is missing (a crash, a lost reply), the thread is read back first: a
message that carries the question's key as metadata is this one. A stream can't carry metadata before it ends; the
app's own message without any, newer than the note, can only be it, since a thread has one job at a time.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Sequence
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from integrations.slack.blocks import SlackMessage
from integrations.slack.pace import Pace
from integrations.slack.questions import seconds_of
from integrations.slack.refusals import STREAMING, error_of, refused
from integrations.slack.storage.jobs import Job
from integrations.slack.storage.queue import Queue
from integrations.slack.timing import Timing
from integrations.slack.workspaces import Workspace
from tools.ports import JsonObject

EVENT_TYPE = "hopline_answer"
_LOST = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"})
_UNREADABLE = frozenset({"missing_scope", "not_allowed_token_type", "channel_not_found", "thread_not_found"})
_CLOCK_SKEW_SECONDS = 60.0
"""By how much our clock and Slack's may come apart while a question is answered."""

log = logging.getLogger("hopline.slack")


class LeaseLost(Exception):
    """Another worker has the job now; this one must not touch Slack any more."""


class Unsure(Exception):
    """A post may or may not be there: the reply was lost."""


class Lease:
    """What this worker believes about its lease; `left` errs on the short side."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.renew()

    def renew(self) -> None:
        self._until = time.monotonic() + self._seconds

    def lose(self) -> None:
        self._until = 0.0

    @property
    def left(self) -> float:
        return self._until - time.monotonic()


class Posts:
    """The posts of one leased job. Raises LeaseLost, SlackApiError, or what the connection raises."""

    def __init__(
        self, job: Job, owner: str, lease: Lease, queue: Queue, workspace: Workspace, pace: Pace, timing: Timing
    ) -> None:
        self._job = job
        self._owner = owner
        self._lease = lease
        self._queue = queue
        self._workspace = workspace
        self._pace = pace
        self._timing = timing
        self._pending = job.posting
        self.ts = list(job.posts)

    def check_lease(self) -> None:
        """Nothing is sent, changed or deleted on a lease that could run out while Slack is still thinking."""
        if self._lease.left < self._timing.call:
            raise LeaseLost(f"job {self._job.id}")

    async def recover(self) -> None:
        """Find the message that an earlier worker may have sent without noting it."""
        if self._pending is not None:
            await self._settle(len(self.ts))

    async def deliver(self, messages: Sequence[SlackMessage]) -> None:
        """Make the job's messages in Slack these and no others, in this order."""
        for part, message in enumerate(messages):
            if part >= len(self.ts):
                await self.post(message)
            elif not await self.update(part, message):
                await self.post(message, instead_of=part)
        for ts in self.ts[len(messages) :]:
            await self._delete(ts)
        if len(self.ts) > len(messages):
            self.ts = self.ts[: len(messages)]
            await self._note()

    async def replace(self, messages: Sequence[SlackMessage]) -> None:
        """Let the messages that are there read like this. Nothing new is posted: one that somebody deleted stays so."""
        for part, message in enumerate(messages[: len(self.ts)]):
            if not await self.update(part, message):
                log.info("a message in %s can't be edited any more", self._job.question.channel)
        for ts in self.ts[len(messages) :]:
            await self._delete(ts)

    async def withdraw(self) -> None:
        for ts in self.ts:
            await self._delete(ts)
        self.ts = []
        await self._note()

    async def post(self, message: SlackMessage, *, instead_of: int | None = None) -> None:
        part = len(self.ts) if instead_of is None else instead_of

        def call() -> Awaitable[AsyncSlackResponse]:
            question = self._job.question
            return self._workspace.poster.chat_postMessage(
                channel=question.channel,
                thread_ts=question.thread or None,
                metadata=self._metadata(part),
                **_shown(message),
            )

        await self._sent(part, call)

    async def start_stream(self, chunks: Sequence[JsonObject]) -> str:
        """Begin a message that grows; its ts."""
        question = self._job.question

        def call() -> Awaitable[AsyncSlackResponse]:
            return self._workspace.poster.chat_startStream(
                channel=question.channel,
                thread_ts=question.thread,
                recipient_user_id=question.user,
                recipient_team_id=question.team,
                chunks=list(chunks),
                task_display_mode="timeline",
            )

        await self._sent(len(self.ts), call)
        return self.ts[-1]

    async def append_stream(self, ts: str, chunks: Sequence[JsonObject]) -> None:
        self.check_lease()
        await self._workspace.poster.chat_appendStream(channel=self._job.question.channel, ts=ts, chunks=list(chunks))

    async def stop_stream(self, ts: str) -> None:
        """End a stream; one that Slack has ended, or that nobody started, is as good."""
        try:
            await self._workspace.client.chat_stopStream(channel=self._job.question.channel, ts=ts)
        except SlackApiError as error:
            if error_of(error) not in {"message_not_in_streaming_state", *_LOST}:
                raise

    async def update(self, part: int, message: SlackMessage) -> bool:
        """False when the message is not there any more, or can't be changed."""
        try:
            return await self._updated(part, message)
        except SlackApiError as error:
            if error_of(error) != STREAMING:
                raise
        await self.stop_stream(self.ts[part])
        return await self._updated(part, message)

    async def _updated(self, part: int, message: SlackMessage) -> bool:
        self.check_lease()
        try:
            await self._workspace.client.chat_update(
                channel=self._job.question.channel,
                ts=self.ts[part],
                metadata=self._metadata(part),
                text=message.text,
                blocks=message.blocks,
                parse="none",
                link_names=False,
            )
        except SlackApiError as error:
            if error_of(error) in _LOST:
                return False
            raise
        return True

    # Once, whatever happens

    async def _sent(self, part: int, call: Any) -> None:
        if self._pending is not None and await self._settle(part):
            return
        begun = await self._begin()
        try:
            response = await call()
        except SlackApiError as error:
            if refused(error):
                await self._note()  # certainly not there
                raise
            log.info("no clear reply to a post in %s: %s", self._job.question.channel, error_of(error))
        except (aiohttp.ClientError, TimeoutError) as error:
            log.info("no clear reply to a post in %s: %r", self._job.question.channel, error)
        else:
            await self._have(part, response["ts"])
            return
        self._pending = begun
        await asyncio.sleep(self._timing.before_lookup)
        if not await self._settle(part):
            raise Unsure("Slack did not say whether it took the message, and it is not there.")

    async def _begin(self) -> float:
        begun = await self._queue.begin_post(self._job.id, self._owner)
        if begun is None:
            raise LeaseLost(f"job {self._job.id}")
        await self._pace.wait(self._job.question.channel)
        self.check_lease()
        return begun

    async def _have(self, part: int, ts: str) -> None:
        self.ts[part : part + 1] = [ts]
        self._pending = None
        await self._note()

    async def _note(self) -> None:
        self._pending = None
        if not await self._queue.store_posts(self._job.id, self._owner, self.ts):
            raise LeaseLost(f"job {self._job.id}")

    async def _settle(self, part: int) -> bool:
        """Whether the post under way turned out to be there; afterwards nothing is under way any more."""
        assert self._pending is not None
        ts = await self._found(self._in_slack(self._pending) - _CLOCK_SKEW_SECONDS)
        if ts is not None:
            await self._have(part, ts)
            return True
        await self._note()
        return False

    def _in_slack(self, moment: float) -> float:
        """Our clock's moment by Slack's clock, or a little before it: the question's ts is Slack's, and it was accepted
        here when it had been asked there."""
        asked = seconds_of(self._job.question.ts)
        return asked + max(0.0, moment - self._job.accepted) if asked else moment

    async def _found(self, since: float) -> str | None:
        question = self._job.question
        span: dict[str, Any] = {"oldest": f"{since:.6f}", "limit": 15, "include_all_metadata": True}
        cursor: str | None = None
        while True:
            try:
                if question.thread:
                    response = await self._workspace.client.conversations_replies(
                        channel=question.channel, ts=question.thread, cursor=cursor, **span
                    )
                else:
                    response = await self._workspace.client.conversations_history(
                        channel=question.channel, cursor=cursor, **span
                    )
            except SlackApiError as error:
                if error_of(error) not in _UNREADABLE:
                    raise
                # Silence would be worse than a second copy. `hopline slack --check` names the scope that is missing.
                log.warning("the thread can't be read back (%s): the message is sent again", error_of(error))
                return None
            messages: list[JsonObject] = response.get("messages") or []
            for message in messages:
                if self._is_ours(message):
                    return str(message["ts"])
            cursor = (response.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                return None

    def _is_ours(self, message: JsonObject) -> bool:
        identity = self._workspace.identity
        if message.get("user") != identity.user and message.get("bot_id") != identity.bot:
            return False
        if message["ts"] in self.ts:
            return False
        metadata = message.get("metadata") or {}
        if not metadata.get("event_payload"):
            return self._job.question.direct and bool(self._job.question.thread)
        return bool(
            metadata.get("event_type") == EVENT_TYPE
            and metadata["event_payload"].get("question") == self._job.question.key
        )

    def _metadata(self, part: int) -> JsonObject:
        return {"event_type": EVENT_TYPE, "event_payload": {"question": self._job.question.key, "part": part}}

    async def _delete(self, ts: str) -> None:
        self.check_lease()
        try:
            await self._workspace.client.chat_delete(channel=self._job.question.channel, ts=ts)
        except SlackApiError as error:
            if error_of(error) not in _LOST:
                raise


def _shown(message: SlackMessage) -> dict[str, Any]:
    return {
        "text": message.text,
        "blocks": message.blocks,
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }
