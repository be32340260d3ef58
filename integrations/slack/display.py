"""What people see while an answer is made. In a direct message a stream of task cards and text; in a channel, where a
stream is live for one person only, one message that is updated now and then. A quick answer shows neither.

Nothing of this may cost the answer: what Slack refuses here is logged, and the answer is delivered all the same.
"""

import asyncio
import logging
from typing import Protocol

import aiohttp
from slack_sdk.errors import SlackApiError

from integrations.slack.blocks import progress_message
from integrations.slack.markdown import plain_markdown
from integrations.slack.posts import Posts, Unsure
from integrations.slack.progress import MAX_TITLES, Seen
from integrations.slack.refusals import error_of
from integrations.slack.timing import Timing
from integrations.slack.wording import slack_length
from tools.ports import JsonObject

MAX_CHUNK_CHARACTERS = 11_000
WRITING = "Writing, and checking each sentence against its sources"
_MAX_TASK_TITLE, _MAX_TASK_OUTPUT = 240, 500

log = logging.getLogger("hopline.slack")


class Display(Protocol):
    async def show(self, seen: Seen) -> None:
        """Bring what people see up to date."""
        ...

    async def end(self) -> None: ...


class ChannelDisplay:
    """One message, posted at the first sign of life and updated with the hops."""

    def __init__(self, posts: Posts) -> None:
        self._posts = posts

    async def show(self, seen: Seen) -> None:
        message = progress_message(seen)
        if not self._posts.ts:
            await self._posts.post(message)
        else:
            await self._posts.update(0, message)

    async def end(self) -> None:
        """The answer replaces the message."""


class StreamDisplay:
    """A stream; when Slack has closed it (after about five minutes), another one goes on with what was not sent."""

    def __init__(self, posts: Posts) -> None:
        self._posts = posts
        self._ts: str | None = None
        self._told: dict[int, bool] = {}
        self._sent = 0
        self._checked: bool | None = None

    async def show(self, seen: Seen) -> None:
        if len(seen.draft) < self._sent:  # it was taken back; the end replaces it all
            self._sent = len(seen.draft)
        tasks = self._tasks(seen)
        text = seen.draft[self._sent :]
        for n, piece in enumerate(_pieces(text) or [""]):
            chunks = [
                *(tasks if n == 0 else []),
                *([{"type": "markdown_text", "text": plain_markdown(piece)}] if piece else []),
            ]
            if chunks:
                await self._send(chunks)
                self._sent += len(piece)
        self._told = {index: hop.found for index, hop in enumerate(seen.hops)}

    async def end(self) -> None:
        if self._ts is not None:
            await self._posts.stop_stream(self._ts)

    async def _send(self, chunks: list[JsonObject]) -> None:
        if self._ts is None:
            self._ts = await self._posts.start_stream(chunks)
            return
        try:
            await self._posts.append_stream(self._ts, chunks)
        except SlackApiError as error:
            if error_of(error) != "message_not_in_streaming_state":
                raise
            self._ts = await self._posts.start_stream(chunks)

    def _tasks(self, seen: Seen) -> list[JsonObject]:
        """A card for each hop that is new or has ended, and one that says that the text is still being checked."""
        cards: list[JsonObject] = []
        for index, hop in enumerate(seen.hops):
            done = bool(hop.titles) or index < len(seen.hops) - 1 or bool(seen.draft)
            hop.found = done
            if self._told.get(index) == done:
                continue
            card = {
                "type": "task_update",
                "id": f"hop-{index + 1}",
                "title": hop.label[:_MAX_TASK_TITLE],
                "status": "complete" if done else "in_progress",
            }
            if done:
                card["output"] = ("; ".join(hop.titles[:MAX_TITLES]) or "nothing new")[:_MAX_TASK_OUTPUT]
            cards.append(card)
        if seen.draft and self._checked is not (checked := seen.validated is not None):
            self._checked = checked
            status = "complete" if checked else "in_progress"
            cards.append({"type": "task_update", "id": "writing", "title": WRITING, "status": status})
        return cards


def _pieces(text: str) -> list[str]:
    """Cut so that each piece stays within Slack's limit, however much of it has to be escaped."""
    pieces, rest = [], text
    while rest:
        size = MAX_CHUNK_CHARACTERS
        while slack_length(plain_markdown(rest[:size])) > MAX_CHUNK_CHARACTERS:
            size //= 2
        pieces.append(rest[:size])
        rest = rest[size:]
    return pieces


class Showing:
    """Keeps a display up to date while an answer is made. End it before the answer is delivered."""

    def __init__(self, display: Display, seen: Seen, first_seconds: float, every_seconds: float) -> None:
        self._display = display
        self._seen = seen
        self._first, self._every = first_seconds, every_seconds
        self._over = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    async def end(self) -> None:
        """Waits for a call that is under way: one that is cut off may have posted."""
        self._over.set()
        await self._task

    async def _run(self) -> None:
        shown, wait = -1, self._first
        while not await self._is_over(wait):
            wait = self._every
            if self._seen.version == shown:
                continue
            shown = self._seen.version
            try:
                await self._display.show(self._seen)
            except (SlackApiError, aiohttp.ClientError, TimeoutError, Unsure) as error:
                log.info("progress could not be shown: %s", error)
        if shown >= 0:
            await self._quietly_end()

    async def _quietly_end(self) -> None:
        try:
            await self._display.end()
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            log.info("a stream could not be ended: %s", error)

    async def _is_over(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            return False
        return True


def display_of(posts: Posts, *, direct: bool, timing: Timing) -> tuple[Display, float]:
    """The display for a place, and how often it may be updated there."""
    if direct and not posts.ts:
        return StreamDisplay(posts), timing.stream_update
    return ChannelDisplay(posts), timing.channel_update
