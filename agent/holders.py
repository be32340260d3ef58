"""The interface of every place that remembers people or sources: it must forget them, and say what it knows."""

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
    """Whether `erasures` cover this: True also if they can't be read, since then nothing may be kept."""
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
        """What the receipt calls its entries, in the plural: "turns of conversations"."""
        ...

    async def erase_user(self, user: str) -> int:
        """Forget a person in all tenants; returns how many entries were forgotten."""
        ...

    async def erase_source(self, source: str, tenant: str) -> int:
        """Forget what drew on the source `S`, `S#…` or `S/…` of a tenant; returns how many entries were forgotten."""
        ...

    def export_user(self, user: str) -> AsyncIterator[dict[str, Any]]:
        """All that is stored about a person, entry by entry, as plain JSON values."""
        ...


class KnowsNobody:
    """The methods of a Holder that are about people, for holders of documents: a document belongs to nobody."""

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
    """All names for which `is_below` is true of a source: its own and those of what it is a part of."""
    return (used, *(used[:place] for place, mark in enumerate(used) if mark in "#/"))
