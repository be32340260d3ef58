"""One evaluation from path to result: load, ask the remaining questions, score, compare, report."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from rich.console import Console

from agent.port_wrappers import AS_THEY_ARE, PortWrappers
from agent.settings import Settings
from evals.agreement import judge_result
from evals.compare import compare_runs
from evals.datasets import Dataset, Question, load_dataset
from evals.diagnosis import count_causes
from evals.gate import check_gate, read_baseline
from evals.indexing import ingested_ids
from evals.judge import current_judgements, grade_answers, is_gradable, judges_settings, open_judge, read_judgements
from evals.manifest import Manifest, describe_run
from evals.progress import counted_progress, shown_progress
from evals.records import Record, RunFolder
from evals.redteam.attacks import load_attacks
from evals.redteam.verdicts import summarise as summarise_attacks
from evals.redteam.verdicts import verdicts_beside
from evals.replay import taped_ports
from evals.report import write_report
from evals.results import EvalResult
from evals.runner import Asking, run_questions
from evals.sampling import stratified
from evals.scoring import DEPTH, ScoreTable, groups_by, latency_by_node, score_records
from evals.stopping import missing_probes, read_probes, run_probes, stopping_curve
from evals.subject import SubjectOpener
from evals.tape import TRAFFIC_FILE, Tape, Traffic
from tools.errors import InvalidInput
from tools.private_files import keep_folder_private

RUNS_FOLDER = "runs"
RESULT_FILE = "result.json"
CONCURRENCY = 2


@dataclass(frozen=True, slots=True)
class Scope:
    """How much of a data set is asked, and what is found out besides.

    `limit` questions, spread over types; only searched for with `retrieval_only`. With `stopping`, each question is
    asked again for every number of hops; with `judge`, another model grades the answers. `traffic` with models and the
    store may be recorded, or played back.
    """

    limit: int | None = None
    retrieval_only: bool = False
    stopping: bool = False
    judge: bool = False
    traffic: Traffic = field(default_factory=Traffic)


@dataclass(frozen=True, slots=True)
class Reference:
    """What a result is held against: the folder of an earlier run, and the file of a baseline."""

    run: Path | None = None
    baseline: Path | None = None

    def check(self) -> None:
        """Raises InvalidInput if one of them can't be read."""
        if self.run is not None:
            _ = RunFolder(self.run).manifest
        if self.baseline is not None:
            read_baseline(self.baseline)


_WHOLE = Scope()
_NOTHING = Reference()


async def run_evaluation(
    dataset_path: str | Path,
    *,
    settings: Settings,
    opener: SubjectOpener,
    scope: Scope = _WHOLE,
    against: Reference = _NOTHING,
    out: Path | None = None,
    console: Console | None = None,
) -> EvalResult:
    """Evaluate on a data set. If `out` is the folder of an interrupted run, continue it; a finished one is only scored
    again.

    Raises InvalidDataset, or InvalidInput for a limit below 1, a folder of another run, or traffic that can't be played
    back. A failed gate raises nothing: see `EvalResult.passed`.
    """
    if scope.limit is not None and scope.limit < 1:
        raise InvalidInput(f"--limit must be 1 or more, not {scope.limit}.")
    # Errors that would only show at the end are raised before hours of asking.
    if scope.judge:
        judges_settings(settings)
    await asyncio.to_thread(against.check)
    run = await asyncio.to_thread(_prepare, dataset_path, settings, scope, out)
    probes = await asyncio.to_thread(run.missing_probes) if scope.stopping else []
    if not run.finished or probes:
        async with _taped(run.folder, scope.traffic) as ports, opener(run.dataset, settings, console, ports) as opened:
            asking = Asking(
                subject=opened.subject,
                manifest=run.manifest.fingerprint,
                made_with=run.manifest.made_with,
                corpus_ids=await asyncio.to_thread(ingested_ids, run.dataset, opened.left_out),
                retrieval_only=scope.retrieval_only,
                k=DEPTH,
                tenant=settings.tenant,
                verifier=opened.verifier,
            )
            with shown_progress(console, len(run.questions), run.dataset.name) as observe:
                await run_questions(run.questions, run.folder, asking, concurrency=CONCURRENCY, observe=observe)
            if probes:
                with counted_progress(console, len(probes), f"{run.dataset.name}, hop by hop") as count:
                    await run_probes(probes, run.folder.path, asking, concurrency=CONCURRENCY, observe=count)
    if scope.judge:
        await _grade(run.folder, settings, console)
    return await asyncio.to_thread(score_run, run.folder, against)


async def _grade(folder: RunFolder, settings: Settings, console: Console | None) -> None:
    records = await asyncio.to_thread(folder.records)
    async with open_judge(settings) as judge:
        with counted_progress(console, sum(map(is_gradable, records)), f"graded by {judge.name}") as count:
            await grade_answers(records, folder.path, judge, concurrency=CONCURRENCY, observe=count)


@dataclass(frozen=True, slots=True)
class _Run:
    dataset: Dataset
    questions: tuple[Question, ...]
    manifest: Manifest
    folder: RunFolder
    finished: bool

    def missing_probes(self) -> list[tuple[Question, int]]:
        return missing_probes(self.questions, self.folder.path, self.manifest.max_hops)


@asynccontextmanager
async def _taped(folder: RunFolder, traffic: Traffic) -> AsyncIterator[PortWrappers]:
    if not traffic.wanted:
        yield AS_THEY_ARE
        return
    recording = folder.path / TRAFFIC_FILE if traffic.record else None
    replay = traffic.replay / TRAFFIC_FILE if traffic.replay else None
    tape = await asyncio.to_thread(partial(Tape, recording, replay=replay, missing=traffic.missing))
    try:
        yield taped_ports(tape)
    finally:
        tape.close()


def _prepare(path: str | Path, settings: Settings, scope: Scope, out: Path | None) -> _Run:
    dataset = load_dataset(path)
    questions = stratified(dataset.questions, scope.limit)
    replay = scope.traffic.replay
    manifest = describe_run(
        dataset,
        questions,
        settings,
        retrieval_only=scope.retrieval_only,
        k=DEPTH,
        replay=str(replay) if replay else None,
    )
    if replay and RunFolder(replay).manifest.dataset.corpus_digest != dataset.corpus_digest:
        raise InvalidInput(f"{replay}: its traffic was recorded over another corpus and can't be played back here.")
    if out is None:
        keep_folder_private(settings.home / RUNS_FOLDER)
    folder = RunFolder(out) if out else _free_folder(settings.home / RUNS_FOLDER, manifest)
    folder.claim(manifest)
    answered = {record.question.id for record in folder.records() if record.error is None}
    return _Run(dataset, questions, manifest, folder, answered == {question.id for question in questions})


def score_run(folder: RunFolder, against: Reference = _NOTHING) -> EvalResult:
    """Score a run's records with the present metrics, and write result and report beside them. Asks nothing.

    Raises InvalidInput for a folder that is no run, or has no records yet.
    """
    manifest, records = folder.manifest, folder.records()
    if not records:
        raise InvalidInput(f"{folder.path}: this run has no records yet.")
    result = summarise(manifest, records, folder.path)
    if judgements := read_judgements(folder.path):
        judged = judge_result(score_records(records), current_judgements(records, judgements))
        result = result.model_copy(update={"judge": judged})
    if probes := read_probes(folder.path):
        curve = stopping_curve(score_records(records), probes, manifest.max_hops)
        result = result.model_copy(update={"stopping": curve})
    if tried := verdicts_beside(folder.path):
        result = result.model_copy(update={"redteam": summarise_attacks(tried, load_attacks())})
    if against.run is not None:
        result = result.model_copy(update={"comparison": compare_runs(against.run, folder.path)})
    if against.baseline is not None:
        result = result.model_copy(update={"gate_failures": check_gate(against.baseline, result)})
    report = write_report(folder, result)
    result = result.model_copy(update={"report": str(report)})
    folder.write(RESULT_FILE, result.model_dump_json(indent=2))
    return result


def summarise(manifest: Manifest, records: Sequence[Record], run_dir: Path) -> EvalResult:
    scored = score_records(records)
    table = ScoreTable.of(scored)
    by_type = groups_by(scored, lambda record: record.question.type)
    by_hops = groups_by(scored, lambda record: _text(record.question.hops))
    return EvalResult(
        dataset=manifest.dataset.name,
        n=len(records),
        metrics=table.metrics(),
        by_type={name: group.metrics for name, group in by_type.items()},
        by_hops={name: group.metrics for name, group in by_hops.items()},
        run_dir=str(run_dir),
        intervals=table.intervals(),
        intervals_by_type={name: group.intervals for name, group in by_type.items()},
        intervals_by_hops={name: group.intervals for name, group in by_hops.items()},
        failed=sum(record.error is not None for record in records),
        latency_by_node=latency_by_node(records),
        misses=count_causes(scored, max_hops=manifest.max_hops, top_k=manifest.top_k),
        notes=manifest.notes,
    )


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)


def _free_folder(runs: Path, manifest: Manifest) -> RunFolder:
    """The newest unfinished folder of the same run, else a new one."""
    stem = f"{manifest.dataset.name}-{manifest.fingerprint[:8]}"
    number = 1
    while (folder := RunFolder(runs / f"{stem}-{number}")).exists and (folder.path / RESULT_FILE).is_file():
        number += 1
    return folder
