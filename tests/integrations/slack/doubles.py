"""A scripted assistant, and the events that people's actions cause."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.answers import Answer, Citation
from agent.events import Event, HopStarted, PassagesFound, Progress
from tools.passages import Reader

CITATION = Citation(
    marker=1,
    passage_id="refunds#3",
    source="handbook/refunds.md",
    title="Refunds",
    locator="Approval",
    url="https://handbook.acme.test/refunds?a=1&b=2",
    quote="Ines approves refunds above 500 €.",
    start=10,
    end=44,
)
ANSWER = Answer(
    question="Who approves refunds?",
    rewritten_question="Who approves refunds?",
    status="answered",
    answer="Ines approves refunds above 500 €. [1]",
    confidence=0.93,
    citations=(CITATION,),
    run_id="run-1",
)


TITLES = ("Refunds", "Duty manager")
HOPS: tuple[Progress, ...] = (
    HopStarted(1, "search", "Who approves refunds?", ""),
    PassagesFound(1, ("refunds#3",), ("Refunds",), ("handbook/refunds.md",)),
    HopStarted(2, "link", "Duty manager", "Refunds"),
    PassagesFound(2, ("roles#1",), ("Duty manager",), ("handbook/roles.md",)),
)


@dataclass
class ScriptedAssistant:
    """Answers every question with `answer`, or raises it, after `progress`. `delay_seconds` is a pause before each
    progress event and before the answer, like a slow model's. If it `hangs`, it never answers. `told` is set once all
    of its progress has been received. No answer comes before `may_answer` is set, if there is one. The first questions
    raise the errors in `failing`, one each."""

    answer: Answer | Exception = ANSWER
    delay_seconds: float = 0.0
    progress: Sequence[Progress] = ()
    hangs: bool = False
    told: asyncio.Event = field(default_factory=asyncio.Event)
    may_answer: asyncio.Event | None = None
    failing: list[Exception] = field(default_factory=list)
    asked: list[tuple[str, Reader, str | None]] = field(default_factory=list)
    hops: list[int | None] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    stopped: int = 0

    async def stream(
        self,
        question: str,
        *,
        reader: Reader,
        conversation: str | None = None,
        max_hops: int | None = None,
        channel: str = "",
        run_id: str | None = None,
    ) -> AsyncGenerator[Event, None]:
        self.asked.append((question, reader, conversation))
        self.hops.append(max_hops)
        self.channels.append(channel)
        try:
            for event in self.progress:
                await asyncio.sleep(self.delay_seconds)
                yield event
            self.told.set()
            await (asyncio.Event().wait() if self.hangs else asyncio.sleep(self.delay_seconds))
            if self.may_answer is not None:
                await self.may_answer.wait()
        except (asyncio.CancelledError, GeneratorExit):
            self.stopped += 1
            raise
        if self.failing:
            raise self.failing.pop(0)
        if isinstance(self.answer, Exception):
            raise self.answer
        yield self.answer.model_copy(update={"question": question})


def event(
    text: str, *, ts: str = "100.1", event_id: str = "", kind: str = "app_mention", **fields: Any
) -> dict[str, Any]:
    """The body of an event; `fields` are added to the event itself."""
    said = {"type": kind, "user": "U1", "text": text, "ts": ts, "channel": "C1", "event_ts": ts, "team": "T1", **fields}
    return {
        "type": "event_callback",
        "team_id": "T1",
        "api_app_id": "A1",
        "event_id": event_id or f"Ev-{kind}-{ts}",
        "event": said,
        "authorizations": [{"team_id": "T1", "user_id": "UBOT", "is_bot": True}],
    }


def direct_message(text: str, *, ts: str = "100.1", **fields: Any) -> dict[str, Any]:
    return event(text, ts=ts, kind="message", **{"channel": "D1", "channel_type": "im", **fields})


def click(action: str, value: str, *, user: str = "U1", channel: str = "C1", ts: str = "1.0") -> dict[str, Any]:
    """What Slack sends for a button under an answer."""
    return {
        "type": "block_actions",
        "user": {"id": user, "team_id": "T1"},
        "team": {"id": "T1"},
        "channel": {"id": channel},
        "container": {"type": "message", "message_ts": ts, "channel_id": channel},
        "trigger_id": "trigger-1",
        "actions": [{"action_id": action, "block_id": "b", "type": "button", "value": value}],
    }


def edited(text: str, *, ts: str = "100.1", before: str = "", event_id: str = "", **fields: Any) -> dict[str, Any]:
    """What Slack sends for an edited message."""
    message = {
        "type": "message",
        "user": "U1",
        "text": text,
        "ts": ts,
        "edited": {"user": "U1", "ts": "999.9"},
        **fields,
    }
    body = event("", ts="999.9", event_id=event_id or f"Ev-edit-{ts}-{text[-9:]}", kind="message")
    body["event"] = {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "channel": fields.get("channel", "C1"),
        "channel_type": "channel",
        "ts": "999.9",
        "message": message,
        "previous_message": {**message, "text": before},
    }
    return body


def deleted(*, ts: str = "100.1", channel: str = "C1") -> dict[str, Any]:
    body = event("", ts="999.9", event_id=f"Ev-delete-{ts}", kind="message")
    body["event"] = {
        "type": "message",
        "subtype": "message_deleted",
        "hidden": True,
        "channel": channel,
        "channel_type": "channel",
        "ts": "999.9",
        "deleted_ts": ts,
    }
    return body
