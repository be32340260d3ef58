"""FlashRank's cross-encoders as a Reranker, with the library's habits contained.

It downloads a model it does not find, configures the root logger, writes scores into the passages it is given and sorts
them in place, and blocks. Here: no folder, no model; logging is put back; it gets copies; it runs in a thread. A pair
of query and passage is cut at 512 tokens: what a passage says after that has no say in its score.
"""

import asyncio
import logging
import math
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from tools.errors import MissingModel
from tools.well_formed import well_formed

MAX_TOKENS = 512
BATCH_PASSAGES = 32
_TOKENIZER_FILES = ("tokenizer.json", "config.json", "tokenizer_config.json", "special_tokens_map.json")
_PREFERRED = ("ms-marco-MiniLM-L-12-v2", "ms-marco-MultiBERT-L-12", "rank-T5-flan", "ms-marco-TinyBERT-L-2-v2")


class FlashRankReranker:
    """Implements Reranker; scores are in 0–1. One pair is scored in about 10 ms (MiniLM) on two cores."""

    def __init__(self, model_name: str, folder: Path) -> None:
        """Load `folder/model_name`; blocks for about a second. Raises MissingModel, naming what is not there."""
        missing = _missing(model_name, folder)
        if missing is not None:
            raise MissingModel(
                f"The FlashRank model {model_name!r} is not in {folder}: {missing}. Unpack its folder there, or set "
                "HOPLINE_RERANKER=builtin."
            )
        with _logging_kept():
            from flashrank import Ranker

            try:
                self._ranker: Any = Ranker(model_name, str(folder), max_length=MAX_TOKENS, log_level="WARNING")
            except Exception as error:
                raise MissingModel(f"The FlashRank model in {folder / model_name} can't be loaded: {error}") from error
        self._name = model_name
        # Ranker changes its tokenizer's settings in no call, but says nothing about threads: one at a time.
        self._turn = threading.Lock()

    @property
    def name(self) -> str:
        return f"flashrank:{self._name}"

    async def score(self, query: str, texts: Sequence[str]) -> list[float]:
        scores: list[float] = []
        for first in range(0, len(texts), BATCH_PASSAGES):
            scores += await asyncio.to_thread(self._score, query, list(texts[first : first + BATCH_PASSAGES]))
        return scores

    def _score(self, query: str, texts: list[str]) -> list[float]:
        from flashrank import RerankRequest

        passages = [{"id": index, "text": well_formed(text)} for index, text in enumerate(texts)]
        # Its exponential overflows for a hopeless passage: the score is 0 all the same, and no warning is due.
        with self._turn, np.errstate(over="ignore"):
            ranked = self._ranker.rerank(RerankRequest(well_formed(query), passages))
        scores = {passage["id"]: float(passage["score"]) for passage in ranked}
        return [scores[index] if math.isfinite(scores[index]) else 0.0 for index in range(len(texts))]


def find_model(folder: Path) -> str | None:
    """The name of the best FlashRank model whose files are complete in the folder, or None.

    Cheap when there is none: the library is imported only for a folder that has a model's name.
    """
    return next((name for name in _PREFERRED if (folder / name).is_dir() and _missing(name, folder) is None), None)


def _missing(model_name: str, folder: Path) -> str | None:
    """What stands in the way of loading the model without a download, or None."""
    from flashrank.Config import listwise_rankers, model_file_map

    if model_name not in model_file_map or model_name in listwise_rankers:
        known = ", ".join(sorted(set(model_file_map) - set(listwise_rankers)))
        return f"FlashRank has no cross-encoder of that name (it has {known})"
    wanted = (*_TOKENIZER_FILES, model_file_map[model_name])
    absent = [name for name in wanted if not (folder / model_name / name).is_file()]
    return f"{', '.join(absent)} missing" if absent else None


@contextmanager
def _logging_kept() -> Iterator[None]:
    """Put the root logger's handlers and level back as they were."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        yield
    finally:
        for handler in [handler for handler in root.handlers if handler not in handlers]:
            root.removeHandler(handler)
            handler.close()
        root.setLevel(level)
