"""Who writes the answers: the models that the settings name, or the documents' own sentences."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.holders import Erasures
from agent.port_wrappers import AS_THEY_ARE
from agent.serving.ports import serving_chat
from agent.settings import Settings, variable_of
from graph.language import Language
from graph.languages.extractive import ExtractiveLanguage
from tools.ports import ChatModel

if TYPE_CHECKING:
    from agent.costs.prices import Prices
    from graph.checking.judging import Judge
    from tools.chat.limited import LimitedChatModel


@dataclass(frozen=True, slots=True)
class Speech:
    """Who writes, who does the small steps (None: the same), and who judges claims that the verifier doubts."""

    language: Language
    small: Language | None = None
    judge: "Judge | None" = None
    connecting: "asyncio.Future[list[BaseException | None]] | None" = None

    async def connected(self) -> None:
        """Wait until the vendors' libraries are imported, since that holds up everything else. A problem with it is
        left for the first call to report."""
        if self.connecting is not None:
            await self.connecting


@asynccontextmanager
async def open_language(
    settings: Settings,
    wrap: Callable[[ChatModel], ChatModel] = AS_THEY_ARE.chat,
    *,
    watched: Callable[[ChatModel, str], ChatModel] = lambda chat, provider: chat,
    erasures: Erasures | None = None,
) -> AsyncIterator[Speech]:
    """The models when one is named, their connections closed at the end; else the documents' own sentences. The judge
    of doubtful claims is the one that writes; without one the verifier judges alone.

    `watched` gets each model by itself, with its provider, before the second one is put behind it: what a model is told
    to have done is its own. `wrap` gets what the graph asks.
    """
    if not settings.model:
        yield Speech(ExtractiveLanguage())
        return
    from agent.costs.books import open_books
    from graph.checking.judging import ModelJudge
    from graph.languages.model import ModelLanguage
    from tools.chat.opening import is_anthropic

    async with AsyncExitStack() as closing:
        books = await closing.enter_async_context(open_books(settings, erasures))
        chats: list[LimitedChatModel] = []

        def metered(name: str) -> ChatModel:
            chats.append(chat_of(settings, name, books.prices))
            closing.push_async_callback(chats[-1].close)
            provider = "anthropic" if is_anthropic(name) else "openai"
            return watched(books.metered(chats[-1], name), provider)

        models = with_seconds(metered, settings)
        writer = wrap(models[settings.model])
        small = ModelLanguage(wrap(models[settings.small_model])) if settings.small_model else None
        connecting = asyncio.gather(*(chat.connect() for chat in chats), return_exceptions=True)
        try:
            yield Speech(ModelLanguage(writer), small, ModelJudge(writer), connecting)
        finally:
            await connecting


def with_seconds(made: Callable[[str], ChatModel], settings: Settings) -> dict[str, ChatModel]:
    """The models by name, each made once, with the second model as a fallback behind each of the others."""
    names = dict.fromkeys(named_models(settings).values())
    models = {name: made(name) for name in names}
    if not settings.second_model:
        return models
    from tools.chat.second import WithSecond

    second = models[settings.second_model]
    return {name: chat if chat is second else WithSecond(chat, second) for name, chat in models.items()}


def named_models(settings: Settings) -> dict[str, str]:
    """The names of the models that answer questions, by the setting that names them."""
    named = {"model": settings.model, "small_model": settings.small_model, "second_model": settings.second_model}
    return {variable_of(field): name for field, name in named.items() if name and settings.model}


def chat_of(settings: Settings, model: str, prices: "Prices | None" = None) -> "LimitedChatModel":
    """The chat model of that name, at the vendor that the name says; raises InvalidSetting without a key."""
    from agent.costs.prices import prices_of
    from tools.chat.opening import Access, open_chat

    chat = open_chat(
        model,
        openai=Access(settings.openai_api_key, settings.openai_base_url),
        anthropic=Access(settings.anthropic_api_key, settings.anthropic_base_url),
        price=(prices or prices_of(settings)).of(model),
        timeout_seconds=settings.model_timeout_seconds,
        attempts=settings.model_attempts,
    )
    return serving_chat(chat, settings)
