"""What an assistant needs to serve many: admission, the answer cache and checkpoints."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from pydantic import SecretStr

from agent.serving.admission import Admission
from agent.serving.caches.answers import Alike, AnswerCache, Embed
from agent.serving.caches.kept import KeptHere, kept_in_redis
from agent.serving.databases import open_guarded
from agent.serving.generations import Generations
from agent.settings import Settings
from graph.deps import Deps
from graph.turns import Turns
from tools.errors import InvalidSetting

if TYPE_CHECKING:
    from langgraph.types import Checkpointer

    from agent.holders import Holder
    from agent.serving.runs import Runs

MAX_ENTRIES = 10_000
_NO_MATTER = {"home", "log_level", "drain_seconds", "redis_url", "database_url", "milvus_token"}


@runtime_checkable
class Clearable(Protocol):
    """A cache that is the same for all readers; it is emptied when anything is erased."""

    def clear(self) -> None: ...


@dataclass
class Serving:
    """The defaults are for a single caller: nothing is remembered, and nobody is refused."""

    admission: Admission = field(default_factory=lambda: Admission(at_once=1_000, waiting=1_000_000))
    answers: AnswerCache | None = None
    runs: "Runs | None" = None
    turns: Turns = field(default_factory=Turns)
    clearables: Sequence[Clearable] = ()
    drain_seconds: float = 0.0

    @property
    def checkpointer(self) -> "Checkpointer":
        return self.runs.saver if self.runs else None

    @property
    def holders(self) -> "tuple[Holder, ...]":
        """The caches and checkpoints that remember people or sources."""
        return tuple(holder for holder in (self.answers, self.runs) if holder is not None)

    async def close(self) -> None:
        """Refuse new questions, let those under way end within the limit, send the rest away, and let go of the
        caches. Of the rest, checkpointed runs are there for another process to take up."""
        await self.admission.drained(self.drain_seconds)
        if self.answers is not None:
            await self.answers.close()
        if self.runs is not None:
            await self.runs.close()

    def clear(self) -> None:
        """Empty the caches of vectors and searches."""
        for cache in self.clearables:
            cache.clear()


@asynccontextmanager
async def opened_serving(
    settings: Settings, deps: Deps, generations: Generations | None, *, clearables: Sequence[object]
) -> AsyncIterator[Serving]:
    """Raises InvalidSetting and, for checkpoints, MemoryUnavailable."""
    parts = (
        *(deps.language.mode, deps.verifier.name, deps.reranker.name if deps.reranker else ""),
        deps.answer_checker.name if deps.answer_checker else "",
        *(deps.knowledge.embedder_name, repr(deps.calibration), repr(deps.quoting)),
        await asyncio.to_thread(version, "hopline"),
    )
    shape = shape_of(settings, parts)
    async with AsyncExitStack() as closing:
        serving = Serving(
            Admission(at_once=settings.max_in_flight, waiting=settings.max_waiting),
            await asyncio.to_thread(open_answers, settings, generations, shape, deps.knowledge.embed_query),
            clearables=[cache for cache in clearables if isinstance(cache, Clearable)],
            turns=deps.turns,
            drain_seconds=settings.drain_seconds,
        )
        if settings.checkpoints:
            serving.runs = await _open_runs(closing, settings, generations, shape)
        closing.push_async_callback(serving.close)
        yield serving


async def _open_runs(
    closing: AsyncExitStack, settings: Settings, generations: Generations | None, shape: str
) -> "Runs":
    if generations is None:
        raise InvalidSetting(
            "HOPLINE_CHECKPOINTS with HOPLINE_MILVUS_URI needs HOPLINE_DATABASE_URL: without a database in common "
            "nobody can tell whether the documents changed meanwhile."
        )
    from agent.serving.runs import TABLES, Runs
    from agent.serving.savers import open_saver

    saver = await closing.enter_async_context(open_saver(settings.home, settings.database))
    tables = await asyncio.to_thread(open_guarded, TABLES, settings.home, settings.database, "the questions' database")
    runs = Runs(tables, saver, generations, shape=shape, keep_hours=settings.checkpoint_hours)
    await runs.prune()
    pruning = asyncio.create_task(runs.prune_hourly())
    closing.push_async_callback(_ended, pruning)
    return runs


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait([task])


def shared_generations(settings: Settings, generations: Generations) -> Generations | None:
    """None where another process may write to the store without moving the numbers that this one reads: a server,
    and no database in common. An embedded file belongs to one process."""
    return None if settings.milvus_uri and settings.database_url is None else generations


def open_answers(settings: Settings, generations: Generations | None, shape: str, embed: Embed) -> AnswerCache | None:
    """None when answers are not to be remembered. Raises InvalidSetting."""
    if generations is None or not settings.cache_seconds:
        return None
    seconds = settings.cache_seconds
    kept = (
        kept_in_redis(settings.redis_url.get_secret_value(), seconds=seconds)
        if settings.redis_url
        else KeptHere(seconds=seconds, max_entries=MAX_ENTRIES, max_bytes=int(settings.cache_mb * 2**20))
    )
    alike = Alike(settings.cache_similarity, embed) if settings.cache_similarity is not None else None
    return AnswerCache(kept, generations, shape=shape, alike=alike, seconds=seconds)


def shape_of(settings: Settings, parts: Sequence[str]) -> str:
    """A digest of everything an answer depends on besides question, reader and documents. Too much in it costs a miss,
    too little would give answers that these settings would not; so all settings count but a few. `parts` name what the
    settings don't: the models that were found, the calibration."""
    values: dict[str, Any] = {
        name: value
        for name, value in settings
        if name not in _NO_MATTER and not name.startswith("slack_") and not isinstance(value, SecretStr)
    }
    return sha256(repr((sorted(values.items()), *parts)).encode()).hexdigest()
