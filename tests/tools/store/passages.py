"""Small passages and vectors for the store's tests."""

import numpy as np

from tools.passages import Passage
from tools.ports import FloatArray
from tools.store.schema import Identity

DIMENSION = 8
IDENTITY = Identity("random", DIMENSION)


def passage(
    key: str,
    text: str = "Some text.",
    *,
    source: str = "a.md",
    title: str = "A title",
    tenant: str = "default",
    groups: tuple[str, ...] = ("public",),
    names: tuple[str, ...] = (),
    start: int = 0,
) -> Passage:
    return Passage(
        key=key, id=key, source=source, title=title, text=text, tenant=tenant, groups=groups, names=names, start=start
    )


def vectors(count: int, seed: int = 0) -> FloatArray:
    """Random unit rows, the same for the same seed."""
    rows = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    unit: FloatArray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit
