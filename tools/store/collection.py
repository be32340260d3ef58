"""The collection in Milvus: searches, queries and writes of raw rows, without regard to who may read them."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Literal

from tools.errors import HoplineError, PermanentError, StoreEmpty
from tools.store import rows
from tools.store.connection import Connection
from tools.store.opening import NOTHING_YET

RRF_K = 60
ROWS_A_PAGE = 4_000
STRONG_READ_SECONDS = 60.0


class Collection:
    """One collection over a connection.

    Reads see all earlier writes of this process: Milvus Lite guarantees it; on a server, reads within a minute of a
    write ask for strong consistency, later ones for the faster bounded one. With `strong`, a read also sees writes that
    another process made a moment ago; writes that depend on what was read need that.
    """

    def __init__(self, connection: Connection, name: str, *, is_embedded: bool) -> None:
        self._connection, self._name, self._is_embedded = connection, name, is_embedded
        self._written_at = float("-inf")

    async def fused(self, legs: Sequence[Any], limit: int) -> Sequence[Mapping[str, Any]]:
        """The rows of all legs, fused by reciprocal ranks, since scores of different metrics can't be compared."""
        from pymilvus import RRFRanker

        try:
            found = await self._connection.call(
                lambda client: client.hybrid_search(
                    self._name,
                    legs,
                    RRFRanker(RRF_K),
                    limit=limit,
                    output_fields=rows.HIT_FIELDS,
                    retry_times=0,
                    **self._consistency(strong=False),
                )
            )
        except PermanentError:
            if await self.is_empty():
                raise StoreEmpty(NOTHING_YET) from None
            raise
        return list(found[0])

    async def pages(self, condition: str, fields: list[str], *, strong: bool = False) -> AsyncIterator[Any]:
        """Every matching row, in the order of primary keys, read by pages (a request returns 16,384 at most)."""
        last = ""
        while True:
            page_condition = f'({condition}) and pk > "{last}"'
            page = await self.query(page_condition, ["pk", *fields], ROWS_A_PAGE, strong=strong, iterator="True")
            for row in page:
                yield row
            if len(page) < ROWS_A_PAGE:
                return
            last = max(row["pk"] for row in page)

    async def query(
        self, condition: str, fields: list[str], limit: int | None, *, strong: bool = False, **options: Any
    ) -> list[Any]:
        try:
            return await self._queried(condition, fields, limit, strong=strong, **options)
        except PermanentError:
            if await self.is_empty():
                return []
            raise

    async def is_empty(self) -> bool:
        """Whether there are no rows. Asked after a search that found nothing, and after a refusal: without rows, Milvus
        Lite has no mean length for BM25 and no values to look up."""
        try:
            return await self.count() == 0
        except HoplineError:
            return False

    async def count(self, *, strong: bool = False) -> int:
        found = await self._queried("", ["count(*)"], None, strong=strong)
        return int(found[0]["count(*)"])

    async def _queried(
        self, condition: str, fields: list[str], limit: int | None, *, strong: bool, **options: Any
    ) -> list[Any]:
        if limit is not None:
            options["limit"] = limit
        found = await self._connection.call(
            lambda client: client.query(
                self._name,
                filter=condition,
                output_fields=fields,
                retry_times=0,
                **self._consistency(strong=strong) | options,
            )
        )
        return list(found)

    async def write(self, verb: Literal["upsert", "delete"], **what: Any) -> None:
        try:
            await self._connection.call(
                lambda client: getattr(client, verb)(self._name, retry_times=0, **what), writes=True
            )
        finally:
            self._written_at = time.monotonic()

    def _consistency(self, *, strong: bool) -> dict[str, str]:
        if self._is_embedded:
            return {}
        fresh = time.monotonic() - self._written_at < STRONG_READ_SECONDS
        return {"consistency_level": "Strong" if strong or fresh else "Bounded"}
