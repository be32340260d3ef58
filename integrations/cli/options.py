"""The options that several commands share, and the parsing of what a person typed into them."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.output import note

if TYPE_CHECKING:
    from agent.settings import Settings
    from tools.passages import Reader

_SHOWN_CHARACTERS = 80

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else.")]
Groups = Annotated[
    str | None,
    typer.Option("--groups", metavar="A,B", help="Groups whose documents may be read, besides the public ones."),
]
Tenant = Annotated[str | None, typer.Option("--tenant", metavar="T", help="Tenant; the default is HOPLINE_TENANT.")]
Question = Annotated[str, typer.Argument(metavar="QUESTION", help="The question; - reads it from standard input.")]


def parsed_groups(groups: str | None) -> tuple[str, ...]:
    """`"a, b"` → `("a", "b")`; a right is never guessed, so an empty item is a usage error."""
    if groups is None:
        return ()
    names = [name.strip() for name in groups.split(",")]
    if not all(names):
        raise typer.BadParameter(f"--groups {groups!r} has an empty group name; write --groups a,b")
    return tuple(dict.fromkeys(text_argument(name, "--groups") for name in names))


def parsed_reader(groups: str | None, tenant: str | None, settings: "Settings") -> "Reader":
    from tools.passages import Reader

    return Reader(groups=parsed_groups(groups), tenant=parsed_tenant(tenant) or settings.tenant)


def parsed_tenant(tenant: str | None) -> str | None:
    if tenant is not None and not tenant.strip():
        raise typer.BadParameter("--tenant is empty; leave it out for the default tenant")
    return tenant and text_argument(tenant, "--tenant")


def say_nothing_readable(reader: "Reader") -> None:
    """For a search that came back with nothing at all, which only happens to who may read nothing."""
    who = f"the groups {', '.join(reader.groups)}" if reader.groups else "a reader without --groups"
    note(f"tenant {reader.tenant!r} holds no document that {who} may read; hopline sources lists what is in")


def parsed_question(question: str, settings: "Settings") -> str:
    """The question as text; `-` is replaced by standard input. Raises InvalidQuestion."""
    from agent.questions import checked_question

    text = text_argument(question, "QUESTION") if question != "-" else _from_stdin()
    return checked_question(text, settings.max_question_characters)


def _from_stdin() -> str:
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError:
        raise typer.BadParameter("the question on standard input is not UTF-8 text") from None


def checked_output(path: Path, option: str) -> Path:
    """A file to write, before the work for it begins."""
    if path.is_dir():
        raise typer.BadParameter(f"{option} {path} is a folder; name a file in it")
    if not path.parent.is_dir():
        raise typer.BadParameter(f"{option} {path}: there is no folder {path.parent}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise typer.BadParameter(f"{option} {path} can't be written")
    return path


def text_argument(argument: str, name: str) -> str:
    """Bytes that are no text reach Python as lone surrogates, which nothing downstream can encode."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        raise typer.BadParameter(f"{name} {argument[:_SHOWN_CHARACTERS]!r} is not UTF-8 text") from None
    return argument


def path_argument(argument: str, name: str) -> Path:
    """A blank one is a shell's variable that nobody has set, and would mean the working folder."""
    if not text_argument(argument, name).strip():
        raise typer.BadParameter(f"{name} {argument!r} is blank; write . for the working folder")
    try:
        return Path(argument).expanduser()
    except RuntimeError:
        raise typer.BadParameter(f"{name} {argument!r} names the home of an unknown user; write ./~…") from None
