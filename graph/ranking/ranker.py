"""The built-in scorer of chains: boosted trees over the features of a candidate, alone and as the next step of a chain.

It is trained by `make ranker` (see `evals.ranker_training`). It calls no model and reads nothing but the candidates.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from graph.ranking.features import FEATURES, Reading
from graph.ranking.trees import Trees
from tools.errors import PermanentError

Floats = NDArray[np.float64]
PAIR = FEATURES.index("pair")
SUPERSEDED_ODDS = 1.5
RELEVANCE_WEIGHT = 0.3
MOST_BELOW = 6.0


@dataclass(frozen=True, slots=True)
class ChainRanker:
    """Scores candidates. Without trees the score is that of the best pair a candidate is in, as before training."""

    trees: Trees | None = None

    def scores(self, reading: Reading, relevance: Mapping[int, float] | None = None) -> Floats:
        """The probability (0–1) that each candidate belongs to the chain of evidence, shape (n,).

        `relevance` has a cross-encoder's scores (0–1) of some candidates, by index. Their log-odds are added relative
        to the best one and bounded, so that they change the order but never decide alone.
        """
        rows = reading.features()
        odds = self.trees.log_odds(rows) if self.trees else rows[:, PAIR]
        outdated = -SUPERSEDED_ODDS if not reading.looks_back else SUPERSEDED_ODDS / 2
        odds = odds + outdated * np.array([passage.status == "superseded" for passage in reading.passages])
        if relevance:
            read = np.clip(np.array(list(relevance.values())), 1e-6, 1 - 1e-6)
            said = np.log(read / (1 - read))
            odds[list(relevance)] += RELEVANCE_WEIGHT * np.maximum(said - said.max(), -MOST_BELOW)
        return np.asarray(1 / (1 + np.exp(-np.clip(odds, -30.0, 30.0))))


@cache
def shipped_ranker() -> ChainRanker:
    """The ranker in `graph/ranking/chains.json`; raises PermanentError if it does not fit this version."""
    written = json.loads((files("graph.ranking") / "chains.json").read_text(encoding="utf-8"))
    if written["features"] != list(FEATURES):
        raise PermanentError("graph/ranking/chains.json was trained on other features; run: make ranker")
    return ChainRanker(Trees.from_json(written["trees"]))
