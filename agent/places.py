"""All places besides conversations and the audit log in which people or sources outlive a question."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from agent.costs.ledger import open_ledger
from agent.holders import Holder
from agent.opening import generations_of, open_vector_cache
from agent.serving.caches.answers import AnswerCache
from agent.serving.caches.kept import kept_in_redis
from agent.serving.generations import Generations
from agent.settings import Settings
from agent.telemetry.opening import traces_of
from tools.database.opening import open_tables


@asynccontextmanager
async def open_lasting_places(settings: Settings) -> AsyncIterator[tuple[Holder, ...]]:
    """For who forgets and tells without an assistant: what others are filled from first. Caches in the memory of a
    running process see an erasure by the generation of the documents, and hold nothing of it any more."""
    async with AsyncExitStack() as closing:
        holders: list[Holder] = []
        generations = await asyncio.to_thread(generations_of, settings)
        closing.push_async_callback(generations.close)
        if settings.redis_url:
            kept = kept_in_redis(settings.redis_url.get_secret_value(), seconds=settings.cache_seconds)
            answers = AnswerCache(kept, generations, shape="", alike=None, seconds=settings.cache_seconds)
            closing.push_async_callback(answers.close)
            holders.append(answers)
        if settings.checkpoints:
            holders.append(await _runs(settings, generations, closing))
        traces = await asyncio.to_thread(traces_of, settings)
        closing.push_async_callback(traces.close)
        ledger = await asyncio.to_thread(open_ledger, settings)
        closing.push_async_callback(ledger.close)
        vectors = open_vector_cache(settings)
        closing.push_async_callback(vectors.close)
        yield (*holders, traces, ledger, vectors)


async def _runs(settings: Settings, generations: Generations, closing: AsyncExitStack) -> Holder:
    from agent.serving.runs import TABLES, Runs
    from agent.serving.savers import open_saver

    saver = await closing.enter_async_context(open_saver(settings.home, settings.database))
    tables = await asyncio.to_thread(open_tables, TABLES, settings.home, settings.database)
    runs = Runs(tables, saver, generations, shape="", keep_hours=settings.checkpoint_hours)
    closing.push_async_callback(runs.close)
    return runs
