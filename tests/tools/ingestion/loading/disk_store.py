"""A store on disk that survives SIGKILL, and the program the crash test kills: `disk_store HOME FOLDER SECONDS`."""

import asyncio
import pickle
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.doubles import HashEmbedder, MemoryStore
from tools.ingestion.catalogue.catalogue import Catalogue
from tools.ingestion.loading.loader import Loader
from tools.ingestion.planning.plan import Recipe
from tools.passages import Passage
from tools.ports import FloatArray


class DiskStore(MemoryStore):
    """The memory store, with every write in SQLite first. `pause_seconds` before each gives the test time to kill
    it."""

    def __init__(self, path: Path, pause_seconds: float = 0.0) -> None:
        super().__init__()
        self._pause_seconds, self._has_begun = pause_seconds, False
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("CREATE TABLE IF NOT EXISTS passages (key TEXT PRIMARY KEY, data BLOB)")
        for key, data in self._connection.execute("SELECT key, data FROM passages"):
            self.passages[key], self.vectors[key] = pickle.loads(data)

    async def upsert(self, passages: Sequence[Passage], vectors: FloatArray) -> None:
        self.begin()
        for start in range(0, len(passages), 7):  # a batch is not one transaction in a real store either
            await asyncio.sleep(self._pause_seconds)
            await super().upsert(passages[start : start + 7], vectors[start : start + 7])
            rows = [(each.key, pickle.dumps((each, self.vectors[each.key]))) for each in passages[start : start + 7]]
            self._connection.executemany("INSERT OR REPLACE INTO passages VALUES (?, ?)", rows)

    def begin(self) -> None:
        """Reports once that writing begins: on a busy machine it may take a while until then."""
        if not self._has_begun:
            self._has_begun = True
            print("started", flush=True)

    async def delete_keys(self, keys: Sequence[str]) -> None:
        for key in keys:
            await asyncio.sleep(self._pause_seconds / 5)
            self._connection.execute("DELETE FROM passages WHERE key = ?", (key,))
        await super().delete_keys(keys)


async def ingest(home: Path, folder: Path, pause_seconds: float) -> None:
    store = DiskStore(home / "store.sqlite", pause_seconds)
    catalogue = Catalogue(home / "catalogue.sqlite")
    embedder = HashEmbedder()
    loader = Loader(store, catalogue, Recipe(embedder, chunk_characters=200))
    report = await loader.ingest([folder], groups=None, tenant="default", progress=lambda progress: None)
    store.begin()
    assert report.ok, report.failures


if __name__ == "__main__":
    asyncio.run(ingest(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])))
