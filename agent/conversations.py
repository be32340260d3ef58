"""What was said before: the turns of a conversation, kept across processes and shown only to the person they belong to.

A conversation belongs to the (tenant, user) that opened it; for anybody else its id is that of a new conversation. A
turn records the groups it was answered under and the sources its answer drew on. If the reader has since left one of
these groups, or one of the sources was erased, the whole turn is gone: its question may repeat what the answer said.
"""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from graph.language import Turn
from tools.database.opening import open_tables
from tools.database.tables import Database, Migration, Row, Tables, Transaction, below, column_text
from tools.passages import Reader

PAGE = 100

_SCHEMA = (
    """CREATE TABLE {p}turns (
        id {serial},
        tenant TEXT NOT NULL, reader TEXT NOT NULL, conversation TEXT NOT NULL,
        answered_under TEXT NOT NULL,
        question TEXT NOT NULL, answer TEXT NOT NULL, run_id TEXT NOT NULL,
        asked {float} NOT NULL)""",
    "CREATE INDEX {p}turns_of_conversation ON {p}turns (tenant, reader, conversation, id)",
    "CREATE INDEX {p}turns_of_reader ON {p}turns (reader)",
    "CREATE TABLE {p}turn_sources (turn BIGINT NOT NULL, source TEXT NOT NULL)",
    "CREATE INDEX {p}turn_sources_of_turn ON {p}turn_sources (turn)",
)
_COLUMNS = "id, tenant, reader, conversation, answered_under, question, answer, run_id, asked"
_SOURCES_OF_1 = "INSERT INTO {p}turn_sources (turn, source) SELECT turn, source FROM "
_FROM_1 = Migration(
    sqlite=(
        "ALTER TABLE turn_sources RENAME TO turn_sources_1",
        "ALTER TABLE turns RENAME TO turns_1",
        "DROP INDEX turns_of_conversation",
        "DROP INDEX turns_of_reader",
        *_SCHEMA,
        "INSERT INTO turns ({columns}) SELECT id, tenant, reader, conversation, answered_under, question, answer,"
        " run_id, (julianday(asked_at) - 2440587.5) * 86400.0 FROM turns_1",
        f"{_SOURCES_OF_1} turn_sources_1",
        "DROP TABLE turn_sources_1",
        "DROP TABLE turns_1",
    ),
    postgres=(
        *_SCHEMA,
        "INSERT INTO {p}turns ({columns}) OVERRIDING SYSTEM VALUE SELECT id, tenant, reader, conversation,"
        " to_json(answered_under)::text, question, answer, run_id, extract(epoch from asked_at) FROM hopline_turns",
        "SELECT setval(pg_get_serial_sequence('{p}turns', 'id'), coalesce(max(id), 0) + 1, false) FROM {p}turns",
        f"{_SOURCES_OF_1} hopline_turn_sources",
        "DROP TABLE hopline_turn_sources",
        "DROP TABLE hopline_turns",
    ),
)
_KNOWN = "SELECT 1 FROM {p}turns WHERE tenant = ? AND reader = ? AND conversation = ? AND run_id = ?"
TABLES = Tables("conversations", version=2, statements=_SCHEMA, words={"columns": _COLUMNS}, migrations={1: _FROM_1})


def open_conversations(home: Path, database_url: str | None) -> "Conversations":
    """Postgres if its URL is set, else `conversations.sqlite` in `home`. Nothing is opened before the first use."""
    return Conversations(open_tables(TABLES, home, database_url))


def owner_of(reader: Reader) -> str:
    """Readers without a name (the command line's) share one owner per tenant."""
    return column_text(reader.user or "")


def groups_of(reader: Reader) -> list[str]:
    return sorted({column_text(group) for group in reader.readable_groups})


class Conversations:
    """Conversation memory; a `Holder`. Raises what a Database raises."""

    name = "turns of conversations"

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(
        self, conversation: str, turn: Turn, *, reader: Reader, run_id: str, sources: Sequence[str]
    ) -> None:
        """Remember a turn, completely or not at all, and at most once per run. `sources` are those of the passages that
        the answer drew on."""
        key = (column_text(reader.tenant), owner_of(reader), column_text(conversation), json.dumps(groups_of(reader)))
        said = (column_text(turn.question), column_text(turn.answer), column_text(run_id))

        def work(tx: Transaction) -> None:
            if tx.execute(_KNOWN, (*key[:3], column_text(run_id))):
                return
            ((id_,),) = tx.execute(
                "INSERT INTO {p}turns (tenant, reader, conversation, answered_under, question, answer, run_id, asked)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, {now}) RETURNING id",
                (*key, *said),
            )
            for source in dict.fromkeys(column_text(source) for source in sources):
                tx.execute("INSERT INTO {p}turn_sources (turn, source) VALUES (?, ?)", (id_, source))

        await self._database.run(work)

    async def turns(self, conversation: str, *, reader: Reader, limit: int) -> list[Turn]:
        """The newest `limit` turns that this reader may still read, oldest first; none if the id is somebody else's."""
        return [turn for turn, _ in await self.turns_with_sources(conversation, reader=reader, limit=limit)]

    async def turns_with_sources(
        self, conversation: str, *, reader: Reader, limit: int
    ) -> list[tuple[Turn, frozenset[str]]]:
        """The same, each with the sources that its answer drew on."""
        if limit <= 0:
            return []
        key = (column_text(reader.tenant), owner_of(reader), column_text(conversation))
        mine = set(groups_of(reader))

        def work(tx: Transaction) -> list[tuple[Turn, frozenset[str]]]:
            found: list[tuple[Turn, frozenset[str]]] = []
            for id_, answered_under, question, answer in _newest_first(tx, key):
                if mine.issuperset(json.loads(answered_under)):
                    found.append((Turn(question=question, answer=answer), frozenset(_sources_of(tx, id_))))
                    if len(found) == limit:
                        break
            return found[::-1]

        return await self._database.run(work)

    async def erase_user(self, user: str) -> int:
        """Forget every turn of a user, in all tenants; returns how many were forgotten."""
        return await self._erase("DELETE FROM {p}turns WHERE reader = ? RETURNING id", (column_text(user),))

    async def erase_source(self, source: str, tenant: str) -> int:
        """Forget every turn whose answer drew on `S`, `S#…` or `S/…`; returns how many were forgotten."""
        return await self._erase(
            "DELETE FROM {p}turns WHERE tenant = ? AND id IN (SELECT turn FROM {p}turn_sources"  # noqa: S608
            f" WHERE {below('source')}) RETURNING id",
            (column_text(tenant), *(column_text(source),) * 4),
        )

    async def forget_run(self, run_id: str) -> None:
        """Forget the turn of one run of the graph."""
        await self._erase("DELETE FROM {p}turns WHERE run_id = ? RETURNING id", (column_text(run_id),))

    async def export_user(self, user: str) -> AsyncIterator[dict[str, Any]]:
        last = 0
        while rows := await self._database.run(partial(_turns_of, user=user, after=last)):
            last = rows[-1][0][0]
            for (_, tenant, conversation, question, answer, run_id, asked), sources in rows:
                yield {
                    "tenant": tenant,
                    "conversation": conversation,
                    "question": question,
                    "answer": answer,
                    "run_id": run_id,
                    "sources": sources,
                    "at": datetime.fromtimestamp(asked, UTC).isoformat(timespec="milliseconds"),
                }

    async def close(self) -> None:
        await self._database.close()

    async def _erase(self, statement: str, parameters: Sequence[object]) -> int:
        def work(tx: Transaction) -> int:
            turns = tx.execute(statement, parameters)
            for turn in turns:
                tx.execute("DELETE FROM {p}turn_sources WHERE turn = ?", turn)
            return len(turns)

        erased = await self._database.run(work)
        await self._database.scrub()
        return erased


def _newest_first(tx: Transaction, key: tuple[str, str, str]) -> Iterator[Row]:
    """(id, answered_under, question, answer) of a conversation, a page at a time."""
    before = 2**62
    while rows := tx.execute(
        "SELECT id, answered_under, question, answer FROM {p}turns"
        " WHERE tenant = ? AND reader = ? AND conversation = ? AND id < ? ORDER BY id DESC LIMIT ?",
        (*key, before, PAGE),
    ):
        yield from rows
        before = rows[-1][0]


def _turns_of(tx: Transaction, user: str, after: int) -> list[tuple[Row, list[str]]]:
    rows = tx.execute(
        "SELECT id, tenant, conversation, question, answer, run_id, asked FROM {p}turns"
        " WHERE reader = ? AND id > ? ORDER BY id LIMIT ?",
        (column_text(user), after, PAGE),
    )
    return [(row, _sources_of(tx, row[0])) for row in rows]


def _sources_of(tx: Transaction, turn: int) -> list[str]:
    rows = tx.execute("SELECT source FROM {p}turn_sources WHERE turn = ? ORDER BY source", (turn,))
    return [source for (source,) in rows]
