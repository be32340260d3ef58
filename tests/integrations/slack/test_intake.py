"""Events that come in another order than they happened."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from integrations.slack.channels import ChannelRules
from integrations.slack.groups import NO_GROUPS
from integrations.slack.intake import Intake
from integrations.slack.questions import SlackQuestion, question_of
from integrations.slack.rights import Rights
from integrations.slack.storage.database import open_database
from integrations.slack.storage.limits import Limits
from integrations.slack.storage.queue import Queue
from integrations.slack.timing import Timing
from integrations.slack.worker import Worker
from integrations.slack.workspaces import Workspaces
from tests.integrations.slack.doubles import deleted, direct_message, edited, event
from tests.integrations.slack.test_worker import OneWorkspace, Slow, worker_over
from tools.database.tables import Database

ROOMY = Limits(99, 99, 99, 99)
MENTION = "<@UBOT> who approves refunds?"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await asyncio.to_thread(open_database, tmp_path, None)
    yield opened
    await opened.close()


def intake_over(database: Database, limits: Limits = ROOMY) -> Intake:
    worker: Worker = worker_over(database, Slow(0.0))
    rules = ChannelRules()
    rights = Rights(NO_GROUPS, rules, Timing())
    return Intake(Queue(database), worker, cast("Workspaces", OneWorkspace()), rights, rules, limits)


def changed(text: str, at: str, **fields: Any) -> dict[str, Any]:
    return edited(text, before="…", event_id=f"Ev-{at}", edited={"user": "U1", "ts": at}, **fields)


def gone(at: str) -> dict[str, Any]:
    body = deleted()
    body["event"]["event_ts"] = at
    return body


async def wordings(intake: Intake) -> list[str]:
    return [job.question.text for job in await intake.queue.lease("w", 9, 30.0) if job.kind == "answer"]


async def test_a_message_that_was_deleted_before_it_came_is_not_answered(database: Database) -> None:
    intake = intake_over(database)
    await intake.message(gone("101.0"))
    await intake.message(event(MENTION))
    assert await wordings(intake) == []


async def test_the_deletion_of_an_old_message_is_not_remembered(database: Database) -> None:
    intake = intake_over(database)
    await intake.message(gone("999.0"))
    assert await database.run(lambda tx: tx.execute("SELECT * FROM {p}events")) == []


@pytest.mark.parametrize("direct", [True, False])
async def test_an_edit_that_comes_before_its_message_is_the_question(database: Database, direct: bool) -> None:
    intake = intake_over(database)
    if direct:
        newest = changed("who approves refunds?", "105.0", channel="D1")
        newest["event"]["channel_type"] = "im"
        first = direct_message("who aproves refunds")
    else:
        newest, first = changed(MENTION, "105.0"), event("<@UBOT> who aproves refunds")
        newest["event"]["previous_message"]["text"] = "<@UBOT> who aproves refunds"
    await intake.message(newest)
    await intake.message(first)
    assert await wordings(intake) == ["who approves refunds?"]


class Overtaken(Queue):
    """A queue into which a message comes right after its edit was looked for there in vain."""

    def __init__(self, database: Database, message: SlackQuestion) -> None:
        super().__init__(database)
        self._message = message

    async def edited(self, said: SlackQuestion, *, limits: Limits | None = None) -> bool | None:
        found = await super().edited(said, limits=limits)
        await self.accept(self._message)
        return found


async def test_an_edit_that_is_taken_up_while_its_message_is_stored_holds(database: Database) -> None:
    first = question_of(event("<@UBOT> who aproves refunds"), OneWorkspace.identity)
    assert first is not None
    intake = replace(intake_over(database), queue=Overtaken(database, first))
    newest = changed(MENTION, "105.0")
    newest["event"]["previous_message"]["text"] = "<@UBOT> who aproves refunds"
    await intake.message(newest)
    assert await wordings(intake) == ["who approves refunds?"]


async def test_an_edit_of_an_old_message_that_is_not_known_asks_nothing(database: Database) -> None:
    intake = intake_over(database)
    late = changed("<@UBOT> who approves refunds?", "999.0")
    late["event"]["previous_message"]["text"] = "<@UBOT> who aproves refunds"
    await intake.message(late)
    assert await wordings(intake) == []


async def test_of_two_edits_in_the_wrong_order_the_later_one_holds(database: Database) -> None:
    intake = intake_over(database)
    await intake.message(event(MENTION))
    await intake.message(changed("<@UBOT> newest?", "105.0"))
    await intake.message(changed("<@UBOT> older?", "104.0"))
    assert await wordings(intake) == ["newest?"]


async def test_edits_are_limited_like_questions(database: Database) -> None:
    intake = intake_over(database, Limits(2, 9, 9, 9))
    await intake.message(event(MENTION))
    for n in range(20):
        await intake.message(changed(f"<@UBOT> wording {n}", f"{110 + n}.0"))
    assert await wordings(intake) == ["wording 0"]
    assert await intake.queue.counts() == {"working": 1, "waiting": 1, "done": 18}
