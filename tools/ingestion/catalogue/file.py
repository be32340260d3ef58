"""The catalogue's SQLite file: its tables, its upgrades, and transactions over it."""

import fcntl
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from tools.errors import PermanentError, StorageFull, StoreInUse, StoreMismatch
from tools.private_files import keep_private

VERSION = 2
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, path TEXT NOT NULL, row TEXT NOT NULL, source TEXT NOT NULL,
    root TEXT NOT NULL, fingerprint TEXT NOT NULL DEFAULT '', groups TEXT NOT NULL DEFAULT '[]',
    chunks TEXT NOT NULL DEFAULT '{}', seen TEXT NOT NULL, modified_ns INTEGER NOT NULL DEFAULT 0,
    size INTEGER NOT NULL DEFAULT 0, writing INTEGER NOT NULL DEFAULT 0, failure TEXT NOT NULL DEFAULT '',
    origin TEXT NOT NULL DEFAULT '', content TEXT NOT NULL DEFAULT '', stamp TEXT NOT NULL DEFAULT '',
    readers TEXT NOT NULL DEFAULT '[]', overruled TEXT NOT NULL DEFAULT '', changed REAL NOT NULL DEFAULT 0,
    UNIQUE (tenant, path, row)
);
CREATE TABLE IF NOT EXISTS grants (
    tenant TEXT NOT NULL, path TEXT NOT NULL, groups TEXT NOT NULL, PRIMARY KEY (tenant, path)
);
CREATE TABLE IF NOT EXISTS former_names (
    tenant TEXT NOT NULL, name TEXT NOT NULL, entry INTEGER NOT NULL REFERENCES entries (id) ON DELETE CASCADE,
    at REAL NOT NULL, PRIMARY KEY (tenant, name, entry)
);
CREATE TABLE IF NOT EXISTS supersessions (
    tenant TEXT NOT NULL, old TEXT NOT NULL, entry INTEGER NOT NULL REFERENCES entries (id) ON DELETE CASCADE,
    since TEXT NOT NULL DEFAULT '', PRIMARY KEY (tenant, old, entry)
);
CREATE TABLE IF NOT EXISTS successors (
    tenant TEXT NOT NULL, entry INTEGER PRIMARY KEY REFERENCES entries (id) ON DELETE CASCADE, name TEXT NOT NULL,
    since TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS document_names (
    tenant TEXT NOT NULL, name TEXT NOT NULL, entry INTEGER NOT NULL REFERENCES entries (id) ON DELETE CASCADE,
    PRIMARY KEY (tenant, name, entry)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS runs (
    run TEXT PRIMARY KEY, tenant TEXT NOT NULL, generation INTEGER NOT NULL, started REAL NOT NULL, ended REAL
);
CREATE TABLE IF NOT EXISTS failures (
    tenant TEXT NOT NULL, place TEXT NOT NULL, source TEXT NOT NULL, reason TEXT NOT NULL, run TEXT NOT NULL,
    at REAL NOT NULL, PRIMARY KEY (tenant, place, source)
);
CREATE TABLE IF NOT EXISTS withdrawn (
    id INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, source TEXT NOT NULL, at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS forgotten (
    tenant TEXT NOT NULL, holder TEXT NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (tenant, holder)
);
CREATE TABLE IF NOT EXISTS being_erased (
    tenant TEXT NOT NULL, source TEXT NOT NULL, name TEXT NOT NULL, place TEXT NOT NULL,
    PRIMARY KEY (tenant, source, name, place)
);
CREATE TABLE IF NOT EXISTS begun_beside (id INTEGER PRIMARY KEY CHECK (id = 1), passages INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS entries_by_source ON entries (tenant, source);
CREATE INDEX IF NOT EXISTS entries_by_origin ON entries (tenant, origin);
CREATE INDEX IF NOT EXISTS entries_by_content ON entries (tenant, content);
CREATE INDEX IF NOT EXISTS entries_being_written ON entries (tenant) WHERE writing = 1;
CREATE INDEX IF NOT EXISTS former_names_of_entry ON former_names (entry);
CREATE INDEX IF NOT EXISTS supersessions_of_entry ON supersessions (entry);
CREATE INDEX IF NOT EXISTS document_names_of_entry ON document_names (entry);
"""
_ADDED_IN_2 = (
    "origin TEXT NOT NULL DEFAULT ''",
    "content TEXT NOT NULL DEFAULT ''",
    "stamp TEXT NOT NULL DEFAULT ''",
    "readers TEXT NOT NULL DEFAULT '[]'",
    "overruled TEXT NOT NULL DEFAULT ''",
    "changed REAL NOT NULL DEFAULT 0",
)


class CatalogueFile:
    """Blocking; safe to call from several threads. Raises StorageFull when the disk has no room."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        with self._speaking():
            path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(OSError):  # SQLite's own message says what is wrong
                keep_private(path)
            self.connection = sqlite3.connect(path, timeout=30.0, check_same_thread=False)
            self.connection.execute("PRAGMA journal_mode = WAL")
            self.connection.execute("PRAGMA foreign_keys = ON")
            _lay_out(self.connection, path)

    def close(self) -> None:
        with self._lock:
            self.connection.close()

    def copy_to(self, path: Path) -> None:
        """Write a consistent copy of the present state, even while others are writing."""
        with self._lock, self._speaking(), closing(sqlite3.connect(path)) as copy:
            self.connection.backup(copy)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold a lock until the block or the process ends. Raises StoreInUse when somebody else holds it."""
        lock_path = self.path.with_suffix(".lock")
        keep_private(lock_path)
        with lock_path.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StoreInUse(
                    f"{self.path}: another ingestion or sync is at work on these documents; wait until it has ended."
                ) from None
            yield

    def read(self, query: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[tuple[Any, ...]]:
        with self._lock, self._speaking():
            return self.connection.execute(query, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: committed at the end, rolled back if the block raises."""
        with self._lock, self._speaking(), self.connection:
            yield self.connection

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if "full" in str(error) or "disk I/O" in str(error):
                raise StorageFull(
                    f"{self.path}: the disk has no room for the catalogue; free some space and ingest again."
                ) from error
            raise PermanentError(f"{self.path}: the catalogue can't be used ({error}).") from error
        except sqlite3.DatabaseError as error:
            raise PermanentError(
                f"{self.path}: this is not a catalogue ({error}). Put it back from a backup: nothing else knows"
                " for whom documents were ingested. If you move it away, ingest each place with its --groups again."
            ) from error


def _lay_out(connection: sqlite3.Connection, path: Path) -> None:
    """Create or upgrade the tables. The first format had no version number; its documents are read again once, since
    their keys differ."""
    ((version,),) = connection.execute("PRAGMA user_version").fetchall()
    if version > VERSION:
        raise StoreMismatch(f"{path} was written by a newer Hopline (format {version}, this reads {VERSION}): upgrade.")
    columns = {row[1] for row in connection.execute("PRAGMA table_info(entries)")}
    if columns and "origin" not in columns:
        for column in _ADDED_IN_2:
            connection.execute(f"ALTER TABLE entries ADD COLUMN {column}")
        connection.execute("UPDATE entries SET origin = source")
        connection.commit()
    connection.executescript(_SCHEMA)
    connection.execute(f"PRAGMA user_version = {VERSION}")
