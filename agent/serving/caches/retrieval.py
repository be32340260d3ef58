"""Searches of a reader that were made a moment ago, while the documents stand as they stood then."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from cachetools import TTLCache

from agent.serving.caches.counting import count
from agent.serving.generations import Generations
from tools.passages import Hit, Passage, Reader
from tools.ports import FloatArray, Onward, Searcher

_PASSAGE_BYTES = 1_500
_BYTES_A_CHARACTER = 2


@dataclass(frozen=True, slots=True)
class _Found:
    """Hits, their vectors packed: as tuples of floats they take eight times the room."""

    passages: tuple[Passage, ...]
    scores: tuple[float, ...]
    vectors: tuple[FloatArray | None, ...]

    @property
    def size(self) -> int:
        texts = sum(len(passage.text) for passage in self.passages) * _BYTES_A_CHARACTER
        return texts + sum(_PASSAGE_BYTES + (vector.nbytes if vector is not None else 0) for vector in self.vectors)

    def hits(self) -> list[Hit]:
        return [
            Hit(passage, score, None if vector is None else tuple(vector.tolist()))
            for passage, score, vector in zip(self.passages, self.scores, self.vectors, strict=True)
        ]


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
            return known.hits()
        count("retrieval", misses=1)
        hits = await search()
        found = _Found(
            tuple(hit.passage for hit in hits),
            tuple(hit.score for hit in hits),
            tuple(None if hit.vector is None else np.array(hit.vector, dtype=np.float32) for hit in hits),
        )
        if found.size <= self._found.maxsize and await self._generations.current(reader.tenant) == generation:
            self._found[key] = found
        return hits


def _packed(vector: Sequence[float]) -> bytes:
    return np.asarray(vector, dtype=np.float32).tobytes()
