"""Writes what was asked and answered into the audit log: behind the answers, several at a time, masked."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from agent.answers import Answer, SearchReport, sources_behind
from agent.audit.log import AuditLog
from agent.masking import masked
from tools.errors import HoplineError
from tools.passages import Reader

Mode = Literal["off", "on", "required"]
SECONDS_BETWEEN_PRUNINGS = 86_400.0

log = logging.getLogger("hopline.audit")


@dataclass(frozen=True, slots=True)
class Record:
    """One question to be written down; `since` is where the log stood when it was asked."""

    told: Mapping[str, Any]
    since: int
    sources: tuple[str, ...]
    reader: Reader


def record_of(answer: Answer, reader: Reader, conversation: str | None, since: int) -> Record:
    told = {
        "status": answer.status,
        "question": answer.question,
        "answer": answer.answer,
        "confidence": round(answer.confidence, 4),
        "passages": [citation.passage_id for citation in answer.citations],
        "mode": answer.mode,
        "conversation": conversation,
    }
    return _record(told, answer.run_id, sources_behind(answer), reader, since)


def record_of_search(report: SearchReport, reader: Reader, run_id: str, since: int) -> Record:
    used = tuple(dict.fromkeys(result.source for result in report.results))
    passages = [result.passage_id for result in report.results]
    return _record(
        {"status": "searched", "question": report.question, "passages": passages}, run_id, used, reader, since
    )


def _record(told: dict[str, Any], run_id: str, used: tuple[str, ...], reader: Reader, since: int) -> Record:
    who = {"user": reader.user, "groups": sorted(reader.groups), "tenant": reader.tenant}
    return Record({"run_id": run_id, **who, "sources": list(used), **told}, since, used, reader)


class Recorder:
    """Records go to the disk in the order in which they came; while one write is under way the next ones gather."""

    def __init__(self, audit_log: AuditLog, mode: Mode, retention_days: float, names_model: str | None = None) -> None:
        """`names_model`: the spaCy pipeline that finds people's names; without one they are kept."""
        self.mode, self._names_model = mode, names_model
        self._log, self._retention_days = audit_log, retention_days
        self._waiting: list[tuple[Record, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._pruned_at: float | None = None

    async def record(self, record: Record) -> None:
        """In `required` mode the record is on the disk when this returns, or it raises; in `on` mode it is written
        meanwhile, and what goes wrong is logged."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((record, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_waiting())
        if self.mode == "required":
            await done
        else:
            done.add_done_callback(_log_failure)

    async def close(self) -> None:
        """Waits until everything is written."""
        if self._writing is not None:
            await self._writing

    async def _write_waiting(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await self._write([record for record, _ in batch])
            except Exception as error:  # noqa: BLE001 - raised again or logged where each record waits
                _settle(batch, error)
            else:
                _settle(batch, None)

    async def _write(self, records: Sequence[Record]) -> None:
        masked_ones = await asyncio.to_thread(lambda: [_masked(record.told, self._names_model) for record in records])
        contents = [
            await self._log.unless_erased(told, of.since, of.reader.user, of.sources, of.reader.tenant)
            for told, of in zip(masked_ones, records, strict=True)
        ]
        await self._log.append_all("question", contents)
        if self._pruned_at is None or time.monotonic() - self._pruned_at > SECONDS_BETWEEN_PRUNINGS:
            self._pruned_at = time.monotonic()
            await self._prune()

    async def _prune(self) -> None:
        """What was written a moment ago is on the disk, whatever becomes of older entries."""
        try:
            await self._log.prune(self._retention_days)
        except HoplineError as error:
            log.error("old entries of the audit log were not dropped: %s", error)


def _masked(told: Mapping[str, Any], names_model: str | None) -> dict[str, Any]:
    """Without personal data by a library's recognisers, and without secrets by the log's own patterns."""
    from tools.personal_data import without_personal_data

    texts = {name: told[name] for name in ("question", "answer") if name in told}
    return {**told, **{name: masked(without_personal_data(text, names_model)) for name, text in texts.items()}}


def _settle(batch: Sequence[tuple[Record, "asyncio.Future[None]"]], error: Exception | None) -> None:
    for _, done in batch:
        if done.done():
            continue
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(None)


def _log_failure(done: "asyncio.Future[None]") -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        told = None if isinstance(error, HoplineError) else error
        log.error("a question is missing from the audit log: %s", error, exc_info=told)
