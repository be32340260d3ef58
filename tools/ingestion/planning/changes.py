"""The changes that a run of ingestion makes, and its report."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from tools.errors import UnreadableSource
from tools.ingestion.catalogue.entry import Entry
from tools.ingestion.files.left_out import LeftOut
from tools.passages import Passage

Outcome = Literal["added", "updated", "renamed", "repermissioned", "overruled", "removed"]
MAX_FAILURES_LISTED = 1_000


@dataclass(frozen=True, slots=True)
class Change:
    """One document to bring into the store.

    `fresh` passages are new. `moved` ones are already there with another place, name or right; they keep their
    embedding unless their text changed. `stale` are the keys of passages to delete. `was` is the former name,
    `readers_before` are the former readers if they changed.
    """

    entry: Entry
    outcome: Outcome
    fresh: tuple[Passage, ...] = ()
    moved: tuple[Passage, ...] = ()
    stale: tuple[str, ...] = ()
    was: str = ""
    readers_before: tuple[str, ...] | None = None
    weight: int = 0  # bytes of its file: its share of the progress bar

    @property
    def passages(self) -> tuple[Passage, ...]:
        return self.fresh + self.moved


@dataclass(slots=True)
class Window:
    """About a thousand passages on their way through the pipeline. They belong to the `started` changes; the `finished`
    ones have their last passage in this window.

    `known` are keys that the store already holds, `weights` what each passage adds to the progress bar.
    """

    passages: list[Passage] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    started: list[Change] = field(default_factory=list)
    finished: list[Change] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Progress:
    """Bytes of all files, and of those done; a file counts in part as its passages are embedded. Documents and passages
    are those in the store so far."""

    bytes_done: int
    bytes_total: int
    documents: int
    passages: int
    failed: int
    source: str


@dataclass(frozen=True, slots=True)
class IngestReport:
    """The outcome of one run. A row of a corpus counts as a document. All failures are counted, at most 1,000 are
    listed.

    `documents_overruled` were marked as superseded, or as current again, because of what other documents say or are
    called. `documents_repermissioned` have new readers; they include renamed ones. `passages_written` were embedded,
    `passages_moved` kept their embedding. `skipped` and `linked_folders` are explained at LeftOut.
    """

    documents_added: int
    documents_updated: int
    documents_unchanged: int
    documents_removed: int
    passages_written: int
    passages_moved: int
    passages_deleted: int
    failures: tuple[tuple[str, str], ...]
    failed: int
    seconds: float
    documents_renamed: int = 0
    documents_repermissioned: int = 0
    documents_overruled: int = 0
    turns_forgotten: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    linked_folders: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.failed == 0


@dataclass(slots=True)
class Tally:
    """The counts of a running ingestion: the progress bar reads them, the report is made from them."""

    documents: Counter[str] = field(default_factory=Counter)
    passages: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[str, str]] = field(default_factory=list)
    failed: int = 0
    renamed_for_others: int = 0
    left_out: LeftOut = field(default_factory=LeftOut)
    bytes_done: float = 0
    bytes_total: int = 0
    source: str = ""

    def fail(self, error: UnreadableSource, note: str = "") -> None:
        self.failed += 1
        if len(self.failures) < MAX_FAILURES_LISTED:
            self.failures.append((error.source, f"{error.reason}{note}"))

    def count(self, change: Change) -> None:
        self.documents[change.outcome] += 1
        self.renamed_for_others += change.outcome == "renamed" and change.readers_before is not None

    def progress(self) -> Progress:
        done = min(round(self.bytes_done), self.bytes_total)
        documents = self.documents.total() - self.documents["removed"] - self.documents["overruled"]
        passages = self.passages["written"] + self.passages["moved"]
        return Progress(done, self.bytes_total, documents, passages, self.failed, self.source)

    def report(self, seconds: float) -> IngestReport:
        return IngestReport(
            documents_added=self.documents["added"],
            documents_updated=self.documents["updated"],
            documents_unchanged=self.documents["unchanged"],
            documents_removed=self.documents["removed"],
            documents_renamed=self.documents["renamed"],
            documents_repermissioned=self.documents["repermissioned"] + self.renamed_for_others,
            documents_overruled=self.documents["overruled"],
            passages_written=self.passages["written"],
            passages_moved=self.passages["moved"],
            passages_deleted=self.passages["deleted"],
            failures=tuple(self.failures),
            failed=self.failed,
            seconds=seconds,
            skipped=dict(self.left_out.skipped),
            linked_folders=tuple(self.left_out.linked_folders),
        )
