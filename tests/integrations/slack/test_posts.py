"""A worker whose lease is another's, or will be before Slack has replied, touches nothing in Slack."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError

from integrations.slack.blocks import plain
from integrations.slack.pace import Pace
from integrations.slack.posts import EVENT_TYPE, Lease, LeaseLost, Posts
from integrations.slack.questions import Identity
from integrations.slack.refusals import is_passing
from integrations.slack.storage.database import open_database
from integrations.slack.storage.queue import Queue
from integrations.slack.workspaces import Workspace, connections
from tests.integrations.slack.local_slack import BOT_TOKEN, LocalSlack
from tests.integrations.slack.opened import QUICK
from tests.integrations.slack.test_queue import ASKED


@pytest.fixture
async def posts(slack: LocalSlack, tmp_path: Path) -> AsyncIterator[Posts]:
    """Of a job with two messages, whose lease lasts less than a call to Slack may take."""
    database = await asyncio.to_thread(open_database, tmp_path, None)
    queue = Queue(database)
    await queue.accept(ASKED)
    (job,) = await queue.lease("w", 1, 30.0)
    job = replace(job, posts=("1.1", "1.2"))
    async with connections(1.0) as session:
        workspace = Workspace.opened(Identity("T1", "UBOT", "BBOT"), "default", BOT_TOKEN, slack.url, session)
        yield Posts(job, "w", Lease(QUICK.call / 2), queue, workspace, Pace(0.0), QUICK)
    await database.close()


@pytest.mark.parametrize("ahead", [-3_600.0, 0.0, 3_600.0, 86_400.0])
async def test_a_post_that_got_there_is_found_however_wrong_our_clock_is(
    slack: LocalSlack, tmp_path: Path, ahead: float
) -> None:
    database = await asyncio.to_thread(open_database, tmp_path, None)
    queue = Queue(database)
    asked = time.time() - 300.0
    await queue.accept(replace(ASKED, ts=f"{asked:.6f}", thread=f"{asked:.6f}"))
    (job,) = await queue.lease("w", 1, 30.0)
    job = replace(job, accepted=asked + 1.0 + ahead, posting=time.time() + ahead)
    async with connections(1.0) as session:
        workspace = Workspace.opened(Identity("T1", "UBOT", "BBOT"), "default", BOT_TOKEN, slack.url, session)
        there = await workspace.client.chat_postMessage(
            channel="C1",
            thread_ts=job.question.thread,
            text="the answer",
            metadata={"event_type": EVENT_TYPE, "event_payload": {"question": job.question.key, "part": 0}},
        )
        posts = Posts(job, "w", Lease(30.0), queue, workspace, Pace(0.0), QUICK)
        await posts.recover()
    assert posts.ts == [there["ts"]]
    await database.close()


@pytest.mark.parametrize(
    "act",
    [
        lambda posts: posts.post(plain("another")),
        lambda posts: posts.update(0, plain("otherwise")),
        lambda posts: posts.deliver([plain("otherwise")]),
        lambda posts: posts.deliver([]),
        lambda posts: posts.replace([]),
        lambda posts: posts.withdraw(),
        lambda posts: posts.start_stream([]),
        lambda posts: posts.append_stream("1.1", []),
    ],
    ids=["post", "update", "deliver", "delete", "replace", "withdraw", "start a stream", "append to a stream"],
)
async def test_nothing_is_done_on_a_lease_that_may_run_out(
    slack: LocalSlack, posts: Posts, act: Callable[[Posts], Awaitable[object]]
) -> None:
    with pytest.raises(LeaseLost):
        await act(posts)
    assert slack.calls == []


async def test_a_message_that_slack_takes_for_a_stream_again_and_again_is_left_for_later(
    slack: LocalSlack, posts: Posts
) -> None:
    posts._lease = Lease(30.0)
    conflicts = [web.json_response({"ok": False, "error": "streaming_state_conflict"}) for _ in range(20)]
    slack.fail_next("chat.update", *conflicts)
    with pytest.raises(SlackApiError) as caught:
        await posts.update(0, plain("the answer"))
    assert is_passing(caught.value)
    assert len(slack.faults["chat.update"]) == 18
