"""Who holds what about people and sources: every place that has to forget, and to tell what it knows."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Protocol

from tools.errors import HoplineError


class Erasures(Protocol):
    """Who knows what was erased: `agent.audit.log.AuditLog`."""

    async def erased_after(self, asked: float, user: str | None, sources: Sequence[str], tenant: str) -> bool:
        """Whether an erasure that began after a moment (seconds since 1970) covers this person or one of these sources:
        what was asked before may not be kept of it. To be asked once it is written, since an erasure that begins later
        finds it by itself."""
        ...


async def was_erased(
    erasures: Erasures | None, asked: float, user: str | None, sources: Sequence[str], tenant: str
) -> bool:
    """What `erasures` say, also when they can't: then nothing is kept. False without any."""
    if erasures is None:
        return False
    try:
        return await erasures.erased_after(asked, user, sources, tenant)
    except HoplineError:
        return True


class Holder(Protocol):
    """A place that remembers. Erasure asks all of them and adds up a receipt; forgetting twice is no error."""

    @property
    def name(self) -> str:
        """What the receipt calls it, in the plural: "turns of conversations"."""
        ...

    async def erase_user(self, user: str) -> int:
        """Forget a person in all tenants; returns how many entries that were."""
        ...

    async def erase_source(self, source: str, tenant: str) -> int:
        """Forget what drew on the source `S`, `S#…` or `S/…` of a tenant; returns how many entries that were."""
        ...

    def export_user(self, user: str) -> AsyncIterator[dict[str, Any]]:
        """All that is held about a person, an entry a time, as plain JSON values."""
        ...


class KnowsNobody:
    """The half of a Holder of documents that is about people: a document is nobody's."""

    async def erase_user(self, user: str) -> int:
        return 0

    async def export_user(self, user: str) -> AsyncIterator[dict[str, Any]]:
        return
        yield {}


def is_below(used: str, source: str) -> bool:
    """Whether a source is `source` itself or a part of it: `S#row` of a corpus, `S/file` of a folder. In SQL that is
    `tools.database.tables.below`."""
    return used == source or used.startswith((f"{source}#", f"{source}/"))


def enclosing(used: str) -> tuple[str, ...]:
    """The names under which `is_below` finds a source: itself and whatever it is a part of."""
    return (used, *(used[:place] for place, mark in enumerate(used) if mark in "#/"))
