"""The app against a Slack that runs here, through the real Bolt and SDK."""

import asyncio
import logging
from dataclasses import replace

import pytest
from aiohttp import web

from integrations.slack.answering import NO_QUESTION, STOPPED, TRY_AGAIN
from integrations.slack.rights import FOR_ALL
from tests.integrations.slack.conversations import shown
from tests.integrations.slack.doubles import ANSWER, ScriptedAssistant, direct_message, event
from tests.integrations.slack.local_slack import LocalSlack
from tests.integrations.slack.opened import QUICK, eventually, opened
from tools.errors import InvalidQuestion, ModelUnavailable, StoreInUse, TransientError
from tools.passages import Reader


def shown_in(post: dict[str, object]) -> str:
    """All that people see of a posted message."""
    blocks = post["blocks"]
    assert isinstance(blocks, list)
    return shown(blocks)


async def test_one_mention_gets_one_cited_answer_in_its_thread(slack: LocalSlack) -> None:
    assistant = ScriptedAssistant()
    async with opened(slack, assistant):
        await slack.deliver(event("<@UBOT> who approves refunds &amp; returns?", ts="100.1"))
        await slack.until("chat.postMessage", 1)
    (post,) = slack.posted()
    assert (post["channel"], post["thread_ts"]) == ("C1", "100.1")
    assert "Ines approves refunds above 500 €. [1]" in shown_in(post)
    assert "Very sure (93% likely to be right)" in shown_in(post)
    assert "*[1]* <https://handbook.acme.test/refunds?a=1&amp;b=2|Refunds> · Approval\n> Ines approves" in shown_in(
        post
    )
    assert FOR_ALL in shown_in(post)
    assert assistant.asked == [
        ("who approves refunds & returns?", Reader(user="slack:T1:U1", groups=()), "slack:T1:C1:100.1")
    ]


async def test_an_answer_in_a_thread_keeps_to_the_thread(slack: LocalSlack) -> None:
    assistant = ScriptedAssistant()
    async with opened(slack, assistant):
        await slack.deliver(event("<@UBOT> and returns?", ts="107.0", thread_ts="100.1"))
        await slack.until("chat.postMessage", 1)
    assert slack.posted()[0]["thread_ts"] == "100.1"
    assert assistant.asked[0][2] == "slack:T1:C1:100.1"


@pytest.mark.parametrize(
    "again",
    [
        event("<@UBOT> who?", ts="100.1", event_id="Ev1"),
        event("<@UBOT> who?", ts="100.1", event_id="Ev2", kind="message", channel_type="channel"),
        event("<@UBOT> who?", ts="100.2", event_id="Ev1"),
    ],
    ids=["redelivered", "the mention's message twin", "the same event id"],
)
async def test_what_comes_twice_is_answered_once(slack: LocalSlack, again: dict[str, object]) -> None:
    assistant = ScriptedAssistant()
    async with opened(slack, assistant):
        await slack.deliver(event("<@UBOT> who?", ts="100.1", event_id="Ev1"))
        await slack.deliver(again)
        await slack.until("chat.postMessage", 1)
        await slack.deliver(again)
    assert len(slack.posted()) == len(assistant.asked) == 1


async def test_two_questions_get_two_answers(slack: LocalSlack) -> None:
    async with opened(slack, ScriptedAssistant()):
        await slack.deliver(event("<@UBOT> who?", ts="100.1"))
        await slack.deliver(event("<@UBOT> who?", ts="100.1", event_id="EvX", channel="C2"))
        await slack.until("chat.postMessage", 2)
    assert {post["channel"] for post in slack.posted()} == {"C1", "C2"}


async def test_events_are_acknowledged_while_answers_take_their_time(slack: LocalSlack) -> None:
    assistant = ScriptedAssistant(may_answer=(may_answer := asyncio.Event()))
    async with opened(slack, assistant, timing=replace(QUICK, lease=60.0, first_sign=60.0)):
        events = (event("<@UBOT> who?", ts=f"{n}.0") for n in range(40))
        await asyncio.gather(*(slack.deliver(body, timeout_seconds=30.0) for body in events))
        assert slack.posted() == []
        may_answer.set()
        await slack.until("chat.postMessage", 40, 30.0)
    assert len(assistant.asked) == 40


@pytest.mark.parametrize(
    "body",
    [
        event("<@UBOT> hi", user="UBOT"),
        event("<@UBOT> hi", bot_id="B7"),
        direct_message("hi", bot_id="BBOT", user="UBOT"),
        direct_message("hi", user="USLACKBOT"),
        direct_message("hi", subtype="message_changed"),
        direct_message("hi", subtype="message_deleted", hidden=True),
        event("we talk among ourselves", kind="message", channel_type="channel"),
        event("<@UOTHER> hi", kind="message", channel_type="channel"),
        event("", kind="reaction_added"),
    ],
)
async def test_bots_edits_itself_and_other_peoples_talk_are_left_alone(
    slack: LocalSlack, body: dict[str, object]
) -> None:
    assistant = ScriptedAssistant()
    async with opened(slack, assistant):
        if body["event"]["type"] != "reaction_added":  # type: ignore[index]
            await slack.deliver(body)
        await slack.deliver(event("<@UBOT> a real one", ts="900.9"))
        await slack.until("chat.postMessage", 1)
    assert [question for question, _, _ in assistant.asked] == ["a real one"]


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (ModelUnavailable("http://10.0.0.7 did not answer"), TRY_AGAIN),
        (StoreInUse("/srv/secret/hopline.db is held by another process"), "this reference: Ev-app_mention-100.1"),
        (ZeroDivisionError("secret"), "this reference: Ev-app_mention-100.1"),
        (InvalidQuestion("The question is longer than 4,000 characters."), "longer than 4,000 characters"),
        (ANSWER.model_copy(update={"status": "failed", "notes": ("secret",)}), "Something went wrong"),
    ],
)
async def test_an_error_ends_in_a_kind_word_that_gives_nothing_away(
    slack: LocalSlack, outcome: Exception, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.CRITICAL, "hopline.slack"):
        async with opened(slack, ScriptedAssistant(outcome)):
            await slack.deliver(event("<@UBOT> who?"))
            await slack.until("chat.postMessage", 1)
    (post,) = slack.posted()
    assert said in shown_in(post)
    assert not any(word in str(post) for word in ("secret", "10.0.0.7", "Traceback"))
    assert post["thread_ts"] == "100.1"


async def test_a_mention_without_a_question_is_told_how_to_ask(slack: LocalSlack) -> None:
    assistant = ScriptedAssistant()
    async with opened(slack, assistant):
        await slack.deliver(event("<@UBOT>   "))
        await slack.until("chat.postMessage", 1)
    assert shown_in(slack.posted()[0]) == NO_QUESTION
    assert assistant.asked == []


async def test_a_rate_limit_is_waited_out_and_the_answer_still_comes_once(slack: LocalSlack) -> None:
    limited = {"ok": False, "error": "ratelimited"}
    slack.fail_next("chat.postMessage", web.json_response(limited, status=429, headers={"Retry-After": "1"}))
    async with opened(slack, ScriptedAssistant()):
        started = asyncio.get_running_loop().time()
        await slack.deliver(event("<@UBOT> who?"))
        await slack.until("chat.postMessage", 1)
        assert asyncio.get_running_loop().time() - started >= 1.0
    assert len(slack.posted()) == 1
    assert "Ines approves" in shown_in(slack.posted()[0])


async def test_a_server_error_is_tried_again(slack: LocalSlack) -> None:
    slack.fail_next("chat.postMessage", web.Response(status=503))
    async with opened(slack, ScriptedAssistant()):
        await slack.deliver(event("<@UBOT> who?"))
        await slack.until("chat.postMessage", 1)
    assert "Ines approves" in shown_in(slack.posted()[0])


async def test_a_refused_answer_becomes_a_word_of_apology(slack: LocalSlack, caplog: pytest.LogCaptureFixture) -> None:
    slack.fail_next("chat.postMessage", web.json_response({"ok": False, "error": "invalid_blocks"}))
    with caplog.at_level(logging.CRITICAL, "hopline.slack"):
        async with opened(slack, ScriptedAssistant()):
            await slack.deliver(event("<@UBOT> who?"))
            await slack.until("chat.postMessage", 1)
    assert "Something went wrong" in shown_in(slack.posted()[0])


async def test_the_session_shows_that_it_works_and_that_it_is_done(slack: LocalSlack) -> None:
    async with opened(slack, ScriptedAssistant()):
        await slack.deliver(event("<@UBOT> who?"))
        statuses = await slack.until("agents.sessions.setStatus", 2)
    assert [(call["status"], call["thread_ts"]) for call in statuses] == [("processing", "100.1"), ("active", "100.1")]


async def test_a_workspace_without_sessions_is_asked_once_and_answered_all_the_same(slack: LocalSlack) -> None:
    unknown = [web.json_response({"ok": False, "error": "unknown_method"}) for _ in range(9)]
    slack.fail_next("agents.sessions.setStatus", *unknown)
    async with opened(slack, ScriptedAssistant()):
        for n in (1, 2):
            await slack.deliver(event("<@UBOT> who?", ts=f"{n}.0"))
            await slack.until("chat.postMessage", n)
    assert len(slack.faults["agents.sessions.setStatus"]) == 8


async def test_stop_ends_the_answer_and_says_so(slack: LocalSlack) -> None:
    assistant, threads = ScriptedAssistant(hangs=True), {"100.1", "200.1"}
    async with opened(slack, assistant, timing=replace(QUICK, first_sign=60.0)):
        await slack.deliver(event("<@UBOT> who?", ts="100.1"))
        await slack.deliver(event("<@UBOT> else?", ts="200.1"))
        await slack.when(lambda: {call["thread_ts"] for call in slack.called("agents.sessions.setStatus")} == threads)
        stop = event("", kind="agent_session_stopped", ts="300.1", thread_ts="100.1")
        await slack.deliver(stop)
        await slack.until("chat.postMessage", 1)
        (post,) = slack.posted()
        assert (post["thread_ts"], shown_in(post).splitlines()[0]) == ("100.1", STOPPED)
        stop["event"]["thread_ts"] = "200.1"
        await slack.deliver(stop)
        await slack.until("chat.postMessage", 2)


async def test_closing_lets_an_answer_end_and_the_next_start_makes_those_that_could_not(slack: LocalSlack) -> None:
    async with opened(slack, ScriptedAssistant(delay_seconds=0.5)):
        await slack.deliver(event("<@UBOT> who?", ts="100.1"))
        await slack.until("agents.sessions.setStatus", 1)
    assert "Ines approves" in slack.there.in_thread("C1", "100.1")[0].shown
    async with opened(slack, ScriptedAssistant(delay_seconds=60), timing=replace(QUICK, grace=0.1)):
        await slack.deliver(event("<@UBOT> who?", ts="200.1"))
        await slack.until("agents.sessions.setStatus", 3)
    async with opened(slack, ScriptedAssistant()):
        await slack.when(lambda: any("Ines" in one.shown for one in slack.there.in_thread("C1", "200.1")))
    assert len(slack.there.in_thread("C1", "200.1")) == 1


async def test_a_dropped_connection_is_made_anew(slack: LocalSlack) -> None:
    async with opened(slack, ScriptedAssistant()):
        await slack.drop_connection()
        await slack.deliver(event("<@UBOT> who?"))
        await slack.until("chat.postMessage", 1)
    assert len(slack.called("apps.connections.open")) > 2  # the check's, the first and a new one


async def test_a_long_answer_goes_on_in_the_next_message(slack: LocalSlack) -> None:
    long = ANSWER.model_copy(update={"answer": "Sentence after sentence. " * 800})
    async with opened(slack, ScriptedAssistant(long)):
        await slack.deliver(event("<@UBOT> who?"))
        await slack.until("chat.postMessage", 2)
    assert {post["thread_ts"] for post in slack.posted()} == {"100.1"}
    assert sum(shown_in(post).count("Sentence after sentence.") for post in slack.posted()) == 800


async def test_a_door_whose_worker_has_ended_is_not_ready(slack: LocalSlack) -> None:
    async with opened(slack, ScriptedAssistant()) as door:
        assert await door.counts() == {}
        await door.worker.drain()

        async def is_not_ready() -> bool:
            try:
                await door.counts()
            except TransientError as error:
                return "worker has ended" in str(error)
            return False

        await eventually(is_not_ready)
