"""Documents that are in the store and have lost their copy in a mirror, although their source did not say that they are
gone: somebody has deleted the mirror, or a part of it, and the source could not be asked."""

from collections.abc import Iterator
from pathlib import Path

from tools.errors import UnreadableSource
from tools.ingestion.changes import Entry
from tools.ingestion.mirror_index import MirrorIndexes


class LostCopies:
    def __init__(self, mirrors: MirrorIndexes) -> None:
        self._mirrors = mirrors
        self._found: dict[Path, dict[str, None]] = {}

    def has(self, entry: Entry) -> bool:
        """Whether it is one of them, of entries that a run did not meet."""
        mirror = self._mirrors.that_names(entry.path)
        if mirror is None:
            return False
        if entry.chunks:
            self._found.setdefault(mirror, {})[entry.source] = None
        return True

    def errors(self) -> Iterator[tuple[Path, UnreadableSource]]:
        """One a mirror, that says what to do."""
        for mirror, sources in self._found.items():
            more = f" and {len(sources) - 1:,} more have" if len(sources) > 1 else " has"
            reason = (
                f"{next(iter(sources))}{more} lost the local copy, and could not be fetched again; what is in the "
                "store of it stays. Sync again when the source can be reached; hopline erase removes it on purpose"
            )
            yield mirror, UnreadableSource(mirror.name, reason)
