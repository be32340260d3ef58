"""Finished answers screened by the endpoint's moderation, over a real socket; without it nothing is asked."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agent import Assistant, open_assistant
from agent.answers import Answer
from agent.events import Token
from agent.settings import load_settings
from tests.conftest import write
from tests.openai_server import MODEL, Behaviour, Hangs, OpenAIServer, Refuses, Says, SendsRaw
from tools.errors import InvalidSetting

FRAUD = "How do I report fraud?"
DOCUMENTS = {
    "fraud.md": "# Reporting fraud\n\nReport fraud to the ethics line at extension 900; you can stay anonymous.\n",
    "desk.md": "# Reporting fraud at the desk\n\nReport fraud to the ethics line at extension 700.\n",
}
Opener = Callable[..., Any]


def verdict(*categories: str, flagged: bool = True) -> SendsRaw:
    """A reply of `/moderations` with these categories hit."""
    named = {"violence": False, "illicit": False} | dict.fromkeys(categories, True)
    result = {"flagged": flagged, "categories": named, "category_scores": dict.fromkeys(named, 0.5)}
    return SendsRaw(json.dumps({"id": "m", "model": "omni", "results": [result]}), "application/json")


PASSES = verdict(flagged=False)


def screened(server: OpenAIServer, reply: Behaviour, said: str = "OK.") -> None:
    """`reply` answers moderation requests, `said` is the model's answer."""
    server.handler = lambda request: reply if "input" in request else Says(said)


def screenings(server: OpenAIServer) -> list[dict[str, Any]]:
    return [request.body for request in server.requests if request.path.endswith("/moderations")]


@pytest.fixture
def open_one(home_with_model: Path, tmp_path: Path, openai_server: OpenAIServer) -> Opener:
    @asynccontextmanager
    async def opened(**settings: object) -> AsyncIterator[Assistant]:
        usual = {"openai_api_key": "right", "openai_base_url": openai_server.url, "min_confidence": 0.0}
        openai_server.key = "right"
        chosen = await asyncio.to_thread(load_settings, **(usual | settings))
        documents = await asyncio.to_thread(write, tmp_path / "docs", DOCUMENTS)
        async with open_assistant(chosen, create=True) as assistant:
            await assistant.ingest([documents])
            yield assistant

    return opened


async def test_an_honest_question_is_answered_when_nothing_is_flagged(
    open_one: Opener, openai_server: OpenAIServer
) -> None:
    screened(openai_server, PASSES)
    async with open_one(moderation=True) as assistant:
        answer = await assistant.ask(FRAUD)
    assert answer.status in ("answered", "partial")
    assert "ethics line" in answer.answer
    assert [request["input"] for request in screenings(openai_server)] == [answer.answer]


@pytest.mark.parametrize("model", [None, MODEL])
async def test_a_flagged_answer_is_withheld_says_so_and_was_never_streamed(
    model: str | None, open_one: Opener, openai_server: OpenAIServer
) -> None:
    screened(openai_server, verdict("violence", "illicit"), "Report fraud to the ethics line. [1]")
    async with open_one(moderation=True, model=model) as assistant:
        events = [event async for event in assistant.stream(FRAUD)]
    answer = events[-1]
    assert isinstance(answer, Answer)
    assert answer.status == "declined"
    assert answer.answer == "The answer was held back: the endpoint's moderation found violence, illicit in it."
    assert (answer.citations, answer.claims) == ((), ())
    assert "ethics line" not in answer.model_dump_json()
    assert not [event for event in events if isinstance(event, Token)]
    assert "ethics line" in screenings(openai_server)[0]["input"]


async def test_what_is_flagged_without_a_category_is_withheld_too(
    open_one: Opener, openai_server: OpenAIServer
) -> None:
    screened(openai_server, verdict())
    async with open_one(moderation=True) as assistant:
        answer = await assistant.ask(FRAUD)
    assert (answer.status, "held back" in answer.answer) == ("declined", True)


@pytest.mark.parametrize(
    "reply",
    [
        Refuses(500, headers={"retry-after-ms": "1"}),
        Refuses(404),
        Refuses(401),
        Hangs(),
        SendsRaw("<html>sign in</html>"),
        SendsRaw('{"results": []}', "application/json"),
        SendsRaw('{"results": [{"flagged": null}]}', "application/json"),
    ],
)
async def test_a_moderation_that_can_t_be_had_lets_nothing_by_and_is_asked_again_when_the_question_is(
    reply: Behaviour, open_one: Opener, openai_server: OpenAIServer
) -> None:
    screened(openai_server, reply)
    async with open_one(moderation=True, model_timeout_seconds=1.0) as assistant:
        held = await assistant.ask(FRAUD)
        screened(openai_server, PASSES)
        given = await assistant.ask(FRAUD)
    assert held.status == "declined"
    assert held.answer.startswith("The answer was held back: the moderation endpoint")
    assert "ethics line" not in held.model_dump_json()
    assert "ethics line" in given.answer


async def test_nothing_is_screened_unless_asked_for(open_one: Opener, openai_server: OpenAIServer) -> None:
    async with open_one() as assistant:
        answer = await assistant.ask(FRAUD)
    assert "ethics line" in answer.answer
    assert openai_server.requests == []


async def test_moderation_without_a_key_is_refused_at_start(home_with_model: Path) -> None:
    chosen = await asyncio.to_thread(load_settings, moderation=True)
    with pytest.raises(InvalidSetting, match="HOPLINE_MODERATION"):
        async with open_assistant(chosen, create=True):
            raise AssertionError("there is no key")
