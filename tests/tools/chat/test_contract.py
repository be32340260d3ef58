"""What every chat model keeps to, whichever vendor stands behind it: the real clients against local servers."""

import asyncio
import gzip
import logging
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import BaseModel

from tests.anthropic_server import AnthropicServer
from tests.openai_server import Behaviour, Hangs, NeverEnds, OpenAIServer, Refuses, Says, SendsRaw
from tools.chat.anthropic import AnthropicChatModel
from tools.chat.calling import CalledModel
from tools.chat.openai import OpenAIChatModel
from tools.chat.owed import owed
from tools.chat.pricing import Price
from tools.errors import BadReply, CallFailed, InvalidSetting, ModelDeclined, ModelRefused, ModelUnavailable
from tools.ports import Message, Usage

KEY = "sk-very-secret-0123456789"
PROMPT = [Message("system", "Be brief."), Message("user", "Which town?")]
TURKU = {"name": "Turku", "inhabitants": 2}


class Town(BaseModel):
    name: str
    inhabitants: int


@dataclass
class Vendor:
    """One adapter and the server that plays its vendor."""

    server: OpenAIServer
    adapter: type[CalledModel]
    setting: str
    declined: str
    overloaded: int
    opened: list[CalledModel] = field(default_factory=list)

    def model(self, **changes: Any) -> CalledModel:
        arguments: dict[str, Any] = {
            "api_key": KEY,
            "base_url": self.server.url,
            "timeout_seconds": 10.0,
            "attempts": 3,
            "price": Price(0.0, 0.0),
        } | changes
        self.opened.append(self.adapter("a-model", **arguments))
        return self.opened[-1]

    def __str__(self) -> str:
        return self.setting


@pytest.fixture(params=["openai", "anthropic"])
async def vendor(request: pytest.FixtureRequest) -> AsyncIterator[Vendor]:
    made = {
        "openai": lambda: Vendor(OpenAIServer(), OpenAIChatModel, "OPENAI", "content_filter", 503),
        "anthropic": lambda: Vendor(AnthropicServer(), AnthropicChatModel, "ANTHROPIC", "refusal", 529),
    }[request.param]()
    made.server.start()
    yield made
    for model in made.opened:
        await model.close()
    await asyncio.to_thread(made.server.stop)


async def told(model: CalledModel) -> tuple[str, Usage | None]:
    deltas = [delta async for delta in model.stream(PROMPT, max_tokens=50)]
    assert all(delta.usage is None for delta in deltas[:-1])
    return "".join(delta.text for delta in deltas), deltas[-1].usage


async def test_a_call_without_a_price_is_unknown_and_not_free(vendor: Vendor) -> None:
    vendor.server.script = [Says("Turku it is.", usage=(40, 4)), Says("Turku it is.", usage=(40, 4))]
    unknown = (await told(vendor.model(price=None)))[1]
    free = (await told(vendor.model()))[1]
    assert (unknown, free) == (Usage(1, 40, 4, unpriced_calls=1), Usage(1, 40, 4))
    assert (unknown or Usage()) + (free or Usage()) == Usage(2, 80, 8, unpriced_calls=1)


async def test_a_structured_reply_is_validated_and_priced(vendor: Vendor) -> None:
    vendor.server.key = KEY
    vendor.server.script = [Says(TURKU, usage=(1_000, 100))]
    reply = await vendor.model(price=Price(2.0, 10.0)).structured(PROMPT, Town, max_tokens=77)
    assert reply.value == Town(name="Turku", inhabitants=2)
    assert reply.usage == Usage(1, 1_000, 100, 0.003)
    [sent] = vendor.server.chats
    assert (sent.body["model"], sent.body["max_tokens"], sent.body["temperature"]) == ("a-model", 77, 0)


async def test_a_stream_yields_pieces_then_what_it_cost(vendor: Vendor) -> None:
    vendor.server.script = [Says("Turku it is.", usage=(40, 4))]
    assert await told(vendor.model(price=Price(1.0, 100.0))) == ("Turku it is.", Usage(1, 40, 4, 0.00044))


async def test_without_a_count_of_the_endpoint_tokens_are_estimated(vendor: Vendor) -> None:
    vendor.server.script = [Says("x" * 40, usage=None)]
    assert (await told(vendor.model()))[1] == Usage(1, 5, 10)


async def test_a_reply_in_words_is_repaired_with_its_problem_shown(vendor: Vendor) -> None:
    vendor.server.script = [Says("I would say Turku."), Says(TURKU)]
    reply = await vendor.model().structured(PROMPT, Town, max_tokens=50)
    assert reply.usage == Usage(2, 200, 20)
    assert "no complete JSON object" in str(vendor.server.chats[1].body["messages"][-1])


async def test_two_bad_replies_are_a_bad_reply_that_knows_its_cost(vendor: Vendor) -> None:
    vendor.server.script = [Says({"name": "Turku"})] * 2
    with pytest.raises(BadReply, match="twice sent a reply that does not fit Town") as caught:
        await vendor.model().structured(PROMPT, Town, max_tokens=50)
    assert caught.value.usage == Usage(2, 200, 20)


async def test_a_first_reply_is_paid_for_however_its_repair_ends(vendor: Vendor) -> None:
    declines = Says("", finish_reason=vendor.declined, usage=(9, 1))
    endings: list[tuple[Behaviour, type[CallFailed], Usage]] = [
        (Refuses(401), ModelRefused, Usage(1, 100, 10)),
        (Refuses(400, "prompt is too long: 9 tokens > 8 maximum"), ModelRefused, Usage(1, 100, 10)),
        (Refuses(500), ModelUnavailable, Usage(1, 100, 10)),
        (declines, ModelDeclined, Usage(2, 109, 11)),
    ]
    model = vendor.model(attempts=1)
    for ending, error, usage in endings:
        vendor.server.script = [Says("I would say Turku."), ending]
        with pytest.raises(error) as caught:
            await model.structured(PROMPT, Town, max_tokens=50)
        assert caught.value.usage == usage


async def test_a_call_that_is_cancelled_while_it_repairs_tells_what_was_paid(vendor: Vendor) -> None:
    asked_again = threading.Event()

    def falls_silent(_: dict[str, Any]) -> Hangs:
        asked_again.set()
        return Hangs()

    vendor.server.script, vendor.server.handler = [Says("I would say Turku.")], falls_silent
    task = asyncio.create_task(vendor.model().structured(PROMPT, Town, max_tokens=50))
    assert await asyncio.to_thread(asked_again.wait, 20)
    usage = await paid_when_cancelled(task)
    assert (usage.model_calls, usage.output_tokens) == (2, 10)
    assert usage.input_tokens > 100 + 5, "the repair's prompt shows the reply"


async def test_a_stream_that_is_cancelled_tells_what_was_paid(vendor: Vendor) -> None:
    vendor.server.script = [Says("Turku it is.", hang_after=1)]
    heard = asyncio.Event()

    async def hear() -> None:
        async for _ in vendor.model().stream(PROMPT, max_tokens=50):
            heard.set()

    task = asyncio.create_task(hear())
    await heard.wait()
    usage = await paid_when_cancelled(task)
    assert usage.model_calls == 1
    assert usage.output_tokens >= 1


async def paid_when_cancelled(task: "asyncio.Task[Any]") -> Usage:
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as stopped:
        await task
    return owed(stopped.value)


async def test_a_model_that_declines_is_not_taken_for_an_answer(vendor: Vendor) -> None:
    refuses = Says("", finish_reason=vendor.declined, usage=(9, 1))
    vendor.server.script = [refuses, refuses, Says("I can't ", finish_reason=vendor.declined, usage=(9, 1))]
    model = vendor.model()
    with pytest.raises(ModelDeclined, match="declined to answer"):
        await model.structured(PROMPT, Town, max_tokens=50)
    for _ in range(2):
        with pytest.raises(ModelDeclined) as caught:
            await told(model)
        assert caught.value.usage == Usage(1, 9, 1)
    assert len(vendor.server.chats) == 3, "asking again would be no use"


@pytest.mark.parametrize("status", [429, 500, 0])
async def test_transient_refusals_are_tried_again(vendor: Vendor, status: int) -> None:
    refusal = Refuses(status or vendor.overloaded, headers={"Retry-After": "0"})
    vendor.server.script = [refusal, Says(TURKU), refusal, Says("Turku.")]
    model = vendor.model()
    assert (await model.structured(PROMPT, Town, max_tokens=50)).usage.model_calls == 1
    assert (await told(model))[0] == "Turku."
    assert len(vendor.server.chats) == 4


async def test_a_wait_longer_than_the_deadline_is_not_begun(vendor: Vendor) -> None:
    vendor.server.script = [Refuses(429, headers={"Retry-After": "50"})]
    started = time.monotonic()
    with pytest.raises(ModelUnavailable, match="429") as caught:
        await vendor.model().structured(PROMPT, Town, max_tokens=50)
    assert caught.value.retry_after_seconds == 50
    assert time.monotonic() - started < 8


@pytest.mark.parametrize(
    ("refusal", "advice"),
    [
        (Refuses(401), "Check {}_API_KEY"),
        (Refuses(403), "Check {}_API_KEY"),
        (Refuses(404), "Check HOPLINE_MODEL, and {}_BASE_URL"),
        (Refuses(413), "Lower HOPLINE_MAX_TOKENS"),
        (Refuses(400, "prompt is too long: 9 tokens > 8 maximum"), "Lower HOPLINE_MAX_TOKENS"),
        (Refuses(400, "Your credit balance is too low to access the API"), "Check the account's quota"),
    ],
)
async def test_permanent_refusals_say_what_to_check_and_are_not_tried_again(
    vendor: Vendor, refusal: Refuses, advice: str
) -> None:
    vendor.server.script = [refusal] * 4
    with pytest.raises(ModelRefused, match=advice.format(vendor.setting)):
        await vendor.model().structured(PROMPT, Town, max_tokens=50)
    assert len(vendor.server.chats) == 1


async def test_a_page_that_is_no_reply_names_the_base_url(vendor: Vendor) -> None:
    for body in (SendsRaw("<html>log in</html>"), SendsRaw("{}", "application/json")):
        vendor.server.script = [body]
        with pytest.raises(ModelUnavailable, match=f"check {vendor.setting}_BASE_URL"):
            await vendor.model(attempts=1).structured(PROMPT, Town, max_tokens=50)


async def test_no_more_is_read_than_a_reply_can_have(vendor: Vendor) -> None:
    vendor.server.script = [NeverEnds(b" " * 1_000_000)]
    with pytest.raises(ModelUnavailable, match="sent more than 16 MB"):
        await vendor.model(attempts=1).structured(PROMPT, Town, max_tokens=50)
    [request] = vendor.server.chats
    assert await asyncio.to_thread(request.disconnected.wait, 20)


async def test_a_packed_reply_is_not_unpacked(vendor: Vendor) -> None:
    vendor.server.script = [SendsRaw(gzip.compress(b" " * 1_000_000), "application/json", encoding="gzip")]
    with pytest.raises(ModelUnavailable, match="packed its reply"):
        await vendor.model(attempts=1).structured(PROMPT, Town, max_tokens=50)
    assert vendor.server.chats[0].headers["accept-encoding"] == "identity"


async def test_a_server_that_is_not_there_is_unavailable(vendor: Vendor) -> None:
    model = vendor.model(base_url="http://user:pass@127.0.0.1:9/v1", attempts=2)
    with pytest.raises(ModelUnavailable, match=r"http://127\.0\.0\.1:9/v1 can't be reached") as caught:
        await model.structured(PROMPT, Town, max_tokens=5)
    assert f"check {vendor.setting}_BASE_URL" in str(caught.value)


async def test_a_hung_server_costs_at_most_the_timeout(vendor: Vendor) -> None:
    vendor.server.script = [Hangs()] * 4
    model = vendor.model(timeout_seconds=0.5)
    await model._connected()  # importing the vendor's library takes seconds
    started = time.monotonic()
    with pytest.raises(ModelUnavailable, match="did not answer within"):
        await model.structured(PROMPT, Town, max_tokens=50)
    with pytest.raises(ModelUnavailable, match="did not answer within"):
        await told(model)
    assert time.monotonic() - started < 3


async def test_a_stream_cut_before_its_first_word_is_tried_again(vendor: Vendor) -> None:
    vendor.server.script = [Says("Turku it is.", cut_after=0), Says("Turku it is.")]
    assert (await told(vendor.model()))[0] == "Turku it is."


@pytest.mark.parametrize(
    "broken", [Says("Turku it is.", cut_after=2), Says("Turku it is.", finish_reason=None, usage=None)]
)
async def test_a_stream_that_breaks_off_later_is_an_error_not_an_answer(vendor: Vendor, broken: Says) -> None:
    vendor.server.script = [broken]
    with pytest.raises(ModelUnavailable):
        await told(vendor.model())
    assert len(vendor.server.chats) == 1


async def test_a_silence_between_two_pieces_costs_at_most_the_timeout(vendor: Vendor) -> None:
    vendor.server.script = [Says("Turku it is.", hang_after=2)]
    stream = vendor.model(timeout_seconds=1.0).stream(PROMPT, max_tokens=50)
    heard = [(await anext(stream)).text, (await anext(stream)).text]
    with pytest.raises(ModelUnavailable, match="did not answer within"):
        await anext(stream)
    assert heard == ["Turku ", "it "]


async def test_leaving_a_stream_early_closes_its_connection(vendor: Vendor) -> None:
    vendor.server.script = [Says("word " * 1_000, piece_seconds=0.02)]
    stream = vendor.model().stream(PROMPT, max_tokens=50)
    assert (await anext(stream)).text
    await stream.aclose()  # type: ignore[attr-defined]
    [request] = vendor.server.chats
    assert await asyncio.to_thread(request.disconnected.wait, 5)


async def test_the_key_never_shows(vendor: Vendor, caplog: pytest.LogCaptureFixture) -> None:
    vendor.server.key = "another"
    model = vendor.model()
    with caplog.at_level(logging.DEBUG), pytest.raises(ModelRefused) as caught:
        await model.check()
    assert vendor.server.presented_key(vendor.server.chats[0]) == KEY
    shown = f"{model!r} {vars(model)} {caught.value} {caught.value.__cause__} {caplog.text}"
    assert "sk-very" not in shown
    assert caught.value.__suppress_context__


async def test_a_key_with_characters_that_no_key_has_is_named(vendor: Vendor) -> None:
    with pytest.raises(InvalidSetting, match=f"{vendor.setting}_API_KEY"):
        vendor.model(api_key="sk-“quoted”")


async def test_check_takes_one_request(vendor: Vendor) -> None:
    await vendor.model().check()
    assert len(vendor.server.requests) == 1


async def test_concurrent_calls_share_one_connection_setup(vendor: Vendor) -> None:
    vendor.server.handler = lambda _: TURKU
    model = vendor.model()
    replies = await asyncio.gather(*(model.structured(PROMPT, Town, max_tokens=50) for _ in range(20)))
    assert {reply.value.name for reply in replies} == {"Turku"}
