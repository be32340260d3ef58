"""Finds what has to change in the store for the rows of a corpus.jsonl. Each row is a document."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from tools.errors import UnreadableSource
from tools.ingestion.catalogue.entry import Entry
from tools.ingestion.documents import UnclearRights
from tools.ingestion.files.discovery import FoundFile
from tools.ingestion.files.mirror_index import MirrorIndexes
from tools.ingestion.parsing.corpus import Row, passages_of_row, read_rows
from tools.ingestion.parsing.tasks import Parser
from tools.ingestion.planning.changes import Change
from tools.ingestion.planning.differences import as_stored, difference, stamp_of
from tools.ingestion.planning.run_state import RunState
from tools.ingestion.rights.access_file import NO_RULE
from tools.ingestion.rights.folder_rights import FolderRights
from tools.ingestion.rights.grants import Grants

ROWS_A_LOOK = 1_024
ROWS_TO_KNOW_IT_BY = 16


class CorpusChanges:
    def __init__(
        self, run: RunState, parser: Parser, rights: FolderRights, grants: Grants, mirrors: MirrorIndexes
    ) -> None:
        self._run, self._parser, self._rights, self._grants = run, parser, rights, grants
        self._mirrors = mirrors

    def of(self, found: FoundFile, entry: Entry) -> Iterator[Change | None]:
        known = self._run.known(found.path)
        entry = replace(entry, origin=self._run.origin(known, entry.source))
        self._run.meet(entry)
        failed = self._run.tally.failed
        try:
            folder_groups = self._run.groups_of(entry, self._rights)
            stamp, modified_ns, size = stamp_of(found.path)
        except FileNotFoundError:
            self._run.tally.bytes_done += found.size
            return
        except UnclearRights as error:
            self._run.tally.bytes_done += found.size
            self._run.flush()
            self._run.fail(found.path, error)
            # The file's own entry goes too; otherwise the file would count as unchanged once its old rights are back.
            yield from map(self._run.removal, self._held(known, found.path))
            return
        fingerprint = self._run.fingerprint(entry.source, folder_groups, f"as of {stamp}")
        if known is not None and stamp and known.fingerprint == fingerprint:
            self._run.flush()
            rows = self._run.catalogue.mark_rows_seen(self._run.request.tenant, found.path, self._run.request.run)
            self._run.tally.documents["unchanged"] += rows
            self._run.tally.bytes_done += found.size
            return
        batches = read_rows(found.path, entry.source, self._run.plan.limits, self._parser)
        try:
            readers = known.groups if known is not None else ()
            self._mirrors.of(found.path).check_confirmed(entry.source, readers, folder_groups)
            batch = list(islice(batches, ROWS_A_LOOK))
            has_rows = bool(batch)
            if (known is None or not known.fingerprint) and self._follows_another(batch, found.path):
                folder_groups = self._run.groups_of(entry, self._rights)
                fingerprint = self._run.fingerprint(entry.source, folder_groups, f"as of {stamp}")
            while batch:
                yield from self._batch(batch, entry, folder_groups)
                batch = list(islice(batches, ROWS_A_LOOK))
        except UnreadableSource as error:
            self._run.unknown.add(found.path)
            self._run.flush()
            self._run.fail(found.path, error)
            held = self._held(known, found.path)
            yield from (self._run.removal(each) for each in held if self._run.is_for_others(each, self._rights))
            return
        self._run.flush()
        yield from (self._run.removal(row) for row in self._unseen_rows(found.path))
        if not has_rows:
            self._run.fail(found.path, UnreadableSource(entry.source, "is empty"))
        if stamp and self._run.tally.failed == failed:  # a row that can't be read is reported at every run
            whole = replace(entry, fingerprint=fingerprint, groups=folder_groups, stamp=stamp)
            yield Change(replace(whole, modified_ns=modified_ns, size=size), "updated")

    def _follows_another(self, batch: Sequence[Row | UnreadableSource], path: Path) -> bool:
        """Whether the file shares a row with a corpus that is gone: then that corpus was moved, and its grant moves
        along."""
        for row in [row for row in batch if isinstance(row, Row)][:ROWS_TO_KNOW_IT_BY]:
            for old in self._run.catalogue.corpora_with(self._run.request.tenant, row.digest, self._run.request.run):
                if not os.path.lexists(old):
                    self._grants.follow(old, path)
                    return True
        return False

    def _batch(
        self, batch: Sequence[Row | UnreadableSource], corpus: Entry, folder_groups: tuple[str, ...]
    ) -> Iterator[Change | None]:
        self._run.flush()
        ids = list({row.id for row in batch if isinstance(row, Row)})
        known = self._run.catalogue.find(self._run.request.tenant, corpus.path, ids)
        for row in batch:
            if isinstance(row, UnreadableSource):
                self._run.fail(corpus.path, row)
                continue
            before = known.get(row.id)
            if self._run.has_just_met(corpus.path, row.id) or (
                before is not None and before.seen == self._run.request.run
            ):
                self._run.tally.bytes_done += row.size
                self._run.fail(
                    corpus.path, UnreadableSource(f"{corpus.source}:{row.line}", f"repeats the id {row.id!r}")
                )
                continue
            if not (row.groups or folder_groups):
                self._run.tally.bytes_done += row.size
                self._run.fail(corpus.path, UnclearRights(f"{corpus.source}#{row.id}", NO_RULE))
                continue
            yield self._row(row, before, corpus, folder_groups)

    def _row(self, row: Row, known: Entry | None, corpus: Entry, folder_groups: tuple[str, ...]) -> Change | None:
        groups = row.groups or folder_groups
        source = f"{corpus.source}#{row.id}"
        origin = self._run.origin(known, source)
        entry = Entry(corpus.path, row.id, source, corpus.root, origin, seen=self._run.request.run)
        self._run.meet(entry, enters=False)
        fingerprint = self._run.fingerprint(source, groups, row.digest)
        if known is not None and known.fingerprint == fingerprint:
            self._run.tally.documents["unchanged"] += 1
            self._run.tally.bytes_done += row.size
            return None
        passages = passages_of_row(row, source=source, groups=groups, tenant=self._run.request.tenant)
        stored = as_stored(passages, origin=origin, former_names=(), overruled="")
        stamped = replace(
            entry, fingerprint=fingerprint, groups=folder_groups, readers=groups, content=row.digest, size=row.size
        )
        return replace(difference(stamped, known, stored), weight=row.size)

    def _held(self, known: Entry | None, path: Path) -> Iterator[Entry]:
        """The file's own entry, if there is one, and those of its rows that this run has not met."""
        if known is not None:
            yield known
        yield from self._unseen_rows(path)

    def _unseen_rows(self, path: Path) -> Iterator[Entry]:
        return self._run.catalogue.unseen(self._run.request.tenant, path, self._run.request.run, is_folder=False)
