"""Where traces are kept: `traces.sqlite` in the home folder, or Postgres, for some days; both forget on demand."""

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from agent.conversations import owner_of
from agent.holders import Erasures, was_erased
from agent.serving.databases import open_guarded
from agent.telemetry.metrics import Metrics, process_metrics
from agent.telemetry.traces import Gathered, Trace, gathered, sources_of, trace_of
from agent.telemetry.watching import Run
from tools.database.tables import Database, Tables, Transaction, below, column_text
from tools.errors import HoplineError

MAX_WAITING = 1_000
"""Ended runs that may wait for the database; further ones are dropped and counted, never waited for."""

AT_A_TIME = 64
CLOSE_SECONDS = 3.0
PRUNE_SECONDS = 3_600.0

_TABLES = Tables(
    "traces",
    1,
    (
        """CREATE TABLE {p}runs (
            run_id TEXT PRIMARY KEY, tenant TEXT NOT NULL, reader TEXT NOT NULL,
            asked {float} NOT NULL, trace TEXT NOT NULL)""",
        "CREATE INDEX {p}runs_by_time ON {p}runs (asked)",
        "CREATE INDEX {p}runs_by_reader ON {p}runs (reader)",
        "CREATE TABLE {p}sources (run_id TEXT NOT NULL, source TEXT NOT NULL, PRIMARY KEY (run_id, source))",
        "CREATE INDEX {p}sources_by_name ON {p}sources (source)",
    ),
)

log = logging.getLogger("hopline.telemetry")


class Traces:
    """Keeps and finds traces; `agent.holders.Holder` and `agent.telemetry.watching.Keeper`. One event loop's."""

    name = "traces of questions"

    def __init__(
        self,
        database: Database,
        *,
        keep_days: float,
        metrics: Metrics | None = None,
        erasures: Erasures | None = None,
    ) -> None:
        """`erasures` tells of what was erased while a question was under way: its trace is not kept."""
        self._database, self._erasures = database, erasures
        self._keep_seconds = keep_days * 86_400
        self._metrics = metrics or process_metrics()
        self._waiting: deque[Gathered] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._pruned_at = float("-inf")

    def keep(self, run: Run) -> None:
        """Have it written soon. A database that falls behind costs traces, not answers."""
        if not self._keep_seconds:
            return
        if len(self._waiting) >= MAX_WAITING:
            self._metrics.trouble.labels("traces").inc()
            return
        self._waiting.append(gathered(run))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def newest(self) -> Trace | None:
        return await self._first("SELECT trace FROM {p}runs ORDER BY asked DESC LIMIT 1", ())

    async def find(self, run_id: str) -> Trace | None:
        """By its run id, or by the beginning of it: the newest that begins so."""
        statement = "SELECT trace FROM {p}runs WHERE substr(run_id, 1, ?) = ? ORDER BY asked DESC LIMIT 1"
        return await self._first(statement, (len(run_id), run_id))

    async def erase_user(self, user: str) -> int:
        await self.written()
        return await self._database.run(
            lambda tx: _erase(
                tx, [id_ for (id_,) in tx.execute("SELECT run_id FROM {p}runs WHERE reader = ?", (column_text(user),))]
            )
        )

    async def erase_source(self, source: str, tenant: str) -> int:
        """Forget every trace that names the source."""
        await self.written()
        values = (column_text(tenant), *(column_text(source),) * 4)
        statement = (
            "SELECT DISTINCT s.run_id FROM {p}sources AS s JOIN {p}runs AS r ON r.run_id = s.run_id"  # noqa: S608
            f" WHERE r.tenant = ? AND {below('s.source')}"
        )
        return await self._database.run(lambda tx: _erase(tx, [id_ for (id_,) in tx.execute(statement, values)]))

    async def export_user(self, user: str) -> AsyncIterator[dict[str, Any]]:
        await self.written()
        ids = await self._database.run(
            lambda tx: tx.execute("SELECT run_id FROM {p}runs WHERE reader = ? ORDER BY asked", (column_text(user),))
        )
        for (id_,) in ids:
            if (trace := await self.find(id_)) is not None:
                yield trace.model_dump(mode="json")

    async def close(self) -> None:
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.written()
        except TimeoutError:
            self._metrics.trouble.labels("traces").inc(len(self._waiting))
            log.warning("the last traces could not be written within %g s; they are lost", CLOSE_SECONDS)
        await self._database.close()

    async def _first(self, statement: str, parameters: Sequence[object]) -> Trace | None:
        rows = await self._database.run(lambda tx: tx.execute(statement, parameters))
        return Trace.model_validate_json(rows[0][0]) if rows else None

    async def written(self) -> None:
        """Until everything that was handed in is stored, or its loss was said."""
        if self._writing is not None:
            await asyncio.shield(self._writing)

    async def _write(self) -> None:
        while self._waiting:
            runs = [self._waiting.popleft() for _ in range(min(AT_A_TIME, len(self._waiting)))]
            try:
                sources = await self._database.run(lambda tx, runs=runs: self._store(tx, runs))  # type: ignore[misc]
                erased = [run.run_id for run in runs if await self._was_erased(run, sources[run.run_id])]
                if erased:
                    await self._database.run(lambda tx, erased=erased: _erase(tx, erased))  # type: ignore[misc]
            except HoplineError as error:
                self._metrics.trouble.labels("traces").inc(len(runs))
                log.warning("traces that were not kept: %d (%s)", len(runs), error)

    async def _was_erased(self, run: Gathered, sources: Sequence[str]) -> bool:
        return await was_erased(self._erasures, run.asked_at, run.reader.user, sources, run.reader.tenant)

    def _store(self, tx: Transaction, runs: Sequence[Gathered]) -> dict[str, list[str]]:
        """In the database's thread: so is the masking. Returns each run's sources."""
        found = {}
        for run in runs:
            trace = trace_of(run)
            written = column_text(json.dumps(trace.model_dump(mode="json", exclude_defaults=True)))
            _erase(tx, [run.run_id])  # a resumed run is told once, by its end
            tx.execute(
                "INSERT INTO {p}runs (run_id, tenant, reader, asked, trace) VALUES (?, ?, ?, ?, ?)",
                (run.run_id, column_text(run.reader.tenant), owner_of(run.reader), run.asked_at, written),
            )
            found[run.run_id] = sorted(sources_of(trace))
            for source in sorted({column_text(source) for source in found[run.run_id]}):
                tx.execute("INSERT INTO {p}sources (run_id, source) VALUES (?, ?)", (run.run_id, source))
        if time.monotonic() - self._pruned_at > PRUNE_SECONDS:
            self._pruned_at = time.monotonic()
            before = time.time() - self._keep_seconds
            tx.execute("DELETE FROM {p}sources WHERE run_id IN (SELECT run_id FROM {p}runs WHERE asked < ?)", (before,))
            tx.execute("DELETE FROM {p}runs WHERE asked < ?", (before,))
        return found


def open_traces(
    home: Path,
    database_url: str | None,
    *,
    keep_days: float,
    metrics: Metrics | None = None,
    erasures: Erasures | None = None,
) -> Traces:
    """Nothing is opened before the first use."""
    database = open_guarded(_TABLES, home, database_url, "the database of traces")
    return Traces(database, keep_days=keep_days, metrics=metrics, erasures=erasures)


def _erase(tx: Transaction, run_ids: Sequence[str]) -> int:
    for run_id in run_ids:
        tx.execute("DELETE FROM {p}sources WHERE run_id = ?", (run_id,))
        tx.execute("DELETE FROM {p}runs WHERE run_id = ?", (run_id,))
    return len(run_ids)
