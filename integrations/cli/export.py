"""`hopline export`: give a person what is held about them."""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from integrations.cli.options import Json, checked_output, text_argument
from integrations.cli.output import print_json, stdout_console, to_json
from integrations.cli.session import start

if TYPE_CHECKING:
    from agent.settings import Settings


def export(
    user: Annotated[str, typer.Option("--user", metavar="U", help="Person whose data to give.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write to a file that only you can read.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Everything that is held about a person, as JSON lines; each names the place that holds it.

    Example: `hopline export --user slack:T012AB3CD:U012AB3CD --out ada.jsonl`
    """
    if not text_argument(user, "--user").strip():
        raise typer.BadParameter("--user is empty")
    if out is not None:
        checked_output(out, "--out")
    settings = start()
    if out is None and as_json:
        entries: list[dict[str, Any]] = []
        asyncio.run(_export(settings, user, entries.append))
        print_json({"user": user, "entries": entries})
    elif out is None:
        asyncio.run(_export(settings, user, lambda entry: _write(sys.stdout, entry)))
    else:
        count = _export_to(out, settings, user)
        if as_json:
            print_json({"user": user, "entries": count, "file": str(out)})
        else:
            stdout_console().print(f"{count:,} entries in {out}")
    return 0


def _export_to(out: Path, settings: "Settings", user: str) -> int:
    """All or nothing: a draft beside it becomes the file when it is complete."""
    draft = out.with_name(f"{out.name}.draft")
    count = 0
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:

        def write(entry: dict[str, Any]) -> None:
            nonlocal count
            count += 1
            _write(file, entry)

        asyncio.run(_export(settings, user, write))
    draft.replace(out)
    return count


async def _export(settings: "Settings", user: str, write: Callable[[dict[str, Any]], object]) -> None:
    from agent.erasure import export
    from integrations.forgetting import open_places

    async with open_places(settings) as places:
        async for entry in export(user, places.holders):
            write(entry)


def _write(file: TextIO, entry: dict[str, Any]) -> None:
    file.write(f"{to_json(entry)}\n")
