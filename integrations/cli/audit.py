"""`hopline audit`: look at the audit log, and find out whether it still says what was written."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from integrations.cli.options import Json, Tenant, parsed_tenant, text_argument
from integrations.cli.output import note, one_line, plain, print_json, stdout_console
from integrations.cli.session import start

if TYPE_CHECKING:
    from agent.audit.chain import Entry, Head
    from agent.audit.log import AuditLog
    from agent.audit.verifying import Verdict
    from agent.settings import Settings

_HEAD = re.compile(r"(\d+):([0-9a-f]{64})")

app = typer.Typer(no_args_is_help=True, help="The audit log: who asked what, from which sources, and what was erased.")


@app.command("verify")
def verify(
    head: Annotated[
        str | None,
        typer.Option("--head", metavar="N:HASH", help="A head that you noted earlier; the log must contain it."),
    ] = None,
    as_json: Json = False,
) -> int:
    """Check that nothing in the log was changed. If something was, say where; the exit status is then 1.

    Keep the head that it prints somewhere else: with `--head`, a log that was rewritten with its own key is found out.

    Example: `hopline audit verify`
    """
    noted = _parsed_head(head)
    settings = start()
    verdict, mending = asyncio.run(_verified(settings, noted))
    if as_json:
        advice = {} if verdict.holds else {"advice": mending}
        print_json({**plain(verdict), "head": str(verdict.head), "holds": verdict.holds, **advice})
    else:
        _print_verdict(verdict)
        if not verdict.holds:
            note(f"find out why first; then: {mending}")
        if settings.audit == "off":
            note("HOPLINE_AUDIT is off: the log records erasures, but questions only while it is on")
    return 0 if verdict.holds else 1


@app.command("show")
def show(
    user: Annotated[str | None, typer.Option("--user", metavar="U", help="Only what concerns this person.")] = None,
    source: Annotated[
        str | None, typer.Option("--source", metavar="S", help="Only what used this source, or anything below it.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="WHEN", help="Only from this day or time on, like 2026-11-24.")
    ] = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> int:
    """Show the entries, oldest first. A person or source that was erased is found by its receipts.

    Example: `hopline audit show --user slack:T012AB3CD:U012AB3CD --since 2026-11-01`
    """
    after = _parsed_moment(since)
    settings = start()
    about = (user and text_argument(user, "--user"), source and text_argument(source, "--source"))
    entries = asyncio.run(_shown(settings, after, *about, parsed_tenant(tenant) or settings.tenant))
    if as_json:
        print_json({"entries": entries})
    else:
        for entry in entries:
            _print_entry(entry)
        if not entries:
            note("no entries")
    return 0


@app.command("prune")
def prune(as_json: Json = False) -> int:
    """Drop what is older than HOPLINE_AUDIT_RETENTION_DAYS; with HOPLINE_AUDIT on, that happens daily by itself.

    Example: `hopline audit prune`
    """
    settings = start()
    pruned = asyncio.run(_pruned(settings))
    if as_json:
        print_json({"pruned": pruned})
    else:
        stdout_console().print(f"{pruned:,} entries older than {settings.audit_retention_days:g} days were dropped")
    return 0


async def _verified(settings: "Settings", noted: "Head | None") -> "tuple[Verdict, str]":
    """The verdict, and what to do if it is a bad one."""
    async with _log(settings) as log:
        return await log.verify([(noted, "whoever noted it down")] if noted else ()), log.mending


async def _pruned(settings: "Settings") -> int:
    async with _log(settings) as log:
        return await log.prune(settings.audit_retention_days)


async def _shown(
    settings: "Settings", after: str, user: str | None, source: str | None, tenant: str
) -> list[dict[str, Any]]:
    async with _log(settings) as log:
        subjects = {await log.subject("user", user, tenant)} if user else set()
        subjects |= {await log.subject("source", source, tenant)} if source else set()
        chosen = _chosen(log.entries(since=after), user, source, tenant, subjects)
        return [{"seq": one.seq, "at": one.at, "kind": one.kind, **_told(one)} async for one in chosen]


async def _chosen(
    entries: "AsyncIterator[Entry]", user: str | None, source: str | None, tenant: str, subjects: set[str]
) -> "AsyncIterator[Entry]":
    from agent.holders import is_below

    async for entry in entries:
        told = entry.told
        about = told.get("subject") in subjects
        if user and not about and told.get("user") != user:
            continue
        drew = told.get("tenant") == tenant and any(is_below(used, source or "") for used in told.get("sources", ()))
        if source and not about and not drew:
            continue
        yield entry


def _told(entry: "Entry") -> dict[str, Any]:
    return entry.told if entry.content is not None else {"erased": True}


@asynccontextmanager
async def _log(settings: "Settings") -> "AsyncIterator[AuditLog]":
    from agent.memory import audit_log_of

    log = await asyncio.to_thread(audit_log_of, settings)
    try:
        yield log
    finally:
        await log.close()


def _parsed_head(written: str | None) -> "Head | None":
    if written is None:
        return None
    match = _HEAD.fullmatch(written.strip())
    if match is None:
        raise typer.BadParameter(f"--head {written!r} is not a head: write it as hopline audit verify prints it")
    from agent.audit.chain import Head

    return Head(int(match.group(1)), match.group(2))


def _parsed_moment(written: str | None) -> str:
    if written is None:
        return ""
    try:
        when = datetime.fromisoformat(written)
    except ValueError:
        raise typer.BadParameter(
            f"--since {written!r} is not a day or time; write 2026-11-24 or 2026-11-24T08:00"
        ) from None
    return when.astimezone(UTC).isoformat(timespec="milliseconds")


def _print_verdict(verdict: "Verdict") -> None:
    console = stdout_console()
    for problem in verdict.problems:
        console.print(f"entry {problem.seq}: {one_line(problem.found)}")
    erased = f", {verdict.erased:,} of them erased" if verdict.erased else ""
    says = "nothing was changed" if verdict.holds else "THE LOG WAS CHANGED"
    span = f" ({verdict.first} to {verdict.head.seq})" if verdict.entries else ""
    console.print(f"{says}: {verdict.entries:,} entries{span}{erased}")
    console.print(f"head {verdict.head}")


def _print_entry(entry: dict[str, Any]) -> None:
    console = stdout_console()
    line = f"{entry['seq']:>6}  {entry['at']}  {entry['kind']}"
    if entry.get("erased"):
        console.print(f"{line}  erased")
    elif entry["kind"] == "question" and not entry.get("withheld"):
        groups = ", ".join(entry["groups"]) or "public only"
        who = one_line(f"{entry['user'] or '(no name)'} ({groups})  {entry['status']}")
        console.print(f"{line}  {who}")
        console.print(f"        ? {one_line(entry['question'])}")
        if entry.get("answer"):
            console.print(f"        ! {one_line(entry['answer'])}")
        for source in entry["sources"]:
            console.print(f"        - {one_line(source)}")
    elif entry["kind"] == "receipt":
        console.print(f"{line}  {entry['id']}: a {entry['what']} was forgotten")
        for place in entry["places"]:
            problem = f", failed: {one_line(place['problem'])}" if place["problem"] else ""
            console.print(f"        - {place['entries']:,} {place['name']}{problem}")
    else:
        told = (f"{name} {value}" for name, value in entry.items() if name not in {"seq", "at", "kind", "subject"})
        console.print(f"{line}  {one_line(', '.join(told))}")
