"""What commands over finished runs share: `python -m evals.routing RUN_DIR …`."""

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from evals.records import RunFolder
from tools.errors import HoplineError


def print_tables(
    tables_of: Callable[[Sequence[RunFolder]], Iterable[Table]], arguments: Sequence[str] | None, usage: str | None
) -> int:
    """Print these tables of the runs whose folders are the arguments, by default the command line's; returns the exit
    status."""
    folders = [Path(path) for path in (sys.argv[1:] if arguments is None else arguments)]
    if not folders:
        sys.stderr.write(f"{usage}\n")
        return 2
    console = Console(highlight=False)
    try:
        for table in tables_of([RunFolder(folder) for folder in folders]):
            console.print(table)
    except HoplineError as error:
        sys.stderr.write(f"hopline: {error}\n")
        return 1
    return 0
