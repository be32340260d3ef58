"""Forgets a person or a source everywhere, with a receipt, and exports what is stored about a person."""

import hashlib
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from agent.audit.log import AuditLog, moment
from agent.holders import Holder, KnowsNobody

What = Literal["source", "user"]


@dataclass(frozen=True, slots=True)
class Place:
    """What one place forgot. `problem` says why it could not forget, or not everything."""

    name: str
    entries: int
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was forgotten where. `tenant` is None for a person, who is forgotten in all tenants. `digest` is the SHA-256
    of the rest; it is in the audit log too, so whoever holds the receipt can prove it."""

    id: str
    what: What
    name: str
    tenant: str | None
    begun: str
    ended: str
    places: tuple[Place, ...]
    digest: str = ""

    @property
    def complete(self) -> bool:
        return all(place.problem is None for place in self.places)

    @property
    def entries(self) -> int:
        return sum(place.entries for place in self.places)


class StoredPassages(KnowsNobody):
    """The store as a `Holder`."""

    name = "passages in the store"

    def __init__(self, erase: Callable[[str, str], Awaitable[int]]) -> None:
        self._erase = erase

    async def erase_source(self, source: str, tenant: str) -> int:
        return await self._erase(source, tenant)


async def erase(
    what: What,
    name: str,
    tenant: str,
    holders: Iterable[Holder],
    log: AuditLog,
    *,
    documents: Iterable[Holder] = (),
    former: Sequence[str] = (),
) -> Receipt:
    """Ask every holder in turn to forget, `documents` first. Other holders may remember a renamed source under its
    `former` names too; documents are found by the present name alone, since another document may have a former one now.
    One that fails is named in the receipt and the others go on: forgetting twice is no error, so erasing again finishes
    what is left. Raises, with nothing erased, when the audit log can't take down that an erasure begins: from then on
    no question under way may keep what is erased."""
    id_, begun = uuid.uuid4().hex, moment(datetime.now(UTC))
    names = (name, *former)
    for each in names:
        await log.begin_erasure(id_, what, each, tenant)
    places = [await _forgotten(holder, what, (name,), tenant) for holder in documents]
    places += [await _forgotten(holder, what, names, tenant) for holder in holders]
    receipt = _digested(
        Receipt(
            id=id_,
            what=what,
            name=name,
            tenant=None if what == "user" else tenant,
            begun=begun,
            ended=moment(datetime.now(UTC)),
            places=tuple(places),
        )
    )
    await log.append(
        "receipt",
        {
            "id": id_,
            "what": what,
            "subject": await log.subject(what, name, tenant),
            "places": [asdict(place) for place in places],
            "digest": receipt.digest,
        },
    )
    return receipt


async def _forgotten(holder: Holder, what: What, names: Sequence[str], tenant: str) -> Place:
    count = 0
    for name in names:
        try:
            count += await (holder.erase_user(name) if what == "user" else holder.erase_source(name, tenant))
        except Exception as error:  # noqa: BLE001 - named in the receipt; one place must not spare the others
            return Place(holder.name, count, f"{type(error).__name__}: {error}".replace(name, "…"))
    return Place(holder.name, count)


def _digested(receipt: Receipt) -> Receipt:
    told = {name: value for name, value in asdict(receipt).items() if name != "digest"}
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    return Receipt(**{**told, "places": receipt.places, "digest": digest})


async def export(user: str, holders: Iterable[Holder]) -> AsyncIterator[dict[str, Any]]:
    """Everything that is stored about a person, entry by entry, each with the place that holds it."""
    for holder in holders:
        async for entry in holder.export_user(user):
            yield {"place": holder.name, **entry}
