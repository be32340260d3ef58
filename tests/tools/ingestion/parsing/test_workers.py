"""One hostile file costs itself only: parsers run in processes of their own, under limits."""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.tools.ingestion.formats import files
from tools.errors import UnreadableSource
from tools.ingestion.documents import Limits, UnclearRights
from tools.ingestion.parsing.tasks import FileTask, ParserInProcess
from tools.ingestion.parsing.workers import ParserWorkers

TASK = FileTask(b"# Rules\n\nBe kind.", "rules.md", ("people",), "acme", 900, Limits())


class Doing:
    """Stands for bytes that take their parser over: the worker calls the function as it takes the task up."""

    def __init__(self, call: Callable[..., Any], *arguments: object) -> None:
        self._call = (call, arguments)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[object, ...]]:
        return self._call


def doing(call: Callable[..., Any], *arguments: object) -> FileTask:
    return replace(TASK, data=Doing(call, *arguments), source="hostile.md")  # type: ignore[arg-type]


@pytest.fixture
def workers() -> Iterator[ParserWorkers]:
    pool = ParserWorkers(workers=1, seconds=20, memory_mb=512)
    yield pool
    pool.close()


def test_a_worker_makes_the_same_passages_as_this_process(workers: ParserWorkers) -> None:
    for name, data in (("a/leave.md", files.MARKDOWN), ("b.html", files.HTML), ("c.pdf", files.pdf())):
        task = replace(TASK, data=data, source=name, chunk_characters=200)
        assert workers.submit(task).result() == ParserInProcess().submit(task).result()


def test_a_refusal_keeps_its_kind_and_its_reason(workers: ParserWorkers) -> None:
    with pytest.raises(UnreadableSource, match=r"a\.md: is a binary file"):
        workers.submit(replace(TASK, data=b"\0", source="a.md")).result()
    with pytest.raises(UnclearRights, match="front matter"):
        workers.submit(replace(TASK, data=b"---\ngroups: [a\n---\nText", source="b.md")).result()


def test_a_crash_costs_the_file_that_caused_it_and_no_other(workers: ParserWorkers) -> None:
    before, crash, after = (workers.submit(task) for task in (TASK, doing(os.abort), TASK))
    with pytest.raises(UnreadableSource, match=r"hostile.md: can't be read: its parser crashed .SIGABRT."):
        crash.result()
    assert before.result() == after.result() != ()


def test_a_file_that_takes_too_long_is_ended_and_the_next_one_is_read() -> None:
    pool = ParserWorkers(workers=1, seconds=1)
    try:
        started = time.monotonic()
        with pytest.raises(UnreadableSource, match="takes more than 1 s"):
            pool.submit(doing(time.sleep, 60)).result()
        assert time.monotonic() - started < 10
        assert pool.submit(TASK).result()
    finally:
        pool.close()


def test_memory_is_bounded_and_the_process_that_ran_out_of_it_is_replaced(workers: ParserWorkers) -> None:
    with pytest.raises(UnreadableSource, match="memory"):
        workers.submit(doing(bytearray, 2_000_000_000)).result()
    assert workers.submit(TASK).result()


def test_a_worker_can_write_no_file_and_sees_no_secret(
    workers: ParserWorkers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    with pytest.raises(UnreadableSource, match="File too large"):
        workers.submit(doing(Path.write_text, tmp_path / "out.txt", "text")).result()
    assert not (tmp_path / "out.txt").exists() or not (tmp_path / "out.txt").read_text()
    with pytest.raises(UnreadableSource, match="KeyError"):
        workers.submit(doing(eval, "__import__('os').environ['OPENAI_API_KEY'].encode()")).result()


@pytest.mark.parametrize("after", [0.0, 0.03, 0.3])
def test_closing_ends_the_workers_even_in_the_middle_of_a_file_or_before_they_have_started(after: float) -> None:
    pool = ParserWorkers(workers=1, seconds=60)
    pending = pool.submit(doing(time.sleep, 60))
    time.sleep(after)
    started = time.monotonic()
    pool.close()
    assert time.monotonic() - started < 5
    with pytest.raises((UnreadableSource, CancelledError)):  # the latter where no thread had taken it yet
        pending.result()
