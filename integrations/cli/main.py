"""The entry point: which commands there are, and what becomes of whatever goes wrong in them.

Exit status: 0 done, 1 failed, 2 the input can't be used, 130 stopped with Ctrl-C, 141 the reader of a pipe went away.
"""

import gc
import logging
import os
import sys
from collections.abc import Sequence

import typer

from integrations.cli import (
    ask,
    audit,
    chat,
    costs,
    demo,
    doctor,
    erase,
    evaluate,
    export,
    graph,
    ingest,
    search,
    slack,
    sources,
    sync,
    trace,
)
from integrations.cli.output import print_error, print_json
from tools.errors import HoplineError, InvalidInput

FAILED = 1
USAGE = 2
INTERRUPTED = 130
BROKEN_PIPE = 141

app = typer.Typer(
    name="hopline",
    help="Ask your documents. Answers come with the chain of passages behind them, cited to the sentence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("ingest")(ingest.ingest)
app.command("sync")(sync.sync)
app.command("sources")(sources.sources)
app.command("ask")(ask.ask)
app.command("chat")(chat.chat)
app.command("search")(search.search)
app.command("demo")(demo.demo)
app.command("eval")(evaluate.evaluate)
app.command("eval-claims")(evaluate.evaluate_claims)
app.command("slack")(slack.slack)
app.command("erase")(erase.erase)
app.command("export")(export.export)
app.add_typer(audit.app, name="audit")
app.command("costs")(costs.costs)
app.command("trace")(trace.trace)
app.command("doctor")(doctor.doctor)
app.command("graph")(graph.graph)


@app.callback(invoke_without_command=True)
def version(show: bool = typer.Option(False, "--version", help="Print the version and stop.")) -> None:
    if show:
        from importlib.metadata import version as version_of

        print(version_of("hopline"))  # noqa: T201
        raise typer.Exit


def main() -> None:
    # Imports make many lasting objects: looking through them for garbage over and over takes a tenth of start-up.
    gc.set_threshold(50_000, 20, 50)
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit status. Every error ends here, as one sentence or one JSON object."""
    as_json = "--json" in arguments[: arguments.index("--")] if "--" in arguments else "--json" in arguments
    try:
        status = app(list(arguments), prog_name="hopline", standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        # Where no option is to blame by name, what we wrote is a sentence of its own.
        return _report(error, error.format_message().removeprefix("Invalid value: "), as_json, error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted(as_json)
    except (BrokenPipeError, SystemExit):  # typer itself leaves by SystemExit, and only then
        return _broken_pipe()
    except HoplineError as error:
        return _report(error, str(error), as_json, USAGE if isinstance(error, InvalidInput) else FAILED)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        return _report(error, f"{error.strerror or error}{where}", as_json, FAILED)
    except Exception as error:  # noqa: BLE001 - the last door: reported with its type, never swallowed
        message = f"unexpected {type(error).__name__}: {error} (HOPLINE_LOG_LEVEL=debug shows where)"
        return _report(error, message, as_json, FAILED)
    # Typer turns Ctrl-C into this status without a word.
    return _interrupted(as_json) if status == INTERRUPTED else int(status or 0)


def _report(error: BaseException, message: str, as_json: bool, status: int) -> int:
    logging.getLogger("hopline").debug("the command failed", exc_info=error)
    try:
        if as_json:
            print_json({"error": {"type": type(error).__name__, "message": message}})
        elif message:
            print_error(message)
    except BrokenPipeError:
        return _broken_pipe()
    return status


def _interrupted(as_json: bool) -> int:
    if as_json:
        print_json({"error": {"type": "Interrupted", "message": "stopped by Ctrl-C"}})
    else:
        print_error("stopped by Ctrl-C; what was already stored is complete")
    return INTERRUPTED


def _broken_pipe() -> int:
    """Nobody reads any more: keep the interpreter's own flush at exit from complaining."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return BROKEN_PIPE
