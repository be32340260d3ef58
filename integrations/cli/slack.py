"""`hopline slack`: the Slack app."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.options import Json
from integrations.cli.output import one_line, print_json, stdout_console
from integrations.cli.session import say_mode, start

if TYPE_CHECKING:
    from agent.settings import Settings


def slack(
    check: Annotated[bool, typer.Option("--check", help="Check tokens and settings, then stop.")] = False,
    as_json: Json = False,
) -> int:
    """Answer in Slack until stopped; --check only tests the tokens and says what is wrong.

    Example: `hopline slack --check`
    """
    settings = start()
    if check:
        return _checked(settings, as_json=as_json)
    from integrations.slack.app import run

    say_mode(settings, as_json=as_json)
    run(settings)
    return 0


def _checked(settings: "Settings", *, as_json: bool) -> int:
    from integrations.slack.app import check

    findings = asyncio.run(check(settings))
    failed = any(finding.level == "failed" for finding in findings)
    if as_json:
        print_json({"ok": not failed, "findings": findings})
    else:
        for finding in findings:
            stdout_console().print(f"{finding.level:<8} {finding.name}: {one_line(finding.detail)}", soft_wrap=True)
    return 1 if failed else 0
