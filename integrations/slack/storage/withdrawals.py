"""Answers in Slack whose sources are gone: noted in the queue, so that a worker edits the posts, whatever happens.

A citation that lost its source has no quote any more, here and in the post, and what rested on it alone is no longer
said; its mark and title stay, so that people see what is missing. An answer that was stopped has no citations yet: it
goes as a whole.
"""

import json
from collections.abc import Callable, Sequence

from agent.answers import Answer, Citation, Claim, sources_behind
from agent.holders import is_below
from graph.checking.citations import write_statement, written
from integrations.slack.storage import jobs
from tools.database.tables import Database, Row, Transaction

ONLY_SHOWN_ONCE = "ephemeral"
_NOT_POSTED: tuple[list[str], ...] = ([], [ONLY_SHOWN_ONCE])
_WANTED = (
    "wanted = 'withdrawn', revision = revision + 1, stopping = 0, failures = 0, crashes = 0, problem = '',"
    " due = {now}, state = CASE WHEN state = 'working' THEN state ELSE 'waiting' END"
)
NOTHING_LEFT = "This answer was withdrawn: the documents it was based on are gone."
NOTE = "A source of this answer is gone; what was based on it alone was taken out."


def is_withdrawn(citation: Citation) -> bool:
    return not citation.quote


def without(answer: Answer, source: str) -> Answer | None:
    """The answer with every citation of `S`, `S#…` or `S/…` withdrawn; None when there is nothing to withdraw."""
    if not answer.citations and answer.status != "declined":
        found = any(is_below(used, source) for used in sources_behind(answer))
        return answer.model_copy(update={"answer": NOTHING_LEFT, "ranking": ()}) if found else None
    if not any(is_below(each.source, source) and not is_withdrawn(each) for each in answer.citations):
        return None
    citations = [
        each.model_copy(update={"quote": "", "start": 0, "end": 0, "locator": "", "url": None})
        if is_below(each.source, source)
        else each
        for each in answer.citations
    ]
    gone = {each.marker for each in citations if is_withdrawn(each)}
    claims = [claim for claim in answer.claims if not set(claim.markers) <= gone]
    changed = {"citations": citations, "claims": claims, "notes": tuple(dict.fromkeys((*answer.notes, NOTE)))}
    return Answer.model_validate(answer.model_dump() | changed | {"answer": _said(answer, claims)})


def _said(answer: Answer, left: list[Claim]) -> str:
    """The text without the claims that are gone; all of it goes when it is not clear which words are theirs."""
    if not left or _written(answer.claims) != answer.answer:
        return NOTHING_LEFT
    return _written(left)


def _written(claims: Sequence[Claim]) -> str:
    return written(write_statement(claim.text, claim.markers) for claim in claims)


async def withdraw(database: Database, source: str, is_of_tenant: Callable[[str], bool]) -> int:
    """Has every posted answer of these teams that cites the source edited, and every one that is not posted yet worked
    out anew; returns how many there are."""

    def work(tx: Transaction) -> int:
        rows = tx.execute(
            "SELECT id, team, state, wanted, posts, answer FROM {p}jobs"
            " WHERE answer IS NOT NULL AND wanted <> 'gone' AND answer LIKE ? ESCAPE '!'",
            (f"%{_literal(source)}%",),
        )
        return sum(_withdrawn(tx, row, source) for row in rows if is_of_tenant(row[1]))

    return await database.run(work)


def _withdrawn(tx: Transaction, row: Row, source: str) -> bool:
    id_, _, state, wanted, posts, answer = row
    kept = None  # one that can't be read goes as a whole
    if (known := jobs.answer_if_readable(answer)) is not None:
        if (left := without(known, source)) is None:
            return False
        kept = jobs.answer_as_json(left)
    if wanted != "withdrawn" and state in {"waiting", "working"}:  # its worker notices the new revision
        tx.execute("UPDATE {p}jobs SET answer = NULL, revision = revision + 1 WHERE id = ?", (id_,))
    elif state == "dead" or json.loads(posts) in _NOT_POSTED:  # nothing there that could be edited
        tx.execute("UPDATE {p}jobs SET answer = ? WHERE id = ?", (kept, id_))
    else:
        tx.execute(
            f"UPDATE {{p}}jobs SET answer = ?, {_WANTED} WHERE id = ?",  # noqa: S608
            (kept, id_),
        )
    return True


def take_back(tx: Transaction, id_: int) -> None:
    """Has a posted answer of which nothing may be kept edited: the post says that it was withdrawn."""
    rows = tx.execute("SELECT posts, state FROM {p}jobs WHERE id = ? AND wanted <> 'gone'", (id_,))
    if rows and rows[0][1] not in {"waiting", "working", "dead"} and json.loads(rows[0][0]) not in _NOT_POSTED:
        tx.execute(f"UPDATE {{p}}jobs SET {_WANTED} WHERE id = ?", (id_,))  # noqa: S608


def _literal(source: str) -> str:
    """The source as it stands in the stored JSON, for LIKE: a first sieve, in the database."""
    written = json.dumps(source)[1:-1]
    return "".join(f"!{letter}" if letter in "!%_" else letter for letter in written)
