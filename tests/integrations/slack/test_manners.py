"""Manners: it answers who asks it, goes on in its threads, keeps out of others' talk, and takes no more than it can."""

import asyncio
from typing import Any

import pytest

from integrations.slack.channels import ChannelRule, ChannelRules
from tests.integrations.slack.doubles import ScriptedAssistant, direct_message, event
from tests.integrations.slack.local_slack import LocalSlack
from tests.integrations.slack.opened import opened


def said(text: str, ts: str, *, user: str = "U1", **fields: Any) -> dict[str, Any]:
    """A message in the thread 100.1 of a channel, addressed to nobody by itself."""
    return event(text, ts=ts, kind="message", channel_type="channel", **{"thread_ts": "100.1", "user": user, **fields})


FIRST = event("<@UBOT> who approves refunds?", ts="100.1")


async def asked_of(slack: LocalSlack, *bodies: dict[str, Any], channels: ChannelRules | None = None) -> list[str]:
    """The questions that these events came to, in order; a last one tells when all were read."""
    assistant = ScriptedAssistant()
    async with opened(slack, assistant, channels=channels):
        for n, body in enumerate(bodies):
            await slack.deliver(body)
            if n == 0:
                await slack.until("chat.postMessage", 1)
        await slack.deliver(event("<@UBOT> last?", ts="900.9", channel="C9"))
        await slack.when(lambda: any(call["channel"] == "C9" for call in slack.posted()))
        await asyncio.sleep(0.1)
    return [question for question, _, _ in assistant.asked if question != "last?"]


async def test_a_follow_up_needs_no_mention_and_remembers_the_thread(slack: LocalSlack) -> None:
    assistant = ScriptedAssistant()
    async with opened(slack, assistant):
        await slack.deliver(FIRST)
        await slack.until("chat.postMessage", 1)
        await slack.deliver(said("and returns?", "101.1"))
        await slack.until("chat.postMessage", 2)
    assert [conversation for _, _, conversation in assistant.asked] == ["slack:T1:C1:100.1"] * 2
    assert slack.called("conversations.replies") == []


async def test_it_stays_out_when_people_address_each_other_until_it_is_mentioned_again(slack: LocalSlack) -> None:
    heard = await asked_of(
        slack,
        FIRST,
        said("<@U2> is that right?", "101.1"),
        said("and returns?", "102.1"),
        said("<@UBOT> and returns?", "103.1"),
        said("and repairs?", "104.1"),
    )
    assert heard == ["who approves refunds?", "and returns?", "and repairs?"]


async def test_somebody_who_has_not_asked_here_is_not_answered_and_makes_it_keep_out(slack: LocalSlack) -> None:
    heard = await asked_of(slack, FIRST, said("I think that is old", "101.1", user="U2"), said("is it?", "102.1"))
    assert heard == ["who approves refunds?"]


async def test_a_second_asker_who_mentions_it_once_can_go_on_as_well(slack: LocalSlack) -> None:
    heard = await asked_of(
        slack, FIRST, said("<@UBOT> and returns?", "101.1", user="U2"), said("and repairs?", "102.1", user="U2")
    )
    assert heard == ["who approves refunds?", "and returns?", "and repairs?"]


@pytest.mark.parametrize(
    "body",
    [
        said("outside of the thread?", "101.1", thread_ts="77.7"),
        said("at the top?", "101.1", thread_ts=None),
        said("<!here> look", "101.1"),
        said("a bot says?", "101.1", bot_id="B9"),
        said("an app says?", "101.1", app_id="A9"),
    ],
)
async def test_talk_elsewhere_and_bots_are_no_follow_up(slack: LocalSlack, body: dict[str, Any]) -> None:
    assert await asked_of(slack, FIRST, body) == ["who approves refunds?"]


async def test_a_channel_can_have_no_follow_ups(slack: LocalSlack) -> None:
    rules = ChannelRules({"C1": ChannelRule(follow_ups=False)})
    assert await asked_of(slack, FIRST, said("and returns?", "101.1"), channels=rules) == ["who approves refunds?"]


async def test_two_apps_that_answer_each_other_can_not_start_a_loop(slack: LocalSlack) -> None:
    """Another app, or this one, repeating the answer with a mention is never a question."""
    speakers: list[dict[str, Any]] = [
        {"user": "UBOT", "bot_id": "BBOT"},
        {"user": "UBOT"},
        {"user": "U7", "bot_id": "B7"},
        {"user": "U7", "bot_profile": {"id": "B7"}},
        {"user": "U7", "subtype": "bot_message"},
        {"user": "USLACKBOT"},
    ]
    echoes = [said("<@UBOT> Ines approves", f"{n}.5", **speaker) for n, speaker in enumerate(speakers)]
    assert await asked_of(slack, FIRST, *echoes) == ["who approves refunds?"]


@pytest.mark.parametrize(
    ("limits", "bodies", "kind"),
    [
        ({"slack_user_per_minute": 2}, [{}] * 5, "a minute is as many as I can take from one person"),
        ({"slack_user_per_day": 2}, [{}] * 5, "in 24 hours, which is as many as I can take from one person"),
        ({"slack_channel_per_minute": 2}, [{"user": f"U{n}"} for n in range(5)], "There is a lot going on here"),
        ({"slack_channel_per_day": 2}, [{"user": f"U{n}"} for n in range(5)], "which is its limit"),
    ],
)
async def test_more_than_the_limit_is_told_kindly_and_once(
    slack: LocalSlack, limits: dict[str, Any], bodies: list[dict[str, str]], kind: str
) -> None:
    assistant = ScriptedAssistant()
    async with opened(slack, assistant, **limits):
        for n, fields in enumerate(bodies):
            await slack.deliver(event("<@UBOT> who?", ts=f"{n}.1", **fields))
        told = len({fields.get("user", "U1") for fields in bodies[2:]})
        await slack.until("chat.postMessage", 2 + told)
        await asyncio.sleep(0.2)
    assert len(assistant.asked) == 2
    kindly = [message.shown for message in slack.there.messages.values() if kind in message.shown]
    assert len(kindly) == told


async def test_limits_hold_across_a_restart_and_a_direct_message_is_not_a_channels(slack: LocalSlack) -> None:
    for n in range(2):
        async with opened(slack, ScriptedAssistant(), slack_channel_per_minute=1) as door:
            await slack.deliver(event("<@UBOT> who?", ts=f"{n}.1", user=f"U{n}"))
            await slack.deliver(direct_message("who?", ts=f"{n}.2", channel=f"D{n}", user=f"U{n}"))
            await slack.until("chat.postMessage", 2 * n + 2)
            assert (await door.queue.counts()).get("dead") is None
    answers = [message.shown for message in slack.there.messages.values()]
    assert sum("Ines approves" in answer for answer in answers) == 3
    assert sum("a lot going on" in answer for answer in answers) == 1
