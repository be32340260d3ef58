"""Vectors of texts that were embedded a moment ago. A vector depends on its text alone, so no write makes it wrong."""

from collections.abc import Callable, Sequence
from hashlib import blake2b

import numpy as np
from cachetools import LRUCache

from tools.embedders.around import AroundEmbedder, Embed, Kind
from tools.ports import Embedder, FloatArray
from tools.well_formed import well_formed

Counted = Callable[[str, int, int], None]
_OVERHEAD_BYTES = 250
_DIGEST_BYTES = 16
_COUNTED_AS = {"queries": "queries", "passages": "sentences"}


class CachedEmbedder(AroundEmbedder):
    """An Embedder that remembers up to `max_bytes` of vectors, queries and passages apart (a model may read them
    differently). Texts are remembered as digests only. `counted` hears of the kind, hits and misses."""

    def __init__(
        self, embedder: Embedder, *, max_bytes: int, counted: Counted = lambda kind, hits, misses: None
    ) -> None:
        super().__init__(embedder)
        self._counted = counted
        self._vectors: LRUCache[bytes, FloatArray] = LRUCache(
            max_bytes, getsizeof=lambda vector: vector.nbytes + _OVERHEAD_BYTES
        )

    def clear(self) -> None:
        self._vectors.clear()

    async def _embed(self, kind: Kind, texts: Sequence[str], embed: Embed) -> FloatArray:
        texts = list(map(well_formed, texts))
        keys = [blake2b(f"{kind}\0{text}".encode(), digest_size=_DIGEST_BYTES).digest() for text in texts]
        known = {key: vector for key in keys if (vector := self._vectors.get(key)) is not None}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        self._counted(_COUNTED_AS[kind], len(keys) - len(missing), len(missing))
        if missing:
            rows = await embed(list(missing.values()))
            for key, row in zip(missing, rows, strict=True):
                known[key] = np.array(row, dtype=np.float32)  # a copy: a view would keep its whole batch alive
                if known[key].nbytes + _OVERHEAD_BYTES <= self._vectors.maxsize:
                    self._vectors[key] = known[key]
        found = np.zeros((len(keys), self.dimension), dtype=np.float32)
        for row, key in enumerate(keys):
            found[row] = known[key]
        return found
