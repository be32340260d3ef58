"""Opening an assistant: what is missing is named, and what was opened is closed again."""

import asyncio
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from agent import open_assistant
from agent.settings import load_settings
from agent.telemetry.conventions import PROVIDER, REQUEST_MODEL
from agent.telemetry.keeping import Traces
from agent.telemetry.traces import Step
from graph.progress import HopStarted
from tests.anthropic_server import AnthropicServer
from tests.openai_server import MODEL, OpenAIServer, Refuses
from tools.chat.calling import CalledModel
from tools.errors import InvalidSetting, StoreEmpty
from tools.passages import Reader


def settings_with(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


async def test_an_empty_home_says_what_to_do_before_a_model_is_made_or_read(clean_environment: Path) -> None:
    with pytest.raises(StoreEmpty, match="ingest"):
        async with open_assistant():
            raise AssertionError("nothing was ingested")
    assert not clean_environment.exists()


@pytest.mark.parametrize(
    ("variable", "beside"),
    [
        ("HOPLINE_RERANKER_FOLDER", {}),
        ("HOPLINE_MILVUS_TLS_CA", {"HOPLINE_MILVUS_URI": "https://127.0.0.1:9"}),
        ("HOPLINE_CALIBRATION_FILE", {}),
    ],
)
async def test_a_file_or_folder_that_is_not_there_is_told_with_its_setting(
    monkeypatch: pytest.MonkeyPatch, home: Path, variable: str, beside: dict[str, str]
) -> None:
    settings_with(monkeypatch, **{variable: "/nowhere"}, **beside)
    with pytest.raises(InvalidSetting, match=f"{variable}: .*/nowhere"):
        async with open_assistant():
            raise AssertionError("it is not there")


async def test_a_calibration_that_is_none_is_told_with_its_setting(
    monkeypatch: pytest.MonkeyPatch, home: Path, tmp_path: Path
) -> None:
    await asyncio.to_thread((tmp_path / "fit.json").write_text, '{"coeff')
    settings_with(monkeypatch, HOPLINE_CALIBRATION_FILE=str(tmp_path / "fit.json"))
    with pytest.raises(InvalidSetting, match=r"HOPLINE_CALIBRATION_FILE: .*fit\.json is not a calibration"):
        async with open_assistant():
            raise AssertionError("it is none")


async def test_a_model_without_a_key_is_refused_before_anything_is_opened(
    monkeypatch: pytest.MonkeyPatch, clean_environment: Path
) -> None:
    settings_with(monkeypatch, HOPLINE_MODEL="any-model")
    with pytest.raises(InvalidSetting, match="OPENAI_API_KEY"):
        async with open_assistant(create=True):
            raise AssertionError("there is no key")
    assert not clean_environment.exists()


def test_an_unknown_setting_is_named_with_the_nearest_one(monkeypatch: pytest.MonkeyPatch) -> None:
    settings_with(monkeypatch, HOPLINE_MAX_HOP="3")
    with pytest.raises(InvalidSetting, match="Did you mean HOPLINE_MAX_HOPS"):
        load_settings()


async def test_the_model_s_connections_are_closed_with_the_assistant(
    monkeypatch: pytest.MonkeyPatch, home: Path, openai_server: OpenAIServer
) -> None:
    settings_with(monkeypatch, HOPLINE_MODEL=MODEL, OPENAI_API_KEY="right", OPENAI_BASE_URL=openai_server.url)
    port = int(openai_server.url.rsplit(":", 1)[1].split("/")[0])
    openai_server.handler = lambda request: "The duty manager [1]."
    async with open_assistant() as assistant:
        answer = await assistant.ask("Who approves a refund above 500 euros?")
        assert answer.mode == "model"
        assert _connections_to(port) > 0
    assert _connections_to(port) == 0


async def test_quotations_stand_ready_for_what_a_model_can_not_answer(
    monkeypatch: pytest.MonkeyPatch, home: Path, openai_server: OpenAIServer
) -> None:
    settings_with(monkeypatch, HOPLINE_MODEL=MODEL, OPENAI_API_KEY="right", OPENAI_BASE_URL=openai_server.url)
    settings_with(monkeypatch, HOPLINE_MIN_CONFIDENCE="0")
    openai_server.handler = lambda request: "NOT FOUND: who approves it"
    async with open_assistant() as assistant:
        answer = await assistant.ask("Who approves a refund above 500 euros?")
    assert (answer.status, answer.mode) == ("answered", "extractive")
    assert any("the model's own was too uncertain" in note for note in answer.notes)


async def test_whoever_is_erased_while_a_question_is_under_way_is_kept_nowhere(
    monkeypatch: pytest.MonkeyPatch, home: Path, openai_server: OpenAIServer
) -> None:
    settings_with(monkeypatch, HOPLINE_MODEL=MODEL, OPENAI_API_KEY="right", OPENAI_BASE_URL=openai_server.url)
    settings_with(monkeypatch, HOPLINE_AUDIT="on", HOPLINE_USER_TOKENS_PER_DAY="100000")
    openai_server.handler = lambda request: "The duty manager [1]."
    async with open_assistant() as assistant:
        for user, places in (("zora", set()), ("noor", {"entries of the cost ledger", "cached answers"})):
            question = f"Who approves a refund above 500 euros, asks {user}?"
            async for event in assistant.stream(question, reader=Reader(user=user), conversation="c"):
                if isinstance(event, HopStarted) and event.n == 1:
                    await assistant.erase_user("zora")
            held = {entry["place"] async for entry in assistant.export_user(user)}
            assert held >= places if places else not held


async def test_telemetry_names_the_model_that_was_asked_and_its_provider(
    monkeypatch: pytest.MonkeyPatch, home: Path, openai_server: OpenAIServer, anthropic_server: AnthropicServer
) -> None:
    settings_with(monkeypatch, HOPLINE_MODEL="anthropic:claude-x", HOPLINE_SECOND_MODEL=MODEL, OPENAI_API_KEY="right")
    settings_with(monkeypatch, ANTHROPIC_API_KEY="right", ANTHROPIC_BASE_URL=anthropic_server.url)
    settings_with(monkeypatch, OPENAI_BASE_URL=openai_server.url, HOPLINE_MODEL_ATTEMPTS="1")
    anthropic_server.handler = lambda request: Refuses(503)
    openai_server.handler = lambda request: "The duty manager [1]."
    async with open_assistant() as assistant:
        calls = assistant.telemetry.metrics.model_calls
        before = {name: calls.labels(name)._value.get() for name in ("claude-x", MODEL)}
        answer = await assistant.ask("Who approves a refund above 500 euros?")
        after = {name: calls.labels(name)._value.get() for name in ("claude-x", MODEL)}
        traces = assistant.telemetry._keeper
        assert isinstance(traces, Traces)
        await traces.written()
        trace = await traces.find(answer.run_id)
    assert answer.usage.model_calls > 0
    assert (after["claude-x"] - before["claude-x"], after[MODEL] - before[MODEL]) == (0, answer.usage.model_calls)
    assert trace is not None
    told = {(step.facts[REQUEST_MODEL], step.facts[PROVIDER]) for step in _models(trace.steps)}
    assert told == {("claude-x", "anthropic"), (MODEL, "openai")}


def _models(steps: Sequence[Step]) -> list[Step]:
    return [found for step in steps for found in ([step] if step.kind == "model" else []) + _models(step.steps)]


def _connections_to(port: int) -> int:
    """This process's established client connections to a local port, as Linux lists them."""
    if not Path("/proc/self/net/tcp").exists():
        pytest.skip("counts connections in /proc")
    own = {
        link.split("[")[1].rstrip("]")
        for entry in Path("/proc/self/fd").iterdir()
        if (link := _target(entry)).startswith("socket:[")
    }
    rows = [line.split() for line in Path("/proc/self/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    remote = f"{int.from_bytes(socket.inet_aton('127.0.0.1'), 'little'):08X}:{port:04X}"
    return sum(row[2] == remote and row[3] == "01" and row[9] in own for row in rows)


def _target(entry: Path) -> str:
    try:
        return str(entry.readlink())
    except OSError:
        return ""


async def test_the_vendor_s_library_is_imported_before_the_first_question(
    monkeypatch: pytest.MonkeyPatch, home: Path, openai_server: OpenAIServer
) -> None:
    settings_with(monkeypatch, HOPLINE_MODEL=MODEL, OPENAI_API_KEY="right", OPENAI_BASE_URL=openai_server.url)
    connected = list[bool]()

    async def connect(model: CalledModel) -> None:
        await model._connected()
        connected.append(model._connection is not None)

    monkeypatch.setattr(CalledModel, "connect", connect)
    async with open_assistant():
        assert connected == [True]
        assert openai_server.requests == [], "nothing is asked of the endpoint"
