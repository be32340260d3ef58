"""The store on Milvus: embedded in a file, or a server."""

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

from tools.errors import AccessViolation, HoplineError, InvalidInput, PermanentError, StoreEmpty
from tools.passages import Hit, Passage, Reader
from tools.ports import FloatArray, Onward
from tools.redaction import without_credentials
from tools.store import embedded, filters, rows
from tools.store.connection import Connection
from tools.store.opening import NOTHING_YET, open_collection, prepare
from tools.store.schema import DenseIndex, Identity

RRF_K = 60
LEG_LIMIT = 50
NEAR_LIMIT = 15
WORDED_LIMIT = 12
SPARE_ROWS = 4
MAX_LIMIT = 1_000
MAX_NAMES_A_REQUEST = 400
MAX_QUERY_CHARACTERS = 8_000
ROWS_A_WRITE = 500
ROWS_A_PAGE = 4_000
STRONG_READ_SECONDS = 60.0
_NEVER_MS = 2**31 - 1
_KEY = re.compile(r"(?=..)[a-z0-9_]+(?: [a-z0-9_]+)*", re.ASCII)
"""Of ASCII letters alone: a key in other letters is asked for as a source as well, which costs little."""

log = logging.getLogger("hopline.store")


class MilvusStore:
    """Implements PassageStore. Open it with `await MilvusStore.open(...)`, end it with `await store.close()`.

    Reads after a write of this process see it: Milvus Lite always does; on a server, reads in the minute after a write
    ask for strong consistency, later ones for the faster bounded one. What is read to decide on a write is always asked
    for with the strong one: an ingestion that another process left a moment ago may be taken up, or erased, here.
    """

    def __init__(self, connection: Connection, collection: str, path: Path | None) -> None:
        self._connection = connection
        self._collection = collection
        self._path = path
        self._written_at = float("-inf")
        self._closed = False
        self._erased = False

    @classmethod
    async def open(
        cls,
        uri_or_path: str | Path,
        collection: str,
        *,
        dimension: int,
        embedder_name: str,
        token: str | None = None,
        tls_ca: Path | None = None,
        index: DenseIndex = "auto",
        timeout_seconds: float = 10.0,
        create: bool = False,
    ) -> "MilvusStore":
        """Open the embedded file at a path, or the server at an http(s) URI.

        Raises StoreEmpty (no collection and `create` is false), StoreMismatch (built with another embedding model),
        StoreInUse (another process holds the file), SearchUnavailable (no server there).
        """
        path = None if str(uri_or_path).startswith(("http://", "https://", "tcp://", "unix:")) else Path(uri_or_path)
        uri = await prepare(str(uri_or_path), path, create)
        options: dict[str, Any] = {"token": token or ""}
        if path is not None:
            # pymilvus pings an idle connection every 10 s; Milvus Lite calls that too many and hangs up, on stderr.
            options["grpc_options"] = {"grpc.keepalive_time_ms": _NEVER_MS, "grpc.keepalive_permit_without_calls": 0}
        elif tls_ca is not None:
            options |= {"secure": True, "server_pem_path": str(tls_ca)}
        connection = Connection(
            uri,
            place=str(path) if path is not None else without_credentials(str(uri_or_path)),
            folder=path.absolute().parent if path else None,
            timeout_seconds=timeout_seconds,
            client_options=options,
        )
        store = cls(connection, collection, path)
        try:
            await open_collection(
                connection,
                collection,
                Identity(embedder_name, dimension),
                index,
                embedded=path is not None,
                create=create,
            )
        except BaseException:
            await store.close()
            raise
        if path is not None:
            connection.stand_by(
                partial(embedded.revive, path), lambda client: client.load_collection(collection, retry_times=0)
            )
        return store

    async def search(self, query: str, vector: Sequence[float], reader: Reader, limit: int) -> list[Hit]:
        access = filters.readable_by(reader)
        if access is None or limit < 1:
            return []
        wanted = min(limit, MAX_LIMIT)
        found = await self._search(query, vector, access, wanted + SPARE_ROWS)
        # Something is always nearest: where nothing is, this reader may read nothing, or there is nothing.
        if not found and await self._is_empty():
            raise StoreEmpty(NOTHING_YET)
        # Equal scores come in any order, also at the cut: a few more rows than asked for make the order ours.
        hits = [rows.hit_of(row["entity"], float(row["distance"])) for row in found]
        hits.sort(key=lambda hit: (-hit.score, hit.passage.key))
        return self._checked(hits[:wanted], reader)

    async def find_names(self, names: Sequence[str], reader: Reader, limit: int) -> list[Hit]:
        found: dict[str, Hit] = {}
        for chunk in _chunks(list(dict.fromkeys(names)), MAX_NAMES_A_REQUEST):
            for hit in await self._hits(_answering(chunk), reader, min(limit, MAX_LIMIT)):
                found.setdefault(hit.passage.key, hit)
        return sorted(found.values(), key=_reading_order)[: max(limit, 0)]

    async def find_onward(self, onward: Onward, reader: Reader, limit: int) -> list[Hit]:
        access = filters.readable_by(reader)
        if access is None or limit < 1:
            return []
        legs = _onward_legs(onward, access, min(limit, MAX_LIMIT))
        if not legs:
            return []
        found = await self._fused(legs, sum(leg.limit for leg in legs))
        # Links first, then as often as the ways led there: RRF has added the legs up.
        hits = [rows.hit_of(row["entity"], float(row["distance"])) for row in found]
        hits.sort(key=lambda hit: (-hit.score, hit.passage.key))
        return self._checked(hits, reader)

    async def find_sources(self, sources: Sequence[str], reader: Reader, limit: int) -> list[Hit]:
        access, match = filters.readable_by(reader), filters.one_of("source", dict.fromkeys(sources))
        if (condition := filters.both(match, access)) is None or limit < 1:
            return []
        # One request for what is no longer than asked for, as nearly all documents are.
        if limit < MAX_LIMIT and len(whole := await self._hits(match, reader, limit + 1)) <= limit:
            return sorted(whole, key=_reading_order)
        # Milvus can't sort: all keys with their places are read first, then the rows that come first.
        places = [row async for row in self._pages(condition, ["source", "metadata", "key"])]
        places.sort(key=lambda row: (row["source"], row["metadata"]["start"], row["key"]))
        found: dict[str, Hit] = {}
        for chunk in _chunks([row["key"] for row in places[:limit]], MAX_LIMIT):
            match = filters.one_of("pk", [rows.primary_key(key) for key in chunk])
            found |= {hit.passage.key: hit for hit in await self._hits(match, reader, len(chunk))}
        return sorted(found.values(), key=_reading_order)

    async def readable_sources(self, sources: Sequence[str], reader: Reader) -> frozenset[str]:
        condition = filters.both(filters.one_of("source", dict.fromkeys(sources)), filters.readable_by(reader))
        if condition is None:
            return frozenset()
        found = set()
        async for row in self._pages(condition, ["source", "tenant", "groups"]):
            if not reader.reads(row["tenant"], row["groups"]):
                raise _violation(row["source"])
            found.add(row["source"])
        return frozenset(found)

    async def fetch(self, keys: Sequence[str], reader: Reader) -> list[Passage]:
        found: dict[str, Passage] = {}
        for chunk in _chunks(list(dict.fromkeys(keys)), MAX_LIMIT):
            match = filters.one_of("pk", [rows.primary_key(key) for key in chunk])
            condition = filters.both(match, filters.readable_by(reader))
            if condition is not None:
                for row in await self._query(condition, rows.PASSAGE_FIELDS, len(chunk)):
                    found[row["key"]] = rows.passage_of(row)
        self._check(found.values(), reader)
        return [found[key] for key in keys if key in found]

    async def upsert(self, passages: Sequence[Passage], vectors: FloatArray) -> None:
        if len(passages) != len(vectors):
            raise InvalidInput(f"{len(passages)} passages came with {len(vectors)} vectors.")
        # A later row of the same key wins, as if written one after the other; Milvus would keep both of one batch.
        latest = {passage.key: rows.row_of(passage, vector) for passage, vector in zip(passages, vectors, strict=True)}
        for chunk in _chunks(list(latest.values()), ROWS_A_WRITE):
            await self._write("upsert", data=chunk)

    async def stored(self, keys: Sequence[str]) -> list[Hit]:
        match = filters.one_of("pk", [rows.primary_key(key) for key in keys[:MAX_LIMIT]])
        if match is None:
            return []
        found = await self._query(match, rows.HIT_FIELDS, len(keys), **self._strong())
        return [rows.hit_of(row) for row in found]

    async def delete_keys(self, keys: Sequence[str]) -> None:
        for chunk in _chunks(list(dict.fromkeys(keys)), MAX_LIMIT):
            condition = filters.one_of("pk", [rows.primary_key(key) for key in chunk])
            await self._write("delete", filter=condition)

    async def delete_source(self, source: str, tenant: str) -> int:
        """Also removes what is inside the source: `source#row` of a corpus file, `source/file` of a folder. An embedded
        file is rewritten when it is closed, so that nothing of the source is left in it."""
        self._erased = True
        inside = [filters.starts_with("source", f"{source}{mark}") for mark in "#/"]
        condition = filters.both(
            filters.equals("tenant", tenant), filters.either(filters.equals("source", source), *inside)
        )
        if condition is None:
            return 0
        keys = [row["key"] async for row in self._pages(condition, ["key"], **self._strong())]
        await self.delete_keys(keys)
        return len(keys)

    async def keys_of_source(self, source: str, tenant: str) -> list[str]:
        condition = filters.both(filters.equals("tenant", tenant), filters.equals("source", source))
        if condition is None:
            return []
        return sorted([row["key"] async for row in self._pages(condition, ["key"], **self._strong())])

    async def count(self) -> int:
        return await self._counted(**self._strong())

    async def close(self) -> None:
        """Give everything back; another process may open the embedded file as soon as this returns."""
        if self._closed:
            return
        self._closed = True
        await self._connection.close()
        if self._path is not None:
            await asyncio.to_thread(embedded.release, self._path, scrub=self._erased)

    async def _search(
        self, query: str, vector: Sequence[float], access: str, limit: int
    ) -> Sequence[Mapping[str, Any]]:
        from pymilvus import AnnSearchRequest

        leg = max(limit, LEG_LIMIT)
        # The filter goes into every leg: hybrid_search ignores one of its own.
        legs = [AnnSearchRequest([list(vector)], "dense", {}, limit=leg, expr=access)]
        if any(character.isalnum() for character in query):
            legs.append(AnnSearchRequest([query[:MAX_QUERY_CHARACTERS]], "sparse", {}, limit=leg, expr=access))
        return await self._fused(legs, limit)

    async def _fused(self, legs: Sequence[Any], limit: int) -> Sequence[Mapping[str, Any]]:
        """The legs' rows in one order by reciprocal ranks: scores of different engines and metrics don't compare."""
        from pymilvus import RRFRanker

        try:
            found = await self._connection.call(
                lambda client: client.hybrid_search(
                    self._collection,
                    legs,
                    RRFRanker(RRF_K),
                    limit=limit,
                    output_fields=rows.HIT_FIELDS,
                    retry_times=0,
                    **self._consistency(),
                )
            )
        except PermanentError:
            if await self._is_empty():
                raise StoreEmpty(NOTHING_YET) from None
            raise
        return list(found[0])

    async def _hits(self, match: str | None, reader: Reader, limit: int) -> list[Hit]:
        condition = filters.both(match, filters.readable_by(reader))
        if condition is None or limit < 1:
            return []
        hits = [rows.hit_of(row) for row in await self._query(condition, rows.HIT_FIELDS, limit)]
        return self._checked(hits, reader)

    async def _pages(self, condition: str, fields: list[str], **options: Any) -> AsyncIterator[Any]:
        """Every matching row, a page at a time in the order of primary keys (a request returns 16,384 at most)."""
        last = ""
        while True:
            page_condition = f'({condition}) and pk > "{last}"'
            page = await self._query(page_condition, ["pk", *fields], ROWS_A_PAGE, iterator="True", **options)
            for row in page:
                yield row
            if len(page) < ROWS_A_PAGE:
                return
            last = max(row["pk"] for row in page)

    async def _query(self, condition: str, fields: list[str], limit: int | None, **options: Any) -> list[Any]:
        try:
            return await self._queried(condition, fields, limit, **options)
        except PermanentError:
            if await self._is_empty():
                return []
            raise

    async def _is_empty(self) -> bool:
        """Asked after a refusal (without rows Milvus Lite knows no mean length for BM25, and no values to look up) and
        after a search that found nothing."""
        try:
            return await self._counted() == 0
        except HoplineError:
            return False

    async def _counted(self, **options: Any) -> int:
        found = await self._queried("", ["count(*)"], None, **options)
        return int(found[0]["count(*)"])

    async def _queried(self, condition: str, fields: list[str], limit: int | None, **options: Any) -> list[Any]:
        if limit is not None:
            options["limit"] = limit
        found = await self._connection.call(
            lambda client: client.query(
                self._collection,
                filter=condition,
                output_fields=fields,
                retry_times=0,
                **self._consistency() | options,
            )
        )
        return list(found)

    async def _write(self, verb: Literal["upsert", "delete"], **what: Any) -> None:
        try:
            await self._connection.call(
                lambda client: getattr(client, verb)(self._collection, retry_times=0, **what), writes=True
            )
        finally:
            self._written_at = time.monotonic()

    def _consistency(self) -> dict[str, str]:
        if self._path is not None:
            return {}
        fresh = time.monotonic() - self._written_at < STRONG_READ_SECONDS
        return {"consistency_level": "Strong" if fresh else "Bounded"}

    def _strong(self) -> dict[str, Any]:
        return {"consistency_level": "Strong"} if self._path is None else {}

    def _checked(self, hits: list[Hit], reader: Reader) -> list[Hit]:
        self._check([hit.passage for hit in hits], reader)
        return hits

    def _check(self, passages: Iterable[Passage], reader: Reader) -> None:
        """Fail closed: a row that its reader may not read means that the filter did not hold."""
        for passage in passages:
            if not reader.may_read(passage):
                raise _violation(passage.key)


def _violation(what: str) -> AccessViolation:
    log.error("access violation: %s came back for a reader who may not read it", what)
    return AccessViolation("The store returned a passage that its reader may not read; the request was abandoned.")


def _onward_legs(onward: Onward, access: str, limit: int) -> list[Any]:
    """One leg a way; the filter goes into every one of them."""
    from pymilvus import AnnSearchRequest

    legs = [
        AnnSearchRequest([list(onward.question)], "dense", {}, limit=limit, expr=condition)
        for chunk in _chunks(list(dict.fromkeys(onward.names)), MAX_NAMES_A_REQUEST)
        if (condition := filters.both(_answering(chunk), access)) is not None
    ]
    near = ([list(vector)] for vector in onward.vectors)
    legs += [AnnSearchRequest(vector, "dense", {}, limit=NEAR_LIMIT, expr=access) for vector in near]
    worded = ([text[:MAX_QUERY_CHARACTERS]] for text in onward.texts if any(letter.isalnum() for letter in text))
    legs += [AnnSearchRequest(text, "sparse", {}, limit=WORDED_LIMIT, expr=access) for text in worded]
    return legs


def _answering(names: Sequence[str]) -> str | None:
    """What answers to one of these names. A source that is spelled as a key is among its document's names: reading the
    expression is most of what such a request costs, so that only other spellings are asked for as sources, too."""
    sources = [name for name in names if not _KEY.fullmatch(name)]
    return filters.either(filters.any_in_array("names", names), filters.one_of("source", sources))


def _chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    return (items[first : first + size] for first in range(0, len(items), size))


def _reading_order(hit: Hit) -> tuple[str, int, str]:
    return hit.passage.source, hit.passage.start, hit.passage.key
