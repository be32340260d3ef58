"""A metered model: room first, then the call, then the books."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from pydantic import BaseModel

from agent.costs.bookings import TABLES, Reservation
from agent.costs.budgets import Amount, Budgets, Kind, Limit, Payer
from agent.costs.ledger import Ledger
from agent.costs.metering import Meter, MeteredChat
from agent.telemetry.metrics import Metrics
from agent.telemetry.ports import WatchedChatModel
from agent.telemetry.watching import Telemetry
from tests.anthropic_server import AnthropicServer
from tests.openai_server import Hangs, OpenAIServer, Refuses, Says
from tools.chat.anthropic import AnthropicChatModel
from tools.chat.openai import OpenAIChatModel
from tools.chat.owed import owe, owed
from tools.chat.pricing import Price
from tools.database.opening import open_tables
from tools.errors import BadReply, BudgetSpent, MemoryUnavailable, ModelRefused, ModelUnavailable
from tools.ports import Message, StructuredReply, TextDelta, Usage

PROMPT = [Message("system", "Be brief."), Message("user", "Which town?")]
ADA = Payer("acme", "ada", "C1", "run-1")
PRICE = Price(10.0, 100.0)


class Town(BaseModel):
    name: str


class Scripted:
    """A model that returns a given usage, or raises an error after some words."""

    name = "scripted"

    def __init__(self, *outcomes: Usage | Exception, words: Sequence[str] = ("Turku ", "it is.")) -> None:
        self.outcomes, self.words, self.calls = list(outcomes), words, 0

    async def structured(self, messages: Any, schema: type[Any], *, max_tokens: int) -> StructuredReply[Any]:
        self.calls += 1
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return StructuredReply(schema(name="Turku"), outcome)

    async def stream(self, messages: Any, *, max_tokens: int) -> AsyncIterator[TextDelta]:
        self.calls += 1
        outcome = self.outcomes.pop(0)
        for word in self.words:
            yield TextDelta(word)
        if isinstance(outcome, Exception):
            raise outcome
        yield TextDelta("", outcome)

    async def check(self) -> None:
        self.calls += 1


class DownLedger(Ledger):
    """A ledger that can't be reached, before the call or after it."""

    def __init__(self, *, settles: bool) -> None:
        self._settles = settles

    async def reserve(self, payer: Payer, most: Amount) -> Reservation | None:
        if self._settles:
            raise MemoryUnavailable("the database did not answer")
        return None

    async def settle(self, *arguments: object) -> None:
        raise MemoryUnavailable("the database did not answer")


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    database = await asyncio.to_thread(open_tables, TABLES, tmp_path, None)
    opened = Ledger(database, Budgets({"total": Limit(usd=1.0)}))
    yield opened
    await opened.close()


def metered(chat: Any, ledger: Ledger, price: Price | None = PRICE) -> MeteredChat:
    return MeteredChat(chat, "big", price, Meter(ledger, lambda: ADA))


async def heard(chat: MeteredChat) -> str:
    return "".join([delta.text async for delta in chat.stream(PROMPT, max_tokens=50)])


async def row_of(ledger: Ledger) -> dict[str, Any]:
    [row] = await ledger.rows()
    return row


async def test_a_call_is_booked_to_who_asked_with_what_it_cost(ledger: Ledger) -> None:
    chat = metered(Scripted(Usage(1, 100, 10, 0.002, 40), Usage(1, 50, 5, 0.001)), ledger)
    assert (await chat.structured(PROMPT, Town, max_tokens=50)).value.name == "Turku"
    assert await heard(chat) == "Turku it is."
    row = await row_of(ledger)
    assert (row["tenant"], row["reader"], row["channel"], row["model"]) == ("acme", "ada", "C1", "big")
    assert (row["questions"], row["calls"], row["unpriced_calls"]) == (1, 2, 0)
    assert (row["input_tokens"], row["cached_input_tokens"], row["output_tokens"]) == (150, 40, 15)
    assert row["usd"] == pytest.approx(0.003)


async def test_without_room_no_call_is_made(ledger: Ledger) -> None:
    model = Scripted(Usage(1, 0, 0, 0.999))
    chat = metered(model, ledger)
    await heard(chat)
    with pytest.raises(BudgetSpent, match="today's budget for the language model is spent; it renews"):
        await heard(chat)
    with pytest.raises(BudgetSpent):
        await chat.structured(PROMPT, Town, max_tokens=50)
    assert model.calls == 1


async def test_an_unknown_price_is_counted_as_unknown(ledger: Ledger) -> None:
    await heard(metered(Scripted(Usage(1, 100, 10)), ledger, None))
    row = await row_of(ledger)
    assert (row["calls"], row["unpriced_calls"], row["usd"]) == (1, 1, 0.0)


async def test_a_useless_reply_is_paid_for_and_a_call_that_was_refused_is_not(ledger: Ledger) -> None:
    bad = BadReply("twice", usage=Usage(2, 200, 20, 0.004))
    chat = metered(Scripted(bad, ModelUnavailable("503")), ledger)
    with pytest.raises(BadReply):
        await chat.structured(PROMPT, Town, max_tokens=50)
    with pytest.raises(ModelUnavailable):
        await chat.structured(PROMPT, Town, max_tokens=50)
    assert ((await row_of(ledger))["calls"], (await row_of(ledger))["usd"]) == (2, 0.004)
    assert await ledger.reserve(ADA, Amount(0.995)), "nothing stays reserved"


async def test_what_was_heard_of_a_broken_or_left_stream_is_paid_for_by_estimate(ledger: Ledger) -> None:
    chat = metered(Scripted(ModelUnavailable("broke off"), Usage(1, 1, 1), words=["word " * 8, "more"]), ledger)
    with pytest.raises(ModelUnavailable):
        await heard(chat)
    leaving = chat.stream(PROMPT, max_tokens=50)
    assert await anext(leaving)
    await leaving.aclose()  # type: ignore[attr-defined]
    row = await row_of(ledger)
    assert (row["calls"], row["input_tokens"], row["output_tokens"]) == (2, 10, 11 + 10)
    assert row["usd"] == pytest.approx((10 * 10 + 21 * 100) / 1e6)


async def test_a_stream_that_is_left_has_cost_in_the_metrics_what_is_in_the_books(ledger: Ledger) -> None:
    metrics = Metrics(CollectorRegistry())
    chat = WatchedChatModel(metered(Scripted(Usage(1, 1, 1)), ledger), Telemetry(metrics=metrics))
    leaving = chat.stream(PROMPT, max_tokens=50)
    assert await anext(leaving)
    await leaving.aclose()  # type: ignore[attr-defined]
    row = await row_of(ledger)
    assert (row["calls"], row["output_tokens"]) == (1, 2)
    told = partial(metrics.registry.get_sample_value, labels={"model": "scripted"})
    assert told("hopline_model_calls_total") == 1
    assert told("hopline_cost_usd_total") == pytest.approx(row["usd"])


@pytest.mark.parametrize("sent", [Usage(1, 5, 0), Usage()])
async def test_a_cancelled_call_leaves_no_reservation_and_what_was_sent_of_it_is_paid_for(
    ledger: Ledger, sent: Usage
) -> None:
    called = asyncio.Event()

    class Slow(Scripted):
        async def structured(self, messages: Any, schema: type[Any], *, max_tokens: int) -> StructuredReply[Any]:
            called.set()
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError as stopped:
                owe(stopped, sent)
                raise
            raise AssertionError("it was cancelled")

    task = asyncio.create_task(metered(Slow(), ledger).structured(PROMPT, Town, max_tokens=500))
    await called.wait()
    with pytest.raises(BudgetSpent):
        await ledger.reserve(ADA, Amount(1.0))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await ledger.reserve(ADA, Amount(0.99))
    booked = [(row["calls"], row["input_tokens"]) for row in await ledger.rows()]
    assert booked == ([(1, 5)] if sent.model_calls else [])


async def test_a_reply_of_no_use_is_paid_for_when_its_repair_is_cancelled_or_refused(
    ledger: Ledger, openai_server: OpenAIServer
) -> None:
    model = OpenAIChatModel("m", api_key="k", base_url=openai_server.url, price=PRICE)
    chat = metered(model, ledger)
    openai_server.script = [Says("Turku.", usage=(4_000, 100)), Refuses(401)]
    with pytest.raises(ModelRefused) as refused:
        await chat.structured(PROMPT, Town, max_tokens=50)
    assert refused.value.usage.input_tokens == (await row_of(ledger))["input_tokens"] == 4_000
    asked_again = threading.Event()

    def falls_silent(_: dict[str, Any]) -> Hangs:
        asked_again.set()
        return Hangs()

    openai_server.script, openai_server.handler = [Says("Turku.", usage=(4_000, 100))], falls_silent
    task = asyncio.create_task(chat.structured(PROMPT, Town, max_tokens=50))
    assert await asyncio.to_thread(asked_again.wait, 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as stopped:
        await task
    row = await row_of(ledger)
    assert (row["calls"], row["output_tokens"]) == (3, 200)
    assert row["input_tokens"] == 4_000 + owed(stopped.value).input_tokens > 8_000
    await model.close()


async def test_a_call_that_failed_is_paid_for_as_far_as_its_adapter_knows(ledger: Ledger) -> None:
    given_up = ModelUnavailable("did not answer within 5 s", usage=Usage(1, 7, 0, 0.01))
    chat = metered(Scripted(given_up, ModelUnavailable("can't be reached")), ledger)
    for _ in range(2):
        with pytest.raises(ModelUnavailable):
            await chat.structured(PROMPT, Town, max_tokens=50)
    row = await row_of(ledger)
    assert (row["calls"], row["input_tokens"], row["usd"]) == (1, 7, 0.01)


async def test_a_stream_that_broke_off_says_what_it_cost(ledger: Ledger) -> None:
    chat = metered(Scripted(ModelUnavailable("broke off"), words=["word " * 8]), ledger)
    with pytest.raises(ModelUnavailable) as broken:
        await heard(chat)
    assert broken.value.usage == Usage(1, 5, 10, PRICE.usd(5, 10))


async def test_a_budget_that_cannot_be_looked_up_is_not_kept_by_hoping() -> None:
    model = Scripted(Usage(1, 1, 1))
    with pytest.raises(ModelUnavailable, match="the budget for the language model can't be looked up"):
        await heard(metered(model, DownLedger(settles=True)))
    assert model.calls == 0


async def test_an_answer_that_is_there_is_not_lost_for_want_of_a_booking(caplog: pytest.LogCaptureFixture) -> None:
    assert await heard(metered(Scripted(Usage(1, 1, 1, 0.5)), DownLedger(settles=False))) == "Turku it is."
    assert "a call of big for $0.50000 is not in the books" in caplog.text


@pytest.mark.parametrize("kind", ["openai", "anthropic"])
@pytest.mark.parametrize("script", ["Välkommen till Åbo. ", "トゥルク市です。", "word "])
async def test_fifty_questions_at_once_in_two_ledgers_spend_no_more_than_the_budget(
    openai_server: OpenAIServer, anthropic_server: AnthropicServer, tmp_path: Path, kind: str, script: str
) -> None:
    """Real clients, and a server that counts a token for two bytes, as no tokenizer for such a text does worse."""
    server = openai_server if kind == "openai" else anthropic_server
    adapter = OpenAIChatModel if kind == "openai" else AnthropicChatModel
    prompt = [Message("system", "Be brief."), Message("user", script * 50)]
    tokens = sum(len(message.content.encode()) for message in prompt) // 2
    server.handler = lambda request: Says({"name": "Turku"} if request.get("tools") else "OK.", usage=(tokens, 50))
    budget = 8 * (tokens + 50)
    limits: dict[Kind, Limit] = {"total": Limit(tokens=budget)}
    models = [adapter("m", api_key="k", base_url=server.url) for _ in range(2)]
    ledgers = [Ledger(await asyncio.to_thread(open_tables, TABLES, tmp_path, None), Budgets(limits)) for _ in range(2)]
    chats = [MeteredChat(model, "m", PRICE, Meter(ledger)) for model, ledger in zip(models, ledgers, strict=True)]

    async def ask(chat: MeteredChat) -> bool:
        try:
            return bool([delta async for delta in chat.stream(prompt, max_tokens=50)])
        except BudgetSpent:
            return False

    answered = await asyncio.gather(*(ask(chats[n % 2]) for n in range(50)))
    rows = await ledgers[0].rows()
    assert sum(row["input_tokens"] + row["output_tokens"] for row in rows) <= budget
    assert 0 < sum(answered) == len(server.chats) <= 8
    for opened in (*models, *ledgers):
        await opened.close()
