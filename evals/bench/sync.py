"""`python -m evals.bench.sync [--files N] [--kills K]`: does the store match its sources, whatever happened in between?

Real documents are ingested by a process that is killed at random, again and again, while they are edited, renamed,
moved, deleted, added and given to other readers. After a last undisturbed run every row is compared with those of a
fresh ingestion of the same folder. The exit status is 1 if they differ in anything but the ids and former names, which
a rename keeps on purpose.
"""

import argparse
import asyncio
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from agent.settings import load_settings
from evals.bench.sync_comparison import compared
from evals.bench.sync_corpus import PLACES, WorkedOn, documents_in
from evals.bench.sync_process import CHEAP
from tools.errors import HoplineError, InvalidInput


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    say = Console(stderr=True, highlight=False)
    try:
        with tempfile.TemporaryDirectory(prefix="hopline-sync-", dir=asked.work) as work:
            result = prove(asked, Path(work), say)
    except InvalidInput as error:
        say.print(f"sync: {error}", markup=False)
        return 2
    except HoplineError as error:
        say.print(f"sync: {error}", markup=False)
        return 1
    sys.stdout.write(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    return 0 if result["identical"] else 1


def prove(asked: argparse.Namespace, work: Path, say: Console) -> dict[str, Any]:
    chance = random.Random(asked.seed)  # noqa: S311
    documents = documents_in([Path(place) for place in asked.places], asked.files, asked.seed)
    worked_on = WorkedOn.copied(documents, work / "docs", asked.seed)
    home, fresh = work / "home", work / "fresh"
    for place in (home, fresh):
        _prepare(place)
    seconds, kills, while_writing = asked.longest, 0, 0
    while kills < asked.kills:
        killed, writing = killed_run(home, worked_on.folder, asked.embedder, chance.uniform(0.0, seconds))
        kills, while_writing = kills + killed, while_writing + writing
        say.print(f"{kills:>3}. {'killed' if killed else 'through'}, in the middle of {writing} documents")
        if kills % 2 or not killed:  # so that some runs continue the last one, and some find changed files
            worked_on.change()
    last = whole_run(home, worked_on.folder, asked.embedder)
    say.print(f"last run: {last}")
    again = whole_run(home, worked_on.folder, asked.embedder)
    anew = whole_run(fresh, worked_on.folder, asked.embedder)
    say.print(f"fresh run: {anew}")
    comparison = asyncio.run(compared(home, fresh, asked.embedder))
    return {
        "identical": comparison.identical and again["unchanged"] == anew["added"],
        "files": asked.files,
        "kills": kills,
        "documents_being_written_when_killed": while_writing,
        "work": dict(sorted(worked_on.done.items())),
        "comparison": comparison.as_json(),
        "last_run": last,
        "run_with_nothing_to_do": again,
        "fresh_run": anew,
    }


def killed_run(home: Path, folder: Path, embedder: str, seconds: float) -> tuple[bool, int]:
    """Start an ingestion and kill it after so many seconds, unless it has finished. Returns whether it was killed, and
    how many documents it was writing."""
    with subprocess.Popen(  # noqa: S603 - this very program
        _command(home, folder, embedder), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        if process.stdout.readline() != "started\n":
            raise HoplineError(f"the ingestion did not start: {process.stderr.read()[-500:]}")
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        killed = process.wait() == -signal.SIGKILL
        if not killed and process.returncode != 0:
            raise HoplineError(f"the ingestion failed: {process.stderr.read()[-500:]}")
    return killed, interrupted_in(home) if killed else 0


def whole_run(home: Path, folder: Path, embedder: str) -> dict[str, Any]:
    started = time.monotonic()
    done = subprocess.run(  # noqa: S603
        _command(home, folder, embedder), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise HoplineError(f"the ingestion failed: {done.stderr[-500:]}")
    outcome: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return outcome | {"seconds_with_start": round(time.monotonic() - started, 1)}


def interrupted_in(home: Path) -> int:
    from agent.opening import open_catalogue

    catalogue = open_catalogue(load_settings(home=home))
    try:
        return len(catalogue.interrupted("default"))
    finally:
        catalogue.close()


def _command(home: Path, folder: Path, embedder: str) -> list[str]:
    return [sys.executable, "-m", "evals.bench.sync_process", str(home), str(folder), embedder]


def _prepare(home: Path) -> None:
    """Copy an exported model if there is one, since exporting takes longer than a small trial."""
    home.mkdir()
    cache = load_settings().home / "cache"
    if cache.is_dir():
        (home / "cache").symlink_to(cache.absolute())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.bench.sync", description=__doc__)
    parser.add_argument("--files", type=int, default=1_000, metavar="N", help="documents to begin with (1,000)")
    parser.add_argument("--kills", type=int, default=10, metavar="K", help="how often the process is killed (10)")
    parser.add_argument("--longest", type=float, default=20.0, metavar="S", help="longest time until a kill (20)")
    parser.add_argument("--from", dest="places", nargs="+", default=PLACES, metavar="FOLDER", help="where they are")
    parser.add_argument("--embedder", choices=(CHEAP, "real"), default=CHEAP, help="hashed words, or the one set up")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--work", default=None, metavar="FOLDER", help="where there is room for copies and stores")
    return parser


if __name__ == "__main__":
    sys.exit(main())
