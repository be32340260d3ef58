"""The contract of the queue, kept by both databases."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.slack.questions import SlackQuestion
from integrations.slack.storage import jobs
from integrations.slack.storage.database import SCHEMA, TABLES, open_database
from integrations.slack.storage.erasure import KeptFeedback, KeptQuestions
from integrations.slack.storage.feedback import Feedback
from integrations.slack.storage.limits import Limits, Refusal
from integrations.slack.storage.queue import Queue
from integrations.slack.storage.withdrawals import withdraw
from integrations.slack.timing import Timing
from tests.integrations.slack.doubles import ANSWER
from tools.database.opening import open_tables
from tools.database.tables import Database, Transaction
from tools.errors import InvalidSetting, MemoryUnavailable, StorageDamaged, StoreMismatch

ASKED = SlackQuestion(text="who?", event_id="E1", team="T1", channel="C1", user="U1", ts="1.0", thread="1.0")


def other(ts: str, **fields: str) -> SlackQuestion:
    return replace(ASKED, **{"ts": ts, "thread": ts, "event_id": f"E-{ts}", **fields})  # type: ignore[arg-type]


def edit(text: str, *, ts: str = "1.0", event_id: str = "", at: str = "") -> SlackQuestion:
    """The message of that ts as it was edited."""
    return replace(ASKED, text=text, ts=ts, event_id=event_id or f"E-{text}-{at}", edited=at)


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    url = request.getfixturevalue("postgres") if request.param == "postgres" else None
    database = await asyncio.to_thread(open_database, tmp_path / "home", url)
    if url:
        await database.run(lambda tx: tx.execute("SELECT 1"))
        async with await psycopg.AsyncConnection.connect(url) as connection:
            await connection.execute(
                "TRUNCATE hopline_slack_jobs, hopline_slack_events, hopline_slack_threads, hopline_slack_feedback,"
                " hopline_slack_asked"
            )
    try:
        yield database
    finally:
        await database.close()


async def test_a_question_that_is_gone_when_it_is_passed_on_stays_with_the_app(database: Database) -> None:
    queue = Queue(database)
    await queue.accept(ASKED)
    (job,) = await queue.lease("w", 1, 60)
    message = replace(ASKED, channel="CPEOPLE", ts=jobs.place_of_hand_over(job), thread="", event_id="", notice="who?")
    assert [await queue.hand_over(job.id, message) for _ in range(2)] == ["accepted", "repeated"]
    reworded = replace(message, ts=f"{message.ts}2")
    await queue.deleted("T1", "C1", "1.0")
    assert await queue.hand_over(job.id, reworded) == "gone"
    await KeptQuestions(database, lambda team: None).erase_user(ASKED.asker)
    assert await queue.hand_over(job.id, reworded) == "gone"
    assert await queue.counts() == {}


async def test_a_question_is_accepted_once_by_event_id_and_by_place(database: Database) -> None:
    queue = Queue(database)
    assert await queue.accept(ASKED) == "accepted"
    assert await queue.accept(ASKED) == "repeated"
    assert await queue.accept(replace(ASKED, event_id="E2")) == "repeated"
    assert await queue.accept(replace(ASKED, ts="9.9")) == "repeated"
    assert await queue.counts() == {"waiting": 1}


async def test_twins_that_come_at_once_are_accepted_once(database: Database) -> None:
    queue = Queue(database)
    verdicts = await asyncio.gather(*(queue.accept(replace(ASKED, event_id=f"E{n}")) for n in range(20)))
    assert sorted(verdicts).count("accepted") == 1


async def test_two_workers_never_lease_the_same_job(database: Database) -> None:
    queue = Queue(database)
    for n in range(30):
        await queue.accept(other(f"{n}.0"))
    leased = await asyncio.gather(*(queue.lease(f"w{n % 3}", 4, 30.0) for n in range(12)))
    ids = [job.id for some in leased for job in some]
    assert len(ids) == len(set(ids)) == 30


async def test_a_thread_is_answered_in_order_and_one_at_a_time(database: Database) -> None:
    queue = Queue(database)
    for n in range(3):
        await queue.accept(other(f"{n}.0", thread="0.0"))
    (first,) = await queue.lease("w", 9, 30.0)
    assert (first.question.ts, await queue.lease("v", 9, 30.0)) == ("0.0", [])
    await queue.end(first.id, "w", first.revision, "done")
    (second,) = await queue.lease("v", 9, 30.0)
    assert second.question.ts == "1.0"
    await queue.edited(edit("otherwise?", ts="0.0", event_id="E9"))
    assert await queue.lease("w", 9, 30.0) == []


async def test_a_lease_that_ran_out_is_taken_over_and_the_old_worker_can_do_nothing(database: Database) -> None:
    queue = Queue(database)
    await queue.accept(ASKED)
    (old,) = await queue.lease("dead", 1, 0.05)
    await asyncio.sleep(0.1)
    (new,) = await queue.lease("alive", 1, 30.0)
    assert (new.id, new.crashes) == (old.id, 1)
    assert await queue.pulse("dead", [old.id], 30.0) == {}
    assert not await queue.begin_post(old.id, "dead")
    assert not await queue.store_posts(old.id, "dead", ["1"])
    assert not await queue.end(old.id, "dead", old.revision, "done")
    assert list(await queue.pulse("alive", [new.id], 30.0)) == [new.id]
    assert await queue.end(new.id, "alive", new.revision, "done")


async def test_what_may_be_killing_its_workers_is_tried_alone(database: Database) -> None:
    queue = Queue(database)
    for n in range(4):
        await queue.accept(other(f"{n}.0"))
    for _ in range(3):
        assert len(await queue.lease("dies", 9, 0.02)) == 4
        await asyncio.sleep(0.05)
    await queue.accept(other("9.0"))
    assert [job.question.ts for job in await queue.lease("w", 9, 30.0, suspects=False)] == ["9.0"]
    (suspect,) = await queue.lease("w", 9, 30.0)
    assert suspect.crashes == 3


async def test_a_post_under_way_is_known_to_the_next_worker(database: Database) -> None:
    queue = Queue(database)
    await queue.accept(ASKED)
    (job,) = await queue.lease("a", 1, 0.05)
    assert await queue.store_posts(job.id, "a", ["5.5"])
    assert await queue.begin_post(job.id, "a")
    await asyncio.sleep(0.1)
    (job,) = await queue.lease("b", 1, 30.0)
    assert job.posts == ("5.5",)
    assert job.posting is not None


async def test_an_edit_while_it_is_worked_on_wins_over_the_end(database: Database) -> None:
    queue = Queue(database)
    await queue.accept(ASKED)
    (job,) = await queue.lease("w", 1, 30.0)
    assert await queue.edited(edit("when?", ts="1.0", event_id="E2"))
    assert (await queue.pulse("w", [job.id], 30.0))[job.id].revision == 1
    assert not await queue.store_answer(job.id, "w", job.revision, ANSWER)
    assert not await queue.end(job.id, "w", job.revision, "done")
    (again,) = await queue.lease("w", 1, 30.0)
    assert (again.question.text, again.revision) == ("when?", 1)
    assert await queue.edited(edit("x", ts="none", event_id="E3")) is None


async def spoilt(database: Database, **columns: str) -> None:
    """As if another version, or a disk, had written these columns of the question asked first."""
    changes = ", ".join(f"{column} = ?" for column in columns)
    await database.run(
        lambda tx: tx.execute(f"UPDATE {{p}}jobs SET {changes} WHERE ts = '1.0'", tuple(columns.values()))
    )


async def test_what_a_newer_version_added_is_passed_over(database: Database) -> None:
    queue = Queue(database)
    await queue.accept(ASKED)
    newer = {"question": ASKED.to_json() | {"mood": "curious"}, "answer": ANSWER.model_dump(mode="json") | {"mood": 1}}
    await spoilt(database, **{column: json.dumps(value) for column, value in newer.items()})
    (job,) = await queue.lease("w", 9, 30.0)
    assert (job.question, job.answer) == (ASKED, ANSWER)


@pytest.mark.parametrize(
    "columns", [{"question": "[]"}, {"question": "{}"}, {"question": "no JSON"}, {"answer": "{}"}, {"posts": "7"}]
)
async def test_a_row_that_cannot_be_read_is_a_dead_letter_and_in_nobodys_way(
    database: Database, columns: dict[str, str]
) -> None:
    queue = Queue(database)
    await queue.accept(ASKED)
    await queue.accept(other("2.0", thread="1.0"))
    await spoilt(database, **columns)
    assert await queue.lease("w", 9, 30.0) == []
    (job,) = await queue.lease("w", 9, 30.0)
    assert job.question.ts == "2.0"
    assert await queue.counts() == {"dead": 1, "working": 1}
    (letter,) = await queue.dead_letters()
    assert (letter.question.team, letter.question.channel, letter.question.asker) == ("T1", "C1", "slack:T1:U1")
    assert "can't read" in letter.problem
    assert await queue.retry() == 0
    assert await queue.job(letter.id) is None
    assert await queue.accept(replace(ASKED, event_id="E7")) == "repeated"
    assert await queue.edited(edit("when?", ts="1.0", event_id="E8")) is None
    assert await queue.deleted("T1", "C1", "1.0") is False
    assert await holders(database)[0].erase_user("slack:T1:U1") == 2


async def test_a_source_is_forgotten_also_in_answers_that_cannot_be_read(database: Database) -> None:
    queue = Queue(database)
    await queue.accept(ASKED)
    (job,) = await queue.lease("w", 1, 30.0)
    await queue.store_posts(job.id, "w", ["5.5"])
    await queue.end(job.id, "w", job.revision, "done")
    await spoilt(database, answer='{"of": "handbook/refunds.md"}')
    assert await withdraw(database, "handbook/refunds.md", lambda team: True) == 1
    (job,) = await queue.lease("w", 1, 30.0)
    assert (job.wanted, job.answer) == ("withdrawn", None)
    await spoilt(database, answer='{"of": "handbook/refunds.md"}')
    assert await holders(database)[0].erase_source("handbook/refunds.md", "default") == 1
    assert await Feedback(database).cases() == []


async def test_a_worker_takes_none_of_those_that_it_names(database: Database) -> None:
    queue = Queue(database)
    for n in range(3):
        await queue.accept(other(f"{n}.0"))
    first, second, third = await queue.lease("w", 9, 0.01)
    await asyncio.sleep(0.05)
    assert [job.id for job in await queue.lease("w", 9, 30.0, but=[first.id, third.id])] == [second.id]


async def test_dead_letters_are_listed_and_go_back(database: Database) -> None:
    queue = Queue(database)
    for n in range(2):
        await queue.accept(other(f"{n}.0"))
        (job,) = await queue.lease("w", 1, 30.0)
        await queue.end(job.id, "w", job.revision, "dead", "ModelRefused: \x00 no such model")
    first, second = await queue.dead_letters()
    assert "ModelRefused" in first.problem
    assert await queue.retry([first.id, 999]) == 1
    assert [job.id for job in await queue.dead_letters()] == [second.id]
    assert await queue.retry() == 1
    assert await queue.retry() == 0
    assert {job.failures for job in await queue.lease("w", 9, 30.0)} == {0}


async def test_what_ended_long_ago_is_forgotten_and_what_waits_is_kept(database: Database) -> None:
    queue = Queue(database)
    for ts, state in (("1.0", "done"), ("2.0", "dead")):
        await queue.accept(other(ts))
        (job,) = await queue.lease("w", 1, 30.0)
        await queue.end(job.id, "w", job.revision, state)  # type: ignore[arg-type]
    await queue.accept(other("3.0"))
    assert await queue.prune(keep_days=1.0) == 0
    await asyncio.sleep(0.01)  # the database's clock counts milliseconds
    assert await queue.prune(keep_days=0.0) == 2
    assert await queue.counts() == {"waiting": 1}


def holders(database: Database) -> tuple[KeptQuestions, KeptFeedback]:
    def tenant_of(team: str) -> str | None:
        return "default" if team == "T1" else None

    return KeptQuestions(database, tenant_of), KeptFeedback(database, tenant_of)


async def test_a_person_is_forgotten_in_questions_and_feedback(database: Database) -> None:
    queue, feedback = Queue(database), Feedback(database)
    for n, user in enumerate(("U1", "U2")):
        await queue.accept(other(f"{n}.0", user=user))
        (job,) = await queue.lease("w", 1, 30.0)
        await queue.store_answer(job.id, "w", 0, ANSWER)
        await queue.end(job.id, "w", 0, "done")
        await feedback.label(job.id, "slack:T1:U1", "helpful")
    places = holders(database)
    told = [[entry async for entry in place.export_user("slack:T1:U1")] for place in places]
    assert [len(entries) for entries in told] == [1, 2]
    assert [entry["given_by_them"] for entry in told[1]] == [True, True]
    assert [await place.erase_user("slack:T1:U1") for place in places] == [1, 2]
    assert [await place.erase_user("slack:T1:U1") for place in places] == [0, 0]
    assert (await queue.counts(), await feedback.cases()) == ({"done": 1}, [])


async def test_a_judgement_is_its_reader_s_and_of_the_asker_without_the_reader_s_words(database: Database) -> None:
    queue, feedback = Queue(database), Feedback(database)
    await queue.accept(ASKED)
    (job,) = await queue.lease("w", 1, 30.0)
    await queue.store_answer(job.id, "w", 0, ANSWER)
    await feedback.label(job.id, "slack:T1:U2", "not_helpful")
    await feedback.explain(job.id, "slack:T1:U2", "wrong", "I know better.")
    place = holders(database)[1]
    ((own,), (of_asker,)) = [[entry async for entry in place.export_user(f"slack:T1:{user}")] for user in ("U2", "U1")]
    assert (own["given_by_them"], own["comment"]) == (True, "I know better.")
    assert (of_asker["given_by_them"], of_asker["label"]) == (False, "not_helpful")
    assert not {"reason", "comment"} & of_asker.keys()
    assert await place.erase_user("slack:T1:U1") == 1


async def test_what_was_thought_of_an_answer_goes_with_its_question_and_no_edit_brings_that_back(
    database: Database,
) -> None:
    queue, feedback = Queue(database), Feedback(database)
    await queue.accept(ASKED)
    (job,) = await queue.lease("w", 1, 30.0)
    await queue.store_answer(job.id, "w", 0, ANSWER)
    await feedback.label(job.id, "slack:T1:U2", "helpful")
    assert await queue.deleted("T1", "C1", "1.0")
    assert await feedback.cases() == []
    assert await queue.edited(edit("when?", at="2.0")) is False


@pytest.mark.parametrize(
    ("source", "erased"), [("handbook", 2), ("handbook/refunds.md", 2), ("hand", 0), ("handbook/refund", 0)]
)
async def test_a_source_is_forgotten_in_kept_answers(database: Database, source: str, erased: int) -> None:
    queue, feedback = Queue(database), Feedback(database)
    await queue.accept(ASKED)
    (job,) = await queue.lease("w", 1, 30.0)
    await queue.store_answer(job.id, "w", 0, ANSWER)
    await feedback.label(job.id, "slack:T1:U1", "helpful")
    for place in holders(database):
        assert await place.erase_source(source, "other") == 0
        assert await place.erase_source(source, "default") == erased / 2
    assert bool(await feedback.cases()) is (erased == 0)


async def test_what_is_being_answered_while_its_source_is_erased_is_answered_anew(database: Database) -> None:
    queue = Queue(database)
    await queue.accept(ASKED)
    (job,) = await queue.lease("w", 1, 30.0)
    for place in holders(database):
        await place.erase_source("elsewhere.md", "default")
    assert not await queue.store_answer(job.id, "w", job.revision, ANSWER)
    assert not await queue.end(job.id, "w", job.revision, "done")
    assert await queue.counts() == {"waiting": 1}


async def clock_set_back(database: Database, seconds: float) -> None:
    """What a database holds looks as if its clock were set back when all its times are that much later."""

    def later(tx: Transaction) -> None:
        tx.execute(
            "UPDATE {p}jobs SET due = due + ?, accepted = accepted + ?, lease_until = lease_until + ?"
            " WHERE state IN {active}",
            (seconds, seconds, seconds),
        )
        tx.execute("UPDATE {p}jobs SET accepted = accepted + ? WHERE state = 'done'", (seconds,))
        tx.execute("UPDATE {p}asked SET at = at + ?", (seconds,))

    await database.run(later)


@pytest.mark.parametrize("seconds", [600.0, 3_600.0, 86_400.0])
async def test_what_waits_is_not_held_up_by_a_clock_that_was_set_back(database: Database, seconds: float) -> None:
    queue = Queue(database)
    for ts in ("1.0", "2.0", "3.0"):
        await queue.accept(other(ts))
    retried, broken = await queue.lease("w", 2, 30.0)
    await queue.release(retried.id, "w", delay_seconds=2.0, problem="no reply")
    await clock_set_back(database, seconds)
    assert {job.question.ts for job in await queue.lease("v", 9, 30.0)} == {"1.0", "3.0"}
    assert list(await queue.pulse("w", [broken.id], 30.0)) == [broken.id], "whoever lives keeps its lease"
    await clock_set_back(database, seconds)
    assert await queue.lease("v", 9, 30.0) == []
    ((longest,),) = await database.run(lambda tx: tx.execute("SELECT max(lease_until) - {now} FROM {p}jobs"))
    assert longest <= 30.0, "whoever has died loses it in its time"


def test_no_wait_is_longer_than_what_a_clock_is_distrusted_for() -> None:
    assert max(*Timing().patience, *Timing().retry) <= jobs.LONGEST_DELAY_SECONDS


async def test_a_delay_is_kept_while_the_clock_goes_on(database: Database) -> None:
    queue = Queue(database)
    await queue.accept(ASKED)
    (job,) = await queue.lease("w", 1, 30.0)
    await queue.release(job.id, "w", delay_seconds=max(Timing().patience), problem="no reply")
    assert await queue.lease("w", 1, 30.0) == []


async def test_limits_are_not_reached_by_what_a_clock_that_was_set_back_left_in_the_future(database: Database) -> None:
    queue, limits = Queue(database), Limits(1, 3, 9, 9)
    assert await queue.accept(other("1.0"), limits=limits) == "accepted"
    assert await queue.accept(other("2.0"), limits=limits) == "limited"
    (*_, notice) = await queue.lease("w", 9, 30.0)
    await queue.end(notice.id, "w", notice.revision, "done")
    await clock_set_back(database, 3_600.0)
    assert await queue.accept(other("3.0"), limits=limits) == "accepted"
    assert await queue.accept(other("4.0"), limits=limits) == "limited"
    assert await queue.counts() == {"working": 1, "done": 1, "waiting": 2}, "who is refused is told again"
    await clock_set_back(database, 2 * 86_400.0)
    await queue.prune(keep_days=1.0)
    assert await database.run(lambda tx: tx.execute("SELECT 1 FROM {p}asked")) == []


async def test_limits_count_what_was_asked_and_not_what_was_refused(database: Database) -> None:
    queue, limits = Queue(database), Limits(2, 9, 9, 9)
    verdicts = [await queue.accept(other(f"{n}.0"), limits=limits) for n in range(4)]
    assert verdicts == ["accepted", "accepted", "limited", "limited"]
    kinds = await database.run(lambda tx: tx.execute("SELECT kind, state FROM {p}jobs ORDER BY id"))
    assert kinds == [("answer", "waiting"), ("answer", "waiting"), ("notice", "waiting"), ("notice", "done")]
    assert await queue.accept(other("2.0"), limits=limits) == "repeated"
    await asyncio.sleep(0.01)  # the database's clock counts milliseconds
    assert await queue.prune(keep_days=0.0) == 1, "what was refused without a word is forgotten as well"


async def test_edits_and_further_searches_count_as_questions(database: Database) -> None:
    queue, limits = Queue(database), Limits(3, 9, 9, 9)
    await queue.accept(ASKED, limits=limits)
    (job,) = await queue.lease("w", 1, 30.0)
    await queue.end(job.id, "w", job.revision, "done")
    assert await queue.deeper(job.id, 10, limits=limits) == 6
    assert await queue.deeper(job.id, 10, limits=limits) is None, "it is on its way"
    assert await queue.edited(edit("when?", at="2.0"), limits=limits) is True
    for n in range(20):
        assert await queue.edited(edit(f"why {n}?", at=f"{3 + n}.0"), limits=limits) is False
    (again,) = await queue.lease("w", 1, 30.0)
    assert (again.question.text, again.revision) == ("when?", 2)
    await queue.end(again.id, "w", again.revision, "done")
    assert isinstance(await queue.deeper(job.id, 10, limits=limits), Refusal)
    assert await queue.accept(other("9.0"), limits=limits) == "limited"
    notices = await database.run(lambda tx: tx.execute("SELECT state, thread FROM {p}jobs WHERE kind = 'notice'"))
    assert notices.count(("waiting", "1.0")) == 1, "it is said once"
    assert {state for state, _ in notices} == {"waiting", "done"}
    await holders(database)[0].erase_user("slack:T1:U1")
    assert await database.run(lambda tx: tx.execute("SELECT * FROM {p}asked")) == []


async def test_what_was_asked_is_counted_for_a_day(database: Database) -> None:
    queue = Queue(database)
    await queue.accept(ASKED)
    await database.run(lambda tx: tx.execute("UPDATE {p}asked SET at = at - 90000"))
    assert await queue.accept(other("2.0"), limits=Limits(1, 1, 1, 1)) == "accepted"
    await queue.prune(1.0)
    assert await database.run(lambda tx: tx.execute("SELECT count(*) FROM {p}asked")) == [(1,)]


async def test_what_was_asked_an_hour_ago_counts_for_the_day_alone(database: Database) -> None:
    queue = Queue(database)
    await queue.accept(ASKED)
    await database.run(lambda tx: tx.execute("UPDATE {p}asked SET at = at - 3600"))
    await queue.prune(1.0)
    assert await queue.accept(other("2.0"), limits=Limits(1, 9, 1, 9)) == "accepted"
    assert await queue.accept(other("3.0"), limits=Limits(9, 2, 9, 9)) == "limited"
    assert await queue.accept(other("4.0", user="U2"), limits=Limits(9, 9, 9, 2)) == "limited"


async def test_an_edit_that_comes_after_a_later_one_changes_nothing(database: Database) -> None:
    queue = Queue(database)
    await queue.accept(ASKED)
    assert await queue.edited(edit("newest?", at="33.0")) is True
    assert await queue.edited(edit("older?", at="32.0")) is False
    (job,) = await queue.lease("w", 1, 30.0)
    assert (job.question.text, job.revision) == ("newest?", 1)
    assert await queue.edited(edit("newest?", at="35.0")) is False, "put back to what it was"
    assert await queue.edited(edit("in between?", at="34.0")) is False


async def test_a_message_that_was_deleted_before_it_came_is_not_taken(database: Database) -> None:
    queue = Queue(database)
    assert await queue.deleted("T1", "C1", "1.0", may_come_yet=True) is False
    assert await queue.deleted("T1", "C1", "2.0") is False
    assert await queue.accept(ASKED) == "repeated"
    assert await queue.accept(other("2.0")) == "accepted"
    assert await queue.counts() == {"waiting": 1}


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_a_database_of_the_first_format_is_brought_forward(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    url = request.getfixturevalue("postgres") if kind == "postgres" else None
    if url:
        await _without_tables(url)
    index = "CREATE INDEX {p}jobs_of_channel ON {p}jobs (team, channel, accepted)"
    statements = (*(one for one in SCHEMA if "{p}asked" not in one), index)
    old = await asyncio.to_thread(
        open_tables, replace(TABLES, version=1, statements=statements, migrations={}), tmp_path, url
    )
    await old.run(lambda tx: jobs.insert(tx, ASKED, "answer"))
    await old.close()
    queue = Queue(database := await asyncio.to_thread(open_database, tmp_path, url))
    assert await queue.accept(other("2.0"), limits=Limits(1, 9, 9, 9)) == "limited", "it counts what it held"
    (job,) = await queue.lease("w", 1, 30.0)
    assert job.question == ASKED
    await database.close()
    if url:
        await _without_tables(url)


async def _without_tables(url: str) -> None:
    names = ("jobs", "events", "threads", "feedback", "installations", "asked", "schema")
    async with await psycopg.AsyncConnection.connect(url) as connection:
        for name in names:
            await connection.execute(f"DROP TABLE IF EXISTS hopline_slack_{name}".encode())


async def test_work_that_fails_leaves_nothing(database: Database) -> None:
    def work(tx: object) -> None:
        jobs.insert(tx, ASKED, "answer")  # type: ignore[arg-type]
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await database.run(work)
    assert await Queue(database).counts() == {}


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters()), st.text(st.characters()))
def test_any_text_is_kept(text: str, problem: str) -> None:
    async def keep(folder: Path) -> None:
        database = open_database(folder, None)
        queue = Queue(database)
        await queue.accept(replace(ASKED, text=text))
        (job,) = await queue.lease("w", 1, 30.0)
        assert job.question.text == text
        await queue.end(job.id, "w", 0, "dead", problem)
        assert len(await queue.dead_letters()) == 1
        await database.close()

    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(keep(Path(folder)))


async def test_a_damaged_file_a_newer_one_and_an_absent_server_are_named(tmp_path: Path) -> None:
    (tmp_path / "slack.sqlite").write_bytes(b"no database at all" * 99)
    with pytest.raises(StorageDamaged, match=r"slack\.sqlite"):
        await Queue(open_database(tmp_path, None)).counts()
    newer = open_database(tmp_path / "new", None)
    await newer.run(lambda tx: tx.execute("PRAGMA user_version = 99"))
    await newer.close()
    with pytest.raises(StoreMismatch, match="format 99"):
        await Queue(open_database(tmp_path / "new", None)).counts()
    with pytest.raises(MemoryUnavailable, match="HOPLINE_DATABASE_URL") as caught:
        await Queue(await asyncio.to_thread(open_database, tmp_path, "postgresql://u:hunter2@127.0.0.1:1/x")).counts()
    assert "hunter2" not in str(caught.value)
    with pytest.raises(InvalidSetting, match="write postgresql://"):
        await Queue(open_database(tmp_path, "hunter2")).counts()


async def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    database = open_database(tmp_path, None)
    await Queue(database).counts()
    await database.close()
    assert (tmp_path / "slack.sqlite").stat().st_mode & 0o777 == 0o600


def test_a_question_can_be_stored_as_json() -> None:
    assert SlackQuestion(**json.loads(jobs.as_json(ASKED))) == ASKED
