"""Compares the files with the catalogue and says what has to change in the store. Blocking: runs in a thread."""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from pathlib import Path

from tools.errors import UnreadableSource
from tools.ingestion.catalogue import Catalogue
from tools.ingestion.changes import Change, Entry, Tally, Window
from tools.ingestion.corpus import Row, passages_of_row, read_rows
from tools.ingestion.discovery import FoundFile, Target, files_under
from tools.ingestion.documents import Limits, UnclearRights, digest
from tools.ingestion.mirror_index import MirrorIndexes
from tools.ingestion.naming import SourceNames
from tools.ingestion.parsing import Parser, Task
from tools.ingestion.readers import read_bytes
from tools.ingestion.rights import FolderRights
from tools.passages import Passage

LOADER_VERSION = "2"
WINDOW_PASSAGES = 1_024
MAX_BYTES_AHEAD = 64_000_000  # of files that wait for a parser


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run was asked to do; `recipe` names everything that shapes passages besides the file itself."""

    targets: Sequence[Target]
    groups: tuple[str, ...] | None
    tenant: str
    run: str
    recipe: str
    chunk_characters: int
    limits: Limits


@dataclass(frozen=True, slots=True)
class _Parsing:
    """A file that a parser is at work on; `entry` is what the catalogue is to hold of it."""

    entry: Entry
    known: Entry | None
    size: int
    passages: "Future[tuple[Passage, ...]]"


class Planner:
    def __init__(self, plan: Plan, catalogue: Catalogue, tally: Tally, parser: Parser) -> None:
        self._plan, self._catalogue, self._tally, self._parser = plan, catalogue, tally, parser
        self._names = SourceNames(catalogue, plan.tenant)
        self._mirrors = MirrorIndexes()
        self._ahead: deque[_Parsing] = deque()
        self._met: dict[tuple[Path, str], Entry] = {}
        self._unknown: set[Path] = set()  # folders and files that could not be read: what is in the store of them stays

    def windows(self) -> Iterator[Window]:
        """All changes, cut into windows; documents that are met are in the catalogue before their window comes."""
        window, idle = Window(), 0
        for change in self._changes():
            idle += 1
            if change is not None:
                window.started.append(change)
                rest = change.fresh
                while len(window.fresh) + len(rest) > WINDOW_PASSAGES:
                    room = WINDOW_PASSAGES - len(window.fresh)
                    window.fresh.extend(rest[:room])
                    rest = rest[room:]
                    self._flush()
                    yield window
                    window = Window()
                window.fresh.extend(rest)
                window.finished.append(change)
            if idle >= WINDOW_PASSAGES or len(window.fresh) >= WINDOW_PASSAGES:
                self._flush()
                yield window
                window, idle = Window(), 0
        self._flush()
        yield window

    def _changes(self) -> Iterator[Change | None]:
        tenant = self._plan.tenant
        if self._plan.groups is not None:
            for target in self._plan.targets:
                self._catalogue.grant(tenant, target.path, self._plan.groups)
        # Earlier grants count too: leaving `--groups` out on a later run must not open a folder up.
        granted = self._catalogue.grants(tenant)
        for target in self._plan.targets:
            root = self._names.root_of(target)
            root_name = str(root) if target.is_folder or self._names.knows(root) else ""
            rights = FolderRights(root, granted)
            for found in files_under(target, self._not_followed):
                if self._is_met(found.path):
                    continue
                self._tally.source = self._names.source_of(found.path, root, target)
                entry = self._entry(found.path, "", self._tally.source, root_name)
                if found.kind == "corpus":
                    yield from self._parsed(down_to=0)
                    yield from self._rows(found, entry, rights)
                else:
                    yield from self._document(found, entry, rights)
            yield from self._parsed(down_to=0)
            if target.is_folder:
                self._flush()
                unseen = self._catalogue.unseen(tenant, target.path, self._plan.run, is_folder=True)
                yield from (self._removal(entry) for entry in unseen if not self._may_still_be(entry.path))

    def _not_followed(self, error: UnreadableSource) -> None:
        self._unknown.add(Path(error.source))
        self._tally.fail(error)

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
            self._flush()

    def _removal(self, entry: Entry) -> Change:
        self._meet(replace(entry, seen=self._plan.run))  # so that a wider path named as well does not remove it again
        return Change(entry, "removed", stale=tuple(entry.chunks))

    def _flush(self) -> None:
        if self._met:
            self._catalogue.mark_seen(self._plan.tenant, self._met.values())
            self._met.clear()

    def _document(self, found: FoundFile, entry: Entry, rights: FolderRights) -> Iterator[Change | None]:
        """Compares the file with the catalogue and hands a changed one to the parser; yields what came back by now."""
        known = self._catalogue.find(self._plan.tenant, found.path).get("")
        groups: tuple[str, ...] = ()
        try:
            groups = _groups_of(found, entry, rights)
            mirrored = self._mirrors.of(found.path)
            data = read_bytes(found.path, entry.source, self._plan.limits)
        except FileNotFoundError:  # deleted since the folder was listed
            self._tally.bytes_done += found.size
            return
        except UnreadableSource as error:
            self._tally.bytes_done += found.size
            yield self._failed(error, entry, known, groups)
            return
        fingerprint = self._fingerprint(entry.source, groups, sha256(data).hexdigest() + mirrored.digest)
        if known is not None and known.fingerprint == fingerprint:
            self._meet(entry)
            self._tally.documents["unchanged"] += 1
            self._tally.bytes_done += found.size
            yield None
            return
        yield from self._parsed(down_to=self._parser.capacity - 1, bytes_to_come=len(data))
        plan, (modified_ns, size) = self._plan, _status(found.path)
        task = Task(data, entry.source, groups, plan.tenant, plan.chunk_characters, plan.limits, mirrored.told)
        stamped = replace(entry, fingerprint=fingerprint, groups=groups, modified_ns=modified_ns, size=size)
        self._ahead.append(_Parsing(stamped, known, len(data), self._parser.submit(task)))

    def _parsed(self, *, down_to: int, bytes_to_come: int = 0) -> Iterator[Change | None]:
        """The oldest of the files ahead, in order, until no more than `down_to` files and MAX_BYTES_AHEAD are left."""
        while self._ahead and (
            len(self._ahead) > down_to or bytes_to_come + sum(each.size for each in self._ahead) > MAX_BYTES_AHEAD
        ):
            parsing = self._ahead.popleft()
            entry = parsing.entry
            try:
                passages = parsing.passages.result()
            except UnreadableSource as error:
                fresh = self._entry(entry.path, "", entry.source, entry.root)
                yield self._failed(error, fresh, parsing.known, entry.groups)
            else:
                self._meet(entry)
                yield _difference(entry, parsing.known, passages)
            finally:
                self._tally.bytes_done += parsing.size

    def _failed(
        self, error: UnreadableSource, entry: Entry, known: Entry | None, groups: tuple[str, ...]
    ) -> Change | None:
        """The last good version stays, unless it is in doubt who may read it."""
        if known is None or not known.chunks:
            self._meet(entry)
            self._tally.fail(error)
            return None
        if isinstance(error, UnclearRights) or known.groups != groups:
            self._tally.fail(error, "; what was ingested of it is removed")
            return self._removal(known)
        self._meet(entry)
        self._flush()
        self._catalogue.note_failure(self._plan.tenant, entry.path, error.reason)
        self._tally.fail(error, "; the version ingested before stays")
        return None

    def _rows(self, found: FoundFile, entry: Entry, rights: FolderRights) -> Iterator[Change | None]:
        self._meet(entry)
        try:
            folder_groups = _groups_of(found, entry, rights)
        except UnclearRights as error:
            self._tally.bytes_done += found.size
            self._flush()
            self._tally.fail(error)
            yield from (self._removal(row) for row in self._unseen_rows(found.path))
            return
        rows = read_rows(found.path, entry.source, self._plan.limits)
        try:
            while batch := list(islice(rows, WINDOW_PASSAGES)):
                yield from self._batch(batch, entry, folder_groups)
        except UnreadableSource as error:
            self._unknown.add(found.path)
            self._tally.fail(error)
            return
        self._flush()
        yield from (self._removal(row) for row in self._unseen_rows(found.path))

    def _unseen_rows(self, path: Path) -> Iterator[Entry]:
        return self._catalogue.unseen(self._plan.tenant, path, self._plan.run, is_folder=False)

    def _batch(
        self, batch: Sequence[Row | UnreadableSource], corpus: Entry, folder_groups: tuple[str, ...]
    ) -> Iterator[Change | None]:
        self._flush()
        ids = list({row.id for row in batch if isinstance(row, Row)})
        known = self._catalogue.find(self._plan.tenant, corpus.path, ids)
        for row in batch:
            if isinstance(row, UnreadableSource):
                self._tally.fail(row)
                continue
            self._tally.bytes_done += row.size
            before = known.get(row.id)
            if (corpus.path, row.id) in self._met or (before is not None and before.seen == self._plan.run):
                self._tally.fail(UnreadableSource(f"{corpus.source}:{row.line}", f"repeats the id {row.id!r}"))
                continue
            yield self._row(row, before, corpus, row.groups or folder_groups)

    def _row(self, row: Row, known: Entry | None, corpus: Entry, groups: tuple[str, ...]) -> Change | None:
        source = f"{corpus.source}#{row.id}"
        fingerprint = self._fingerprint(source, groups, row.digest)
        entry = Entry(corpus.path, row.id, source, corpus.root, fingerprint, groups, {}, self._plan.run, 0, row.size)
        self._met[(entry.path, entry.row)] = entry
        if known is not None and known.fingerprint == fingerprint:
            self._tally.documents["unchanged"] += 1
            return None
        passages = passages_of_row(row, source=source, groups=groups, tenant=self._plan.tenant)
        return _difference(entry, known, passages)

    def _fingerprint(self, source: str, groups: tuple[str, ...], content: str) -> str:
        return digest(LOADER_VERSION, self._plan.recipe, source, *sorted(groups), "", content)


def _groups_of(found: FoundFile, entry: Entry, rights: FolderRights) -> tuple[str, ...]:
    try:
        return rights.groups_of(found.path)
    except UnclearRights as error:
        raise UnclearRights(entry.source, f"it is not clear who may read it: {error}") from None


def _difference(entry: Entry, known: Entry | None, passages: Sequence[Passage]) -> Change:
    before = known.chunks if known is not None else {}
    chunks = {passage.key: _placement(passage) for passage in passages}
    entry.chunks.update(chunks)
    return Change(
        entry=entry,
        outcome="updated" if before else "added",
        fresh=tuple(passage for passage in passages if passage.key not in before),
        moved=tuple(
            passage for passage in passages if before.get(passage.key, chunks[passage.key]) != chunks[passage.key]
        ),
        stale=tuple(key for key in before if key not in chunks),
    )


def _placement(passage: Passage) -> str:
    lines = passage.lines or (0, 0)
    return f"{passage.start}-{passage.end} p{passage.page or 0} l{lines[0]}-{lines[1]}"


def _status(path: Path) -> tuple[int, int]:
    try:
        status = os.stat(path)
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size
