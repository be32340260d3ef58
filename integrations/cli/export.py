"""`hopline export`: give a person what is held about them."""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from integrations.cli.options import Json, checked_output, text_argument
from integrations.cli.output import note, print_json, stdout_console, to_json
from integrations.cli.session import start
from tools.named_files import naming

if TYPE_CHECKING:
    from agent.settings import Settings


def export(
    user: Annotated[str, typer.Option("--user", metavar="U", help="The person.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write to a file that only you can read.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Print everything that is kept about a person, as JSON lines that name where each is kept.

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
        _export_to_stdout(settings, user)
    else:
        count = _export_to(out, settings, user)
        if as_json:
            print_json({"user": user, "entries": count, "file": str(out)})
        else:
            stdout_console().print(f"{count:,} entries in {out}")
    return 0


def _export_to_stdout(settings: "Settings", user: str) -> None:
    is_known = False

    def write(entry: dict[str, Any]) -> None:
        nonlocal is_known
        is_known = True
        _write(sys.stdout, entry)

    asyncio.run(_export(settings, user, write))
    if not is_known:
        note(f"nothing is kept about {user!r}")


def _export_to(out: Path, settings: "Settings", user: str) -> int:
    """All or nothing: a draft beside it becomes the file when it is complete."""
    draft = out.with_name(f"{out.name}.draft")
    count = 0
    with (
        naming(draft),
        os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file,
    ):

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
