"""What the Slack door keeps, as tables: `slack.sqlite` in the home folder, or Postgres for several workers."""

from pathlib import Path

from tools.database.opening import open_tables
from tools.database.tables import Database, Migration, Tables

_ASKED = (
    "CREATE TABLE {p}asked (team TEXT NOT NULL, channel TEXT NOT NULL, asker TEXT NOT NULL, at {float} NOT NULL)",
    "CREATE INDEX {p}asked_of_asker ON {p}asked (team, asker, at)",
    "CREATE INDEX {p}asked_of_channel ON {p}asked (team, channel, at)",
)
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
    *_ASKED,
)
_FROM_1 = (
    *_ASKED,
    "INSERT INTO {p}asked (team, channel, asker, at) SELECT team, channel, asker, accepted FROM {p}jobs"
    " WHERE kind = 'answer' AND accepted > {now} - 86400",
    "DROP INDEX {p}jobs_of_channel",
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

TABLES = Tables("slack", version=2, statements=SCHEMA, words=WORDS, migrations={1: Migration(_FROM_1, _FROM_1)})


def open_database(home: Path, database_url: str | None) -> Database:
    """Postgres when its URL is set, else `slack.sqlite` in `home`. Nothing is opened before the first use."""
    return open_tables(TABLES, home, database_url)
