"""`hopline costs`: what the models cost, by day, person, channel, tenant or model."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from integrations.cli.options import Json, checked_output, parsed_tenant
from integrations.cli.output import UNCUT, note, one_line, print_json, stdout_console
from integrations.cli.session import start
from tools.named_files import naming

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from agent.costs.summary import Line
    from agent.settings import Settings

Grouping = Literal["day", "user", "channel", "model", "tenant"]
MAX_NAME_WIDTH = 32
HEADINGS = {
    "questions": "Questions",
    "calls": "Calls",
    "input_tokens": "Tokens in",
    "cached_input_tokens": "cached",
    "output_tokens": "out",
}


def costs(
    by: Annotated[Grouping, typer.Option("--by", help="What to sum by.")] = "day",
    since: Annotated[
        str, typer.Option("--since", metavar="T", help="From when on: 30d, 2026-11 or 2026-11-24 (days in UTC).")
    ] = "30d",
    tenant: Annotated[str | None, typer.Option("--tenant", metavar="T", help="Only this tenant's.")] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Also write the sums to a CSV file.")
    ] = None,
    chart: Annotated[
        Path | None, typer.Option("--chart", metavar="FILE", help="Also write a web page with a chart (.html).")
    ] = None,
    as_json: Json = False,
) -> int:
    """Show what the language models cost.

    Example: `hopline costs --by user --since 7d --csv costs.csv --chart costs.html`
    """
    from agent.costs.summary import first_day, lines_by, total_of

    if chart is not None and chart.suffix.lower() not in (".html", ".htm"):
        raise typer.BadParameter(f"--chart {chart} writes a web page: name the file something.html")
    for path, option in ((csv, "--csv"), (chart, "--chart")):
        if path is not None:
            checked_output(path, option)
    settings = start()
    begins = first_day(since)
    rows = asyncio.run(_rows(settings, begins))
    if (of := parsed_tenant(tenant)) is not None:
        rows = [row for row in rows if row["tenant"] == of]
    lines = lines_by(rows, by)
    total = total_of(lines)
    if csv is not None:
        _write_csv(csv, by, lines)
    if chart is not None:
        from integrations.cli.costs_page import page_of

        with naming(chart):
            chart.write_text(page_of(lines, total, by=by, since=begins), encoding="utf-8")
    if as_json:
        print_json({"since": begins, "by": by, "lines": [_plain(line) for line in lines], "total": _plain(total)})
        return 0
    print_sums(lines, total, by, begins, stdout_console())
    for written in (csv, chart):
        if written is not None:
            note(f"written: {written}")
    return 0


async def _rows(settings: "Settings", since: str) -> list[dict[str, Any]]:
    from agent.costs.ledger import open_ledger

    ledger = await asyncio.to_thread(open_ledger, settings)
    try:
        return await ledger.rows(since)
    finally:
        await ledger.close()


def shown_usd(line: "Line") -> str:
    """A sum that leaves out calls without a price says so: it is a lower bound, or unknown altogether."""
    if line.unpriced_calls == line.calls and line.calls:
        return "unknown"
    return f"{'≥ ' if line.unpriced_calls else ''}{in_usd(line.usd)}"


def in_usd(usd: float) -> str:
    """Cents where there are many of them, and as much as can be told apart where a call costs less than one."""
    return f"${usd:,.2f}" if usd >= 10 or usd == 0 else f"${usd:.4f}" if usd >= 0.001 else f"${usd:.6f}"


def named(line: "Line") -> str:
    return one_line(line.name) or "(none)"


def _plain(line: "Line") -> dict[str, Any]:
    from dataclasses import asdict

    return {
        name: _rounded(value) for name, value in (asdict(line) | {"usd_per_question": line.usd_per_question}).items()
    }


def _rounded(value: object) -> object:
    """Sums of floats without the last digits' noise."""
    return round(value, 9) if isinstance(value, float) else value


def _write_csv(path: Path, by: str, lines: "list[Line]") -> None:
    import csv as csv_format

    from agent.costs.summary import SUMMED

    with naming(path), path.open("w", encoding="utf-8", newline="") as file:
        writer = csv_format.writer(file)
        writer.writerow([by, *SUMMED])
        for line in lines:
            writer.writerow([_inert(line.name), *(_rounded(getattr(line, field)) for field in SUMMED)])


def _inert(text: str) -> str:
    """A spreadsheet takes what begins like this for a formula, and a name can be anybody's choice."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def print_sums(lines: "list[Line]", total: "Line", by: str, since: str, console: "Console") -> None:
    if not lines:
        console.print(f"No model was called since {since}.")
        return
    if not console.is_terminal:
        console.width = UNCUT
    table = _table(lines, total, by)
    if console.measure(table, options=console.options.update(width=UNCUT)).maximum <= console.width:
        console.print(table)
    else:
        _print_blocks([*lines, total] if len(lines) > 1 else lines, by, console)
    console.print(f"since {since}, days in UTC", style="dim")
    if total.unpriced_calls:
        told = f"{total.unpriced_calls:,} of {total.calls:,} calls have no known price: set it in HOPLINE_PRICES_FILE."
        console.print(told, style="dim")


def _table(lines: "list[Line]", total: "Line", by: str) -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_footer=len(lines) > 1)
    widest = max(len(named(line)) for line in lines)
    table.add_column(by.capitalize(), footer="total", overflow="fold", min_width=min(widest, MAX_NAME_WIDTH))
    shown = {field: heading for field, heading in HEADINGS.items() if field != "cached_input_tokens"}
    for field, heading in shown.items():
        table.add_column(heading, justify="right", footer=f"{getattr(total, field):,}")
    table.add_column("each", justify="right", footer=each(total, ""))
    table.add_column("Cost", justify="right", style="bold", footer=shown_usd(total))
    for line in lines:
        counts = [f"{getattr(line, field):,}" for field in shown]
        table.add_row(Text(named(line)), *counts, each(line, by), shown_usd(line))
    return table


def _print_blocks(lines: "list[Line]", by: str, console: "Console") -> None:
    """Where a table's columns would be cut, the cost first of all."""
    for line in lines:
        console.print(named(line), style="bold")
        console.print(f"  cost      {shown_usd(line)}, each {each(line, by)}")
        console.print(f"  asked     questions {line.questions:,}, calls {line.calls:,}")
        console.print(f"  tokens    in {line.input_tokens:,}, out {line.output_tokens:,}")


def each(line: "Line", by: str) -> str:
    """What a question cost. Several models share one, so that a single model's share of it says nothing."""
    return "–" if line.usd_per_question is None or by == "model" else in_usd(line.usd_per_question)
