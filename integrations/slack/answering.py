"""Takes one job from its question to its end in Slack. However it ends, whoever asked sees it."""

import asyncio
import logging
import uuid
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from typing import Protocol

from agent.answers import Answer
from agent.events import Event
from integrations.slack.blocks import SlackMessage, plain, render, trusted
from integrations.slack.controls import Controls
from integrations.slack.display import Showing, display_of
from integrations.slack.posts import Posts
from integrations.slack.progress import Seen, stopped_answer
from integrations.slack.questions import SlackQuestion
from integrations.slack.rights import Granted, Rights
from integrations.slack.storage.jobs import Job
from integrations.slack.storage.withdrawals import NOTHING_LEFT
from integrations.slack.timing import MAX_CRASHES, Timing
from integrations.slack.workspaces import Workspace
from tools.errors import InvalidQuestion, PermanentError, TransientError
from tools.passages import Reader

NO_QUESTION = "Ask me something about the documents, for example: who approves a refund above the standard limit?"
TRY_AGAIN = "I can't reach something I need right now, so I have no answer. Please ask again in a minute."
WENT_WRONG = (
    "Something went wrong on my side, so I have no answer. Please ask again later. If it happens again, give whoever"
    " runs me this reference: {reference}"
)
STOPPED = "Stopped, as you asked. Ask again whenever you like."
MAX_HOPS = 10
_RUNS = uuid.UUID("5f0c2f1e-2f0a-4b52-9a55-6f7d1f4f9c11")

log = logging.getLogger("hopline.slack")


class Answerer(Protocol):
    """The part of the assistant that this door needs."""

    def stream(
        self,
        question: str,
        *,
        reader: Reader,
        conversation: str | None = None,
        max_hops: int | None = None,
        channel: str = "",
        run_id: str | None = None,
    ) -> AsyncGenerator[Event, None]: ...


class NoAnswer(Exception):
    """There is nothing to show but this sentence. `final` says that trying again would change nothing."""

    def __init__(self, sentence: str, *, final: bool, dead: bool = True) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.final = final
        self.dead = dead


@dataclass(frozen=True, slots=True)
class Outcome:
    """The messages to show, and the answer in them with the groups whose documents it may be based on."""

    messages: list[SlackMessage]
    answer: Answer | None = None
    under: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Answering:
    assistant: Answerer
    rights: Rights
    timing: Timing
    people: str = ""

    async def messages(self, job: Job, posts: Posts, workspace: Workspace, stopping: asyncio.Event) -> "Outcome":
        """What the job's messages shall be, and the answer they show. Raises NoAnswer, and what Slack raises."""
        question = job.question
        if question.notice:
            return Outcome([trusted(question.notice) if job.kind == "person" else plain(question.notice)])
        if job.crashes >= MAX_CRASHES:
            log.error("job %d is given up: its worker died %d times", job.id, job.crashes)
            raise NoAnswer(WENT_WRONG.format(reference=reference(job)), final=True)
        if not question.text:
            return Outcome([plain(NO_QUESTION)])
        answer, under = job.answer, job.under
        granted = await self.rights.of(question, workspace, anew=bool(under))
        while answer is None or not under <= set(granted.reader.groups):
            # Whoever came to read along meanwhile counts as well: who may read is asked again when the answer is there.
            answer = await self._answered(job, granted, posts, workspace, stopping)
            under = frozenset(granted.reader.groups)
            granted = await self.rights.of(question, workspace, anew=bool(under))
        return Outcome(self._rendered(job, answer, granted.evidence), answer, under)

    def withdrawn(self, job: Job) -> list[SlackMessage]:
        """What the posts of an answer shall read that lost sources, or that was erased with them."""
        return self._rendered(job, job.answer, "") if job.answer is not None else [plain(NOTHING_LEFT)]

    def _rendered(self, job: Job, answer: Answer, evidence: str) -> list[SlackMessage]:
        further = (job.max_hops or 0) < MAX_HOPS and not job.question.response_url
        controls = Controls(job.id, further=further, person=self.people)
        return render(answer, evidence=evidence, controls=controls)

    async def _answered(
        self, job: Job, granted: Granted, posts: Posts, workspace: Workspace, stopping: asyncio.Event
    ) -> Answer:
        question, seen = job.question, Seen()
        async with AsyncExitStack() as around:
            if not question.response_url:
                around.push_async_callback(self._showing(posts, question, seen).end)
                status = workspace.status.processing(
                    question.channel, question.thread, user=question.user, title=question.text
                )
                await around.enter_async_context(status)
            try:
                return await self._run(job, granted.reader, seen, stopping)
            except InvalidQuestion as error:
                raise NoAnswer(str(error), final=True, dead=False) from error
            except TransientError as error:
                log.warning("job %d: %s", job.id, error)
                raise NoAnswer(TRY_AGAIN, final=False) from error
            except PermanentError as error:
                log.error("job %d: %s: %s", job.id, type(error).__name__, error)
                raise NoAnswer(WENT_WRONG.format(reference=reference(job)), final=True) from error

    async def _run(self, job: Job, reader: Reader, seen: Seen, stopping: asyncio.Event) -> Answer:
        """The graph, until its answer is there or somebody stops it."""
        question = job.question
        stream = self.assistant.stream(
            question.text,
            reader=reader,
            conversation=question.conversation,
            max_hops=job.max_hops,
            channel=question.channel,
            run_id=run_id_of(job),
        )
        async with aclosing(stream) as events:
            halt = asyncio.create_task(stopping.wait())
            try:
                while True:
                    step = asyncio.ensure_future(anext(events))
                    await asyncio.wait({step, halt}, return_when=asyncio.FIRST_COMPLETED)
                    if not step.done():
                        await _cancelled(step)
                        return stopped_answer(question.text, seen, STOPPED)
                    event = step.result()
                    if isinstance(event, Answer):
                        return event
                    seen.on(event)
            finally:
                halt.cancel()
                if not step.done():
                    await _cancelled(step)

    def _showing(self, posts: Posts, question: SlackQuestion, seen: Seen) -> Showing:
        display, every = display_of(posts, direct=question.direct, timing=self.timing)
        return Showing(display, seen, self.timing.first_sign, every)


async def _cancelled(step: "asyncio.Future[Event]") -> None:
    step.cancel()
    await asyncio.wait({step})


def run_id_of(job: Job) -> str:
    """The run's id: the same for every worker that takes the job, and a new one if the question is asked again. So a
    run whose worker was killed goes on where it stopped, and is remembered once."""
    question = job.question
    return uuid.uuid5(_RUNS, f"{question.team}/{question.channel}/{question.ts}/{job.id}/{job.revision}").hex


def reference(job: Job) -> str:
    return job.question.event_id or f"job {job.id}"
