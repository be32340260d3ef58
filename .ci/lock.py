"""Writes the lock files from pyproject.toml; needs uv and the network.

`requirements.lock` holds what Hopline needs, with hashes, except torch: its builds differ by machine (CPU, CUDA), so
it is pinned in `requirements-torch.lock` without a hash and what only its CUDA build needs is left out.
`requirements-dev.lock` holds what the checks, the tests and the other extras need on top, `requirements-bench.lock`
what the bench's peers do, `requirements-training.lock` what training starts from, `requirements-uv.lock` the installer.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TORCH = (ROOT / "requirements-torch.lock").read_text(encoding="utf-8").split("\n")[-2]
OF_TORCH_BUILD = re.compile(r"^(torch|triton|cuda-[\w-]+|nvidia-[\w-]+)==")
HEADER = "# Written by `make lock` from pyproject.toml. Install with --no-deps --require-hashes.\n"


def main() -> None:
    everything = compiled("--all-extras", "--group", "dev")
    base = compiled("--extra", "postgres", constraints=everything)
    write("requirements.lock", base)
    installer = [block for block in everything if block.startswith("uv==")]
    elsewhere = {pin_of(block) for block in base + installer}
    write("requirements-uv.lock", installer)
    write("requirements-dev.lock", [block for block in everything if pin_of(block) not in elsewhere])
    # Peers must take the versions that Hopline is tested with, never the other way round.
    peers = compiled("--extra", "postgres", "--group", "bench", constraints=everything)
    write("requirements-bench.lock", [block for block in peers if pin_of(block) not in elsewhere])
    # Only what is read of these packages is installed: nothing of what they would need to run.
    named = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]["training"]
    training = compiled("--group", "training", constraints=everything)
    write("requirements-training.lock", [block for block in training if pin_of(block) in named])


def compiled(*arguments: str, constraints: list[str] | None = None) -> list[str]:
    """One block of lines a package: its pin and hashes."""
    command = [
        *(Path(sys.executable).with_name("uv"), "pip", "compile", "pyproject.toml"),
        *("--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate", "--quiet"),
        *("--no-emit-index-url", "--constraints", "-", *arguments),
    ]
    pinned = [TORCH, *(pin_of(block) for block in constraints or ())]
    written = subprocess.run(  # noqa: S603 - a fixed command of our own
        command, cwd=ROOT, check=True, text=True, input="\n".join(pinned), stdout=subprocess.PIPE
    ).stdout
    blocks = re.split(r"\n(?=\S)", written.strip())
    return [block for block in blocks if not OF_TORCH_BUILD.match(block)]


def pin_of(block: str) -> str:
    return block.split(" \\\n")[0]


def write(name: str, blocks: list[str]) -> None:
    (ROOT / name).write_text(HEADER + "\n".join(blocks) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
