"""When a process that keeps running syncs which source: at its own interval, at the one given, or when it changed."""

from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.ingestion.loading.syncing import SyncSource


class SyncSchedule:
    """Times are seconds of any clock that does not go back. A source that is new to it is due at once."""

    def __init__(self, every_seconds: float | None) -> None:
        self._every_seconds = every_seconds
        self._intervals: dict[str, float] = {}
        self._next: dict[str, float] = {}
        self._changed: set[str] = set()

    def update(self, sources: "Sequence[SyncSource]") -> None:
        """The sources as they are named now: what a source says of itself counts more than what was given for all."""
        every = self._every_seconds
        self._intervals = {source.name: source.every_seconds or every or inf for source in sources}
        self._next = {name: at for name, at in self._next.items() if name in self._intervals}
        self._changed &= self._intervals.keys()

    def changed(self, name: str) -> None:
        self._changed.add(name)

    def due(self, now: float) -> list[str]:
        return [name for name in self._intervals if name in self._changed or self._next.get(name, 0.0) <= now]

    def begin(self, names: Sequence[str]) -> None:
        """A change that comes from here on has another sync follow."""
        self._changed.difference_update(names)

    def done(self, names: Sequence[str], now: float) -> None:
        self._next |= {name: now + self._intervals[name] for name in names}

    def failed(self, names: Sequence[str], now: float, retry_seconds: float) -> None:
        """All of a sync, and not one source: it is tried again, whatever the intervals are."""
        self._next |= dict.fromkeys(names, now + retry_seconds)

    def seconds_left(self, now: float) -> float | None:
        """Until the next is due; None when nothing will be unless it changes."""
        if self._changed:
            return 0.0
        first = min((self._next.get(name, 0.0) for name in self._intervals), default=inf)
        return None if first == inf else max(0.0, first - now)


def is_watched(source: "SyncSource", *, by_default: bool) -> bool:
    """Folders of this machine only: of a source elsewhere, the mirror changes by our own hand."""
    return source.fetch is None and (by_default if source.watch is None else source.watch)
