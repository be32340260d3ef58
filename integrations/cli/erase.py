"""`hopline erase`: forget a source or a person, everywhere."""

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.options import Json, Tenant, parsed_tenant, text_argument
from integrations.cli.output import note, one_line, plain, print_json, stdout_console
from integrations.cli.session import start

if TYPE_CHECKING:
    from agent.erasure import Receipt, What
    from agent.settings import Settings


def erase(
    source: Annotated[
        str | None, typer.Option("--source", metavar="S", help="Source to forget, with all below it.")
    ] = None,
    user: Annotated[str | None, typer.Option("--user", metavar="U", help="Person to forget, in all tenants.")] = None,
    tenant: Tenant = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask on a terminal whether it is meant.")] = False,
    as_json: Json = False,
) -> int:
    """Forget a source or a person in every place that remembers them; prints a receipt.

    A place that fails is named and the exit status is 1: erase again to finish it.

    Example: `hopline erase --source handbook/refunds.md`
    """
    if (source is None) == (user is None):
        raise typer.BadParameter("give either --source S or --user U")
    what: What = "source" if source is not None else "user"
    name = text_argument(source if source is not None else user or "", f"--{what}")
    if not name.strip():
        raise typer.BadParameter(f"--{what} is empty")
    owner = parsed_tenant(tenant)
    settings = start()
    if not (yes or as_json) and sys.stdin.isatty():
        typer.confirm(f"Forget the {what} {one_line(name)} for good?", abort=True, err=True)
    receipt = asyncio.run(_erased(settings, what, name, owner or settings.tenant))
    if as_json:
        print_json({**plain(receipt), "complete": receipt.complete, "entries": receipt.entries})
    else:
        _print(receipt)
    return 0 if receipt.complete else 1


async def _erased(settings: "Settings", what: "What", name: str, tenant: str) -> "Receipt":
    from agent.erased_sources import erase_source
    from agent.erasure import erase
    from integrations.forgetting import open_places

    async with open_places(settings) as places:
        documents, holders, log = places.documents, places.holders, places.audit_log
        if what == "source":
            return await erase_source(settings, name, tenant, documents=documents, holders=holders, log=log)
        return await erase(what, name, tenant, holders, log, documents=documents)


def _was_known(receipt: "Receipt") -> bool:
    """Vectors are kept without the names of what they were made of, and cleared for any."""
    from tools.embedders.kept import VectorCache

    return any(place.entries for place in receipt.places if place.name != VectorCache.name)


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
    if receipt.complete and not _was_known(receipt):
        hint = " hopline search --json shows how sources are called." if receipt.what == "source" else ""
        note(f"Nothing was kept under the name {one_line(receipt.name)}.{hint}")
    if not receipt.complete:
        note("Not everything is forgotten yet: mend what failed, and erase again.")
