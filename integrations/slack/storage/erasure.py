"""What the Slack door keeps about people and sources, as places that can forget and tell: questions and feedback."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

from agent.answers import sources_behind
from agent.holders import is_below
from integrations.slack.storage import jobs, withdrawals
from tools.database.tables import Database, Row, Transaction, column_text

TenantOf = Callable[[str], str | None]
"""The tenant of a workspace, by its team's id."""


class KeptQuestions:
    """The queue's questions with their answers; a `Holder`. What Slack itself shows stays there: it is Slack's."""

    name = "questions in Slack's queue"

    def __init__(self, database: Database, tenant_of: TenantOf) -> None:
        self._database, self._tenant_of = database, tenant_of

    async def erase_user(self, user: str) -> int:
        """Forget what a person asked; what waits to be answered goes too."""

        def work(tx: Transaction) -> int:
            tx.execute("DELETE FROM {p}asked WHERE asker = ?", (column_text(user),))
            return len(tx.execute("DELETE FROM {p}jobs WHERE asker = ? RETURNING id", (column_text(user),)))

        return await _erased(self._database, work)

    async def erase_source(self, source: str, tenant: str) -> int:
        """Forget every kept answer that drew on the source. What is being answered right now is answered anew: it may
        have read the source before it was gone."""

        def work(tx: Transaction) -> int:
            rows = tx.execute(
                "SELECT id, team, answer, state FROM {p}jobs WHERE answer IS NOT NULL OR state = 'working'"
            )
            rows = [row for row in rows if self._tenant_of(row[1]) == tenant]
            found = _drawing_on(source, rows)
            for id_ in found:
                tx.execute("UPDATE {p}jobs SET answer = NULL WHERE id = ?", (id_,))
                withdrawals.take_back(tx, id_)
            for id_ in (id_ for id_, _, _, state in rows if state == "working"):
                tx.execute("UPDATE {p}jobs SET revision = revision + 1, answer = NULL WHERE id = ?", (id_,))
            return len(found)

        return await _erased(self._database, work)

    async def export_user(self, user: str) -> AsyncIterator[dict[str, Any]]:
        rows = await self._database.run(
            lambda tx: tx.execute(
                "SELECT question, state, accepted, answer FROM {p}jobs WHERE asker = ? ORDER BY id",
                (column_text(user),),
            )
        )
        for question, state, accepted, answer in rows:
            yield {"at": _moment(accepted), "state": state, "question": json.loads(question), "answer": _json(answer)}


class KeptFeedback:
    """What readers thought of answers; a `Holder`. It belongs to whoever judged and to whoever had asked."""

    name = "feedback from Slack"

    def __init__(self, database: Database, tenant_of: TenantOf) -> None:
        self._database, self._tenant_of = database, tenant_of

    async def erase_user(self, user: str) -> int:
        name = column_text(user)
        return await _erased(
            self._database,
            lambda tx: len(
                tx.execute("DELETE FROM {p}feedback WHERE reader = ? OR asker = ? RETURNING job", (name, name))
            ),
        )

    async def erase_source(self, source: str, tenant: str) -> int:
        def work(tx: Transaction) -> int:
            rows = tx.execute("SELECT job, team, answer FROM {p}feedback")
            found = _drawing_on(source, [row for row in rows if self._tenant_of(row[1]) == tenant])
            return sum(len(tx.execute("DELETE FROM {p}feedback WHERE job = ? RETURNING job", (job,))) for job in found)

        return await _erased(self._database, work)

    async def export_user(self, user: str) -> AsyncIterator[dict[str, Any]]:
        """A person's own judgements, and those of the answers that they were given, without who judged."""
        name = column_text(user)
        rows = await self._database.run(
            lambda tx: tx.execute(
                "SELECT reader, label, reason, comment, at, answer FROM {p}feedback WHERE reader = ? OR asker = ?"
                " ORDER BY job, reader",
                (name, name),
            )
        )
        for reader, label, reason, comment, at, answer in rows:
            own = {"reason": reason, "comment": comment} if reader == name else {}
            yield {"at": _moment(at), "given_by_them": reader == name, "label": label, **own, "answer": _json(answer)}


async def _erased(database: Database, work: Callable[[Transaction], int]) -> int:
    erased = await database.run(work)
    await database.scrub()
    return erased


def _drawing_on(source: str, rows: list[Row]) -> set[int]:
    """An answer that can't be read may draw on anything."""
    found = set()
    for id_, _, written, *_ in rows:
        answer = jobs.answer_if_readable(written) if written else None
        if written and (answer is None or any(is_below(used, source) for used in sources_behind(answer))):
            found.add(id_)
    return found


def _json(written: str | None) -> Any:
    return json.loads(written) if written else None


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
