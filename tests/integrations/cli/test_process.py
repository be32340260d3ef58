"""The command as a process of its own: start-up time, pipes, signals."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

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


def test_a_reader_who_leaves_is_no_error() -> None:
    with subprocess.Popen([HOPLINE, "graph"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode in (1, 141)


@pytest.mark.slow
def test_ctrl_c_during_ingestion_leaves_a_store_that_the_next_run_completes(
    home_with_model: Path, tmp_path: Path
) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    for number in range(300):
        text = f"# Page {number}\n\n" + f"Sentence about subject {number}. " * 60
        (documents / f"{number}.md").write_text(text, encoding="utf-8")
    with subprocess.Popen([HOPLINE, "ingest", documents], stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
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
