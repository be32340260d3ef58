"""What a run of ingestion finds to do, and what became of it."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tools.errors import UnreadableSource
from tools.passages import Passage

Outcome = Literal["added", "updated", "removed"]
MAX_FAILURES_LISTED = 1_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One document of the catalogue: a file (`row` empty) or a row of a corpus.

    `chunks` maps each passage's key to where it stands in its source; `groups` are those its folder gave it.
    """

    path: Path
    row: str
    source: str
    root: str = ""
    fingerprint: str = ""
    groups: tuple[str, ...] = ()
    chunks: dict[str, str] = field(default_factory=dict)
    seen: str = ""
    modified_ns: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """One document to bring into the store. `fresh` is to be embedded, `moved` is in the store at another offset."""

    entry: Entry
    outcome: Outcome
    fresh: tuple[Passage, ...] = ()
    moved: tuple[Passage, ...] = ()
    stale: tuple[str, ...] = ()


@dataclass(slots=True)
class Window:
    """About a thousand passages on their way through the pipeline; `finished` changes have their last one in it."""

    fresh: list[Passage] = field(default_factory=list)
    started: list[Change] = field(default_factory=list)
    finished: list[Change] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Progress:
    """Bytes of all files named, and of those that are through; documents and passages in the store so far."""

    bytes_done: int
    bytes_total: int
    documents: int
    passages: int
    failed: int
    source: str


@dataclass(frozen=True, slots=True)
class IngestReport:
    """The outcome of one run. A corpus row counts as a document. At most 1,000 failures are listed, all are counted."""

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

    @property
    def ok(self) -> bool:
        return self.failed == 0


@dataclass(slots=True)
class Tally:
    """Counts of a run in progress; read by the progress bar, frozen into the report at the end."""

    documents: Counter[str] = field(default_factory=Counter)
    passages: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[str, str]] = field(default_factory=list)
    failed: int = 0
    bytes_done: int = 0
    bytes_total: int = 0
    source: str = ""

    def fail(self, error: UnreadableSource, note: str = "") -> None:
        self.failed += 1
        if len(self.failures) < MAX_FAILURES_LISTED:
            self.failures.append((error.source, f"{error.reason}{note}"))

    def progress(self) -> Progress:
        done = min(self.bytes_done, self.bytes_total)
        documents = self.documents["added"] + self.documents["updated"] + self.documents["unchanged"]
        return Progress(done, self.bytes_total, documents, self.passages["written"], self.failed, self.source)

    def report(self, seconds: float) -> IngestReport:
        return IngestReport(
            documents_added=self.documents["added"],
            documents_updated=self.documents["updated"],
            documents_unchanged=self.documents["unchanged"],
            documents_removed=self.documents["removed"],
            passages_written=self.passages["written"],
            passages_moved=self.passages["moved"],
            passages_deleted=self.passages["deleted"],
            failures=tuple(self.failures),
            failed=self.failed,
            seconds=seconds,
        )
