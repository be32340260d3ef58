"""Weights of eight bits: another model to the store, nearly the same vectors."""

import asyncio
import shutil
from pathlib import Path

import numpy as np
import pytest

from tools.embedders.opening import open_embedder
from tools.errors import MissingModel

TEXTS = ["Badges are worn at all times.", "Visitors sign the book at the door.", "Leave is twenty-eight days a year."]


async def test_eight_bits_give_nearly_the_same_vectors_under_a_name_of_their_own(
    model_cache: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"  # of its own, since a model is written into it
    await asyncio.to_thread(shutil.copytree, model_cache, cache)
    exact = await open_embedder("minilm", cache)
    quick = await open_embedder("minilm:int8", cache)
    assert (quick.name, quick.dimension) == (f"{exact.name}:int8", exact.dimension)
    cosines = np.sum(await exact.embed_passages(TEXTS) * await quick.embed_passages(TEXTS), axis=1)
    assert cosines.min() > 0.95


async def test_a_model_that_is_not_here_can_not_be_had_in_eight_bits(tmp_path: Path) -> None:
    with pytest.raises(MissingModel, match="nowhere:int8 can't be had"):
        await open_embedder("nowhere:int8", tmp_path)
