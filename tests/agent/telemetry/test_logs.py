"""Log lines: whose question they belong to, their two forms, and what never stands in them."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from agent.telemetry.logs import JsonFormatter, TextFormatter, bind, bound
from tests.agent.telemetry.watched import BRIDGE, Watched
from tests.doubles import MemoryStore
from tools.passages import Hit, Reader

log = logging.getLogger("hopline.test")


class Lines(logging.Handler):
    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__()
        self.setFormatter(formatter)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def json_lines() -> Iterator[list[str]]:
    yield from _collected(JsonFormatter())


@pytest.fixture
def text_lines() -> Iterator[list[str]]:
    yield from _collected(TextFormatter())


def _collected(formatter: logging.Formatter) -> Iterator[list[str]]:
    handler = Lines(formatter)
    log.addHandler(handler)
    yield handler.lines
    log.removeHandler(handler)


class Talking(MemoryStore):
    def __init__(self, sound: MemoryStore) -> None:
        super().__init__()
        self.passages, self.vectors = sound.passages, sound.vectors

    async def search(self, query: str, vector: Any, reader: Reader, limit: int) -> list[Hit]:
        log.warning("the store was asked")
        return await super().search(query, vector, reader, limit)


async def test_whatever_is_logged_during_a_question_carries_its_run_id(watched: Watched, json_lines: list[str]) -> None:
    from tests.agent.assistants import memory

    answer = await (await watched.assistant(searcher=Talking(await memory()))).ask(BRIDGE)
    assert {json.loads(line)["run_id"] for line in json_lines} == {answer.run_id}


def test_a_json_line_has_its_fields_and_hides_secrets(json_lines: list[str]) -> None:
    with bound(run_id="r1"):
        try:
            raise ValueError('"ada@example.org" said\n-----BEGIN PRIVATE KEY----- abc')
        except ValueError:
            log.exception("for %s", "bob@example.org")
    log.warning("after")
    first, second = map(json.loads, json_lines)
    assert (first["level"], first["logger"], first["run_id"]) == ("error", "hopline.test", "r1")
    assert first["message"] == "for [masked]"
    assert "ValueError" in first["error"]
    assert "ada@" not in json_lines[0]
    assert "abc" not in first["error"]
    assert "\n" not in json_lines[0]
    assert "run_id" not in second
    assert first["time"].endswith("+00:00")


def test_a_text_line_ends_with_what_it_belongs_to(text_lines: list[str]) -> None:
    with bound(run_id="r1"):
        with bound(job="7"):
            log.warning("inside")
        log.warning("between")
    log.warning("outside")
    assert text_lines == [
        "WARNING hopline.test: inside [run_id=r1 job=7]",
        "WARNING hopline.test: between [run_id=r1]",
        "WARNING hopline.test: outside",
    ]


async def test_a_task_can_bind_for_itself_alone(text_lines: list[str]) -> None:
    import asyncio

    async def job(number: int) -> None:
        bind(job=str(number))
        await asyncio.sleep(0)
        log.warning("working")

    await asyncio.gather(*(asyncio.create_task(job(number)) for number in (1, 2)))
    log.warning("done")
    assert text_lines == [
        "WARNING hopline.test: working [job=1]",
        "WARNING hopline.test: working [job=2]",
        "WARNING hopline.test: done",
    ]
