"""Prices are the operator's word; what he does not say is unknown, which is not nothing."""

import asyncio
from pathlib import Path

import pytest

from agent.costs.books import open_books, unpriced
from agent.costs.prices import prices_of
from agent.settings import load_settings
from tools.chat.pricing import Price
from tools.errors import InvalidSetting

TABLE = """
anthropic:claude-x: {input: 3, cached_input: 0.3, cache_write: 3.75, output: 15}
openai:mini: {input: 0.25, output: 2}
free: {input: 0, output: 0}
"""


def table(text: str = TABLE) -> Path:
    path = Path("prices.yaml")
    path.write_text(text, encoding="utf-8")
    return path


def test_the_table_is_read_by_the_names_that_settings_use() -> None:
    prices = prices_of(load_settings(prices_file=table()))
    assert prices.of("anthropic:claude-x") == Price(3, 15, cached_input=0.3, cache_write=3.75)
    assert prices.of("mini") == prices.of("openai:mini") == Price(0.25, 2)
    assert prices.of("free") == Price(0, 0), "said to cost nothing, which is known"
    assert prices.of("claude-x") is None


def test_the_two_settings_price_the_model_that_is_set_and_no_other() -> None:
    settings = load_settings(model="big", small_model="small", model_input_usd_per_million=2.0)
    prices = prices_of(settings)
    assert prices.of("big") == Price(2.0, 0.0)
    assert unpriced(settings, prices) == ["small"]


def test_the_table_wins_over_the_two_settings() -> None:
    settings = load_settings(model="mini", model_input_usd_per_million=99.0, prices_file=table())
    assert prices_of(settings).of("mini") == Price(0.25, 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mini: 3", "mini: Input should be a valid dictionary"),
        ("mini: {input: 1}", "mini.output: Field required"),
        ("mini: {input: -1, output: 1}", "mini.input: Input should be greater than or equal to 0"),
        ("mini: {input: .nan, output: 1}", "mini.input"),
        ("mini: {input: 1, output: 1, ouput: 2}", "mini.ouput: Extra inputs are not permitted"),
        ("- mini", "the file: Input should be a valid dictionary"),
        ("{", "is not YAML"),
    ],
)
def test_a_table_that_is_wrong_says_where(text: str, said: str) -> None:
    with pytest.raises(InvalidSetting, match="HOPLINE_PRICES_FILE") as caught:
        prices_of(load_settings(prices_file=table(text)))
    assert said in str(caught.value)


def test_a_table_that_is_not_there_is_named() -> None:
    with pytest.raises(InvalidSetting, match=r"HOPLINE_PRICES_FILE: nowhere\.yaml can't be read"):
        prices_of(load_settings(prices_file=Path("nowhere.yaml")))


def test_tokens_cost_what_their_kind_costs() -> None:
    price = Price(input=2.0, output=10.0, cached_input=0.2, cache_write=2.5)
    assert price.usd(1_000, 100, cached=600, stored=300) == pytest.approx(
        (100 * 2 + 600 * 0.2 + 300 * 2.5 + 1_000) / 1e6
    )
    assert Price(2.0, 10.0).usd(1_000, 0, cached=600) == pytest.approx(0.002), "no discount is assumed"


@pytest.mark.parametrize("limit", ["max_usd", "user_usd_per_day", "tenant_usd_per_day", "total_usd_per_day"])
async def test_a_budget_in_money_with_an_unknown_price_is_refused_at_start(limit: str) -> None:
    prices = await asyncio.to_thread(table, "big: {input: 1, output: 1}")
    named: dict[str, object] = {"model": "big", "second_model": "other", "prices_file": prices, limit: 1}
    settings = await asyncio.to_thread(load_settings, **named)
    with pytest.raises(InvalidSetting, match=f"HOPLINE_{limit.upper()} is set, but the price of other is not known"):
        async with open_books(settings):
            raise AssertionError("a budget that can't be kept was accepted")


async def test_a_budget_in_tokens_needs_no_price() -> None:
    settings = await asyncio.to_thread(load_settings, model="big", total_tokens_per_day=1_000)
    async with open_books(settings) as books:
        assert books.prices.of("big") is None
