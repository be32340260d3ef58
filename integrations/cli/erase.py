"""`hopline erase`: forget a source or a person, everywhere."""

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.options import Json, Tenant, parsed_tenant, text_argument
from integrations.cli.output import names_in, note, one_line, plain, print_error, print_json, stdout_console
from integrations.cli.session import start

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agent.erasure import Receipt, What
    from agent.settings import Settings

_SHOWN_NAMES = 5
_NOT_REACHED: "dict[What, str]" = {
    "source": "not reached: the original files, which are read again when they are ingested again",
    "user": "not reached: what others wrote about this person",
}


def erase(
    source: Annotated[
        str | None, typer.Option("--source", metavar="S", help="Source to forget, with all below it.")
    ] = None,
    user: Annotated[str | None, typer.Option("--user", metavar="U", help="Person to forget, in all tenants.")] = None,
    tenant: Tenant = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask for confirmation.")] = False,
    as_json: Json = False,
) -> int:
    """Forget a source or a person in every place that remembers them; prints a receipt.

    Name a source as `hopline search` shows it, as the sources file names it, or by its folder's path. The exit status
    is 1 if no such source is known, or if a place failed: it is named, and erasing again finishes the job. Without a
    terminal, and with --json, you are not asked to confirm: a path, or a name that stands for several sources, then
    needs --yes.

    Example: `hopline erase --source handbook/refunds.md`
    """
    what, name = _parsed(source, user)
    owner = parsed_tenant(tenant)
    settings = start()
    if what == "source":
        from agent.named_sources import meant_source

        meant = asyncio.run(meant_source(settings, name, owner))
    else:
        meant = None
    names, of = (meant.names, meant.tenant) if meant else ((name,), owner or settings.tenant)
    told = names_in(names, at_most=_SHOWN_NAMES)
    if not yes:
        is_read_into = meant is not None and meant.is_read_into
        _make_sure(what, name, told, is_asked=sys.stdin.isatty() and not as_json, is_read_into=is_read_into)
    receipts, was_known = asyncio.run(_erased(settings, what, names, of))
    was_known = was_known or what == "user" or (meant is not None and meant.is_known)
    if as_json:
        print_json(_told(name, receipts, () if meant is None or was_known else meant.near))
    else:
        _print_receipts(receipts, what, was_known=was_known)
        if not was_known:
            _say_unknown(name, meant.near if meant else ())
    return 0 if was_known and all(receipt.complete for receipt in receipts) else 1


def _parsed(source: str | None, user: str | None) -> "tuple[What, str]":
    if (source is None) == (user is None):
        raise typer.BadParameter("give either --source S or --user U")
    what: What = "source" if source is not None else "user"
    name = text_argument(source if source is not None else user or "", f"--{what}")
    if not name.strip():
        raise typer.BadParameter(f"--{what} is empty")
    return what, name


def _make_sure(what: "What", name: str, told: str, *, is_asked: bool, is_read_into: bool) -> None:
    if is_asked:
        typer.confirm(f"Forget the {what} {told} for good?", abort=True, err=True)
    elif is_read_into:
        raise typer.BadParameter(
            f"--source {name!r} stands for {told}, and nobody can be asked here: add --yes to confirm"
        )


async def _erased(
    settings: "Settings", what: "What", names: "Sequence[str]", tenant: str
) -> "tuple[list[Receipt], bool]":
    """A receipt a name, and whether any place knew of them, or had before an earlier erasure."""
    from agent.erased_sources import erase_source
    from agent.erasure import erase
    from integrations.forgetting import open_places

    async with open_places(settings) as places:
        documents, holders, log = places.documents, places.holders, places.audit_log
        receipts = [
            await erase_source(settings, name, tenant, documents=documents, holders=holders, log=log)
            if what == "source"
            else await erase(what, name, tenant, holders, log, documents=documents)
            for name in names
        ]
        if any(_was_known(receipt) for receipt in receipts):
            return receipts, True
        own = {receipt.id for receipt in receipts}
        subjects = {await places.audit_log.subject(what, name, tenant) for name in names}
        async for entry in places.audit_log.entries(kind="receipt"):
            is_another = entry.told.get("subject") in subjects and entry.told.get("id") not in own
            if is_another and _found_any((place["name"], place["entries"]) for place in entry.told["places"]):
                return receipts, True
    return receipts, False


def _print_receipts(receipts: "Sequence[Receipt]", what: "What", *, was_known: bool) -> None:
    """Of a name that nobody knows only the places that failed to look: a column of zeros reads like an erasure."""
    for receipt in receipts:
        if was_known or not receipt.complete:
            _print(receipt)
        if was_known and receipt.complete and not _was_known(receipt):
            note(f"Nothing was kept under the name {one_line(receipt.name)}.")
    if any(_was_known(receipt) for receipt in receipts):
        note(f"{_NOT_REACHED[what]}; posts in Slack, backups, and runs outside of HOPLINE_HOME/runs")


def _told(name: str, receipts: "Sequence[Receipt]", near: "Sequence[str]") -> dict[str, object]:
    """One receipt as it is; several under the name that stood for them."""
    sums: dict[str, object] = {
        "complete": all(receipt.complete for receipt in receipts),
        "entries": sum(receipt.entries for receipt in receipts),
    }
    if near:
        sums["near"] = list(near)
    if len(receipts) == 1:
        return {**plain(receipts[0]), **sums}
    return {"what": receipts[0].what, "name": name, "tenant": receipts[0].tenant, **sums, "receipts": list(receipts)}


def _say_unknown(name: str, near: "Sequence[str]") -> None:
    hint = f"similar names: {names_in(near, at_most=_SHOWN_NAMES)}" if near else "hopline sources lists what is in"
    print_error(f"nothing is known under the name {name!r}; {hint}")


def _was_known(receipt: "Receipt") -> bool:
    return _found_any((place.name, place.entries) for place in receipt.places)


def _found_any(places: "Iterable[tuple[str, int]]") -> bool:
    """Vectors are kept without the names of what they were made of, and cleared for any."""
    from tools.embedders.kept import VectorCache

    return any(entries for name, entries in places if name != VectorCache.name)


def _print(receipt: "Receipt") -> None:
    console = stdout_console()
    where = f" of tenant {receipt.tenant}" if receipt.tenant else ""
    console.print(one_line(f"erased: {receipt.what} {receipt.name}{where}"))
    for place in receipt.places:
        console.print(f"{place.entries:>8,}  {place.name}")
        if place.problem:
            console.print(f"          failed: {one_line(place.problem)}")
    console.print(f"receipt {receipt.id}, {receipt.ended}")
    console.print(f"sha256 {receipt.digest}")
    if not receipt.complete:
        note("Not everything is forgotten yet: fix what failed, and erase again.")
