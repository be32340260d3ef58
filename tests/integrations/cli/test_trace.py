"""`hopline trace`: the way of a question that was asked before, by the command line or another process."""

import os
from pathlib import Path

from rich.console import Console

from agent.telemetry.traces import Trace
from integrations.cli.trace_view import print_trace
from tests.integrations.cli.conftest import Hopline

QUESTION = "Who is the duty manager that approves a refund above 500 euros? I am ada@example.org"
FAILED, USAGE = 1, 2


def test_the_whole_way_of_an_answer_is_printed(hopline: Hopline, home: Path) -> None:
    asked = hopline("ask", QUESTION, "--json").json
    shown = hopline("trace", asked["run_id"])
    assert shown.status == 0
    for part in (
        "Who is the duty manager",
        f"run {asked['run_id']}",
        f"{asked['status']} · ",
        "rewrite",
        "retrieval hopline  search",
        "embeddings all-MiniLM-L6-v2",
        "Passages kept",
        "refunds.md",
        "Verdicts",
        "supported",
        "Confidence from",
        "0 model calls",
    ):
        assert part in shown.out, part
    assert "ada@example.org" not in shown.out
    assert "[masked]" in shown.out


def test_json_is_the_kept_trace(hopline: Hopline, home: Path) -> None:
    asked = hopline("ask", QUESTION, "--json").json
    trace = Trace.model_validate(hopline("trace", asked["run_id"][:12], "--json").json)
    assert trace.run_id == asked["run_id"]
    assert trace.confidence == asked["confidence"]
    assert next(hop.query for hop in trace.hops).startswith("Who is the duty manager")
    assert trace.usage.model_calls == 0


def test_last_is_the_newest_question(hopline: Hopline, home: Path) -> None:
    hopline("ask", "Who is the duty manager?")
    newest = hopline("ask", QUESTION, "--json").json
    assert hopline("trace", "--last", "--json").json["run_id"] == newest["run_id"]


def test_an_erased_source_takes_the_traces_that_name_it(hopline: Hopline, home: Path) -> None:
    asked = hopline("ask", "Who approves a refund above 500 euros?", "--json").json
    assert "refunds.md" in {passage["source"].rpartition("/")[2] for passage in asked["citations"]}
    source = next(each["source"] for each in asked["citations"] if each["source"].endswith("refunds.md"))
    assert hopline("erase", "--source", source).status == 0
    assert hopline("trace", asked["run_id"]).status == FAILED


def test_an_unknown_run_is_a_sentence_and_status_1(hopline: Hopline, home: Path) -> None:
    shown = hopline("trace", "nothing-like-it")
    assert (shown.status, shown.out) == (FAILED, "")
    assert "there is no trace of nothing-like-it: traces are kept for 7 days (HOPLINE_TRACE_DAYS)" in shown.err
    assert hopline("trace", "--last", "--json").json["error"]["type"] == "NoTrace"


def test_either_a_run_or_the_last_one_is_asked_for(hopline: Hopline, home: Path) -> None:
    for arguments in ((), ("abc", "--last"), (" ",)):
        assert hopline("trace", *arguments).status == USAGE


def test_on_a_terminal_the_time_line_is_one_column(hopline: Hopline, home: Path) -> None:
    hopline("ask", QUESTION)
    trace = Trace.model_validate(hopline("trace", "--last", "--json").json)
    text = _on_a_terminal(trace, 100)
    assert all(len(line) <= 100 for line in text.splitlines())
    bars = [line for line in text.splitlines() if line.lstrip().startswith("█")]
    assert len(bars) == len(list(trace.steps)) + sum(len(step.steps) for step in trace.steps)


def test_on_a_narrow_terminal_each_feature_keeps_its_number(hopline: Hopline, home: Path) -> None:
    hopline("ask", QUESTION)
    trace = Trace.model_validate(hopline("trace", "--last", "--json").json)
    shown = _on_a_terminal(trace, 60).partition("Confidence from")[2]
    for name, value in trace.features.items():
        assert f"{name.replace('_', ' '):<22}{value:>6.2f}" in shown


def test_what_a_refusal_says_itself_is_said_once(hopline: Hopline, home: Path) -> None:
    asked = hopline("ask", "Which insurer pays for spoilt vaccines?", "--json").json
    assert asked["missing"]
    assert hopline("trace", "--last").out.count(asked["missing"][0]) == 1


def _on_a_terminal(trace: Trace, width: int) -> str:
    with open(os.devnull, "w") as nowhere:
        console = Console(record=True, width=width, force_terminal=True, file=nowhere, highlight=False, markup=False)
        print_trace(trace, console)
    return console.export_text()


def test_nothing_a_document_says_reaches_the_terminal(hopline: Hopline, home: Path) -> None:
    hopline("ask", "When does the escape room open?")
    out = hopline("trace", "--last").out
    assert "Evil page" in out
    assert "\x1b" not in out
