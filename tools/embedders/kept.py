"""Vectors of passages that were embedded before, by model and content: a copy, a renamed file or another collection
costs a look-up. Text is not kept, only its digest."""

import hashlib
import logging
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tools.database.sqlite import SqliteDatabase
from tools.database.tables import Tables, Transaction
from tools.embedders.around import AroundEmbedder, Embed, Kind
from tools.errors import HoplineError, StorageDamaged
from tools.ports import Embedder, FloatArray

MAX_KEYS_A_QUERY = 500
_ROW_BYTES = 200  # of a row besides its vector: digest, model, index
_TABLES = Tables(
    name="embeddings",
    version=1,
    statements=(
        "CREATE TABLE {p}vectors (id {serial}, model TEXT NOT NULL, content TEXT NOT NULL, vector BLOB NOT NULL, "
        "UNIQUE (model, content))",
    ),
    mending="delete it, it is made again",
)

log = logging.getLogger("hopline.embedders")


class VectorCache:
    """A SQLite file of at most about `max_mb`; the vectors that came first go first. Implements Holder."""

    name = "embeddings in the cache"

    def __init__(self, folder: Path, max_mb: float) -> None:
        self._database = SqliteDatabase(folder / f"{_TABLES.name}.sqlite", _TABLES)
        self._max_bytes = max_mb * 1_000_000

    async def find(self, model: str, contents: Sequence[str]) -> dict[str, bytes]:
        """Vectors by the contents' digests."""

        def read(transaction: Transaction) -> dict[str, bytes]:
            found: dict[str, bytes] = {}
            for first in range(0, len(contents), MAX_KEYS_A_QUERY):
                keys = contents[first : first + MAX_KEYS_A_QUERY]
                marks = ",".join("?" * len(keys))
                query = f"SELECT content, vector FROM {{p}}vectors WHERE model = ? AND content IN ({marks})"  # noqa: S608
                found.update((str(row[0]), bytes(row[1])) for row in transaction.execute(query, (model, *keys)))
            return found

        return await self._database.run(read)

    async def keep(self, model: str, vectors: dict[str, bytes]) -> None:
        size = max((len(vector) for vector in vectors.values()), default=0) + _ROW_BYTES
        most = int(self._max_bytes // size)

        def write(transaction: Transaction) -> None:
            for content, vector in vectors.items():
                transaction.execute(
                    "INSERT INTO {p}vectors (model, content, vector) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                    (model, content, vector),
                )
            transaction.execute("DELETE FROM {p}vectors WHERE id <= (SELECT max(id) FROM {p}vectors) - ?", (most,))

        await self._database.run(write)

    async def erase_user(self, user: str) -> int:
        """Nothing here is about a person as such."""
        return 0

    async def erase_source(self, source: str, tenant: str) -> int:
        """A digest does not tell its source, and a vector can betray what it was made from: all of them go; with a file
        that can't be read any more, uncounted."""

        def clear(transaction: Transaction) -> int:
            return len(transaction.execute("DELETE FROM {p}vectors RETURNING id"))

        try:
            return await self._database.run(clear)
        except StorageDamaged:
            await self._database.remove()
            return 0

    async def export_user(self, user: str) -> AsyncIterator[dict[str, Any]]:
        return
        yield {}

    async def close(self) -> None:
        await self._database.close()


class KeptEmbedder(AroundEmbedder):
    """Implements Embedder. Equal texts are embedded once; a cache that fails is left alone, with a warning."""

    def __init__(self, embedder: Embedder, cache: VectorCache) -> None:
        super().__init__(embedder)
        self._cache: VectorCache | None = cache

    async def _embed(self, kind: Kind, texts: Sequence[str], embed: Embed) -> FloatArray:
        if kind == "queries":
            return await embed(texts)
        keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for text in texts]
        known = await self._known(list(dict.fromkeys(keys)))
        fresh = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if fresh:
            embedded = await embed(list(fresh.values()))
            made = {key: np.asarray(row, dtype=np.float32) for key, row in zip(fresh, embedded, strict=True)}
            await self._keep({key: row.tobytes() for key, row in made.items()})
            known |= made
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, key in enumerate(keys):
            vectors[row] = known[key]
        return vectors

    async def _known(self, keys: Sequence[str]) -> dict[str, FloatArray]:
        if self._cache is None:
            return {}
        try:
            found = await self._cache.find(self._label, keys)
        except HoplineError as error:
            self._give_up(error)
            return {}
        size = self.dimension * 4
        return {key: np.frombuffer(data, dtype=np.float32) for key, data in found.items() if len(data) == size}

    async def _keep(self, vectors: dict[str, bytes]) -> None:
        try:
            if self._cache is not None:
                await self._cache.keep(self._label, vectors)
        except HoplineError as error:
            self._give_up(error)

    @property
    def _label(self) -> str:
        return f"{self.name}/{self.dimension}"

    def _give_up(self, error: HoplineError) -> None:
        self._cache = None
        log.warning("the cache of embeddings is not used: %s", error)
