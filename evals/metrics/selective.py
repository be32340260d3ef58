"""How well the confidence separates right from wrong answers, and whether it is calibrated."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ECE_BINS = 10


def auroc(confidence: Floats, right: Floats) -> float | None:
    """Area under the ROC curve: the share of right-wrong pairs in which the right answer has the higher confidence,
    ties counting half. None unless both kinds occur.

    This is the Mann-Whitney statistic; equal to scikit-learn's value, but fast enough for a bootstrap.
    """
    positives = float(right.sum())
    negatives = len(right) - positives
    if not positives or not negatives:
        return None
    values, place = np.unique(confidence, return_inverse=True)
    right_at = np.bincount(place, weights=right, minlength=len(values))
    wrong_at = np.bincount(place, weights=1 - right, minlength=len(values))
    wrong_below = np.cumsum(wrong_at) - wrong_at
    return float((right_at * (wrong_below + wrong_at / 2)).sum() / (positives * negatives))


def equal_mass_bins(confidence: Floats, right: Floats, bins: int = ECE_BINS) -> list[tuple[float, float, int]]:
    """(mean confidence, share right, count) of bins with equally many answers, by rising confidence.

    With fewer answers than bins, every answer is a bin of its own.
    """
    if not len(confidence):
        return []
    order = np.argsort(confidence, kind="stable")
    chunks = np.split(order, _bin_starts(len(order), bins)[1:])
    return [(float(confidence[chunk].mean()), float(right[chunk].mean()), len(chunk)) for chunk in chunks]


def ece(confidence: Floats, right: Floats, bins: int = ECE_BINS) -> float | None:
    """Expected calibration error with equal-mass bins: `Σ |bin| / n · |mean confidence − share right|`.

    Naeini et al. 2015, with the adaptive bins of Nixon et al. 2019; None without answers.
    """
    if not len(confidence):
        return None
    order = np.argsort(confidence, kind="stable")
    gaps = np.add.reduceat((confidence - right)[order], _bin_starts(len(order), bins))
    return float(np.abs(gaps).sum() / len(order))


def _bin_starts(n: int, bins: int) -> NDArray[np.int64]:
    """Where each bin begins among n sorted answers: the first bins take one more when n is not a multiple."""
    size, rest = divmod(n, min(bins, n))
    sizes = np.full(min(bins, n), size)
    sizes[:rest] += 1
    starts: NDArray[np.int64] = np.cumsum(sizes) - sizes
    return starts


def risk_coverage(confidence: Floats, right: Floats) -> tuple[Floats, Floats]:
    """Coverage k/n and the error rate of the k most confident answers, for k = 1 … n (El-Yaniv & Wiener 2010).

    Answers of equal confidence share their mean error, so that the curve does not depend on the order of the questions.
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
