"""Where the adapters are picked: the only place that knows which vendor stands behind which port."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from agent.assistant import Assistant
from agent.conversations import open_conversations
from agent.port_wrappers import AS_THEY_ARE, PortWrappers
from agent.serving.generations import AnnouncingStore, open_generations
from agent.serving.ports import (
    serving_chat,
    serving_conversations,
    serving_embedder,
    serving_reranker,
    serving_searcher,
    serving_verifier,
)
from agent.serving.serving import opened_serving, shared_generations
from agent.settings import Settings, load_settings
from graph.build import build_graph
from graph.confidence import Calibration, calibration_at, shipped_calibration
from graph.deps import Deps
from graph.language import Language
from graph.languages.extractive import ExtractiveLanguage
from graph.ranking.ranker import shipped_ranker
from tools.embedders.opening import open_embedder
from tools.errors import InvalidSetting
from tools.knowledge import Knowledge
from tools.ports import ChatModel, Embedder, PassageStore, Reranker, Screener
from tools.store.connection import import_vendor
from tools.store.milvus import MilvusStore
from tools.verifiers.opening import open_verifier

if TYPE_CHECKING:
    from graph.judging import Judge
    from tools.ingestion.catalogue import Catalogue
    from tools.ingestion.loader import Loader


@runtime_checkable
class _Connected(Protocol):
    """An adapter that keeps connections of its own; the ports don't ask for it, since local models have none."""

    async def close(self) -> None: ...


@asynccontextmanager
async def open_assistant(
    settings: Settings | None = None, *, create: bool = False, ports: PortWrappers = AS_THEY_ARE
) -> AsyncIterator[Assistant]:
    """Open everything that the settings name, and close it again.

    `create=True` makes the store when there is none yet (to ingest); ingestion has the adapters themselves, the graph
    has them through `ports`. Raises StoreEmpty, StoreInUse, StoreMismatch, MissingModel, InvalidSetting or
    SearchUnavailable, each saying what to do.
    """
    if settings is None:
        settings = await asyncio.to_thread(load_settings)
    async with AsyncExitStack() as closing:
        language, judge = await closing.enter_async_context(open_language(settings, ports.chat))
        await asyncio.to_thread(settings.home.mkdir, parents=True, exist_ok=True)
        # The store's client takes most of a second to import: meanwhile the embedder's model is read.
        embedder, _ = await asyncio.gather(embedder_of(settings), asyncio.to_thread(import_vendor))
        if isinstance(embedder, _Connected):
            closing.push_async_callback(embedder.close)
        store = await store_of(settings, embedder, create=create)
        closing.push_async_callback(store.close)
        conversations = serving_conversations(open_conversations(settings.home, _database_url(settings)))
        closing.push_async_callback(conversations.close)

        def loader() -> "Loader":
            catalogue = open_catalogue(settings)
            closing.callback(catalogue.close)
            return open_loader(settings, store, embedder, catalogue)

        reranker = await asyncio.to_thread(open_reranker, settings)
        generations = shared_generations(settings, store.generations)
        searcher, vectors = serving_searcher(store, generations, settings), serving_embedder(embedder, settings)
        deps = Deps(
            knowledge=Knowledge(ports.searcher(searcher), ports.embedder(vectors)),
            language=language,
            verifier=serving_verifier(await asyncio.to_thread(open_verifier, settings.verifier), settings),
            reranker=reranker and ports.reranker(serving_reranker(reranker)),
            judge=judge,
            screener=await closing.enter_async_context(_open_screener(settings)),
            ranker=await asyncio.to_thread(shipped_ranker),
            calibration=await asyncio.to_thread(_calibration_of, settings),
        )
        serving = await closing.enter_async_context(
            opened_serving(settings, deps, generations, clearables=(vectors, searcher))
        )
        yield Assistant(settings, build_graph(deps, serving.checkpointer), conversations, loader, serving)


@asynccontextmanager
async def _open_screener(settings: Settings) -> AsyncIterator[Screener | None]:
    if not settings.moderation:
        yield None
        return
    if settings.openai_api_key is None:
        raise InvalidSetting("HOPLINE_MODERATION is set but OPENAI_API_KEY is not: set the key, or unset it.")
    from tools.chat.moderation import OpenAIModeration

    screener = OpenAIModeration(
        api_key=settings.openai_api_key.get_secret_value(),
        base_url=settings.openai_base_url,
        timeout_seconds=settings.model_timeout_seconds,
    )
    try:
        yield screener
    finally:
        await screener.close()


def _calibration_of(settings: Settings) -> Calibration:
    if settings.calibration_file is None:
        return shipped_calibration(settings.mode)
    try:
        return calibration_at(settings.calibration_file)
    except OSError as error:
        raise InvalidSetting(
            f"HOPLINE_CALIBRATION_FILE: {settings.calibration_file} can't be read ({error})."
        ) from error


def open_loader(settings: Settings, store: PassageStore, embedder: Embedder, catalogue: "Catalogue") -> "Loader":
    from tools.ingestion.loader import Loader

    return Loader(
        store,
        embedder,
        catalogue,
        chunk_characters=settings.chunk_characters,
        max_bytes=int(settings.max_file_mb * 1_000_000),
        batch_size=settings.embed_batch_size,
    )


def open_catalogue(settings: Settings) -> "Catalogue":
    from tools.ingestion.catalogue import Catalogue

    return Catalogue(catalogue_path(settings))


def catalogue_path(settings: Settings) -> Path:
    """What has been ingested into which store: a catalogue describes one collection of one server or file."""
    place = settings.milvus_uri or "embedded"
    return settings.home / f"catalogue-{settings.collection}-{sha256(place.encode()).hexdigest()[:8]}.sqlite"


async def embedder_of(settings: Settings) -> Embedder:
    return await open_embedder(
        settings.embedder,
        settings.home / "cache",
        batch_size=settings.embed_batch_size,
        openai_api_key=settings.openai_api_key.get_secret_value() if settings.openai_api_key else None,
        openai_base_url=settings.openai_base_url,
        timeout_seconds=settings.model_timeout_seconds,
        attempts=settings.model_attempts,
    )


async def store_of(settings: Settings, embedder: Embedder, *, create: bool) -> AnnouncingStore:
    """Every write to it moves the knowledge's generation, whoever writes."""
    generations = await asyncio.to_thread(
        open_generations,
        settings.home,
        _database_url(settings),
        milvus_uri=settings.milvus_uri,
        collection=settings.collection,
    )
    store = await MilvusStore.open(
        settings.milvus_uri or settings.home / "milvus.db",
        settings.collection,
        dimension=embedder.dimension,
        embedder_name=embedder.name,
        token=settings.milvus_token.get_secret_value() if settings.milvus_token else None,
        tls_ca=settings.milvus_tls_ca,
        index=settings.milvus_index,
        timeout_seconds=settings.milvus_timeout_seconds,
        create=create,
    )
    return AnnouncingStore(store, generations)


def _database_url(settings: Settings) -> str | None:
    return settings.database_url.get_secret_value() if settings.database_url else None


@asynccontextmanager
async def open_language(
    settings: Settings, wrap: Callable[[ChatModel], ChatModel] = AS_THEY_ARE.chat
) -> AsyncIterator[tuple[Language, "Judge | None"]]:
    """The model when one is named, its connections closed at the end; else the documents' own sentences. The judge of
    doubtful claims is the same model; without one the verifier judges alone."""
    if not settings.model:
        yield ExtractiveLanguage(), None
        return
    chat = await asyncio.to_thread(chat_of, settings, settings.model)
    from graph.judging import ModelJudge
    from graph.languages.model import ModelLanguage

    wrapped = wrap(chat)
    try:
        yield ModelLanguage(wrapped), ModelJudge(wrapped)
    finally:
        if isinstance(chat, _Connected):
            await chat.close()


def chat_of(settings: Settings, model: str) -> ChatModel:
    """The chat model of that name at the endpoint the settings name; raises InvalidSetting without a key."""
    if settings.openai_api_key is None:
        raise InvalidSetting(
            "HOPLINE_MODEL is set but OPENAI_API_KEY is not: set the key (any word for a local server), or unset "
            "HOPLINE_MODEL for extractive answers."
        )
    from tools.chat.openai import OpenAIChatModel

    chat = OpenAIChatModel(
        model,
        api_key=settings.openai_api_key.get_secret_value(),
        base_url=settings.openai_base_url,
        timeout_seconds=settings.model_timeout_seconds,
        attempts=settings.model_attempts,
        input_usd_per_million=settings.model_input_usd_per_million,
        output_usd_per_million=settings.model_output_usd_per_million,
    )
    return serving_chat(chat, settings)


def open_reranker(settings: Settings) -> Reranker | None:
    """FlashRank when its model is there (`auto`) or named; None: the built-in chain scorer ranks alone."""
    if settings.reranker == "builtin":
        return None
    from tools.rerankers.flashrank import FlashRankReranker, find_model

    folder = settings.reranker_folder or settings.home / "rerankers"
    name = find_model(folder) if settings.reranker == "auto" else settings.reranker
    return FlashRankReranker(name, folder) if name else None
