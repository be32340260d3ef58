"""Clicks, forms, the command and the shortcut: stored first, then acknowledged."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiohttp
from slack_sdk.errors import SlackApiError

from integrations.slack import controls
from integrations.slack.answering import MAX_HOPS
from integrations.slack.intake import Intake, asked_aside, pointed_at
from integrations.slack.questions import SlackQuestion, spoken
from integrations.slack.storage.feedback import Feedback, Label
from integrations.slack.storage.jobs import Job, place_of_hand_over
from integrations.slack.storage.limits import Refusal
from integrations.slack.wording import escaped, quoted
from integrations.slack.workspaces import Workspace
from tools.ports import JsonObject

COMMAND, SHORTCUT = "/hopline", "hopline_answer_this"
USAGE = (
    "Ask me something, for example `/hopline who approves a refund above the standard limit?` Only you see my answer."
)
ASIDE = "Looking for the answer … Only you will see it."
AGAIN = "That message already has an answer in its thread, or will have one in a moment."
SLOW_DOWN = "That is more than I can take from you right now. Please try again a little later."
NOTHING_THERE = "That message has no text that I can answer."
OWN_MESSAGE = "I wrote that message myself. Ask me in its thread instead."
NOT_KEPT = "I no longer have that answer. Please ask the question again."
AS_FAR_AS_I_CAN = "I can't look any further than that."
LOOKING_FURTHER = "Looking further, in up to {hops} steps. The new answer will replace this one."
ASKED_A_PERSON = "I'm passing your question on to {people}."
PASSED_ON = "That question has already been passed on to {people}."
_MAX_QUESTION = 2_000

log = logging.getLogger("hopline.slack")
Say = Callable[..., Awaitable[object]]


@dataclass(frozen=True, slots=True)
class People:
    """Who is asked when somebody wants a person: a channel, and a user group that is called there."""

    channel: str = ""
    group: str = ""

    @property
    def name(self) -> str:
        return "the people who look after this" if self.channel else ""


@dataclass(frozen=True, slots=True)
class Interactions:
    intake: Intake
    feedback: Feedback
    people: People

    async def command(self, body: JsonObject, ack: Say) -> None:
        home = await self._workspace(body.get("team_id") or "")
        question = asked_aside(body, home.identity.team)
        if not question.text or question.text == "help":
            await ack(text=USAGE, response_type="ephemeral")
            return
        verdict = await self.intake.ask(question)
        await ack(text=SLOW_DOWN if verdict == "limited" else ASIDE, response_type="ephemeral")

    async def shortcut(self, body: JsonObject, ack: Say, respond: Say) -> None:
        home = await self._workspace((body.get("team") or {}).get("id") or "")
        message = body.get("message") or {}
        text = spoken(message.get("text") or "", home.identity.user)
        if message.get("user") == home.identity.user or not text:
            await ack()
            await respond(text=OWN_MESSAGE if text else NOTHING_THERE, response_type="ephemeral")
            return
        verdict = await self.intake.ask(pointed_at(body, text, home.identity.team))
        await ack()
        if verdict != "accepted":
            await respond(text=AGAIN if verdict == "repeated" else SLOW_DOWN, response_type="ephemeral")

    async def judged(self, body: JsonObject, ack: Say, respond: Say) -> None:
        """Helpful or not; for the latter the form that asks why."""
        id_, said = controls.job_of_click(body["actions"][0])
        job = await self._job(id_, body)
        label: Label = "helpful" if said == controls.HELPFUL else "not_helpful"
        kept = job is not None and await self.feedback.label(id_, _reader(body), label)
        await ack()
        if not kept or job is None:
            await respond(text=NOT_KEPT, response_type="ephemeral", replace_original=False)
        elif label == "not_helpful":
            workspace = await self._workspace(job.question.team)
            view = controls.reasons_view(id_, job.question.channel, job.question.thread)
            try:
                await workspace.client.views_open(trigger_id=body["trigger_id"], view=view)
            except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
                log.warning("the form for a reason could not be opened: %s", error)

    async def explained(self, body: JsonObject, ack: Say) -> None:
        reason = controls.reason_of(body["view"])
        await self.feedback.explain(reason.job, _reader(body), reason.reason, reason.comment)
        await ack()

    async def further(self, body: JsonObject, ack: Say, respond: Say) -> None:
        id_, _ = controls.job_of_click(body["actions"][0])
        job = await self._job(id_, body)
        queue = self.intake.queue
        hops = await queue.deeper(id_, MAX_HOPS, limits=self.intake.limits) if job is not None else None
        self.intake.worker.wake()
        await ack()
        if isinstance(hops, Refusal):
            said = hops.sentence
        else:
            said = LOOKING_FURTHER.format(hops=hops) if hops else AS_FAR_AS_I_CAN if job else NOT_KEPT
        await respond(text=said, response_type="ephemeral", replace_original=False)

    async def person(self, body: JsonObject, ack: Say, respond: Say) -> None:
        """Pass the question (not the answer, which others may not be allowed to read) on to people."""
        id_, _ = controls.job_of_click(body["actions"][0])
        job = await self._job(id_, body)
        said = NOT_KEPT
        if job is not None and self.people.channel:
            verdict = await self.intake.queue.hand_over(id_, await self._handed_over(job, body))
            self.intake.worker.wake()
            said = {"accepted": ASKED_A_PERSON, "gone": NOT_KEPT}.get(verdict, PASSED_ON)
        await ack()
        await respond(text=said.format(people=self.people.name), response_type="ephemeral", replace_original=False)

    async def _handed_over(self, job: Job, body: JsonObject) -> SlackQuestion:
        asked = job.question
        called = f"<!subteam^{self.people.group}> " if self.people.group else ""
        question = quoted(asked.text, _MAX_QUESTION)
        where = await self._link_to(job)
        return SlackQuestion(
            text=asked.text,
            event_id="",
            team=asked.team,
            channel=self.people.channel,
            user=asked.user,
            ts=place_of_hand_over(job),
            thread="",
            notice=f"{called}<@{escaped(body['user']['id'])}> would like a person to answer:\n{question}{where}",
        )

    async def _link_to(self, job: Job) -> str:
        """A link to the question, where others can open it; none is worth failing for."""
        asked = job.question
        if asked.for_asker_only:
            return "\n(asked in a direct message)"
        workspace = await self._workspace(asked.team)
        try:
            found = await workspace.client.chat_getPermalink(channel=asked.channel, message_ts=asked.ts)
        except (SlackApiError, aiohttp.ClientError, TimeoutError):
            return ""
        return f"\n<{found['permalink']}|Open the thread>"

    async def _job(self, id_: int, body: JsonObject) -> Job | None:
        """The job that a button stands under; nobody reaches one of another workspace or channel."""
        job = await self.intake.queue.job(id_)
        team = (body.get("team") or {}).get("id") or ""
        channel = (body.get("channel") or {}).get("id") or ""
        if job is None or job.wanted == "gone" or job.question.channel != channel:
            return None
        return job if not team or job.question.team == team else None

    async def _workspace(self, team: str) -> Workspace:
        return await self.intake.workspaces.of(team)


def _reader(body: JsonObject) -> str:
    team = (body.get("team") or {}).get("id") or (body.get("user") or {}).get("team_id") or ""
    return f"slack:{team}:{body['user']['id']}"
