"""Readers' feedback as labelled cases: what `hopline slack --export-feedback` writes, one JSON row a case.

The same file, put as `questions.jsonl` beside the documents, is a data set to run. A calibration takes the cases whose
label speaks of rightness: a reader who finds an answer incomplete says nothing about what it does say.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from evals.calibration import MIN_OF_EACH, Calibration, best_threshold, fit
from evals.datasets.rows import RowShape, read_lines
from evals.metrics.selective import Floats, auroc, ece
from tools.errors import InvalidInput

FOLDS = 5


class FeedbackCase(RowShape):
    """One reader's label of one answer; `right` is None where the label does not tell."""

    id: str = Field(min_length=1)
    question: str = Field(min_length=1)
    label: Literal["helpful", "not_helpful"]
    right: bool | None = None
    reason: str = ""
    confidence: float = Field(ge=0, le=1)
    features: dict[str, float] = Field(default_factory=dict)
    mode: Literal["extractive", "model"] = "extractive"


def load_feedback(file: Path) -> tuple[FeedbackCase, ...]:
    """Raises InvalidDataset naming file and line."""
    return tuple(row.as_shape(FeedbackCase) for row in read_lines(file))


def calibrate_on_feedback(file: Path, *, mode: Literal["extractive", "model"], out: Path) -> Calibration:
    """Fit the confidence on what readers said and write the JSON that it is loaded from.

    `auroc` and `ece` are cross-validated over folds of cases. Raises InvalidInput with too few of either kind.
    """
    cases = [case for case in load_feedback(file) if case.right is not None and case.mode == mode and case.features]
    right = np.array([float(bool(case.right)) for case in cases])
    if min(right.sum(), len(right) - right.sum()) < MIN_OF_EACH:
        raise InvalidInput(
            f"{file}: readers found {int(right.sum())} {mode} answers right and {int(len(right) - right.sum())} wrong;"
            f" a calibration needs {MIN_OF_EACH} of each."
        )
    names = tuple(sorted({name for case in cases for name in case.features}))
    values = np.array([[case.features.get(name, 0.0) for name in names] for case in cases])
    coefficients, intercept = fit(values, right)
    held_out = _held_out(values, right)
    calibration = Calibration(
        mode=mode,
        features=names,
        coefficients=dict(zip(names, coefficients.tolist(), strict=True)),
        intercept=intercept,
        n=len(right),
        right=int(right.sum()),
        auroc=auroc(held_out, right),
        ece=ece(held_out, right),
        threshold=best_threshold(held_out, right),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(calibration.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return calibration


def _held_out(values: Floats, right: Floats) -> Floats:
    """Each case's confidence from a fit that did not see it; shape (n,)."""
    confidence = np.zeros(len(right))
    for unseen in _folds(right):
        seen = np.setdiff1d(np.arange(len(right)), unseen)
        coefficients, intercept = fit(values[seen], right[seen])
        confidence[unseen] = 1 / (1 + np.exp(-np.clip(values[unseen] @ coefficients + intercept, -30, 30)))
    return confidence


def _folds(right: Floats) -> Sequence[NDArray[np.intp]]:
    """Places of the cases, dealt out so that each fold has its share of right and wrong ones."""
    order = np.argsort(right, kind="stable")
    return [order[start::FOLDS] for start in range(FOLDS)]
