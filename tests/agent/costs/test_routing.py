"""The whole graph over the models that the settings name: which one is asked, what it costs, and who pays."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from agent.assistant import Assistant
from agent.costs.ledger import open_ledger
from agent.settings import load_settings
from agent.speech import open_language
from graph import budget
from graph.language import Turn
from tests.agent.assistants import assistant_over
from tests.agent.test_assistant_with_model import APPROVER, right, writes
from tests.anthropic_server import AnthropicServer
from tests.openai_server import OpenAIServer, Refuses, Says
from tools.passages import Reader

EASY = "When does the canteen serve soup?"
COMPARED = "Which opens earlier, the canteen or the parking behind the building?"
PRICES = """
big: {input: 10, output: 100}
small: {input: 1, output: 10}
spare: {input: 2, output: 20}
own: {input: 0, output: 0}
anthropic:claude-test: {input: 3, output: 15}
"""
ADA = Reader(user="ada", tenant="default")
Opener = Callable[..., Awaitable[Assistant]]


@pytest.fixture
async def open_one(tmp_path: Path, openai_server: OpenAIServer) -> AsyncIterator[Opener]:
    prices = tmp_path / "prices.yaml"
    prices.write_text(PRICES, encoding="utf-8")
    usual: dict[str, Any] = {
        "home": tmp_path / "own",
        "model": "big",
        "openai_api_key": "k",
        "openai_base_url": openai_server.url,
        "prices_file": prices,
        "model_attempts": 1,
    }
    async with AsyncExitStack() as closing:

        async def make(**options: Any) -> Assistant:
            settings = await asyncio.to_thread(load_settings, **(usual | options))
            await asyncio.to_thread(settings.home.mkdir, exist_ok=True)
            speech = await closing.enter_async_context(open_language(settings))
            await speech.connected()
            chosen = {name: value for name, value in (usual | options).items() if name != "home"}
            opened = await assistant_over(settings.home, language=speech.language, small=speech.small, **chosen)
            closing.push_async_callback(opened._conversations.close)
            return opened

        yield make


def soup(request: dict[str, Any]) -> str:
    return "It serves soup on Mondays [1]." if "soup" in request["messages"][-1]["content"] else "NOT FOUND: soup"


def answers(server: OpenAIServer) -> list[str]:
    """The models that were asked to write an answer, in order."""
    return [chat.body["model"] for chat in server.chats if chat.body.get("stream")]


async def test_an_easy_answer_is_the_small_models_and_a_hard_one_the_large_ones(
    open_one: Opener, openai_server: OpenAIServer
) -> None:
    openai_server.handler = writes(soup)
    assistant = await open_one(small_model="small")
    assert "Mondays" in (await assistant.ask(EASY)).answer
    await assistant.ask(COMPARED)
    assert answers(openai_server) == ["small", "big"]


async def test_without_a_small_model_all_is_the_large_ones(open_one: Opener, openai_server: OpenAIServer) -> None:
    openai_server.handler = writes(soup)
    await (await open_one()).ask(EASY, history=[Turn("Who sits in Utrecht?", "Lotte Verbeek.")])
    assert {chat.body["model"] for chat in openai_server.chats} == {"big"}


async def test_a_conversation_is_read_by_the_small_model(open_one: Opener, openai_server: OpenAIServer) -> None:
    openai_server.handler = writes(right)
    await (await open_one(small_model="small")).ask("And who approves it?", history=[Turn("What of refunds?", "…")])
    assert next(chat.body["model"] for chat in openai_server.chats if not chat.body.get("stream")) == "small"


async def test_each_call_costs_what_its_own_model_costs(open_one: Opener, openai_server: OpenAIServer) -> None:
    openai_server.handler = writes(right)
    assistant = await open_one(small_model="small")
    answer = await assistant.ask(
        "And who approves it?", history=[Turn("What of refunds?", "…")], channel="C7", reader=ADA
    )
    models = [chat.body["model"] for chat in openai_server.chats]
    assert set(models) == {"small", "big"}
    each = {"big": (100 * 10 + 10 * 100) / 1e6, "small": (100 * 1 + 10 * 10) / 1e6}
    assert answer.usage.cost_usd == pytest.approx(sum(each[model] for model in models))
    ledger = await asyncio.to_thread(open_ledger, assistant.settings)
    rows = {row["model"]: row for row in await ledger.rows()}
    await ledger.close()
    assert {model: row["usd"] for model, row in rows.items()} == {
        model: pytest.approx(models.count(model) * each[model]) for model in each
    }
    assert {(row["reader"], row["channel"]) for row in rows.values()} == {("ada", "C7")}
    assert sum(row["questions"] for row in rows.values()) == 1


async def test_an_answer_cost_what_the_books_hold_whatever_failed(
    open_one: Opener, openai_server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "elapsed", lambda context: 0.0)  # all time is the model's, on any machine
    assistant = await open_one(max_seconds=2.0)
    openai_server.script = [Says("Turku.", usage=(400, 20)), Refuses(401), Says("The duty manager is", hang_after=2)]
    answer = await assistant.ask("And who approves it?", history=[Turn("What of refunds?", "They exist.")])
    assert (answer.mode, answer.usage.model_calls) == ("extractive", 2)
    ledger = await asyncio.to_thread(open_ledger, assistant.settings)
    [row] = await ledger.rows()
    await ledger.close()
    assert (row["calls"], row["input_tokens"]) == (2, answer.usage.input_tokens)
    assert row["output_tokens"] == answer.usage.output_tokens
    assert row["usd"] == pytest.approx(answer.usage.cost_usd)


async def test_the_second_model_answers_when_the_first_is_down(open_one: Opener, openai_server: OpenAIServer) -> None:
    answer = writes(right)
    openai_server.handler = lambda request: Refuses(503) if request["model"] == "big" else answer(request)
    given = await (await open_one(second_model="spare")).ask(APPROVER)
    assert "duty manager" in given.answer
    assert not any("quotes the documents" in note for note in given.notes)
    assert answers(openai_server) == ["big", "spare"]
    assert given.usage.cost_usd == pytest.approx((100 * 2 + 10 * 20) / 1e6)


async def test_over_budget_the_answer_quotes_the_documents_and_says_when_there_is_more(
    open_one: Opener, openai_server: OpenAIServer
) -> None:
    openai_server.handler = lambda request: Says(right(request), usage=(20_000, 7_000)) if request.get("stream") else {}
    assistant = await open_one(user_usd_per_day=0.9)
    first = await assistant.ask(APPROVER, reader=ADA)
    assert first.usage.cost_usd == pytest.approx(0.9)
    second = await assistant.ask(APPROVER, reader=ADA)
    assert second.status in ("answered", "partial")
    assert second.usage.cost_usd == 0
    [note] = [note for note in second.notes if "budget" in note]
    assert note.startswith("This answer quotes the documents: your budget for the language model is spent for today")
    assert "renews on" in note
    assert len(answers(openai_server)) == 1, "no call was made"
    assert (await assistant.ask(APPROVER, reader=Reader(user="bob"))).usage.model_calls, "his budget is his own"


async def test_over_budget_a_second_model_answers_that_the_rest_of_it_has_room_for(
    open_one: Opener, openai_server: OpenAIServer
) -> None:
    openai_server.handler = lambda request: Says(right(request), usage=(1_000, 10)) if request.get("stream") else {}
    assistant = await open_one(second_model="own", user_usd_per_day=0.01)
    given = await assistant.ask(APPROVER, reader=ADA)
    assert (given.mode, answers(openai_server), given.usage.cost_usd) == ("model", ["own"], 0)
    assert not any("budget" in note for note in given.notes)


async def test_a_second_model_is_not_asked_either_where_the_budget_has_no_room_for_it(
    open_one: Opener, openai_server: OpenAIServer
) -> None:
    given = await (await open_one(second_model="spare", total_tokens_per_day=1)).ask(APPROVER)
    assert (given.mode, openai_server.chats) == ("extractive", [])
    assert any("today's budget for the language model is spent" in note for note in given.notes)


async def test_a_spent_budget_costs_a_follow_up_question_its_rewriting_and_not_its_answer(
    open_one: Opener, openai_server: OpenAIServer
) -> None:
    assistant = await open_one(total_tokens_per_day=1)
    given = await assistant.ask(APPROVER, history=[Turn("What of refunds?", "They exist.")])
    assert given.status in ("answered", "partial")
    assert openai_server.chats == []
    assert any(note.startswith("The question was taken as it stands: today's budget") for note in given.notes)


async def test_one_questions_own_budget_ends_with_it(open_one: Opener, openai_server: OpenAIServer) -> None:
    openai_server.handler = lambda request: Says(right(request), usage=(100, 10)) if request.get("stream") else {}
    assistant = await open_one(max_usd=0.000001)
    given = await assistant.ask(APPROVER)
    assert any("the money that this question may cost is spent." in note for note in given.notes)
    assert openai_server.chats == []


async def test_a_model_that_declines_leaves_the_documents_own_sentences(
    open_one: Opener, openai_server: OpenAIServer
) -> None:
    openai_server.handler = lambda request: Says("", finish_reason="content_filter", usage=(100, 10))
    given = await (await open_one()).ask(APPROVER)
    assert given.status in ("answered", "partial")
    assert any("declined to answer" in note for note in given.notes)
    assert given.usage.cost_usd == pytest.approx(0.002), "the useless call is paid for all the same"


async def test_claude_answers_with_citations(open_one: Opener, anthropic_server: AnthropicServer) -> None:
    anthropic_server.handler = writes(right)
    assistant = await open_one(
        model="anthropic:claude-test", anthropic_api_key="k", anthropic_base_url=anthropic_server.url
    )
    given = await assistant.ask(APPROVER)
    assert given.citations[0].source == "refunds.md"
    assert given.mode == "model"
    assert given.usage.cost_usd == pytest.approx((100 * 3 + 10 * 15) / 1e6)
    assert anthropic_server.chats[0].body["model"] == "claude-test"
