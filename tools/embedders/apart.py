"""Makes a model's file in a process of its own, so that what this takes (torch is half a gigabyte and seconds of
import) is freed with the process, and prints nothing."""

import os
import subprocess
import sys
from pathlib import Path

from tools.embedders.description import UnsupportedModelError

MAKING_SECONDS = 300.0


class MakingCutOff(UnsupportedModelError):
    """The machine ended it, by time or memory or a signal: nothing is said about the model."""


def run_apart(module: str, *paths: Path, doing: str) -> None:
    """Run `python -m module paths…`; raises UnsupportedModelError with its last line as the reason, or MakingCutOff.

    Blocks.
    """
    root = Path(__file__).resolve().parents[2]
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "PYTHONPATH": str(root), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-P", "-m", module, *map(str, paths)]
    try:
        done = subprocess.run(  # noqa: S603
            command, env=environment, capture_output=True, text=True, timeout=MAKING_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise MakingCutOff(f"its {doing} took longer than {MAKING_SECONDS:g} s") from error
    except OSError as error:
        raise MakingCutOff(f"its {doing} could not be started ({error.strerror})") from error
    if done.returncode < 0:
        raise MakingCutOff(f"its {doing} was ended by signal {-done.returncode}")
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        raise UnsupportedModelError(f"its {doing} failed: {lines[-1] if lines else f'exit status {done.returncode}'}")
