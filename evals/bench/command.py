"""What the bench commands share: measure, report errors on stderr, print the result, end with an exit status."""

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
    """Call `measure` with a temporary folder and a console for its progress; print the result as JSON or with `show`.

    Returns 0; 1 if it could not be measured; 2 for an unusable data set or option.
    """
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
