"""Which commands there are."""

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

app = typer.Typer(
    name="hopline",
    help="Ask your documents. Answers come with the chain of passages behind them, cited to the sentence.",
    no_args_is_help=True,
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
