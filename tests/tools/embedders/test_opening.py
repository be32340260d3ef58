"""Which embedder a setting means, where its files are, and that they are the right ones."""

import asyncio
import json
import logging
import os
from pathlib import Path

import numpy as np
import pytest

from tests.tools.embedders.tiny_model import write_folder, write_network
from tools.embedders import weights
from tools.embedders.onnx_runtime import OnnxEmbedder
from tools.embedders.opening import open_embedder
from tools.embedders.sentence_transformer import SentenceTransformerEmbedder
from tools.errors import MissingModel

SENTENCES = ["Who directed the film?", "a " * 400, "Zürich 東京 🙂", "", "One. Two; three?"]


def put_export(folder: Path, cache: Path) -> str:
    digest = weights.model_digest(folder, cache)
    write_network(cache / "embedders" / digest / "model.onnx")
    return digest


async def test_a_folder_with_an_export_opens_without_the_library(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "my-model")
    digest = await asyncio.to_thread(put_export, folder, tmp_path / "cache")
    embedder = await open_embedder(str(folder), tmp_path / "cache")
    assert isinstance(embedder, OnnxEmbedder)
    assert embedder.name == f"my-model@{digest[:12]}"


async def test_a_model_that_changed_in_its_folder_has_another_name(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "my-model")
    cache = tmp_path / "cache"
    first = await asyncio.to_thread(put_export, folder, cache)
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode": "cls"}))
    second = await asyncio.to_thread(put_export, folder, cache)
    (folder / "model.safetensors").write_bytes(b"retrained")
    third = await asyncio.to_thread(put_export, folder, cache)
    assert len({first, second, third}) == 3
    assert (await open_embedder(str(folder), cache)).name == f"my-model@{third[:12]}"


@pytest.mark.parametrize("spec", ["./nowhere", "/nowhere/model", "~/no such model"])
async def test_a_path_that_is_not_there_is_named(tmp_path: Path, spec: str) -> None:
    with pytest.raises(MissingModel, match=f"HOPLINE_EMBEDDER: there is no folder {spec}"):
        await open_embedder(spec, tmp_path)


async def test_a_folder_without_weights_is_named(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    with pytest.raises(MissingModel, match=r"holds no model\.safetensors"):
        await open_embedder(str(tmp_path / "model"), tmp_path / "cache")


def test_a_digest_is_computed_once_and_again_when_the_file_changes(tmp_path: Path) -> None:
    file, cache = tmp_path / "weights", tmp_path / "cache"
    file.write_bytes(b"one")
    first = weights.digest_of(file, cache)
    ledger = cache / "embedders" / "digests.json"
    ledger.write_text(ledger.read_text().replace(first, "remembered"))
    assert weights.digest_of(file, cache) == "remembered"
    file.write_bytes(b"two")
    os.utime(file, ns=(1, 1))
    assert weights.digest_of(file, cache) not in (first, "remembered")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"x": 1}'])
def test_a_damaged_digest_file_is_replaced(tmp_path: Path, content: str) -> None:
    file, ledger = tmp_path / "weights", tmp_path / "embedders" / "digests.json"
    file.write_bytes(b"one")
    ledger.parent.mkdir()
    ledger.write_text(content)
    assert weights.digest_of(file, tmp_path) == weights.digest_of(file, tmp_path)
    assert str(file) in json.loads(ledger.read_text())


def test_a_cache_that_can_not_be_written_is_said_and_survived(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("not a folder")
    (tmp_path / "weights").write_bytes(b"one")
    with caplog.at_level(logging.WARNING):
        assert len(weights.digest_of(tmp_path / "weights", tmp_path / "file")) == 64
    assert "hashed at each start" in caplog.text


def test_weights_that_are_not_the_published_ones_are_refused(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    published = weights.bundled_folder(cache) / "model.safetensors"
    ledger = cache / "embedders" / "digests.json"
    ledger.write_text(ledger.read_text().replace(weights.digest_of(published, cache), "0" * 64))
    with pytest.raises(MissingModel, match="is not the published all-MiniLM-L6-v2"):
        weights.bundled_folder(cache)


@pytest.mark.slow
async def test_the_bundled_model_agrees_with_the_library_text_by_text(tmp_path: Path) -> None:
    exported = await open_embedder("minilm:float32", tmp_path)
    assert isinstance(exported, OnnxEmbedder)
    folder = await asyncio.to_thread(weights.bundled_folder, tmp_path)
    library = await asyncio.to_thread(SentenceTransformerEmbedder, str(folder), name="library", batch_size=2)
    ours, theirs = await exported.embed_queries(SENTENCES), await library.embed_queries(SENTENCES)
    assert (exported.name, exported.dimension, library.dimension) == ("all-MiniLM-L6-v2", 384, 384)
    assert float((ours * theirs).sum(axis=1).min()) > 0.9999
    assert np.linalg.norm(ours, axis=1) == pytest.approx(1.0, abs=1e-5)


def save_with_dense(target: Path, cache: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense

    model = SentenceTransformer(str(weights.bundled_folder(cache)), local_files_only=True)
    model.append(Dense(384, 16))
    model.save(str(target))


@pytest.mark.slow
async def test_a_model_that_can_not_be_exported_runs_on_the_library(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await asyncio.to_thread(save_with_dense, tmp_path / "with-dense", tmp_path)
    with caplog.at_level(logging.WARNING):
        embedder = await open_embedder(str(tmp_path / "with-dense"), tmp_path)
    assert isinstance(embedder, SentenceTransformerEmbedder)
    assert embedder.dimension == 16
    assert "Dense" in caplog.text
    vectors = await embedder.embed_queries(SENTENCES)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert (await embedder.embed_passages([])).shape == (0, 16)


@pytest.mark.slow
async def test_a_broken_model_fails_to_export_once_and_is_named(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "broken")
    for _ in range(2):
        with pytest.raises(MissingModel, match="can't be loaded"):
            await open_embedder(str(folder), tmp_path / "cache")
    assert len(list((tmp_path / "cache").rglob("*.no-export.txt"))) == 1
