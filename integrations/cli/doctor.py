"""`hopline doctor`: is everything in place, and if not, what to do."""

import asyncio
from typing import TYPE_CHECKING

from integrations.cli.options import Json
from integrations.cli.output import one_line, print_json, stdout_console
from integrations.cli.session import start

if TYPE_CHECKING:
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
        _print(checks)
    return 1 if failed else 0


def _print(checks: "list[Check]") -> None:
    from rich.text import Text

    console = stdout_console()
    for check in checks:
        line = Text(f"{check.status:<5}", style=_STYLE[check.status])
        line.append(f"{check.name:<18}", style="bold").append(one_line(check.found), style="default")
        console.print(line)
        if check.advice:
            console.print(Text(f"{'':<23}→ {one_line(check.advice)}", style="dim"))
