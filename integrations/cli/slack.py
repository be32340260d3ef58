"""`hopline slack`: the Slack app, and what its operator does with it."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.options import Json, checked_output
from integrations.cli.output import note, one_line, print_json, stdout_console
from integrations.cli.session import say_mode, start

if TYPE_CHECKING:
    from agent.settings import Settings


def slack(
    check: Annotated[bool, typer.Option("--check", help="Check tokens, scopes, events, groups and channels.")] = False,
    dead_letters: Annotated[
        bool, typer.Option("--dead-letters", help="List the questions that were given up after all tries.")
    ] = False,
    retry: Annotated[
        str | None, typer.Option("--retry", metavar="ID|all", help="Put one of those, or all, back into the queue.")
    ] = None,
    export_feedback: Annotated[
        Path | None,
        typer.Option(
            "--export-feedback", metavar="FILE", help="Write what people said of answers as labelled cases (JSONL)."
        ),
    ] = None,
    as_json: Json = False,
) -> int:
    """Answer in Slack until stopped. Each option does one thing instead, and ends.

    Example: `hopline slack --check`
    """
    if sum([check, dead_letters, retry is not None, export_feedback is not None]) > 1:
        raise typer.BadParameter("give one of --check, --dead-letters, --retry and --export-feedback")
    settings = start()
    if check:
        return _checked(settings, as_json=as_json)
    if dead_letters:
        return _dead_letters(settings, as_json=as_json)
    if retry is not None:
        return _retried(settings, _ids(retry), as_json=as_json)
    if export_feedback is not None:
        checked_output(export_feedback, "--export-feedback")
        return _exported(settings, export_feedback, as_json=as_json)
    from integrations.slack.app import run

    say_mode(settings, as_json=as_json)
    run(settings)
    return 0


def _checked(settings: "Settings", *, as_json: bool) -> int:
    from integrations.slack.tokens import check

    findings = asyncio.run(check(settings))
    failed = any(finding.level == "failed" for finding in findings)
    if as_json:
        print_json({"ok": not failed, "findings": findings})
    else:
        for finding in findings:
            stdout_console().print(f"{finding.level:<8} {finding.name}: {one_line(finding.detail)}", soft_wrap=True)
    return 1 if failed else 0


def _dead_letters(settings: "Settings", *, as_json: bool) -> int:
    from integrations.slack.operations import dead_letters

    letters = asyncio.run(dead_letters(settings))
    if as_json:
        print_json({"dead_letters": letters})
        return 0
    for letter in letters:
        where = f"{letter.accepted_at}  {letter.channel}  {letter.asker}"
        stdout_console().print(f"{letter.id}  {where}\n    {one_line(letter.question)}", soft_wrap=True)
        stdout_console().print(f"    {one_line(letter.problem)}", soft_wrap=True)
    note("hopline slack --retry ID (or all) puts them back" if letters else "there are no dead letters")
    return 0


def _ids(retry: str) -> list[int] | None:
    if retry == "all":
        return None
    if not retry.isdecimal():
        raise typer.BadParameter(f"--retry {retry!r} is neither a dead letter's number nor all")
    return [int(retry)]


def _retried(settings: "Settings", ids: list[int] | None, *, as_json: bool) -> int:
    from integrations.slack.operations import retry

    count = asyncio.run(retry(settings, ids))
    if as_json:
        print_json({"retried": count})
    elif not count:
        note("there are no dead letters" if ids is None else f"there is no dead letter {ids[0]}")
    else:
        stdout_console().print(f"{count} back in the queue; a running hopline slack picks them up")
    return 0 if count or ids is None else 1


def _exported(settings: "Settings", file: Path, *, as_json: bool) -> int:
    from integrations.slack.operations import export_feedback

    count = asyncio.run(export_feedback(settings, file))
    if as_json:
        print_json({"cases": count, "file": str(file)})
    else:
        stdout_console().print(f"{count} labelled cases in {file}", soft_wrap=True)
    return 0
