"""Fits the confidence on several data sets, or on a team's own feedback, in one command, and prints how good it is.

    python -m evals.fitting handbook marrowgate aldhelm data/one data/two --out graph/calibration/extractive.json
    python -m evals.fitting --feedback feedback.jsonl --out mine.json      # then HOPLINE_CALIBRATION_FILE=mine.json

A row of feedback is `{"features": {…}, "right": true}`: the features of an answer (`ask --json` prints them) and what
people said of it; what `hopline slack --export-feedback` writes has them. `hopline eval --calibrate` fits in the same
way on the run that it makes and on earlier ones.
"""

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table

from agent.settings import Settings, load_settings
from evals.calibration import MIN_OF_EACH, Calibration, Quality, calibrate, write
from evals.evaluation import Scope, run_evaluation
from evals.feedback import calibrate_on_feedback
from evals.opening import open_subject
from evals.records import RunFolder
from evals.second_choice import second_choice
from graph.confidence import shipped_calibration
from tools.errors import HoplineError, InvalidInput

DEFAULT_LIMIT = 120


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.fitting", description=__doc__.partition("\n")[0])
    parser.add_argument("datasets", nargs="*", help="folders of data sets, or names of bundled ones")
    parser.add_argument("--limit", type=int, default=DEFAULT_LIMIT, help="questions of each data set")
    parser.add_argument("--feedback", type=Path, help="JSONL with the features of answers and whether they were right")
    parser.add_argument("--out", type=Path, required=True, help="the fit, as HOPLINE_CALIBRATION_FILE reads it")
    given = parser.parse_args(arguments)
    console = Console(highlight=False)
    try:
        if given.feedback is not None:
            fitted = calibrate_on_feedback(given.feedback, mode=load_settings().mode, out=given.out)
        elif given.datasets:
            fitted = asyncio.run(fit_datasets(given.datasets, limit=given.limit, out=given.out))
        else:
            parser.error("name data sets, or a file with --feedback")
    except HoplineError as error:
        sys.stderr.write(f"hopline: {error}\n")
        return 1
    for table in tables(fitted):
        console.print(table)
    if second := fitted.second_choice:
        console.print(
            f"where the model's own answer falls short, quotations were right {second.right} of {second.n} times; "
            f"log-odds {second.shift:+.2f}"
        )
    console.print(f"written to {given.out}")
    return 0


async def fit_datasets(datasets: Sequence[str], *, limit: int, out: Path) -> Calibration:
    """Answer each data set's questions at any confidence, then fit on all of them.

    If a model answers, quotations are asked for too, since they replace an answer that it can't give.
    """
    settings = load_settings(min_confidence=0.0)
    runs = await _runs(datasets, settings, limit)
    fitted = fit_runs(runs, mode=settings.mode, out=out)
    if settings.mode == "model":
        quoting = await _runs(datasets, load_settings(min_confidence=0.0, model=None), limit)
        shipped = await asyncio.to_thread(shipped_calibration)
        if second := second_choice(runs, quoting, fitted, shipped, settings.max_error_rate):
            fitted = fitted.model_copy(update={"second_choice": second})
            await asyncio.to_thread(write, fitted, out)
    return fitted


def fit_runs(runs: Sequence[Path], *, mode: Literal["extractive", "model"], out: Path) -> Calibration:
    """Fit on finished runs, which must also have given their doubtful answers.

    Raises InvalidInput naming a run that declined below some confidence.
    """
    for run in runs:
        floor = RunFolder(run).manifest.settings.get("min_confidence")
        if floor is None or float(str(floor)) > 0:
            below = "what was too uncertain" if floor is None else f"below {float(str(floor)):g}"
            raise InvalidInput(
                f"{run}: this run declined {below}, so its doubtful answers can't be judged; repeat it with "
                "hopline eval --calibrate or HOPLINE_MIN_CONFIDENCE=0."
            )
    return calibrate(runs, mode=mode, out=out)


async def _runs(datasets: Sequence[str], settings: Settings, limit: int) -> list[Path]:
    console = Console(stderr=True)
    runs = [
        await run_evaluation(dataset, settings=settings, opener=open_subject, scope=Scope(limit=limit), console=console)
        for dataset in datasets
    ]
    return [Path(run.run_dir) for run in runs]


def tables(fitted: Calibration) -> Iterator[Table]:
    """Quality by data set, then what each promised error rate costs."""
    quality = Table(title=f"{fitted.mode}: {fitted.n} answers, {fitted.right} right (at least {MIN_OF_EACH} of each)")
    for column in ("answers of", "n", "AUROC", "ECE", "AUROC left out", "ECE left out"):
        quality.add_column(column, justify="left" if column == "answers of" else "right")
    whole = Quality(auroc=fitted.auroc, ece=fitted.ece, n=fitted.n)
    for name, within in (*fitted.within.items(), ("all", whole)):
        out = fitted.transfer.get(name)
        quality.add_row(
            name,
            str(within.n),
            _shown(within.auroc),
            _shown(within.ece),
            *((_shown(out.auroc), _shown(out.ece)) if out else ("–", "–")),
        )
    yield quality
    promised = Table(title="What HOPLINE_MAX_ERROR_RATE asks for, on held-out questions")
    for column in ("error rate", "confidence from", "wrong", "answered"):
        promised.add_column(column, justify="right")
    for promise in fitted.promises:
        promised.add_row(
            f"{promise.error_rate:g}", f"{promise.threshold:.3f}", f"{promise.error:.3f}", f"{promise.coverage:.0%}"
        )
    yield promised


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    raise SystemExit(main())
