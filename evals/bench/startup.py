"""How long a person waits at the shell: for the help text, and for an answer from an existing store."""

import os
import subprocess
import sys
import time
from pathlib import Path

from evals.bench.plan import Plan
from tools.errors import HoplineError

ATTEMPTS = 3


def startup_seconds(plan: Plan, question: str) -> dict[str, float]:
    """Seconds from prompt to prompt, the best of three after one that is not counted; empty if the command is missing.

    Raises HoplineError with the command's own message if it fails.
    """
    command = Path(sys.executable).with_name("hopline")
    if not command.is_file():
        return {}
    environment = os.environ | {"HOPLINE_HOME": str(plan.home.absolute()), "HOPLINE_MODEL": ""}
    return {
        "hopline --help": _best([str(command), "--help"], environment, plan.folder),
        "a second hopline ask": _best([str(command), "ask", question, "--json"], environment, plan.folder),
    }


def _best(command: list[str], environment: dict[str, str], folder: str) -> float:
    seconds = []
    for _ in range(ATTEMPTS + 1):
        started = time.perf_counter()
        done = subprocess.run(  # noqa: S603 - our own command
            command, env=environment, cwd=folder, check=False, capture_output=True, text=True
        )
        seconds.append(time.perf_counter() - started)
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise HoplineError(f"{' '.join(command)} ended with status {done.returncode}: {said[-1] if said else ''}")
    return min(seconds[1:])
