"""Gradient-boosted trees as plain numbers: the result of training is read and summed here without a library."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trees:
    """All nodes of all trees in one table. `left` and `right` are places in it; a leaf points to itself. The log-odds
    of a row are `bias` plus the values of the leaves that it reaches, one per tree."""

    bias: float
    roots: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: Floats
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: Floats
    depth: int

    def log_odds(self, rows: Floats) -> Floats:
        """The log-odds, of shape (n,), for rows of shape (n, features)."""
        # `take` from flat arrays is several times as fast as indexing them: 160 trees over 100 rows are many places.
        count, width = rows.shape
        cells, starts = rows.ravel(), np.arange(count)[:, None] * width
        onward = np.column_stack([self.right, self.left]).ravel()
        places = np.repeat(self.roots[None, :], count, axis=0)
        for _ in range(self.depth):
            goes_left = cells.take(starts + self.feature.take(places)) <= self.threshold.take(places)
            places = onward.take(2 * places + goes_left)
        total: Floats = self.bias + self.value.take(places).sum(axis=1)
        return total

    @classmethod
    def from_json(cls, written: dict[str, Any]) -> "Trees":
        def integers(name: str) -> NDArray[np.int64]:
            return np.array(written[name], dtype=np.int64)

        def floats(name: str) -> Floats:
            return np.array(written[name], dtype=np.float64)

        return cls(
            bias=float(written["bias"]),
            depth=int(written["depth"]),
            roots=integers("roots"),
            feature=integers("feature"),
            threshold=floats("threshold"),
            left=integers("left"),
            right=integers("right"),
            value=floats("value"),
        )

    def as_json(self) -> dict[str, Any]:
        arrays = {name: getattr(self, name).tolist() for name in ("roots", "feature", "left", "right")}
        floats = {name: [float(f"{x:.6g}") for x in getattr(self, name)] for name in ("threshold", "value")}
        return {"bias": self.bias, "depth": self.depth, **arrays, **floats}
