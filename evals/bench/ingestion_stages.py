"""The two ingestions compared by `evals.bench.ingestion`, each in a process of its own.

The clock starts when model and store are open, and stops when the store has flushed the last chunk.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from agent.opening import embedder_of, open_catalogue, open_loader, store_of
from agent.settings import load_settings
from evals.bench.memory import peak_megabytes, processor_seconds
from evals.bench.systems import load_peer
from tools.embedders.kept import KeptEmbedder, VectorCache
from tools.embedders.weights import bundled_folder
from tools.passages import Passage, Reader
from tools.ports import FloatArray, PassageStore
from tools.store import embedded

OURS, OWN_ARITHMETIC, LANGCHAIN = "hopline", "hopline-float32", "langchain"
DEPTH = 5
CHUNKS = 50
# The splitter settings of LangChain's tutorials, and the batch size of its Milvus store.
CHUNK_CHARACTERS, OVERLAP_CHARACTERS, ROWS_A_REQUEST = 1_000, 200, 1_000


@dataclass(frozen=True, slots=True)
class Ingested:
    """What a pipeline wrote: the file (below the corpus) and vector of each chunk, and the seconds it took. Also, for
    each question, the files of the nearest chunks by the store's own search (with BM25 in our case)."""

    files: Sequence[str]
    vectors: FloatArray
    seconds: float
    processor_seconds: float
    memory_mb: float
    embed: Callable[[list[str]], FloatArray]
    found: Sequence[Sequence[str]]


class _Keeping:
    """Our store, keeping the files and vectors written to it, so that recall is judged by the same rule for both."""

    def __init__(self, store: PassageStore) -> None:
        self._store = store
        self.files: list[str] = []
        self.vectors: list[FloatArray] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def upsert(self, passages: Sequence[Passage], vectors: FloatArray) -> None:
        self.files += [_file_of(passage) for passage in passages]
        self.vectors.append(vectors)
        await self._store.upsert(passages, vectors)


async def hopline(folder: Path, cache: Path, embedder_spec: str) -> Ingested:
    """Ingests as `hopline ingest` does, with an empty embedding cache."""
    home = folder / OURS
    await asyncio.to_thread(_prepare, home, cache)
    settings = load_settings(home=home, model=None, milvus_uri=None, database_url=None, embedder=embedder_spec)
    embedder = await embedder_of(settings)
    await embedder.embed_passages(["warm"])
    store = await store_of(settings, embedder, create=True)
    catalogue = await asyncio.to_thread(open_catalogue, settings)
    vectors = VectorCache(home, settings.embedding_cache_mb)
    try:
        keeping: Any = _Keeping(store)
        loader = open_loader(settings, keeping, KeptEmbedder(embedder, vectors), catalogue)
        started, began = time.perf_counter(), processor_seconds()
        await loader.ingest([folder / "corpus"], groups=None, tenant=settings.tenant, progress=lambda progress: None)
        await store.count()
        spent = _spent(started, began)
        questions = questions_of(folder)
        asked = await embedder.embed_queries(questions)
        hits = [
            await store.search(question, vector.tolist(), Reader(tenant=settings.tenant), CHUNKS)
            for question, vector in zip(questions, asked, strict=True)
        ]
    finally:
        catalogue.close()
        await vectors.close()
        await store.close()
    return Ingested(
        keeping.files,
        np.concatenate(keeping.vectors),
        *spent,
        lambda texts: asyncio.run(embedder.embed_queries(texts)),
        [_first([_file_of(hit.passage) for hit in found]) for found in hits],
    )


def _file_of(passage: Passage) -> str:
    return passage.source.partition("/")[2]


def _first(files: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(files))[:DEPTH]


def _prepare(home: Path, cache: Path) -> None:
    home.mkdir(parents=True)
    (home / "cache").symlink_to(cache)


def langchain(folder: Path, cache: Path) -> Ingested:
    """Loader → splitter → embedder → Milvus, as in LangChain's tutorials.

    LangChain's Milvus package can't be installed beside pymilvus 3 and milvus-lite 2.5, so its `add_texts` is repeated
    here with the same client: all texts are embedded, then inserted a thousand at a time.
    """
    reading, splitting = load_peer("langchain_community.document_loaders"), load_peer("langchain_text_splitters")
    embeddings = load_peer("langchain_community.embeddings").HuggingFaceEmbeddings(
        model_name=str(bundled_folder(cache)), encode_kwargs={"normalize_embeddings": True}
    )
    embeddings.embed_documents(["warm"])
    # The same server that our pipeline writes to.
    client = load_peer("pymilvus").MilvusClient(embedded.acquire(folder / "milvus.db"))
    client.create_collection("chunks", dimension=384, metric_type="COSINE", auto_id=True)
    corpus = folder / "corpus"
    started, began = time.perf_counter(), processor_seconds()
    kinds = {".html": reading.BSHTMLLoader, ".txt": reading.TextLoader, ".md": reading.TextLoader}
    loaders = [
        reading.DirectoryLoader(str(corpus), glob=f"**/*{suffix}", loader_cls=kind, silent_errors=True)
        for suffix, kind in kinds.items()
    ]
    documents = [document for loader in loaders for document in loader.load()]
    splitter = splitting.RecursiveCharacterTextSplitter(chunk_size=CHUNK_CHARACTERS, chunk_overlap=OVERLAP_CHARACTERS)
    chunks = splitter.split_documents(documents)
    vectors = embeddings.embed_documents([chunk.page_content for chunk in chunks])
    for first in range(0, len(chunks), ROWS_A_REQUEST):
        rows = zip(chunks[first : first + ROWS_A_REQUEST], vectors[first : first + ROWS_A_REQUEST], strict=True)
        client.insert(
            "chunks", [{"vector": vector, "text": chunk.page_content, **chunk.metadata} for chunk, vector in rows]
        )
    client.flush("chunks")
    spent = _spent(started, began)
    hits = client.search(
        "chunks", embeddings.embed_documents(questions_of(folder)), limit=CHUNKS, output_fields=["source"]
    )
    client.close()
    embedded.release(folder / "milvus.db")

    def file_of(source: str) -> str:
        return Path(source).relative_to(corpus).as_posix()

    return Ingested(
        [file_of(chunk.metadata["source"]) for chunk in chunks],
        np.asarray(vectors, dtype=np.float32),
        *spent,
        lambda texts: np.asarray(embeddings.embed_documents(texts), dtype=np.float32),
        [_first([file_of(hit["entity"]["source"]) for hit in found]) for found in hits],
    )


def _spent(started: float, began: float) -> tuple[float, float, float]:
    return time.perf_counter() - started, processor_seconds() - began, peak_megabytes()


def ranked(ingested: Ingested, questions: Sequence[str]) -> list[list[str]]:
    """For each question, the files of the nearest chunks by exact search over all vectors, nearest first."""
    asked = ingested.embed(list(questions))
    nearest = np.argsort(-(asked @ ingested.vectors.T), axis=1)[:, :CHUNKS]
    return [_first([ingested.files[row] for row in rows]) for rows in nearest]


def questions_of(folder: Path) -> list[str]:
    questions: list[str] = json.loads((folder / "questions.json").read_text())
    return questions


def main() -> int:
    name, folder, cache = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    ours = {OURS: "minilm", OWN_ARITHMETIC: "minilm:float32"}
    ingested = asyncio.run(hopline(folder, cache, ours[name])) if name in ours else langchain(folder, cache)
    outcome = {
        "seconds": ingested.seconds,
        "processor_seconds": ingested.processor_seconds,
        "chunks": len(ingested.files),
        "files": len(set(ingested.files)),
        "memory_mb": ingested.memory_mb,
        "rankings": ranked(ingested, questions_of(folder)),
        "found": ingested.found,
    }
    (folder / f"{name}.json").write_text(json.dumps(outcome))
    return 0


if __name__ == "__main__":
    sys.exit(main())
