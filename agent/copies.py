"""The local copies of documents from elsewhere, as a place that must forget what is erased."""

import asyncio

from agent.holders import KnowsNobody
from agent.settings import Settings


class MirroredCopies(KnowsNobody):
    """Implements Holder. Ask it before the store, which forgets which file a source came from."""

    name = "copies of remote documents"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def erase_source(self, source: str, tenant: str) -> int:
        return await asyncio.to_thread(self._erase, source, tenant)

    def _erase(self, source: str, tenant: str) -> int:
        from agent.opening import catalogue_path, open_catalogue
        from tools.ingestion.files.mirror_index import remove_copies
        from tools.sources.opening import mirrors_in

        if not catalogue_path(self._settings).exists():
            return 0
        catalogue = open_catalogue(self._settings)
        try:
            return remove_copies(mirrors_in(self._settings.home.resolve()), catalogue.files_of(tenant, source))
        finally:
            catalogue.close()
