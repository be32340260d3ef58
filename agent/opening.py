"""Where the adapters are picked: only this module, and `agent.speech` for language models, knows which vendor stands
behind which port."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from agent.assistant import Assistant
from agent.costs.ledger import open_ledger
from agent.former_names import readable_by_any_name
from agent.home import check_home
from agent.memory import open_memory
from agent.port_wrappers import AS_THEY_ARE, PortWrappers
from agent.readiness import Readiness
from agent.serving.generations import AnnouncingStore, Generations, open_generations
from agent.serving.ports import (
    serving_checker,
    serving_embedder,
    serving_reranker,
    serving_searcher,
    serving_verifier,
)
from agent.serving.serving import opened_serving, shared_generations
from agent.settings import Settings, load_settings
from agent.speech import Speech, open_language
from agent.telemetry.opening import open_telemetry
from agent.telemetry.ports import watched_chat, watched_ports
from graph.build import build_graph
from graph.confidence import Calibration, calibration_at, shipped_calibration
from graph.deps import Deps, Watch
from graph.ranking.ranker import shipped_ranker
from tools.answer_checkers.opening import open_answer_checker
from tools.embedders.kept import KeptEmbedder, VectorCache
from tools.embedders.opening import open_embedder
from tools.errors import InvalidSetting
from tools.knowledge import Knowledge
from tools.ports import AnswerChecker, Embedder, PassageStore, Reranker, Screener
from tools.store.address import Address
from tools.store.connection import import_vendor
from tools.store.milvus import MilvusStore
from tools.store.opening import check_begun
from tools.store.schema import Identity
from tools.verifiers.opening import open_verifier

if TYPE_CHECKING:
    from tools.chat.moderation import OpenAIModeration
    from tools.ingestion.catalogue.catalogue import Catalogue
    from tools.ingestion.loading.loader import Loader
    from tools.ingestion.parsing.tasks import Parser
    from tools.ingestion.planning.plan import Recipe


@runtime_checkable
class Connected(Protocol):
    """An adapter with connections of its own. The ports don't require `close`, since local models have none."""

    async def close(self) -> None: ...


@asynccontextmanager
async def open_assistant(
    settings: Settings | None = None, *, create: bool = False, ports: PortWrappers = AS_THEY_ARE
) -> AsyncIterator[Assistant]:
    """Open everything that the settings name, and close it at the end.

    `create=True` makes the store if there is none yet, for ingestion. `ports` wraps the adapters that the graph uses;
    ingestion uses the adapters themselves. Raises StoreEmpty, StoreInUse, StoreMismatch, MissingModel, InvalidSetting
    or SearchUnavailable, each with a message that says what to do.
    """
    if settings is None:
        settings = await asyncio.to_thread(load_settings)
    await asyncio.to_thread(_check_place, settings, create=create)
    async with AsyncExitStack() as closing:
        memory = await closing.enter_async_context(open_memory(settings))
        erasures = memory.audit_log
        telemetry = await closing.enter_async_context(open_telemetry(settings, erasures))
        speech = await closing.enter_async_context(
            open_language(settings, ports.chat, watched=partial(watched_chat, telemetry), erasures=erasures)
        )
        await asyncio.to_thread(settings.home.mkdir, parents=True, exist_ok=True)
        embedder, checker, store = await _adapters(settings, closing, create=create)
        memory.look_at(partial(readable_by_any_name, store))
        kept = open_vector_cache(settings)
        closing.push_async_callback(kept.close)
        remembering = KeptEmbedder(embedder, kept) if settings.embedding_cache_mb else embedder
        ledger = await asyncio.to_thread(open_ledger, settings)
        closing.push_async_callback(ledger.close)
        generations = shared_generations(settings, store.generations)
        searcher, vectors = serving_searcher(store, generations, settings), serving_embedder(embedder, settings)
        watched = watched_ports(ports, telemetry, settings.collection)
        deps = await _deps_of(
            settings,
            watched,
            Knowledge(watched.searcher(searcher), watched.embedder(vectors)),
            speech,
            checker=checker,
            screener=await closing.enter_async_context(_open_screener(settings)),
            watch=telemetry.node,
        )
        serving = await closing.enter_async_context(
            opened_serving(settings, deps, generations, clearables=(vectors, searcher))
        )
        if serving.answers is not None:
            serving.answers.look_at(erasures)
        memory.also_in(*serving.holders, *telemetry.holders, ledger, kept)
        readiness = Readiness.of(store, embedder, memory.conversations, telemetry.metrics)
        readiness.also("closing", serving.admission.check_open)
        await speech.connected()
        yield Assistant(
            settings,
            build_graph(deps, serving.checkpointer),
            memory,
            partial(_loader_until_closed, settings, store, remembering, closing),
            serving=serving,
            telemetry=telemetry,
            readiness=readiness,
        )


def _check_place(settings: Settings, *, create: bool) -> None:
    check_home(settings)
    if not create and not settings.milvus_uri:
        # Checked before the embedding model is loaded, which takes seconds, and the first time a minute.
        check_begun(embedded_store(settings))


async def _adapters(
    settings: Settings, closing: AsyncExitStack, *, create: bool
) -> tuple[Embedder, AnswerChecker | None, AnnouncingStore]:
    """The embedder, the answer checker and the store."""
    # Importing the store's client takes most of a second; meanwhile the models are loaded.
    embedder, checker, _ = await asyncio.gather(
        embedder_of(settings), asyncio.to_thread(open_answer_checker), asyncio.to_thread(import_vendor)
    )
    if isinstance(embedder, Connected):
        closing.push_async_callback(embedder.close)
    store = await store_of(settings, embedder, create=create)
    closing.push_async_callback(store.close)
    return embedder, checker, store


def _loader_until_closed(
    settings: Settings, store: PassageStore, embedder: Embedder, closing: AsyncExitStack
) -> "Loader":
    catalogue = open_catalogue(settings)
    closing.callback(catalogue.close)
    return open_loader(settings, store, embedder, catalogue)


async def _deps_of(
    settings: Settings,
    wrap: PortWrappers,
    knowledge: Knowledge,
    speech: Speech,
    *,
    checker: AnswerChecker | None,
    screener: Screener | None,
    watch: Watch,
) -> Deps:
    """The adapters that the graph uses, each behind its wrappers."""
    reranker = await asyncio.to_thread(open_reranker, settings)
    verifier = await asyncio.to_thread(open_verifier, settings.verifier)
    return Deps(
        knowledge=knowledge,
        language=speech.language,
        small=speech.small,
        verifier=wrap.verifier(serving_verifier(verifier, settings)),
        answer_checker=checker and wrap.checker(serving_checker(checker)),
        reranker=reranker and wrap.reranker(serving_reranker(reranker)),
        watch=watch,
        ranker=await asyncio.to_thread(shipped_ranker),
        judge=speech.judge,
        screener=screener,
        calibration=await asyncio.to_thread(_calibration_of, settings),
        quoting=await asyncio.to_thread(shipped_calibration) if settings.mode == "model" else None,
    )


@asynccontextmanager
async def _open_screener(settings: Settings) -> AsyncIterator[Screener | None]:
    if not settings.moderation:
        yield None
        return
    screener = await asyncio.to_thread(_screener_of, settings)
    try:
        yield screener
    finally:
        await screener.close()


def _screener_of(settings: Settings) -> "OpenAIModeration":
    """Make the screener; blocks while its client is imported."""
    if settings.openai_api_key is None:
        raise InvalidSetting("HOPLINE_MODERATION is set but OPENAI_API_KEY is not: set the key, or unset it.")
    from tools.chat.moderation import OpenAIModeration

    return OpenAIModeration(
        api_key=settings.openai_api_key.get_secret_value(),
        base_url=settings.openai_base_url,
        timeout_seconds=settings.model_timeout_seconds,
    )


def _calibration_of(settings: Settings) -> Calibration:
    if settings.calibration_file is None:
        return shipped_calibration(settings.mode)
    try:
        return calibration_at(settings.calibration_file)
    except OSError as error:
        raise InvalidSetting(
            f"HOPLINE_CALIBRATION_FILE: {settings.calibration_file} can't be read ({error.strerror})."
        ) from error
    except InvalidSetting as error:
        raise InvalidSetting(f"HOPLINE_CALIBRATION_FILE: {error}") from error


def open_loader(
    settings: Settings,
    store: PassageStore,
    embedder: Embedder,
    catalogue: "Catalogue",
    open_parser: "Callable[[], Parser] | None" = None,
) -> "Loader":
    from tools.ingestion.loading.loader import Loader

    return Loader(
        store,
        catalogue,
        recipe_of(settings, embedder),
        batch_size=settings.embed_batch_size,
        open_parser=open_parser or parser_of(settings),
    )


def recipe_of(settings: Settings, embedder: Embedder) -> "Recipe":
    """The same for a preview as for the ingestion."""
    from tools.ingestion.documents import Limits
    from tools.ingestion.planning.plan import Recipe

    limits = Limits(max_bytes=int(settings.max_file_mb * 1_000_000))
    return Recipe(embedder, settings.chunk_characters, limits, settings.access_file)


def parser_of(settings: Settings) -> "Callable[[], Parser]":
    """A function that opens the parser, which reads files in processes of its own."""
    from tools.ingestion.parsing.workers import ParserWorkers

    return partial(
        ParserWorkers,
        workers=settings.parse_workers,
        seconds=settings.parse_seconds,
        memory_mb=settings.parse_memory_mb,
    )


def open_vector_cache(settings: Settings) -> VectorCache:
    return VectorCache(settings.home / "cache", settings.embedding_cache_mb)


def open_catalogue(settings: Settings) -> "Catalogue":
    from tools.ingestion.catalogue.catalogue import Catalogue

    return Catalogue(catalogue_path(settings))


def catalogue_path(settings: Settings) -> Path:
    """The file of the catalogue, which says what was ingested into one collection of one server or file."""
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


def generations_of(settings: Settings) -> Generations:
    """The generations of the collection that the settings name; blocks."""
    return open_generations(
        settings.home, settings.database, milvus_uri=settings.milvus_uri, collection=settings.collection
    )


def embedded_store(settings: Settings) -> Path:
    return settings.home / "milvus.db"


async def store_of(settings: Settings, embedder: Embedder, *, create: bool) -> AnnouncingStore:
    """The store; every write to it moves the generation of what is known, whoever writes."""
    await asyncio.to_thread(_check_tls_ca, settings.milvus_tls_ca)
    generations = await asyncio.to_thread(generations_of, settings)
    address = Address(
        settings.milvus_uri or embedded_store(settings),
        token=settings.milvus_token.get_secret_value() if settings.milvus_token else None,
        tls_ca=settings.milvus_tls_ca,
        timeout_seconds=settings.milvus_timeout_seconds,
    )
    identity = Identity(embedder.name, embedder.dimension)
    store = await MilvusStore.open(address, settings.collection, identity, index=settings.milvus_index, create=create)
    return AnnouncingStore(store, generations)


def _check_tls_ca(path: Path | None) -> None:
    if path is not None and not path.is_file():
        raise InvalidSetting(f"HOPLINE_MILVUS_TLS_CA: there is no file {path}.")


def open_reranker(settings: Settings) -> Reranker | None:
    """FlashRank, if its model is present (`auto`) or named. None: the built-in chain scorer ranks alone."""
    if settings.reranker == "builtin":
        return None
    if settings.reranker_folder is not None and not settings.reranker_folder.is_dir():
        raise InvalidSetting(f"HOPLINE_RERANKER_FOLDER: there is no folder {settings.reranker_folder}.")
    from tools.rerankers.flashrank import FlashRankReranker, find_model

    folder = settings.reranker_folder or settings.home / "rerankers"
    name = find_model(folder) if settings.reranker == "auto" else settings.reranker
    return FlashRankReranker(name, folder) if name else None
