"""The catalogue's notes about its runs: generations, failures, former names, and what holders have yet to forget."""

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.ingestion.catalogue.file import CatalogueFile

KEPT_SECONDS = 90 * 86_400.0


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that could not be read. `place` is the file or folder; `at` is in seconds since 1970."""

    tenant: str
    place: str
    source: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """An ingested file or folder and what the store has of it. `synced_as` is its name in the sources file; names of
    its documents normally begin with `name`."""

    tenant: str
    name: str
    path: str
    is_folder: bool
    documents: int
    passages: int
    superseded: int
    failed: int
    seen: float | None
    changed: float | None
    synced_as: str = ""


class Records:
    """Blocking, like the catalogue it belongs to."""

    def __init__(self, file: CatalogueFile) -> None:
        self._file = file

    # Generations

    def begin_run(self, tenant: str, run: str) -> int:
        """Enter a run and return its number, one higher than the last. Old runs that no document refers to are
        dropped."""
        with self._file.writing() as connection:
            connection.execute(
                "DELETE FROM runs WHERE started < ? AND NOT EXISTS (SELECT 1 FROM entries WHERE seen = runs.run)",
                (time.time() - KEPT_SECONDS,),
            )
            connection.execute(
                "INSERT INTO runs SELECT ?, ?, coalesce(max(generation), 0) + 1, ?, NULL FROM runs",
                (run, tenant, time.time()),
            )
            ((number,),) = connection.execute("SELECT generation FROM runs WHERE run = ?", (run,)).fetchall()
        return int(number)

    def end_run(self, run: str) -> None:
        with self._file.writing() as connection:
            connection.execute("UPDATE runs SET ended = ? WHERE run = ?", (time.time(), run))

    def begun_beside(self, passages: int) -> int:
        """How many passages were already in the store when this catalogue was made: it does not know for whom they were
        ingested. `passages` is the present number; it is recorded before the first run."""
        with self._file.writing() as connection:
            connection.execute(
                "INSERT INTO begun_beside SELECT 1, ? WHERE ? > 0 AND NOT EXISTS (SELECT 1 FROM begun_beside)"
                " AND NOT EXISTS (SELECT 1 FROM runs) AND NOT EXISTS (SELECT 1 FROM entries)",
                (passages, passages),
            )
            found = connection.execute("SELECT passages FROM begun_beside").fetchall()
        return int(found[0][0]) if found else 0

    # Former names

    def former_names(self, tenant: str, path: Path) -> tuple[str, ...]:
        """Names the document had before it was renamed, except those that another document has taken since."""
        rows = self._file.read(
            "SELECT name FROM former_names AS f JOIN entries AS e ON e.id = f.entry"
            " WHERE f.tenant = ? AND e.path = ? AND e.row = '' AND NOT EXISTS"
            " (SELECT 1 FROM entries AS o WHERE o.tenant = f.tenant AND o.source = f.name) ORDER BY f.at, name",
            (tenant, str(path)),
        )
        return tuple(row[0] for row in rows)

    # Documents

    def sources_in_order(self, tenant: str) -> Iterator[str]:
        """Names of all documents that are files, in order, read a page at a time."""
        last = ""
        while True:
            rows = self._file.read(
                "SELECT source FROM entries WHERE tenant = ? AND row = '' AND chunks <> '{}' AND source > ?"
                " ORDER BY source LIMIT 5000",
                (tenant, last),
            )
            if not rows:
                return
            last = rows[-1][0]
            yield from (row[0] for row in rows)

    # Failures

    def note_failure(self, tenant: str, failure: tuple[Path, str, str], run: str) -> None:
        place, source, reason = failure
        with self._file.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?, ?, ?)",
                (tenant, str(place), source, reason, run, time.time()),
            )

    def clear_failures(self, tenant: str, place: Path, run: str) -> None:
        """Drop earlier failures at or below a place that did not occur in this run."""
        below = f"{str(place).rstrip(os.sep)}{os.sep}"
        with self._file.writing() as connection:
            connection.execute(
                "DELETE FROM failures WHERE tenant = ? AND run <> ? AND (place = ? OR substr(place, 1, ?) = ?)",
                (tenant, run, str(place), len(below), below),
            )

    def failures(self) -> list[Failure]:
        rows = self._file.read("SELECT tenant, place, source, reason, at FROM failures ORDER BY tenant, place, source")
        return [Failure(*row) for row in rows]

    # Withdrawals

    def withdraw(
        self, connection: sqlite3.Connection, tenant: str, source: str, place: tuple[str, str, str], now: float
    ) -> None:
        """Note that holders must forget a document, under its present and former names. Called in the transaction that
        removes its passages or some of its readers."""
        connection.execute("INSERT INTO withdrawn (tenant, source, at) VALUES (?, ?, ?)", (tenant, source, now))
        connection.execute(
            "INSERT INTO withdrawn (tenant, source, at) SELECT f.tenant, f.name, ? FROM former_names AS f"
            " JOIN entries AS e ON e.id = f.entry WHERE e.tenant = ? AND e.path = ? AND e.row = ?",
            (now, *place),
        )

    def withdrawn(self, tenant: str, holder: str) -> tuple[list[str], int]:
        """The sources that a holder has yet to forget, and the mark to pass to `forgotten` once it has."""
        rows = self._file.read(
            "SELECT id, source FROM withdrawn WHERE tenant = ? AND id >"
            " coalesce((SELECT last FROM forgotten WHERE tenant = ? AND holder = ?), 0) ORDER BY id",
            (tenant, tenant, holder),
        )
        return list(dict.fromkeys(row[1] for row in rows)), rows[-1][0] if rows else 0

    def forgotten(self, tenant: str, holder: str, mark: int) -> None:
        with self._file.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO forgotten VALUES (?, ?, ?)", (tenant, holder, mark))
            connection.execute("DELETE FROM withdrawn WHERE at < ?", (time.time() - KEPT_SECONDS,))

    def holds_below(self, tenant: str, name: str) -> bool:
        """Whether there is a document with this name, or one below it (`name/…`, `name#…`)."""
        query = "SELECT 1 FROM entries WHERE tenant = ? AND chunks <> '{}' AND source >= ? AND source < ? LIMIT 1"
        spans = [(name, f"{name}\0"), *((f"{name}{mark}", f"{name}{chr(ord(mark) + 1)}") for mark in "#/")]
        return any(self._file.read(query, (tenant, *span)) for span in spans)

    # What was ingested

    def relocate(self, old: Path, new: Path) -> None:
        """Move everything ingested below one folder to another. For a preview, on its copy of the catalogue."""
        below = str(old)
        with self._file.writing() as connection:
            for table, column in (("entries", "path"), ("entries", "root"), ("grants", "path")):
                connection.execute(
                    f"UPDATE OR REPLACE {table} SET {column} = ? || substr({column}, ?)"  # noqa: S608
                    f" WHERE {column} = ? OR substr({column}, 1, ?) = ?",
                    (str(new), len(below) + 1, below, len(below) + 1, f"{below}/"),
                )

    def tenants(self) -> list[str]:
        return [row[0] for row in self._file.read("SELECT DISTINCT tenant FROM entries ORDER BY tenant")]

    def places(self, tenant: str) -> list[tuple[Path, bool]]:
        """The ingested folders (True) and single files (False), none inside another."""
        rows = self._file.read(
            "SELECT DISTINCT CASE root WHEN '' THEN path ELSE root END, root <> '' FROM entries WHERE tenant = ?",
            (tenant,),
        )
        folders = {Path(place) for place, is_folder in rows if is_folder}
        return sorted(
            (Path(place), bool(is_folder)) for place, is_folder in rows if folders.isdisjoint(Path(place).parents)
        )

    def documents_in(self, tenant: str, place: Path, but: Sequence[Path] = ()) -> Iterator[tuple[str, Path]]:
        """(source, file) of the files at or below a place, except those at or below the places in `but`."""
        where, values = _within(place, but)
        rows = self._file.read(
            f"SELECT source, path FROM entries WHERE tenant = ? AND row = '' AND {where} ORDER BY source",  # noqa: S608
            (tenant, *values),
        )
        return ((source, Path(path)) for source, path in rows)

    def count_in(self, tenant: str, place: Path, but: Sequence[Path] = ()) -> int:
        """How many documents the store has of those that `documents_in` returns, including rows of a corpus."""
        where, values = _within(place, but)
        query = f"SELECT count(*) FROM entries WHERE tenant = ? AND chunks <> '{{}}' AND {where}"  # noqa: S608
        return int(self._file.read(query, (tenant, *values))[0][0])

    def is_shared(self, tenant: str, name: str, place: Path, but: Sequence[Path] = ()) -> bool:
        """Whether a file outside of what `documents_in` returns is named `name` or `name/…`."""
        where, values = _within(place, but)
        others = f"(source = ? OR (source > ? AND source < ?)) AND NOT ({where})"
        query = f"SELECT 1 FROM entries WHERE tenant = ? AND row = '' AND {others} LIMIT 1"  # noqa: S608
        return bool(self._file.read(query, (tenant, name, f"{name}/", f"{name}0", *values)))

    def some_names(self, tenant: str, limit: int) -> list[str]:
        """Names of files, in no particular order."""
        query = "SELECT source FROM entries WHERE tenant = ? AND row = '' LIMIT ?"
        return [source for (source,) in self._file.read(query, (tenant, limit))]

    def sources(self) -> list[SourceRecord]:
        """One record for each ingested folder or single file, by tenant and path."""
        rows = self._file.read(
            "SELECT e.tenant, CASE e.root WHEN '' THEN e.path ELSE e.root END AS place, e.root <> '', min(e.source),"
            " sum(e.chunks <> '{}'), sum((SELECT count(*) FROM json_each(e.chunks))), sum(e.overruled <> ''),"
            " max(r.started), max(e.changed) FROM entries AS e LEFT JOIN runs AS r ON r.run = e.seen"
            " GROUP BY e.tenant, place ORDER BY e.tenant, place"
        )
        failures = self.failures()
        return [
            SourceRecord(
                tenant=tenant,
                name=Path(place).name if is_folder else source,
                path=place,
                is_folder=bool(is_folder),
                documents=documents,
                passages=passages,
                superseded=superseded,
                failed=sum(_is_in(place, failure) and failure.tenant == tenant for failure in failures),
                seen=seen,
                changed=changed or None,
            )
            for tenant, place, is_folder, source, documents, passages, superseded, seen, changed in rows
        ]


def _within(place: Path, but: Sequence[Path]) -> tuple[str, tuple[object, ...]]:
    """The SQL condition on `path`, and its values. `0` is the character after `/`."""
    one = "(path = ? OR (path > ? AND path < ?))"
    values: list[object] = []
    for each in (place, *but):
        below = str(each).rstrip(os.sep)
        values += [str(each), f"{below}/", f"{below}0"]
    return f"({one}{f' AND NOT {one}' * len(but)})", tuple(values)


def _is_in(place: str, failure: Failure) -> bool:
    return failure.place == place or failure.place.startswith(f"{place.rstrip(os.sep)}{os.sep}")
