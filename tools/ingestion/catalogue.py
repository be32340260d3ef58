"""What is in the store and from where: a SQLite file, so that a second run costs no more than reading the files.

The store is written first and the catalogue after it. A document that is being written is marked, so that a run
that was killed is recognised by the next one, which asks the store what it really holds.
"""

import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tools.errors import PermanentError, StorageFull
from tools.ingestion.changes import Entry

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, path TEXT NOT NULL, row TEXT NOT NULL, source TEXT NOT NULL,
    root TEXT NOT NULL, fingerprint TEXT NOT NULL DEFAULT '', groups TEXT NOT NULL DEFAULT '[]',
    chunks TEXT NOT NULL DEFAULT '{}', seen TEXT NOT NULL, modified_ns INTEGER NOT NULL DEFAULT 0,
    size INTEGER NOT NULL DEFAULT 0, writing INTEGER NOT NULL DEFAULT 0, failure TEXT NOT NULL DEFAULT '',
    UNIQUE (tenant, path, row)
);
CREATE TABLE IF NOT EXISTS grants (
    tenant TEXT NOT NULL, path TEXT NOT NULL, groups TEXT NOT NULL, PRIMARY KEY (tenant, path)
);
CREATE INDEX IF NOT EXISTS entries_by_source ON entries (tenant, source);
CREATE INDEX IF NOT EXISTS entries_being_written ON entries (tenant) WHERE writing = 1;
"""
_COLUMNS = "path, row, source, root, fingerprint, groups, chunks, seen, modified_ns, size"
_PAGE = 500


class Catalogue:
    """Blocking; safe to call from several threads. Raises StorageFull when the disk has no room."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        with self._speaking():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=30.0, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def find(self, tenant: str, path: Path, rows: Sequence[str] = ("",)) -> dict[str, Entry]:
        """The entries of one file by row; at most 1,024 rows are asked for at a time."""
        marks = ",".join("?" * len(rows))
        query = f"SELECT {_COLUMNS} FROM entries WHERE tenant = ? AND path = ? AND row IN ({marks})"  # noqa: S608
        return {entry.row: entry for entry in self._entries(query, (tenant, str(path), *rows))}

    def path_of(self, tenant: str, source: str) -> Path | None:
        """The file that a source name is taken by."""
        rows = self._read("SELECT path FROM entries WHERE tenant = ? AND source = ? LIMIT 1", (tenant, source))
        return Path(rows[0][0]) if rows else None

    def grant(self, tenant: str, place: Path, groups: tuple[str, ...]) -> None:
        """Remembers whom a file or folder was ingested for; what was granted below it before is overruled."""
        below = f"{str(place).rstrip('/')}/"
        with self._writing() as connection:
            connection.execute(
                "DELETE FROM grants WHERE tenant = ? AND (path = ? OR substr(path, 1, ?) = ?)",
                (tenant, str(place), len(below), below),
            )
            connection.execute("INSERT INTO grants VALUES (?, ?, ?)", (tenant, str(place), json.dumps(groups)))

    def grants(self, tenant: str) -> dict[Path, tuple[str, ...]]:
        rows = self._read("SELECT path, groups FROM grants WHERE tenant = ?", (tenant,))
        return {Path(path): tuple(json.loads(groups)) for path, groups in rows}

    def roots(self, tenant: str) -> list[Path]:
        rows = self._read("SELECT DISTINCT root FROM entries WHERE tenant = ? AND root <> ''", (tenant,))
        return [Path(row[0]) for row in rows]

    def move(self, tenant: str, old: Path, new: Path) -> None:
        """A file has moved to a path that the catalogue does not know, and keeps its source name."""
        places = (str(new), tenant, str(old))
        with self._writing() as connection:
            connection.execute("UPDATE entries SET path = ? WHERE tenant = ? AND path = ?", places)

    def mark_seen(self, tenant: str, entries: Iterable[Entry]) -> None:
        """Records that this run met these documents; new ones are entered without content."""
        rows = [(tenant, str(each.path), each.row, each.source, each.root, each.seen) for each in entries]
        with self._writing() as connection:
            connection.executemany(
                "INSERT INTO entries (tenant, path, row, source, root, seen) VALUES (?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (tenant, path, row) DO UPDATE SET seen = excluded.seen",
                rows,
            )

    def note_failure(self, tenant: str, path: Path, reason: str) -> None:
        with self._writing() as connection:
            connection.execute(
                "UPDATE entries SET failure = ? WHERE tenant = ? AND path = ? AND row = ''", (reason, tenant, str(path))
            )

    def begin(self, tenant: str, entries: Iterable[Entry]) -> None:
        """Marks documents whose passages are about to be written or deleted."""
        with self._writing() as connection:
            connection.executemany(
                "UPDATE entries SET writing = 1, fingerprint = '' WHERE tenant = ? AND path = ? AND row = ?",
                [(tenant, str(entry.path), entry.row) for entry in entries],
            )

    def commit(self, tenant: str, written: Iterable[Entry], removed: Iterable[Entry]) -> None:
        """The store now holds exactly this of them."""
        with self._writing() as connection:
            connection.executemany(
                "UPDATE entries SET source = ?, root = ?, fingerprint = ?, groups = ?, chunks = ?, modified_ns = ?, "
                "size = ?, writing = 0, failure = '' WHERE tenant = ? AND path = ? AND row = ?",
                [(*_values(entry), tenant, str(entry.path), entry.row) for entry in written],
            )
            connection.executemany(
                "DELETE FROM entries WHERE tenant = ? AND path = ? AND row = ?",
                [(tenant, str(entry.path), entry.row) for entry in removed],
            )

    def interrupted(self, tenant: str) -> list[Entry]:
        """Documents that were being written when a run ended."""
        return list(self._entries(f"SELECT {_COLUMNS} FROM entries WHERE tenant = ? AND writing = 1", (tenant,)))  # noqa: S608

    def recover(self, tenant: str, entry: Entry, keys: Iterable[str]) -> None:
        """Its passages may be any of these; none is where the catalogue thought it was."""
        chunks = json.dumps(dict.fromkeys((*entry.chunks, *keys), ""))
        with self._writing() as connection:
            connection.execute(
                "UPDATE entries SET chunks = ?, fingerprint = '', writing = 0 "
                "WHERE tenant = ? AND path = ? AND row = ?",
                (chunks, tenant, str(entry.path), entry.row),
            )

    def unseen(self, tenant: str, place: Path, run: str, *, is_folder: bool) -> Iterator[Entry]:
        """Entries of a file, or of all files below a folder, that this run did not meet; a page at a time."""
        below = f"{str(place).rstrip(os.sep)}{os.sep}"
        where, bounds = ("path >= ? AND path < ?", (below, below[:-1] + chr(ord(os.sep) + 1)))
        if not is_folder:
            where, bounds = "path = ? AND row <> ?", (str(place), "")
        last = 0
        while True:
            query = f"SELECT {_COLUMNS}, id FROM entries WHERE tenant = ? AND {where} AND seen <> ? AND id > ? "  # noqa: S608
            rows = self._read(f"{query} ORDER BY id LIMIT {_PAGE}", (tenant, *bounds, run, last))
            if not rows:
                return
            last = rows[-1][-1]
            yield from (_entry(row) for row in rows)

    def forget(self, tenant: str | None = None, source: str | None = None) -> list[str]:
        """Drops a source, rows of a corpus and files of a folder included, or everything; returns those dropped."""
        where, values = "1 = 1", ()
        if tenant is not None and source is not None:
            where = "tenant = ? AND (source = ? OR substr(source, 1, ?) IN (?, ?))"
            values = (tenant, source, len(source) + 1, f"{source}#", f"{source}/")  # type: ignore[assignment]
        with self._writing() as connection:
            rows = connection.execute(f"DELETE FROM entries WHERE {where} RETURNING source", values).fetchall()  # noqa: S608
        return [row[0] for row in rows]

    def _entries(self, query: str, values: Sequence[object]) -> Iterator[Entry]:
        return (_entry(row) for row in self._read(query, values))

    def _read(self, query: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        with self._lock, self._speaking():
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._speaking(), self._connection:
            yield self._connection

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if "full" in str(error) or "disk I/O" in str(error):
                raise StorageFull(
                    f"{self._path}: the disk has no room for the catalogue; free some space and ingest again."
                ) from error
            raise PermanentError(f"{self._path}: the catalogue can't be used ({error}).") from error
        except sqlite3.DatabaseError as error:
            raise PermanentError(f"{self._path}: is not a catalogue ({error}); move it away to start anew.") from error


def _values(entry: Entry) -> tuple[object, ...]:
    groups, chunks = json.dumps(entry.groups), json.dumps(entry.chunks)
    return entry.source, entry.root, entry.fingerprint, groups, chunks, entry.modified_ns, entry.size


def _entry(row: Sequence[object]) -> Entry:
    path, name, source, root, fingerprint, groups, chunks, seen, modified_ns, size, *_ = row
    return Entry(
        path=Path(str(path)),
        row=str(name),
        source=str(source),
        root=str(root),
        fingerprint=str(fingerprint),
        groups=tuple(json.loads(str(groups))),
        chunks=json.loads(str(chunks)),
        seen=str(seen),
        modified_ns=int(str(modified_ns)),
        size=int(str(size)),
    )
