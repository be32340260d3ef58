"""HTTP mode, several workspaces, the check of the set-up, poison, and how fast it says that an event arrived."""

import asyncio
import json
import logging
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.oauth.installation_store.models.installation import Installation

from agent.events import Progress
from integrations.slack.app import connected
from integrations.slack.oauth import tenants_of
from integrations.slack.storage.database import open_database
from integrations.slack.storage.installations import Installations
from integrations.slack.timing import MAX_CRASHES
from integrations.slack.tokens import check, manifest
from tests.integrations.slack.doubles import HOPS, ScriptedAssistant, event
from tests.integrations.slack.local_slack import CONFIG_TOKEN, SIGNING_SECRET, LocalSlack, post_signed
from tests.integrations.slack.opened import QUICK, eventually, opened, settings_for
from tools.errors import InvalidSetting, ModelRefused, ModelUnavailable

HTTP: dict[str, Any] = {
    "slack_mode": "http",
    "slack_port": 0,
    "SLACK_SIGNING_SECRET": SIGNING_SECRET,
    "SLACK_APP_TOKEN": None,
}
OAUTH: dict[str, Any] = {
    **HTTP,
    "SLACK_BOT_TOKEN": None,
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "secret",
    "slack_workspaces": "T2=sales, T3",
}


# HTTP


async def test_over_http_signed_events_are_answered_and_others_refused(slack: LocalSlack) -> None:
    async with opened(slack, ScriptedAssistant(), **HTTP) as door:
        assert (await post_signed(door.address, event("<@UBOT> who?", ts="1.1")))[0] == 200
        assert (await post_signed(door.address, event("<@UBOT> who?", ts="2.1"), secret="wrong"))[0] == 401
        assert (await post_signed(door.address, event("<@UBOT> who?", ts="3.1"), age=400))[0] == 401
        challenge = {"type": "url_verification", "challenge": "abc"}
        assert "abc" in (await post_signed(door.address, challenge))[1]
        await slack.until("chat.postMessage", 1)
        async with aiohttp.ClientSession() as session, session.get(f"{door.address}/health") as response:
            assert (await response.json())["ok"] is True
        await asyncio.sleep(0.3)
    assert [call["thread_ts"] for call in slack.posted()] == ["1.1"]


async def test_an_event_that_could_not_be_stored_is_not_acknowledged(slack: LocalSlack, tmp_path: Path) -> None:
    async with opened(slack, ScriptedAssistant(), **HTTP) as door:
        (Path("home") / "slack.sqlite").unlink()
        await door.queue._database.run(lambda tx: tx.execute("DROP TABLE {p}events"))
        assert (await post_signed(door.address, event("<@UBOT> who?")))[0] >= 500


async def test_a_taken_port_is_an_error_that_names_the_setting(slack: LocalSlack) -> None:
    refused = pytest.raises(InvalidSetting, match="HOPLINE_SLACK_PORT: can't listen on")
    with socket.create_server(("127.0.0.1", 0)) as taken, refused:
        async with opened(slack, ScriptedAssistant(), **HTTP | {"slack_port": taken.getsockname()[1]}):
            raise AssertionError("it listens")


# Several workspaces


async def test_a_workspace_installs_through_oauth_and_is_answered_with_its_own_token(slack: LocalSlack) -> None:
    assistant = ScriptedAssistant()
    body = event("<@UBOT> who?")
    body = {**body, "team_id": "T2", "authorizations": [{"team_id": "T2", "user_id": "UBOT", "is_bot": True}]}
    body["event"]["team"] = "T2"
    async with opened(slack, assistant, **OAUTH) as door:
        assert await installed(door.address, "T2") == 200
        assert (await post_signed(door.address, body))[0] == 200
        await slack.until("chat.postMessage", 1)
        assert await installed(door.address, "T9") >= 400
    assert assistant.asked[0][1].tenant == "sales"
    assert assistant.channels == ["C1"], "the books know where it was asked"
    async with opened(slack, ScriptedAssistant(), **OAUTH) as door:
        again = {**body, "event_id": "E2", "event": {**body["event"], "ts": "200.1"}}
        assert (await post_signed(door.address, again))[0] == 200
        await slack.until("chat.postMessage", 2)


async def installed(address: str, team: str) -> int:
    """Go through the pages as a browser does; the status of the last one."""
    async with aiohttp.ClientSession() as browser:
        async with browser.get(f"{address}/slack/install") as page:
            state = (await page.text()).split("state=")[1].split("&")[0].split('"')[0]
            cookie = page.headers["Set-Cookie"].split(";")[0]
        async with browser.get(
            f"{address}/slack/oauth_redirect",
            params={"code": f"code-for-{team}", "state": state},
            headers={"Cookie": cookie},
        ) as page:
            return page.status


async def test_an_uninstalled_workspace_is_forgotten(slack: LocalSlack) -> None:
    gone = {
        "type": "event_callback",
        "team_id": "T2",
        "api_app_id": "A1",
        "event_id": "E7",
        "event": {"type": "app_uninstalled"},
    }
    async with opened(slack, ScriptedAssistant(), **OAUTH) as door:
        await installed(door.address, "T2")
        assert (await post_signed(door.address, gone))[0] == 200
        database = open_database(Path("home"), None)
        installations = Installations(database, {"T2": "sales"})

        async def is_forgotten() -> bool:
            return await installations.of_team("T2") is None

        await eventually(is_forgotten)
        await database.close()


async def test_a_person_who_revokes_a_token_leaves_the_app_installed(tmp_path: Path) -> None:
    database = await asyncio.to_thread(open_database, tmp_path, None)
    installations = Installations(database, {"T1": "default"})
    await installations.async_save(Installation(team_id="T1", user_id="U1", bot_token="xoxb-1", bot_id="BBOT"))
    await installations.async_delete_installation(enterprise_id=None, team_id="T1", user_id="U1")
    assert await installations.of_team("T1") is not None
    await installations.async_delete_bot(enterprise_id=None, team_id="T1")
    assert await installations.of_team("T1") is None
    await database.close()


@pytest.mark.parametrize("written", ["", "acme", "T1=,T2", "T1 T2"])
def test_the_workspaces_that_may_install_are_named(written: str) -> None:
    from agent.settings import Settings

    with pytest.raises(InvalidSetting, match="HOPLINE_SLACK_WORKSPACES"):
        tenants_of(Settings.model_validate({"slack_workspaces": written}))


# The check


async def test_the_check_of_a_good_set_up_is_all_ok(slack: LocalSlack) -> None:
    slack.installed_manifest = await asyncio.to_thread(manifest)
    settings = settings_for(slack, SLACK_CONFIG_TOKEN=CONFIG_TOKEN, slack_people_channel="C7")
    findings = await check(settings)
    assert {finding.level for finding in findings} == {"ok"}
    assert [finding.name for finding in findings] == [
        *("SLACK_BOT_TOKEN", "scopes", "SLACK_APP_TOKEN", "events", "commands", "shortcuts"),
        *("groups", "HOPLINE_SLACK_PEOPLE_CHANNEL"),
    ]
    assert findings[0].detail == "hopline in Acme"


async def test_the_check_names_each_missing_event_command_shortcut_and_switch(slack: LocalSlack) -> None:
    there = await asyncio.to_thread(manifest)
    there["settings"]["event_subscriptions"]["bot_events"].remove("agent_session_stopped")
    there["settings"]["socket_mode_enabled"] = False
    there["features"]["slash_commands"] = []
    del there["features"]["agent_view"]
    slack.installed_manifest = there
    slack.there.closed.add("C7")
    settings = settings_for(slack, SLACK_CONFIG_TOKEN=CONFIG_TOKEN, slack_people_channel="C7")
    warnings = {finding.name: finding.detail for finding in await check(settings) if finding.level == "warning"}
    assert warnings["events"].startswith("missing agent_session_stopped")
    assert warnings["commands"].startswith("missing /hopline")
    assert set(warnings) == {"events", "commands", "agent view", "Socket Mode", "HOPLINE_SLACK_PEOPLE_CHANNEL"}


async def test_without_a_configuration_token_the_check_says_that_it_can_not_see_events(slack: LocalSlack) -> None:
    (events,) = [finding for finding in await check(settings_for(slack)) if finding.name == "events"]
    assert (events.level, "SLACK_CONFIG_TOKEN" in events.detail) == ("warning", True)


@pytest.mark.parametrize(
    ("written", "level", "said"),
    [
        (None, "ok", "public documents alone"),
        ("legal: [U2]\nfinance: [U1]\n", "ok", "finance, legal"),
        ("finance: U1\n", "failed", "groups.yaml: 'finance' needs a list of Slack ids"),
    ],
)
async def test_the_check_reads_who_is_in_which_group(
    slack: LocalSlack, tmp_path: Path, written: str | None, level: str, said: str
) -> None:
    file = tmp_path / "groups.yaml"
    file.write_text(written or "")
    found = await check(settings_for(slack, slack_groups_file=file if written else None))
    (groups,) = [finding for finding in found if finding.name == "groups"]
    assert groups.level == level
    assert said in groups.detail


@pytest.mark.parametrize(
    ("changed", "name", "detail"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, "SLACK_BOT_TOKEN", "invalid_auth"),
        ({"SLACK_BOT_TOKEN": "xapp-local"}, "SLACK_BOT_TOKEN", "not a bot token"),
        ({"SLACK_BOT_TOKEN": None}, "SLACK_BOT_TOKEN", "missing"),
        ({"SLACK_APP_TOKEN": "xapp-wrong"}, "SLACK_APP_TOKEN", "invalid_auth"),
        ({"SLACK_APP_TOKEN": None}, "SLACK_APP_TOKEN", "missing"),
        ({"SLACK_API_URL": "http://127.0.0.1:1/api/"}, "SLACK_BOT_TOKEN", "did not answer at http://127.0.0.1:1/api/"),
        ({"slack_mode": "http"}, "SLACK_SIGNING_SECRET", "missing"),
        ({"SLACK_CLIENT_ID": "1.2"}, "SLACK_CLIENT_SECRET", "missing"),
        ({"SLACK_CLIENT_ID": "1.2"}, "HOPLINE_SLACK_MODE", "http"),
        ({"SLACK_CLIENT_ID": "1.2"}, "HOPLINE_SLACK_WORKSPACES", "T012AB3CD"),
    ],
)
async def test_what_is_wrong_is_found_named_and_ends_the_start(
    slack: LocalSlack, changed: dict[str, object], name: str, detail: str
) -> None:
    settings = settings_for(slack, **changed)
    failed = [finding for finding in await check(settings) if finding.level == "failed"]
    assert any(finding.name == name and detail in finding.detail for finding in failed)
    with pytest.raises(InvalidSetting, match=name):
        async with connected(settings, ScriptedAssistant()):
            pass


async def test_a_missing_scope_is_named_but_does_not_end_the_start(
    slack: LocalSlack, caplog: pytest.LogCaptureFixture
) -> None:
    slack.scopes = ",".join(sorted(set(slack.scopes.split(",")) - {"im:history", "usergroups:read"}))
    (scopes,) = [finding for finding in await check(settings_for(slack)) if finding.name == "scopes"]
    assert (scopes.level, scopes.detail.partition(", add")[0][:38]) == (
        "warning",
        "missing im:history, usergroups:read: a",
    )
    async with opened(slack, ScriptedAssistant()):
        pass
    assert "im:history" in caplog.text


async def test_an_app_token_without_its_scope_says_which(slack: LocalSlack) -> None:
    slack.fail_next("apps.connections.open", web.json_response({"ok": False, "error": "missing_scope"}))
    (token,) = [finding for finding in await check(settings_for(slack)) if finding.name == "SLACK_APP_TOKEN"]
    assert "connections:write" in token.detail


# Poison


async def test_a_poison_event_ends_in_an_apology_and_a_dead_letter_that_can_be_retried(
    slack: LocalSlack, caplog: pytest.LogCaptureFixture
) -> None:
    assistant = ScriptedAssistant(RuntimeError("boom"))
    with caplog.at_level(logging.CRITICAL, "hopline.slack"):
        async with opened(slack, assistant) as door:
            await slack.deliver(event("<@UBOT> poison?"))
            await slack.until("chat.postMessage", 1)
            await eventually(door.queue.dead_letters)
            letters = await door.queue.dead_letters()
            assert len(assistant.asked) == QUICK.max_failures
            assert "boom" not in slack.there.in_thread("C1", "100.1")[0].shown
            assert "Something went wrong" in slack.there.in_thread("C1", "100.1")[0].shown
            assistant.answer = ScriptedAssistant().answer
            assert await door.queue.retry([letters[0].id]) == 1
            await slack.when(lambda: "Ines" in slack.there.in_thread("C1", "100.1")[0].shown)
    assert len(slack.there.in_thread("C1", "100.1")) == 1


async def test_what_trying_again_can_not_mend_is_tried_once(
    slack: LocalSlack, caplog: pytest.LogCaptureFixture
) -> None:
    assistant = ScriptedAssistant(ModelRefused("no such model"))
    with caplog.at_level(logging.CRITICAL, "hopline.slack"):
        async with opened(slack, assistant):
            await slack.deliver(event("<@UBOT> who?"))
            await slack.until("chat.postMessage", 1)
    assert len(assistant.asked) == 1


async def test_a_model_that_comes_back_in_time_answers(slack: LocalSlack) -> None:
    assistant = ScriptedAssistant(failing=[ModelUnavailable("away")])
    async with opened(slack, assistant):
        await slack.deliver(event("<@UBOT> who?"))
        await slack.until("chat.postMessage", 1)
    assert len(assistant.asked) == 2
    (message,) = slack.there.in_thread("C1", "100.1")
    assert "Ines" in message.shown


async def test_a_question_whose_worker_keeps_dying_is_given_up_without_another_try(
    slack: LocalSlack, caplog: pytest.LogCaptureFixture
) -> None:
    assistant = ScriptedAssistant()
    with caplog.at_level(logging.CRITICAL, "hopline.slack"):
        async with opened(slack, assistant, slack_at_once=1) as door:
            await door.queue._database.run(
                lambda tx: tx.execute(
                    "INSERT INTO {p}jobs (team, channel, ts, thread, event_id, asker, kind, question, state, due,"
                    " accepted, crashes) VALUES ('T1', 'C1', '1.0', '1.0', '', 'slack:T1:U1', 'answer', ?, 'waiting',"
                    " {now}, {now}, ?)",
                    (json.dumps(question_json()), MAX_CRASHES),
                )
            )
            await slack.until("chat.postMessage", 1)
            await eventually(door.queue.dead_letters)
    assert assistant.asked == []
    assert "Something went wrong" in slack.there.in_thread("C1", "1.0")[0].shown


def question_json() -> dict[str, Any]:
    return {
        "text": "who?",
        "event_id": "",
        "team": "T1",
        "channel": "C1",
        "user": "U1",
        "ts": "1.0",
        "thread": "1.0",
    }


@pytest.mark.parametrize(("method", "progress"), [("chat.postMessage", ()), ("chat.update", HOPS)])
async def test_an_answer_waits_while_slack_is_away_and_is_not_made_again(
    slack: LocalSlack, caplog: pytest.LogCaptureFixture, method: str, progress: tuple[Progress, ...]
) -> None:
    assistant = ScriptedAssistant(progress=progress, delay_seconds=0.1 if progress else 0.0)
    with caplog.at_level(logging.CRITICAL, "hopline.slack"):
        async with opened(slack, assistant, timing=replace(QUICK, channel_update=60.0)):
            slack.fail_next(method, *[web.Response(status=503) for _ in range(4)])
            await slack.deliver(event("<@UBOT> who?"))
            await slack.when(lambda: any("Ines" in one.shown for one in slack.there.messages.values()), 20.0)
    assert len(assistant.asked) == 1
    assert [message.shown.splitlines()[0] for message in slack.there.in_thread("C1", "100.1")] == [
        "Ines approves refunds above 500 €. [1]"
    ]
