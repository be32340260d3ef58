"""Finds what has to change in the store for one file: compares it with the catalogue and parses it if it differs."""

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from tools.errors import UnreadableSource
from tools.ingestion.catalogue.entry import Entry
from tools.ingestion.files.discovery import FoundFile
from tools.ingestion.files.mirror_index import MirrorIndexes, Told
from tools.ingestion.files.regular_files import read_bytes
from tools.ingestion.parsing.tasks import FileTask, Parser
from tools.ingestion.planning.changes import Change
from tools.ingestion.planning.differences import as_stored, difference, readers_of, stamp_of
from tools.ingestion.planning.run_state import RunState
from tools.ingestion.rights.folder_rights import FolderRights
from tools.ingestion.rights.grants import Grants
from tools.ingestion.superseding.overruling import with_relations
from tools.passages import Passage

MAX_BYTES_AHEAD = 64_000_000  # of the files that wait for a parser


@dataclass(frozen=True, slots=True)
class _Reading:
    """A changed file that is being parsed. `known` is its entry in the catalogue, `was` its former name, and `noted` a
    digest of what its mirror noted about it."""

    entry: Entry
    known: Entry | None
    was: str
    size: int
    noted: str
    passages: "Future[tuple[Passage, ...]]"


class FileChanges:
    """Changes come out in the order in which the files went in."""

    def __init__(
        self, run: RunState, parser: Parser, rights: FolderRights, grants: Grants, mirrors: MirrorIndexes
    ) -> None:
        self._run, self._parser, self._rights, self._grants = run, parser, rights, grants
        self._mirrors = mirrors
        self._ahead: deque[_Reading] = deque()

    def of(self, found: FoundFile, entry: Entry) -> Iterator[Change | None]:
        known = self._run.known(found.path)
        groups: tuple[str, ...] = ()
        try:
            groups = self._run.groups_of(entry, self._rights)
            mirrored = self._mirrors.of(found.path)
            mirrored.check_confirmed(entry.source, known.groups if known is not None else (), groups)
            stamp, modified_ns, size = stamp_of(found.path)
            as_known = known is not None and self._is_as_known(known, entry, groups, mirrored.digest)
            if known is not None and stamp and known.stamp == stamp and as_known:
                self._run.unchanged(replace(entry, stamp=stamp), found.size)
                yield None
                return
            data = read_bytes(found.path, entry.source, self._run.plan.limits)
            content = sha256(data).hexdigest()
            if known is not None and known.content == content and as_known:
                self._run.unchanged(replace(entry, stamp=stamp), found.size)
                yield None
                return
        except FileNotFoundError:  # deleted since the folder was listed
            self._run.tally.bytes_done += found.size
            return
        except UnreadableSource as error:
            self._run.tally.bytes_done += found.size
            yield self._run.failed(error, entry, known, groups)
            return
        known, was = self._renamed(entry, known, content)
        if was:
            groups = self._run.groups_of(entry, self._rights)
        entry = replace(entry, origin=self._run.origin(known, entry.source))
        self._run.meet(entry)
        yield from self.read(down_to=self._parser.capacity - 1, bytes_to_come=len(data))
        seen = replace(entry, groups=groups, content=content, stamp=stamp, modified_ns=modified_ns, size=size)
        passages = self._parser.submit(self._task(data, seen, known, mirrored.told))
        self._ahead.append(_Reading(seen, known, was, len(data), mirrored.digest, passages))

    def read(self, *, down_to: int, bytes_to_come: int = 0) -> Iterator[Change | None]:
        """The changes of the files that are being parsed, oldest first, until at most `down_to` files and
        MAX_BYTES_AHEAD bytes are left."""
        while self._ahead and (
            len(self._ahead) > down_to or bytes_to_come + sum(each.size for each in self._ahead) > MAX_BYTES_AHEAD
        ):
            reading = self._ahead.popleft()
            try:
                passages = reading.passages.result()
            except UnreadableSource as error:
                self._run.tally.bytes_done += reading.size
                entry = reading.entry
                known = self._run.entry(entry.path, "", entry.source, entry.root)
                yield self._run.failed(error, known, reading.known, entry.groups)
            else:
                yield self._changed(reading, passages)

    def overruled(self, path: Path, by: str) -> Change | None:
        """The file, marked as replaced by the source `by` (empty: as current again). No passage is embedded again. None
        if the file can't be read or has changed."""
        known = self._run.known(path)
        if known is None:
            return None
        try:
            data = read_bytes(known.path, known.source, self._run.plan.limits)
            if sha256(data).hexdigest() != known.content:
                return None  # changed since it was met: left to the next run
            passages = self._parser.submit(self._task(data, known, known, self._mirrors.of(path).told)).result()
        except (FileNotFoundError, UnreadableSource):
            return None
        former = self._run.catalogue.records.former_names(self._run.request.tenant, known.path)
        stored = as_stored(passages, origin=known.origin, former_names=former, overruled=by)
        entry = with_relations(replace(known, overruled=by, chunks={}), passages, stored[0].names if stored else ())
        return replace(difference(entry, known, stored), outcome="overruled")

    def _task(self, data: bytes, entry: Entry, known: Entry | None, told: Told) -> FileTask:
        plan = self._run.plan
        return FileTask(
            data,
            entry.source,
            entry.groups,
            plan.request.tenant,
            plan.chunk_characters,
            plan.limits,
            origin=entry.origin,
            known=frozenset(known.chunks) if known is not None else frozenset(),
            told=told,
        )

    def _changed(self, reading: "_Reading", passages: tuple[Passage, ...]) -> Change:
        entry, known = reading.entry, reading.known
        origin, overruled = entry.origin, known.overruled if known is not None else ""
        former = (
            self._run.catalogue.records.former_names(self._run.request.tenant, entry.path) if known is not None else ()
        )
        stored = as_stored(passages, origin=origin, former_names=former, overruled=overruled)
        related = with_relations(entry, passages, stored[0].names if stored else ())
        stamped = replace(
            related,
            overruled=overruled,
            fingerprint=self._run.fingerprint(entry.source, entry.groups, entry.content + reading.noted),
            readers=readers_of(stored),
        )
        return replace(difference(stamped, known, stored, was=reading.was), weight=reading.size)

    def _is_as_known(self, known: Entry, entry: Entry, groups: tuple[str, ...], noted: str) -> bool:
        return known.fingerprint == self._run.fingerprint(entry.source, groups, known.content + noted)

    def _renamed(self, entry: Entry, known: Entry | None, content: str) -> tuple[Entry | None, str]:
        """The entry and former name of a file that was renamed to this path: one with the same content whose path is
        gone."""
        if known is not None:
            return known, ""
        twins = [
            twin
            for twin in self._run.catalogue.twins(self._run.request.tenant, content, self._run.request.run)
            if not self._run.has_just_met(twin.path) and not os.path.lexists(twin.path)
        ]
        if not twins:
            return None, ""
        old = next((twin for twin in twins if twin.path.name == entry.path.name), twins[0])
        self._grants.follow(old.path, entry.path)
        self._run.catalogue.rename(self._run.request.tenant, old, entry)
        return replace(old, path=entry.path, source=entry.source, root=entry.root), old.source
