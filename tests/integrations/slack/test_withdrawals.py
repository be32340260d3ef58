"""When a source is gone, the answers that cite it say so: in the channel, in the queue, and after a crash as well."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from agent.answers import Answer, Claim
from agent.events import DraftDiscarded, Progress, Token
from integrations.slack.answering import STOPPED
from integrations.slack.app import Door
from integrations.slack.operations import withdrawing
from integrations.slack.progress import Seen, stopped_answer
from integrations.slack.storage import withdrawals
from integrations.slack.storage.database import open_database
from integrations.slack.storage.erasure import KeptQuestions
from integrations.slack.storage.queue import Queue
from integrations.slack.storage.withdrawals import NOTHING_LEFT, without
from tests.integrations.slack.doubles import ANSWER, CITATION, HOPS, ScriptedAssistant, event
from tests.integrations.slack.local_slack import LocalSlack
from tests.integrations.slack.opened import eventually, opened, settings_for
from tests.integrations.slack.test_queue import ASKED
from tools.database.tables import Database
from tools.passages import Passage

REFUNDS = Passage(key="refunds#3", id="refunds#3", source=CITATION.source, title="Refunds", text=CITATION.quote)
OTHER = CITATION.model_copy(update={"marker": 2, "source": "handbook/roles.md", "title": "Roles", "quote": "Ines."})
TWO = ANSWER.model_copy(
    update={
        "answer": "Ines approves refunds above 500 €. [1] She is the duty manager. [2]",
        "claims": (
            Claim(text="Ines approves refunds above 500 €.", markers=(1,), support="supported", score=1.0),
            Claim(text="She is the duty manager.", markers=(2,), support="supported", score=1.0),
        ),
        "citations": (CITATION, OTHER),
    }
)


async def _is_answered(door: Door) -> bool:
    """Until then a lost source has it answered anew."""
    return await door.queue.counts() == {"done": 1}


def everybody(team: str) -> bool:
    return True


def test_only_what_came_from_the_source_loses_its_quote() -> None:
    left = without(TWO, CITATION.source)
    assert left is not None
    assert [each.quote for each in left.citations] == ["", "Ines."]
    gone = left.citations[0]
    assert (gone.title, gone.url, gone.locator) == (CITATION.title, None, "")
    assert left.answer == "She is the duty manager. [2]"
    assert without(left, CITATION.source) is None
    assert without(TWO, "somewhere/else.md") is None
    nothing = without(left, "handbook")
    assert nothing is not None
    assert nothing.answer == NOTHING_LEFT


def test_what_rests_on_another_source_as_well_is_still_said() -> None:
    claim = Claim(text="Ines approves them.", markers=(1, 2), support="supported", score=1.0)
    both = TWO.model_copy(update={"answer": "Ines approves them. [1][2]", "claims": (claim,)})
    left = without(both, CITATION.source)
    assert left is not None
    assert left.answer == both.answer


def test_words_that_are_no_claim_s_go_as_a_whole() -> None:
    left = without(TWO.model_copy(update={"answer": "In short, Ines does. [1][2]"}), CITATION.source)
    assert left is not None
    assert left.answer == NOTHING_LEFT


async def test_a_posted_answer_is_edited_and_shows_its_citation_as_withdrawn(
    slack: LocalSlack, clean_environment: Path
) -> None:
    async with opened(slack, ScriptedAssistant(TWO)) as door:
        await slack.deliver(event("<@UBOT> who approves refunds?", ts="100.1"))
        await eventually(partial(_is_answered, door))
        async with withdrawing(settings_for(slack)) as withdraw:
            assert withdraw is not None
            assert await withdraw(CITATION.source, "another tenant") == 0
            assert await withdraw(CITATION.source, "default") == 1
        (edit,) = await slack.until("chat.update", 1)
    shown = str(edit["blocks"])
    assert f"~{CITATION.title}~ · withdrawn" in shown
    assert CITATION.quote not in shown
    assert "no longer among the documents" in shown
    assert "Ines." in shown
    assert len(slack.called("chat.postMessage")) == 1


async def test_a_door_that_was_down_edits_the_post_when_it_comes_back(
    slack: LocalSlack, clean_environment: Path
) -> None:
    async with opened(slack, ScriptedAssistant(TWO)) as door:
        await slack.deliver(event("<@UBOT> who approves refunds?", ts="100.1"))
        await eventually(partial(_is_answered, door))
    async with withdrawing(settings_for(slack)) as withdraw:
        assert withdraw is not None
        await withdraw(CITATION.source, "default")
        await withdraw("handbook", "default")  # the rest of it, before anybody has shown the first
    async with opened(slack, ScriptedAssistant(TWO)):
        (edit,) = await slack.until("chat.update", 1)
    assert str(edit["blocks"]).count("· withdrawn") == 2
    assert len(slack.called("chat.postMessage")) == 1


def stopped_after(*happened: Progress) -> Answer:
    seen = Seen()
    for one in happened:
        seen.on(one)
    return stopped_answer("who?", seen, STOPPED)


async def _kept(database: Database, answer: Answer) -> int:
    """The id of a question that was answered with it, in one post."""
    queue = Queue(database)
    await queue.accept(ASKED)
    (job,) = await queue.lease("w", 1, 30.0)
    await queue.store_answer(job.id, "w", job.revision, answer)
    await queue.store_posts(job.id, "w", ["1.0"])
    await queue.end(job.id, "w", job.revision, "done")
    return job.id


async def test_an_answer_that_is_not_posted_yet_is_worked_out_anew(clean_environment: Path) -> None:
    database = open_database(clean_environment, None)
    queue = Queue(database)
    await queue.accept(ASKED)
    (job,) = await queue.lease("w", 1, 30.0)
    await queue.store_answer(job.id, "w", job.revision, TWO)
    assert await withdrawals.withdraw(database, CITATION.source, everybody) == 1
    assert not await queue.end(job.id, "w", job.revision, "done")
    (again,) = await queue.lease("w", 1, 30.0)
    assert (again.answer, again.wanted) == (None, "answer")
    await database.close()


@pytest.mark.parametrize("drawn_on", ["handbook/refunds.md", "handbook"])
async def test_a_stopped_answer_goes_with_the_sources_of_what_it_says(clean_environment: Path, drawn_on: str) -> None:
    said = Token.citing("Ines approves refunds. [1]", [REFUNDS])
    database = open_database(clean_environment, None)
    job = await _kept(database, stopped_after(*HOPS, said))
    assert await withdrawals.withdraw(database, "handbook/roles.md", everybody) == 0, "it was found and not said"
    assert await withdrawals.withdraw(database, drawn_on, everybody) == 1
    assert await withdrawals.withdraw(database, drawn_on, everybody) == 0
    (again,) = await Queue(database).lease("w", 1, 30.0)
    assert (again.id, again.wanted) == (job, "withdrawn")
    assert again.answer is not None
    assert again.answer.answer == NOTHING_LEFT
    await database.close()


async def test_where_a_stopped_question_had_looked_is_forgotten_by_erasure_and_stays_where_a_source_is_gone(
    clean_environment: Path,
) -> None:
    """Titles stay in answers whose sources are withdrawn, too."""
    database = open_database(clean_environment, None)
    job = await _kept(database, stopped_after(*HOPS, Token.citing("Taken back. [1]", [REFUNDS]), DraftDiscarded("")))
    assert await withdrawals.withdraw(database, "handbook/roles.md", everybody) == 0
    assert await KeptQuestions(database, lambda team: "default").erase_source("handbook/roles.md", "default") == 1
    erased = await Queue(database).job(job)
    assert erased is not None
    assert erased.answer is None
    await database.close()


async def test_names_that_mean_something_to_a_database_find_only_themselves(clean_environment: Path) -> None:
    database = open_database(clean_environment, None)
    queue = Queue(database)
    for number, source in enumerate(("a%b.md", "a_b!.md", "añ\\b.md", "axb.md")):
        await queue.accept(replace(ASKED, ts=f"{number}.0", thread=f"{number}.0", event_id=f"E{number}"))
        (job,) = await queue.lease("w", 1, 30.0)
        citation = CITATION.model_copy(update={"source": source})
        await queue.store_answer(job.id, "w", job.revision, ANSWER.model_copy(update={"citations": (citation,)}))
        await queue.store_posts(job.id, "w", ["1.0"])
        await queue.end(job.id, "w", job.revision, "done")
    for source in ("a%b.md", "a_b!.md", "añ\\b.md"):
        assert await withdrawals.withdraw(database, source, everybody) == 1
    await database.close()
