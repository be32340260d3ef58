"""`hopline eval` and `hopline eval-claims`: how good the answers and the claim checks are on a data set."""

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.evaluation_view import print_calibration, print_claims, print_result
from integrations.cli.options import Json, checked_output
from integrations.cli.output import one_line, print_error, print_json, stderr_console, stdout_console
from integrations.cli.session import say_mode, start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.settings import Settings
    from evals.results import EvalResult


class Missing(StrEnum):
    """What becomes of a request that was not recorded."""

    live = "live"
    fail = "fail"


Dataset = Annotated[
    str,
    typer.Argument(
        metavar="DATASET",
        help="A bundled set ('handbook', 'marrowgate', …), or a folder with corpus.jsonl and questions.jsonl.",
    ),
]
ClaimsDataset = Annotated[str, typer.Argument(metavar="DATASET", help="Folder with claims.jsonl.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="Ask N questions, spread over types.")]
ClaimsLimit = Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="Check the first N claims.")]
RetrievalOnly = Annotated[bool, typer.Option("--retrieval-only", help="Search only; write no answers.")]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Folder for the run; a run that stopped there goes on.")
]
Compare = Annotated[Path | None, typer.Option("--compare", metavar="RUN", help="Compare with the run in this folder.")]
Gate = Annotated[
    Path | None, typer.Option("--gate", metavar="FILE", help="Fail when this run is worse than the baseline.")
]
WriteBaseline = Annotated[
    Path | None, typer.Option("--write-baseline", metavar="FILE", help="Write this run as the baseline for --gate.")
]
Calibrate = Annotated[
    Path | None,
    typer.Option("--calibrate", metavar="OUT", help="Answer at any confidence, then fit the confidence into OUT."),
]
Earlier = Annotated[
    list[Path] | None, typer.Option("--with", metavar="RUN", help="Fit on this --calibrate run too; repeatable.")
]
Record = Annotated[bool, typer.Option("--record", help="Keep model and search traffic in the run's folder.")]
Replay = Annotated[
    Path | None, typer.Option("--replay", metavar="RUN", help="Play back the traffic that RUN recorded.")
]
ReplayMissing = Annotated[
    Missing, typer.Option("--replay-missing", help="A request that RUN did not record: make it now, or fail.")
]
Stopping = Annotated[
    bool, typer.Option("--stopping", help="Also ask with every number of hops, to show recall against hops and cost.")
]
Judge = Annotated[
    bool,
    typer.Option(
        "--judge", help="Let HOPLINE_JUDGE_MODEL grade the answers, and report how far it agrees with the reference."
    ),
]


def evaluate(
    dataset: Dataset,
    limit: Limit = None,
    retrieval_only: RetrievalOnly = False,
    out: Out = None,
    compare: Compare = None,
    gate: Gate = None,
    write_baseline: WriteBaseline = None,
    calibrate: Calibrate = None,
    earlier: Earlier = None,
    record: Record = False,
    replay: Replay = None,
    replay_missing: ReplayMissing = Missing.live,
    stopping: Stopping = False,
    judge: Judge = False,
    as_json: Json = False,
) -> int:
    """Ask a data set's questions, and measure retrieval, answers, citations, refusals, confidence and cost.

    The result ends with the paths of the run's folder and of its report, one HTML file. A gate fails (exit status 1)
    when a metric is worse than the far end of its 95% interval in the baseline. To fit the confidence on several data
    sets, run each with `--calibrate`, and give the last one the folders of the others:
    `--calibrate extractive.json --with runs/first --with runs/second`.

    Example: `hopline eval handbook --limit 20 --out runs/first`
    """
    if calibrate is None and earlier:
        raise typer.BadParameter("--with names runs for a calibration; give --calibrate OUT too")
    for option, is_given in (("--calibrate", calibrate is not None), ("--judge", judge)):
        if is_given and retrieval_only:
            raise typer.BadParameter(f"{option} needs answers; leave --retrieval-only out")
    if write_baseline is not None:
        checked_output(write_baseline, "--write-baseline")
    settings = start() if calibrate is None else start(min_confidence=0.0)
    from evals.evaluation import Reference, Scope, run_evaluation
    from evals.opening import open_subject
    from evals.tape import Traffic

    if not retrieval_only:
        say_mode(settings, as_json=as_json)
    traffic = Traffic(record, replay, replay_missing.value)
    result = asyncio.run(
        run_evaluation(
            dataset,
            settings=settings,
            opener=open_subject,
            scope=Scope(limit, retrieval_only, stopping, judge, traffic),
            against=Reference(compare, gate),
            out=out,
            console=None if as_json else stderr_console(),
        )
    )
    if not as_json:
        print_result(result)
    if calibrate is not None:
        result = _calibrated(result, earlier or (), settings, calibrate, as_json=as_json)
    if write_baseline is not None:
        _keep_as_baseline(result, write_baseline, as_json=as_json)
    if as_json:
        print_json(result)
    for failure in result.gate_failures or ():
        print_error(failure.sentence)
    return 0 if result.passed else 1


def _calibrated(
    result: "EvalResult", earlier: "Sequence[Path]", settings: "Settings", out: Path, *, as_json: bool
) -> "EvalResult":
    from evals.fitting import fit_runs

    fitted = fit_runs([Path(result.run_dir), *earlier], mode=settings.mode, out=out)
    if not as_json:
        print_calibration(fitted, out)
    return result.model_copy(update={"calibration": str(out)})


def _keep_as_baseline(result: "EvalResult", path: Path, *, as_json: bool) -> None:
    from evals.gate import write_baseline

    write_baseline(path, result)
    if not as_json:
        stdout_console().print(f"baseline: {one_line(str(path))}", style="dim")


def evaluate_claims(dataset: ClaimsDataset, limit: ClaimsLimit = None, as_json: Json = False) -> int:
    """Check a data set's claims against their evidence, and measure how often the verdict is right.

    Example: `hopline eval-claims data/claims --json`
    """
    settings = start()
    from evals.claims import run_claims

    result = asyncio.run(run_claims(dataset, settings=settings, limit=limit))
    if as_json:
        print_json(result)
    else:
        print_claims(result)
    return 0
