"""What is the OpenAI-compatible adapter's own, with the real client; what it shares stands in test_contract."""

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from pydantic import BaseModel, Field

from tests.openai_server import MODEL, Hangs, NeverEnds, OpenAIServer, Refuses, Says, SendsRaw
from tools.chat.openai import OpenAIChatModel
from tools.chat.pricing import Price
from tools.errors import ModelRefused, ModelUnavailable
from tools.ports import Message, Usage

KEY = "sk-very-secret-0123456789"
PROMPT = [Message("system", "Be brief."), Message("user", "Which town?")]

TURKU = {"name": "Turku", "inhabitants": 2}

Connect = Callable[..., OpenAIChatModel]


class Bounded(BaseModel):
    """A field that is called like the keyword which limits it."""

    maxLength: str = Field(json_schema_extra={"maxLength": 9})  # noqa: N815 - on purpose


class Town(BaseModel):
    name: str
    inhabitants: int


@pytest.fixture
async def connect(openai_server: OpenAIServer) -> AsyncIterator[Connect]:
    opened: list[OpenAIChatModel] = []

    def make(**changes: object) -> OpenAIChatModel:
        usual = {"api_key": KEY, "base_url": openai_server.url, "timeout_seconds": 10.0, "attempts": 3}
        arguments = usual | {"price": Price(0.0, 0.0)} | changes
        opened.append(OpenAIChatModel(MODEL, **arguments))  # type: ignore[arg-type]
        return opened[-1]

    yield make
    for model in opened:
        await model.close()


def completion(role: str = "assistant", **fields: Any) -> SendsRaw:
    """A whole reply, with what no endpoint should write."""
    choice = {"index": 0, "message": {"role": role, "content": json.dumps(TURKU)}, "finish_reason": "stop"}
    return SendsRaw(
        json.dumps({"id": "c", "object": "chat.completion", "choices": [choice]} | fields), "application/json"
    )


async def text_of(model: OpenAIChatModel) -> tuple[str, Usage | None, float | None]:
    deltas = [delta async for delta in model.stream(PROMPT, max_tokens=50)]
    assert all(delta.usage is None for delta in deltas[:-1])
    return "".join(delta.text for delta in deltas), deltas[-1].usage, deltas[-1].mean_logprob


@pytest.mark.parametrize(
    "wrapped", ['```json\n{"name": "Turku", "inhabitants": 2}\n```', 'Sure! {"name": "Turku", "inhabitants": 2} Bye.']
)
async def test_fences_and_prose_around_the_object_are_forgiven(
    openai_server: OpenAIServer, connect: Connect, wrapped: str
) -> None:
    openai_server.script = [Says(wrapped)]
    assert (await connect().structured(PROMPT, Town, max_tokens=50)).value.name == "Turku"
    assert len(openai_server.chats) == 1


async def test_a_bad_reply_is_repaired_once_with_its_problem_shown(
    openai_server: OpenAIServer, connect: Connect
) -> None:
    openai_server.script = [
        Says({"name": "Turku", "inhabitants": "many"}),
        Says({"name": "Turku", "inhabitants": 2}),
    ]
    reply = await connect().structured(PROMPT, Town, max_tokens=50)
    assert reply.value.inhabitants == 2
    assert reply.usage == Usage(2, 200, 20)
    repair = openai_server.chats[1].body["messages"]
    assert '"many"' in repair[-2]["content"]
    assert "inhabitants: Input should be a valid integer" in repair[-1]["content"]


@pytest.mark.parametrize(
    ("refused", "formats"),
    [
        ({"json_schema"}, ["json_schema", "json_schema", "json_object", "json_object"]),
        ({"response_format"}, ["json_schema", "json_schema", "json_object", None, None]),
    ],
)
async def test_a_refused_response_format_is_replaced_and_the_replacement_remembered(
    openai_server: OpenAIServer, connect: Connect, refused: set[str], formats: list[str | None]
) -> None:
    openai_server.refused_parameters = refused
    openai_server.handler = lambda _: {"name": "Turku", "inhabitants": 2}
    model = connect()
    for _ in range(2):
        assert (await model.structured(PROMPT, Town, max_tokens=50)).value.name == "Turku"
    sent = [(request.body.get("response_format") or {}).get("type") for request in openai_server.chats]
    assert sent == formats
    assert '"inhabitants"' in openai_server.chats[-1].prompt, "the schema is explained instead"


async def test_a_request_that_is_bad_in_every_format_leaves_no_format_behind(
    openai_server: OpenAIServer, connect: Connect
) -> None:
    openai_server.script = [Refuses(400, "bad words")] * 4
    model = connect()
    with pytest.raises(ModelRefused, match="bad words"):
        await model.structured(PROMPT, Town, max_tokens=50)
    openai_server.script = [Says({"name": "Turku", "inhabitants": 2})]
    await model.structured(PROMPT, Town, max_tokens=50)
    assert openai_server.chats[-1].body["response_format"]["type"] == "json_schema"


async def test_limits_of_length_are_dropped_where_they_are_refused(
    openai_server: OpenAIServer, connect: Connect
) -> None:
    openai_server.script = [Refuses(400, "maxLength is not permitted")]
    openai_server.handler = lambda _: {"maxLength": "Turku"}
    model = connect()
    for _ in range(2):
        assert (await model.structured(PROMPT, Bounded, max_tokens=50)).value.maxLength == "Turku"
    sent = [request.body["response_format"]["json_schema"]["schema"]["properties"] for request in openai_server.chats]
    assert [fields["maxLength"].get("maxLength") for fields in sent] == [9, None, None]


async def test_retry_after_is_waited_for(openai_server: OpenAIServer, connect: Connect) -> None:
    openai_server.script = [Refuses(429, headers={"Retry-After": "1"}), Says("Turku.")]
    started = time.monotonic()
    assert (await text_of(connect()))[0] == "Turku."
    assert time.monotonic() - started >= 1.0


async def test_it_gives_up_after_its_attempts(openai_server: OpenAIServer, connect: Connect) -> None:
    openai_server.script = [Refuses(500, "out of order")] * 5
    with pytest.raises(ModelUnavailable, match=r"not available now \(500\): out of order"):
        await connect(attempts=2).structured(PROMPT, Town, max_tokens=50)
    assert len(openai_server.chats) == 2


async def test_a_page_that_is_no_completion_names_the_base_url(openai_server: OpenAIServer, connect: Connect) -> None:
    for body in (
        SendsRaw("<html>log in</html>"),
        SendsRaw("{}", "application/json"),
        SendsRaw("{", "application/json"),
        SendsRaw(json.dumps({"error": {"message": "upstream overloaded", "code": 529}}), "application/json"),
        SendsRaw(json.dumps({"id": "c", "object": "chat.completion", "choices": []}), "application/json"),
        SendsRaw("[" * 100_000, "application/json"),
        completion(role="system"),
    ):
        openai_server.script = [body]
        with pytest.raises(ModelUnavailable, match="check OPENAI_BASE_URL"):
            await connect(attempts=1).structured(PROMPT, Town, max_tokens=50)


@pytest.mark.parametrize(
    "garbage",
    [
        "data: {not json\n\n",
        'data: "hello"\n\ndata: [1, 2]\n\n',
        'data: {"choices": [{"delta": "text"}]}\n\ndata: [DONE]\n\n',
        'data: {"choices": []}\n\ndata: [DONE]\n\n',
        'data: {"error": {"message": "upstream overloaded", "code": 503}}\n\n',
        b'data: {"choices": [{"index": 0, "delta": {"content": "\xff\xfe"}}]}\n\n',
        "data: " + "[" * 100_000 + "\n\n",
    ],
)
async def test_a_stream_of_garbage_is_a_model_that_is_not_there(
    openai_server: OpenAIServer, connect: Connect, garbage: str | bytes
) -> None:
    openai_server.script = [SendsRaw(garbage, "text/event-stream")]
    with pytest.raises(ModelUnavailable):
        await text_of(connect(attempts=1))


@pytest.mark.parametrize("usage", [(-500_000, 500_001), (40, -4), (40, 10**30)])
async def test_a_count_that_no_reply_can_have_is_no_count(
    openai_server: OpenAIServer, connect: Connect, usage: tuple[int, int]
) -> None:
    openai_server.script = [Says("x" * 40, usage=usage)]
    _, counted, _ = await text_of(connect())
    assert counted == Usage(1, 5, 10)


@pytest.mark.parametrize("strange", [-3, "many", math.inf, math.nan, 10**30])
async def test_a_strange_count_is_left_out_of_the_usage(
    openai_server: OpenAIServer, connect: Connect, strange: Any
) -> None:
    counted: dict[str, Any] = {"prompt_tokens": 40, "completion_tokens": 4, "total_tokens": 44}
    counted["prompt_tokens_details"] = {"cached_tokens": strange}
    openai_server.script = [completion(usage=counted), completion(usage=counted | {"prompt_tokens": strange})]
    model = connect(attempts=1)
    assert (await model.structured(PROMPT, Town, max_tokens=50)).usage == Usage(1, 40, 4)
    assert (await model.structured(PROMPT, Town, max_tokens=50)).usage == Usage(1, 5, 9)


@pytest.mark.parametrize("logprob", [0.5, math.nan, -math.inf, 10**400])
async def test_what_is_no_logarithm_of_a_probability_counts_for_nothing(
    openai_server: OpenAIServer, connect: Connect, logprob: float
) -> None:
    openai_server.script = [Says("Turku it is.", usage=(40, 4), logprob=logprob)]
    assert await text_of(connect(attempts=1)) == ("Turku it is.", Usage(1, 40, 4), None)


async def test_of_a_structured_reply_that_keeps_to_no_limit_no_more_is_read_than_it_may_have(
    openai_server: OpenAIServer, connect: Connect
) -> None:
    openai_server.script = [Says(" " * 50 * 8 + json.dumps(TURKU)), Says(TURKU)]
    assert (await connect().structured(PROMPT, Town, max_tokens=50)).usage.model_calls == 2


@pytest.mark.parametrize(
    ("said", "shown", "written"),
    [
        ("word " * 20_000, 50 * 8, 100),
        ("漢字 " * 20_000, 57 * 3 + 1, 44),  # each takes seven of 400
        ("x" * 20_000, 50 * 8, 5_000),  # one piece, which was sent as a whole
    ],
)
async def test_a_stream_that_keeps_to_no_limit_is_ended_and_counted(
    openai_server: OpenAIServer, connect: Connect, said: str, shown: int, written: int
) -> None:
    openai_server.script = [Says(said, usage=None)]
    model = connect()
    pieces = [delta async for delta in model.stream(PROMPT, max_tokens=50)]
    text = "".join(piece.text for piece in pieces)
    assert len(text) == shown
    assert pieces[-1].usage == Usage(1, 5, written)


WORDLESS: list[dict[str, Any]] = [
    {"content": ""},
    {"reasoning_content": "Let me think."},
    {"tool_calls": [{"index": 0, "id": "t", "type": "function", "function": {"name": "search", "arguments": "{}"}}]},
]


@pytest.mark.parametrize("delta", WORDLESS, ids=lambda delta: next(iter(delta)))
async def test_a_stream_without_words_has_no_longer_than_a_silent_one(
    openai_server: OpenAIServer, connect: Connect, delta: dict[str, Any]
) -> None:
    event = json.dumps({"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta}]})
    openai_server.script = [NeverEnds(f"data: {event}\n\n".encode() * 50, "text/event-stream")]
    model = connect(timeout_seconds=0.5)
    await model.connect()
    with pytest.raises(
        ModelUnavailable,
        match=r"did not answer within .*; it is overloaded, or HOPLINE_MODEL_TIMEOUT_SECONDS is too short for it\.$",
    ):
        await text_of(model)
    [request] = openai_server.chats
    assert await asyncio.to_thread(request.disconnected.wait, 20)


async def test_what_fills_its_tokens_is_not_cut(openai_server: OpenAIServer, connect: Connect) -> None:
    openai_server.script = [Says("abcdefg " * 50), Says("漢字 " * 50)]
    for said in ("abcdefg " * 49, "漢字 " * 49):
        assert (await text_of(connect()))[0].startswith(said)


async def test_a_stream_that_broke_off_carries_what_was_heard(openai_server: OpenAIServer, connect: Connect) -> None:
    openai_server.script = [Says("word " * 8 + "more", usage=None, cut_after=8)]
    with pytest.raises(ModelUnavailable) as broken:
        await text_of(connect())
    assert broken.value.usage == Usage(1, 5, 10)


async def test_a_call_that_was_given_up_carries_its_prompt(openai_server: OpenAIServer, connect: Connect) -> None:
    openai_server.script = [Says("not json", usage=(30, 3)), Hangs()]
    model = connect(timeout_seconds=0.5)
    await model._connected()
    with pytest.raises(ModelUnavailable) as late:
        await model.structured(PROMPT, Town, max_tokens=50)
    assert late.value.usage == Usage(2, 30 + 5, 3)


async def test_a_stream_yields_pieces_then_usage_and_mean_logprob(
    openai_server: OpenAIServer, connect: Connect
) -> None:
    openai_server.script = [Says("Turku it is.", usage=(40, 4), logprob=-0.5)]
    text, usage, logprob = await text_of(connect())
    assert (text, usage, logprob) == ("Turku it is.", Usage(1, 40, 4), -0.5)


async def test_without_usage_from_the_endpoint_tokens_are_estimated(
    openai_server: OpenAIServer, connect: Connect
) -> None:
    openai_server.script = [Says("x" * 40, usage=None)]
    _, usage, logprob = await text_of(connect())
    assert usage == Usage(1, 5, 10)
    assert logprob is None


@pytest.mark.parametrize("refused", [{"logprobs"}, {"logprobs", "stream_options"}])
async def test_a_stream_does_without_what_the_endpoint_refuses(
    openai_server: OpenAIServer, connect: Connect, refused: set[str]
) -> None:
    openai_server.refused_parameters = refused
    model = connect()
    for _ in range(2):
        assert (await text_of(model))[0] == "OK."
    assert len(openai_server.chats) == 3 + ("stream_options" in refused)


async def test_cancelling_a_stream_closes_its_connection(openai_server: OpenAIServer, connect: Connect) -> None:
    openai_server.script = [Says("word " * 1_000, piece_seconds=0.02)]
    model, heard = connect(), asyncio.Event()

    async def listen() -> None:
        async for _ in model.stream(PROMPT, max_tokens=50):
            heard.set()

    listening = asyncio.create_task(listen())
    await heard.wait()
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    [request] = openai_server.chats
    assert await asyncio.to_thread(request.disconnected.wait, 5)


async def test_check_passes_on_a_server_that_answers_and_takes_one_request(
    openai_server: OpenAIServer, connect: Connect
) -> None:
    await connect(api_key=None).check()
    assert len(openai_server.requests) == 1


@pytest.mark.parametrize(
    ("refusal", "advice"),
    [
        (Refuses(400, "maximum context length is 512", code="context_length_exceeded"), "prompt is too long"),
        (Refuses(429, "You exceeded your current quota", code="insufficient_quota"), "quota"),
    ],
)
async def test_openais_own_codes_for_what_no_second_try_mends(
    openai_server: OpenAIServer, connect: Connect, refusal: Refuses, advice: str
) -> None:
    openai_server.script = [refusal] * 4
    with pytest.raises(ModelRefused, match=advice):
        await connect().structured(PROMPT, Town, max_tokens=50)
    assert len(openai_server.chats) == 1
