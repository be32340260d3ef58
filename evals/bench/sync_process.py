"""The process that is killed: `python -m evals.bench.sync_process HOME FOLDER EMBEDDER` ingests and reports how it
went.

`cheap` is an embedder that hashes words: this bench is about writing, moving and deleting passages, not their meaning.
"""

import asyncio
import hashlib
import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from agent.opening import embedder_of, open_catalogue, open_loader, store_of
from agent.settings import Settings, load_settings
from evals.bench.memory import descendants, peak_of
from tools.ingestion.planning.changes import Progress
from tools.ports import Embedder, FloatArray

CHEAP = "cheap"
_WORD = re.compile(r"\w+")


class CheapEmbedder:
    """Implements Embedder: bags of hashed words, of unit length. Equal texts have equal vectors in any process."""

    name = CHEAP
    dimension = 64

    async def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        return await asyncio.to_thread(self._embed, texts)

    async def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        return await asyncio.to_thread(self._embed, texts)

    def _embed(self, texts: Sequence[str]) -> FloatArray:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in _WORD.findall(text.casefold()):
                vectors[row, hashlib.blake2b(word.encode(), digest_size=1).digest()[0] % self.dimension] += 1
            vectors[row, 0] += 1
        lengths: FloatArray = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / lengths


async def embedder_for(settings: Settings, name: str) -> Embedder:
    return CheapEmbedder() if name == CHEAP else await embedder_of(settings)


async def ingest(home: Path, folder: Path, embedder_name: str) -> dict[str, object]:
    settings = load_settings(home=home)
    embedder = await embedder_for(settings, embedder_name)
    store = await store_of(settings, embedder, create=True)
    catalogue = await asyncio.to_thread(open_catalogue, settings)
    try:
        print("started", flush=True)  # noqa: T201 - what the killer waits for
        loader = open_loader(settings, store, embedder, catalogue)
        report = await loader.ingest([folder], groups=None, tenant="default", progress=_nothing)
        own, *others = [peak_of(pid) for pid in (os.getpid(), *descendants(os.getpid()))]
        return {
            "seconds": round(report.seconds, 1),
            "added": report.documents_added,
            "updated": report.documents_updated,
            "renamed": report.documents_renamed,
            "repermissioned": report.documents_repermissioned,
            "overruled": report.documents_overruled,
            "removed": report.documents_removed,
            "unchanged": report.documents_unchanged,
            "failed": report.failed,
            "embedded": report.passages_written,
            "rewritten": report.passages_moved,
            "deleted": report.passages_deleted,
            "passages": await store.count(),
            "peak_mb": round(own),
            "peak_mb_of_the_store": round(sum(others)),
        }
    finally:
        await store.close()
        await asyncio.to_thread(catalogue.close)


def _nothing(progress: Progress) -> None:
    """Progress is not shown."""


if __name__ == "__main__":
    outcome = asyncio.run(ingest(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
    print(json.dumps(outcome), flush=True)  # noqa: T201
