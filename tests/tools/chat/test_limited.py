"""Calls wait for their turn instead of being refused."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

from pydantic import BaseModel

from tools.chat.limited import LimitedChatModel
from tools.ports import Message, StructuredReply, TextDelta, Usage


class Reply(BaseModel):
    word: str = "yes"


class Chat:
    name = "scripted"

    def __init__(self, output_tokens: int = 10) -> None:
        self.sent: list[float] = []
        self.running, self.most = 0, 0
        self._usage = Usage(1, 100, output_tokens)

    async def structured(self, messages: Sequence[Message], schema: Any, *, max_tokens: int) -> StructuredReply[Any]:
        self.sent.append(time.monotonic())
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0.005)
        self.running -= 1
        return StructuredReply(Reply(), self._usage)

    async def stream(self, messages: Sequence[Message], *, max_tokens: int) -> AsyncIterator[TextDelta]:
        self.sent.append(time.monotonic())
        yield TextDelta("yes")
        yield TextDelta("", self._usage)

    async def check(self) -> None:
        return


ASKED = [Message("user", "x" * 400)]


async def _ask(chat: LimitedChatModel, times: int) -> None:
    await asyncio.gather(*(chat.structured(ASKED, Reply, max_tokens=50) for _ in range(times)))


async def test_requests_go_out_at_the_rate_that_was_set() -> None:
    chat = Chat()
    await _ask(LimitedChatModel(chat, requests_per_minute=1_200), 124)  # 20 a second, 120 of them at once
    assert len(chat.sent) == 124
    assert 0.15 < chat.sent[123] - chat.sent[0] < 5.0


async def test_tokens_are_charged_before_the_call_prompt_and_usual_reply() -> None:
    chat = Chat()
    await _ask(LimitedChatModel(chat, tokens_per_minute=60_000), 44)  # 150 tokens each, 40 of them at once
    assert 0.4 < chat.sent[-1] - chat.sent[0] < 5.0


async def test_a_call_larger_than_a_whole_burst_waits_and_is_not_refused() -> None:
    chat = LimitedChatModel(Chat(), tokens_per_minute=60_000)
    large = [Message("user", "x" * 4 * 6_500)]
    async with asyncio.timeout(5):
        await chat.structured(large, Reply, max_tokens=50)


async def test_no_more_calls_are_under_way_than_allowed_streams_included() -> None:
    chat = Chat()
    limited = LimitedChatModel(chat, at_once=2)
    await _ask(limited, 8)
    assert chat.most == 2
    assert [delta.text async for delta in limited.stream(ASKED, max_tokens=5)] == ["yes", ""]
