"""While it works: streams in direct messages, updates in channels, Stop, and answers that follow their questions."""

from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from agent.events import DraftDiscarded, Token, Validated
from integrations.slack.answering import STOPPED
from integrations.slack.blocks import LOOKING
from integrations.slack.markdown import plain_markdown
from integrations.slack.progress import Seen
from tests.integrations.slack.block_kit import chunk_problems, problems
from tests.integrations.slack.doubles import ANSWER, HOPS, ScriptedAssistant, deleted, direct_message, edited, event
from tests.integrations.slack.local_slack import LocalSlack
from tests.integrations.slack.opened import QUICK, eventually, opened

WRITING = (*HOPS, *(Token(f"Sentence {n} is here. ") for n in range(8)), Validated(8, 0))


async def test_a_direct_message_streams_hops_as_cards_with_their_sources_and_then_the_text(slack: LocalSlack) -> None:
    async with opened(slack, ScriptedAssistant(progress=WRITING, delay_seconds=0.08)):
        await slack.deliver(direct_message("who?"))
        await slack.until("chat.update", 1)
    (start,) = slack.called("chat.startStream")
    assert (start["channel"], start["thread_ts"], start["task_display_mode"]) == ("D1", "100.1", "timeline")
    chunks = [chunk for call in [start, *slack.called("chat.appendStream")] for chunk in call["chunks"]]
    assert chunk_problems(chunks) == []
    cards = [(c["id"], c["status"], c.get("output")) for c in chunks if c["type"] == "task_update"]
    assert cards[0][0] == "hop-1"
    assert ("hop-1", "complete", "Refunds") in cards
    assert ("hop-2", "complete", "Duty manager") in cards
    assert ("writing", "in_progress", None) in cards
    text = "".join(c["text"] for c in chunks if c["type"] == "markdown_text")
    assert text == "".join(f"Sentence {n} is here. " for n in range(8))[: len(text)]
    assert "Sentence 5" in text
    (message,) = slack.there.in_thread("D1", "100.1")
    assert "Ines approves" in message.shown
    assert message.streaming_since is None


async def test_a_stream_that_slack_closed_goes_on_in_another_without_losing_text(slack: LocalSlack) -> None:
    slack.there.stream_seconds = 0.25
    texts = []
    async with opened(slack, ScriptedAssistant(progress=WRITING, delay_seconds=0.08)):
        await slack.deliver(direct_message("who?"))
        await slack.until("chat.update", 1)
        for call in [*slack.called("chat.startStream"), *slack.called("chat.appendStream")]:
            texts += [chunk["text"] for chunk in call["chunks"] if chunk["type"] == "markdown_text"]
        await slack.when(lambda: len(slack.there.in_thread("D1", "100.1")) == 1)
    assert len(slack.called("chat.startStream")) >= 2
    assert all(f"Sentence {n} is here." in "".join(texts) for n in range(6))
    assert "Ines approves" in slack.there.in_thread("D1", "100.1")[0].shown


async def test_a_channel_sees_one_message_that_is_updated_and_becomes_the_answer(slack: LocalSlack) -> None:
    async with opened(slack, ScriptedAssistant(progress=WRITING, delay_seconds=0.08)):
        await slack.deliver(event("<@UBOT> who?"))
        await slack.when(lambda: any("Ines" in str(call["blocks"]) for call in slack.called("chat.update")))
    assert len(slack.posted()) == 1
    assert slack.posted()[0]["text"] == LOOKING
    assert slack.called("chat.startStream") == []
    seen = [str(call["blocks"]) for call in slack.called("chat.update")]
    assert any("Following a link: Duty manager" in blocks and "→ Refunds" in blocks for blocks in seen)
    assert len(slack.there.in_thread("C1", "100.1")) == 1


async def test_a_quick_answer_comes_as_one_message_without_any_before_it(slack: LocalSlack) -> None:
    async with opened(slack, ScriptedAssistant(progress=HOPS)):
        await slack.deliver(direct_message("who?"))
        await slack.until("chat.postMessage", 1)
    assert slack.called("chat.update") == slack.called("chat.startStream") == []


async def test_what_slack_refuses_of_the_progress_costs_no_answer(slack: LocalSlack) -> None:
    refused = [web.json_response({"ok": False, "error": "feature_not_enabled"}) for _ in range(20)]
    slack.fail_next("chat.startStream", *refused)
    async with opened(slack, ScriptedAssistant(progress=WRITING, delay_seconds=0.05)):
        await slack.deliver(direct_message("who?"))
        await slack.until("chat.postMessage", 1)
    assert "Ines approves" in slack.there.in_thread("D1", "100.1")[0].shown


@pytest.mark.parametrize("body", [event("<@UBOT> who?"), direct_message("who?")], ids=["channel", "direct"])
async def test_stop_ends_the_graph_keeps_what_was_verified_and_says_so(
    slack: LocalSlack, body: dict[str, object]
) -> None:
    assistant = ScriptedAssistant(progress=WRITING, hangs=True)
    channel = body["event"]["channel"]  # type: ignore[index]
    async with opened(slack, assistant):
        await slack.deliver(body)
        await assistant.told.wait()
        await slack.deliver(event("", kind="agent_session_stopped", ts="9.9", thread_ts="100.1", channel=channel))
        await slack.when(lambda: any(STOPPED in one.shown for one in slack.there.in_thread(channel, "100.1")))
        await slack.when(lambda: slack.called("agents.sessions.setStatus")[-1]["status"] == "active")
    assert assistant.stopped == 1
    (message,) = slack.there.in_thread(channel, "100.1")
    assert "Sentence 0 is here. Sentence 1 is here." in message.shown


async def test_stop_before_anything_was_verified_keeps_nothing_but_where_it_looked(slack: LocalSlack) -> None:
    progress = (*HOPS, Token("A claim taken back."), DraftDiscarded("too unsure"))
    assistant = ScriptedAssistant(progress=progress, hangs=True)
    async with opened(slack, assistant):
        await slack.deliver(event("<@UBOT> who?"))
        await assistant.told.wait()
        await slack.deliver(event("", kind="agent_session_stopped", ts="9.9", thread_ts="100.1"))
        await slack.when(lambda: any(STOPPED in one.shown for one in slack.there.in_thread("C1", "100.1")))
    (message,) = slack.there.in_thread("C1", "100.1")
    assert "taken back" not in message.shown
    assert "Found so far: Refunds; Duty manager." in message.shown


async def test_checked_sentences_are_kept_until_they_are_taken_back() -> None:
    seen = Seen()
    for happened in (Token("True."), Token(" So is this."), Validated(2, 1)):
        seen.on(happened)
    assert seen.draft == "True. So is this."
    seen.on(DraftDiscarded("too unsure"))
    assert seen.draft == ""


async def test_an_edited_question_is_answered_anew_in_the_same_message(slack: LocalSlack) -> None:
    assistant = ScriptedAssistant()
    async with opened(slack, assistant):
        await slack.deliver(event("<@UBOT> who?"))
        await slack.until("chat.postMessage", 1)
        assistant.answer = ANSWER.model_copy(update={"answer": "In May. [1]"})
        body = edited("<@UBOT> when?", before="<@UBOT> who?")
        await slack.deliver(body)
        await slack.deliver(body)
        await slack.when(lambda: any("In May" in one.shown for one in slack.there.messages.values()))
    assert [question for question, _, _ in assistant.asked] == ["who?", "when?"]
    assert len(slack.there.in_thread("C1", "100.1")) == 1


async def test_a_question_edited_while_it_is_worked_on_gets_only_the_new_answer(slack: LocalSlack) -> None:
    assistant = ScriptedAssistant(progress=HOPS, delay_seconds=0.3)
    async with opened(slack, assistant):
        await slack.deliver(event("<@UBOT> who?"))
        await slack.until("chat.postMessage", 1)
        assistant.delay_seconds = 0.0
        await slack.deliver(edited("<@UBOT> when?", before="<@UBOT> who?"))
        await slack.when(lambda: any("Ines" in one.shown for one in slack.there.messages.values()))
    assert [question for question, _, _ in assistant.asked] == ["who?", "when?"]
    assert assistant.stopped == 1
    assert len(slack.there.in_thread("C1", "100.1")) == 1


async def test_a_longer_answer_to_the_edit_gets_more_messages_and_a_shorter_one_fewer(slack: LocalSlack) -> None:
    long = ANSWER.model_copy(update={"answer": "Sentence after sentence. " * 800})
    assistant = ScriptedAssistant(long)
    async with opened(slack, assistant):
        await slack.deliver(event("<@UBOT> one?"))
        await slack.until("chat.postMessage", 2)
        assistant.answer = ANSWER
        await slack.deliver(edited("<@UBOT> two?", before="<@UBOT> one?"))
        await slack.until("chat.delete", 1)
        assistant.answer = long
        await slack.deliver(edited("<@UBOT> three?", before="<@UBOT> two?"))
        await slack.until("chat.postMessage", 3)
    assert len(slack.there.in_thread("C1", "100.1")) == 2


@pytest.mark.parametrize(
    "body",
    [
        edited("<@UBOT> who?", before="<@UBOT> who?"),
        edited("<@UBOT> who? and why?", before="<@UBOT> who?", bot_id="B9"),
        edited("nothing to do with it", before="nor this", ts="555.5"),
    ],
    ids=["a preview", "a bot's", "no question"],
)
async def test_edits_that_ask_nothing_change_nothing(slack: LocalSlack, body: dict[str, object]) -> None:
    assistant = ScriptedAssistant()
    async with opened(slack, assistant):
        await slack.deliver(event("<@UBOT> who?"))
        await slack.until("chat.postMessage", 1)
        await slack.deliver(body)
        await slack.deliver(event("<@UBOT> last?", ts="200.1"))
        await slack.until("chat.postMessage", 2)
    assert [question for question, _, _ in assistant.asked] == ["who?", "last?"]


async def test_an_edit_that_mentions_the_app_for_the_first_time_asks_it(slack: LocalSlack) -> None:
    async with opened(slack, ScriptedAssistant()):
        await slack.deliver(edited("<@UBOT> who?", before="who?"))
        await slack.until("chat.postMessage", 1)
    assert "Ines approves" in slack.there.in_thread("C1", "100.1")[0].shown


TOMBSTONE = edited("This message was deleted.", before="<@UBOT> who?", subtype="tombstone", user="USLACKBOT")


@pytest.mark.parametrize("body", [deleted(), TOMBSTONE], ids=["deleted", "a tombstone"])
async def test_the_answer_to_a_deleted_question_goes_and_nothing_of_it_is_kept(
    slack: LocalSlack, body: dict[str, object]
) -> None:
    async with opened(slack, ScriptedAssistant()) as door:
        await slack.deliver(event("<@UBOT> a secret?"))
        await slack.until("chat.postMessage", 1)
        await slack.deliver(body)
        await slack.until("chat.delete", 1)
        await slack.deliver(event("<@UBOT> a secret?", event_id="Ev-late"))

        async def is_gone() -> bool:
            return await door.queue.counts() == {"gone": 1}

        await eventually(is_gone)
    assert slack.there.messages == {}
    stored = b"".join(file.read_bytes() for file in Path("home").glob("slack.sqlite"))
    assert b"Ines approves" not in stored


async def test_a_question_deleted_while_it_is_worked_on_leaves_nothing(slack: LocalSlack) -> None:
    assistant = ScriptedAssistant(progress=HOPS, delay_seconds=0.3)
    async with opened(slack, assistant):
        await slack.deliver(event("<@UBOT> who?"))
        await slack.until("chat.postMessage", 1)
        await slack.deliver(deleted())
        await slack.until("chat.delete", 1)
    assert slack.there.messages == {}
    assert assistant.stopped == 1


async def test_the_agent_pane_offers_prompts_without_a_thread(slack: LocalSlack) -> None:
    async with opened(slack, ScriptedAssistant()):
        await slack.deliver(event("", kind="app_home_opened", channel="D1", tab="home"))
        await slack.deliver(event("", kind="app_home_opened", channel="D1", tab="messages"))
        (call,) = await slack.until("assistant.threads.setSuggestedPrompts", 1)
    assert call["channel_id"] == "D1"
    assert "thread_ts" not in call
    assert len(call["prompts"]) == 4


async def test_posts_to_one_channel_keep_slacks_pace_and_others_do_not_wait(slack: LocalSlack) -> None:
    slack.there.post_interval = 0.25
    async with opened(slack, ScriptedAssistant(), timing=replace(QUICK, post_interval=0.4)):
        for n in range(4):
            await slack.deliver(event("<@UBOT> who?", ts=f"{n}.1"))
        await slack.deliver(event("<@UBOT> who?", ts="9.1", channel="C2"))
        await slack.until("chat.postMessage", 5)
    assert slack.there.too_fast == 0
    assert [call["channel"] for call in slack.posted()].index("C2") <= 1


@given(st.text())
def test_markdown_shows_nothing_but_the_text(written: str) -> None:
    plain = plain_markdown(written)
    for mark in ("<", "[", "*", "`", "_", "~"):
        assert all(plain[at - 1] == "\\" for at in range(len(plain)) if plain[at] == mark)
    assert "://" not in plain.replace("\u200b://\u200b", "")


def test_the_numbers_of_a_list_stay_as_they_are_in_markdown() -> None:
    assert plain_markdown("1. Ask.\n3. Go in 2024. Now") == "1\\. Ask.\n3\\. Go in 2024. Now"


def test_a_progress_message_is_one_that_slack_takes() -> None:
    from integrations.slack.blocks import progress_message
    from integrations.slack.progress import HopSeen

    hops = [HopSeen(n, "search", "<!channel> & " * 80, ("<b>" * 99,) * 9) for n in range(30)]
    message = progress_message(Seen(hops=hops, draft="x"))
    assert problems(message.blocks) == []
