"""Where words go: results to stdout, everything else to stderr, and nothing a document says to the terminal itself."""

import json
import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

UNCUT = 2_000
"""The width of a console without a terminal: nothing is cut to a width that nobody has."""

_ESCAPE_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x9b[0-?]*[ -/]*[@-~]"  # the same, one 8-bit character
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|\Z)"  # OSC, DCS, …: titles, clipboard
    r"|\x1b[ -/]*[0-~]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_C1 = re.compile(r"[\x7f-\x9f\ud800-\udfff]")


def safe(text: str) -> str:
    """Text that can do nothing but be read: no escape sequences, control characters or direction overrides."""
    return _CONTROL.sub("", _ESCAPE_SEQUENCE.sub("", text.replace("\r\n", "\n")))


def one_line(text: str) -> str:
    return " ".join(safe(text).split())


def to_json(value: object) -> str:
    """JSON of plain values and pydantic models; control characters are escaped, so that it is safe to look at."""
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    written = json.dumps(value, ensure_ascii=not utf8, default=plain)
    return _C1.sub(lambda match: f"\\u{ord(match.group()):04x}", written)


def plain(value: object) -> Any:
    from dataclasses import asdict, is_dataclass
    from pathlib import PurePath

    from pydantic import BaseModel

    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, PurePath):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def print_json(value: object) -> None:
    sys.stdout.write(to_json(value) + "\n")
    sys.stdout.flush()


def print_error(message: str) -> None:
    """One sentence on stderr, after `hopline:`."""
    sys.stderr.write(f"hopline: {one_line(message)}\n")
    sys.stderr.flush()


def note(message: str) -> None:
    """A quiet remark on stderr."""
    stderr_console().print(one_line(message), style="dim", markup=False)


def stdout_console() -> "Console":
    return _console(stderr=False)


def stderr_console() -> "Console":
    return _console(stderr=True)


def _console(*, stderr: bool) -> "Console":
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, emoji=False, markup=False, soft_wrap=not _is_terminal(stderr))


def _is_terminal(stderr: bool) -> bool:
    return (sys.stderr if stderr else sys.stdout).isatty()


def names_in(listed: Iterable[str], *, at_most: int) -> str:
    """`a, b, c, …`, in one safe line."""
    names = [one_line(name) for name in listed]
    return ", ".join([*names[:at_most], "…"] if len(names) > at_most else names)
