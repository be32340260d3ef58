"""The model in eight bits: nearly the same vectors, whatever runs beside them, or the exact model."""

import asyncio
import logging
import os
import platform
import shutil
import time
from pathlib import Path

import numpy as np
import onnx
import pytest

from tests.tools.embedders.tiny_model import write_folder, write_network
from tools.embedders import apart, opening, quantisation
from tools.embedders.description import UnsupportedModelError
from tools.embedders.opening import open_embedder
from tools.embedders.weights import bundled_folder
from tools.errors import MissingModel

TEXTS = [
    "Badges are worn at all times.",
    "Visitors sign the book at the door, " * 20,
    "東京 🙂 naïve",
    "20260707_16:00 LiHua: it is fixed!",
    "",
]


@pytest.fixture
def cache(model_cache: Path, tmp_path: Path) -> Path:
    """A cache of the test's own, with the models made."""
    shutil.copytree(model_cache, tmp_path / "cache")
    return tmp_path / "cache"


def exported_in(cache: Path) -> Path:
    return next((cache / "embedders").rglob("model.onnx"))


def eight_bits_in(cache: Path) -> Path:
    return next((cache / "embedders").rglob("model-eight-bits-*.onnx"))


async def test_eight_bits_give_nearly_the_same_vectors_and_are_the_same_model_to_a_store(cache: Path) -> None:
    exact = await open_embedder("minilm:float32", cache)
    quick = await open_embedder("minilm", cache)
    assert (quick.name, quick.dimension) == (exact.name, exact.dimension)
    wanted, found = await exact.embed_passages(TEXTS), await quick.embed_passages(TEXTS)
    # With weights of seven bits a short text may lie further off.
    assert np.sum(wanted * found, axis=1).min() > (0.975 if quantisation.processor() == quantisation.PLAIN else 0.99)
    assert not np.allclose(wanted, found, atol=1e-5)
    insisted = await open_embedder("minilm:int8", cache)
    assert np.array_equal(await insisted.embed_passages(TEXTS), found)


async def test_a_text_has_the_same_vector_alone_as_beside_others(cache: Path) -> None:
    """With one scale for all that runs together, as onnxruntime's own quantisation has it, vectors differ by .04."""
    embedder = await open_embedder("minilm", cache)
    together = await embedder.embed_passages([*TEXTS, "x " * 200])
    alone = [await embedder.embed_passages([text]) for text in TEXTS]
    assert np.concatenate(alone) == pytest.approx(together[: len(TEXTS)], abs=1e-5)


async def test_a_copy_that_differs_too_much_is_not_kept(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantisation, "MIN_COSINE", 1.0)
    monkeypatch.setattr(quantisation, "SAMPLE_TEXTS", 2)
    tokenizer = await asyncio.to_thread(lambda: bundled_folder(cache) / "tokenizer.json")
    exported = exported_in(cache)
    before = sorted(exported.parent.iterdir())
    with pytest.raises(UnsupportedModelError, match="differs"):
        await asyncio.to_thread(quantisation.quantise, exported, tokenizer, exported.with_name("copy.onnx"))
    assert sorted(exported.parent.iterdir()) == before


def test_what_a_process_that_was_killed_left_half_made_goes_at_a_later_start(tmp_path: Path) -> None:
    made, left_behind, under_way = (tmp_path / name for name in ("model.onnx", ".model.onnx.17", ".model.onnx.18"))
    for path in (made, left_behind, under_way):
        path.touch()
    long_ago = time.time() - apart.MAKING_SECONDS - 60
    os.utime(left_behind, (long_ago, long_ago))
    assert opening._made(made, "export") == made
    assert (left_behind.exists(), under_way.exists()) == (False, True)


async def test_where_eight_bits_can_not_be_had_the_exact_model_runs_unless_they_were_asked_for(
    cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    quick = eight_bits_in(cache)
    quick.unlink()
    quick.with_suffix(".no-quantisation.txt").write_text("on this processor it differs")
    exact = await open_embedder("minilm:float32", cache)
    with caplog.at_level(logging.INFO, logger="hopline.embedders"):
        otherwise = await open_embedder("minilm", cache)
    assert "on this processor it differs" in caplog.text
    assert "WARNING" not in caplog.text  # nothing new: it was tried before
    assert np.array_equal(await otherwise.embed_queries(TEXTS), await exact.embed_queries(TEXTS))
    with pytest.raises(MissingModel, match=r"minilm:int8 can't be had \(on this processor it differs\); leave :int8"):
        await open_embedder("minilm:int8", cache)


async def test_a_cache_that_can_not_be_written_to_leaves_the_exact_model(
    cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def read_only(module: str, *paths: Path, doing: str) -> None:
        raise UnsupportedModelError(f"its {doing} failed: read-only file system")

    monkeypatch.setattr(opening, "run_apart", read_only)
    quick = eight_bits_in(cache)
    quick.unlink()
    quick.with_suffix(".no-quantisation.txt").mkdir()  # what can't be written
    embedder = await open_embedder("minilm", cache)
    exact = await open_embedder("minilm:float32", cache)
    assert np.array_equal(await embedder.embed_queries(TEXTS), await exact.embed_queries(TEXTS))
    assert "is tried again at each start" in caplog.text


async def test_a_machine_that_was_too_slow_once_is_given_another_chance(
    cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    quick = eight_bits_in(cache)
    quick.unlink()
    monkeypatch.setattr(apart, "MAKING_SECONDS", 0.01)
    await open_embedder("minilm", cache)
    assert "its quantisation took longer than 0.01 s" in caplog.text
    assert not quick.with_suffix(".no-quantisation.txt").exists()


async def test_on_another_processor_the_copy_is_made_and_compared_again(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "processor", lambda: "another")
    await open_embedder("minilm", cache)
    assert exported_in(cache).with_name("model-eight-bits-another.onnx").is_file()


async def test_weights_stay_small_where_products_would_overflow(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantisation, "processor", lambda: quantisation.PLAIN)
    monkeypatch.setattr(quantisation, "SAMPLE_TEXTS", 8)
    tokenizer = await asyncio.to_thread(lambda: bundled_folder(cache) / "tokenizer.json")
    target = exported_in(cache).with_name("copy.onnx")
    cosines = await asyncio.to_thread(quantisation.quantise, exported_in(cache), tokenizer, target)
    assert cosines.min() > quantisation.MIN_COSINE
    model = await asyncio.to_thread(onnx.load, str(target))
    integers = [
        onnx.numpy_helper.to_array(one) for one in model.graph.initializer if one.name.endswith("eight/weights")
    ]
    assert len(integers) == 36
    # Two products of eight bits are added up in sixteen there.
    assert max(int(np.abs(one.astype(int)).max()) for one in integers) * 255 * 2 < 2**15


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ("processor : 0\nflags : fpu avx2 avx512_vnni\n", "vnni"),
        ("flags : fpu avx_vnni\n", "vnni"),
        ("flags : fpu avx2\nflags : avx_vnni\n", quantisation.PLAIN),
        ("Features : fp asimd\n", platform.machine()),
        (None, platform.machine()),
    ],
)
def test_the_kind_of_processor_is_that_of_its_first_core(
    told: str | None, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantisation, "CPU_INFO", tmp_path / "cpuinfo")
    if told is not None:
        (tmp_path / "cpuinfo").write_text(told)
    assert quantisation.processor() == kind


def test_a_model_without_products_says_so(tmp_path: Path) -> None:
    write_folder(tmp_path / "tiny")
    network = tmp_path / "model.onnx"
    write_network(network)
    with pytest.raises(UnsupportedModelError, match="no products with weights"):
        quantisation.quantise(network, tmp_path / "tiny" / "tokenizer.json", tmp_path / "copy.onnx")
    assert not (tmp_path / "copy.onnx").exists()


async def test_a_model_that_is_not_here_can_not_be_had_in_eight_bits(tmp_path: Path) -> None:
    with pytest.raises(MissingModel, match="nowhere:int8 can't be had"):
        await open_embedder("nowhere:int8", tmp_path)
