"""An assistant that says what a test tells it to, and the events that people's messages make."""

import asyncio
from typing import Any

from agent.answers import Answer, Citation
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


class ScriptedAssistant:
    """Answers every question with `answer`, or raises it; `delay_seconds` plays a slow model."""

    def __init__(self, answer: Answer | Exception = ANSWER, delay_seconds: float = 0.0) -> None:
        self.answer = answer
        self.delay_seconds = delay_seconds
        self.asked: list[tuple[str, Reader, str | None]] = []

    async def ask(self, question: str, *, reader: Reader, conversation: str | None = None) -> Answer:
        self.asked.append((question, reader, conversation))
        await asyncio.sleep(self.delay_seconds)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def event(
    text: str, *, ts: str = "100.1", event_id: str = "", kind: str = "app_mention", **fields: Any
) -> dict[str, Any]:
    """The body of an event; `fields` go into the event itself."""
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
