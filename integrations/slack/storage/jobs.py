"""The queue's rows: what is to be answered, how far that has come, and which posts in Slack belong to it."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from agent.answers import Answer
from integrations.slack.questions import SlackQuestion
from integrations.slack.storage.limits import Refusal, told_lately
from tools.database.tables import Row, Transaction

Kind = Literal["answer", "notice", "person"]
State = Literal["waiting", "working", "done", "dead", "gone"]
UNREADABLE = "This version of Hopline can't read the question as it is kept; one that can takes it with --retry."
LONGEST_DELAY_SECONDS = 1_800.0
"""No job is put off for longer than this."""

_MALFORMED = (ValueError, TypeError, AttributeError)

log = logging.getLogger("hopline.slack")


@dataclass(frozen=True, slots=True)
class Job:
    """One accepted question. `posts` are the ts of its messages in Slack, in order; `posting` is when the next one was
    begun, if it is not known whether it got there. `wanted` is "gone" once the question was deleted, "withdrawn" while
    the posted answer is to be shown without sources that are gone; `under` are the groups whose documents the answer
    may rest on."""

    id: int
    question: SlackQuestion
    kind: Kind
    state: State
    wanted: Literal["answer", "gone", "withdrawn"]
    revision: int
    max_hops: int | None
    stopping: bool
    failures: int
    crashes: int
    problem: str
    posts: tuple[str, ...]
    posting: float | None
    answer: Answer | None
    under: frozenset[str]
    accepted: float


def job_of(row: Row) -> Job | None:
    """None, and said in the log, for a row that this version can't read: another one wrote it, or it is damaged."""
    try:
        return _read(row)
    except _MALFORMED as error:
        log.error("job %s can't be read: %s: %s", row[0], type(error).__name__, error)
        return None


def _read(row: Row) -> Job:
    (id_, question, kind, state, wanted, revision, max_hops, stopping, failures, crashes, problem, *rest) = row
    posts, posting, answer, under, accepted = rest
    return Job(
        id=id_,
        question=SlackQuestion.from_json(json.loads(question)),
        kind=kind,
        state=state,
        wanted=wanted,
        revision=revision,
        max_hops=max_hops,
        stopping=bool(stopping),
        failures=failures,
        crashes=crashes,
        problem=problem,
        posts=tuple(json.loads(posts)),
        posting=posting,
        answer=answer_of(answer) if answer else None,
        under=frozenset(json.loads(under)),
        accepted=accepted,
    )


def insert(tx: Transaction, question: SlackQuestion, kind: Kind, *, state: State = "waiting") -> int | None:
    """The new job's id, or None when this message has one already."""
    rows = tx.execute(
        "INSERT INTO {p}jobs (team, channel, ts, thread, event_id, asker, kind, question, state, due, accepted, ended)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, {now}, {now}, CASE WHEN ? = 'done' THEN {now} END)"
        " ON CONFLICT (team, channel, ts) DO NOTHING RETURNING id",
        (
            *(question.team, question.channel, question.ts, question.thread, question.event_id, question.asker),
            *(kind, as_json(question), state, state),
        ),
    )
    return rows[0][0] if rows else None


def as_json(question: SlackQuestion) -> str:
    """In ASCII, since no database takes every code point as it is."""
    return json.dumps(question.to_json())


def answer_as_json(answer: Answer) -> str:
    return json.dumps(answer.model_dump(mode="json"))


def answer_of(written: str) -> Answer:
    """What another version added is passed over. Raises ValueError when it can't be read."""
    return Answer.model_validate(json.loads(written), extra="ignore")


def answer_if_readable(written: str) -> Answer | None:
    try:
        return answer_of(written)
    except ValueError:
        return None


def find(tx: Transaction, team: str, channel: str, ts: str) -> Job | None:
    rows = tx.execute("SELECT {job} FROM {p}jobs WHERE team = ? AND channel = ? AND ts = ?", (team, channel, ts))
    return job_of(rows[0]) if rows else None


def is_known(tx: Transaction, question: SlackQuestion) -> bool:
    place = (question.team, question.channel, question.ts)
    return bool(tx.execute("SELECT 1 FROM {p}jobs WHERE team = ? AND channel = ? AND ts = ?", place))


def place_of_hand_over(job: Job) -> str:
    """What stands for the ts of the message that passes a question on to people: once in each wording."""
    return f"person-{job.id}-{job.question.edited}"


def hand_overs(tx: Transaction, job: Job) -> list[Job]:
    """The messages that passed the question on to people."""
    place = (job.question.team, f"person-{job.id}-%")
    rows = tx.execute("SELECT {job} FROM {p}jobs WHERE kind = 'person' AND team = ? AND ts LIKE ?", place)
    return [one for one in map(job_of, rows) if one is not None]


def by_id(tx: Transaction, id_: int) -> Job | None:
    rows = tx.execute("SELECT {job} FROM {p}jobs WHERE id = ?", (id_,))
    return job_of(rows[0]) if rows else None


def dead_letters(tx: Transaction) -> list[Job]:
    """Those that can't be read are among them, without their words."""
    rows = tx.execute("SELECT team, channel, ts, thread, asker, {job} FROM {p}jobs WHERE state = 'dead' ORDER BY id")
    return [job_of(row) or _wordless(place, row) for *place, row in ((*row[:5], row[5:]) for row in rows)]


def _wordless(place: Sequence[str], row: Row) -> Job:
    team, channel, ts, thread, asker = place
    question = SlackQuestion("", "", team, channel, asker.removeprefix(f"slack:{team}:"), ts, thread)
    return _read((row[0], as_json(question), *row[2:11], "[]", None, None, "[]", row[15]))


def bury(tx: Transaction, id_: int, problem: str) -> None:
    """Among the dead letters with it, out of the way of all others."""
    tx.execute(
        "UPDATE {p}jobs SET state = 'dead', problem = ?, owner = '', lease_until = 0, ended = {now} WHERE id = ?",
        (problem, id_),
    )


def store_posts(tx: Transaction, id_: int, owner: str, posts: Sequence[str]) -> bool:
    """Note which messages there are and that none is under way; False when the lease is another worker's now."""
    return bool(
        tx.execute(
            "UPDATE {p}jobs SET posts = ?, posting = NULL WHERE id = ? AND owner = ? AND state = 'working'"
            " RETURNING id",
            (json.dumps(list(posts)), id_, owner),
        )
    )


def is_new(tx: Transaction, event_id: str) -> bool:
    """Whether this delivery was not seen before; from now on it was."""
    if not event_id:
        return True
    return bool(
        tx.execute(
            "INSERT INTO {p}events (event_id, seen) VALUES (?, {now}) ON CONFLICT DO NOTHING RETURNING event_id",
            (event_id,),
        )
    )


def forget_delivery(tx: Transaction, event_id: str) -> None:
    tx.execute("DELETE FROM {p}events WHERE event_id = ?", (event_id,))


def note_deleted(tx: Transaction, team: str, channel: str, ts: str) -> None:
    """A deletion that came before its message stands among the deliveries, and is forgotten with them."""
    is_new(tx, _deletion_of(team, channel, ts))


def was_deleted(tx: Transaction, question: SlackQuestion) -> bool:
    key = _deletion_of(question.team, question.channel, question.ts)
    return bool(tx.execute("SELECT 1 FROM {p}events WHERE event_id = ?", (key,)))


def _deletion_of(team: str, channel: str, ts: str) -> str:
    return f"deleted/{team}/{channel}/{ts}"


def keep_question(tx: Transaction, id_: int, question: SlackQuestion) -> None:
    tx.execute("UPDATE {p}jobs SET question = ? WHERE id = ?", (as_json(question), id_))


def refuse(tx: Transaction, question: SlackQuestion, refusal: Refusal) -> None:
    told = told_lately(tx, question)
    insert(tx, replace(question, notice=refusal.sentence), "notice", state="done" if told else "waiting")


def ask_anew(tx: Transaction, job: Job, question: SlackQuestion, max_hops: int | None) -> None:
    """A running worker notices the new revision; whatever had ended waits again, its posts kept to be replaced."""
    tx.execute(
        "UPDATE {p}jobs SET question = ?, max_hops = ?, revision = revision + 1, answer = NULL, stopping = 0,"
        " failures = 0, crashes = 0, problem = '', due = {now},"
        " wanted = CASE wanted WHEN 'withdrawn' THEN 'answer' ELSE wanted END,"
        " state = CASE WHEN state = 'working' THEN state ELSE 'waiting' END WHERE id = ?",
        (as_json(question), max_hops, job.id),
    )


def keep_to_the_clock(tx: Transaction, lease_seconds: float) -> None:
    """What a clock that was set back has put into the future would wait for it: a job that waits is due now, and a
    lease is not longer than one of now, so that whoever lives has time to renew it."""
    tx.execute(
        "UPDATE {p}jobs SET due = {now}, accepted = CASE WHEN accepted > {now} THEN {now} ELSE accepted END,"
        " posting = CASE WHEN posting > {now} THEN {now} ELSE posting END"
        " WHERE state = 'waiting' AND (accepted > {now} OR due > {now} + ?)",
        (LONGEST_DELAY_SECONDS,),
    )
    tx.execute(
        "UPDATE {p}jobs SET lease_until = {now} + ? WHERE state = 'working' AND lease_until > {now} + ?",
        (lease_seconds, lease_seconds),
    )


def release(tx: Transaction, id_: int, owner: str, delay_seconds: float) -> None:
    tx.execute(
        "UPDATE {p}jobs SET state = 'waiting', owner = '', lease_until = 0, due = {now} + ?"
        " WHERE id = ? AND owner = ? AND state = 'working'",
        (delay_seconds, id_, owner),
    )


def set_quiet(tx: Transaction, said: SlackQuestion, *, quiet: bool) -> None:
    tx.execute(
        "INSERT INTO {p}threads (team, channel, thread, quiet) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (team, channel, thread) DO UPDATE SET quiet = excluded.quiet",
        (said.team, said.channel, said.thread, int(quiet)),
    )
