"""FlashRank's habits stay inside its adapter."""

import asyncio
import logging
import warnings
from pathlib import Path

import pytest

from tests.tools.rerankers.tiny_model import MODEL, MODEL_FILE, write_tiny_model
from tools.errors import MissingModel
from tools.rerankers.flashrank import BATCH_PASSAGES, FlashRankReranker, find_model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_tiny_model(tmp_path / "models")
    return tmp_path / "models"


@pytest.fixture
def reranker(folder: Path) -> FlashRankReranker:
    return FlashRankReranker(MODEL, folder)


async def test_scores_come_in_the_order_of_the_texts_not_of_their_rank(reranker: FlashRankReranker) -> None:
    texts = ["bad", "good good", "fine", "poor"]
    given = list(texts)
    scores = await reranker.score("anything", texts)
    assert texts == given
    assert scores == pytest.approx([0.1192, 0.9820, 0.7311, 0.2689], abs=1e-4)


async def test_equal_texts_get_equal_scores_and_each_its_own(reranker: FlashRankReranker) -> None:
    scores = await reranker.score("q", ["good", "bad", "good", "bad"])
    assert scores[0] == scores[2] > scores[1] == scores[3]


async def test_more_texts_than_a_batch_are_all_scored_in_place(reranker: FlashRankReranker) -> None:
    texts = ["good" if n % 3 else "bad" for n in range(BATCH_PASSAGES * 2 + 5)]
    scores = await reranker.score("q", texts)
    assert [score > 0.5 for score in scores] == [bool(n % 3) for n in range(len(texts))]


async def test_words_behind_the_window_have_no_say(reranker: FlashRankReranker) -> None:
    long = "word " * 600 + "bad " * 50
    assert (await reranker.score("q", [long]))[0] == pytest.approx(0.5)


async def test_an_empty_list_empty_texts_and_half_characters_are_fine(reranker: FlashRankReranker) -> None:
    assert await reranker.score("q", []) == []
    assert await reranker.score("", ["", "good"]) == pytest.approx([0.5, 0.8808], abs=1e-4)
    assert await reranker.score("half \ud83d", ["\ude00", "good"]) == pytest.approx([0.5, 0.8808], abs=1e-4)


async def test_a_hopeless_passage_scores_zero_without_a_warning(reranker: FlashRankReranker) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert await reranker.score("q", ["awful"]) == [0.0]


async def test_questions_at_the_same_time_do_not_mix(reranker: FlashRankReranker) -> None:
    results = await asyncio.gather(*(reranker.score("q", ["good", "bad"][:: 1 if n % 2 else -1]) for n in range(8)))
    assert [scores[0] > scores[1] for scores in results] == [bool(n % 2) for n in range(8)]


def test_loading_leaves_logging_as_it_was(folder: Path) -> None:
    root = logging.getLogger()
    kept, level = list(root.handlers), root.level
    for handler in kept:
        root.removeHandler(handler)
    root.setLevel(logging.ERROR)
    try:
        FlashRankReranker(MODEL, folder)
        assert root.handlers == []
        assert root.level == logging.ERROR
    finally:
        root.setLevel(level)
        for handler in kept:
            root.addHandler(handler)


def test_a_missing_model_is_named_and_nothing_is_downloaded(tmp_path: Path) -> None:
    with pytest.raises(MissingModel, match=r"'ms-marco-TinyBERT-L-2-v2' is not in .*HOPLINE_RERANKER=builtin"):
        FlashRankReranker(MODEL, tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_an_incomplete_folder_says_which_file_is_missing(folder: Path) -> None:
    (folder / MODEL / "tokenizer.json").unlink()
    with pytest.raises(MissingModel, match=r"tokenizer\.json missing"):
        FlashRankReranker(MODEL, folder)
    assert find_model(folder) is None


def test_a_damaged_model_is_an_error_of_ours(folder: Path) -> None:
    (folder / MODEL / MODEL_FILE).write_bytes(b"not a model")
    with pytest.raises(MissingModel, match="can't be loaded"):
        FlashRankReranker(MODEL, folder)


def test_an_unknown_name_lists_the_known_ones(folder: Path) -> None:
    with pytest.raises(MissingModel, match="ms-marco-MiniLM-L-12-v2"):
        FlashRankReranker("gpt-reranker", folder)


def test_a_present_model_is_found_and_an_absent_one_is_none(folder: Path, tmp_path: Path) -> None:
    assert find_model(folder) == MODEL
    assert find_model(tmp_path / "nowhere") is None
