"""What readers thought of answers, as labelled cases: question, answer, features, label, reason. Last click wins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from agent.answers import Answer
from integrations.slack.storage import jobs
from tools.database.tables import Database, Transaction, column_text

Label = Literal["helpful", "not_helpful"]
MAX_COMMENT_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Case:
    """One reader's label of one answer; `reason` is one of the form's, `at` in seconds since 1970."""

    job: int
    reader: str
    label: Label
    reason: str
    comment: str
    at: float
    answer: Answer

    def to_row(self) -> dict[str, Any]:
        """One line of the export. It can stand in a data set's `questions.jsonl`: a helpful answer is its own gold
        answer. `right` is what a calibration takes; None where the reader's reason is not about rightness."""
        helpful = self.label == "helpful"
        answer = self.answer
        return {
            "id": f"slack-{self.job}-{self.reader.rpartition(':')[2]}",
            "question": answer.rewritten_question or answer.question,
            "answers": [answer.answer] if helpful and answer.status in ("answered", "partial") else [],
            "supporting_ids": sorted({citation.source for citation in answer.citations}) if helpful else [],
            "type": "slack",
            "label": self.label,
            "right": _right(self),
            "reason": self.reason,
            "comment": self.comment,
            "at": self.at,
            "asked_as": answer.question,
            "status": answer.status,
            "answer": answer.answer,
            "confidence": answer.confidence,
            "features": answer.features,
            "mode": answer.mode,
            "run_id": answer.run_id,
        }


def _right(case: Case) -> bool | None:
    if case.answer.status not in ("answered", "partial"):
        return None
    if case.label == "helpful":
        return True
    return False if case.reason in ("wrong", "outdated", "other_question") else None


class Feedback:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def label(self, job: int, reader: str, label: Label) -> bool:
        """Note a click; a new one replaces the reader's last. False when the answer is not kept any more."""

        def work(tx: Transaction) -> bool:
            found = jobs.by_id(tx, job)
            if found is None or found.answer is None:
                return False
            tx.execute(
                "INSERT INTO {p}feedback (job, reader, label, at, team, asker, answer) VALUES (?, ?, ?, {now}, ?, ?, ?)"
                " ON CONFLICT (job, reader) DO UPDATE SET label = excluded.label, at = excluded.at, reason = '',"
                " comment = '', answer = excluded.answer",
                (
                    *(job, reader, label, found.question.team, found.question.asker),
                    jobs.answer_as_json(found.answer),
                ),
            )
            return True

        return await self._database.run(work)

    async def explain(self, job: int, reader: str, reason: str, comment: str) -> bool:
        """Why the answer did not help; goes with the click it belongs to."""
        rows = await self._database.run(
            lambda tx: tx.execute(
                "UPDATE {p}feedback SET reason = ?, comment = ? WHERE job = ? AND reader = ? AND label = 'not_helpful'"
                " RETURNING job",
                (column_text(reason), column_text(comment[:MAX_COMMENT_CHARACTERS]), job, reader),
            )
        )
        return bool(rows)

    async def cases(self) -> Sequence[Case]:
        rows = await self._database.run(
            lambda tx: tx.execute(
                "SELECT job, reader, label, reason, comment, at, answer FROM {p}feedback ORDER BY job, reader"
            )
        )
        return [
            Case(job, reader, label, reason, comment, at, answer)
            for job, reader, label, reason, comment, at, written in rows
            if (answer := jobs.answer_if_readable(written)) is not None
        ]
