"""The doctor: each thing that can be wrong is a check that fails and says what to do."""

import asyncio
import shutil
import sqlite3
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from agent import doctor
from agent.audit.log import open_audit_log
from agent.doctor import Check, examine
from agent.settings import load_settings
from tests.anthropic_server import AnthropicServer
from tests.openai_server import MODEL, OpenAIServer, Refuses, Says, openai_server

__all__ = ["openai_server"]


async def checks(**overrides: object) -> dict[str, Check]:
    settings = await asyncio.to_thread(load_settings, **overrides)
    return {check.name: check for check in await examine(settings)}


async def test_an_empty_home_is_a_warning_with_the_next_command(home_with_model: Path) -> None:
    found = await checks()
    assert found["store"].status == "warn"
    assert "hopline ingest" in found["store"].advice
    assert found["embedder"].status == "ok"
    assert not [check for check in found.values() if check.status == "fail"]


async def test_a_home_that_cannot_be_made_is_named_and_nothing_else_is_tried(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    found = await checks(home=tmp_path / "file" / "home")
    assert found["home"].status == "fail"
    assert f"HOPLINE_HOME: {tmp_path}/file/home can't be made: {tmp_path}/file is not a folder" in found["home"].found
    assert "below a folder" in found["home"].advice
    assert set(found) == {"python", "home"}


async def test_a_missing_embedding_model_fails_and_the_store_is_left_alone(home_with_model: Path) -> None:
    found = await checks(embedder="./no-such-model")
    assert found["embedder"].status == "fail"
    assert "no-such-model" in found["embedder"].found
    assert found["store"].status == "warn"


async def test_a_store_that_does_not_answer_fails_and_names_the_server(home_with_model: Path) -> None:
    found = await checks(milvus_uri="http://127.0.0.1:9", milvus_timeout_seconds=0.5)
    assert found["store"].status == "fail"
    assert "127.0.0.1:9" in found["store"].found


async def test_a_model_without_a_key_fails_and_names_the_variable(home_with_model: Path) -> None:
    found = await checks(model="some-model")
    assert found["model"].status == "fail"
    assert "OPENAI_API_KEY" in found["model"].found


async def test_the_model_is_asked_over_its_socket(home_with_model: Path, openai_server: OpenAIServer) -> None:
    of_server = {"model": MODEL, "openai_api_key": "k", "openai_base_url": openai_server.url, "model_attempts": 1}
    openai_server.script += [Says("yes"), Refuses(401, "wrong key")]
    first, second = (await checks(**of_server))["model"], (await checks(**of_server))["model"]
    assert (first.status, second.status) == ("ok", "fail")
    assert MODEL in first.found


async def test_every_model_that_is_named_is_asked_wherever_it_is(
    home_with_model: Path, openai_server: OpenAIServer, anthropic_server: AnthropicServer
) -> None:
    named = {"model": "anthropic:claude-test", "small_model": "small", "second_model": "spare", "model_attempts": 1}
    keys = {"anthropic_api_key": "k", "openai_api_key": "k"}
    urls = {"anthropic_base_url": anthropic_server.url, "openai_base_url": openai_server.url}
    openai_server.script += [Says("yes"), Refuses(503)]
    found = await checks(**named, **keys, **urls)
    assert [found[name].status for name in ("model", "small model", "second model")] == ["ok", "ok", "fail"]
    assert f"claude-test at {urlsplit(anthropic_server.url).netloc} answers" in found["model"].found
    assert [chat.body["model"] for chat in openai_server.chats] == ["small", "spare"]
    assert (found["prices"].status, found["prices"].found) == (
        "warn",
        "unknown for anthropic:claude-test, small, spare",
    )
    assert "HOPLINE_PRICES_FILE" in found["prices"].advice


async def test_a_budget_in_money_without_a_price_fails_before_a_question_does(
    home_with_model: Path, openai_server: OpenAIServer
) -> None:
    of_server = {"model": MODEL, "openai_api_key": "k", "openai_base_url": openai_server.url}
    found = (await checks(**of_server, total_usd_per_day=5))["prices"]
    assert found.status == "fail"
    assert f"HOPLINE_TOTAL_USD_PER_DAY is set, but the price of {MODEL} is not known" in found.found
    priced = await checks(**of_server, total_usd_per_day=5, model_input_usd_per_million=0)
    assert (priced["prices"].status, priced["prices"].found) == ("ok", f"known for {MODEL}")


async def test_a_database_that_does_not_answer_fails_without_showing_its_password(home_with_model: Path) -> None:
    found = await checks(database_url="postgresql://me:hidden@127.0.0.1:9/hopline")
    assert found["conversations"].status == "fail"
    assert "hidden" not in found["conversations"].found


STATE = ("catalogue-hopline-0.sqlite", "traces.sqlite", "generations.sqlite", "costs.sqlite", "cache/embeddings.sqlite")


@pytest.mark.parametrize("name", STATE)
async def test_a_state_file_that_can_not_be_read_fails_by_its_name(home_with_model: Path, name: str) -> None:
    path = home_with_model / name

    def whole(text: str) -> None:
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE kept (told TEXT)")
            connection.executemany("INSERT INTO kept VALUES (?)", [(text * 100,)] * 1_000)
        connection.close()

    def cut() -> None:
        path.write_bytes(path.read_bytes()[:5000])

    def garbage() -> None:
        path.write_bytes(b"not a database at all" * 500)

    def folder() -> None:
        path.unlink()
        path.mkdir()

    await asyncio.to_thread(whole, "something")
    assert await asyncio.to_thread(lambda: doctor._state_files(home_with_model).status) == "ok"
    for damage in (cut, garbage, folder):
        await asyncio.to_thread(damage)
        found = await asyncio.to_thread(doctor._state_files, home_with_model)
        assert (found.status, name in found.found) == ("fail", True)
        assert "move it away" in found.advice


async def test_a_damaged_key_of_the_audit_log_fails_before_anything_is_recorded(home_with_model: Path) -> None:
    await asyncio.to_thread((home_with_model / "audit.key").write_bytes, b"\xff\xfe")
    found = (await checks())["audit log"]
    assert (found.status, "audit.key" in found.found) == ("fail", True)


async def test_an_audit_log_that_is_not_the_one_last_seen_fails(home_with_model: Path) -> None:
    log = await asyncio.to_thread(open_audit_log, home_with_model, None, None)
    await log.append("question", {"user": "ada"})
    await log.close()
    assert (await checks())["audit log"].status == "ok"
    await asyncio.to_thread((home_with_model / "audit.sqlite").unlink)
    found = (await checks())["audit log"]
    assert found.status == "fail"
    assert "audit-head.json" in found.found


async def test_a_check_that_hangs_is_a_failed_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "CHECK_SECONDS", 0.05)

    async def hangs() -> Check:
        await asyncio.sleep(30)
        raise AssertionError("not reached")

    found = await doctor._guarded("slow", hangs)
    assert (found.name, found.status) == ("slow", "fail")


def test_little_room_on_the_disk_is_a_warning_and_none_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = shutil.disk_usage(tmp_path).free
    monkeypatch.setattr(doctor, "COMFORTABLE_FREE_BYTES", free * 2)
    assert doctor._disk(tmp_path).status == "warn"
    monkeypatch.setattr(doctor, "LEAST_FREE_BYTES", free * 2)
    assert doctor._disk(tmp_path).status == "fail"


async def test_the_verifier_in_use_is_named(home_with_model: Path) -> None:
    found = await checks()
    assert found["verifier"].status == "ok"
    assert found["verifier"].found.startswith("builtin-")
    assert (await checks(verifier="lexical"))["verifier"].found.startswith("lexical-")


async def test_the_answer_checker_is_tried(home_with_model: Path) -> None:
    found = (await checks())["answer checker"]
    assert found.status == "ok"
    assert found.found.startswith("builtin-")


async def test_a_verifier_that_is_not_there_fails_and_names_the_variable(home_with_model: Path) -> None:
    found = (await checks(verifier="./no-such-verifier"))["verifier"]
    assert found.status == "fail"
    assert "HOPLINE_VERIFIER" in found.found
