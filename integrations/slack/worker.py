"""Takes jobs from the queue and brings each to its end. Several workers, in one process or many, share a queue."""

import asyncio
import logging
import os
import socket
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import aiohttp
from slack_sdk.errors import SlackApiError

from agent.telemetry.logs import bind
from integrations.slack.answering import WENT_WRONG, Answering, NoAnswer, reference
from integrations.slack.blocks import SlackMessage, plain
from integrations.slack.ephemeral import respond
from integrations.slack.pace import Pace
from integrations.slack.posts import Lease, LeaseLost, Posts, Unsure
from integrations.slack.refusals import is_passing
from integrations.slack.storage.jobs import Job, State
from integrations.slack.storage.queue import SUSPECT_AFTER_CRASHES, Pulse, Queue
from integrations.slack.storage.withdrawals import ONLY_SHOWN_ONCE
from integrations.slack.timing import Timing
from integrations.slack.workspaces import Workspace, Workspaces
from tools.errors import HoplineError, MemoryUnavailable, TransientError

_AT_A_TIME, _BREATH_SECONDS = 16, 0.02
NOT_IN_CHANNEL = "I can't write in this channel. Invite me with /invite, and try again."

log = logging.getLogger("hopline.slack")


@dataclass
class _Run:
    """A job under way here."""

    job: Job
    lease: Lease
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[None] | None" = None


class Worker:
    def __init__(
        self, queue: Queue, answering: Answering, workspaces: Workspaces, timing: Timing, *, at_once: int
    ) -> None:
        self._queue = queue
        self._answering = answering
        self._workspaces = workspaces
        self._timing = timing
        self._at_once = at_once
        self._pace = Pace(timing.post_interval)
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._runs: dict[int, _Run] = {}
        self._woken = asyncio.Event()
        self._closing = False

    def wake(self) -> None:
        """There is something new in the queue."""
        self._woken.set()

    def stop(self, ids: list[int]) -> None:
        """Somebody pressed Stop: whichever of these run here end at once, those elsewhere at their next pulse."""
        for id_ in ids:
            if id_ in self._runs:
                self._runs[id_].stopping.set()

    async def run(self) -> None:
        """Work until cancelled or drained."""
        pulse = asyncio.create_task(self._pulse())
        try:
            while not self._closing:
                self._woken.clear()
                if not await self._taken():
                    await self._rest()
                await asyncio.sleep(_BREATH_SECONDS)  # in a burst, what comes in goes first
        finally:
            pulse.cancel()

    async def drain(self) -> None:
        """Take nothing new, let running answers end, and give back what is left: it goes on after the restart."""
        self._closing = True
        self.wake()
        rest = [run.task for run in self._runs.values() if run.task]
        if rest:
            beat = asyncio.create_task(self._pulse())
            _, late = await asyncio.wait(rest, timeout=self._timing.grace)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=self._timing.call)
            beat.cancel()

    async def _taken(self) -> bool:
        """One look into the queue, whatever it brings: the others' questions must not wait for a restart."""
        try:
            return await self._take()
        except HoplineError as error:
            log.error("the queue can't be reached: %s", error)
        except Exception:
            log.exception("nothing could be taken from the queue")
        return False

    async def _take(self) -> bool:
        """Lease as much as there is room for; whether that was anything. What runs here still is not taken again: its
        lease may be over, but it has not ended."""
        room = min(self._at_once - len(self._runs), _AT_A_TIME)
        if room <= 0:
            return False
        suspects = all(run.job.crashes < SUSPECT_AFTER_CRASHES for run in self._runs.values())
        jobs = await self._queue.lease(self._owner, room, self._timing.lease, suspects=suspects, but=list(self._runs))
        for job in jobs:
            run = _Run(job, Lease(self._timing.lease))
            if job.stopping:
                run.stopping.set()
            self._runs[job.id] = run
            run.task = asyncio.create_task(self._work(run))
            run.task.add_done_callback(partial(self._ended, run))
        return bool(jobs)

    async def _rest(self) -> None:
        """Until there may be work. Python 3.11's `wait_for` can lose a cancellation that comes together with it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._timing.poll):
                await self._woken.wait()

    def _ended(self, run: _Run, task: "asyncio.Task[None]") -> None:
        id_ = run.job.id
        if self._runs.get(id_) is run:
            del self._runs[id_]
        if not task.cancelled() and (error := task.exception()):
            log.error("job %d was left as it is", id_, exc_info=error)
        self.wake()

    async def _pulse(self) -> None:
        """Renew the leases, and learn what happened to the jobs meanwhile. While that can't be done, a run ends with
        its lease: another worker may have taken the job."""
        while True:
            await asyncio.sleep(self._timing.pulse)
            runs = dict(self._runs)
            try:
                async with asyncio.timeout(self._timing.call):
                    alive = await self._queue.pulse(self._owner, list(runs), self._timing.lease)
            except (HoplineError, TimeoutError) as error:
                log.warning("the leases could not be renewed: %s", error or "no answer")
            except Exception:
                log.exception("the leases could not be renewed")
            else:
                self._renewed(runs, alive)
            for run in runs.values():
                if run.lease.left <= 0:
                    _cancel(run)

    def _renewed(self, runs: Mapping[int, _Run], alive: Mapping[int, Pulse]) -> None:
        for id_, run in runs.items():
            if id_ not in alive:
                run.lease.lose()
                continue
            run.lease.renew()
            if alive[id_].stopping:
                run.stopping.set()
            if alive[id_].revision != run.job.revision:
                _cancel(run)

    def reconsider(self, team: str, channel: str, ts: str) -> None:
        """A question was edited or deleted: what runs here for its old wording is of no use."""
        for run in self._runs.values():
            question = run.job.question
            if (question.team, question.channel, question.ts) == (team, channel, ts):
                _cancel(run)

    async def _work(self, run: _Run) -> None:
        job = run.job
        bind(job=str(job.id))  # the task is this job's alone
        try:
            workspace = await self._workspaces.of(job.question.team)
            posts = Posts(job, self._owner, run.lease, self._queue, workspace, self._pace, self._timing)
            await posts.recover()
            if job.wanted == "gone":
                await posts.withdraw()
                await self._queue.end(job.id, self._owner, job.revision, "gone")
                return
            if job.wanted == "withdrawn":
                await posts.replace(self._answering.withdrawn(job))
                await self._queue.end(job.id, self._owner, job.revision, "done")
                return
            await self._answer(run, posts, workspace)
        except asyncio.CancelledError:
            await self._queue.release(job.id, self._owner)
            raise
        except LeaseLost:
            log.warning("job %d is another worker's now", job.id)
        except (SlackApiError, aiohttp.ClientError, TimeoutError, Unsure, HoplineError) as error:
            await self._failed(job, error)

    async def _answer(self, run: _Run, posts: Posts, workspace: Workspace) -> None:
        job = run.job
        try:
            outcome = await self._answering.messages(job, posts, workspace, run.stopping)
        except NoAnswer as no_answer:
            await self._no_answer(job, posts, no_answer)
            return
        except (LeaseLost, SlackApiError, aiohttp.ClientError, TimeoutError, Unsure, MemoryUnavailable):
            raise
        except Exception:
            log.exception("no answer for job %d", job.id)
            await self._no_answer(job, posts, NoAnswer(WENT_WRONG.format(reference=reference(job)), final=False))
            return
        if outcome.answer is not None and not await self._queue.store_answer(
            job.id, self._owner, job.revision, outcome.answer, sorted(outcome.under)
        ):
            await self._queue.release(job.id, self._owner)  # edited meanwhile: answered anew
            return
        try:
            await self._deliver(job, posts, outcome.messages)
        except SlackApiError as error:
            if is_passing(error):
                raise
            log.error("job %d: Slack refused the answer: %s", job.id, error)
            await self._no_answer(job, posts, NoAnswer(WENT_WRONG.format(reference=reference(job)), final=True))
            return
        await self._queue.end(job.id, self._owner, job.revision, "done")

    async def _no_answer(self, job: Job, posts: Posts, no_answer: NoAnswer) -> None:
        """Try again later while there are tries left; else say so and keep the job among the dead letters."""
        if not no_answer.final and job.failures + 1 < self._timing.max_failures:
            delay = self._timing.retry[job.failures]
            await self._queue.release(job.id, self._owner, delay_seconds=delay, problem=no_answer.sentence)
            return
        await self._deliver(job, posts, [plain(no_answer.sentence)])
        state: State = "dead" if no_answer.dead else "done"
        cause = no_answer.__cause__ or no_answer
        await self._queue.end(job.id, self._owner, job.revision, state, f"{type(cause).__name__}: {cause}")

    async def _failed(self, job: Job, error: Exception) -> None:
        """Nothing can be said, since Slack or the database failed: wait patiently, and in the end among the dead
        letters. The answer, if there is one, is kept: trying again costs nothing but the sending."""
        problem = f"{type(error).__name__}: {error}"
        log.error("job %d failed: %s", job.id, problem)
        passing = isinstance(error, (aiohttp.ClientError, TimeoutError, Unsure, TransientError)) or (
            isinstance(error, SlackApiError) and is_passing(error)
        )
        if not passing or job.failures >= len(self._timing.patience):
            await self._queue.end(job.id, self._owner, job.revision, "dead", problem)
            if job.question.shortcut_url and isinstance(error, SlackApiError):
                await respond(job.question.shortcut_url, [plain(NOT_IN_CHANNEL)])
        else:
            delay = self._timing.patience[job.failures]
            await self._queue.release(job.id, self._owner, delay_seconds=delay, problem=problem)

    async def _deliver(self, job: Job, posts: Posts, messages: list[SlackMessage]) -> None:
        """Show the messages where the question was asked; to the asker alone when it was asked that way."""
        if not job.question.response_url:
            await posts.deliver(messages)
        elif not posts.ts:
            posts.check_lease()
            await respond(job.question.response_url, messages)
            await self._queue.store_posts(job.id, self._owner, [ONLY_SHOWN_ONCE])


def _cancel(run: _Run) -> None:
    """Once: what it does to end in order is not to be cancelled as well."""
    if run.task and not run.task.cancelling():
        run.task.cancel()
