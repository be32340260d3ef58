"""The queue's rows: what is to be answered, how far that has come, and which posts in Slack belong to it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agent.answers import Answer
from integrations.slack.questions import SlackQuestion
from integrations.slack.storage.database import Row, Transaction

Kind = Literal["answer", "notice", "person"]
State = Literal["waiting", "working", "done", "dead", "gone"]


@dataclass(frozen=True, slots=True)
class Job:
    """One accepted question. `posts` are the ts of its messages in Slack, in order; `posting` is when the next one was
    begun, if it is not known whether it got there. `wanted` is "gone" once the question was deleted; `under` are the
    groups whose documents the answer may rest on."""

    id: int
    question: SlackQuestion
    kind: Kind
    state: State
    wanted: Literal["answer", "gone"]
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


def job_of(row: Row) -> Job:
    (id_, question, kind, state, wanted, revision, max_hops, stopping, failures, crashes, problem, *rest) = row
    posts, posting, answer, under, accepted = rest
    return Job(
        id=id_,
        question=SlackQuestion(**json.loads(question)),
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
        "INSERT INTO {p}jobs (team, channel, ts, thread, event_id, asker, kind, question, state, due, accepted)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, {now}, {now}) ON CONFLICT (team, channel, ts) DO NOTHING RETURNING id",
        (
            *(question.team, question.channel, question.ts, question.thread, question.event_id, question.asker),
            *(kind, as_json(question), state),
        ),
    )
    return rows[0][0] if rows else None


def as_json(question: SlackQuestion) -> str:
    """In ASCII, since no database takes every code point as it is."""
    return json.dumps(question.to_json())


def answer_as_json(answer: Answer) -> str:
    return json.dumps(answer.model_dump(mode="json"))


def answer_of(written: str) -> Answer:
    return Answer.model_validate(json.loads(written))


def find(tx: Transaction, team: str, channel: str, ts: str) -> Job | None:
    rows = tx.execute("SELECT {job} FROM {p}jobs WHERE team = ? AND channel = ? AND ts = ?", (team, channel, ts))
    return job_of(rows[0]) if rows else None


def by_id(tx: Transaction, id_: int) -> Job | None:
    rows = tx.execute("SELECT {job} FROM {p}jobs WHERE id = ?", (id_,))
    return job_of(rows[0]) if rows else None


def in_state(tx: Transaction, state: State) -> list[Job]:
    return [job_of(row) for row in tx.execute("SELECT {job} FROM {p}jobs WHERE state = ? ORDER BY id", (state,))]


def store_posts(tx: Transaction, id_: int, owner: str, posts: Sequence[str]) -> bool:
    """Note which messages there are and that none is under way; False when the lease is another worker's now."""
    return bool(
        tx.execute(
            "UPDATE {p}jobs SET posts = ?, posting = NULL WHERE id = ? AND owner = ? AND state = 'working'"
            " RETURNING id",
            (json.dumps(list(posts)), id_, owner),
        )
    )
