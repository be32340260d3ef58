"""The catalogue's notes on a source that is being erased: its former names, and what else was noted about it.

They are stored before anything is deleted, since the names go with the documents. If a place fails, they are needed
again.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from tools.database.tables import below
from tools.ingestion.catalogue.file import CatalogueFile


class Erasures:
    """Blocking, like the catalogue it belongs to."""

    def __init__(self, file: CatalogueFile) -> None:
        self._file = file

    def begin(self, tenant: str, source: str) -> list[str]:
        """The former names of a source and of all below it, as far as they are outside of `source`. Includes those of
        an earlier erasure that was not finished."""
        values = {"tenant": tenant, "source": source}
        with self._file.writing() as connection:
            rows = connection.execute(
                "SELECT f.name FROM former_names AS f JOIN entries AS e ON e.id = f.entry WHERE e.tenant = :tenant"  # noqa: S608
                f" AND {below('e.source', ':source')} AND NOT {below('f.name', ':source')}",
                values,
            ).fetchall()
            roots = connection.execute(
                "SELECT DISTINCT root FROM entries WHERE tenant = :tenant AND root <> ''", values
            ).fetchall()
            names = dict.fromkeys((source, *(name for (name,) in rows)))
            places = {(name, str(Path(root).parent / name)) for name in names for (root,) in roots}
            own = connection.execute(
                f"SELECT path FROM entries WHERE tenant = :tenant AND row = '' AND {below('source', ':source')}",  # noqa: S608
                values,
            ).fetchall()
            connection.executemany(
                "INSERT OR IGNORE INTO being_erased VALUES (?, ?, ?, ?)",
                [(tenant, source, *each) for each in sorted({*places, *((source, path) for (path,) in own)})],
            )
            connection.executemany(
                "INSERT OR IGNORE INTO being_erased VALUES (?, ?, ?, '')", [(tenant, source, name) for name in names]
            )
            kept = connection.execute(
                "SELECT DISTINCT name FROM being_erased WHERE tenant = :tenant AND source = :source"
                " AND name <> :source ORDER BY name",
                values,
            ).fetchall()
        return [name for (name,) in kept]

    def end(self, tenant: str, source: str) -> None:
        """To be called when every place has forgotten the source."""
        with self._file.writing() as connection:
            connection.execute("DELETE FROM being_erased WHERE tenant = ? AND source = ?", (tenant, source))

    def is_known_of_others(self, tenant: str, source: str, name: str) -> bool:
        """Whether a document outside of `source` is or was called `name`, or something below it."""
        was_below = f"EXISTS (SELECT 1 FROM former_names AS f WHERE f.entry = e.id AND {below('f.name', ':name')})"  # noqa: S608
        query = (
            f"SELECT 1 FROM entries AS e WHERE e.tenant = :tenant AND NOT {below('e.source', ':source')}"  # noqa: S608
            f" AND ({below('e.source', ':name')} OR {was_below}) LIMIT 1"
        )
        return bool(self._file.read(query, {"tenant": tenant, "source": source, "name": name}))

    def forget_notes(self, tenant: str, name: str) -> int:
        """Delete a source's failures, grants and withdrawals; returns how many notes that were.

        A withdrawal stays until every holder has heard of it. The grant of a file that still exists stays too: without
        it, ingesting the file again would open it to everybody.
        """
        values: dict[str, object] = {"tenant": tenant, "source": name}
        with self._file.writing() as connection:
            failed = connection.execute(
                f"DELETE FROM failures WHERE tenant = :tenant AND {below('source', ':source', marks='#/:')}",  # noqa: S608
                values,
            ).rowcount
            withdrawn = connection.execute(
                f"DELETE FROM withdrawn WHERE tenant = :tenant AND {below('source', ':source')} AND id <="  # noqa: S608
                " coalesce((SELECT min(last) FROM forgotten WHERE tenant = :tenant), 0)",
                values,
            ).rowcount
            places = connection.execute(
                "SELECT DISTINCT place FROM being_erased WHERE tenant = :tenant AND name = :source AND place <> ''",
                values,
            ).fetchall()
            granted = connection.execute("SELECT path FROM grants WHERE tenant = :tenant", values).fetchall()
            inside = _inside((Path(path) for (path,) in granted), {Path(place) for (place,) in places})
            gone = [(tenant, str(path)) for path in inside if not os.path.lexists(path)]
            connection.executemany("DELETE FROM grants WHERE tenant = ? AND path = ?", gone)
        return int(failed + withdrawn + len(gone))


def _inside(paths: Iterable[Path], places: set[Path]) -> list[Path]:
    return [path for path in paths if not places.isdisjoint((path, *path.parents))]
