"""The right to be forgotten, in what the Slack door keeps: questions, answers and feedback."""

from agent.conversations import storable
from integrations.slack.storage import jobs
from tools.database.tables import Database, Row, Transaction


async def erase_user(database: Database, user: str) -> int:
    """Forget what a person asked and thought; returns how many rows that were. What waits to be answered goes too."""

    def work(tx: Transaction) -> int:
        name = storable(user)
        asked = tx.execute("DELETE FROM {p}jobs WHERE asker = ? RETURNING id", (name,))
        thought = tx.execute("DELETE FROM {p}feedback WHERE reader = ? OR asker = ? RETURNING job", (name, name))
        return len(asked) + len(thought)

    return await database.run(work)


async def erase_source(database: Database, source: str) -> int:
    """Forget every kept answer that drew on `S`, `S#…` or `S/…`; returns how many there were."""

    def work(tx: Transaction) -> int:
        kept = tx.execute("SELECT id, answer FROM {p}jobs WHERE answer IS NOT NULL")
        judged = tx.execute("SELECT job, answer FROM {p}feedback")
        for id_ in (from_jobs := _drawing_on(source, kept)):
            tx.execute("UPDATE {p}jobs SET answer = NULL WHERE id = ?", (id_,))
        for id_ in (from_feedback := _drawing_on(source, judged)):
            tx.execute("DELETE FROM {p}feedback WHERE job = ?", (id_,))
        return len(from_jobs) + len(from_feedback)

    return await database.run(work)


def _drawing_on(source: str, rows: list[Row]) -> set[int]:
    return {
        id_
        for id_, answer in rows
        if any(_is_below(citation.source, source) for citation in jobs.answer_of(answer).citations)
    }


def _is_below(used: str, source: str) -> bool:
    return used == source or used.startswith((f"{source}#", f"{source}/"))
