"""The catalogue: which documents are in the store and where they came from, in a SQLite file. A second run over
unchanged files only has to look at the files.

The store is written first, the catalogue after it. A document is marked while it is being written. If the run is
killed, the next run finds the mark and asks the store what it really holds.
"""

import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from tools.database.tables import below
from tools.ingestion.catalogue.entry import Entry
from tools.ingestion.catalogue.erasures import Erasures
from tools.ingestion.catalogue.file import CatalogueFile
from tools.ingestion.catalogue.records import Records
from tools.ingestion.catalogue.relations import Relations

_COLUMNS = (
    "path, row, source, root, origin, fingerprint, groups, readers, content, stamp, chunks, overruled, seen,"
    " modified_ns, size"
)
_PAGE = 500
_WITHIN = f"tenant = :tenant AND {below('source', ':source')}"
_ERASED_MEANWHILE = "(entries.seen = '' AND entries.writing = 1)"
"""A document that was erased while a run was writing it. Only that run may remove the mark."""


class Catalogue:
    """Blocking; safe to call from several threads. Raises StorageFull when the disk has no room.

    `records` holds failures, withdrawals and former names; `erasures` what is to be forgotten.
    """

    def __init__(self, path: Path) -> None:
        self._file = CatalogueFile(path)
        self.records = Records(self._file)
        self.relations = Relations(self._file)
        self.erasures = Erasures(self._file)

    @property
    def path(self) -> Path:
        return self._file.path

    def close(self) -> None:
        self._file.close()

    def one_run(self) -> AbstractContextManager[None]:
        """The lock that every run holds. Two runs at once would each remove what only the other one has seen. Raises
        StoreInUse when another run, in any process, holds it."""
        return self._file.held()

    def copy_to(self, path: Path) -> None:
        self._file.copy_to(path)

    def find(self, tenant: str, path: Path, rows: Sequence[str] = ("",)) -> dict[str, Entry]:
        """The entries of one file, by row. At most 1,024 rows may be asked for at a time."""
        marks = ",".join("?" * len(rows))
        query = f"SELECT {_COLUMNS} FROM entries WHERE tenant = ? AND path = ? AND row IN ({marks})"  # noqa: S608
        return {entry.row: entry for entry in self._entries(query, (tenant, str(path), *rows))}

    def path_of(self, tenant: str, source: str) -> Path | None:
        """The file that already has this source name, or None."""
        rows = self._file.read("SELECT path FROM entries WHERE tenant = ? AND source = ? LIMIT 1", (tenant, source))
        return Path(rows[0][0]) if rows else None

    def free_origin(self, tenant: str, source: str) -> str:
        """The name that a new document's passages are identified by: its source, unless a renamed document still uses
        that."""
        origin, number = source, 1
        while self._file.read("SELECT 1 FROM entries WHERE tenant = ? AND origin = ? LIMIT 1", (tenant, origin)):
            number += 1
            origin = f"{source}~{number}"
        return origin

    def grant(self, tenant: str, place: Path, groups: tuple[str, ...], *, overrules_below: bool = True) -> None:
        """Store for which groups a file or folder was ingested."""
        below = f"{str(place).rstrip('/')}/"
        with self._file.writing() as connection:
            connection.execute(
                "DELETE FROM grants WHERE tenant = ? AND (path = ? OR (? AND substr(path, 1, ?) = ?))",
                (tenant, str(place), overrules_below, len(below), below),
            )
            connection.execute("INSERT INTO grants VALUES (?, ?, ?)", (tenant, str(place), json.dumps(groups)))

    def grants(self, tenant: str) -> dict[Path, tuple[str, ...]]:
        rows = self._file.read("SELECT path, groups FROM grants WHERE tenant = ?", (tenant,))
        return {Path(path): tuple(json.loads(groups)) for path, groups in rows}

    def move_grant(self, tenant: str, old: Path, place: Path, groups: tuple[str, ...]) -> None:
        """The file at `old` was moved: its grant becomes that of `place`, unless `place` has one of its own."""
        with self._file.writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO grants VALUES (?, ?, ?)", (tenant, str(place), json.dumps(groups))
            )
            connection.execute("DELETE FROM grants WHERE tenant = ? AND path = ?", (tenant, str(old)))

    def roots(self, tenant: str) -> list[Path]:
        rows = self._file.read("SELECT DISTINCT root FROM entries WHERE tenant = ? AND root <> ''", (tenant,))
        return [Path(row[0]) for row in rows]

    def move(self, tenant: str, old: Path, new: Path) -> None:
        """Record that a file has moved to a path that is not in the catalogue yet. It keeps its source name."""
        places = (str(new), tenant, str(old))
        with self._file.writing() as connection:
            connection.execute("UPDATE entries SET path = ? WHERE tenant = ? AND path = ?", places)

    def twins(self, tenant: str, content: str, run: str) -> list[Entry]:
        """Other documents with the same bytes that this run has not met, oldest first."""
        query = (
            f"SELECT {_COLUMNS} FROM entries WHERE tenant = ? AND content = ? AND row = '' AND seen <> ?"  # noqa: S608
            " AND chunks <> '{}' ORDER BY id LIMIT 100"
        )
        return list(self._entries(query, (tenant, content, run)))

    def corpora_with(self, tenant: str, content: str, run: str) -> list[Path]:
        """The corpora that had a row with these bytes when this run began."""
        rows = self._file.read(
            "SELECT DISTINCT path FROM entries WHERE tenant = ? AND content = ? AND row <> '' AND seen <> ? LIMIT 100",
            (tenant, content, run),
        )
        return [Path(path) for (path,) in rows]

    def rename(self, tenant: str, old: Entry, new: Entry) -> None:
        """Record that the file of `old` now has the path and name of `new`. Its passages still carry the old name, so
        the fingerprint is cleared: the document counts as changed until they are rewritten."""
        with self._file.writing() as connection:
            connection.execute(
                "UPDATE entries SET path = ?, source = ?, root = ?, seen = ?, fingerprint = '', stamp = ''"
                " WHERE tenant = ? AND path = ? AND row = ''",
                (str(new.path), new.source, new.root, new.seen, tenant, str(old.path)),
            )
            ((entry,),) = connection.execute(
                "SELECT id FROM entries WHERE tenant = ? AND path = ? AND row = ''", (tenant, str(new.path))
            ).fetchall()
            connection.execute(
                "INSERT OR IGNORE INTO former_names VALUES (?, ?, ?, ?)", (tenant, old.source, entry, time.time())
            )
            connection.execute(
                "DELETE FROM former_names WHERE tenant = ? AND name = ? AND entry = ?", (tenant, new.source, entry)
            )

    def mark_seen(self, tenant: str, entries: Iterable[Entry]) -> None:
        """Record that this run met these documents. New ones are entered without content; unchanged ones bring their
        stamp."""
        rows = [
            (tenant, str(each.path), each.row, each.source, each.root, each.origin, each.seen, each.stamp)
            for each in entries
        ]
        with self._file.writing() as connection:
            connection.executemany(
                "INSERT INTO entries (tenant, path, row, source, root, origin, seen, stamp)"  # noqa: S608
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, path, row) DO UPDATE SET seen = excluded.seen,"
                " stamp = CASE excluded.stamp WHEN '' THEN stamp ELSE excluded.stamp END"
                f" WHERE NOT {_ERASED_MEANWHILE}",
                rows,
            )

    def mark_rows_seen(self, tenant: str, path: Path, run: str) -> int:
        """Mark all rows of an unchanged corpus file as seen; returns how many there are."""
        with self._file.writing() as connection:
            return connection.execute(
                "UPDATE entries SET seen = ? WHERE tenant = ? AND path = ? AND row <> ''", (run, tenant, str(path))
            ).rowcount

    def begin(self, tenant: str, entries: Iterable[Entry]) -> list[Entry]:
        """Mark documents whose passages are about to be written or deleted. Returns those that were erased since the
        run met them: nothing of these may be written."""
        with self._file.writing() as connection:
            return [
                entry
                for entry in entries
                if not connection.execute(
                    "UPDATE entries SET writing = 1, fingerprint = ''"
                    " WHERE tenant = ? AND path = ? AND row = ? AND seen <> ''",
                    (tenant, str(entry.path), entry.row),
                ).rowcount
            ]

    def commit(self, tenant: str, written: Iterable[Entry], removed: Iterable[Entry]) -> list[Entry]:
        """Record that the store now holds exactly this. What somebody may no longer read is noted as withdrawn.

        Returns the documents that were erased meanwhile: they stay marked until their passages are deleted and `settle`
        is called.
        """
        now, removals, erased = time.time(), list(removed), []
        with self._file.writing() as connection:
            for entry in written:
                place = (tenant, str(entry.path), entry.row)
                for was, source in connection.execute(
                    "SELECT readers, source FROM entries WHERE tenant = ? AND path = ? AND row = ?", place
                ).fetchall():
                    if not set(json.loads(was)) <= set(entry.readers):
                        self.records.withdraw(connection, tenant, source, place, now)
                changed = connection.execute(
                    "UPDATE entries SET source = ?, root = ?, origin = ?, fingerprint = ?, groups = ?, readers = ?,"
                    " content = ?, stamp = ?, chunks = ?, overruled = ?, modified_ns = ?, size = ?, changed = ?,"
                    " writing = 0, failure = '' WHERE tenant = ? AND path = ? AND row = ? AND seen <> ''",
                    (*_values(entry), now, *place),
                )
                if not changed.rowcount:
                    erased.append(entry)
                elif entry.row == "":
                    self.relations.note_supersedes(connection, entry, place)
                    self.relations.note_names(connection, entry, place)
            for entry in removals:
                place = (tenant, str(entry.path), entry.row)
                if entry.chunks:
                    self.records.withdraw(connection, tenant, entry.source, place, now)
                connection.execute("DELETE FROM entries WHERE tenant = ? AND path = ? AND row = ?", place)
        return erased

    def settle(self, tenant: str, erased: Iterable[Entry]) -> None:
        """Drop documents that were erased while they were being written, once nothing of them is left in the store."""
        with self._file.writing() as connection:
            connection.executemany(
                "DELETE FROM entries WHERE tenant = ? AND path = ? AND row = ? AND seen = ''",
                [(tenant, str(entry.path), entry.row) for entry in erased],
            )

    def interrupted(self, tenant: str) -> list[Entry]:
        """Documents that were being written when an earlier run ended."""
        return list(self._entries(f"SELECT {_COLUMNS} FROM entries WHERE tenant = ? AND writing = 1", (tenant,)))  # noqa: S608

    def recover(self, tenant: str, entry: Entry, keys: Iterable[str]) -> None:
        """After an interrupted write: the document's passages may be any of these, in any version."""
        chunks = json.dumps(dict.fromkeys((*entry.chunks, *keys), ""))
        with self._file.writing() as connection:
            connection.execute(
                "UPDATE entries SET chunks = ?, fingerprint = '', writing = 0 "
                "WHERE tenant = ? AND path = ? AND row = ?",
                (chunks, tenant, str(entry.path), entry.row),
            )

    def unseen(self, tenant: str, place: Path, run: str, *, is_folder: bool) -> Iterator[Entry]:
        """Entries of a file, or of all files below a folder, that this run did not meet, read a page at a time.

        Leaves out what was erased while it is being written: if the run met it, it would come back.
        """
        below = f"{str(place).rstrip(os.sep)}{os.sep}"
        where, bounds = ("path >= ? AND path < ?", (below, below[:-1] + chr(ord(os.sep) + 1)))
        if not is_folder:
            where, bounds = "path = ? AND row <> ?", (str(place), "")
        condition = f"tenant = ? AND {where} AND seen <> ? AND NOT {_ERASED_MEANWHILE}"
        yield from self._pages(condition, (tenant, *bounds, run))

    def entries(self, tenant: str) -> Iterator[Entry]:
        """All documents, a page at a time."""
        yield from self._pages("tenant = ?", (tenant,))

    def files_at(self, tenant: str, place: Path) -> Iterator[Entry]:
        """The files at or below a place, without the rows of a corpus; a page at a time."""
        below = f"{str(place).rstrip(os.sep)}{os.sep}"
        yield from self._pages(
            "tenant = ? AND row = '' AND (path = ? OR (path >= ? AND path < ?))",
            (tenant, str(place), below, below[:-1] + chr(ord(os.sep) + 1)),
        )

    def of_file(self, tenant: str, path: Path) -> Iterator[Entry]:
        """A file's own entry and those of its rows."""
        yield from self._pages("tenant = ? AND path = ?", (tenant, str(path)))

    def files_of(self, tenant: str, source: str) -> list[Path]:
        """The files of a source and of everything below it. None for a row of a corpus, since its file holds other
        rows."""
        values = {"tenant": tenant, "source": source}
        rows = self._file.read(f"SELECT path FROM entries WHERE {_WITHIN} AND row = ''", values)  # noqa: S608
        return [Path(path) for (path,) in rows]

    def forget(self, tenant: str, source: str) -> list[tuple[str, tuple[str, ...]]]:
        """Drop a source, including the rows of a corpus or the files of a folder. Returns the sources and their
        passages' keys.

        What a run is just writing stays marked as met by no run. That run removes it, or the next one if it was killed.
        """
        values = {"tenant": tenant, "source": source}
        with self._file.writing() as connection:
            rows = connection.execute(f"SELECT source, chunks FROM entries WHERE {_WITHIN}", values).fetchall()  # noqa: S608
            connection.execute(f"DELETE FROM entries WHERE {_WITHIN} AND writing = 0", values)  # noqa: S608
            connection.execute(f"UPDATE entries SET seen = '' WHERE {_WITHIN}", values)  # noqa: S608
        return [(name, tuple(json.loads(chunks))) for name, chunks in rows]

    def forget_all(self) -> None:
        """Drop all documents, but keep for whom places were ingested."""
        with self._file.writing() as connection:
            connection.execute("DELETE FROM entries")
            connection.execute("DELETE FROM begun_beside")

    def _pages(self, where: str, values: Sequence[object]) -> Iterator[Entry]:
        last = 0
        while True:
            query = f"SELECT {_COLUMNS}, id FROM entries WHERE {where} AND id > ? ORDER BY id LIMIT {_PAGE}"  # noqa: S608
            rows = self._file.read(query, (*values, last))
            if not rows:
                return
            last = rows[-1][-1]
            yield from (_entry(row) for row in rows)

    def _entries(self, query: str, values: Sequence[object]) -> Iterator[Entry]:
        return (_entry(row) for row in self._file.read(query, values))


def _values(entry: Entry) -> tuple[object, ...]:
    groups, readers, chunks = json.dumps(entry.groups), json.dumps(entry.readers), json.dumps(entry.chunks)
    names = (entry.source, entry.root, entry.origin, entry.fingerprint)
    return (*names, groups, readers, entry.content, entry.stamp, chunks, entry.overruled, entry.modified_ns, entry.size)


def _entry(row: Sequence[object]) -> Entry:
    path, name, source, root, origin, fingerprint, groups, readers, content, stamp, chunks, overruled, *rest = row
    seen, modified_ns, size, *_ = rest
    return Entry(
        path=Path(str(path)),
        row=str(name),
        source=str(source),
        root=str(root),
        origin=str(origin),
        fingerprint=str(fingerprint),
        groups=tuple(json.loads(str(groups))),
        readers=tuple(json.loads(str(readers))),
        content=str(content),
        stamp=str(stamp),
        chunks=json.loads(str(chunks)),
        overruled=str(overruled),
        seen=str(seen),
        modified_ns=int(str(modified_ns)),
        size=int(str(size)),
    )
