"""Liveness, readiness and metrics over a real socket."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiohttp
import pytest

from agent.assistant import Assistant
from agent.readiness import Part, Readiness
from agent.serving.admission import Admission
from integrations.health import serving_health
from tests.agent.telemetry.watched import BRIDGE, Watched
from tools.errors import InvalidSetting, MemoryUnavailable, SearchUnavailable


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    opened = await Watched.opened(tmp_path)
    yield opened
    await opened.close()


async def get(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.text()


async def counts() -> Mapping[str, int]:
    return {"waiting": 3, "dead": 1}


class Ailing:
    """Parts of a worker, some of which can be broken."""

    def __init__(self) -> None:
        self.problem: Exception | None = None
        self.asked = 0

    async def store(self) -> int:
        self.asked += 1
        if self.problem:
            raise self.problem
        return 1


async def assistant_with(watched: Watched, readiness: Readiness | None = None) -> Assistant:
    assistant = await watched.assistant(metrics_port=0)
    assistant.readiness = readiness or assistant.readiness
    return assistant


async def test_a_worker_is_alive_ready_and_measured(watched: Watched) -> None:
    ailing = Ailing()
    assistant = await assistant_with(watched, Readiness({"store": ailing.store}, watched.metrics))
    async with serving_health(assistant, queue=counts) as url:
        await assistant.ask(BRIDGE)
        assert await get(f"{url}/healthz") == (200, '{"alive": true}')
        status, body = await get(f"{url}/readyz")
        assert (status, body) == (200, '{"ready": true, "parts": {"store": "ok", "queue": "ok"}}')
        status, text = await get(f"{url}/metrics")
    assert status == 200
    assert 'hopline_questions_total{mode="extractive",status="answered"} 1.0' in text
    assert 'hopline_queue_jobs{state="waiting"} 3.0' in text
    assert 'hopline_queue_jobs{state="working"} 0.0' in text
    assert 'hopline_ready{part="store"} 1.0' in text


async def test_what_does_not_answer_is_named_while_the_process_lives(watched: Watched) -> None:
    ailing = Ailing()
    ailing.problem = SearchUnavailable("http://user:secret@milvus:19530 did not answer")
    assistant = await assistant_with(watched, Readiness({"store": ailing.store}, watched.metrics))
    async with serving_health(assistant) as url:
        assert (await get(f"{url}/healthz"))[0] == 200
        status, body = await get(f"{url}/readyz")
        assert status == 503
        assert '"store": "http://[masked]@milvus:19530 did not answer"' in body
        assert 'hopline_ready{part="store"} 0.0' in (await get(f"{url}/metrics"))[1]


async def test_parts_are_asked_once_a_second_however_many_look(watched: Watched) -> None:
    ailing, now = Ailing(), [0.0]
    readiness = Readiness({"store": ailing.store}, watched.metrics, clock=lambda: now[0])
    await asyncio.gather(*(readiness.parts() for _ in range(50)))
    now[0] = 0.9
    await readiness.parts()
    assert ailing.asked == 1
    now[0], ailing.problem = 1.0, SearchUnavailable("gone")
    assert await readiness.parts() == (Part("store", "gone"),)
    assert ailing.asked == 2


async def test_an_open_assistant_asks_its_real_parts(home: Path) -> None:
    from agent import open_assistant

    async with open_assistant() as assistant:
        assert await assistant.readiness.parts() == (Part("store"), Part("embedder"), Part("database"), Part("closing"))


async def test_a_queue_that_can_not_be_counted_shows_no_number(watched: Watched) -> None:
    async def broken() -> Mapping[str, int]:
        raise MemoryUnavailable("gone")

    watched.metrics.queue.labels("waiting").set(7)
    async with serving_health(await assistant_with(watched), queue=broken) as url:
        text = (await get(f"{url}/metrics"))[1]
        assert "hopline_queue_jobs{" not in text
        assert 'hopline_telemetry_errors_total{part="queue"} 1.0' in text
        assert (await get(f"{url}/readyz"))[0] == 503


async def test_a_taken_port_is_an_error_that_names_the_setting(watched: Watched) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assistant = await watched.assistant(metrics_port=taken.getsockname()[1])
        with pytest.raises(
            InvalidSetting, match=r"HOPLINE_METRICS_PORT: can't listen on .* \(address already in use\)\. Free"
        ):
            async with serving_health(assistant):
                raise AssertionError("it listens")


async def test_without_a_port_nothing_listens(watched: Watched) -> None:
    async with serving_health(await watched.assistant()) as url:
        assert url == ""


async def test_a_check_that_raises_what_nobody_expected_is_a_part_that_is_not_ready(watched: Watched) -> None:
    async def broken() -> None:
        raise AttributeError("'NoneType' object has no attribute 'run'")

    parts = await Readiness({"store": broken}, watched.metrics).parts()
    assert parts == (Part("store", "AttributeError: 'NoneType' object has no attribute 'run'"),)


async def test_a_process_that_is_closing_is_not_ready(watched: Watched) -> None:
    admission = Admission(at_once=1, waiting=1)
    readiness = Readiness({"closing": admission.check_open}, watched.metrics)
    await admission.drained(0)
    (part,) = await readiness.parts()
    assert part.name == "closing"
    assert "shutting down" in part.problem
