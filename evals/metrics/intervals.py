"""Confidence intervals: how far a number would move with another sample of questions."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RESAMPLES = 1_000
SEED = 20_240_607
Interval = tuple[float, float]


def resampled_places(n: int, resamples: int = RESAMPLES) -> NDArray[np.int64]:
    """Shape (resamples, n): places drawn with replacement, the same for every metric so that runs can be paired."""
    return np.random.default_rng(SEED).integers(0, n, size=(resamples, n))


def nan_means(values: Floats, places: NDArray[np.int64]) -> Floats:
    """The mean of each resample without NaN, which marks what does not apply; shape (resamples,)."""
    known = ~np.isnan(values)
    sums = np.where(known, values, 0.0)[places].sum(axis=1)
    counts = known[places].sum(axis=1)
    means: Floats = np.divide(sums, counts, out=np.full(len(places), np.nan), where=counts > 0)
    return means


def interval_of(replicates: Floats) -> Interval | None:
    """The middle 95% of the replicates (percentile bootstrap, Efron 1979); None if there are none."""
    known = replicates[~np.isnan(replicates)]
    if not len(known):
        return None
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)


def interval_of_share(values: Floats, places: NDArray[np.int64]) -> Interval | None:
    """The 95% interval of a mean of values in 0–1, without NaN; None if there are none.

    If every value is 0 or 1, it is Wilson's interval: resamples of nothing but ones are all equal, but a hundred
    percent of forty questions is not certain. Otherwise the bootstrap over `places`, shape (resamples, n).
    """
    known = values[~np.isnan(values)]
    if not len(known) or not np.isin(known, (0.0, 1.0)).all():
        return interval_of(nan_means(values, places))
    return wilson_interval(int(known.sum()), len(known))


def wilson_interval(hits: int, n: int) -> Interval:
    """The 95 % score interval of a proportion (Wilson 1927); `n` is at least 1."""
    from scipy.stats import binomtest  # type: ignore[import-untyped]

    bounds = binomtest(hits, n).proportion_ci(confidence_level=0.95, method="wilson")
    return float(bounds.low), float(bounds.high)


def replicate(statistic: Callable[[NDArray[np.int64]], float | None], places: NDArray[np.int64]) -> Floats:
    """Any statistic over every resample; NaN where it does not apply. Shape (resamples,)."""
    values = (statistic(row) for row in places)
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
