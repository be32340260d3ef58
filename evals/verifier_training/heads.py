"""Fits the calibrated head on an encoder's logits for claims that it was not trained on."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evals.claims import balanced_accuracy, f1_unsupported
from evals.metrics.selective import Floats, auroc, ece
from evals.verifier_training.claim_sets import Claim
from tools.ports import FloatArray
from tools.verifiers.head import INPUTS, SUPPORTED, Head, inputs_of

SHRINKAGE = 0.005
SHARED_WORDS_SHRINKAGE = 2.0
"""The effect of shared words differs most between the sets, so its weight is kept small."""
LEAST_SIDE = 20
"""Claims of each label that a group needs; with fewer, the form alone would give the label away."""
FOR = frozenset({"support_margin", "brief_support", "quoted", "coverage", "similarity"})
FREE = frozenset({"answers_briefly"})
SHARED_WORDS = frozenset({"quoted", "coverage", "similarity"})


@dataclass(frozen=True, slots=True)
class Scored:
    """Claims of one set with the logits of an encoder that has not seen them."""

    claims: Sequence[Claim]
    logits: FloatArray

    def part(self, fold: int, folds: int, *, inside: bool) -> "Scored":
        kept = [at for at, claim in enumerate(self.claims) if claim.is_in(fold, folds) == inside]
        return Scored([self.claims[at] for at in kept], self.logits[kept])


def fit_head(parts: Sequence[Scored], version: str) -> Head:
    """Logistic regression in which evidence for a claim can't count against it, and vice versa.

    Without these bounds the head learns the habits of one set (where denials are mostly true) and fails on another.
    Each part has the same weight, and within it each form of claim as many supported as unsupported ones.
    """
    rows, labels, weights = [], [], []
    for part in parts:
        counts = Counter((claim.is_brief, claim.supported) for claim in part.claims)
        forms = [form for form in (False, True) if min(counts[form, True], counts[form, False]) >= LEAST_SIDE]
        for claim, logits in zip(part.claims, part.logits, strict=True):
            if claim.is_brief in forms:
                rows.append(inputs_of(logits, claim.reading.features))
                labels.append(claim.supported)
                weights.append(1 / len(forms) / counts[claim.is_brief, claim.supported])
    table = np.array(rows, dtype=np.float64)
    mean, spread = table.mean(axis=0), table.std(axis=0) + 1e-6
    found = _fit((table - mean) / spread, np.array(labels, dtype=np.float64), np.array(weights) / sum(weights))
    slopes = found[:-1] / spread
    return Head(version, tuple(round(float(one), 5) for one in slopes), round(float(found[-1] - slopes @ mean), 5))


def _fit(table: Floats, labels: Floats, weights: Floats) -> Floats:
    """The minimum of the penalised loss within the bounds; the last number is the bias."""
    from scipy.optimize import minimize  # type: ignore[import-untyped]  # ships no stubs

    shrinkage = np.array([SHARED_WORDS_SHRINKAGE if name in SHARED_WORDS else SHRINKAGE for name in INPUTS])

    def loss(at: Floats) -> tuple[float, Floats]:
        slopes, odds = at[:-1], table @ at[:-1] + at[-1]
        value = float((weights * (np.logaddexp(0, odds) - labels * odds)).sum() + (shrinkage * slopes**2).sum())
        error = weights * (1 / (1 + np.exp(-odds)) - labels)
        return value, np.append(table.T @ error + 2 * shrinkage * slopes, error.sum())

    bounds = [(None, None) if name in FREE else (0, None) if name in FOR else (None, 0) for name in INPUTS]
    best: Floats = minimize(loss, np.zeros(len(INPUTS) + 1), jac=True, bounds=[*bounds, (None, None)]).x
    return best


def measure(head: Head, scored: Scored) -> dict[str, float]:
    """Balanced accuracy, F1 of unsupported claims, AUROC, and ECE with both labels weighted equally."""
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
    """Indexes of as many supported as unsupported claims, the rarer ones repeated: the prior that the head is fitted
    for."""
    sides = [np.flatnonzero(gold == side) for side in (0, 1)]
    size = max(len(side) for side in sides)
    return np.concatenate([np.resize(side, size) for side in sides if len(side)])
