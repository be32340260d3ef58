"""The catalogue's notes on documents that replace others: which do, and the names of documents."""

import json
import sqlite3

from tools.ingestion.catalogue.entry import Entry
from tools.ingestion.catalogue.file import CatalogueFile

_ENTRY = "(SELECT id FROM entries WHERE tenant = ? AND path = ? AND row = ?)"


class Relations:
    """Blocking, like the catalogue it belongs to."""

    def __init__(self, file: CatalogueFile) -> None:
        self._file = file

    def note_supersedes(self, connection: sqlite3.Connection, entry: Entry, place: tuple[str, str, str]) -> None:
        """Store which documents this one says it replaces, instead of what it said before."""
        connection.execute(f"DELETE FROM supersessions WHERE entry = {_ENTRY}", place)  # noqa: S608
        connection.executemany(
            f"INSERT OR REPLACE INTO supersessions VALUES (?, ?, {_ENTRY}, ?)",  # noqa: S608
            [(place[0], old, *place, since) for old, since in entry.supersedes],
        )

    def note_names(self, connection: sqlite3.Connection, entry: Entry, place: tuple[str, str, str]) -> None:
        """Store the names of a document, and the name by which it refers to its replacement."""
        for table in ("document_names", "successors"):
            connection.execute(f"DELETE FROM {table} WHERE entry = {_ENTRY}", place)  # noqa: S608
        connection.executemany(
            f"INSERT OR IGNORE INTO document_names VALUES (?, ?, {_ENTRY})",  # noqa: S608
            [(place[0], name, *place) for name in entry.names],
        )
        name, since = entry.successor
        if name:
            connection.execute(f"INSERT INTO successors VALUES (?, {_ENTRY}, ?, ?)", (place[0], *place, name, since))  # noqa: S608

    def successors(self, tenant: str, today: str) -> list[tuple[str, str]]:
        """(source, the name by which it refers to its replacement), in force today."""
        rows = self._file.read(
            "SELECT e.source, s.name FROM successors AS s JOIN entries AS e ON e.id = s.entry"
            " WHERE s.tenant = ? AND s.since <= ? ORDER BY e.source",
            (tenant, today),
        )
        return [(source, name) for source, name in rows]

    def called(self, tenant: str, name: str, limit: int) -> list[str]:
        """The sources with this name key."""
        rows = self._file.read(
            "SELECT e.source FROM document_names AS n JOIN entries AS e ON e.id = n.entry"
            " WHERE n.tenant = ? AND n.name = ? AND e.chunks <> '{}' ORDER BY e.source LIMIT ?",
            (tenant, name, limit),
        )
        return [source for (source,) in rows]

    def names_of(self, tenant: str, source: str) -> list[str]:
        rows = self._file.read(
            "SELECT n.name FROM document_names AS n JOIN entries AS e ON e.id = n.entry"
            " WHERE e.tenant = ? AND e.source = ? AND e.row = '' ORDER BY n.name",
            (tenant, source),
        )
        return [name for (name,) in rows]

    def readers_of(self, tenant: str, source: str) -> frozenset[str] | None:
        """The groups that may read a file, or None if there is no such file."""
        rows = self._file.read(
            "SELECT readers FROM entries WHERE tenant = ? AND source = ? AND row = ''", (tenant, source)
        )
        return frozenset(json.loads(rows[0][0])) if rows else None

    def supersessions(self, tenant: str, today: str) -> list[tuple[str, str]]:
        """(replaced source, what replaces it) as documents state and in force today, in order of date. A document whose
        validity has ended replaces itself. Former names are resolved."""
        rows = self._file.read(
            "SELECT coalesce((SELECT n.source FROM former_names AS f JOIN entries AS n ON n.id = f.entry"
            " WHERE f.tenant = s.tenant AND f.name = s.old AND NOT EXISTS"
            " (SELECT 1 FROM entries AS o WHERE o.tenant = s.tenant AND o.source = s.old)), s.old), e.source"
            " FROM supersessions AS s JOIN entries AS e ON e.id = s.entry WHERE s.tenant = ? AND s.since <= ?"
            " ORDER BY s.since, e.source",
            (tenant, today),
        )
        return [(old, by) for old, by in rows]

    def overruled(self, tenant: str) -> list[tuple[str, str]]:
        """(source, what has overruled it), as marked in the store."""
        rows = self._file.read(
            "SELECT source, overruled FROM entries WHERE tenant = ? AND overruled <> '' AND row = ''", (tenant,)
        )
        return [(source, by) for source, by in rows]
