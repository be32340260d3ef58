"""`hopline sources`: what is in, when it was last seen and changed, what could not be read and why."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.options import Json
from integrations.cli.output import note, one_line, plain, print_error, print_json, stdout_console
from integrations.cli.session import start
from integrations.cli.sync import print_unnamed

if TYPE_CHECKING:
    from rich.console import Console

    from agent.settings import Settings
    from agent.syncing import Held
    from tools.ingestion.catalogue.records import SourceRecord

_SHOWN_FAILURES = 200
TABLE_WIDTH = 70


def sources(
    failed: Annotated[bool, typer.Option("--failed", help="Only what could not be read, and why.")] = False,
    retry: Annotated[bool, typer.Option("--retry", help="Read what failed again, then list.")] = False,
    as_json: Json = False,
) -> int:
    """List what was ingested: documents, passages, when they were last seen and changed, and what failed.

    Example: `hopline sources --failed --retry`
    """
    settings = start()
    if retry:
        asyncio.run(_retried(settings, as_json=as_json))
    from agent.syncing import held

    found = asyncio.run(held(settings))
    if found.problem:
        print_error(found.problem)
    if as_json:
        print_json({"failures": [plain(one) for one in found.failures]} if failed else plain(found))
    elif failed:
        _print_failures(found)
    elif not found.problem:
        _print_sources(found)
    return 1 if found.problem or (failed and found.failures) else 0


async def _retried(settings: "Settings", *, as_json: bool) -> None:
    from agent.syncing import failed_places
    from integrations.cli.ingest import ingested

    places = await failed_places(settings)
    if not places and not as_json:
        note("nothing to read again")
    for tenant, paths in places.items():
        await ingested(settings, paths, None, tenant, shows_progress=not as_json)


def _print_sources(found: "Held") -> None:
    if not found.sources:
        note("nothing has been ingested yet; run: hopline ingest PATH")
        return
    several = len({source.tenant for source in found.sources}) > 1
    named = [(_name_of(source, with_tenant=several), source) for source in found.sources]
    console = stdout_console()
    print_them = _print_table if console.width >= TABLE_WIDTH else _print_blocks
    print_them(named, console)
    for source in found.sources:
        called = source.synced_as or source.name
        documents = f" (its documents are called {source.name}/…)" if called != source.name else ""
        note(f"{called}: {source.path}{documents}")
    print_unnamed(found.unnamed)
    if found.failures:
        note("hopline sources --failed says why; --retry reads what failed again")


def _name_of(source: "SourceRecord", *, with_tenant: bool) -> str:
    called = source.synced_as or source.name
    return one_line(f"{called} ({source.tenant})" if with_tenant else called)


def _print_table(named: "list[tuple[str, SourceRecord]]", console: "Console") -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("source", "documents", "passages", "last seen", "last changed", "failed"):
        table.add_column(heading, justify="right" if heading in {"documents", "passages", "failed"} else "left")
    for name, source in named:
        failed = Text(f"{source.failed:,}", "red") if source.failed else Text("")
        counts = (f"{source.documents:,}", f"{source.passages:,}")
        table.add_row(Text(name), *counts, _when(source.seen), _when(source.changed), failed)
    console.print(table)


def _print_blocks(named: "list[tuple[str, SourceRecord]]", console: "Console") -> None:
    """Where a table's columns would be cut: a line for each."""
    for name, source in named:
        console.print(name, style="bold")
        console.print(f"  documents {source.documents:,}, passages {source.passages:,}")
        console.print(f"  seen      {_when(source.seen)}")
        console.print(f"  changed   {_when(source.changed)}")
        if source.failed:
            console.print(f"  failed    {source.failed:,}", style="red")


def _print_failures(found: "Held") -> None:
    from rich.text import Text

    for failure in found.failures[:_SHOWN_FAILURES]:
        when = f"  {_when(failure.at)}"
        line = Text.assemble((one_line(failure.source), "bold"), f": {one_line(failure.reason)}", (when, "dim"))
        stdout_console().print(line, soft_wrap=True)
    if (rest := len(found.failures) - _SHOWN_FAILURES) > 0:
        note(f"and {rest:,} more; --json lists all")
    note("--retry reads them again" if found.failures else "nothing failed")


def _when(seconds: float | None) -> str:
    """Local time, to the minute."""
    return f"{datetime.fromtimestamp(seconds).astimezone():%Y-%m-%d %H:%M}" if seconds else "never"
