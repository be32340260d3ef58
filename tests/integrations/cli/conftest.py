"""The command line, run in the test's process."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from integrations.cli.main import run


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Hopline = Callable[..., Outcome]


@pytest.fixture
def hopline(capfd: pytest.CaptureFixture[str]) -> Hopline:
    """Run the command line with these arguments."""

    def runs(*arguments: str) -> Outcome:
        capfd.readouterr()
        status = run(list[str](arguments))
        captured = capfd.readouterr()
        return Outcome(status, captured.out, captured.err)

    return runs


def lines(text: str) -> Sequence[str]:
    return [line for line in text.splitlines() if line.strip()]
