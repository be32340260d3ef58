"""What the operator's commands print and do, through the command line itself."""

import asyncio
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from agent.settings import Settings, load_settings
from integrations.cli.main import run
from integrations.slack.operations import holders_of, is_in_use
from integrations.slack.storage.database import open_database
from integrations.slack.storage.feedback import Feedback
from integrations.slack.storage.queue import Queue
from tests.integrations.slack.doors import until_acknowledged
from tests.integrations.slack.doubles import ANSWER, direct_message
from tests.integrations.slack.local_slack import APP_TOKEN, BOT_TOKEN, LocalSlack
from tests.integrations.slack.test_queue import ASKED


@pytest.fixture
def kept(clean_environment: Path) -> Path:
    """A home with one dead letter and one answer that somebody found helpful."""

    async def keep() -> None:
        database = open_database(clean_environment, None)
        queue = Queue(database)
        await queue.accept(replace(ASKED, text="a \x1b[31mpoison\x1b[0m?"))
        (letter,) = await queue.lease("w", 1, 30.0)
        await queue.end(letter.id, "w", 0, "dead", "ModelRefused: no such model")
        await queue.accept(replace(ASKED, ts="2.0", thread="2.0", event_id="E2"))
        (job,) = await queue.lease("w", 1, 30.0)
        await queue.store_answer(job.id, "w", 0, ANSWER)
        await queue.end(job.id, "w", 0, "done")
        await Feedback(database).label(job.id, "slack:T1:U2", "helpful")
        await database.close()

    asyncio.run(keep())
    return clean_environment


def test_dead_letters_are_shown_and_retried(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["slack", "--dead-letters"]) == 0
    shown = capsys.readouterr().out
    assert "a poison?" in shown
    assert "ModelRefused: no such model" in shown
    assert "\x1b" not in shown
    assert run(["slack", "--dead-letters", "--json"]) == 0
    (letter,) = json.loads(capsys.readouterr().out)["dead_letters"]
    assert (letter["channel"], letter["asker"]) == ("C1", "slack:T1:U1")
    assert run(["slack", "--retry", str(letter["id"]), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"retried": 1}
    assert run(["slack", "--retry", str(letter["id"])]) == 1
    assert f"there is no dead letter {letter['id']}" in capsys.readouterr().err
    assert run(["slack", "--retry", "all"]) == 0


def test_feedback_is_exported(kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["slack", "--export-feedback", str(tmp_path / "cases.jsonl"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["cases"] == 1
    assert json.loads((tmp_path / "cases.jsonl").read_text())["label"] == "helpful"


@pytest.mark.parametrize("arguments", [["--retry", "x"], ["--check", "--dead-letters"], ["--retry", "-1"]])
def test_what_can_not_be_meant_is_a_usage_error(arguments: list[str]) -> None:
    assert run(["slack", *arguments]) == 2


def test_a_person_is_forgotten_and_a_home_without_slack_is_left_alone(kept: Path, tmp_path: Path) -> None:
    async def erased(home: Path) -> list[int]:
        async with holders_of(load_settings(home=home)) as places:
            return [await place.erase_user("slack:T1:U1") for place in places]

    assert is_in_use(load_settings())
    assert asyncio.run(erased(kept)) == [2, 1]
    assert asyncio.run(erased(tmp_path / "elsewhere")) == []
    assert not is_in_use(load_settings(home=tmp_path / "elsewhere"))


@pytest.mark.parametrize(("client", "tenant"), [(None, "default"), ("1.2", "acme")], ids=["one token", "OAuth"])
async def test_the_workspaces_tenants_are_those_that_the_app_has(
    clean_environment: Path, client: str | None, tenant: str
) -> None:
    named = Settings.model_validate(
        {"home": clean_environment, "slack_workspaces": "T1=acme", "SLACK_CLIENT_ID": client}
    )
    database = open_database(clean_environment, None)
    queue = Queue(database)
    await queue.accept(ASKED)
    (job,) = await queue.lease("w", 1, 30.0)
    await queue.store_answer(job.id, "w", 0, ANSWER)
    await queue.end(job.id, "w", 0, "done")
    await database.close()
    async with holders_of(named) as (questions, _):
        assert await questions.erase_source("handbook/refunds.md", tenant) == 1


def test_erase_says_what_it_took_from_slack(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def keep() -> None:
        database = open_database(home, None)
        await Queue(database).accept(ASKED)
        await database.close()

    asyncio.run(keep())
    capsys.readouterr()
    assert run(["erase", "--user", "slack:T1:U1", "--json"]) == 0
    receipt = json.loads(capsys.readouterr().out)
    assert {place["name"]: place["entries"] for place in receipt["places"]}["questions in Slack's queue"] == 1


@pytest.mark.timeout(120)
async def test_the_command_itself_answers_a_direct_message_from_ingested_documents(
    slack: LocalSlack, home: Path, tmp_path: Path
) -> None:
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    environment |= {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_API_URL": slack.url,
        "HOPLINE_HOME": str(home),
    }
    hopline = Path(sys.executable).with_name("hopline")
    running = await asyncio.create_subprocess_exec(hopline, "slack", env=environment, cwd=tmp_path)
    try:
        await until_acknowledged(slack, direct_message("Who approves a refund above 500 euros?"), seconds=60)
        await slack.when(lambda: any("*[1]*" in m.shown for m in slack.there.messages.values()), 30.0)
        running.terminate()
        assert await asyncio.wait_for(running.wait(), 30) == 0
    finally:
        if running.returncode is None:
            running.kill()
    (answer,) = slack.there.in_thread("D1", "100.1")
    assert "approved by the duty manager" in answer.shown
