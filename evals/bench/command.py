"""What the commands of the benches share: measure, say on stderr what went wrong, print, end with the right status."""

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from tools.errors import HoplineError, InvalidInput

T = TypeVar("T")


def run_bench(
    measure: Callable[[Path, Console], T], show: Callable[[T], None], *, as_json: bool = False, name: str = "bench"
) -> int:
    """Give `measure` an empty folder that is removed afterwards and a console for its progress; print what it returns
    as JSON or let `show` do so. Returns 0, 1 when it could not be measured, 2 for a data set or an option that can't
    be used."""
    messages = Console(stderr=True)
    try:
        with tempfile.TemporaryDirectory(prefix=f"hopline-{name}-") as folder:
            result = measure(Path(folder), messages)
    except HoplineError as error:
        messages.print(f"{name}: {error}", markup=False, highlight=False, soft_wrap=True)
        return 2 if isinstance(error, InvalidInput) else 1
    if as_json:
        sys.stdout.write(json.dumps(result, ensure_ascii=False, indent=2) + "\n")
    else:
        show(result)
    return 0
