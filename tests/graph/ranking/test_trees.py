"""Trees as numbers give what the library that grew them gives."""

import json

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from evals.ranker_training.fitting import _as_trees
from graph.ranking.trees import Trees


def test_trees_written_down_and_read_again_score_as_their_library_does() -> None:
    numbers = np.random.default_rng(1)
    rows = numbers.normal(size=(600, 5))
    target = (rows[:, 0] * rows[:, 1] + 0.3 * rows[:, 2] > 0).astype(int)
    grown = HistGradientBoostingClassifier(max_iter=25, max_leaf_nodes=9, random_state=0).fit(rows, target)
    read = Trees.from_json(json.loads(json.dumps(_as_trees(grown).as_json())))
    unseen = numbers.normal(size=(200, 5))
    assert np.allclose(read.log_odds(unseen), grown.decision_function(unseen), atol=1e-3)
