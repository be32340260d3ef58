"""`hopline erase`: forget a source or a person."""

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from integrations.cli.options import Json, text_argument
from integrations.cli.output import print_json, stdout_console
from integrations.cli.session import start

if TYPE_CHECKING:
    from agent.settings import Settings


def erase(
    source: Annotated[str | None, typer.Option("--source", metavar="S", help="Source to remove from the store.")] = None,
    user: Annotated[str | None, typer.Option("--user", metavar="U", help="Person whose conversations to forget.")] = None,
    as_json: Json = False,
) -> int:
    """Remove a source from the store, or everything remembered about a person; prints a receipt.

    Example: `hopline erase --source handbook/refunds.md`
    """
    if (source is None) == (user is None):
        raise typer.BadParameter("give either --source S or --user U")
    what, name = ("source", source) if source is not None else ("user", user)
    assert name is not None
    if not name.strip():
        raise typer.BadParameter(f"--{what} is empty")
    text_argument(name, f"--{what}")
    receipt = asyncio.run(_erased(start(), what, name))
    if as_json:
        print_json(receipt)
    else:
        _print_receipt(receipt)
    return 0


async def _erased(settings: "Settings", what: str, name: str) -> Any:
    from agent import open_assistant

    async with open_assistant(settings) as assistant:
        return await (assistant.erase_source(name) if what == "source" else assistant.erase_user(name))
