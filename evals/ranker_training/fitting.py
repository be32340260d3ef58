"""Fits boosted trees to the examples, and measures how they rank unseen questions."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evals.metrics.intervals import interval_of_share, resampled_places
from evals.ranker_training.examples import Example
from graph.ranking.features import FEATURES
from graph.ranking.trees import Trees

SEED = 20_261_124
FOLDS = 5
TOP = 5
TREES = 160
LEAVES = 12
RATE = 0.08

# Features that can only raise a passage's score, and those that can only lower it. The bounds save training data.
RISING = frozenset(
    """similarity similarity_gap coverage coverage_gap merit_gap fused named expected link_base link_strength
    link_context link_named links_base links_context links_named links_named_context back_base back_named pair pair_gap
    bridge bridge_crossed near_coverage near_gain near_base base base_gap""".split()  # noqa: SIM905
)
FALLING = frozenset({"similarity_rank", "coverage_rank", "link_rivals", "base_rank"})

Floats = NDArray[np.float64]
Report = dict[str, tuple[float, float, float]]
"""For each data set, the mean over its questions and its 95% interval."""


def fit(examples: Sequence[Example]) -> Trees:
    """Pointwise log-loss. A data set's weight is the square root of its number of questions, so that no large one
    dominates."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    questions: dict[str, set[str]] = {}
    for example in examples:
        questions.setdefault(example.dataset, set()).add(example.question)
    rows = np.vstack([example.rows for example in examples])
    evidence = np.concatenate([example.evidence for example in examples])
    weights = np.concatenate(
        [np.full(len(example.evidence), len(questions[example.dataset]) ** -0.5) for example in examples]
    )
    model = HistGradientBoostingClassifier(
        max_iter=TREES,
        learning_rate=RATE,
        max_leaf_nodes=LEAVES,
        min_samples_leaf=40,
        l2_regularization=3.0,
        max_features=0.5,
        monotonic_cst=[(name in RISING) - (name in FALLING) for name in FEATURES],
        random_state=SEED,
    )
    model.fit(rows, evidence, sample_weight=weights / weights.mean())
    return _as_trees(model)


def cross_validated(examples: Sequence[Example]) -> Report:
    """Recall@5 by data set, on questions that a fold's fit has not seen."""
    names = sorted({(example.dataset, example.question) for example in examples})
    order = np.random.default_rng(SEED).permutation(len(names))
    fold_of = {names[place]: rank % FOLDS for rank, place in enumerate(order)}
    recalls: dict[str, list[float]] = {}
    for fold in range(FOLDS):
        trees = fit([example for example in examples if fold_of[example.dataset, example.question] != fold])
        held_out = [example for example in examples if fold_of[example.dataset, example.question] == fold]
        _add_recalls(recalls, trees, held_out)
    return _report(recalls)


def left_out(examples: Sequence[Example]) -> Report:
    """Recall@5 of each data set, by a fit on all the others."""
    recalls: dict[str, list[float]] = {}
    for dataset in sorted({example.dataset for example in examples}):
        trees = fit([example for example in examples if example.dataset != dataset])
        _add_recalls(recalls, trees, [example for example in examples if example.dataset == dataset])
    return _report(recalls)


def first_search(examples: Sequence[Example]) -> Report:
    """Recall@5 of the first search alone: dense and BM25, fused by rank."""
    return _by_feature("fused", [example for example in examples if example.first])


def hand_made(examples: Sequence[Example]) -> Report:
    """Recall@5 of the score used without training: the best pair of passages."""
    return _by_feature("pair", [example for example in examples if example.last])


def _by_feature(name: str, examples: Sequence[Example]) -> Report:
    column = FEATURES.index(name)
    recalls: dict[str, list[float]] = {}
    for example in examples:
        recalls.setdefault(example.dataset, []).append(_recall(example, example.rows[:, column]))
    return _report(recalls)


def _report(recalls: Mapping[str, Sequence[float]]) -> Report:
    report = {}
    for dataset, values in sorted(recalls.items()):
        interval = interval_of_share(np.array(values), resampled_places(len(values)))
        assert interval is not None
        report[dataset] = (float(np.mean(values)), *interval)
    return report


def _add_recalls(recalls: dict[str, list[float]], trees: Trees, examples: Sequence[Example]) -> None:
    for example in examples:
        if example.last:
            recalls.setdefault(example.dataset, []).append(_recall(example, trees.log_odds(example.rows)))


def _recall(example: Example, scores: Floats) -> float:
    best = np.argsort(-scores, kind="stable")[:TOP]
    return min(1.0, int(example.evidence[best].sum()) / example.supporting)


def _as_trees(model: Any) -> Trees:
    """scikit-learn's node tables in one. A leaf points to itself, so what is read there does not matter."""
    tables = [stage[0].nodes for stage in model._predictors]
    starts = np.cumsum([0, *(len(table) for table in tables[:-1])])
    own = [np.arange(len(table)) for table in tables]
    joined: Mapping[str, list[Any]] = {
        "left": [np.where(t["is_leaf"], o, t["left"]) + s for t, o, s in zip(tables, own, starts, strict=True)],
        "right": [np.where(t["is_leaf"], o, t["right"]) + s for t, o, s in zip(tables, own, starts, strict=True)],
        "feature": [np.where(t["is_leaf"], 0, t["feature_idx"]) for t in tables],
        "threshold": [np.where(t["is_leaf"], 0.0, t["num_threshold"]) for t in tables],
        "value": [np.where(t["is_leaf"], t["value"], 0.0) for t in tables],
    }
    columns = {name: np.concatenate(parts) for name, parts in joined.items()}
    return Trees(
        bias=float(np.ravel(model._baseline_prediction)[0]),
        depth=max(int(table["depth"].max()) for table in tables),
        roots=starts.astype(np.int64),
        feature=columns["feature"].astype(np.int64),
        threshold=columns["threshold"].astype(np.float64),
        left=columns["left"].astype(np.int64),
        right=columns["right"].astype(np.int64),
        value=columns["value"].astype(np.float64),
    )
