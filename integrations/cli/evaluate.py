"""`hopline eval` and `hopline eval-claims`: how good the answers and the claim checks are on a data set."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.options import Json
from integrations.cli.output import one_line, print_error, print_json, stderr_console, stdout_console
from integrations.cli.session import say_mode, start

if TYPE_CHECKING:
    from evals.results import ClaimsResult, EvalResult

Dataset = Annotated[
    str, typer.Argument(metavar="DATASET", help="Folder with corpus.jsonl and questions.jsonl, or 'handbook'.")
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
    as_json: Json = False,
) -> int:
    """Ask a data set's questions and measure retrieval, answers, citations, declining, confidence and cost.

    Example: `hopline eval handbook --limit 20 --out runs/first`
    """
    settings = start()
    from evals import evaluation
    from evals.opening import open_subject

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
            console=None if as_json else stderr_console(),
        )
    )
    if as_json:
        print_json(result)
    else:
        _print_result(result)
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
    console.print(f"run: {one_line(result.run_dir)}", style="dim")
    if result.report:
        console.print(f"report: {one_line(result.report)}", style="dim")


def _print_metrics(title: str, result: "EvalResult | ClaimsResult") -> None:
    console = stdout_console()
    console.print(one_line(title), style="bold")
    for name, value in result.metrics.items():
        low, high = result.intervals.get(name, (None, None))
        interval = "" if low is None or high is None else f"  [{low:.4f}, {high:.4f}]"
        console.print(f"  {name:<22} {value:>10.4f}{interval}")
