"""Bootstrap intervals: how far a number would move with another draw of questions."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RESAMPLES = 1_000
SEED = 20_240_607
Interval = tuple[float, float]


def resampled_places(n: int, resamples: int = RESAMPLES, seed: int = SEED) -> NDArray[np.int64]:
    """Shape (resamples, n): places drawn with replacement, the same for every metric so that runs can be paired."""
    return np.random.default_rng(seed).integers(0, n, size=(resamples, n))


def nan_means(values: Floats, places: NDArray[np.int64]) -> Floats:
    """Mean of each resample over the entries that are not NaN; shape (resamples,). NaN marks what does not apply."""
    known = ~np.isnan(values)
    sums = np.where(known, values, 0.0)[places].sum(axis=1)
    counts = known[places].sum(axis=1)
    means: Floats = np.divide(sums, counts, out=np.full(len(places), np.nan), where=counts > 0)
    return means


def interval_of(replicates: Floats) -> Interval | None:
    """The middle 95 % of the replicates (percentile bootstrap, Efron 1979); None when none could be computed."""
    known = replicates[~np.isnan(replicates)]
    if not len(known):
        return None
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)


def replicate(statistic: Callable[[NDArray[np.int64]], float | None], places: NDArray[np.int64]) -> Floats:
    """A statistic that is not a mean, over every resample; NaN where it does not apply. Shape (resamples,)."""
    values = (statistic(row) for row in places)
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
