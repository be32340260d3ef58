"""Fits the calibrated head on what an encoder says of claims it was not trained on."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evals.claims import balanced_accuracy, f1_unsupported
from evals.metrics.selective import Floats, auroc, ece
from evals.verifier_training.claim_sets import Claim
from tools.ports import FloatArray
from tools.verifiers.head import SUPPORTED, Head, inputs_of

REGULARISATION = 0.1


@dataclass(frozen=True, slots=True)
class Scored:
    """Claims of one set beside the logits of an encoder that has not seen them."""

    claims: Sequence[Claim]
    logits: FloatArray

    def part(self, fold: int, folds: int, *, inside: bool) -> "Scored":
        kept = [at for at, claim in enumerate(self.claims) if claim.is_in(fold, folds) == inside]
        return Scored([self.claims[at] for at in kept], self.logits[kept])


def fit_head(parts: Sequence[Scored], version: str) -> Head:
    """Logistic regression over all parts; every part counts the same, and so does each of its two labels."""
    from sklearn.linear_model import LogisticRegression

    rows, labels, weights = [], [], []
    for part in parts:
        counts = Counter(claim.supported for claim in part.claims)
        for claim, logits in zip(part.claims, part.logits, strict=True):
            rows.append(inputs_of(logits, claim.reading.features))
            labels.append(claim.supported)
            weights.append(1000 / counts[claim.supported])
    table = np.array(rows, dtype=np.float64)
    mean, spread = table.mean(axis=0), table.std(axis=0) + 1e-6
    model = LogisticRegression(C=REGULARISATION, max_iter=2000)
    model.fit((table - mean) / spread, labels, sample_weight=np.array(weights))
    weights_as_they_are = model.coef_[0] / spread
    bias = float(model.intercept_[0] - weights_as_they_are @ mean)
    return Head(version, tuple(round(float(one), 5) for one in weights_as_they_are), round(bias, 5))


def measure(head: Head, scored: Scored) -> dict[str, float]:
    """Balanced accuracy, F1 of unsupported, AUROC, and ECE with both labels counting the same."""
    features = [claim.reading.features for claim in scored.claims]
    scores = np.array(head.scores(scored.logits, features))
    gold = np.array([claim.supported for claim in scored.claims], dtype=np.float64)
    predicted = (scores >= SUPPORTED).astype(np.float64)
    even = _evenly(gold)
    found = {
        "n": float(len(gold)),
        "balanced_accuracy": balanced_accuracy(gold, predicted),
        "f1_unsupported": f1_unsupported(gold, predicted),
        "auroc": auroc(scores, gold),
        "ece": ece(scores[even], gold[even]),
    }
    return {name: round(value, 4) for name, value in found.items() if value is not None}


def _evenly(gold: Floats) -> NDArray[np.int64]:
    """Places of as many supported as unsupported claims, the rarer ones repeated: the prior the head is fitted for."""
    sides = [np.flatnonzero(gold == side) for side in (0, 1)]
    size = max(len(side) for side in sides)
    return np.concatenate([np.resize(side, size) for side in sides if len(side)])
