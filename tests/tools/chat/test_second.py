"""When the second model is asked, and when it must not be."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import BaseModel

from tools.chat.owed import owe, owed
from tools.chat.second import WithSecond
from tools.errors import BudgetSpent, ModelDeclined, ModelRefused, ModelUnavailable
from tools.ports import Message, StructuredReply, TextDelta, Usage

PROMPT = [Message("user", "Which town?")]


class Town(BaseModel):
    name: str


class Speaker:
    """Says its name, and fails after `words` of it when it has an error; each of its calls counts for one."""

    def __init__(self, name: str, error: Exception | None = None, words: int = 0) -> None:
        self.name, self.error, self.words = name, error, words
        self.closed = self.checked = False

    async def structured(self, messages: Any, schema: type[Any], *, max_tokens: int) -> StructuredReply[Any]:
        if self.error:
            raise self.error
        return StructuredReply(schema(name=self.name), Usage(1))

    async def stream(self, messages: Any, *, max_tokens: int) -> AsyncIterator[TextDelta]:
        try:
            for place in range(9):
                if self.error and place == self.words:
                    raise self.error
                yield TextDelta(self.name)
            yield TextDelta("", Usage(1))
        finally:
            self.closed = True

    async def check(self) -> None:
        self.checked = True
        if self.error:
            raise self.error


async def test_the_first_answers_while_it_can() -> None:
    pair = WithSecond(Speaker("first"), Speaker("second"))
    assert (await pair.structured(PROMPT, Town, max_tokens=5)).value.name == "first"
    assert {delta.text async for delta in pair.stream(PROMPT, max_tokens=5)} == {"first", ""}
    assert pair.name == "first"


@pytest.mark.parametrize("error", [ModelUnavailable("503"), BudgetSpent("503")])
async def test_the_second_answers_when_the_first_is_unavailable_or_too_dear(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    first = Speaker("first", error)
    pair = WithSecond(first, Speaker("second"))
    assert (await pair.structured(PROMPT, Town, max_tokens=5)).value.name == "second"
    assert {delta.text async for delta in pair.stream(PROMPT, max_tokens=5)} == {"second", ""}
    assert first.closed
    assert "second is asked instead of first: 503" in caplog.text


async def test_a_stream_that_has_begun_is_never_handed_over() -> None:
    pair = WithSecond(Speaker("first", ModelUnavailable("cut"), words=2), Speaker("second"))
    stream = pair.stream(PROMPT, max_tokens=5)
    heard = [(await anext(stream)).text, (await anext(stream)).text]
    with pytest.raises(ModelUnavailable):
        await anext(stream)
    assert heard == ["first", "first"]


@pytest.mark.parametrize("error", [ModelRefused("key"), ModelDeclined("no")])
async def test_what_is_no_outage_is_not_hidden_by_the_second(error: Exception) -> None:
    pair = WithSecond(Speaker("first", error), Speaker("second"))
    with pytest.raises(type(error)):
        await pair.structured(PROMPT, Town, max_tokens=5)
    with pytest.raises(type(error)):
        await anext(pair.stream(PROMPT, max_tokens=5))


async def test_when_both_are_down_the_second_says_so() -> None:
    pair = WithSecond(Speaker("first", ModelUnavailable("one")), Speaker("second", ModelUnavailable("two")))
    with pytest.raises(ModelUnavailable, match="two"):
        await pair.structured(PROMPT, Town, max_tokens=5)


async def test_what_the_first_one_cost_all_the_same_is_part_of_the_reply_s_cost() -> None:
    pair = WithSecond(Speaker("first", ModelUnavailable("late", usage=Usage(1, 900))), Speaker("second"))
    assert (await pair.structured(PROMPT, Town, max_tokens=5)).usage == Usage(2, 900)
    *words, last = [delta.usage async for delta in pair.stream(PROMPT, max_tokens=5)]
    assert (set(words), last) == ({None}, Usage(2, 900))


@pytest.mark.parametrize("error", [ModelUnavailable, ModelRefused, ModelDeclined, BudgetSpent, asyncio.CancelledError])
async def test_when_the_second_one_fails_as_well_what_both_cost_is_told(error: type[Exception]) -> None:
    pairs = []
    for _ in range(2):
        failure = error("two")
        owe(failure, Usage(1, 50))
        first = Speaker("first", ModelUnavailable("one", usage=Usage(1, 900)))
        pairs.append(WithSecond(first, Speaker("second", failure)))
    for call in (pairs[0].structured(PROMPT, Town, max_tokens=5), anext(pairs[1].stream(PROMPT, max_tokens=5))):
        with pytest.raises(error) as caught:
            await call
        assert owed(caught.value) == Usage(2, 950)


async def test_leaving_early_closes_the_stream() -> None:
    first = Speaker("first")
    stream = WithSecond(first, Speaker("second")).stream(PROMPT, max_tokens=5)
    await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]
    assert first.closed


async def test_both_are_checked() -> None:
    first, second = Speaker("first"), Speaker("second")
    await WithSecond(first, second).check()
    assert first.checked
    assert second.checked
