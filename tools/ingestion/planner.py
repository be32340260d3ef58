"""Compares the files with the catalogue and says what has to change in the store. Blocking: runs in a thread."""

import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from pathlib import Path

from tools.errors import UnreadableSource
from tools.ingestion.access_file import NO_RULE
from tools.ingestion.catalogue import Catalogue
from tools.ingestion.changes import Change, Entry, Tally, Window
from tools.ingestion.corpus import Row, passages_of_row, read_rows
from tools.ingestion.differences import as_stored, difference, readers_of, stamp_of
from tools.ingestion.discovery import FoundFile, Target, files_under
from tools.ingestion.documents import UnclearRights, digest
from tools.ingestion.mirror_index import MirrorIndexes
from tools.ingestion.naming import SourceNames
from tools.ingestion.overruling import overrulings, supersedes_of
from tools.ingestion.parsing import Parser, Task, Told
from tools.ingestion.plan import Plan
from tools.ingestion.readers import read_bytes
from tools.ingestion.rights import FolderRights
from tools.passages import Passage

LOADER_VERSION = "3"
WINDOW_PASSAGES = 1_024
MAX_BYTES_AHEAD = 64_000_000  # of files that wait for a parser


@dataclass(frozen=True, slots=True)
class _Reading:
    """A changed file that a parser is at work on; `known` is what the store holds of it, `was` its former name, and
    `noted` a digest of what is known of where it came from."""

    entry: Entry
    known: Entry | None
    was: str
    size: int
    noted: str
    passages: "Future[tuple[Passage, ...]]"


class Planner:
    def __init__(self, plan: Plan, catalogue: Catalogue, tally: Tally, parser: Parser) -> None:
        self._plan, self._catalogue, self._tally, self._parser = plan, catalogue, tally, parser
        self._ahead: deque[_Reading] = deque()
        self._names = SourceNames(catalogue, plan.tenant)
        self._mirrors = MirrorIndexes()
        self._met: dict[tuple[Path, str], Entry] = {}
        self._unknown: set[Path] = set()  # folders and files that could not be read: what is in the store of them stays

    def windows(self, changes: Iterator[Change | None]) -> Iterator[Window]:
        """The changes, cut into windows; documents that are met are in the catalogue before their window comes."""
        window, idle = Window(), 0
        for change in changes:
            idle += 1
            if change is not None:
                window.started.append(change)
                known = {passage.key for passage in change.moved}
                for passage in change.passages:
                    if len(window.passages) == WINDOW_PASSAGES:
                        self.flush()
                        yield window
                        window = Window()
                    window.passages.append(passage)
                    window.weights.append(change.weight / len(change.passages))
                    if passage.key in known:
                        window.known.add(passage.key)
                if not change.passages:
                    self._tally.bytes_done += change.weight
                window.finished.append(change)
            if idle >= WINDOW_PASSAGES or len(window.passages) >= WINDOW_PASSAGES:
                self.flush()
                yield window
                window, idle = Window(), 0
        self.flush()
        yield window

    def changes(self) -> Iterator[Change | None]:
        """What differs, a document a time; None for one that doesn't. Files first, what is gone of them at the end: a
        file that has only moved must be met under its new name before its old one is given up."""
        tenant = self._plan.tenant
        if self._plan.groups is not None:
            for target in self._plan.targets:
                self._catalogue.grant(tenant, target.path, self._plan.groups)
        # Earlier grants count too: leaving `--groups` out on a later run must not open a folder up.
        granted = self._catalogue.grants(tenant)
        for target in self._plan.targets:
            yield from self._within(target, granted)
        self.flush()
        for target in self._plan.targets:
            if target.is_folder:
                unseen = self._catalogue.unseen(tenant, target.path, self._plan.run, is_folder=True)
                yield from (self._removal(entry) for entry in unseen if not self._may_still_be(entry.path))
        for path in self._plan.gone:
            yield from (self._removal(entry) for entry in self._catalogue.of_file(tenant, path))
        self.flush()
        for place in (*(target.path for target in self._plan.targets), *self._plan.gone):
            self._catalogue.records.clear_failures(tenant, place, self._plan.run)

    def overrulings(self) -> Iterator[Change | None]:
        """Second pass, over what the catalogue holds after the first: documents that others have replaced, or no longer
        do. Their files are read again, none of their passages is embedded again."""
        tenant = self._plan.tenant
        for path, overruled in overrulings(self._catalogue, tenant, self._plan.today):
            known = self._catalogue.find(tenant, path).get("")
            if known is None:
                continue
            try:
                data = read_bytes(known.path, known.source, self._plan.limits)
                if sha256(data).hexdigest() != known.content:
                    continue  # changed since it was met: the next run's
                told = self._mirrors.of(path).told
                passages = self._parser.submit(self._task(data, known, known, told)).result()
            except (FileNotFoundError, UnreadableSource):
                continue
            former = self._catalogue.records.former_names(tenant, known.path)
            stored = as_stored(passages, origin=known.origin, former_names=former, overruled=overruled)
            change = difference(
                replace(known, overruled=overruled, supersedes=supersedes_of(stored), chunks={}), known, stored
            )
            yield replace(change, outcome="overruled")

    def _within(self, target: Target, granted: Mapping[Path, tuple[str, ...]]) -> Iterator[Change | None]:
        root = self._names.root_of(target)
        root_name = str(root) if target.is_folder or self._names.knows(root) else ""
        rights = FolderRights(root, granted, self._plan.rules)
        for found in files_under(target, self._not_followed):
            if self._is_met(found.path):
                continue
            self._tally.source = self._names.source_of(found.path, root, target)
            entry = self._entry(found.path, "", self._tally.source, root_name)
            if found.kind == "corpus":
                yield from self._read(down_to=0)
                yield from self._rows(found, entry, rights)
            else:
                yield from self._document(found, entry, rights)
        yield from self._read(down_to=0)

    def _not_followed(self, error: UnreadableSource) -> None:
        self._unknown.add(Path(error.source))
        self._fail(Path(error.source), error)

    def _fail(self, place: Path, error: UnreadableSource, note: str = "") -> None:
        self._tally.fail(error, note)
        failure = (place, error.source, f"{error.reason}{note}")
        self._catalogue.records.note_failure(self._plan.tenant, failure, self._plan.run)

    def _may_still_be(self, path: Path) -> bool:
        return bool(self._unknown) and any(place == path or place in path.parents for place in self._unknown)

    def _is_met(self, path: Path) -> bool:
        if (path, "") in self._met:
            return True
        known = self._catalogue.find(self._plan.tenant, path).get("")
        return known is not None and known.seen == self._plan.run

    def _entry(self, path: Path, row: str, source: str, root: str) -> Entry:
        return Entry(path=path, row=row, source=source, root=root, seen=self._plan.run)

    def _meet(self, entry: Entry) -> None:
        self._met[(entry.path, entry.row)] = entry
        if len(self._met) >= WINDOW_PASSAGES:
            self.flush()

    def _removal(self, entry: Entry) -> Change:
        self._meet(replace(entry, seen=self._plan.run))  # so that a wider path named as well does not remove it again
        return Change(entry, "removed", stale=tuple(entry.chunks))

    def flush(self) -> None:
        if self._met:
            self._catalogue.mark_seen(self._plan.tenant, self._met.values())
            self._met.clear()

    def _document(self, found: FoundFile, entry: Entry, rights: FolderRights) -> Iterator[Change | None]:
        known = self._catalogue.find(self._plan.tenant, found.path).get("")
        groups: tuple[str, ...] = ()
        try:
            groups = self._groups_of(found, entry, rights)
            mirrored = self._mirrors.of(found.path)
            stamp, modified_ns, size = stamp_of(found.path)
            as_known = known is not None and self._is_as_known(known, entry, groups, mirrored.digest)
            if known is not None and stamp and known.stamp == stamp and as_known:
                self._unchanged(replace(entry, stamp=stamp), found.size)
                yield None
                return
            data = read_bytes(found.path, entry.source, self._plan.limits)
            content = sha256(data).hexdigest()
            if known is not None and known.content == content and as_known:
                self._unchanged(replace(entry, stamp=stamp), found.size)
                yield None
                return
        except FileNotFoundError:  # deleted since the folder was listed
            self._tally.bytes_done += found.size
            return
        except UnreadableSource as error:
            self._tally.bytes_done += found.size
            yield self._failed(error, entry, known, groups)
            return
        known, was = self._renamed(entry, known, content)
        entry = replace(entry, origin=self._origin(known, entry.source))
        self._meet(entry)
        yield from self._read(down_to=self._parser.capacity - 1, bytes_to_come=len(data))
        seen = replace(entry, groups=groups, content=content, stamp=stamp, modified_ns=modified_ns, size=size)
        passages = self._parser.submit(self._task(data, seen, known, mirrored.told))
        self._ahead.append(_Reading(seen, known, was, len(data), mirrored.digest, passages))

    def _task(self, data: bytes, entry: Entry, known: Entry | None, told: Told) -> Task:
        plan = self._plan
        return Task(
            data,
            entry.source,
            entry.groups,
            plan.tenant,
            plan.chunk_characters,
            plan.limits,
            origin=entry.origin,
            known=frozenset(known.chunks) if known is not None else frozenset(),
            told=told,
        )

    def _read(self, *, down_to: int, bytes_to_come: int = 0) -> Iterator[Change | None]:
        """The oldest of the files ahead, in order, until `down_to` of them and MAX_BYTES_AHEAD are left at most."""
        while self._ahead and (
            len(self._ahead) > down_to or bytes_to_come + sum(each.size for each in self._ahead) > MAX_BYTES_AHEAD
        ):
            reading = self._ahead.popleft()
            try:
                passages = reading.passages.result()
            except UnreadableSource as error:
                self._tally.bytes_done += reading.size
                entry = reading.entry
                known = self._entry(entry.path, "", entry.source, entry.root)
                yield self._failed(error, known, reading.known, entry.groups)
            else:
                yield self._changed(reading, passages)

    def _changed(self, reading: "_Reading", passages: tuple[Passage, ...]) -> Change:
        entry, known = reading.entry, reading.known
        origin, overruled = entry.origin, known.overruled if known is not None else ""
        former = self._catalogue.records.former_names(self._plan.tenant, entry.path) if known is not None else ()
        stored = as_stored(passages, origin=origin, former_names=former, overruled=overruled)
        stamped = replace(
            entry,
            overruled=overruled,
            supersedes=supersedes_of(stored),
            fingerprint=self._fingerprint(entry.source, entry.groups, entry.content + reading.noted),
            readers=readers_of(stored),
        )
        return replace(difference(stamped, known, stored, was=reading.was), weight=reading.size)

    def _is_as_known(self, known: Entry, entry: Entry, groups: tuple[str, ...], noted: str) -> bool:
        return known.fingerprint == self._fingerprint(entry.source, groups, known.content + noted)

    def _unchanged(self, entry: Entry, size: int) -> None:
        self._meet(entry)
        self._tally.documents["unchanged"] += 1
        self._tally.bytes_done += size

    def _renamed(self, entry: Entry, known: Entry | None, content: str) -> tuple[Entry | None, str]:
        """What is known of a new path's content under a path that is gone: the file was renamed. With its old name."""
        if known is not None:
            return known, ""
        twins = [
            twin
            for twin in self._catalogue.twins(self._plan.tenant, content, self._plan.run)
            if (twin.path, "") not in self._met and not os.path.lexists(twin.path)
        ]
        if not twins:
            return None, ""
        old = next((twin for twin in twins if twin.path.name == entry.path.name), twins[0])
        self._catalogue.rename(self._plan.tenant, old, entry)
        return replace(old, path=entry.path, source=entry.source, root=entry.root), old.source

    def _origin(self, known: Entry | None, source: str) -> str:
        return known.origin if known is not None else self._catalogue.free_origin(self._plan.tenant, source)

    def _failed(
        self, error: UnreadableSource, entry: Entry, known: Entry | None, groups: tuple[str, ...]
    ) -> Change | None:
        """The last good version stays, unless it is in doubt who may read it."""
        if known is None or not known.chunks:
            self._meet(replace(entry, origin=self._origin(known, entry.source)))
            self._fail(entry.path, error)
            return None
        if isinstance(error, UnclearRights) or known.groups != groups:
            self._fail(entry.path, error, "; what was ingested of it is removed")
            return self._removal(known)
        self._meet(entry)
        self._fail(entry.path, error, "; the version ingested before stays")
        return None

    def _rows(self, found: FoundFile, entry: Entry, rights: FolderRights) -> Iterator[Change | None]:
        known = self._catalogue.find(self._plan.tenant, found.path).get("")
        entry = replace(entry, origin=self._origin(known, entry.source))
        self._meet(entry)
        failed = self._tally.failed
        try:
            folder_groups = self._groups_of(found, entry, rights)
            stamp, modified_ns, size = stamp_of(found.path)
        except FileNotFoundError:
            self._tally.bytes_done += found.size
            return
        except UnclearRights as error:
            self._tally.bytes_done += found.size
            self.flush()
            self._fail(found.path, error)
            yield from (self._removal(row) for row in self._unseen_rows(found.path))
            return
        fingerprint = self._fingerprint(entry.source, folder_groups, f"as of {stamp}")
        if known is not None and stamp and known.fingerprint == fingerprint:
            self.flush()
            rows = self._catalogue.mark_rows_seen(self._plan.tenant, found.path, self._plan.run)
            self._tally.documents["unchanged"] += rows
            self._tally.bytes_done += found.size
            return
        batches = read_rows(found.path, entry.source, self._plan.limits)
        try:
            while batch := list(islice(batches, WINDOW_PASSAGES)):
                yield from self._batch(batch, entry, folder_groups)
        except UnreadableSource as error:
            self._unknown.add(found.path)
            self._fail(found.path, error)
            return
        self.flush()
        yield from (self._removal(row) for row in self._unseen_rows(found.path))
        if stamp and self._tally.failed == failed:  # a row that can't be read is reported each time
            whole = replace(entry, fingerprint=fingerprint, groups=folder_groups, stamp=stamp)
            yield Change(replace(whole, modified_ns=modified_ns, size=size), "updated")

    def _unseen_rows(self, path: Path) -> Iterator[Entry]:
        return self._catalogue.unseen(self._plan.tenant, path, self._plan.run, is_folder=False)

    def _batch(
        self, batch: Sequence[Row | UnreadableSource], corpus: Entry, folder_groups: tuple[str, ...]
    ) -> Iterator[Change | None]:
        self.flush()
        ids = list({row.id for row in batch if isinstance(row, Row)})
        known = self._catalogue.find(self._plan.tenant, corpus.path, ids)
        for row in batch:
            if isinstance(row, UnreadableSource):
                self._fail(corpus.path, row)
                continue
            before = known.get(row.id)
            if (corpus.path, row.id) in self._met or (before is not None and before.seen == self._plan.run):
                self._tally.bytes_done += row.size
                self._fail(corpus.path, UnreadableSource(f"{corpus.source}:{row.line}", f"repeats the id {row.id!r}"))
                continue
            if not (row.groups or folder_groups):
                self._tally.bytes_done += row.size
                self._fail(corpus.path, UnclearRights(f"{corpus.source}#{row.id}", NO_RULE))
                continue
            yield self._row(row, before, corpus, row.groups or folder_groups)

    def _row(self, row: Row, known: Entry | None, corpus: Entry, groups: tuple[str, ...]) -> Change | None:
        source = f"{corpus.source}#{row.id}"
        origin = self._origin(known, source)
        entry = Entry(corpus.path, row.id, source, corpus.root, origin, seen=self._plan.run)
        self._met[(entry.path, entry.row)] = entry
        fingerprint = self._fingerprint(source, groups, row.digest)
        if known is not None and known.fingerprint == fingerprint:
            self._tally.documents["unchanged"] += 1
            self._tally.bytes_done += row.size
            return None
        passages = passages_of_row(row, source=source, groups=groups, tenant=self._plan.tenant)
        stored = as_stored(passages, origin=origin, former_names=(), overruled="")
        stamped = replace(
            entry, fingerprint=fingerprint, groups=groups, readers=groups, content=row.digest, size=row.size
        )
        return replace(difference(stamped, known, stored), weight=row.size)

    def _fingerprint(self, source: str, groups: tuple[str, ...], content: str) -> str:
        return digest(LOADER_VERSION, self._plan.recipe, source, *sorted(groups), "", content)

    def _groups_of(self, found: FoundFile, entry: Entry, rights: FolderRights) -> tuple[str, ...]:
        """Those that its place gives a file, empty when nothing does."""
        try:
            owner = self._plan.rules.tenant_of(entry.source) if self._plan.rules else None
            if owner not in (None, self._plan.tenant):
                raise UnclearRights(entry.source, f"it belongs to tenant {owner!r}, by HOPLINE_ACCESS_FILE")
            return rights.groups_of(found.path, entry.source)
        except UnclearRights as error:
            raise UnclearRights(entry.source, f"it is not clear who may read it: {error}") from None
