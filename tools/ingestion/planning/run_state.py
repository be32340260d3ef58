"""What a run of ingestion has met so far, and how it treats files that it can't read. Blocking."""

from dataclasses import replace
from pathlib import Path

from tools.errors import UnreadableSource
from tools.ingestion.catalogue.catalogue import Catalogue
from tools.ingestion.catalogue.entry import Entry
from tools.ingestion.documents import UnclearRights, digest
from tools.ingestion.planning.changes import Change, Tally
from tools.ingestion.planning.plan import Plan
from tools.ingestion.rights.folder_rights import FolderRights

LOADER_VERSION = "10"
MOST_NOT_ENTERED = 1_024


class RunState:
    """Shared by FileChanges and CorpusChanges; used by one thread at a time."""

    def __init__(self, plan: Plan, catalogue: Catalogue, tally: Tally) -> None:
        self.plan, self.request, self.catalogue, self.tally = plan, plan.request, catalogue, tally
        self.unknown: set[Path] = set()  # unreadable folders and files: what the store has of them stays
        self._met: dict[tuple[Path, str], Entry] = {}  # not yet in the catalogue

    def known(self, path: Path) -> Entry | None:
        return self.catalogue.find(self.request.tenant, path).get("")

    def has_just_met(self, path: Path, row: str = "") -> bool:
        return (path, row) in self._met

    def entry(self, path: Path, row: str, source: str, root: str) -> Entry:
        return Entry(path=path, row=row, source=source, root=root, seen=self.request.run)

    def is_met(self, path: Path) -> bool:
        if self.has_just_met(path):
            return True
        known = self.known(path)
        return known is not None and known.seen == self.request.run

    def meet(self, entry: Entry, *, enters: bool = True) -> None:
        """Record that the run has met a document. With `enters` False the caller calls `flush` itself; until then
        `has_just_met` tells new documents from those met before."""
        self._met[(entry.path, entry.row)] = entry
        if enters and len(self._met) >= MOST_NOT_ENTERED:
            self.flush()

    def flush(self) -> None:
        if self._met:
            self.catalogue.mark_seen(self.request.tenant, self._met.values())
            self._met.clear()

    def unchanged(self, entry: Entry, size: int) -> None:
        self.meet(entry)
        self.tally.documents["unchanged"] += 1
        self.tally.bytes_done += size

    def origin(self, known: Entry | None, source: str) -> str:
        return known.origin if known is not None else self.catalogue.free_origin(self.request.tenant, source)

    def fingerprint(self, source: str, groups: tuple[str, ...], content: str) -> str:
        return digest(LOADER_VERSION, self.plan.recipe, source, *sorted(groups), "", content)

    def groups_of(self, entry: Entry, rights: FolderRights) -> tuple[str, ...]:
        """The groups that a file's place gives it; empty if none."""
        try:
            return self._groups_of(entry, rights)
        except UnclearRights as error:
            raise UnclearRights(entry.source, f"it is not clear who may read it: {error}") from None

    def _groups_of(self, entry: Entry, rights: FolderRights) -> tuple[str, ...]:
        owner = self.plan.rules.tenant_of(entry.source) if self.plan.rules else None
        if owner not in (None, self.request.tenant):
            raise UnclearRights(entry.source, f"it belongs to tenant {owner!r}, by HOPLINE_ACCESS_FILE")
        return rights.groups_of(entry.path, entry.source)

    def is_for_others(self, entry: Entry, rights: FolderRights) -> bool:
        """Whether an unreadable document's place now gives it other readers, or may do so. Rows that name their own
        readers keep them. If a folder can't be listed, its access.toml is taken to be unchanged."""
        if not entry.groups or (entry.row and entry.readers != entry.groups):
            return False
        try:
            place = replace(entry, source=entry.source.removesuffix(f"#{entry.row}"))
            return self._groups_of(place, rights) != entry.groups
        except UnclearRights as error:
            return not self.may_still_be(Path(error.source))

    def removal(self, entry: Entry) -> Change:
        self.meet(replace(entry, seen=self.request.run))  # so that it is not removed again through a wider path
        return Change(entry, "removed", stale=tuple(entry.chunks))

    def fail(self, place: Path, error: UnreadableSource, note: str = "") -> None:
        self.tally.fail(error, note)
        failure = (place, error.source, f"{error.reason}{note}")
        self.catalogue.records.note_failure(self.request.tenant, failure, self.request.run)

    def failed(
        self, error: UnreadableSource, entry: Entry, known: Entry | None, groups: tuple[str, ...]
    ) -> Change | None:
        """The document's last good version stays, unless it is unclear who may read it: then it is removed."""
        if known is None or not known.chunks:
            self.meet(replace(entry, origin=self.origin(known, entry.source)))
            self.fail(entry.path, error)
            return None
        if isinstance(error, UnclearRights) or known.groups != groups:
            self.fail(entry.path, error, "; what was ingested of it is removed")
            return self.removal(known)
        self.meet(entry)
        self.fail(entry.path, error, "; the version ingested before stays")
        return None

    def not_followed(self, error: UnreadableSource) -> None:
        self.unknown.add(Path(error.source))
        self.fail(Path(error.source), error)

    def may_still_be(self, path: Path) -> bool:
        return bool(self.unknown) and any(place == path or place in path.parents for place in self.unknown)
