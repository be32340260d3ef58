"""Questions under way, kept step by step, so that another process can go on where one was killed.

A run is gone on with only as what it was: the same question, by somebody who may still read all that it may have read,
under the same settings, over the same documents. Anything else begins anew. What a run has found lies in its
checkpoint until it ends, is erased, or was left for too long.
"""

import asyncio
import io
import json
import logging
import pickle
from array import array
from collections.abc import AsyncIterator, Callable, Iterable
from hashlib import sha256
from typing import Any, cast

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.types import Send

from agent.serving.generations import Generations
from agent.serving.tasks import Task
from graph import language, state
from graph.evidence import Evidence
from tools import passages, ports
from tools.database.tables import Database, Tables, Transaction
from tools.errors import HoplineError

PRUNE_SECONDS = 3_600.0

log = logging.getLogger("hopline.runs")

TABLES = Tables(
    "runs",
    version=1,
    statements=(
        """CREATE TABLE {p}runs (
            run_id TEXT PRIMARY KEY, tenant TEXT NOT NULL, reader TEXT NOT NULL, rights TEXT NOT NULL,
            task TEXT NOT NULL, question TEXT NOT NULL, generation BIGINT, begun {float} NOT NULL)""",
    ),
)


class Runs:
    """Implements `agent.holders.Holder`: what a run holds of a person, or may hold of a source, goes with it."""

    name = "unfinished questions"

    def __init__(
        self,
        database: Database,
        saver: "BaseCheckpointSaver[Any]",
        generations: Generations,
        *,
        shape: str,
        keep_hours: float,
    ) -> None:
        self.saver = saver
        self._database, self._generations = database, generations
        self._shape, self._keep_seconds = shape, keep_hours * 3600

    async def begin(self, run_id: str, task: Task) -> bool:
        """Whether the run is one to go on with. If not, what was kept of it is gone and it counts as begun now."""
        generation = await self._generations.current(task.reader.tenant)
        digest = sha256(repr((self._shape, task.question, task.options)).encode("utf-8", "replace")).hexdigest()
        rights = sorted(task.reader.readable_groups)

        def goes_on(tx: Transaction) -> bool:
            known = tx.execute(
                "SELECT tenant, reader, rights, task, generation FROM {p}runs WHERE run_id = ?", (run_id,)
            )
            if not known:
                return False
            tenant, reader, held, begun_as, begun_at = known[0]
            same = (tenant, reader, begun_as) == (task.reader.tenant, task.reader.user or "", digest)
            unchanged = begun_at is not None and begun_at == generation
            if not (same and unchanged and set(json.loads(held)) <= set(rights)):
                return False
            tx.execute("UPDATE {p}runs SET begun = {now} WHERE run_id = ?", (run_id,))  # it is not left any more
            return True

        def store(tx: Transaction) -> None:
            tx.execute(
                "INSERT INTO {p}runs (run_id, tenant, reader, rights, task, question, generation, begun)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, {now})"
                # Another process may have begun the same run in between: the later one is what it is.
                " ON CONFLICT (run_id) DO UPDATE SET tenant = excluded.tenant, reader = excluded.reader,"
                " rights = excluded.rights, task = excluded.task, question = excluded.question,"
                " generation = excluded.generation, begun = excluded.begun",
                (
                    run_id,
                    task.reader.tenant,
                    task.reader.user or "",
                    json.dumps(rights),
                    digest,
                    task.question,
                    generation,
                ),
            )

        if await self._database.run(goes_on):
            return True
        await self.end(run_id)
        await self._database.run(store)
        return False

    async def done(self, run_id: str) -> None:
        """At a run's end, with its answer there: what can't be deleted now is pruned later."""
        try:
            await self.end(run_id)
        except HoplineError as error:
            log.error("what was kept of run %s is not deleted yet: %s", run_id, error)

    async def end(self, run_id: str) -> None:
        await self.saver.adelete_thread(run_id)
        await self._database.run(lambda tx: tx.execute("DELETE FROM {p}runs WHERE run_id = ?", (run_id,)))

    async def prune_hourly(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(PRUNE_SECONDS)
            try:
                await self.prune()
            except HoplineError as error:
                log.warning("questions that nobody took up again could not be deleted: %s", error)

    async def prune(self) -> int:
        """Delete what nobody took up again."""
        rows = await self._database.run(
            lambda tx: tx.execute("SELECT run_id FROM {p}runs WHERE begun < {now} - ?", (self._keep_seconds,))
        )
        return await self._drop(run_id for (run_id,) in rows)

    async def erase_user(self, user: str) -> int:
        rows = await self._database.run(lambda tx: tx.execute("SELECT run_id FROM {p}runs WHERE reader = ?", (user,)))
        return await self._drop(run_id for (run_id,) in rows)

    async def erase_source(self, source: str, tenant: str) -> int:
        """Any run of the tenant may have read it: all of them begin anew."""
        rows = await self._database.run(lambda tx: tx.execute("SELECT run_id FROM {p}runs WHERE tenant = ?", (tenant,)))
        return await self._drop(run_id for (run_id,) in rows)

    async def export_user(self, user: str) -> AsyncIterator[dict[str, Any]]:
        rows = await self._database.run(
            lambda tx: tx.execute("SELECT run_id, question FROM {p}runs WHERE reader = ?", (user,))
        )
        for run_id, question in rows:
            yield {"run_id": run_id, "question": question}

    async def close(self) -> None:
        await self._database.close()

    async def _drop(self, run_ids: Iterable[str]) -> int:
        dropped = list(run_ids)
        for run_id in dropped:
            await self.end(run_id)
        return len(dropped)


class StateSerializer:
    """Checkpoints as pickles that can name no classes but the state's own: reading one runs no code of anybody's.

    LangGraph's own format turns tuples into lists, and with them frozen values into ones that can't be hashed.
    """

    def dumps_typed(self, value: Any) -> tuple[str, bytes]:
        return "hopline", pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        return _StateUnpickler(io.BytesIO(data[1])).load()


_CLASSES: dict[tuple[str, str], Callable[..., Any]] = {
    (kind.__module__, kind.__qualname__): kind
    for kind in (
        *(
            state.Lookup,
            state.Found,
            state.Candidate,
            state.Ranked,
            state.HopTaken,
            state.CheckedClaim,
            state.Question,
            state.Told,
        ),
        *(Evidence, language.Turn, passages.Passage, passages.Link, passages.Hit),
        *(ports.Onward, ports.Usage, Send),
        array,
    )
}
_CLASSES["graph.language", "Evidence"] = Evidence
"""By the names that checkpoints give them; the last one is where it stood in those of earlier versions."""

_CLASSES["array", "_array_reconstructor"] = cast(
    "Callable[..., Any]", array("f").__reduce_ex__(pickle.HIGHEST_PROTOCOL)[0]
)
"""Makes an array, which a hit's vector is, of the bytes of its numbers."""


class _StateUnpickler(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str, /) -> Any:
        try:
            return _CLASSES[module_name, global_name]
        except KeyError:
            raise pickle.UnpicklingError(f"a checkpoint names {module_name}.{global_name}") from None
