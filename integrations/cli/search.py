"""`hopline search`: the chain of passages that a question leads to, without an answer."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.options import (
    Groups,
    Json,
    Question,
    Tenant,
    parsed_question,
    parsed_reader,
    say_nothing_readable,
)
from integrations.cli.output import one_line, print_json, stdout_console
from integrations.cli.session import start

if TYPE_CHECKING:
    from rich.console import Console

    from agent.answers import SearchReport
    from agent.settings import Settings
    from tools.passages import Reader

_SHOWN_CHARACTERS = 240


def search(
    question: Question,
    k: Annotated[int, typer.Option("-k", min=1, max=50, help="How many passages to show.")] = 5,
    hops: Annotated[int | None, typer.Option("--hops", min=1, max=10, help="The most hops to take.")] = None,
    groups: Groups = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> int:
    """Show the passages that a question leads to, hop by hop.

    Example: `hopline search "Who approves refunds for the EU region?" -k 5 --hops 2`
    """
    settings = start()
    reader = parsed_reader(groups, tenant, settings)
    text = parsed_question(question, settings)
    report = asyncio.run(_found(settings, text, reader, k, hops))
    if as_json:
        print_json(report.model_dump(mode="json", exclude={"hops"}))
    else:
        _print_report(report)
        if not report.results:
            say_nothing_readable(reader)
    return 0


async def _found(settings: "Settings", question: str, reader: "Reader", k: int, hops: int | None) -> "SearchReport":
    from agent import open_assistant

    async with open_assistant(settings) as assistant:
        return await assistant.search(question, reader=reader, k=k, max_hops=hops)


def _print_lines(report: "SearchReport", console: "Console") -> None:
    """Without a terminal: two lines a passage, nothing cut to a width."""
    for rank, result in enumerate(report.results, 1):
        found = f"hop {result.hop}, {one_line(result.via)}, {result.score:.3f}"
        console.print(f"{rank}. {one_line(result.title)} ({one_line(result.source)}) · {found}")
        console.print(f"   {_shortened(one_line(result.text))}")


def _print_report(report: "SearchReport") -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    console = stdout_console()
    if not report.results:
        console.print("Nothing that you may read matches.")
        return
    if not console.is_terminal:
        _print_lines(report, console)
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False, expand=True)
    table.add_column("", justify="right", style="dim")
    table.add_column("hop", justify="right")
    table.add_column("score", justify="right")
    table.add_column("via", style="cyan", ratio=2, overflow="fold")
    table.add_column("passage", ratio=7, overflow="fold")
    for rank, result in enumerate(report.results, 1):
        passage = Text(one_line(result.title), style="bold")
        passage.append(f"  {one_line(result.source)}\n", style="dim")
        passage.append(_shortened(one_line(result.text)), style="default")
        table.add_row(str(rank), str(result.hop), f"{result.score:.3f}", Text(one_line(result.via)), passage)
    console.print(table)
    console.print(f"{report.timings_ms.get('total', 0.0):.0f} ms", style="dim")


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1].rstrip() + "…"
