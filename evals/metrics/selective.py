"""How well a confidence separates right from wrong, and whether it means what it says."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ECE_BINS = 10


def auroc(confidence: Floats, right: Floats) -> float | None:
    """Area under the ROC curve: the chance that a right answer has the higher confidence, ties counting half.

    From the rank sum of the right answers (Mann & Whitney 1947): `(R − P(P + 1)/2) / (P·N)` for P right and N wrong;
    None unless both kinds are there.
    """
    from scipy.stats import rankdata  # type: ignore[import-untyped]

    positives = int(right.sum())
    negatives = len(right) - positives
    if not positives or not negatives:
        return None
    rank_sum = float(rankdata(confidence)[right == 1].sum())
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def equal_mass_bins(confidence: Floats, right: Floats, bins: int = ECE_BINS) -> list[tuple[float, float, int]]:
    """(mean confidence, share right, count) of bins with equally many answers, by rising confidence.

    With fewer answers than bins, every answer is a bin of its own.
    """
    order = np.argsort(confidence, kind="stable")
    chunks = np.array_split(order, min(bins, len(order))) if len(order) else []
    return [(float(confidence[chunk].mean()), float(right[chunk].mean()), len(chunk)) for chunk in chunks]


def ece(confidence: Floats, right: Floats, bins: int = ECE_BINS) -> float | None:
    """Expected calibration error with equal-mass bins: `Σ |bin| / n · |mean confidence − share right|`.

    Naeini et al. 2015, with the adaptive bins of Nixon et al. 2019; None without answers.
    """
    parts = equal_mass_bins(confidence, right, bins)
    if not parts:
        return None
    return sum(count * abs(mean - accuracy) for mean, accuracy, count in parts) / len(confidence)


def risk_coverage(confidence: Floats, right: Floats) -> tuple[Floats, Floats]:
    """Coverage k/n and the error rate of the k most confident answers, for k = 1 … n.

    El-Yaniv & Wiener 2010. Answers of equal confidence share their mean error, so that the curve does not depend
    on the order in which they were asked.
    """
    order = np.argsort(-confidence, kind="stable")
    _, inverse, counts = np.unique(-confidence[order], return_inverse=True, return_counts=True)
    errors = np.bincount(inverse, weights=1.0 - right[order]) if len(order) else np.zeros(0)
    shared = (errors / counts)[inverse] if len(order) else np.zeros(0)
    places = np.arange(1, len(order) + 1, dtype=np.float64)
    return places / max(len(order), 1), np.cumsum(shared) / places


def aurc(confidence: Floats, right: Floats) -> float | None:
    """Area under the risk–coverage curve: the mean risk over all coverages (Geifman et al. 2019); lower is better."""
    if not len(confidence):
        return None
    return float(risk_coverage(confidence, right)[1].mean())
