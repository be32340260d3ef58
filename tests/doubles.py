"""Doubles that implement the ports fully: a store in memory and an embedder that hashes words."""

import hashlib
import re
from collections.abc import Callable, Sequence

import numpy as np

from tools.names import name_key
from tools.passages import Hit, Passage, Reader
from tools.ports import FloatArray, Onward

_WORD = re.compile(r"\w+")
_RRF = 60


class HashEmbedder:
    """Bag-of-words vectors of unit length; equal texts have equal vectors. `batches` records the calls."""

    def __init__(self, dimension: int = 32, name: str = "hash") -> None:
        self._name, self._dimension = name, dimension
        self.batches: list[list[str]] = []

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return self._dimension

    async def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        return self._embed(texts)

    async def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        self.batches.append(list(texts))
        return self._embed(texts)

    @property
    def embedded(self) -> list[str]:
        return [text for batch in self.batches for text in batch]

    def _embed(self, texts: Sequence[str]) -> FloatArray:
        vectors = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in _WORD.findall(text.casefold()):
                vectors[row, int.from_bytes(hashlib.md5(word.encode()).digest()[:4], "big") % self._dimension] += 1
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors[norms[:, 0] == 0, 0] = 1
        result: FloatArray = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        return result


class MemoryStore:
    """A PassageStore over a dict: cosine and word overlap fused by rank, under the reader's access filter."""

    def __init__(self) -> None:
        self.passages: dict[str, Passage] = {}
        self.vectors: dict[str, tuple[float, ...]] = {}
        self.upserted: list[str] = []
        self.closed = False

    async def upsert(self, passages: Sequence[Passage], vectors: FloatArray) -> None:
        assert len(passages) == len(vectors)
        for passage, vector in zip(passages, vectors, strict=True):
            self.passages[passage.key] = passage
            self.vectors[passage.key] = tuple(float(value) for value in vector)
            self.upserted.append(passage.key)

    async def stored(self, keys: Sequence[str]) -> list[Hit]:
        assert len(keys) <= 1_000
        return [self._hit(key, 0.0) for key in keys if key in self.passages]

    async def delete_keys(self, keys: Sequence[str]) -> None:
        for key in keys:
            self.passages.pop(key, None)
            self.vectors.pop(key, None)

    async def delete_source(self, source: str, tenant: str) -> int:
        keys = await self.keys_of_source(source, tenant)
        await self.delete_keys(keys)
        return len(keys)

    async def keys_of_source(self, source: str, tenant: str) -> list[str]:
        return [key for key, each in self.passages.items() if each.source == source and each.tenant == tenant]

    async def readable_sources(self, sources: Sequence[str], reader: Reader) -> frozenset[str]:
        return frozenset(each.source for each in self.passages.values() if reader.may_read(each)) & frozenset(sources)

    async def count(self) -> int:
        return len(self.passages)

    async def close(self) -> None:
        self.closed = True

    async def search(self, query: str, vector: Sequence[float], reader: Reader, limit: int) -> list[Hit]:
        readable = [passage for passage in self.passages.values() if reader.may_read(passage)]
        words = set(_WORD.findall(query.casefold()))
        dense = {each.key: float(np.dot(vector, self.vectors[each.key])) for each in readable}
        overlap = {each.key: len(words & set(_WORD.findall(each.content.casefold()))) for each in readable}
        scores: dict[str, float] = {}
        for ranking in (dense, {key: count for key, count in overlap.items() if count}):
            for rank, key in enumerate(sorted(ranking, key=lambda key: (-ranking[key], key)), 1):
                scores[key] = scores.get(key, 0.0) + 1 / (_RRF + rank)
        return [
            self._hit(key, score) for key, score in sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:limit]
        ]

    async def find_names(self, names: Sequence[str], reader: Reader, limit: int) -> list[Hit]:
        wanted = set(names) | {name_key(name) for name in names}
        return self._where(lambda each: bool(wanted & set(each.names)) or each.source in wanted, reader, limit)

    async def find_onward(self, onward: Onward, reader: Reader, limit: int) -> list[Hit]:
        named = await self.find_names(onward.names, reader, limit) if onward.names else []
        near = [hit for vector in onward.vectors for hit in await self.search("", vector, reader, 15)]
        zero = [0.0] * len(onward.question)
        worded = [hit for text in onward.texts for hit in await self.search(text, zero, reader, 12)]
        return list({hit.passage.key: hit for hit in (*named, *near, *worded)}.values())

    async def find_sources(self, sources: Sequence[str], reader: Reader, limit: int) -> list[Hit]:
        return self._where(lambda each: each.source in sources, reader, limit)

    async def fetch(self, keys: Sequence[str], reader: Reader) -> list[Passage]:
        found = (self.passages.get(key) for key in keys)
        return [passage for passage in found if passage is not None and reader.may_read(passage)]

    def _where(self, holds: Callable[[Passage], bool], reader: Reader, limit: int) -> list[Hit]:
        found = [each for each in self.passages.values() if holds(each) and reader.may_read(each)]
        found.sort(key=lambda each: (each.source, each.start, each.key))
        return [self._hit(each.key, 0.0) for each in found[:limit]]

    def _hit(self, key: str, score: float) -> Hit:
        return Hit(self.passages[key], score, self.vectors[key])
