"""Documents in the store whose local copy in a mirror was lost, although the source never said that they are gone.

Somebody has deleted the mirror or a part of it, and the source can't be reached to fetch them again.
"""

from collections.abc import Iterator
from pathlib import Path

from tools.errors import UnreadableSource
from tools.ingestion.catalogue.entry import Entry
from tools.ingestion.files.mirror_index import MirrorIndexes


class LostCopies:
    def __init__(self, mirrors: MirrorIndexes) -> None:
        self._mirrors = mirrors
        self._found: dict[Path, dict[str, None]] = {}

    def has(self, entry: Entry) -> bool:
        """Whether an entry that the run did not meet is such a document."""
        mirror = self._mirrors.that_names(entry.path)
        if mirror is None:
            return False
        if entry.chunks:
            self._found.setdefault(mirror, {})[entry.source] = None
        return True

    def errors(self) -> Iterator[tuple[Path, UnreadableSource]]:
        """One error for each mirror, saying what to do."""
        for mirror, sources in self._found.items():
            more = f" and {len(sources) - 1:,} more have" if len(sources) > 1 else " has"
            reason = (
                f"{next(iter(sources))}{more} lost the local copy and could not be fetched again; the store still has "
                "what was ingested. Sync again when the source can be reached, or remove it with hopline erase"
            )
            yield mirror, UnreadableSource(mirror.name, reason)
