"""Compares the files with the catalogue and decides what has to change in the store. Blocking: runs in a thread."""

from collections.abc import Iterator

from tools.ingestion.catalogue.catalogue import Catalogue
from tools.ingestion.catalogue.entry import Entry
from tools.ingestion.files.discovery import Overlook, Target, files_under
from tools.ingestion.files.mirror_index import MirrorIndexes
from tools.ingestion.parsing.tasks import Parser
from tools.ingestion.planning.changes import Change, Tally, Window
from tools.ingestion.planning.corpus_changes import CorpusChanges
from tools.ingestion.planning.file_changes import FileChanges
from tools.ingestion.planning.lost_copies import LostCopies
from tools.ingestion.planning.naming import SourceNames
from tools.ingestion.planning.plan import Plan
from tools.ingestion.planning.run_state import RunState
from tools.ingestion.rights.folder_rights import FolderRights
from tools.ingestion.rights.grants import Grants
from tools.ingestion.superseding.overruling import overrulings

WINDOW_PASSAGES = 1_024


class Planner:
    def __init__(self, plan: Plan, catalogue: Catalogue, tally: Tally, parser: Parser) -> None:
        self._run = RunState(plan, catalogue, tally)
        self._grants = Grants(catalogue, plan.request)
        self._rights = FolderRights(self._grants, plan.rules)
        self._names = SourceNames(catalogue, plan.request.tenant, self._grants)
        self._mirrors = MirrorIndexes()
        self._files = FileChanges(self._run, parser, self._rights, self._grants, self._mirrors)
        self._corpora = CorpusChanges(self._run, parser, self._rights, self._grants, self._mirrors)

    def changes(self) -> Iterator[Change | None]:
        """The change to each document, or None if it is unchanged. Removals come last: a file that has moved must be
        met under its new name before its old one is removed."""
        tenant = self._run.request.tenant
        self._grants.give()
        self._grants.follow_moved_places(self._run.plan.limits)
        for target in self._run.request.targets:
            yield from self._within(target)
        self._run.flush()
        lost = LostCopies(self._mirrors)
        for target in self._run.request.targets:
            if target.is_folder:
                unseen = self._run.catalogue.unseen(tenant, target.path, self._run.request.run, is_folder=True)
                gone = (entry for entry in unseen if not self._stays(entry))
                yield from (self._run.removal(entry) for entry in gone if not lost.has(entry))
        for mirror, error in lost.errors():
            self._run.fail(mirror, error)
        for path in self._run.request.gone:
            yield from (self._run.removal(entry) for entry in self._run.catalogue.of_file(tenant, path))
        self._run.flush()
        for place in (*(target.path for target in self._run.request.targets), *self._run.request.gone):
            self._run.catalogue.records.clear_failures(tenant, place, self._run.request.run)

    def _stays(self, entry: Entry) -> bool:
        return self._run.may_still_be(entry.path) and not self._run.is_for_others(entry, self._rights)

    def overrulings(self) -> Iterator[Change | None]:
        """A second pass, over the catalogue after the first: documents that are now replaced by others, or no longer
        are. Their files are read again, but nothing is embedded again."""
        plan = self._run.plan
        for path, by in overrulings(self._run.catalogue, plan.request.tenant, plan.today):
            if (change := self._files.overruled(path, by)) is not None:
                yield change

    def windows(self, changes: Iterator[Change | None]) -> Iterator[Window]:
        """The changes in windows. The documents of a window are entered in the catalogue before it comes out."""
        window, idle = Window(), 0
        for change in changes:
            idle += 1
            if change is not None:
                window.started.append(change)
                known = {passage.key for passage in change.moved}
                for passage in change.passages:
                    if len(window.passages) == WINDOW_PASSAGES:
                        self._run.flush()
                        yield window
                        window = Window(started=[change])
                    window.passages.append(passage)
                    window.weights.append(change.weight / len(change.passages))
                    if passage.key in known:
                        window.known.add(passage.key)
                if not change.passages:
                    self._run.tally.bytes_done += change.weight
                window.finished.append(change)
            if idle >= WINDOW_PASSAGES or len(window.passages) >= WINDOW_PASSAGES:
                self._run.flush()
                yield window
                window, idle = Window(), 0
        self._run.flush()
        yield window

    def flush(self) -> None:
        """Enter in the catalogue what has been met so far."""
        self._run.flush()

    def _within(self, target: Target) -> Iterator[Change | None]:
        root = self._names.root_of(target)
        root_name = str(root) if target.is_folder or self._names.knows(root) else ""
        is_counted = any(other.path in target.path.parents for other in self._run.request.targets)
        left_out = self._run.tally.left_out
        left_out.add(self._mirrors.left_out_of(target.path))
        overlook: Overlook = (lambda path, what: None) if is_counted else left_out.overlook
        for found in files_under(target, self._run.not_followed, overlook):
            if self._run.is_met(found.path):
                continue
            self._run.tally.source = self._names.source_of(found.path, root, target)
            entry = self._run.entry(found.path, "", self._run.tally.source, root_name)
            if found.kind == "corpus":
                yield from self._files.read(down_to=0)
                yield from self._corpora.of(found, entry)
            else:
                yield from self._files.of(found, entry)
        yield from self._files.read(down_to=0)
