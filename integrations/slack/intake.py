"""Puts what Slack tells the app into the queue before it is acknowledged; the worker answers."""

import logging
from dataclasses import dataclass, replace

import aiohttp
from slack_sdk.errors import SlackApiError

from integrations.slack.channels import ChannelRules
from integrations.slack.prompts import SUGGESTED, TITLE
from integrations.slack.questions import (
    Identity,
    SlackQuestion,
    addresses_others,
    calls,
    question_of,
    said_in,
    seconds_of,
)
from integrations.slack.rights import Rights
from integrations.slack.storage.limits import Limits
from integrations.slack.storage.queue import Queue, Verdict
from integrations.slack.worker import Worker
from integrations.slack.workspaces import Workspaces
from tools.ports import JsonObject

OVERTAKES_SECONDS = 600.0
"""Slack repeats a delivery that failed for some minutes: an edit or a deletion of a message that is not older than this
may come before the message itself."""

log = logging.getLogger("hopline.slack")


@dataclass(frozen=True, slots=True)
class Intake:
    """Raises what the queue's database raises: then Slack is not told that the event arrived, and sends it again."""

    queue: Queue
    worker: Worker
    workspaces: Workspaces
    rights: Rights
    channels: ChannelRules
    limits: Limits

    async def message(self, body: JsonObject) -> None:
        """A mention or a message: a question, a follow-up, an edit, a deletion, or nothing for us."""
        event = body.get("event") or {}
        subtype = event.get("subtype")
        if subtype == "message_changed":
            await self._changed(body, event)
        elif subtype == "message_deleted":
            await self._deleted(body, event, event.get("deleted_ts") or "")
        else:
            await self._said(body)

    async def stopped(self, body: JsonObject) -> None:
        """Slack's Stop button."""
        event = body.get("event") or {}
        ids = await self.queue.stop(body.get("team_id") or "", event.get("channel") or "", event.get("thread_ts") or "")
        self.worker.stop(ids)

    async def joined(self, body: JsonObject) -> None:
        event = body.get("event") or {}
        self.rights.forget_members(body.get("team_id") or "", event.get("channel") or "")

    async def opened(self, body: JsonObject) -> None:
        """The agent pane was opened: offer some questions. A helper of Bolt's would pass `thread_ts`, which makes the
        call do nothing for agent apps."""
        event = body.get("event") or {}
        if event.get("tab") != "messages" or not event.get("channel"):
            return
        workspace = await self.workspaces.of(body.get("team_id") or "")
        try:
            await workspace.client.assistant_threads_setSuggestedPrompts(
                channel_id=event["channel"], title=TITLE, prompts=[dict(prompt) for prompt in SUGGESTED]
            )
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("no prompts could be suggested: %s", error)

    async def ask(self, question: SlackQuestion) -> Verdict:
        """A question asked by a command or a shortcut."""
        verdict = await self.queue.accept(question, limits=self.limits)
        self.worker.wake()
        return verdict

    async def _said(self, body: JsonObject) -> None:
        workspace = await self.workspaces.of(body.get("team_id") or "")
        question = question_of(body, workspace.identity)
        if question is not None:
            await self.ask(question)
            return
        said = said_in(body, workspace.identity)
        if said is None or said.thread == said.ts or not self.channels.of(said.channel).follow_ups:
            return
        to_others = addresses_others((body["event"].get("text") or ""), workspace.identity)
        if await self.queue.is_follow_up(said, to_others=to_others):
            await self.queue.accept(said, limits=self.limits, called=False)
            self.worker.wake()

    async def _changed(self, body: JsonObject, event: JsonObject) -> None:
        message, before = event.get("message") or {}, event.get("previous_message") or {}
        channel, ts = event.get("channel") or "", message.get("ts") or ""
        if message.get("subtype") == "tombstone":  # a question with replies under it leaves one when it is deleted
            await self._deleted(body, event, ts)
            return
        if message.get("text") == before.get("text"):
            return  # a link's preview, a reply's count, …
        workspace = await self.workspaces.of(body.get("team_id") or "")
        as_said = {**message, "type": "message", "channel": channel, "channel_type": event.get("channel_type")}
        body = {**body, "event": as_said}
        said = said_in(body, workspace.identity)
        if said is None:
            return
        if await self._edited(said):
            return
        asks = _calls_now(message, before, workspace.identity) or (
            # It was a question all along, so it has not come yet: then it is this one, in its newest wording.
            question_of(body, workspace.identity) is not None and _may_overtake(said.edited, ts)
        )
        if asks and await self.ask(said) == "repeated":
            await self._edited(said)  # its message was stored in between

    async def _edited(self, said: SlackQuestion) -> bool:
        """Whether there is such a question, which then reads as `said` does."""
        changed = await self.queue.edited(said, limits=self.limits)
        if changed is None:
            return False
        if changed:
            self.worker.reconsider(said.team, said.channel, said.ts)
        self.worker.wake()
        return True

    async def _deleted(self, body: JsonObject, event: JsonObject, ts: str) -> None:
        team, channel = body.get("team_id") or "", event.get("channel") or ""
        overtakes = _may_overtake(event.get("event_ts") or event.get("ts") or "", ts)
        if await self.queue.deleted(team, channel, ts, may_come_yet=overtakes):
            self.worker.reconsider(team, channel, ts)
            self.worker.wake()


def _calls_now(message: JsonObject, before: JsonObject, identity: Identity) -> bool:
    """An edit that mentions the app for the first time asks it."""
    return calls(message.get("text") or "", identity) and not calls(before.get("text") or "", identity)


def _may_overtake(changed: str, ts: str) -> bool:
    return not changed or seconds_of(changed) - seconds_of(ts) <= OVERTAKES_SECONDS


def asked_aside(body: JsonObject, home_team: str) -> SlackQuestion:
    """The question of a slash command: answered to its asker alone. Slack repeats no command, and each has its own
    trigger, which stands for the ts that it lacks."""
    team = body.get("team_id") or home_team
    return SlackQuestion(
        text=" ".join((body.get("text") or "").split()),
        event_id=f"command-{body['trigger_id']}",
        team=team,
        channel=body["channel_id"],
        user=body["user_id"],
        ts=body["trigger_id"],
        thread=body["trigger_id"],
        home_user=team == home_team,
        response_url=body["response_url"],
    )


def pointed_at(body: JsonObject, text: str, home_team: str) -> SlackQuestion:
    """The message under a shortcut, asked by whoever used it. Among people (a direct message of others) the answer is
    for them alone."""
    message, channel = body["message"], body["channel"]["id"]
    team = (body.get("team") or {}).get("id") or home_team
    question = SlackQuestion(
        text=text,
        event_id=f"shortcut-{body['trigger_id']}",
        team=team,
        channel=channel,
        user=body["user"]["id"],
        ts=message["ts"],
        thread=message.get("thread_ts") or message["ts"],
        home_user=(body["user"].get("team_id") or team) == team,
        shortcut_url=body["response_url"],
    )
    if not channel.startswith("D"):
        return question
    return replace(question, ts=body["trigger_id"], thread=body["trigger_id"], response_url=body["response_url"])
