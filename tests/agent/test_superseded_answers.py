"""From files in which a decision says that another one has taken its place to the answer that a person gets."""

from pathlib import Path

import pytest

from tests.agent.assistants import assistant_over
from tests.tools.ingestion.loading.test_loader import Desk

OLD = "# ADR-0004: Background jobs\n\n- Status: {}\n\n## Decision\n\nBackground jobs are kept in RabbitMQ.\n"
NEW = "# ADR-0015: Background jobs\n\n- Status: accepted\n{}\n## Decision\n\nBackground jobs are kept in Postgres.\n"


@pytest.fixture(params=[("**superseded by ADR-0015**", ""), ("accepted", "- Supersedes: ADR-0004\n")])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    status, line = request.param
    desk = Desk(tmp_path)
    desk.write("0004-rabbitmq.md", OLD.format(status))
    desk.write("0015-postgres.md", NEW.format(line))
    return desk


async def test_the_decision_that_holds_is_the_answer(desk: Desk, tmp_path: Path) -> None:
    await desk.ingest()
    assistant = await assistant_over(tmp_path / "home", searcher=desk.store, embedder=desk.embedder)
    answer = await assistant.ask("Where are background jobs kept?")
    assert "Postgres" in answer.answer
    assert "RabbitMQ" not in answer.answer
    assert {citation.source for citation in answer.citations} == {"handbook/0015-postgres.md"}


@pytest.fixture
def announced(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.write("bonus.md", "---\nvalid_from: 2999-01-01\n---\n# Winter bonus\n\nThe winter bonus is 700 euros.\n")
    return desk


async def test_what_holds_from_a_later_day_on_is_part_of_an_answer_and_says_so(announced: Desk, tmp_path: Path) -> None:
    await announced.ingest()
    assistant = await assistant_over(tmp_path / "home", searcher=announced.store, embedder=announced.embedder)
    answer = await assistant.ask("How much is the winter bonus?")
    assert (answer.status, answer.answer) == ("partial", "The winter bonus is 700 euros. [1]")
    assert answer.notes == ("The answer follows “Winter bonus”, which holds from 2999-01-01 on.",)
