"""Checks that everything is in place, one check for each thing that can be wrong, with what to do about it."""

import asyncio
import errno
import importlib.metadata
import platform
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from agent.conversations import open_conversations
from agent.costs.books import unpriced
from agent.costs.budgets import budgets_of, check_priced
from agent.costs.prices import prices_of
from agent.home import fault_of
from agent.masking import masked
from agent.memory import audit_log_of
from agent.opening import embedded_store, embedder_of, open_reranker, store_of
from agent.settings import Settings
from agent.speech import chat_of, named_models
from tools.answer_checkers.opening import open_answer_checker
from tools.chat.opening import is_anthropic
from tools.database.sqlite import damage_of
from tools.errors import HoplineError, MissingModel, StoreEmpty
from tools.passages import PUBLIC, Reader
from tools.ports import AnswerToCheck, ClaimToCheck, Embedder
from tools.redaction import without_credentials
from tools.verifiers.lexical import LexicalVerifier
from tools.verifiers.opening import BUILTIN, open_verifier

LEAST_FREE_BYTES = 200 * 2**20
COMFORTABLE_FREE_BYTES = 2 * 2**30
CHECK_SECONDS = 60.0
READ_SECONDS = 5.0
MENDING = (
    "Restore what is named, or move it away to start anew: a catalogue is made again by ingesting,"
    " cache/embeddings.sqlite by itself; audit.sqlite goes together with audit-head.json and audit.key."
)
SHOWN_VERSIONS = ("hopline", "langgraph", "pymilvus", "milvus-lite", "onnxruntime", "torch", "sentence-transformers")


@dataclass(frozen=True, slots=True)
class Check:
    """`found` is the present state, `advice` what to do about it (empty if nothing)."""

    name: str
    status: Literal["ok", "warn", "fail"]
    found: str
    advice: str = ""


async def examine(settings: Settings) -> list[Check]:
    """All checks, in reading order. None of them raises or changes the store."""
    checks = [await asyncio.to_thread(_python), await asyncio.to_thread(_folder, settings.home)]
    if checks[-1].status == "fail":
        return checks
    checks.append(await asyncio.to_thread(_disk, settings.home))
    checks.append(await asyncio.to_thread(_state_files, settings.home))
    embedder, embedding = await _embedder(settings)
    checks.append(embedding)
    checks.append(await _guarded("store", lambda: _store(settings, embedder)))
    checks.append(await _guarded("reranker", lambda: _reranker(settings)))
    checks.append(await _guarded("verifier", lambda: _verifier(settings)))
    checks.append(await _guarded("answer checker", _checker))
    checks += await _models(settings)
    checks.append(await _guarded("conversations", lambda: _conversations(settings)))
    checks.append(await _guarded("audit log", lambda: _audit_log(settings)))
    return checks


async def _guarded(name: str, check: Callable[[], Awaitable[Check]]) -> Check:
    """Turns an error into a failed check; its message says what to do. A check that hangs has failed too."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except TimeoutError:
        return Check(name, "fail", f"no answer within {CHECK_SECONDS:g} s", "See whether its server is overloaded.")
    except (HoplineError, OSError, ImportError) as error:
        return Check(name, "fail", masked(str(error)))


def _python() -> Check:
    versions = [f"Python {platform.python_version()}"]
    missing = []
    for name in SHOWN_VERSIONS:
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        return Check("python", "fail", f"not installed: {', '.join(missing)}", "Run `make setup`.")
    return Check("python", "ok", ", ".join(versions))


def _folder(home: Path) -> Check:
    fault = fault_of(home)
    if fault is not None:
        return Check("home", "fail", f"HOPLINE_HOME: {home.absolute()} {fault.what}", fault.advice)
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home) as probe:
            probe.write(b"hopline")
    except OSError as error:
        is_full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        advice = f"{'Free some space' if is_full else 'Make it writable'}, or set HOPLINE_HOME to another folder."
        return Check("home", "fail", f"{home.absolute()} can't be written: {error.strerror}", advice)
    return Check("home", "ok", f"{home.absolute()} is writable")


def _disk(home: Path) -> Check:
    free = shutil.disk_usage(home).free
    found = f"{free / 2**30:,.1f} GiB free"
    if free >= COMFORTABLE_FREE_BYTES:
        return Check("disk", "ok", found)
    advice = "Free some space, or move HOPLINE_HOME to a larger disk."
    return Check("disk", "warn" if free >= LEAST_FREE_BYTES else "fail", found, advice)


def _state_files(home: Path) -> Check:
    """One check for each file of state."""
    files = sorted([*home.glob("*.sqlite"), *(home / "cache").glob("*.sqlite")])
    told = [(path, damage_of(path, READ_SECONDS)) for path in files]
    if damaged := [f"{path} {damage}" for path, damage in told if damage is not None]:
        return Check("state files", "fail", "; ".join(damaged), MENDING)
    return Check("state files", "ok", f"{len(files)} SQLite files, all readable")


async def _embedder(settings: Settings) -> tuple[Embedder | None, Check]:
    opened: list[Embedder] = []

    async def check() -> Check:
        embedder = await embedder_of(settings)
        vectors = await embedder.embed_queries(["Is anybody there?"])
        opened.append(embedder)
        return Check("embedder", "ok", f"{embedder.name}, {vectors.shape[1]} dimensions, answers")

    checked = await _guarded("embedder", check)
    return (opened[0] if opened else None), checked


async def _store(settings: Settings, embedder: Embedder | None) -> Check:
    uri = settings.milvus_uri
    place = without_credentials(uri) if uri else str(embedded_store(settings))
    if embedder is None:
        return Check("store", "warn", f"{place} was not opened: the embedder is missing", "Fix the embedder first.")
    try:
        store = await store_of(settings, embedder, create=False)
    except StoreEmpty:
        return Check("store", "warn", f"{place} is empty", "Run `hopline ingest PATH` with your documents.")
    try:
        passages = await store.count()
        if passages:
            await store.search("anything", (await embedder.embed_queries(["anything"]))[0], Reader(), 1)
    finally:
        await store.close()
    if not passages:
        return Check("store", "warn", f"{place} holds no passage", "Run `hopline ingest PATH` with your documents.")
    return Check("store", "ok", f"{place} holds {passages:,} passages of all groups ({PUBLIC} ones need no --groups)")


async def _reranker(settings: Settings) -> Check:
    try:
        reranker = await asyncio.to_thread(open_reranker, settings)
    except MissingModel as error:
        return Check("reranker", "fail", str(error))
    if reranker is not None:
        scores = await reranker.score("Is anybody there?", ["Somebody is there."])
        return Check("reranker", "ok", f"{reranker.name}, answers with {len(scores)} score")
    if settings.reranker == "builtin":
        return Check("reranker", "ok", "the built-in chain scorer, as set")
    folder = settings.reranker_folder or settings.home / "rerankers"
    advice = f"Optional: put a FlashRank model's folder into {folder}."
    return Check("reranker", "ok", "no FlashRank model: the built-in chain scorer ranks alone", advice)


async def _verifier(settings: Settings) -> Check:
    verifier = await asyncio.to_thread(open_verifier, settings.verifier)
    claim = ClaimToCheck("Somebody is there.", ("Somebody is there.",))
    verdict = (await verifier.verify([claim]))[0]
    if verdict.support != "supported":
        return Check("verifier", "fail", f"{verifier.name} does not find a quotation supported", "Choose another one.")
    if settings.verifier == BUILTIN and isinstance(verifier, LexicalVerifier):
        advice = "Reinstall Hopline: the built-in verifier's model is missing or damaged."
        return Check("verifier", "warn", f"{verifier.name} stands in for the built-in one", advice)
    return Check("verifier", "ok", f"{verifier.name} answers")


async def _checker() -> Check:
    checker = await asyncio.to_thread(open_answer_checker)
    if checker is None:
        found = "there is none: rules alone choose what is quoted, and the confidence knows less"
        advice = "Reinstall Hopline: the model that tells answers from near misses is missing or damaged."
        return Check("answer checker", "warn", found, advice)
    said = ("The key is under the mat.", "The key was expensive.")
    answer, miss = await checker.check([AnswerToCheck("Where is the key?", text) for text in said])
    if answer <= miss:
        found = f"{checker.name} can't tell an answer from a near miss"
        return Check("answer checker", "fail", found, "Reinstall Hopline.")
    return Check("answer checker", "ok", f"{checker.name} answers")


async def _models(settings: Settings) -> list[Check]:
    """One check for each model that is named; `model` alone if none is."""
    if settings.model is None:
        advice = (
            "Optional: set HOPLINE_MODEL and OPENAI_API_KEY (and OPENAI_BASE_URL for another server than OpenAI's)."
        )
        found = "none set: answers are composed of the documents' own sentences"
        return [Check("model", "ok", found, advice)]
    checks = []
    for variable, model in named_models(settings).items():
        name = variable.removeprefix("HOPLINE_").lower().replace("_", " ")
        checks.append(await _guarded(name, partial(_model, settings, name, model)))
    checks.append(await _guarded("prices", lambda: asyncio.to_thread(_prices, settings)))
    return checks


async def _model(settings: Settings, name: str, model: str) -> Check:
    chat = await asyncio.to_thread(chat_of, settings, model)
    try:
        await chat.check()
    finally:
        await chat.close()
    return Check(name, "ok", f"{model} at {_place(settings, model)} answers")


def _place(settings: Settings, model: str) -> str:
    """Host and port of a model's endpoint, or the vendor's name if that is the default one."""
    if is_anthropic(model):
        url, vendor = settings.anthropic_base_url, "Anthropic"
    else:
        url, vendor = settings.openai_base_url, "OpenAI"
    return urlsplit(url).netloc.rpartition("@")[2] if url else vendor


def _prices(settings: Settings) -> Check:
    """Raises InvalidSetting if a budget in USD can't be kept because a price is missing."""
    prices = prices_of(settings)
    unknown = unpriced(settings, prices)
    check_priced(budgets_of(settings), unknown)
    if unknown:
        advice = "Name it in HOPLINE_PRICES_FILE (0 for a model that costs nothing); until then costs are understated."
        return Check("prices", "warn", f"unknown for {', '.join(unknown)}", advice)
    return Check("prices", "ok", f"known for {', '.join(dict.fromkeys(named_models(settings).values()))}")


async def _conversations(settings: Settings) -> Check:
    url = settings.database
    conversations = await asyncio.to_thread(open_conversations, settings.home, url)
    try:
        await conversations.turns("hopline-doctor", reader=Reader(user="hopline-doctor"), limit=1)
    finally:
        await conversations.close()
    if url is None:
        return Check("conversations", "ok", f"SQLite in {settings.home}")
    parts = urlsplit(url)
    return Check("conversations", "ok", f"Postgres at {parts.hostname}:{parts.port or 5432}{parts.path}")


async def _audit_log(settings: Settings) -> Check:
    log = await asyncio.to_thread(audit_log_of, settings)
    try:
        head = await log.check()
        begun = [entry.told["id"] async for entry in log.entries(kind="erasing")]
        ended = {entry.told["id"] async for entry in log.entries(kind="receipt")}
    finally:
        await log.close()
    found = f"{settings.audit}, {head.seq:,} entries so far"
    if begun and begun[-1] not in ended:
        return Check("audit log", "warn", f"{found}; the last erasure did not finish", "Run that erasure again.")
    return Check("audit log", "ok", found)
