"""The durable queue: what was acknowledged is here first, and leaves only with a visible end.

Idempotent on the event's id and on (team, channel, ts). The oldest job of a thread goes first and alone, so answers
come in order. A lease that runs out is a crash of its worker: counted apart from failures, since the question is
seldom to blame, but bounded as well.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from agent.answers import Answer
from integrations.slack.questions import SlackQuestion, seconds_of
from integrations.slack.storage import jobs
from integrations.slack.storage.jobs import Job, State, job_of
from integrations.slack.storage.limits import Limits, Refusal, exceeded, forget_spent, spend
from tools.database.tables import Database, Transaction, column_text

Verdict = Literal["accepted", "repeated", "limited"]


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a worker learns about its job when it renews the lease."""

    revision: int
    stopping: bool


SUSPECT_AFTER_CRASHES = 3
FIRST_HOPS, MORE_HOPS = 4, 2
"""What an answer is taken to have had that was given no number of hops, and by how many looking deeper goes further."""


class Queue:
    def __init__(self, database: Database) -> None:
        self._database = database

    # What comes in

    async def accept(self, question: SlackQuestion, *, limits: Limits | None = None, called: bool = True) -> Verdict:
        """Store a question, once, and not at all when its message was deleted before it came. Over a limit it is stored
        as a notice that says so, the first time in a minute. A delivery whose message has a question already was not
        taken by this: it may still be an edit of that."""

        def work(tx: Transaction) -> Verdict:
            if jobs.is_known(tx, question) or jobs.was_deleted(tx, question) or not jobs.is_new(tx, question.event_id):
                return "repeated"
            refusal = exceeded(tx, question, limits) if limits else None
            if refusal is not None:
                jobs.refuse(tx, question, refusal)
                return "limited"
            if called:
                jobs.set_quiet(tx, question, quiet=False)
            if jobs.insert(tx, question, "answer") is None:
                jobs.forget_delivery(tx, question.event_id)
                return "repeated"
            spend(tx, question)
            return "accepted"

        return await self._database.run(work)

    async def hand_over(self, id_: int, message: SlackQuestion) -> Verdict | Literal["gone"]:
        """Pass a question on to people by this message: once in each wording, and not at all when the question was
        deleted, or its asker erased, since it was looked at."""

        def work(tx: Transaction) -> Verdict | Literal["gone"]:
            job = jobs.by_id(tx, id_)
            if job is None or job.wanted == "gone":
                return "gone"
            return "repeated" if jobs.insert(tx, message, "person") is None else "accepted"

        return await self._database.run(work)

    async def is_follow_up(self, said: SlackQuestion, *, to_others: bool) -> bool:
        """Whether an unaddressed message in a thread goes on asking. People who talk among themselves (somebody who has
        not asked here, or a message to somebody else) keep the app out until it is mentioned again."""

        def work(tx: Transaction) -> bool:
            askers = {
                asker
                for (asker,) in tx.execute(
                    "SELECT DISTINCT asker FROM {p}jobs"
                    " WHERE team = ? AND channel = ? AND thread = ? AND kind = 'answer' AND state <> 'gone'",
                    (said.team, said.channel, said.thread),
                )
            }
            if not askers:
                return False
            if to_others or said.asker not in askers:
                jobs.set_quiet(tx, said, quiet=True)
                return False
            return not tx.execute(
                "SELECT 1 FROM {p}threads WHERE team = ? AND channel = ? AND thread = ? AND quiet = 1",
                (said.team, said.channel, said.thread),
            )

        return await self._database.run(work)

    async def edited(self, said: SlackQuestion, *, limits: Limits | None = None) -> bool | None:
        """The question reads otherwise now: answer it anew in place. None when there is no such question. An edit older
        than the last one changes nothing; one over a limit neither, and a notice says so, once a minute."""

        def work(tx: Transaction) -> bool | None:
            job = jobs.find(tx, said.team, said.channel, said.ts)
            if job is None or job.kind != "answer":
                return None
            known = job.question
            if not jobs.is_new(tx, said.event_id) or job.wanted == "gone":
                return False
            if said.edited and seconds_of(said.edited) < seconds_of(known.edited):
                return False
            asked = replace(known, text=said.text, edited=said.edited or known.edited)
            if asked.text == known.text:
                jobs.keep_question(tx, job.id, asked)
                return False
            refusal = exceeded(tx, known, limits) if limits else None
            if refusal is not None:
                jobs.refuse(tx, replace(known, ts=f"edit-{said.event_id}", event_id=said.event_id), refusal)
                return False
            jobs.ask_anew(tx, job, asked, job.max_hops)
            spend(tx, known)
            return True

        return await self._database.run(work)

    async def deeper(self, id_: int, most: int, *, limits: Limits | None = None) -> int | Refusal | None:
        """Look further: answer again with more hops, up to `most`. Returns how many, None when there is no more, or the
        limit that does not allow it."""

        def work(tx: Transaction) -> int | Refusal | None:
            job = jobs.by_id(tx, id_)
            if job is None or job.state != "done" or job.wanted == "gone":
                return None
            before = job.max_hops or FIRST_HOPS
            hops = min(most, before + MORE_HOPS)
            if hops == before:
                return None
            refusal = exceeded(tx, job.question, limits) if limits else None
            if refusal is not None:
                return refusal
            jobs.ask_anew(tx, job, job.question, hops)
            spend(tx, job.question)
            return hops

        return await self._database.run(work)

    async def deleted(self, team: str, channel: str, ts: str, *, may_come_yet: bool = False) -> bool:
        """The question is gone: so shall be its answer, what people were asked, and what was kept of it all. A message
        that is not known but `may_come_yet` will not be taken."""

        def work(tx: Transaction) -> bool:
            job = jobs.find(tx, team, channel, ts)
            if job is None and may_come_yet:
                jobs.note_deleted(tx, team, channel, ts)
            if job is None or job.wanted == "gone":
                return False
            tx.execute("DELETE FROM {p}feedback WHERE job = ?", (job.id,))
            for each in (job, *jobs.hand_overs(tx, job)):
                jobs.ask_anew(tx, each, replace(each.question, text="", notice=""), each.max_hops)
                tx.execute("UPDATE {p}jobs SET wanted = 'gone' WHERE id = ?", (each.id,))
            return True

        return await self._database.run(work)

    async def stop(self, team: str, channel: str, thread: str) -> list[int]:
        """Somebody pressed Stop: the ids of the jobs that it meant."""
        rows = await self._database.run(
            lambda tx: tx.execute(
                "UPDATE {p}jobs SET stopping = 1 WHERE team = ? AND channel = ? AND thread = ? AND kind = 'answer'"
                " AND state IN {active} RETURNING id",
                (team, channel, thread),
            )
        )
        return [id_ for (id_,) in rows]

    # What a worker does

    async def lease(
        self, owner: str, count: int, seconds: float, *, suspects: bool = True, but: Collection[int] = ()
    ) -> list[Job]:
        """Up to `count` jobs that are this worker's for so many seconds, renewed by `pulse`; none of `but`. Of those
        whose workers died repeatedly one at most, and none without `suspects`: what kills a worker shall not take
        others with it. What can't be read becomes a dead letter."""
        others = f" AND id NOT IN ({', '.join('?' * len(but))})" if but else ""

        def work(tx: Transaction) -> list[Job]:
            jobs.keep_to_the_clock(tx, seconds)
            free = tx.execute(
                f"{{free_jobs}}{others} AND {{died}} < ? ORDER BY due, id LIMIT ? {{skip_locked}}",
                (*but, SUSPECT_AFTER_CRASHES, count),
            )
            if suspects and len(free) < count:
                free += tx.execute(
                    f"{{free_jobs}}{others} AND {{died}} >= ? ORDER BY {{died}}, due, id LIMIT 1 {{skip_locked}}",
                    (*but, SUSPECT_AFTER_CRASHES),
                )
            leased = []
            for id_, state in free:
                leased += tx.execute(
                    "UPDATE {p}jobs SET state = 'working', owner = ?, lease_until = {now} + ?, crashes = crashes + ?"
                    " WHERE id = ? RETURNING {job}",
                    (owner, seconds, int(state == "working"), id_),
                )
            read = {row[0]: job_of(row) for row in leased}
            for id_, job in read.items():
                if job is None:
                    jobs.bury(tx, id_, jobs.UNREADABLE)
            return [job for job in read.values() if job is not None]

        return await self._database.run(work)

    async def pulse(self, owner: str, ids: Sequence[int], seconds: float) -> dict[int, Pulse]:
        """Renew these leases; a job that is not in the answer belongs to somebody else now."""

        def work(tx: Transaction) -> dict[int, Pulse]:
            alive = {}
            for id_ in ids:
                for revision, stopping in tx.execute(
                    "UPDATE {p}jobs SET lease_until = {now} + ? WHERE id = ? AND owner = ? AND state = 'working'"
                    " RETURNING revision, stopping",
                    (seconds, id_, owner),
                ):
                    alive[id_] = Pulse(revision, bool(stopping))
            return alive

        return await self._database.run(work) if ids else {}

    async def begin_post(self, id_: int, owner: str) -> float | None:
        """Note that a message is about to be sent, and return when that is; None when the lease is lost and nothing may
        be sent."""
        rows = await self._database.run(
            lambda tx: tx.execute(
                "UPDATE {p}jobs SET posting = {now} WHERE id = ? AND owner = ? AND state = 'working' RETURNING posting",
                (id_, owner),
            )
        )
        return float(rows[0][0]) if rows else None

    async def store_posts(self, id_: int, owner: str, posts: Sequence[str]) -> bool:
        return await self._database.run(lambda tx: jobs.store_posts(tx, id_, owner, posts))

    async def store_answer(
        self, id_: int, owner: str, revision: int, answer: Answer, under: Sequence[str] = ()
    ) -> bool:
        """Keep the answer before it is delivered: after a crash the same one is delivered, not another."""
        written, groups = jobs.answer_as_json(answer), json.dumps(sorted(under))
        rows = await self._database.run(
            lambda tx: tx.execute(
                "UPDATE {p}jobs SET answer = ?, under = ? WHERE id = ? AND owner = ? AND revision = ? RETURNING id",
                (written, groups, id_, owner, revision),
            )
        )
        return bool(rows)

    async def end(self, id_: int, owner: str, revision: int, state: State, problem: str = "") -> bool:
        """The job's end, unless the question changed meanwhile: then it waits to be answered anew."""

        def work(tx: Transaction) -> bool:
            ended = tx.execute(
                "UPDATE {p}jobs SET state = ?, problem = ?, owner = '', lease_until = 0, stopping = 0,"
                " ended = CASE wanted WHEN 'withdrawn' THEN ended ELSE {now} END,"
                " wanted = CASE wanted WHEN 'withdrawn' THEN 'answer' ELSE wanted END"
                " WHERE id = ? AND owner = ? AND state = 'working' AND revision = ? RETURNING id",
                (state, column_text(problem[:500]), id_, owner, revision),
            )
            if not ended:
                jobs.release(tx, id_, owner, 0.0)
            return bool(ended)

        return await self._database.run(work)

    async def release(self, id_: int, owner: str, *, delay_seconds: float = 0.0, problem: str | None = None) -> None:
        """Give a job back, to be taken up again; with a `problem` it counts as a failure."""

        def work(tx: Transaction) -> None:
            if problem is not None:
                tx.execute(
                    "UPDATE {p}jobs SET failures = failures + 1, problem = ? WHERE id = ? AND owner = ?",
                    (column_text(problem[:500]), id_, owner),
                )
            jobs.release(tx, id_, owner, delay_seconds)

        await self._database.run(work)

    async def job(self, id_: int) -> Job | None:
        return await self._database.run(lambda tx: jobs.by_id(tx, id_))

    # What an operator looks at

    async def dead_letters(self) -> list[Job]:
        return await self._database.run(jobs.dead_letters)

    async def retry(self, ids: Sequence[int] | None = None) -> int:
        """Put dead letters (all of them, without `ids`) back into the queue; returns how many. Those that can't be read
        stay where they are."""

        def work(tx: Transaction) -> int:
            read = map(job_of, tx.execute("SELECT {job} FROM {p}jobs WHERE state = 'dead' ORDER BY id"))
            letters = [job for job in read if job is not None and (ids is None or job.id in ids)]
            for job in letters:
                jobs.ask_anew(tx, job, job.question, job.max_hops)
            return len(letters)

        return await self._database.run(work)

    async def counts(self) -> dict[str, int]:
        rows = await self._database.run(lambda tx: tx.execute("SELECT state, count(*) FROM {p}jobs GROUP BY state"))
        return {str(state): int(count) for state, count in rows}

    async def prune(self, keep_days: float) -> int:
        """Forget what ended longer ago, well or as a dead letter, and deliveries that Slack won't repeat any more."""

        def work(tx: Transaction) -> int:
            tx.execute("DELETE FROM {p}events WHERE seen < {now} - 604800")
            forget_spent(tx)
            old = tx.execute(
                "DELETE FROM {p}jobs WHERE state IN ('done', 'gone', 'dead') AND ended < {now} - ? RETURNING id",
                (keep_days * 86_400,),
            )
            tx.execute(
                "DELETE FROM {p}threads WHERE NOT EXISTS (SELECT 1 FROM {p}jobs AS j WHERE j.team = {p}threads.team"
                " AND j.channel = {p}threads.channel AND j.thread = {p}threads.thread)"
            )
            return len(old)

        return await self._database.run(work)
