"""`hopline sync`: the store brought up to date with its sources, once, at intervals, or as they change."""

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.ingest import left_out
from integrations.cli.options import Json, text_argument
from integrations.cli.output import note, one_line, plain, print_error, print_json, stderr_console, stdout_console
from integrations.cli.session import start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.named_sources import Unnamed
    from agent.settings import Settings
    from agent.syncing import SyncReport
    from tools.ingestion.loading.preview import Planned, Preview

SHOWN_DOCUMENTS = 40
_SHOWN_FAILURES = 20
_SHOWN_NAMES = 3

Names = Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Sources to sync; all when none is named.")]


def sync(
    names: Names = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Keep running, and sync what changes or is due by the sources file.")
    ] = False,
    every: Annotated[
        str | None, typer.Option("--every", metavar="15m", help="Keep running, and sync at this interval (s, m, h, d).")
    ] = None,
    as_json: Json = False,
) -> int:
    """Bring what was ingested up to date: new, changed, moved and deleted documents, and who may read them.

    Example: `hopline sync --dry-run`
    """
    wanted = [text_argument(name, "NAME") for name in names or ()]
    seconds = parsed_seconds(every) if every is not None else None
    if dry_run and (watch or seconds):
        raise typer.BadParameter("--dry-run looks once: leave out --watch and --every")
    settings = start()
    if dry_run:
        return _previewed(settings, wanted, as_json=as_json)
    if not watch and seconds is None:
        return _synced(settings, wanted, as_json=as_json)
    from integrations.cli.sync_watch import stay

    return asyncio.run(stay(settings, wanted, watches=watch, every_seconds=seconds, as_json=as_json))


def parsed_seconds(written: str) -> float:
    """`90s`, `15m`, `2h`, `1d` or plain seconds, at least one."""
    units = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
    number = written.strip().lower()
    unit = units.get(number[-1:], 0)
    try:
        seconds = float(number[:-1]) * unit if unit else float(number)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 366 * 86_400:
        raise typer.BadParameter(f"--every {written!r} is not an interval; write 90s, 15m, 2h or 1d")
    return seconds


def _synced(settings: "Settings", names: list[str], *, as_json: bool) -> int:
    report = asyncio.run(synced(settings, names, shows_progress=not as_json))
    if as_json:
        print_json({"ok": report.ok, **plain(report)})
    else:
        print_report(report)
    return 0 if report.ok else 1


async def synced(settings: "Settings", names: list[str], *, shows_progress: bool) -> "SyncReport":
    """One sync with a progress bar, when stderr is a terminal; posted answers included."""
    from agent.syncing import sync as sync_sources
    from integrations.slack.operations import withdrawing

    async with withdrawing(settings) as withdraw:
        if not (shows_progress and sys.stderr.isatty()):
            return await sync_sources(settings, names, withdraw_answers=withdraw)
        from integrations.cli.ingest_progress import IngestProgress

        with IngestProgress(stderr_console()) as bar:
            return await sync_sources(
                settings, names, progress=bar.show_of, fetching=bar.show_fetch, withdraw_answers=withdraw
            )


def _previewed(settings: "Settings", names: list[str], *, as_json: bool) -> int:
    from agent.syncing import in_no_source, sync_preview

    found = asyncio.run(sync_preview(settings, names))
    unnamed = asyncio.run(in_no_source(settings))
    if as_json:
        sources = {name: {"problem": one} if isinstance(one, str) else one for name, one in found.items()}
        print_json({"dry_run": True, "sources": sources, "unnamed": unnamed})
    else:
        for name, one in found.items():
            _print_preview(name, one)
        print_unnamed(unnamed)
        note("nothing was changed; hopline sync does it")
    return 1 if any(isinstance(one, str) or one.failed for one in found.values()) else 0


_MARKS = {
    "added": ("+", "green"),
    "updated": ("~", "yellow"),
    "renamed": ("→", "cyan"),
    "repermissioned": ("⚿", "magenta"),
    "overruled": ("⤼", "blue"),
    "removed": ("-", "red"),
}


def _print_preview(name: str, preview: "Preview | str") -> None:
    from rich.text import Text

    console = stdout_console()
    if isinstance(preview, str):
        console.print(Text.assemble((one_line(name), "bold"), ": ", (one_line(preview), "red")), soft_wrap=True)
        return
    said_of_it = f" ({one_line(preview.note)})" if preview.note else ""
    console.print(Text.assemble((one_line(name), "bold"), (said_of_it, "dim")), soft_wrap=True)
    if preview.note and not (preview.documents or preview.failed):
        return
    for one in preview.planned[:SHOWN_DOCUMENTS]:
        mark, style = _MARKS[one.outcome]
        said = f"  {mark} {one_line(one.source)}"
        if one.was:
            said += f" (was {one_line(one.was)})"
        if one.groups_before is not None:
            said += f" (for {_listed(one.groups)}, before: {_listed(one.groups_before)})"
        console.print(Text.assemble((said, style), (f"  {_passages_of(one)}", "dim")), soft_wrap=True)
    if (rest := sum(preview.documents.get(outcome, 0) for outcome in _MARKS) - SHOWN_DOCUMENTS) > 0:
        console.print(Text(f"  … and {rest:,} more (--json lists up to 10,000)", "dim"))
    for source, reason in preview.failures[:_SHOWN_FAILURES]:
        console.print(Text(f"  ! {one_line(source)}: {one_line(reason)}", "red"), soft_wrap=True)
    for line in left_out(preview.skipped, preview.linked_folders):
        console.print(f"  {line}", style="dim", soft_wrap=True)
    documents = ", ".join(
        f"{preview.documents[what]:,} {_WORDS[what]}" for what in _WORDS if preview.documents.get(what)
    )
    passages = ", ".join(
        f"{preview.passages[what]:,} {said}"
        for what, said in (("embedded", "to embed"), ("rewritten", "to rewrite"), ("deleted", "to delete"))
        if preview.passages.get(what)
    )
    console.print(f"  documents: {documents or 'none'}" + (f"; passages: {passages}" if passages else ""))


_WORDS = {
    "added": "new",
    "updated": "changed",
    "renamed": "renamed",
    "repermissioned": "with other readers",
    "overruled": "superseded or current again",
    "removed": "removed",
    "unchanged": "unchanged",
}


def _listed(groups: tuple[str, ...]) -> str:
    return ", ".join(one_line(group) for group in groups)


def _passages_of(one: "Planned") -> str:
    counts = ((one.embedded, "+"), (one.rewritten, "~"), (one.deleted, "-"))
    return " ".join(f"{mark}{number:,}" for number, mark in counts if number)


def print_unnamed(unnamed: "Sequence[Unnamed]") -> None:
    """What no sync looks at any more, and how to be rid of it."""
    from tools.ingestion.planning.naming import erase_command

    for one in unnamed[:_SHOWN_FAILURES]:
        kept = f"{one.documents:,} in the store, and in no source of the sources file"
        note(f"not synced: {one.path}: {kept}")
        for name in one.names[:_SHOWN_NAMES]:
            note(f"  to remove: {erase_command(name, one.tenant)}")
        if (rest := len(one.names) - _SHOWN_NAMES) > 0:
            note(f"  and {rest:,} more names (--json lists all)")
    if (rest := len(unnamed) - _SHOWN_FAILURES) > 0:
        note(f"not synced: {rest:,} more (--json lists all)")


def print_report(report: "SyncReport") -> None:
    console = stdout_console()
    for source in report.sources:
        name = one_line(source.name)
        for what, reason in (*source.fetch_failures, *(source.report.failures if source.report else ()))[
            :_SHOWN_FAILURES
        ]:
            console.print(f"not read: {one_line(what)}: {one_line(reason)}", style="red", soft_wrap=True)
        if source.problem:
            print_error(f"{source.name}: {source.problem}")
        if (done := source.report) is None:
            continue
        counted = (
            (done.documents_added, "added"),
            (done.documents_updated, "updated"),
            (done.documents_renamed, "renamed"),
            (done.documents_repermissioned, "with other readers"),
            (done.documents_overruled, "marked superseded or current again"),
            (done.documents_removed, "removed"),
            (done.documents_unchanged, "unchanged"),
            (done.failed, "not read"),
        )
        documents = ", ".join(f"{number:,} {what}" for number, what in counted if number) or "no documents"
        console.print(f"{name}: {documents} ({done.seconds:.1f} s)", soft_wrap=True)
        for line in left_out(done.skipped, done.linked_folders):
            console.print(f"  {line}", style="dim", soft_wrap=True)
    if report.turns_forgotten:
        console.print(f"{report.turns_forgotten:,} turns of conversations forgotten, since what they drew on is gone")
    if report.answers_withdrawn:
        console.print(f"{report.answers_withdrawn:,} posted answers to be marked, since what they cite is gone")
    print_unnamed(report.unnamed)
