"""`hopline erase`: forget a source or a person."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.options import Json, Tenant, parsed_tenant, text_argument
from integrations.cli.output import plain, print_json, stdout_console
from integrations.cli.session import start

if TYPE_CHECKING:
    from agent.assistant import ErasureReceipt
    from agent.settings import Settings


def erase(
    source: Annotated[
        str | None, typer.Option("--source", metavar="S", help="Source to remove from the store.")
    ] = None,
    user: Annotated[
        str | None, typer.Option("--user", metavar="U", help="Person whose conversations to forget.")
    ] = None,
    tenant: Tenant = None,
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
    settings = start()
    receipt = asyncio.run(_erased(settings, what, name, parsed_tenant(tenant)))
    kept_for_slack = asyncio.run(_erased_from_slack(settings, what, name))
    if as_json:
        print_json({**plain(receipt), "slack": kept_for_slack})
    else:
        _print_receipt(receipt, kept_for_slack)
    return 0


async def _erased(settings: "Settings", what: str, name: str, tenant: str | None) -> "ErasureReceipt":
    from agent import open_assistant

    async with open_assistant(settings) as assistant:
        if what == "user":
            return await assistant.erase_user(name)
        return await assistant.erase_source(name, tenant=tenant)


async def _erased_from_slack(settings: "Settings", what: str, name: str) -> int:
    """What the Slack door keeps of questions, answers and feedback, where there is one."""
    from integrations.slack.operations import erase_source, erase_user, is_in_use

    if not await asyncio.to_thread(is_in_use, settings):
        return 0
    return await (erase_user if what == "user" else erase_source)(settings, name)


def _print_receipt(receipt: "ErasureReceipt", kept_for_slack: int) -> None:
    slack = f", {kept_for_slack:,} questions and answers in Slack's queue" if kept_for_slack else ""
    traces = f", {receipt.traces:,} traces of questions" if receipt.traces else ""
    removed = f"{receipt.passages:,} passages, {receipt.turns:,} turns of conversations{traces}{slack}"
    stdout_console().print(f"removed: {removed}")
