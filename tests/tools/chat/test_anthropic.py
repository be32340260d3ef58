"""What is Anthropic's own; what it shares with the others stands in test_contract."""

from collections.abc import AsyncIterator, Callable

import pytest
from pydantic import BaseModel

from tests.anthropic_server import MODEL, AnthropicServer, Breaks, SaysCached
from tests.openai_server import Refuses, Says
from tools.chat.anthropic import AnthropicChatModel
from tools.chat.pricing import Price
from tools.errors import ModelUnavailable
from tools.ports import Message, Usage

PROMPT = [Message("system", "Be brief."), Message("user", "Which town?")]
TURKU = {"name": "Turku"}

Connect = Callable[..., AnthropicChatModel]


class Town(BaseModel):
    """A docstring that is none of the model's business."""

    name: str


@pytest.fixture
async def connect(anthropic_server: AnthropicServer) -> AsyncIterator[Connect]:
    opened: list[AnthropicChatModel] = []

    def make(model: str = MODEL, **options: object) -> AnthropicChatModel:
        arguments = {"api_key": "k", "base_url": anthropic_server.url, "attempts": 2, "timeout_seconds": 10} | options
        opened.append(AnthropicChatModel(model, **arguments))  # type: ignore[arg-type]
        return opened[-1]

    yield make
    for model in opened:
        await model.close()


async def test_an_object_is_asked_for_as_the_arguments_of_a_tool(
    anthropic_server: AnthropicServer, connect: Connect
) -> None:
    anthropic_server.script = [Says(TURKU)]
    assert (await connect().structured(PROMPT, Town, max_tokens=50)).value == Town(name="Turku")
    [sent] = [request.body for request in anthropic_server.chats]
    [tool] = sent["tools"]
    assert sent["tool_choice"] == {"type": "tool", "name": "Town"}
    assert tool["input_schema"]["properties"] == {"name": {"type": "string"}}
    assert "none of the model's business" not in str(sent)
    assert sent["system"] == "Be brief."
    assert [message["role"] for message in sent["messages"]] == ["user"]


@pytest.mark.parametrize(
    ("refused", "parts"),
    [
        ({"tool_choice"}, [("tools", True), ("tools", False), ("format", True), ("format", True)]),
        ({"tools", "json_schema"}, None),
    ],
)
async def test_a_way_that_is_refused_is_replaced_and_the_replacement_remembered(
    anthropic_server: AnthropicServer, connect: Connect, refused: set[str], parts: list[tuple[str, bool]] | None
) -> None:
    anthropic_server.refused_parameters = refused
    anthropic_server.handler = lambda _: TURKU
    model = connect()
    for _ in range(2):
        assert (await model.structured(PROMPT, Town, max_tokens=50)).value.name == "Turku"
    sent = [request.body for request in anthropic_server.chats]
    if parts is None:
        assert "It must fit this JSON schema" in str(sent[-1]["messages"])
        assert len(sent) == 6
    else:
        assert [("tools" if "tools" in body else "format", "temperature" in body) for body in sent] == parts


async def test_a_model_that_takes_no_temperature_is_asked_without_it(
    anthropic_server: AnthropicServer, connect: Connect
) -> None:
    anthropic_server.refused_parameters = {"temperature"}
    anthropic_server.handler = lambda request: TURKU if request.get("tools") else "Turku."
    model = connect()
    for _ in range(2):
        await model.structured(PROMPT, Town, max_tokens=50)
        assert [delta.text async for delta in model.stream(PROMPT, max_tokens=50)] == ["Turku.", ""]
    await model.check()
    assert ["temperature" in request.body for request in anthropic_server.chats] == [
        *(True, False, True, False),
        *(False, False, False),
    ]


async def test_a_model_known_to_take_no_temperature_is_never_sent_one(
    anthropic_server: AnthropicServer, connect: Connect
) -> None:
    anthropic_server.refused_parameters = {"temperature"}
    anthropic_server.handler = lambda _: TURKU
    await connect("claude-sonnet-5-5").structured(PROMPT, Town, max_tokens=50)
    assert len(anthropic_server.chats) == 1


async def test_what_the_prompt_cache_gave_and_took_is_priced_as_such(
    anthropic_server: AnthropicServer, connect: Connect
) -> None:
    anthropic_server.script = [SaysCached(TURKU, usage=(1_000, 100), cached=(8_000, 2_000))]
    model = connect(price=Price(input=1.0, output=5.0, cached_input=0.1, cache_write=1.25))
    reply = await model.structured(PROMPT, Town, max_tokens=50)
    usd = (1_000 * 1.0 + 8_000 * 0.1 + 2_000 * 1.25 + 100 * 5.0) / 1_000_000
    assert reply.usage == Usage(1, 11_000, 100, pytest.approx(usd), 8_000)  # type: ignore[arg-type]


@pytest.mark.parametrize(("words", "marked"), [(10, False), (1_200, True)])
async def test_a_system_prompt_is_marked_for_the_cache_where_it_is_long_enough_to_be_cached(
    anthropic_server: AnthropicServer, connect: Connect, words: int, marked: bool
) -> None:
    anthropic_server.script = [Says("Turku.")]
    prompt = [Message("system", "four " * words), Message("user", "Which town?")]
    async for _ in connect().stream(prompt, max_tokens=50):
        pass
    [sent] = anthropic_server.chats
    assert (isinstance(sent.body["system"], list) and "cache_control" in sent.body["system"][0]) is marked
    assert "cache_control" not in str(sent.body["messages"])


@pytest.mark.parametrize("pieces", [0, 1])
async def test_an_error_inside_a_stream_is_passing_and_tried_again_only_before_the_first_words(
    anthropic_server: AnthropicServer, connect: Connect, pieces: int
) -> None:
    anthropic_server.script = [Breaks(cut_after=pieces), Says("Turku.")]
    stream = connect().stream(PROMPT, max_tokens=50)
    heard: list[str] = []
    if pieces:
        with pytest.raises(ModelUnavailable, match="Overloaded"):
            heard += [delta.text async for delta in stream]
    else:
        heard += [delta.text async for delta in stream]
        assert "".join(heard) == "Turku."
    assert len(anthropic_server.chats) == 2 - pieces


async def test_a_refused_request_leaves_no_way_behind(anthropic_server: AnthropicServer, connect: Connect) -> None:
    anthropic_server.script = [Refuses(400, "bad words")] * 6
    model = connect()
    with pytest.raises(Exception, match="bad words"):
        await model.structured(PROMPT, Town, max_tokens=50)
    anthropic_server.script = [Says(TURKU)]
    await model.structured(PROMPT, Town, max_tokens=50)
    assert "tools" in anthropic_server.chats[-1].body
