"""Erases a source under every name it ever had, as the catalogue knows them."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from agent.audit.log import AuditLog
from agent.erasure import Receipt, erase
from agent.holders import Holder, KnowsNobody
from agent.settings import Settings

if TYPE_CHECKING:
    from tools.ingestion.catalogue.catalogue import Catalogue

Value = TypeVar("Value")


async def erase_source(
    settings: Settings,
    source: str,
    tenant: str,
    *,
    documents: Iterable[Holder],
    holders: Iterable[Holder],
    log: AuditLog,
) -> Receipt:
    """Read all names before anything is forgotten, and keep them until every place has forgotten them."""
    former = await asyncio.to_thread(_with_catalogue, settings, partial(_former_names, source, tenant), [])
    asked = (CatalogueNotes(settings), *holders)
    receipt = await erase("source", source, tenant, asked, log, documents=documents, former=former)
    if receipt.complete:
        await asyncio.to_thread(_with_catalogue, settings, lambda known: known.erasures.end(tenant, source), None)
    return receipt


class CatalogueNotes(KnowsNobody):
    """Implements Holder."""

    name = "notes in the catalogue"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def erase_source(self, source: str, tenant: str) -> int:
        def forget(catalogue: "Catalogue") -> int:
            return catalogue.erasures.forget_notes(tenant, source)

        return await asyncio.to_thread(_with_catalogue, self._settings, forget, 0)


def _former_names(source: str, tenant: str, catalogue: "Catalogue") -> list[str]:
    from tools.ingestion.planning.naming import covering

    names = catalogue.erasures.begin(tenant, source)
    return covering(names, partial(catalogue.erasures.is_known_of_others, tenant, source))


def _with_catalogue(settings: Settings, work: "Callable[[Catalogue], Value]", nothing: Value) -> Value:
    from agent.opening import catalogue_path, open_catalogue

    if not catalogue_path(settings).exists():
        return nothing
    with closing(open_catalogue(settings)) as catalogue:
        return work(catalogue)
