"""`hopline eval` and `hopline eval-claims`: how good the answers and the claim checks are on a data set."""

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.options import Json, checked_output
from integrations.cli.output import one_line, print_error, print_json, stderr_console, stdout_console
from integrations.cli.session import say_mode, start

if TYPE_CHECKING:
    from evals.calibration import Calibration, Quality
    from evals.results import ClaimsResult, EvalResult


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


def evaluate(
    dataset: Dataset,
    limit: Limit = None,
    retrieval_only: Annotated[bool, typer.Option("--retrieval-only", help="Search, write no answers.")] = False,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder of the run; resumes it.")] = None,
    compare: Annotated[Path | None, typer.Option("--compare", metavar="RUN", help="Earlier run's folder.")] = None,
    gate: Annotated[
        Path | None, typer.Option("--gate", metavar="FILE", help="Fail when worse than this baseline.")
    ] = None,
    write_baseline: Annotated[
        Path | None, typer.Option("--write-baseline", metavar="FILE", help="Make this run the baseline of later gates.")
    ] = None,
    calibrate: Annotated[
        Path | None,
        typer.Option("--calibrate", metavar="OUT", help="Answer at any confidence, then fit the confidence into OUT."),
    ] = None,
    earlier: Annotated[
        list[Path] | None, typer.Option("--with", metavar="RUN", help="Fit on this --calibrate run too; repeatable.")
    ] = None,
    record: Annotated[
        bool, typer.Option("--record", help="Keep model and retrieval traffic in the run's folder.")
    ] = False,
    replay: Annotated[
        Path | None, typer.Option("--replay", metavar="RUN", help="Play back the traffic that RUN recorded.")
    ] = None,
    replay_missing: Annotated[
        Missing, typer.Option("--replay-missing", help="A request that RUN did not record: make it now, or fail.")
    ] = Missing.live,
    stopping: Annotated[
        bool, typer.Option("--stopping", help="Ask with every number of hops too: recall against hops and cost.")
    ] = False,
    judge: Annotated[
        bool, typer.Option("--judge", help="Let HOPLINE_JUDGE_MODEL grade the answers; its agreement is reported.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Ask a data set's questions and measure retrieval, answers, citations, declining, confidence and cost.

    The result ends with the paths of the run's folder and of its report, one HTML file. A gate fails (exit status 1)
    when a metric is worse than the far end of its 95% interval in the baseline. To fit the confidence on several data
    sets, run each with `--calibrate`, and give the last one the folders of the others:
    `--calibrate extractive.json --with runs/first --with runs/second`.

    Example: `hopline eval handbook --limit 20 --out runs/first`
    """
    if calibrate is None and earlier:
        raise typer.BadParameter("--with names runs for a calibration; give --calibrate OUT too")
    if calibrate is not None and retrieval_only:
        raise typer.BadParameter("--calibrate needs answers; leave --retrieval-only out")
    if judge and retrieval_only:
        raise typer.BadParameter("--judge needs answers; leave --retrieval-only out")
    if write_baseline is not None:
        checked_output(write_baseline, "--write-baseline")
    settings = start() if calibrate is None else start(min_confidence=0.0)
    from evals import evaluation
    from evals import gate as gates
    from evals.calibration import calibrate_on
    from evals.opening import open_subject
    from evals.tape import Traffic

    if not retrieval_only:
        say_mode(settings, as_json=as_json)
    result = asyncio.run(
        evaluation.run_evaluation(
            dataset,
            settings=settings,
            opener=open_subject,
            limit=limit,
            retrieval_only=retrieval_only,
            out=out,
            compare=compare,
            gate=gate,
            traffic=Traffic(record, replay, replay_missing.value),
            stopping=stopping,
            judge=judge,
            console=None if as_json else stderr_console(),
        )
    )
    if not as_json:
        _print_result(result)
    if calibrate is not None:
        fitted = calibrate_on(result, earlier or (), mode=settings.mode, out=calibrate)
        result = result.model_copy(update={"calibration": str(calibrate)})
        if not as_json:
            _print_calibration(fitted, calibrate)
    if write_baseline is not None:
        gates.write_baseline(write_baseline, result)
        if not as_json:
            stdout_console().print(f"baseline: {one_line(str(write_baseline))}", style="dim")
    if as_json:
        print_json(result)
    for failure in result.gate_failures or ():
        print_error(failure.sentence)
    return 0 if result.passed else 1


def evaluate_claims(dataset: ClaimsDataset, limit: Limit = None, as_json: Json = False) -> int:
    """Check a data set's claims against their evidence and measure how often the verdict is right.

    Example: `hopline eval-claims data/claims --json`
    """
    settings = start()
    from evals.claims import run_claims

    result = asyncio.run(run_claims(dataset, settings=settings, limit=limit))
    if as_json:
        print_json(result)
    else:
        _print_metrics(f"{result.dataset}: {result.n} claims, verifier {result.verifier}", result)
        stdout_console().print(f"latency {result.latency_ms_p50:.0f} ms a claim (p50)", style="dim")
    return 0


def _print_result(result: "EvalResult") -> None:
    _print_metrics(f"{result.dataset}: {result.n} questions", result)
    console = stdout_console()
    for remark in result.notes:
        console.print(f"note: {one_line(remark)}", style="yellow")
    if result.comparison is not None:
        console.print(f"against {one_line(result.comparison.run_before)}, {result.comparison.n} shared questions:")
        for name, change in result.comparison.metrics.items():
            chance = "" if change.p_value is None else f"  p = {change.p_value:.3f}"
            console.print(f"  {name:<22} {change.before:.4f} → {change.after:.4f}  ({change.difference:+.4f}){chance}")
    for line in _lines_beside_the_metrics(result):
        console.print(line)
    console.print(f"run: {one_line(result.run_dir)}", style="dim")
    if result.report:
        console.print(f"report: {one_line(result.report)}", style="dim")


def _lines_beside_the_metrics(result: "EvalResult") -> list[str]:
    lines = []
    if (judge := result.judge) is not None:
        kappa = "–" if judge.kappa is None else f"{judge.kappa:.2f}"
        shares = ", ".join(f"{count} {grade}" for grade, count in judge.grades.items())
        lines.append(f"judge {one_line(judge.model)}: {judge.score:.4f} over {judge.n} answers ({shares})")
        if judge.agreement is not None:
            lines.append(f"  agrees with the reference on {judge.agreement:.1%}, Cohen's kappa {kappa}")
    lines += [
        f"red team, {team.mode}: {team.passed} of {team.n} attacks came to nothing ({team.pass_rate:.1%})"
        for team in result.redteam
    ]
    if (curve := result.stopping) is not None:
        lines.append(f"recall against hops, {curve.n} questions:")
        lines += [
            f"  {point.name:<10} {point.hops_mean:5.2f} hops  {point.store_requests_mean:5.2f} requests  "
            f"{point.latency_ms_p50:7.0f} ms  recall@5 {point.recall:.4f}"
            for point in curve.points
        ]
    return lines


def _print_calibration(fitted: "Calibration", out: Path) -> None:
    console = stdout_console()
    console.print(f"calibration on {fitted.n} {fitted.mode} answers, {fitted.right} right; held out by fold:")
    console.print(f"  {_quality(fitted)}  best threshold {fitted.threshold:.3f}")
    for run, quality in fitted.transfer.items():
        console.print(f"  fitted without {one_line(run)}: {_quality(quality)}  n {quality.n}")
    console.print(f"written to {one_line(str(out))}", style="dim")


def _quality(of: "Calibration | Quality") -> str:
    return "  ".join(
        f"{name} {'–' if value is None else f'{value:.3f}'}" for name, value in (("AUROC", of.auroc), ("ECE", of.ece))
    )


def _print_metrics(title: str, result: "EvalResult | ClaimsResult") -> None:
    console = stdout_console()
    console.print(one_line(title), style="bold")
    for name, value in result.metrics.items():
        low, high = result.intervals.get(name, (None, None))
        interval = "" if low is None or high is None else f"  [{low:.4f}, {high:.4f}]"
        console.print(f"  {name:<22} {value:>10.4f}{interval}")
