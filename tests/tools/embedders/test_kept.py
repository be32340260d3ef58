"""The cache of embeddings: by model and content, bounded, and never in the way."""

import asyncio
import logging
from pathlib import Path

import numpy as np
import pytest

from tests.doubles import HashEmbedder
from tools.embedders.kept import KeptEmbedder, VectorCache


async def test_a_text_is_embedded_once_whatever_collection_it_is_for(tmp_path: Path) -> None:
    first = HashEmbedder()
    cache = VectorCache(tmp_path, 1)
    vectors = await KeptEmbedder(first, cache).embed_passages(["a", "b", "a"])
    assert first.embedded == ["a", "b"]
    await cache.close()
    second, again = HashEmbedder(), VectorCache(tmp_path, 1)
    assert np.array_equal(
        await KeptEmbedder(second, again).embed_passages(["b", "a", "c"]),
        [*vectors[1::-1], *await second.embed_queries(["c"])],
    )
    assert second.embedded == ["c"]
    await again.close()


async def test_another_model_gets_vectors_of_its_own(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path, 1)
    await KeptEmbedder(HashEmbedder(name="one"), cache).embed_passages(["a"])
    for other in (HashEmbedder(name="two"), HashEmbedder(dimension=8, name="one")):
        vectors = await KeptEmbedder(other, cache).embed_passages(["a"])
        assert (other.embedded, vectors.shape) == (["a"], (1, other.dimension))
    await cache.close()


async def test_the_oldest_vectors_make_room(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path, 0.004)  # about twelve vectors of 32 dimensions
    embedder = HashEmbedder()
    await KeptEmbedder(embedder, cache).embed_passages([f"text {number}" for number in range(30)])
    embedder.batches.clear()
    await KeptEmbedder(embedder, cache).embed_passages(["text 29", "text 0"])
    assert embedder.embedded == ["text 0"]
    await cache.close()


async def test_erasing_a_source_leaves_no_vector_that_could_betray_it(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path, 1)
    embedder = HashEmbedder()
    await KeptEmbedder(embedder, cache).embed_passages(["a", "b"])
    assert await cache.erase_source("x.md", "default") == 2
    assert await cache.erase_source("x.md", "default") == 0
    await KeptEmbedder(embedder, cache).embed_passages(["a"])
    assert embedder.embedded == ["a", "b", "a"]
    assert (await cache.erase_user("U1"), [each async for each in cache.export_user("U1")]) == (0, [])
    await cache.close()


async def test_a_damaged_cache_is_left_alone_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    await asyncio.to_thread((tmp_path / "embeddings.sqlite").write_bytes, b"not a database" * 100)
    cache, embedder = VectorCache(tmp_path, 1), HashEmbedder()
    with caplog.at_level(logging.WARNING):
        vectors = await KeptEmbedder(embedder, cache).embed_passages(["a"])
    assert vectors.shape == (1, 32)
    assert "the cache of embeddings is not used" in caplog.text
    await cache.close()


async def test_a_damaged_cache_is_erased_by_its_going(tmp_path: Path) -> None:
    await asyncio.to_thread((tmp_path / "embeddings.sqlite").write_bytes, b"not a database" * 100)
    cache, embedder = VectorCache(tmp_path, 1), HashEmbedder()
    assert await cache.erase_source("x.md", "default") == 0
    await KeptEmbedder(embedder, cache).embed_passages(["a"])
    assert await cache.erase_source("x.md", "default") == 1
    await cache.close()
