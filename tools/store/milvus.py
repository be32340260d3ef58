"""The store on Milvus: embedded in a file, or a server."""

import asyncio
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

from tools.errors import AccessViolation, InvalidInput, StoreEmpty
from tools.passages import Hit, Passage, Reader
from tools.ports import FloatArray, Onward
from tools.store import embedded, filters, rows
from tools.store.address import Address
from tools.store.collection import Collection
from tools.store.connection import Connection
from tools.store.opening import NOTHING_YET, open_collection, prepare
from tools.store.schema import DenseIndex, Identity

LEG_LIMIT = 50
NEAR_LIMIT = 15
WORDED_LIMIT = 12
SPARE_ROWS = 4
MAX_LIMIT = 1_000
MAX_NAMES_A_REQUEST = 400
MAX_QUERY_CHARACTERS = 8_000
ROWS_A_WRITE = 500
_KEY = re.compile(r"(?=..)[a-z0-9_]+(?: [a-z0-9_]+)*", re.ASCII)
"""Only ASCII letters: a key with other letters is also looked up as a source, which costs little."""

log = logging.getLogger("hopline.store")


class MilvusStore:
    """Implements PassageStore. Open it with `await MilvusStore.open(...)`, end it with `await store.close()`."""

    def __init__(self, connection: Connection, collection: str, path: Path | None) -> None:
        self._connection = connection
        self._collection = Collection(connection, collection, is_embedded=path is not None)
        self._path = path
        self._closed = False
        self._erased = False

    @classmethod
    async def open(
        cls, address: Address, collection: str, identity: Identity, *, index: DenseIndex = "auto", create: bool = False
    ) -> "MilvusStore":
        """Open the embedded file or the server at an address.

        Raises StoreEmpty (no collection and `create` is false), StoreMismatch (built with another embedding model),
        StoreInUse (another process holds the file) or SearchUnavailable (no server there).
        """
        path = address.path
        connection = Connection(await prepare(address, create=create), address)
        store = cls(connection, collection, path)
        try:
            await open_collection(connection, collection, identity, index, embedded=path is not None, create=create)
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
        # Some row is always nearest: if none is found, the store is empty, or this reader may read nothing.
        if not found and await self._collection.is_empty():
            raise StoreEmpty(NOTHING_YET)
        # Equal scores come in any order, also at the cut: a few more rows than asked for let us order them.
        hits = [rows.hit_of(row["entity"], float(row["distance"])) for row in found]
        hits.sort(key=lambda hit: (-hit.score, hit.passage.key))
        return self._checked(hits[:wanted], reader)

    async def find_names(self, names: Sequence[str], reader: Reader, limit: int) -> list[Hit]:
        found: dict[str, Hit] = {}
        for chunk in _chunks(list(dict.fromkeys(names)), MAX_NAMES_A_REQUEST):
            for hit in await self._hits(_named(chunk), reader, min(limit, MAX_LIMIT)):
                found.setdefault(hit.passage.key, hit)
        return sorted(found.values(), key=_reading_order)[: max(limit, 0)]

    async def find_onward(self, onward: Onward, reader: Reader, limit: int) -> list[Hit]:
        access = filters.readable_by(reader)
        if access is None or limit < 1:
            return []
        legs = _onward_legs(onward, access, min(limit, MAX_LIMIT))
        if not legs:
            return []
        found = await self._collection.fused(legs, sum(leg.limit for leg in legs))
        # RRF has added up the legs: what several of them found comes first.
        hits = [rows.hit_of(row["entity"], float(row["distance"])) for row in found]
        hits.sort(key=lambda hit: (-hit.score, hit.passage.key))
        return self._checked(hits, reader)

    async def find_sources(self, sources: Sequence[str], reader: Reader, limit: int) -> list[Hit]:
        access, match = filters.readable_by(reader), filters.one_of("source", dict.fromkeys(sources))
        if (condition := filters.both(match, access)) is None or limit < 1:
            return []
        # Nearly all documents fit into one request.
        if limit < MAX_LIMIT and len(whole := await self._hits(match, reader, limit + 1)) <= limit:
            return sorted(whole, key=_reading_order)
        # Milvus can't sort: first all keys and positions are read, then the first rows.
        places = [row async for row in self._collection.pages(condition, ["source", "metadata", "key"])]
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
        async for row in self._collection.pages(condition, ["source", "tenant", "groups"]):
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
                for row in await self._collection.query(condition, rows.PASSAGE_FIELDS, len(chunk)):
                    found[row["key"]] = rows.passage_of(row)
        self._check(found.values(), reader)
        return [found[key] for key in keys if key in found]

    async def upsert(self, passages: Sequence[Passage], vectors: FloatArray) -> None:
        if len(passages) != len(vectors):
            raise InvalidInput(f"{len(passages)} passages came with {len(vectors)} vectors.")
        # Of several rows with the same key the last one counts; Milvus would keep all of a batch.
        latest = {passage.key: rows.row_of(passage, vector) for passage, vector in zip(passages, vectors, strict=True)}
        for chunk in _chunks(list(latest.values()), ROWS_A_WRITE):
            await self._collection.write("upsert", data=chunk)

    async def stored(self, keys: Sequence[str]) -> list[Hit]:
        match = filters.one_of("pk", [rows.primary_key(key) for key in keys[:MAX_LIMIT]])
        if match is None:
            return []
        found = await self._collection.query(match, rows.HIT_FIELDS, len(keys), strong=True)
        return [rows.hit_of(row) for row in found]

    async def delete_keys(self, keys: Sequence[str]) -> None:
        for chunk in _chunks(list(dict.fromkeys(keys)), MAX_LIMIT):
            condition = filters.one_of("pk", [rows.primary_key(key) for key in chunk])
            await self._collection.write("delete", filter=condition)

    async def delete_source(self, source: str, tenant: str) -> int:
        """Also removes what is inside the source: `source#row` of a corpus file, `source/file` of a folder.

        An embedded file is rewritten when it is closed, so that nothing of the source is left in it.
        """
        self._erased = True
        inside = [filters.starts_with("source", f"{source}{mark}") for mark in "#/"]
        condition = filters.both(
            filters.equals("tenant", tenant), filters.either(filters.equals("source", source), *inside)
        )
        if condition is None:
            return 0
        keys = [row["key"] async for row in self._collection.pages(condition, ["key"], strong=True)]
        await self.delete_keys(keys)
        return len(keys)

    async def keys_of_source(self, source: str, tenant: str) -> list[str]:
        condition = filters.both(filters.equals("tenant", tenant), filters.equals("source", source))
        if condition is None:
            return []
        return sorted([row["key"] async for row in self._collection.pages(condition, ["key"], strong=True)])

    async def count(self) -> int:
        return await self._collection.count(strong=True)

    async def close(self) -> None:
        """Close the connection and release the embedded file, which another process may then open."""
        if self._closed:
            return
        self._closed = True
        try:
            await self._connection.close()
        finally:
            if self._path is not None:
                await asyncio.to_thread(embedded.release, self._path, scrub=self._erased)

    async def _search(
        self, query: str, vector: Sequence[float], access: str, limit: int
    ) -> Sequence[Mapping[str, Any]]:
        most = max(limit, LEG_LIMIT)
        legs = [leg_of("dense", vector, access, most)]
        if any(character.isalnum() for character in query):
            legs.append(leg_of("sparse", query, access, most))
        return await self._collection.fused(legs, limit)

    async def _hits(self, match: str | None, reader: Reader, limit: int) -> list[Hit]:
        condition = filters.both(match, filters.readable_by(reader))
        if condition is None or limit < 1:
            return []
        hits = [rows.hit_of(row) for row in await self._collection.query(condition, rows.HIT_FIELDS, limit)]
        return self._checked(hits, reader)

    def _checked(self, hits: list[Hit], reader: Reader) -> list[Hit]:
        self._check([hit.passage for hit in hits], reader)
        return hits

    def _check(self, passages: Iterable[Passage], reader: Reader) -> None:
        """Fail closed: raises AccessViolation if the filter let through a passage that its reader may not read."""
        for passage in passages:
            if not reader.may_read(passage):
                raise _violation(passage.key)


def _violation(what: str) -> AccessViolation:
    log.error("access violation: %s came back for a reader who may not read it", what)
    return AccessViolation("The store returned a passage that its reader may not read; the request was abandoned.")


def leg_of(index: Literal["dense", "sparse"], sought: str | Sequence[float], access: str, limit: int) -> Any:
    """The part of a hybrid search that one index answers. The filter goes into every leg, since hybrid_search ignores a
    top-level one."""
    from pymilvus import AnnSearchRequest

    data = sought[:MAX_QUERY_CHARACTERS] if isinstance(sought, str) else list(sought)
    return AnnSearchRequest([data], index, {}, limit=limit, expr=access)


def _onward_legs(onward: Onward, access: str, limit: int) -> list[Any]:
    """One leg for each way onward."""
    legs = [
        leg_of("dense", onward.question, condition, limit)
        for chunk in _chunks(list(dict.fromkeys(onward.names)), MAX_NAMES_A_REQUEST)
        if (condition := filters.both(_named(chunk), access)) is not None
    ]
    legs += [leg_of("dense", vector, access, NEAR_LIMIT) for vector in onward.vectors]
    worded = (text for text in onward.texts if any(letter.isalnum() for letter in text))
    return legs + [leg_of("sparse", text, access, WORDED_LIMIT) for text in worded]


def _named(names: Sequence[str]) -> str | None:
    """The condition for passages with one of these names, as names or as sources.

    A source spelled like a key is among its document's names anyway. Parsing the expression is most of such a request's
    cost, so only other spellings are also compared with sources.
    """
    sources = [name for name in names if not _KEY.fullmatch(name)]
    return filters.either(filters.any_in_array("names", names), filters.one_of("source", sources))


def _chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    return (items[first : first + size] for first in range(0, len(items), size))


def _reading_order(hit: Hit) -> tuple[str, int, str]:
    return hit.passage.source, hit.passage.start, hit.passage.key
