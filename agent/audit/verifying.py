"""Walks the chain from its first entry to its head and names every place where it does not hold."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.audit.chain import GENESIS, Entry, Head, digest_of, hash_of, is_same, seal_of

MAX_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """`seq` is the entry at which it shows."""

    seq: int
    found: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a walk over the log found; `first` is 0 for an empty log. At most 100 problems are listed."""

    entries: int
    first: int
    head: Head
    erased: int
    problems: tuple[Problem, ...]

    @property
    def holds(self) -> bool:
        return not self.problems


class Walk:
    """One walk: `meet` every entry in order, then ask for the `verdict`. Memory grows with what was erased alone.

    `marks` are heads that were kept somewhere, and by whom: the chain has to go through them.
    """

    def __init__(self, key: bytes, marks: Sequence[tuple[Head, str]] = ()) -> None:
        self._key, self._marks = key, marks
        self._entries = 0
        self._first: Entry | None = None
        self._last = Head(0, GENESIS)
        self._emptied: set[int] = set()
        self._accounted: dict[int, int] = {}
        self._pruned: Head | None = None
        self._passed: dict[int, str] = {}
        self._problems: list[Problem] = []

    def meet(self, entry: Entry) -> None:
        self._entries += 1
        if self._first is None:
            self._first = entry  # the link to what was pruned before it is checked at the end
        elif entry.seq != self._last.seq + 1:
            gone = f"{self._last.seq + 1} to {entry.seq - 1}" if entry.seq > self._last.seq + 2 else f"{entry.seq - 1}"
            self._say(entry.seq, f"missing before it: {gone}")
        else:
            self._check_link(entry, self._last.hash)
        self._check_content(entry)
        self._last = Head(entry.seq, entry.hash)
        if any(mark.seq == entry.seq for mark, _ in self._marks):
            self._passed[entry.seq] = entry.hash

    def verdict(self, head: Head, seal: str) -> Verdict:
        """`head` and `seal` are those the log keeps beside its entries."""
        self._check_beginning()
        self._check_erasures()
        self._check_end(head, seal)
        for mark, whose in self._marks:
            self._check_mark(mark, whose)
        found = sorted(dict.fromkeys(self._problems), key=lambda problem: problem.seq)
        first = self._first.seq if self._first else 0
        return Verdict(self._entries, first, head, len(self._emptied), tuple(found[:MAX_PROBLEMS]))

    def _check_link(self, entry: Entry, previous: str) -> None:
        if not is_same(entry.hash, hash_of(previous, entry.seq, entry.at, entry.kind, entry.digest)):
            self._say(entry.seq, "does not follow from the entry before it: one of the two was changed or put there")

    def _check_content(self, entry: Entry) -> None:
        if entry.content is None or entry.salt is None:
            self._emptied.add(entry.seq)
        elif not is_same(entry.digest, digest_of(entry.content, entry.salt)):
            self._say(entry.seq, "its content was changed")
        elif entry.kind == "erased":
            self._accounted.update(dict.fromkeys(entry.told["entries"], entry.seq))
        elif entry.kind == "pruned":
            self._pruned = Head(entry.told["through"], entry.told["hash"])

    def _check_beginning(self) -> None:
        if self._first is None:
            return
        before = self._first.seq - 1
        if before == 0:
            self._check_link(self._first, GENESIS)
        elif self._pruned is None or self._pruned.seq != before:
            self._say(self._first.seq, f"missing before it: 1 to {before}, and no pruning accounts for that")
        else:
            self._check_link(self._first, self._pruned.hash)

    def _check_erasures(self) -> None:
        for seq in self._emptied - self._accounted.keys():
            self._say(seq, "its content is gone and no erasure accounts for that")
        for seq, by in self._accounted.items():
            if self._first and self._first.seq <= seq <= self._last.seq and seq not in self._emptied:
                self._say(seq, f"its content is back, which entry {by} had erased")

    def _check_end(self, head: Head, seal: str) -> None:
        if head.seq > self._last.seq:
            self._say(head.seq, f"the log ends at entry {self._last.seq}, before its head: its end was cut off")
        elif head.seq < self._last.seq:
            self._say(head.seq + 1, f"comes after the log's head, entry {head.seq}: it was put there")
        elif not is_same(head.hash, self._last.hash):
            self._say(head.seq, "is not the entry that the log's head names")
        if head.seq and not is_same(seal, seal_of(head, self._key)):
            self._say(head.seq, "the head's seal is not of this key: it was replaced, or HOPLINE_AUDIT_KEY differs")

    def _check_mark(self, mark: Head, whose: str) -> None:
        if mark.seq > self._last.seq:
            self._say(mark.seq, f"{whose} saw it, and the log ends at entry {self._last.seq}: its end was cut off")
        elif self._first and mark.seq >= self._first.seq and self._passed.get(mark.seq) != mark.hash:
            self._say(mark.seq, f"is not the entry that {whose} saw there: the log was rewritten")

    def _say(self, seq: int, found: str) -> None:
        self._problems.append(Problem(seq, found))
