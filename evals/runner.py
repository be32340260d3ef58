"""Asks those questions of a run that have no answer yet, a few at a time."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from agent.answers import Answer, SearchReport
from evals.datasets.questions import Question
from evals.metrics.citations import CitedStatement
from evals.rechecking import verified_statements
from evals.records import Record, RecordWriter, RunFolder
from evals.subject import Subject
from tools.errors import HoplineError, StorageFull
from tools.passages import DEFAULT_TENANT, Reader
from tools.ports import Verifier

Observer = Callable[[Record], None]


@dataclass(frozen=True, slots=True)
class Asking:
    """How each question is asked. `verifier` judges the citations again, for ALCE's precision; without it the recorded
    verdicts are used. `corpus_ids` are the annotated ids that the store can contain."""

    subject: Subject
    manifest: str
    corpus_ids: frozenset[str]
    made_with: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    retrieval_only: bool = False
    k: int = 10
    tenant: str = DEFAULT_TENANT
    verifier: Verifier | None = None


async def run_questions(
    questions: Sequence[Question], folder: RunFolder, asking: Asking, *, concurrency: int, observe: Observer
) -> None:
    """Fill the run folder. Questions that an interrupted run has answered are not asked again; `observe` gets every
    record, including theirs. Returns when each question has a record, answered or failed."""
    writer = await asyncio.to_thread(folder.open_writer)
    try:
        done = {record.question.id: record for record in await asyncio.to_thread(folder.records)}
        answered = {identifier for identifier, record in done.items() if record.error is None}
        for identifier in answered:
            observe(done[identifier])
        waiting = iter([question for question in questions if question.id not in answered])
        turn = asyncio.Lock()
        async with asyncio.TaskGroup() as group:
            for _ in range(max(1, concurrency)):
                group.create_task(_ask_in_turn(waiting, writer, turn, asking, observe))
    finally:
        writer.close()


async def _ask_in_turn(
    waiting: Iterator[Question], writer: RecordWriter, turn: asyncio.Lock, asking: Asking, observe: Observer
) -> None:
    for question in waiting:
        record = await _record(question, asking)
        async with turn:
            await _append(writer, record)
        observe(record)


async def _append(writer: RecordWriter, record: Record) -> None:
    """Completes even if cancelled: the file must not be closed while a thread writes to it."""
    saving = asyncio.ensure_future(asyncio.to_thread(writer.append, record))
    try:
        await asyncio.shield(saving)
    except asyncio.CancelledError:
        await saving
        raise


async def _record(question: Question, asking: Asking) -> Record:
    asked_at = datetime.now(UTC).isoformat(timespec="milliseconds")
    started = time.perf_counter()
    absent = tuple(identifier for identifier in question.supporting_ids if identifier not in asking.corpus_ids)
    outcome = _Outcome()
    error: str | None = None
    try:
        outcome = await _ask(question, asking)
        if outcome.answer is not None and outcome.answer.status == "failed":
            error = "; ".join(outcome.answer.notes) or "the assistant reported a failure"
    except StorageFull:
        raise
    except HoplineError as problem:
        error = f"{type(problem).__name__}: {problem}"
    except Exception as problem:  # noqa: BLE001 - one question's defect is reported with it, the others go on
        error = f"{type(problem).__name__}: {problem}"
    return Record(
        question=question,
        answer=outcome.answer,
        search=outcome.search,
        statements=outcome.statements,
        draft=outcome.answer.draft if outcome.answer else "",
        not_in_store=absent,
        error=error,
        asked_at=asked_at,
        elapsed_ms=outcome.elapsed_ms or (time.perf_counter() - started) * 1000,
        manifest=asking.manifest,
        made_with={part: dict(values) for part, values in asking.made_with.items()},
    )


@dataclass(frozen=True, slots=True)
class _Outcome:
    answer: Answer | None = None
    search: SearchReport | None = None
    statements: tuple[CitedStatement, ...] | None = None
    elapsed_ms: float = 0.0


async def _ask(question: Question, asking: Asking) -> _Outcome:
    reader = Reader(groups=question.groups, tenant=asking.tenant)
    started = time.perf_counter()
    if asking.retrieval_only:
        search = await asking.subject.search(question.question, reader=reader, history=question.history, k=asking.k)
        return _Outcome(search=search, elapsed_ms=(time.perf_counter() - started) * 1000)
    answer = await asking.subject.ask(question.question, reader=reader, history=question.history)
    outcome = _Outcome(answer=answer, elapsed_ms=(time.perf_counter() - started) * 1000)
    if not answer.ranking and question.supporting_ids:
        # Without a ranking (declined before retrieval, or another subject) retrieval is measured by a separate search.
        search = await asking.subject.search(question.question, reader=reader, history=question.history, k=asking.k)
        outcome = replace(outcome, search=search)
    if asking.verifier is not None:
        outcome = replace(outcome, statements=await verified_statements(answer, asking.verifier))
    return outcome
