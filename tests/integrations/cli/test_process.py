"""The command as a process of its own: start-up time, pipes, signals."""

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from tests.documents import ROOT

HOPLINE = Path(sys.executable).with_name("hopline")
HELP_SECONDS = 1.0


def test_help_starts_within_a_second() -> None:
    """The best of three, in processor time: what else runs on the machine is not the command's fault."""
    assert min(processor_seconds(HOPLINE, "--help") for _ in range(3)) < HELP_SECONDS


def processor_seconds(*command: str | Path) -> float:
    before = os.times()
    subprocess.run(command, capture_output=True, check=True)
    after = os.times()
    return after.children_user - before.children_user + after.children_system - before.children_system


def test_a_shell_completes_commands(clean_environment: Path) -> None:
    asked = {"_HOPLINE_COMPLETE": "complete_bash", "COMP_WORDS": "hopline do", "COMP_CWORD": "1"}
    completed = subprocess.run([HOPLINE], env={**os.environ, **asked}, capture_output=True, text=True, check=True)
    assert (completed.stdout.split(), completed.stderr) == (["doctor"], "")


def test_a_reader_who_leaves_is_no_error() -> None:
    with subprocess.Popen([HOPLINE, "graph"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode in (1, 141)


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("sources >&-", 0),
        ("sources >&- 2>&-", 0),
        ("sources --json 2>&-", 0),
        ("ask - <&-", 2),
        ("chat <&-", 0),
        ("sources --json >/dev/full", 1),
        ("sources --nonsense --json >/dev/full", 1),
        ("sources --nonsense 2>/dev/full", 1),
    ],
)
def test_a_stream_that_is_closed_or_full_is_no_crash(home: Path, command: str, status: int) -> None:
    ended = subprocess.run(f"{HOPLINE} {command}", shell=True, capture_output=True, text=True, check=False)
    assert (ended.returncode, "unexpected" in ended.stderr, "Traceback" in ended.stderr) == (status, False, False)
    if status == 1 and "2>" not in command:
        assert "standard output can't be written (No space left on device)" in ended.stderr


def test_an_answer_goes_out_whole_in_an_encoding_that_lacks_its_letters(home: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    ended = subprocess.run(
        [HOPLINE, "ask", "Who is the duty manager?"], capture_output=True, env=environment, check=True
    )
    assert b"Lotte Verbeek" in ended.stdout
    assert b"extractive" in ended.stdout.splitlines()[-1]


def signals_as_usual() -> None:
    """Who runs the tests in the background may have them ignored, and a child inherits that."""
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.SIG_DFL)


INTERRUPTED_IMPORT = """
import signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            signal.raise_signal(signal.{})
sys.meta_path.insert(0, Finder())
from integrations.cli.main import main
main()
"""


@pytest.mark.parametrize(("sent", "status", "name"), [("SIGINT", 130, "Ctrl-C"), ("SIGTERM", 143, "SIGTERM")])
def test_a_signal_while_the_command_is_imported_is_one_line(sent: str, status: int, name: str) -> None:
    program = [sys.executable, "-c", INTERRUPTED_IMPORT.format(sent), "sources"]
    run = partial(subprocess.run, capture_output=True, text=True, check=False, cwd=ROOT, preexec_fn=signals_as_usual)
    ended = run(program)
    assert (ended.returncode, ended.stdout) == (status, "")
    assert ended.stderr == f"hopline: stopped by {name}; what was already stored is complete\n"
    as_json = run([*program, "--json"])
    assert json.loads(as_json.stdout)["error"] == {"type": "Interrupted", "message": f"stopped by {name}"}


def test_sigterm_ends_a_chat_with_a_word(home: Path) -> None:
    with subprocess.Popen(
        [HOPLINE, "chat"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=signals_as_usual
    ) as process:
        assert process.stderr is not None
        while b"conversation" not in process.stderr.readline():
            assert process.poll() is None
        process.terminate()
        assert b"stopped by SIGTERM" in process.stderr.read()
    assert process.returncode == 143


@pytest.mark.slow
def test_ctrl_c_during_ingestion_leaves_a_store_that_the_next_run_completes(
    home_with_model: Path, tmp_path: Path
) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    for number in range(300):
        text = f"# Page {number}\n\n" + f"Sentence about subject {number}. " * 60
        (documents / f"{number}.md").write_text(text, encoding="utf-8")
    with subprocess.Popen(
        [HOPLINE, "ingest", documents], stderr=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=signals_as_usual
    ) as process:
        deadline = time.monotonic() + 60
        while not (home_with_model / "milvus.db").exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"stopped by Ctrl-C" in said
    assert b"Traceback" not in said
    for number in range(5, 300):
        (documents / f"{number}.md").unlink()
    after = subprocess.run([HOPLINE, "ingest", documents], capture_output=True, text=True, check=True)
    assert "not read" not in after.stdout
    found = subprocess.run([HOPLINE, "search", "subject 3", "--json"], capture_output=True, text=True, check=True)
    assert "3.md" in found.stdout
