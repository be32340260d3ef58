"""Searches of a reader that were made a moment ago, while the documents stand as they stood then."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from cachetools import TTLCache

from agent.serving.caches.counting import count
from agent.serving.generations import Generations
from tools.passages import Hit, Passage, Reader
from tools.ports import Onward, Searcher

_PASSAGE_BYTES = 1_500
_BYTES_A_CHARACTER = 2
_BYTES_A_NUMBER = 4


@dataclass(frozen=True, slots=True)
class _Found:
    hits: tuple[Hit, ...]

    @property
    def size(self) -> int:
        texts = sum(len(hit.passage.text) for hit in self.hits) * _BYTES_A_CHARACTER
        return texts + sum(_PASSAGE_BYTES + _BYTES_A_NUMBER * len(hit.vector or ()) for hit in self.hits)


class CachedSearcher:
    """A Searcher that asks the store only for what this reader's rights have not brought from these very documents.

    Kept in this process alone: fetching a search from elsewhere costs what the search costs.
    """

    def __init__(self, searcher: Searcher, generations: Generations, *, seconds: float, max_bytes: int) -> None:
        self._searcher, self._generations = searcher, generations
        self._found: TTLCache[bytes, _Found] = TTLCache(max_bytes, seconds, getsizeof=lambda found: found.size)

    async def search(self, query: str, vector: Sequence[float], reader: Reader, limit: int) -> list[Hit]:
        key = ("search", query, _packed(vector), limit)
        return await self._cached(key, reader, lambda: self._searcher.search(query, vector, reader, limit))

    async def find_names(self, names: Sequence[str], reader: Reader, limit: int) -> list[Hit]:
        key = ("names", tuple(names), limit)
        return await self._cached(key, reader, lambda: self._searcher.find_names(names, reader, limit))

    async def find_onward(self, onward: Onward, reader: Reader, limit: int) -> list[Hit]:
        vectors = tuple(map(_packed, onward.vectors))
        key = ("onward", _packed(onward.question), onward.names, vectors, onward.texts, limit)
        return await self._cached(key, reader, lambda: self._searcher.find_onward(onward, reader, limit))

    async def find_sources(self, sources: Sequence[str], reader: Reader, limit: int) -> list[Hit]:
        return await self._searcher.find_sources(sources, reader, limit)

    async def fetch(self, keys: Sequence[str], reader: Reader) -> list[Passage]:
        return await self._searcher.fetch(keys, reader)

    def clear(self) -> None:
        self._found.clear()

    async def _cached(self, asked: object, reader: Reader, search: Callable[[], Awaitable[list[Hit]]]) -> list[Hit]:
        generation = await self._generations.current(reader.tenant)
        if generation is None:
            count("retrieval", misses=1)
            return await search()
        key = sha256(repr((reader.tenant, sorted(reader.readable_groups), generation, asked)).encode()).digest()
        if (known := self._found.get(key)) is not None:
            count("retrieval", hits=1)
            return list(known.hits)
        count("retrieval", misses=1)
        hits = await search()
        found = _Found(tuple(hits))
        if found.size <= self._found.maxsize and await self._generations.current(reader.tenant) == generation:
            self._found[key] = found
        return hits


def _packed(vector: Sequence[float]) -> bytes:
    return np.asarray(vector, dtype=np.float32).tobytes()
