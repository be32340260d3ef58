"""What an operator does with the door's database while the app runs, or not: dead letters, feedback, erasure."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agent.holders import Holder
from agent.settings import Settings
from integrations.slack.oauth import tenants_of
from integrations.slack.storage import withdrawals
from integrations.slack.storage.database import open_database
from integrations.slack.storage.erasure import KeptFeedback, KeptQuestions, TenantOf
from integrations.slack.storage.feedback import Feedback
from integrations.slack.storage.queue import Queue
from tools.database.tables import Database


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A question that was given up; whoever asked was told."""

    id: int
    team: str
    channel: str
    asker: str
    question: str
    problem: str
    accepted_at: str


def open_database_of(settings: Settings) -> Database:
    """The database that the settings name. Imports its driver."""
    return open_database(settings.home, settings.database)


def is_in_use(settings: Settings) -> bool:
    """Whether there may be anything of the Slack door's: its file, or a database server. Looks at the disk."""
    return settings.database_url is not None or (settings.home / "slack.sqlite").exists()


@asynccontextmanager
async def database_of(settings: Settings) -> AsyncIterator[Database]:
    database = await asyncio.to_thread(open_database_of, settings)
    try:
        yield database
    finally:
        await database.close()


async def dead_letters(settings: Settings) -> list[DeadLetter]:
    async with database_of(settings) as database:
        return [
            DeadLetter(
                id=job.id,
                team=job.question.team,
                channel=job.question.channel,
                asker=job.question.asker,
                question=job.question.text,
                problem=job.problem,
                accepted_at=datetime.fromtimestamp(job.accepted, UTC).isoformat(timespec="seconds"),
            )
            for job in await Queue(database).dead_letters()
        ]


async def retry(settings: Settings, ids: Sequence[int] | None) -> int:
    async with database_of(settings) as database:
        return await Queue(database).retry(ids)


async def export_feedback(settings: Settings, file: Path) -> int:
    """Write every labelled case as one line of JSON; returns how many."""
    async with database_of(settings) as database:
        cases = await Feedback(database).cases()
    lines = "".join(json.dumps(case.to_row(), ensure_ascii=False) + "\n" for case in cases)
    await asyncio.to_thread(file.write_text, lines, encoding="utf-8", errors="backslashreplace")
    return len(cases)


def _tenant_by_team(settings: Settings) -> TenantOf:
    """As the app has it: workspaces have tenants of their own where they install it through OAuth, and only there."""
    return (lambda team: settings.tenant) if settings.slack_client_id is None else tenants_of(settings).get


@asynccontextmanager
async def withdrawing(settings: Settings) -> AsyncIterator[Callable[[str, str], Awaitable[int]] | None]:
    """What has posted answers that cite a source of a tenant show it as withdrawn; None where there is no door."""
    if not await asyncio.to_thread(is_in_use, settings):
        yield None
        return
    tenant_of = _tenant_by_team(settings)
    async with database_of(settings) as database:

        async def withdraw(source: str, tenant: str) -> int:
            return await withdrawals.withdraw(database, source, lambda team: tenant_of(team) == tenant)

        yield withdraw


@asynccontextmanager
async def holders_of(settings: Settings) -> AsyncIterator[tuple[Holder, ...]]:
    """The door's places that remember people and sources; none where there is no door."""
    if not await asyncio.to_thread(is_in_use, settings):
        yield ()
        return
    tenant_of = _tenant_by_team(settings)
    async with database_of(settings) as database:
        yield KeptQuestions(database, tenant_of), KeptFeedback(database, tenant_of)
