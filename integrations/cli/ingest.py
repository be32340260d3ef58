"""`hopline ingest`: documents into the store."""

import asyncio
import re
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.options import Json, Tenant, parsed_groups, parsed_tenant, path_argument
from integrations.cli.output import names_in, one_line, print_json, stderr_console, stdout_console
from integrations.cli.session import start

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agent.settings import Settings
    from tools.ingestion.planning.changes import IngestReport, Progress

_SHOWN_FAILURES = 50
_SHOWN_SUFFIXES = 12
_SHOWN_FOLDERS = 10
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")

Paths = Annotated[list[str], typer.Argument(metavar="PATH", help="Files, folders, or a corpus.jsonl.")]
Ray = Annotated[
    str | None,
    typer.Option("--ray", metavar="ADDRESS", help="Parse and embed on this Ray cluster (host:port, or auto)."),
]
AllowedGroups = Annotated[
    str | None,
    typer.Option(
        "--groups",
        metavar="A,B",
        help="Only these groups may read the documents; without it, the documents say who may.",
    ),
]


def ingest(
    paths: Paths, groups: AllowedGroups = None, tenant: Tenant = None, ray: Ray = None, as_json: Json = False
) -> int:
    """Read documents into the store; unchanged ones are skipped, deleted ones are removed.

    Example: `hopline ingest handbook/ minutes.pdf --groups finance,support`
    """
    allowed = parsed_groups(groups) or None
    of_tenant = parsed_tenant(tenant)
    named = [_parsed_path(path) for path in paths]
    report = asyncio.run(ingested(start(), named, allowed, of_tenant, shows_progress=not as_json, ray=ray))
    if as_json:
        print_json(report)
    else:
        print_report(report)
    return 0 if report.ok else 1


def _parsed_path(written: str) -> Path:
    if _ADDRESS.match(written):
        raise typer.BadParameter(
            f"{written} is an address, not a path; name it in the file that HOPLINE_SOURCES_FILE points to, and run:"
            " hopline sync"
        )
    return path_argument(written, "PATH")


async def ingested(
    settings: "Settings",
    paths: list[Path],
    groups: tuple[str, ...] | None,
    tenant: str | None,
    *,
    shows_progress: bool,
    ray: str | None = None,
) -> "IngestReport":
    """Ingest with a progress bar, when stderr is a terminal. A path that is wrong is told before a model is read."""
    from integrations.cli.ingest_progress import IngestProgress
    from tools.ingestion.files.discovery import targets

    await asyncio.to_thread(targets, paths)
    if not (shows_progress and sys.stderr.isatty()):
        return await _ingested(settings, paths, groups, tenant, ray, lambda step: None)
    with IngestProgress(stderr_console()) as bar:
        return await _ingested(settings, paths, groups, tenant, ray, bar.show)


async def _ingested(
    settings: "Settings",
    paths: list[Path],
    groups: tuple[str, ...] | None,
    tenant: str | None,
    ray: str | None,
    progress: "Callable[[Progress], None]",
) -> "IngestReport":
    """What was answered from documents that are gone is withdrawn where it was posted, too."""
    from agent import open_assistant
    from agent.syncing import POSTED_ANSWERS, ingest_on_ray
    from integrations.slack.operations import withdrawing

    if ray is not None:
        # Ray says on stdout that it lost a node; there the report stands, which programs read.
        with redirect_stdout(sys.stderr):
            async with withdrawing(settings) as withdraw:
                return await ingest_on_ray(
                    settings, ray, paths, groups=groups, tenant=tenant, progress=progress, withdraw_answers=withdraw
                )
    async with open_assistant(settings, create=True) as assistant, withdrawing(settings) as withdraw:
        report = await assistant.ingest(paths, groups=groups, tenant=tenant, progress=progress)
        if withdraw is not None:
            await assistant.forget(POSTED_ANSWERS, withdraw, tenant=tenant)
    return report


def print_report(report: "IngestReport") -> None:
    console = stdout_console()
    for source, reason in report.failures[:_SHOWN_FAILURES]:
        console.print(f"not read: {one_line(source)}: {one_line(reason)}", style="red")
    if report.failed > _SHOWN_FAILURES:
        console.print(f"not read: {report.failed - _SHOWN_FAILURES} more (--json lists up to 1,000)", style="red")
    counted = (
        (report.documents_added, "added"),
        (report.documents_updated, "updated"),
        (report.documents_renamed, "renamed"),
        (report.documents_repermissioned, "with other readers"),
        (report.documents_unchanged, "unchanged"),
        (report.documents_removed, "removed"),
        (report.failed, "not read"),
    )
    documents = ", ".join(f"{number:,} {what}" for number, what in counted if number) or "none found"
    console.print(f"documents: {documents}")
    for line in left_out(report.skipped, report.linked_folders):
        console.print(line)
    speed = f", {report.passages_written / report.seconds:,.0f} a second" if report.seconds >= 1 else ""
    console.print(
        f"passages: {report.passages_written:,} written, {report.passages_deleted:,} deleted"
        f" ({report.seconds:.1f} s{speed})"
    )


def left_out(skipped: "Mapping[str, int]", linked_folders: "Sequence[str]") -> list[str]:
    """What was not read without being at fault, in sentences."""
    lines = []
    if number := sum(skipped.values()):
        most_first = sorted(skipped, key=lambda suffix: (-skipped[suffix], suffix == "", suffix))
        suffixes = [suffix or "no suffix" for suffix in most_first]
        files = "file of a type that is" if number == 1 else "files of types that are"
        lines.append(f"{number:,} {files} not read: {names_in(suffixes, at_most=_SHOWN_SUFFIXES)}")
    if linked_folders:
        folders = names_in(linked_folders, at_most=_SHOWN_FOLDERS)
        lines.append(f"links to folders elsewhere, not followed (name the folders themselves): {folders}")
    return lines
