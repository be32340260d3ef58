"""What people press: feedback with its reason, look further, ask a person; and the command and the shortcut."""

import json
from pathlib import Path
from typing import Any

import pytest

from integrations.slack import controls
from integrations.slack.interactions import (
    AGAIN,
    ASIDE,
    ASKED_A_PERSON,
    LOOKING_FURTHER,
    NOT_KEPT,
    OWN_MESSAGE,
    PASSED_ON,
    SLOW_DOWN,
    USAGE,
    People,
)
from integrations.slack.operations import export_feedback
from integrations.slack.rights import FOR_ALL, ONLY_YOU
from integrations.slack.worker import NOT_IN_CHANNEL
from tests.integrations.slack.conversations import shown
from tests.integrations.slack.doubles import ANSWER, ScriptedAssistant, click, deleted, direct_message, edited, event
from tests.integrations.slack.local_slack import LocalSlack
from tests.integrations.slack.opened import eventually, opened, settings_for

PEOPLE: dict[str, Any] = {"slack_people_channel": "CPEOPLE", "slack_people_group": "SPEOPLE"}


async def answered(slack: LocalSlack, body: dict[str, Any] | None = None) -> str:
    """Ask, wait for the answer; returns the job's id, as the buttons carry it."""
    await slack.deliver(body or event("<@UBOT> who?"))
    (post,) = await slack.until("chat.postMessage", 1)
    (buttons,) = [block for block in post["blocks"] if block["type"] == "context_actions"]
    return str(buttons["elements"][0]["positive_button"]["value"].split(" ")[0])


async def feedback_of(slack: LocalSlack, tmp_path: Path) -> list[dict[str, Any]]:
    file = tmp_path / "feedback.jsonl"
    await export_feedback(settings_for(slack), file)
    return [json.loads(line) for line in file.read_text().splitlines()]


def reasons(job: str, reason: str, comment: str) -> dict[str, Any]:
    values = {
        "reason": {"reason": {"type": "radio_buttons", "selected_option": {"value": reason}}},
        "comment": {"comment": {"type": "plain_text_input", "value": comment}},
    }
    return {
        "type": "view_submission",
        "team": {"id": "T1"},
        "user": {"id": "U1", "team_id": "T1"},
        "view": {
            "type": "modal",
            "callback_id": controls.REASONS_VIEW,
            "private_metadata": f"{job} C1 100.1",
            "state": {"values": values},
        },
    }


async def test_the_last_click_wins_and_its_reason_goes_with_it(slack: LocalSlack, tmp_path: Path) -> None:
    answer = ANSWER.model_copy(update={"features": {"cited_coverage": 0.8}})
    async with opened(slack, ScriptedAssistant(answer)):
        job = await answered(slack)
        await slack.interact(click(controls.FEEDBACK, f"{job} helpful"))
        await slack.interact(click(controls.FEEDBACK, f"{job} helpful", user="U2"))
        await slack.interact(click(controls.FEEDBACK, f"{job} not_helpful"))
        (form,) = await slack.until("views.open", 1)
        assert form["trigger_id"] == "trigger-1"
        await slack.interact(reasons(job, "wrong", "Mara approves them since May."))
    mine, other = await feedback_of(slack, tmp_path)
    assert (mine["id"], mine["label"], mine["right"]) == (f"slack-{job}-U1", "not_helpful", False)
    assert (mine["reason"], mine["comment"]) == ("wrong", "Mara approves them since May.")
    assert (mine["answer"], mine["features"]) == (ANSWER.answer, {"cited_coverage": 0.8})
    assert (other["label"], other["right"], other["answers"]) == ("helpful", True, [ANSWER.answer])
    assert other["supporting_ids"] == ["handbook/refunds.md"]


async def test_a_click_after_the_form_takes_its_reason_away(slack: LocalSlack, tmp_path: Path) -> None:
    async with opened(slack, ScriptedAssistant()):
        job = await answered(slack)
        await slack.interact(click(controls.FEEDBACK, f"{job} not_helpful"))
        await slack.interact(reasons(job, "sources", ""))
        await slack.interact(click(controls.FEEDBACK, f"{job} helpful"))
    (case,) = await feedback_of(slack, tmp_path)
    assert (case["label"], case["reason"], case["right"]) == ("helpful", "", True)


@pytest.mark.parametrize("where", [{"channel": "C2"}, {"value": "77 helpful"}])
async def test_a_click_that_belongs_to_no_answer_here_changes_nothing(
    slack: LocalSlack, tmp_path: Path, where: dict[str, str]
) -> None:
    async with opened(slack, ScriptedAssistant()):
        job = await answered(slack)
        press = click(controls.FEEDBACK, where.get("value", f"{job} helpful"), channel=where.get("channel", "C1"))
        await slack.interact({**press, "response_url": slack.response_url("a")})
        await slack.when(lambda: slack.responded["a"])
    assert slack.responded["a"][0]["text"] == NOT_KEPT
    assert await feedback_of(slack, tmp_path) == []


async def test_looking_further_answers_anew_in_place_with_more_hops(slack: LocalSlack) -> None:
    assistant = ScriptedAssistant()
    async with opened(slack, assistant):
        job = await answered(slack)
        assistant.answer = ANSWER.model_copy(update={"answer": "Ines, or Lotte when she is away. [1]"})
        press = click(controls.FURTHER, job)
        await slack.interact({**press, "response_url": slack.response_url("a")})
        await slack.when(lambda: any("Lotte" in one.shown for one in slack.there.messages.values()))
    assert assistant.hops == [None, 6]
    assert len(slack.there.in_thread("C1", "100.1")) == 1
    assert slack.responded["a"][0]["text"] == LOOKING_FURTHER.format(hops=6)


async def test_asking_a_person_passes_the_question_on_once_and_not_the_answer(slack: LocalSlack) -> None:
    async with opened(slack, ScriptedAssistant(), **PEOPLE):
        job = await answered(slack, direct_message("who earns <!channel> &amp; more?"))
        for _ in range(2):
            press = click(controls.PERSON, job, channel="D1")
            await slack.interact({**press, "response_url": slack.response_url("a")})
        await slack.until("chat.postMessage", 2)
        await slack.when(lambda: len(slack.responded["a"]) == 2)
    (_, handed_over) = slack.posted()
    assert handed_over["channel"] == "CPEOPLE"
    assert "thread_ts" not in handed_over
    said = shown(handed_over["blocks"])
    assert said.startswith("<!subteam^SPEOPLE> <@U1> would like a person to answer:\n> who earns @channel &amp; more?")
    assert "Ines" not in said
    people = People("CPEOPLE").name
    told = [message["text"] for message in slack.responded["a"]]
    assert told == [ASKED_A_PERSON.format(people=people), PASSED_ON.format(people=people)]


async def test_an_edited_question_can_be_passed_on_again_and_a_deleted_one_is_taken_back(slack: LocalSlack) -> None:
    async with opened(slack, ScriptedAssistant(), **PEOPLE) as door:
        job = await answered(slack)
        press = {**click(controls.PERSON, job), "response_url": slack.response_url("a")}
        await slack.interact(press)
        await slack.until("chat.postMessage", 2)
        await slack.deliver(edited("<@UBOT> when?", before="<@UBOT> who?"))
        await slack.until("chat.update", 1)
        await slack.interact(press)
        await slack.until("chat.postMessage", 3)
        first, second = (shown(message["blocks"]) for message in slack.posted()[1:])
        assert "> who?" in first
        assert "> when?" in second
        await slack.deliver(deleted())

        async def is_gone() -> bool:
            return await door.queue.counts() == {"gone": 3}

        await eventually(is_gone)
        kept = [await door.queue.job(id_) for id_ in range(1, 4)]
    assert slack.there.messages == {}
    assert [(one.question.text, one.question.notice) for one in kept if one] == [("", "")] * 3


async def test_without_people_there_is_no_such_button(slack: LocalSlack) -> None:
    async with opened(slack, ScriptedAssistant()):
        await answered(slack)
    (buttons,) = [block for block in slack.posted()[0]["blocks"] if block["type"] == "actions"]
    assert [element["action_id"] for element in buttons["elements"]] == [controls.FURTHER]


def command(slack: LocalSlack, text: str, trigger: str = "t1") -> dict[str, Any]:
    return {
        "command": "/hopline",
        "text": text,
        "team_id": "T1",
        "channel_id": "C1",
        "user_id": "U1",
        "trigger_id": trigger,
        "response_url": slack.response_url(trigger),
    }


async def test_the_command_answers_its_asker_alone_with_the_askers_rights_and_says_so(slack: LocalSlack) -> None:
    assistant = ScriptedAssistant()
    async with opened(slack, assistant, {"finance": ("U1",)}):
        reply = await slack.command(command(slack, "who approves refunds?"))
        await slack.when(lambda: slack.responded["t1"])
    assert reply == {"text": ASIDE, "response_type": "ephemeral"}
    (answer,) = slack.responded["t1"]
    assert answer["response_type"] == "ephemeral"
    assert "Ines approves" in shown(answer["blocks"])
    assert ONLY_YOU in shown(answer["blocks"])
    assert assistant.asked[0][1].groups == ("finance",)
    assert slack.posted() == []


async def test_an_empty_command_says_how_to_ask(slack: LocalSlack) -> None:
    async with opened(slack, ScriptedAssistant()):
        assert (await slack.command(command(slack, "  ")))["text"] == USAGE


async def test_a_command_over_the_limit_is_told_kindly(slack: LocalSlack) -> None:
    async with opened(slack, ScriptedAssistant(), slack_user_per_minute=1):
        await slack.command(command(slack, "one?", "t1"))
        assert (await slack.command(command(slack, "two?", "t2")))["text"] == SLOW_DOWN


def shortcut(slack: LocalSlack, text: str = "who pays?", *, user: str = "U9", channel: str = "C1") -> dict[str, Any]:
    return {
        "type": "message_action",
        "callback_id": "hopline_answer_this",
        "team": {"id": "T1"},
        "user": {"id": "U1", "team_id": "T1"},
        "channel": {"id": channel, "name": "general"},
        "message": {"type": "message", "user": user, "ts": "100.1", "text": text},
        "trigger_id": "t9",
        "response_url": slack.response_url("t9"),
    }


async def test_the_shortcut_answers_a_message_in_its_thread_for_everybody(slack: LocalSlack) -> None:
    assistant = ScriptedAssistant()
    async with opened(slack, assistant, {"finance": ("U1",)}):
        await slack.interact(shortcut(slack, "who pays &lt;it&gt;?"))
        await slack.until("chat.postMessage", 1)
        await slack.interact({**shortcut(slack), "trigger_id": "t10"})
        await slack.when(lambda: slack.responded["t9"])
    (answer,) = slack.there.in_thread("C1", "100.1")
    assert FOR_ALL in answer.shown
    assert [question for question, _, _ in assistant.asked] == ["who pays <it>?"]
    assert slack.responded["t9"][0]["text"] == AGAIN


async def test_the_shortcut_among_two_people_answers_only_whoever_used_it(slack: LocalSlack) -> None:
    async with opened(slack, ScriptedAssistant(), {"finance": ("U1",)}):
        await slack.interact(shortcut(slack, channel="D9"))
        await slack.when(lambda: slack.responded["t9"])
    assert ONLY_YOU in shown(slack.responded["t9"][0]["blocks"])
    assert slack.posted() == []


async def test_the_shortcut_on_the_apps_own_message_and_where_it_may_not_write_says_so(slack: LocalSlack) -> None:
    slack.there.closed.add("C1")
    async with opened(slack, ScriptedAssistant()):
        await slack.interact(shortcut(slack, user="UBOT"))
        await slack.interact(shortcut(slack))
        await slack.when(lambda: len(slack.responded["t9"]) == 2)
    assert [message["text"] for message in slack.responded["t9"]] == [OWN_MESSAGE, NOT_IN_CHANNEL]
