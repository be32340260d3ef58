"""The entry point: what becomes of whatever goes wrong in a command. It imports little: Ctrl-C may come at any time.

Exit status: 0 done, 1 failed, 2 the input can't be used, 130 stopped with Ctrl-C, 141 the reader of a pipe went away,
143 stopped by SIGTERM.
"""

import errno
import gc
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from io import TextIOWrapper
from typing import TYPE_CHECKING, TextIO

from integrations.cli.output import print_error, print_json
from integrations.cli.stopping import INTERRUPTED, TERMINATED, take_sigterm, was_terminated

if TYPE_CHECKING:
    import typer

FAILED = 1
USAGE = 2
BROKEN_PIPE = 141

_WHAT_TO_DO = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "make room on the disk, and run the command again"),
    **dict.fromkeys((errno.EACCES, errno.EPERM), "have its rights changed, or name another place"),
    errno.EROFS: "nothing can be written there: name another place",
    errno.ENAMETOOLONG: "choose a shorter name",
    **dict.fromkeys(
        (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ELOOP), "check the path, or name another one"
    ),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), "let more files be open at a time (ulimit -n)"),
}


def main() -> None:
    # Imports make many lasting objects: looking through them for garbage over and over takes a tenth of start-up.
    gc.set_threshold(50_000, 20, 50)
    _prepare_streams()
    take_sigterm()
    status = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        _takes_words(stream)
    sys.exit(status)


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit status. Every error ends here, as one sentence or one JSON object."""
    as_json = "--json" in arguments[: arguments.index("--")] if "--" in arguments else "--json" in arguments
    try:
        from integrations.cli.commands import app

        status = app(list(arguments), prog_name="hopline", standalone_mode=False)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return _interrupted(as_json)
    except BrokenPipeError:
        return _broken_pipe()
    except SystemExit as left:  # typer's own: 0 when it has completed a line for the shell, 1 when the pipe broke
        return _broken_pipe() if left.code else 0
    except Exception as error:  # noqa: BLE001 - the last door: reported with its type, never swallowed
        return _failed(error, as_json)
    # Typer turns Ctrl-C into this status without a word.
    return _interrupted(as_json) if status == INTERRUPTED else int(status or 0)


def _failed(error: Exception, as_json: bool) -> int:
    import typer

    from tools.errors import HoplineError, InvalidInput

    if isinstance(error, typer.Abort):
        return _interrupted(as_json)
    if isinstance(error, typer.TyperException):
        # Where no option is to blame by name, what we wrote is a sentence of its own.
        message = error.format_message().removeprefix("Invalid value: ")
        advice = _advice_for(error) if message else ""
        return _report(error, f"{message.removesuffix('.')}; {advice}" if advice else message, as_json, error.exit_code)
    if isinstance(error, HoplineError):
        return _report(error, str(error), as_json, USAGE if isinstance(error, InvalidInput) else FAILED)
    if isinstance(error, OSError):
        return _report(error, _sentence_of(error), as_json, FAILED)
    message = f"unexpected {type(error).__name__}: {error} (HOPLINE_LOG_LEVEL=debug shows where)"
    return _report(error, message, as_json, FAILED)


def _sentence_of(error: OSError) -> str:
    where = error.filename or ("" if _takes_words(sys.stdout) else "standard output")
    advice = _WHAT_TO_DO.get(error.errno or 0)
    said = f"{where}: {error.strerror or error}" if where else error.strerror or str(error)
    return f"{said}; {advice}" if advice else said


def _advice_for(error: "typer.TyperException") -> str:
    """What to write instead; empty where the message says it already. A question that begins with a dash looks like an
    option, and one without quotation marks like several arguments."""
    import typer

    context = getattr(error, "ctx", None)
    if context is None or getattr(error, "possibilities", None) or error.format_message().endswith("?"):
        return ""
    if any(parameter.name == "question" for parameter in context.command.params):
        if getattr(error, "option_name", None) is not None:
            return "put -- before a question that begins with a dash"
        if not isinstance(error, typer.BadParameter):
            return "put the question in quotation marks"
    return f"see {context.command_path} --help"


def _report(error: BaseException, message: str, as_json: bool, status: int) -> int:
    logging.getLogger("hopline").debug("the command failed", exc_info=error)
    return _told(type(error).__name__, message, message, as_json, status)


def _interrupted(as_json: bool) -> int:
    by, status = ("SIGTERM", TERMINATED) if was_terminated() else ("Ctrl-C", INTERRUPTED)
    stopped = f"stopped by {by}"
    return _told("Interrupted", stopped, f"{stopped}; what was already stored is complete", as_json, status)


def _told(kind: str, message: str, sentence: str, as_json: bool, status: int) -> int:
    """Said where it is looked for: as JSON on stdout, or as a sentence on stderr; also there when stdout is full."""
    try:
        if as_json:
            print_json({"error": {"type": kind, "message": message}})
        elif sentence:
            print_error(sentence)
    except BrokenPipeError:
        return _broken_pipe()
    except OSError as error:
        _takes_words(sys.stdout)
        with suppress(OSError):
            print_error(f"{sentence}; standard output can't be written ({error.strerror})")
        return FAILED
    return status


def _prepare_streams() -> None:
    """A stream that was closed before the start is None; words that an encoding lacks must not end an answer."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - as long as the process
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _takes_words(stream: TextIO) -> bool:
    """Whether what was written went out."""
    try:
        stream.flush()
    except OSError:
        _silence(stream)
        return False
    return True


def _broken_pipe() -> int:
    """Nobody reads any more."""
    _silence(sys.stdout)
    return BROKEN_PIPE


def _silence(stream: TextIO) -> None:
    """Keep the interpreter's own flush at exit from complaining."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
