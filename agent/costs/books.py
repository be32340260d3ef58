"""The prices, the budgets and the ledger, opened together and closed together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from agent.costs.budgets import check_priced
from agent.costs.ledger import open_ledger
from agent.costs.metering import Meter, MeteredChat
from agent.costs.prices import Prices, prices_of
from agent.holders import Erasures
from agent.settings import Settings
from tools.ports import ChatModel


@dataclass(frozen=True, slots=True)
class Books:
    prices: Prices
    meter: Meter

    def metered(self, chat: ChatModel, model: str) -> ChatModel:
        """The model, paid for call by call under the name that the settings give it."""
        return MeteredChat(chat, model, self.prices.of(model), self.meter)


@asynccontextmanager
async def open_books(settings: Settings, erasures: Erasures | None = None) -> AsyncIterator[Books]:
    """Raises InvalidSetting for a price table that can't be read, and for a budget that could not be kept."""
    prices = await asyncio.to_thread(prices_of, settings)
    ledger = await asyncio.to_thread(open_ledger, settings, erasures)
    check_priced(ledger.budgets, unpriced(settings, prices))
    try:
        yield Books(prices, Meter(ledger))
    finally:
        await ledger.close()


def unpriced(settings: Settings, prices: Prices) -> list[str]:
    """The models that are named and have no price."""
    named = (settings.model, settings.small_model, settings.second_model)
    return [name for name in dict.fromkeys(named) if name and prices.of(name) is None]
