"""The exported model pools, cuts and batches as the model's settings say."""

import asyncio
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.embedders.tiny_model import DIMENSION, MAX_TOKENS, WORDS, word_vectors, write_folder, write_network
from tools.embedders.description import ModelDescription, Pooling
from tools.embedders.onnx_runtime import MAX_WINDOWS, RUNS_AT_ONCE, OnnxEmbedder, batches, unit_rows
from tools.errors import MissingModel
from tools.ports import FloatArray

WINDOW = MAX_TOKENS - 2


def embedder(
    folder: Path, *, pooling: Pooling = "mean", lower_case: bool = False, query_prompt: str = "", batch_size: int = 3
) -> OnnxEmbedder:
    description = ModelDescription(pooling, MAX_TOKENS, lower_case, query_prompt, "")
    return OnnxEmbedder(
        folder / "model.onnx", folder / "tokenizer.json", description, name="tiny", batch_size=batch_size
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = write_folder(tmp_path_factory.mktemp("tiny") / "model")
    write_network(made / "model.onnx")
    return made


def expected(*words: str) -> FloatArray:
    """Mean of [CLS] words [SEP], by hand."""
    ids = [WORDS.index(word) for word in ("[CLS]", *words, "[SEP]")]
    mean: FloatArray = unit_rows(word_vectors()[ids].mean(axis=0, keepdims=True))[0]
    return mean


@pytest.mark.parametrize("file", ["model.onnx", "tokenizer.json"])
def test_a_damaged_file_is_named_with_what_to_do(folder: Path, tmp_path: Path, file: str) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    (copy / file).write_bytes(b"not a model at all")
    with pytest.raises(MissingModel, match=rf"{file} .*(delete|restore)"):
        embedder(copy)


async def test_vectors_are_the_mean_of_real_tokens_at_unit_length(folder: Path) -> None:
    tiny = embedder(folder)
    vectors = await tiny.embed_passages(["red", "red green blue red", "blue"])
    assert (tiny.name, tiny.dimension, str(vectors.dtype)) == ("tiny", DIMENSION, "float32")
    assert vectors == pytest.approx(
        np.array([expected("red"), expected("red", "green", "blue", "red"), expected("blue")]), abs=1e-6
    )


async def test_cls_pooling_takes_the_first_token(folder: Path) -> None:
    [vector] = await embedder(folder, pooling="cls").embed_passages(["red green"])
    assert vector == pytest.approx(unit_rows(word_vectors()[[2]])[0], abs=1e-6)


async def test_a_query_is_cut_at_the_models_window(folder: Path) -> None:
    [vector] = await embedder(folder).embed_queries(["red " * 30 + "blue " * 30])
    assert vector == pytest.approx(expected(*["red"] * WINDOW), abs=1e-6)


async def test_a_long_passage_is_the_mean_of_its_first_windows(folder: Path) -> None:
    text = "red " * WINDOW + "blue " * WINDOW + "green " * (WINDOW * (MAX_WINDOWS - 2)) + "query " * 500
    windows = [expected(*[word] * WINDOW) for word in ("red", "blue", *["green"] * (MAX_WINDOWS - 2))]
    mean = unit_rows(np.mean(windows, axis=0, keepdims=True))[0]
    assert (await embedder(folder, batch_size=2).embed_passages(["red", text]))[1] == pytest.approx(mean, abs=1e-6)


async def test_a_query_carries_its_prompt_and_a_passage_does_not(folder: Path) -> None:
    tiny = embedder(folder, query_prompt="query : ")
    assert (await tiny.embed_queries(["red"]))[0] == pytest.approx(expected("query", ":", "red"), abs=1e-6)
    assert (await tiny.embed_passages(["red"]))[0] == pytest.approx(expected("red"), abs=1e-6)


async def test_case_is_folded_where_the_model_wants_it(folder: Path) -> None:
    assert (await embedder(folder, lower_case=True).embed_queries(["RED"]))[0] == pytest.approx(
        expected("red"), abs=1e-6
    )


async def test_nothing_gives_no_rows_and_an_empty_text_gives_one(folder: Path) -> None:
    tiny = embedder(folder)
    assert (await tiny.embed_passages([])).shape == (0, DIMENSION)
    assert (await tiny.embed_passages([""]))[0] == pytest.approx(expected(), abs=1e-6)


@settings(deadline=None, max_examples=40)
@given(
    texts=st.lists(st.lists(st.sampled_from(WORDS[4:]), max_size=30).map(" ".join), max_size=9),
    batch_size=st.integers(1, 5),
)
def test_neither_batches_nor_neighbours_change_a_vector(folder: Path, texts: list[str], batch_size: int) -> None:
    async def compare() -> None:
        together = await embedder(folder, batch_size=batch_size).embed_passages(texts)
        alone = embedder(folder)
        for text, vector in zip(texts, together, strict=True):
            assert vector == pytest.approx((await alone.embed_passages([text]))[0], abs=1e-6)

    asyncio.run(compare())


async def test_calls_at_the_same_time_do_not_mix(folder: Path) -> None:
    tiny = embedder(folder)
    words = WORDS[4:7] * 4
    for word, vectors in zip(words, await asyncio.gather(*(tiny.embed_queries([w]) for w in words)), strict=True):
        assert vectors[0] == pytest.approx(expected(word), abs=1e-6)


@pytest.mark.parametrize(("texts", "runs"), [(["cat sat"] * 4, [2, 2]), (["cat"], [1])])
async def test_short_texts_are_shared_by_the_runs_that_can_be_under_way(
    folder: Path, monkeypatch: pytest.MonkeyPatch, texts: list[str], runs: list[int]
) -> None:
    one = embedder(folder, batch_size=64)
    begun: list[int] = []
    run = one._run

    def counted(batch: list[list[int]]) -> FloatArray:
        begun.append(len(batch))
        return run(batch)

    monkeypatch.setattr(one, "_run", counted)
    await one.embed_passages(texts)
    assert begun == runs


async def test_a_run_that_fails_ends_the_call_and_lets_no_other_begin(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = embedder(folder, batch_size=1)
    begun: list[int] = []

    def run(batch: list[list[int]]) -> FloatArray:
        begun.append(len(batch))
        raise MemoryError

    monkeypatch.setattr(one, "_run", run)
    with pytest.raises(MemoryError):
        await one.embed_passages(["cat sat"] * 50)
    await asyncio.sleep(0.05)
    assert 1 <= len(begun) <= 2 * RUNS_AT_ONCE


def test_a_zero_row_stays_zero() -> None:
    assert unit_rows([[0.0, 0.0], [3.0, 4.0]]).tolist() == [[0.0, 0.0], pytest.approx([0.6, 0.8])]


def test_a_run_of_the_model_takes_as_many_windows_as_its_tokens_allow() -> None:
    lengths = [12, 5, 5, 3, 3, 3, 2, 2, 2, 2, 2]
    cut = [lengths[each] for each in batches(lengths, max_windows=4, max_tokens=10)]
    assert cut == [[12], [5, 5], [3, 3, 3], [2, 2, 2, 2], [2]]
