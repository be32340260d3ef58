"""`python -m evals.bench [--dataset PATH] [--limit N] [--json]`: peers and Hopline on the same corpus, in the same
run."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from agent.settings import load_settings
from evals.bench.command import run_bench
from evals.bench.measures import row_of, throughput, with_ratios
from evals.bench.plan import INDEX, Plan
from evals.bench.stages import ENCODE
from evals.bench.startup import startup_seconds
from evals.bench.systems import OURS, SYSTEMS
from evals.bench.table import print_bench
from evals.datasets.detection import HANDBOOK
from tools.errors import HoplineError

MIN_WIDTH = 130
STAGE_SECONDS = 3 * 3600.0


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    return run_bench(
        lambda folder, messages: compare(asked.dataset, asked.limit, asked.systems, folder, messages),
        _print,
        as_json=asked.json,
    )


def _print(result: dict[str, Any]) -> None:
    console = Console()
    print_bench(result, console if console.width >= MIN_WIDTH else Console(width=MIN_WIDTH))


def compare(dataset: str, limit: int | None, systems: Sequence[str], folder: Path, messages: Console) -> dict[str, Any]:
    """Index once, then run each system in a process of its own to measure its memory.

    Raises InvalidDataset or InvalidInput for bad arguments, HoplineError if a stage died.
    """
    path = Path(dataset)
    plan = Plan(
        str(path.absolute()) if path.exists() else dataset,
        limit,
        str((load_settings().home / "cache").absolute()),
        str(folder),
    )
    loaded, questions = plan.load()
    plan.prepare_home()
    plan.write()
    indexing = _stage(INDEX, plan, messages)
    if "error" in indexing:
        raise HoplineError(indexing["error"])
    encoding = _stage(ENCODE, plan, messages)
    outcomes = {name: _stage(name, plan, messages) for name in systems}
    rows = [row_of(name, outcome, indexing, encoding, questions) for name, outcome in outcomes.items()]
    messages.print("start-up", style="dim")
    return {
        "dataset": loaded.name,
        "questions": len(questions),
        "embedder": indexing["embedder"],
        "systems": with_ratios(rows),
        "throughput": throughput(indexing, encoding),
        "indexing_memory_mb": indexing["memory_mb"],
        "startup_seconds": startup_seconds(plan, questions[0].question),
    }


def _stage(name: str, plan: Plan, messages: Console) -> dict[str, Any]:
    messages.print(SYSTEMS[name].title if name in SYSTEMS else name, style="dim")
    # A peer's telemetry would add to its latency.
    environment = os.environ | {"HAYSTACK_TELEMETRY_ENABLED": "False", "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(  # noqa: S603 - this very program
        [sys.executable, "-m", "evals.bench.stages", name, plan.folder],
        env=environment,
        capture_output=True,
        text=True,
        timeout=STAGE_SECONDS,
        check=False,
    )
    outcome = Path(plan.folder) / f"{name}.json"
    if done.returncode != 0 or not outcome.is_file():
        said = done.stderr.strip().splitlines()
        raise HoplineError(f"The stage {name} ended with status {done.returncode}: {said[-1] if said else 'no word'}")
    read: dict[str, Any] = json.loads(outcome.read_text(encoding="utf-8"))
    return read


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.bench", description=__doc__)
    parser.add_argument("--dataset", default=HANDBOOK, metavar="PATH", help="any data set that hopline eval takes")
    parser.add_argument("--limit", type=_positive, metavar="N", help="ask N questions, spread over types")
    parser.add_argument("--systems", type=_names, default=tuple(SYSTEMS), metavar="A,B", help=", ".join(SYSTEMS))
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, not {number}")
    return number


def _names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    unknown = [name for name in names if name not in SYSTEMS]
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no system {unknown[0]!r}; choose from {', '.join(SYSTEMS)}")
    return names if OURS in names else (*names, OURS)


if __name__ == "__main__":
    sys.exit(main())
