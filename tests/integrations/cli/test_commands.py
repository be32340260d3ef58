"""The commands: exit status, what goes to stdout, what to stderr."""

import io
import json
import os
import sys
from pathlib import Path

import pytest

from integrations.cli.commands import app
from tests.conftest import write
from tests.integrations.cli.conftest import Hopline, lines

COMMANDS = (
    *("ingest", "sync", "sources", "ask", "chat", "search", "demo", "eval", "eval-claims", "slack"),
    *("erase", "export", "costs", "trace", "doctor", "graph"),
)
QUESTION = "Who approves a refund above 500 euros?"


def stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))


def test_the_commands_are_these() -> None:
    assert tuple(command.name for command in app.registered_commands) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_helps_with_an_example_and_offers_json(hopline: Hopline, command: str) -> None:
    outcome = hopline(command, "--help")
    assert outcome.status == 0
    assert f"Example: hopline {command}" in outcome.out
    assert "--json" in outcome.out


def test_ask_answers_with_a_cited_source(hopline: Hopline, home: Path) -> None:
    outcome = hopline("ask", QUESTION)
    assert outcome.status == 0
    assert "duty manager" in outcome.out
    assert "refunds.md" in outcome.out
    assert lines(outcome.err) == ["no model set (HOPLINE_MODEL): answers quote the documents"]


def test_ask_json_is_one_object_with_the_fields_of_the_contract(hopline: Hopline, home: Path) -> None:
    outcome = hopline("ask", QUESTION, "--json")
    assert outcome.err == ""
    contract = {
        *("question", "rewritten_question", "status", "answer", "confidence", "citations", "claims", "hops"),
        *("usage", "timings_ms", "mode", "run_id"),
    }
    assert contract <= set(outcome.json)
    assert outcome.json["question"] == QUESTION


def test_a_dash_reads_the_question_from_standard_input(
    hopline: Hopline, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin(monkeypatch, f"{QUESTION}\n".encode())
    assert hopline("ask", "-", "--json").json["question"] == QUESTION


def test_a_follow_up_remembers_the_conversation_across_invocations(hopline: Hopline, home: Path) -> None:
    hopline("ask", QUESTION, "--conversation", "c1", "--json")
    followed = hopline("ask", "And where does she sit?", "--conversation", "c1", "--json").json
    alone = hopline("ask", "And where does she sit?", "--json").json
    assert followed["rewritten_question"] != alone["rewritten_question"]


def test_search_shows_the_chain_without_an_answer(hopline: Hopline, home: Path) -> None:
    report = hopline("search", QUESTION, "-k", "2", "--json").json
    assert set(report) == {"question", "results", "timings_ms"}
    assert {"passage_id", "source", "title", "text", "score", "hop", "via"} == set(report["results"][0])
    assert len(report["results"]) == 2
    assert "refunds.md" in hopline("search", QUESTION).out


def test_no_escape_sequence_of_a_document_reaches_the_output(hopline: Hopline, home: Path) -> None:
    for arguments in (
        ("search", "escape room"),
        ("ask", "When does the escape room open?"),
        ("search", "escape room", "--json"),
    ):
        outcome = hopline(*arguments)
        assert outcome.status == 0
        assert "\x1b" not in outcome.out
        assert "\x07" not in outcome.out


def test_groups_decide_what_is_read(hopline: Hopline, home: Path, tmp_path: Path) -> None:
    secret = write(tmp_path / "secret", {"bonus.md": "# Bonus\n\nThe bonus of a duty manager is 700 euros.\n"})
    assert hopline("ingest", str(secret), "--groups", "finance").status == 0
    question = "How high is the bonus of a duty manager?"

    def sources(*arguments: str) -> str:
        found = hopline("search", question, "--json", *arguments).json["results"]
        return " ".join(result["source"] for result in found)

    assert "bonus" not in sources()
    assert "bonus" in sources("--groups", "finance")
    assert sources("--groups", "finance", "--tenant", "other") == ""


def test_ingest_names_what_it_could_not_read_and_fails(hopline: Hopline, home_with_model: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "mixed", {"good.md": "# Good\n\nIt is readable.\n", "broken.pdf": "not a pdf"})
    outcome = hopline("ingest", str(folder))
    assert outcome.status == 1
    assert "broken.pdf" in outcome.out
    assert "1 added" in outcome.out
    again = hopline("ingest", str(folder), "--json")
    assert again.status == 1
    assert again.json["documents_unchanged"] == 1
    assert [source for source, _ in again.json["failures"]] == ["mixed/broken.pdf"]


def test_a_tilde_that_no_shell_expanded_is_the_home(
    hopline: Hopline, home_with_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write(tmp_path / "mine", {"good.md": "# Good\n\nIt is readable.\n"})
    assert hopline("ingest", "~/mine", "--json").json["documents_added"] == 1


def test_ingest_fails_for_what_is_named_and_holds_nothing(
    hopline: Hopline, home_with_model: Path, tmp_path: Path
) -> None:
    (tmp_path / "gone.md").symlink_to(tmp_path / "nowhere.md")
    (tmp_path / "rows.jsonl").touch()
    for _ in range(2):
        outcome = hopline("ingest", str(tmp_path / "gone.md"), str(tmp_path / "rows.jsonl"))
        assert outcome.status == 1
        assert "gone.md: is a symbolic link to nothing" in outcome.out
        assert "rows.jsonl: is empty" in outcome.out


def test_a_corpus_that_was_emptied_loses_its_rows_and_is_told_of(
    hopline: Hopline, home_with_model: Path, tmp_path: Path
) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"id": "1", "title": "T", "text": "One row."}\n', encoding="utf-8")
    assert hopline("ingest", str(rows)).status == 0
    rows.write_text("", encoding="utf-8")
    emptied = hopline("ingest", str(rows), "--json")
    assert (emptied.status, emptied.json["documents_removed"]) == (1, 1)
    assert emptied.json["failures"] == [["rows.jsonl", "is empty"]]
    assert hopline("search", "One row", "--json").status == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ask", "x", "--groups", "a,,b"), "empty group name"),
        (("ask", "x", "--groups", ""), "empty group name"),
        (("ask", "x", "--tenant", " "), "--tenant is empty"),
        (("ask", "\udcff"), "not UTF-8"),
        (("ingest", ""), "PATH '' is blank"),
        (("ingest", "docs", " "), "PATH ' ' is blank"),
        (("ingest", "a\udcff"), "PATH 'a\\udcff' is not UTF-8"),
        (("ingest", "~nobody-of-that-name/x"), "PATH '~nobody-of-that-name/x' names the home of an unknown user"),
        (("ask", ""), "The question is empty"),
        (("ask", " ?! "), "The question has no letters or digits"),
        (("ask", "😀😀"), "The question has no letters or digits"),
        (("ask", "-x"), "No such option: -x; put -- before a question that begins with a dash"),
        (
            ("ingest", "https://example.invalid/"),
            "https://example.invalid/ is an address, not a path; name it in the file that HOPL",
        ),
        (("search", ""), "The question is empty"),
        (("ask",), "Missing argument 'QUESTION'; see hopline ask --help"),
        (
            ("ask", "who", "approves"),
            "Got unexpected extra argument(s) (approves); put the question in quotation marks",
        ),
        (("doctor", "x"), "Got unexpected extra argument(s) (x); see hopline doctor --help"),
        (("search", "x", "-k", "0"), "-k"),
        (("erase",), "--source S or --user U"),
        (("erase", "--source", "a", "--user", "b"), "--source S or --user U"),
        (("nonsense",), "No such command 'nonsense'; see hopline --help"),
        (("ingets", "x"), "No such command 'ingets'. Did you mean 'ingest'?"),
        (("ask", "x", "--nonsense"), "--nonsense"),
    ],
)
def test_a_wrong_argument_is_one_sentence_and_status_2(hopline: Hopline, arguments: tuple[str, ...], said: str) -> None:
    outcome = hopline(*arguments)
    assert outcome.status == 2
    assert outcome.out == ""
    assert lines(outcome.err)[0].startswith("hopline: ")
    assert said in outcome.err
    assert len(lines(outcome.err)) == 1
    as_json = hopline(*arguments, "--json")
    assert as_json.status == 2
    assert as_json.err == ""
    assert said in as_json.json["error"]["message"]


def test_asking_an_empty_store_says_what_to_do(hopline: Hopline, home_with_model: Path) -> None:
    outcome = hopline("ask", QUESTION)
    assert outcome.status == 1
    assert f"run: hopline ingest PATH (HOPLINE_HOME is {home_with_model})" in lines(outcome.err)[-1]
    assert "Traceback" not in outcome.err


def test_asking_an_emptied_store_says_the_same(hopline: Hopline, home: Path) -> None:
    assert hopline("erase", "--source", "docs", "--yes").status == 0
    for command in ("ask", "search"):
        outcome = hopline(command, QUESTION)
        assert (outcome.status, outcome.out) == (1, "")
        assert "hopline ingest PATH" in outcome.err


def test_a_path_that_is_not_there_is_told_before_a_model_is_made_or_read(
    hopline: Hopline, clean_environment: Path
) -> None:
    outcome = hopline("ingest", "nowhere")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err == "hopline: nowhere: there is no such file or folder\n"
    assert not clean_environment.exists()


@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_tenant_without_readable_documents_is_told_of(hopline: Hopline, home: Path, command: str) -> None:
    said = "holds no document that a reader without --groups may read"
    assert f"tenant 'nope' {said}" in hopline(command, QUESTION, "--tenant", "nope").err
    assert said not in hopline(command, QUESTION).err


def test_debug_shows_the_traceback(hopline: Hopline, home_with_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOPLINE_LOG_LEVEL", "debug")
    outcome = hopline("ask", QUESTION, "--json")
    assert outcome.status == 1
    assert "Traceback" in outcome.err
    assert outcome.json["error"]["type"] == "StoreEmpty"
    assert outcome.json["status"] == "failed"


@pytest.mark.parametrize("fault", ["is a file", "is a link to nothing", "can't be made"])
@pytest.mark.parametrize(
    "arguments",
    [("ask", QUESTION), ("search", QUESTION), ("sources",), ("audit", "verify"), ("erase", "--user", "u"), ("chat",)],
)
def test_a_home_that_can_not_be_one_is_the_same_usage_error_everywhere(
    hopline: Hopline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str, arguments: tuple[str, ...]
) -> None:
    home = tmp_path / "place"
    if fault == "is a link to nothing":
        home.symlink_to(tmp_path / "nowhere")
    else:
        home.write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("HOPLINE_HOME", str(home / "below" if fault == "can't be made" else home))
    outcome = hopline(*arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith(f"hopline: HOPLINE_HOME: {tmp_path}/place")
    assert fault in outcome.err


def test_a_wrong_setting_is_a_usage_error(hopline: Hopline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOPLINE_MAX_HOP", "3")
    outcome = hopline("ask", QUESTION)
    assert outcome.status == 2
    assert "Did you mean HOPLINE_MAX_HOPS?" in outcome.err


def test_chat_answers_line_by_line_and_survives_a_bad_question(
    hopline: Hopline, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin(monkeypatch, f"{QUESTION}\n???\n/new\nWho is the duty manager?\n/quit\nnever read\n".encode())
    outcome = hopline("chat", "--json")
    replies = [json.loads(line) for line in lines(outcome.out)]
    assert outcome.status == 1
    assert [reply.get("question", reply.get("error", {}).get("type")) for reply in replies] == [
        QUESTION,
        "InvalidQuestion",
        "Who is the duty manager?",
    ]


def test_a_damaged_memory_costs_a_follow_up_and_no_answer(hopline: Hopline, home: Path) -> None:
    (home / "conversations.sqlite").write_bytes(b"not a database at all" * 500)
    answer = hopline("ask", QUESTION, "--conversation", "c1", "--json")
    assert (answer.status, answer.json["status"]) == (0, "answered")
    read, remembered = answer.json["notes"]
    assert "answered on its own" in read
    assert "will not be remembered" in remembered


def test_chat_ends_with_its_input(hopline: Hopline, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin(monkeypatch, b"Who is the duty manager?\n")
    outcome = hopline("chat")
    assert outcome.status == 0
    assert "Lotte Verbeek" in outcome.out


def test_ctrl_c_is_a_short_message_and_status_130(hopline: Hopline, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(io.StringIO):
        @property
        def buffer(self) -> io.BytesIO:
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdin", Interrupted())
    outcome = hopline("ask", "-")
    assert outcome.status == 130
    assert "stopped by Ctrl-C" in outcome.err


def test_graph_is_mermaid_text(hopline: Hopline) -> None:
    text = hopline("graph").out
    assert "rewrite -.-> retrieve" in text
    assert hopline("graph", "--json").json["mermaid"] == text.rstrip()


def test_doctor_names_each_part_and_what_to_do(hopline: Hopline, home: Path) -> None:
    outcome = hopline("doctor", "--json")
    assert outcome.status == 0
    found = {check["name"]: check["status"] for check in outcome.json["checks"]}
    assert set(found) == {
        "python",
        "home",
        "disk",
        "state files",
        "embedder",
        "store",
        "reranker",
        "verifier",
        "answer checker",
        "model",
        "conversations",
        "audit log",
    }
    assert found["store"] == "ok"
    assert os.fspath(home) in hopline("doctor").out


def test_slack_without_tokens_is_a_failed_check(hopline: Hopline) -> None:
    outcome = hopline("slack", "--check", "--json")
    assert outcome.status == 1
    assert {finding["name"] for finding in outcome.json["findings"]} >= {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"}


@pytest.mark.parametrize("columns", [40, 200])
def test_sources_are_a_block_each_where_a_table_has_no_room(
    hopline: Hopline, home: Path, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    told = lines(hopline("sources").out)
    if columns == 40:
        assert [line.split()[0] for line in told] == ["docs", "documents", "seen", "changed"]
        assert told[1] == "  documents 3, passages 3"
    else:
        assert told[0].split()[:3] == ["source", "documents", "passages"]
        assert told[1].split()[:3] == ["docs", "3", "3"]
    assert max(len(line) for line in told) <= columns
