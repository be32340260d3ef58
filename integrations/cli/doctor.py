"""`hopline doctor`: is everything in place, and if not, what to do."""

import asyncio
from typing import TYPE_CHECKING

from integrations.cli.options import Json
from integrations.cli.output import UNCUT, one_line, print_json, stdout_console
from integrations.cli.session import start

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from agent.doctor import Check

_STYLE = {"ok": "green", "warn": "yellow", "fail": "red"}


def doctor(as_json: Json = False) -> int:
    """Check store, models, keys, folders and versions, and say what to do. The exit status is 1 if a check fails.

    Example: `hopline doctor --json`
    """
    from agent.doctor import examine

    checks = asyncio.run(examine(start(checks_home=False)))
    failed = any(check.status == "fail" for check in checks)
    if as_json:
        print_json({"ok": not failed, "checks": checks})
    else:
        print_checks(checks, stdout_console())
    return 1 if failed else 0


def print_checks(checks: "list[Check]", console: "Console") -> None:
    """A row a check; on a terminal, longer ones go on below their own beginning."""
    from rich.text import Text

    if not console.is_terminal:
        console.width = UNCUT
    for check in checks:
        console.print(_row(Text(check.status, style=_STYLE[check.status]), check.name, Text(one_line(check.found))))
        if check.advice:
            console.print(_row(Text(), "", Text(f"→ {one_line(check.advice)}", style="dim")))


def _row(status: "Text", name: str, said: "Text") -> "Table":
    """A table of its own, since one for all would fill every line with blanks to the width of the longest."""
    from rich.table import Table

    table = Table.grid(padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column(width=4)
    table.add_column(width=17, style="bold")
    table.add_column(overflow="fold")
    table.add_row(status, name, said)
    return table
