"""The database under the Slack door: one SQLite file, or Postgres for several workers. The SQL above it is the same.

A transaction is a plain function that runs in a thread: one hop for all its statements, and whoever awaits it may be
cancelled without leaving it half done.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from tools.errors import InvalidSetting

SCHEMA_VERSION = 1
T = TypeVar("T")
Row = tuple[Any, ...]

SCHEMA = (
    """CREATE TABLE {p}jobs (
        id {serial},
        team TEXT NOT NULL, channel TEXT NOT NULL, ts TEXT NOT NULL, thread TEXT NOT NULL,
        event_id TEXT NOT NULL, asker TEXT NOT NULL,
        kind TEXT NOT NULL,
        question TEXT NOT NULL,
        state TEXT NOT NULL,
        wanted TEXT NOT NULL DEFAULT 'answer',
        revision INTEGER NOT NULL DEFAULT 0,
        max_hops INTEGER,
        stopping INTEGER NOT NULL DEFAULT 0,
        failures INTEGER NOT NULL DEFAULT 0,
        crashes INTEGER NOT NULL DEFAULT 0,
        problem TEXT NOT NULL DEFAULT '',
        owner TEXT NOT NULL DEFAULT '',
        lease_until {float} NOT NULL DEFAULT 0,
        due {float} NOT NULL,
        accepted {float} NOT NULL,
        ended {float},
        posts TEXT NOT NULL DEFAULT '[]',
        posting {float},
        answer TEXT,
        under TEXT NOT NULL DEFAULT '[]',
        UNIQUE (team, channel, ts))""",
    "CREATE INDEX {p}jobs_active ON {p}jobs (state, due, id)",
    "CREATE INDEX {p}jobs_of_thread ON {p}jobs (team, channel, thread, id)",
    "CREATE INDEX {p}jobs_of_asker ON {p}jobs (team, asker, accepted)",
    "CREATE INDEX {p}jobs_of_channel ON {p}jobs (team, channel, accepted)",
    "CREATE TABLE {p}events (event_id TEXT PRIMARY KEY, seen {float} NOT NULL)",
    """CREATE TABLE {p}threads (
        team TEXT NOT NULL, channel TEXT NOT NULL, thread TEXT NOT NULL, quiet INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (team, channel, thread))""",
    """CREATE TABLE {p}feedback (
        job INTEGER NOT NULL, reader TEXT NOT NULL, label TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '',
        comment TEXT NOT NULL DEFAULT '', at {float} NOT NULL,
        team TEXT NOT NULL, asker TEXT NOT NULL, answer TEXT NOT NULL,
        PRIMARY KEY (job, reader))""",
    """CREATE TABLE {p}installations (
        enterprise TEXT NOT NULL, team TEXT NOT NULL, installed TEXT NOT NULL, at {float} NOT NULL,
        PRIMARY KEY (enterprise, team))""",
)


WORDS = {
    "job": "id, question, kind, state, wanted, revision, max_hops, stopping, failures, crashes, problem, posts,"
    " posting, answer, under, accepted",
    "active": "('waiting', 'working')",
    "died": "(crashes + CASE WHEN state = 'working' THEN 1 ELSE 0 END)",
    "free_jobs": "SELECT id, state FROM {p}jobs AS j"
    " WHERE ((state = 'waiting' AND due <= {now}) OR (state = 'working' AND lease_until < {now}))"
    " AND NOT EXISTS (SELECT 1 FROM {p}jobs AS o WHERE o.team = j.team AND o.channel = j.channel"
    " AND o.thread = j.thread AND (o.id < j.id AND o.state IN ('waiting', 'working')"
    " OR o.id > j.id AND o.state = 'working' AND o.lease_until >= {now}))",
}
"""What stands for what in a statement: a job's columns, the states that have no end yet, how often a job's worker has
died, and the jobs that may be leased: due, or their lease run out, and first and alone in their thread."""


def spelled_out(statement: str, words: Mapping[str, str]) -> str:
    """The statement with its words replaced, those within words as well."""
    return statement.format(**words).format(**words)


class Transaction(Protocol):
    """`?` stands for a parameter, `{now}` for the database's clock in seconds since 1970, `{p}` for the tables' prefix,
    `{skip_locked}` for the clause that lets several workers take rows side by side; see also `WORDS`."""

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        """The rows that the statement returns; for a change, the rows of its RETURNING clause."""
        ...


class Database(Protocol):
    """Raises MemoryUnavailable, StorageFull, StorageDamaged, StoreMismatch or InvalidSetting."""

    async def run(self, work: Callable[[Transaction], T]) -> T:
        """Do the work in one transaction: all of it is stored when this returns, or none when it raises."""
        ...

    async def close(self) -> None: ...


def open_database(home: Path, database_url: str | None) -> Database:
    """Postgres when its URL is set, else `slack.sqlite` in `home`. Nothing is opened before the first use."""
    if not database_url:
        from integrations.slack.storage.sqlite import SqliteDatabase

        return SqliteDatabase(home / "slack.sqlite")
    try:
        from integrations.slack.storage.postgres import PostgresDatabase
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"psycopg", "psycopg_pool"}:
            raise
        raise InvalidSetting(
            "HOPLINE_DATABASE_URL: Postgres needs optional packages; install them with pip install 'hopline[postgres]'."
        ) from error
    return PostgresDatabase(database_url)
