"""Who may read what: in a channel what every member there may read; any doubt leaves the public documents."""

import asyncio
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from aiohttp import web

from integrations.slack.channels import ChannelRule, ChannelRules, read_channels
from integrations.slack.groups import Groups, read_groups
from integrations.slack.questions import Identity
from integrations.slack.rights import FOR_ALL, FOR_ASKER, FOR_MEMBERS, MAX_MEMBERS, Rights
from integrations.slack.workspaces import Workspace
from tests.agent.assistants import assistant_over
from tests.integrations.slack.doubles import ScriptedAssistant, direct_message, event
from tests.integrations.slack.local_slack import LocalSlack
from tests.integrations.slack.opened import QUICK, opened
from tests.integrations.slack.test_queue import ASKED
from tools.errors import InvalidSetting

GROUPS: Groups = {"finance": ("U1", "U2"), "legal": ("U1", "SLEGAL"), "board": ("U1",)}


async def rights_of(
    slack: LocalSlack, body: dict[str, object], *, groups: Groups = GROUPS, channels: ChannelRules | None = None
) -> tuple[tuple[str, ...], str]:
    """The groups that a question was answered under, and all the text that was shown."""
    assistant = ScriptedAssistant()
    async with opened(slack, assistant, groups, channels=channels):
        await slack.deliver(body)
        await slack.until("chat.postMessage", 1)
    return assistant.asked[0][1].groups, next(iter(slack.there.messages.values())).shown


MENTION = event("<@UBOT> who?")
BOT = Identity("T1", "UBOT", "BBOT")


@pytest.mark.parametrize(
    ("members", "groups", "sentence"),
    [
        (["U1", "UBOT"], ("board", "finance", "legal"), FOR_MEMBERS),
        (["U1", "U2", "UBOT"], ("finance", "legal"), FOR_MEMBERS),
        (["U1", "U3", "UBOT"], ("legal",), FOR_MEMBERS),
        (["U1", "U2", "UX", "UBOT"], (), FOR_ALL),
        (["U1", "UBOT", "UOTHERBOT"], (), FOR_ALL),
        (["UBOT"], ("board", "finance", "legal"), FOR_MEMBERS),
        ([], (), FOR_ALL),
    ],
    ids=["alone", "two", "through a user group", "a stranger", "a bot", "asker only", "nobody"],
)
async def test_a_channel_reads_what_every_member_may(
    slack: LocalSlack, members: list[str], groups: tuple[str, ...], sentence: str
) -> None:
    slack.there.members["C1"] = members
    slack.there.usergroups["SLEGAL"] = ["U2", "U3"]
    found, shown = await rights_of(slack, MENTION)
    assert found == groups
    assert sentence in shown


@pytest.mark.parametrize(("count", "groups"), [(MAX_MEMBERS, ("everybody",)), (MAX_MEMBERS + 1, ())])
async def test_too_many_members_leave_the_public_documents(
    slack: LocalSlack, count: int, groups: tuple[str, ...]
) -> None:
    people = tuple(f"U{n}" for n in range(count))
    slack.there.members["C1"] = list(people)
    assert (await rights_of(slack, MENTION, groups={"everybody": people}))[0] == groups


async def test_whoever_asks_is_a_member_whom_slack_may_not_have_named(slack: LocalSlack) -> None:
    slack.there.members["C1"] = ["U1", "UBOT"]
    assert (await rights_of(slack, event("<@UBOT> who?", user="U9")))[0] == ()


async def test_a_user_group_that_is_disabled_opens_nothing(slack: LocalSlack) -> None:
    slack.there.members["C1"] = ["U2", "U3", "UBOT"]
    slack.there.usergroups["SLEGAL"] = ["U2", "U3"]
    slack.there.disabled.add("SLEGAL")
    assert (await rights_of(slack, event("<@UBOT> who?", user="U2")))[0] == ()


@pytest.mark.parametrize("method", ["conversations.members", "conversations.info", "usergroups.list"])
async def test_what_slack_does_not_say_leaves_the_public_documents(slack: LocalSlack, method: str) -> None:
    slack.there.members["C1"] = ["U1", "U3", "UBOT"]
    slack.there.usergroups["SLEGAL"] = ["U2", "U3"]
    slack.fail_next(method, web.json_response({"ok": False, "error": "missing_scope"}))
    assert (await rights_of(slack, MENTION))[0] == ()


@pytest.mark.parametrize(
    ("body", "groups"),
    [
        (direct_message("who?"), ("board", "finance", "legal")),
        (direct_message("who?", user="U2"), ("finance",)),
        (direct_message("who?", user="U9"), ()),
        (direct_message("who?", user_team="T9"), ()),
        (event("<@UBOT> who?", user_team="T9"), ()),
    ],
    ids=["in three groups", "in one", "in none", "of another company", "of another company, in a channel"],
)
async def test_a_direct_message_reads_what_its_asker_may(
    slack: LocalSlack, body: dict[str, object], groups: tuple[str, ...]
) -> None:
    slack.there.members["C1"] = ["U1"]
    found, shown = await rights_of(slack, body)
    assert found == groups
    assert (FOR_ASKER if groups else FOR_ALL) in shown


async def test_two_people_get_what_each_may_read_and_together_what_both_may(slack: LocalSlack, tmp_path: Path) -> None:
    """The assistant itself behind the door: alone, together in a channel, and alone again."""
    assistant = await assistant_over(tmp_path)
    slack.there.members["C1"] = ["U1", "U2", "UBOT"]
    question = "How much does the duty manager earn a month?"
    asked = [
        ("D1", "101.1", direct_message(question, ts="101.1", user="U1", event_id="E1")),
        ("D1", "102.1", direct_message(question, ts="102.1", user="U2", event_id="E2")),
        ("C1", "103.1", event(f"<@UBOT> {question}", ts="103.1", user="U1", event_id="E3")),
        ("D1", "104.1", direct_message(question, ts="104.1", user="U1", event_id="E4")),
    ]
    knows = []
    async with opened(slack, assistant, {"finance": ("U1",)}):
        for channel, ts, body in asked:
            await slack.deliver(body)
            await slack.when(lambda where=channel, under=ts: is_answered(slack, where, under), 20.0)
            shown = "".join(message.shown for message in slack.there.in_thread(channel, ts))
            knows.append("4200" in shown)
    assert knows == [True, False, False, True]


def is_answered(slack: LocalSlack, channel: str, ts: str) -> bool:
    shown = [message.shown for message in slack.there.in_thread(channel, ts)]
    return any(sentence in text for text in shown for sentence in (FOR_ALL, FOR_ASKER, FOR_MEMBERS))


@pytest.mark.parametrize("says", ["the event", "Slack", "Slack, of an invitation"])
async def test_a_channel_shared_with_another_company_reads_public_documents_unless_set(
    slack: LocalSlack, says: str
) -> None:
    slack.there.members["C1"] = ["U1", "UBOT"]
    body = {**MENTION, "is_ext_shared_channel": says == "the event"}
    if says.startswith("Slack"):
        (slack.there.shared if says == "Slack" else slack.there.inviting).add("C1")
    assert (await rights_of(slack, body))[0] == ()
    allowed = ChannelRules({"C1": ChannelRule(external_members=True)})
    body = {**body, "event_id": "Ev2", "event": {**MENTION["event"], "ts": "200.1"}}
    slack.calls.clear()
    assert (await rights_of(slack, body, channels=allowed))[0] == ("board", "finance", "legal")


@pytest.mark.parametrize("told", [True, False], ids=["told", "another process was told"])
async def test_a_member_who_joins_while_the_answer_is_made_narrows_it(slack: LocalSlack, told: bool) -> None:
    slack.there.members["C1"] = ["U1", "UBOT"]
    assistant = ScriptedAssistant(delay_seconds=0.5)
    async with opened(slack, assistant, GROUPS, timing=replace(QUICK, members_kept=600.0)):
        await slack.deliver(MENTION)
        await slack.until("agents.sessions.setStatus", 1)
        slack.there.members["C1"].append("UX")
        if told:
            await slack.deliver(event("", kind="member_joined_channel", ts="5.5", user="UX"))
        await slack.when(lambda: any("Ines" in one.shown for one in slack.there.messages.values()))
    assert [reader.groups for _, reader, _ in assistant.asked] == [("board", "finance", "legal"), ()]
    (message,) = slack.there.messages.values()
    assert FOR_ALL in message.shown


class Channel:
    """The part of Slack's client that tells the members of a channel: those who are there when it is asked, once
    `reply` is set."""

    def __init__(self, *members: str) -> None:
        self.members = list(members)
        self.asked, self.reply = asyncio.Event(), asyncio.Event()

    async def conversations_info(self, **_: object) -> SimpleNamespace:
        return SimpleNamespace(data={"channel": {}})

    async def conversations_members(self, **_: object) -> SimpleNamespace:
        there = list(self.members)
        self.asked.set()
        await self.reply.wait()
        return SimpleNamespace(data={"members": there})


async def test_a_member_who_joins_while_slack_tells_the_members_counts() -> None:
    channel = Channel("U1", "UBOT")
    workspace = cast("Workspace", SimpleNamespace(client=channel, tenant="default", identity=BOT))
    rights = Rights({"finance": ("U1",)}, ChannelRules(), QUICK)
    asking = asyncio.create_task(rights.of(ASKED, workspace))
    await channel.asked.wait()
    channel.members.append("UX")
    rights.forget_members(ASKED.team, ASKED.channel)
    channel.reply.set()
    assert (await asking).reader.groups == ()
    assert (await rights.of(ASKED, workspace)).reader.groups == ()


async def test_without_a_mapping_nobody_is_looked_up(slack: LocalSlack) -> None:
    assert (await rights_of(slack, MENTION, groups={}))[0] == ()
    assert slack.called("conversations.members") == slack.called("usergroups.list") == []


async def test_members_are_asked_for_once_in_a_while(slack: LocalSlack) -> None:
    slack.there.members["C1"] = ["UX", "UBOT"]
    async with opened(slack, ScriptedAssistant(), GROUPS):
        for n in range(3):
            await slack.deliver(event("<@UBOT> who?", ts=f"{n}.1"))
        await slack.until("chat.postMessage", 3)
    assert len(slack.called("conversations.members")) == 1


def test_the_groups_file_maps_groups_to_people_and_user_groups(tmp_path: Path) -> None:
    path = tmp_path / "groups.yaml"
    path.write_text("finance: [U1, U2, U1]\nlegal:\n  - S1\nempty: []\n")
    assert read_groups(path) == {"finance": ("U1", "U2"), "legal": ("S1",), "empty": ()}
    path.write_text("")
    assert read_groups(path) == {}


def test_with_several_workspaces_a_person_is_named_with_the_workspace(tmp_path: Path) -> None:
    path = tmp_path / "groups.yaml"
    path.write_text("finance: [T1:U1, S1]\n")
    assert read_groups(path, several_workspaces=True) == {"finance": ("T1:U1", "S1")}
    path.write_text("finance: [U1]\n")
    with pytest.raises(InvalidSetting, match="T012AB3CD:U1"):
        read_groups(path, several_workspaces=True)


@pytest.mark.parametrize(
    "written", ["- U1", "finance: U1", "finance: [1]", "{", "5: [U1]", "a: [[U1]]", "a: ['@mara']"]
)
def test_a_groups_file_that_says_something_else_is_refused_by_name(tmp_path: Path, written: str) -> None:
    path = tmp_path / "groups.yaml"
    path.write_text(written)
    with pytest.raises(InvalidSetting, match=r"groups\.yaml"):
        read_groups(path)


def test_a_missing_groups_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match=r"none\.yaml"):
        read_groups(tmp_path / "none.yaml")


def test_a_channels_rules_go_before_the_default(tmp_path: Path) -> None:
    path = tmp_path / "channels.yaml"
    path.write_text("default: {follow_ups: false}\nC1: {external_members: true}\nC2: {follow_ups: true}\n")
    rules = read_channels(path)
    assert rules.of("C9") == ChannelRule(follow_ups=False)
    assert rules.of("C1") == ChannelRule(follow_ups=False, external_members=True)
    assert rules.of("C2") == ChannelRule(follow_ups=True)


@pytest.mark.parametrize("written", ["- C1", "C1: 5", "C1: {follow_up: true}", "C1: {follow_ups: sometimes}", "{"])
def test_a_channels_file_that_says_something_else_is_refused_by_name(tmp_path: Path, written: str) -> None:
    path = tmp_path / "channels.yaml"
    path.write_text(written)
    with pytest.raises(InvalidSetting, match=r"channels\.yaml"):
        read_channels(path)
