"""`hopline trace`: one question's whole way."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.options import Json, text_argument
from integrations.cli.output import print_error, print_json, stdout_console
from integrations.cli.session import start

if TYPE_CHECKING:
    from agent.settings import Settings
    from agent.telemetry.traces import Trace

FAILED = 1


def trace(
    run_id: Annotated[
        str | None, typer.Argument(metavar="RUN_ID", help="The run id of an answer, or how it begins.")
    ] = None,
    last: Annotated[bool, typer.Option("--last", help="Show the newest question.")] = False,
    as_json: Json = False,
) -> int:
    """Show how one question was answered: hops, passages, verdicts, confidence, calls, times and cost.

    Example: `hopline trace --last`
    """
    if (run_id is None) == (not last):
        raise typer.BadParameter("give either a RUN_ID or --last")
    if run_id is not None and not run_id.strip():
        raise typer.BadParameter("RUN_ID is empty")
    settings = start()
    found = asyncio.run(_found(settings, text_argument(run_id, "RUN_ID").strip() if run_id else None))
    if found is None:
        what = f"no trace of {run_id}" if run_id else "no trace"
        days = f"traces are kept for {settings.trace_days:g} days (HOPLINE_TRACE_DAYS)"
        _say_missing(f"there is {what}: {days}", as_json=as_json)
        return FAILED
    if as_json:
        print_json(found)
    else:
        from integrations.cli.trace_view import print_trace

        print_trace(found, stdout_console())
    return 0


async def _found(settings: "Settings", run_id: str | None) -> "Trace | None":
    from agent.telemetry.opening import traces_of

    traces = traces_of(settings)
    try:
        return await (traces.newest() if run_id is None else traces.find(run_id))
    finally:
        await traces.close()


def _say_missing(message: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"error": {"type": "NoTrace", "message": message}})
    else:
        print_error(message)
