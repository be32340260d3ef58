"""Readers' feedback as labelled cases, one JSON row each: from `hopline slack --export-feedback`, or a team's own.

As `questions.jsonl` beside the documents, the export is a data set. A calibration uses only cases labelled right or
wrong: a reader who finds an answer incomplete says nothing about what it does say.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, StrictBool

from evals.calibration import LEFT_OUT, OF_FEW, Calibration, fit_rows
from evals.datasets.rows import RowShape, read_lines
from graph.confidence import shipped_calibration
from tools.errors import InvalidInput

MODES: tuple[Literal["extractive", "model"], ...] = ("extractive", "model")


class FeedbackCase(RowShape):
    """An answer's features (printed by `ask --json`) and whether it was right; `right` is None if the label does not
    tell. A row without a mode counts for every mode."""

    id: str = ""
    question: str = ""
    label: Literal["helpful", "not_helpful"] | None = None
    right: StrictBool | None = None
    reason: str = ""
    confidence: float | None = Field(None, ge=0, le=1)
    features: dict[str, float]
    mode: Literal["extractive", "model"] | None = None


def load_feedback(file: Path) -> tuple[FeedbackCase, ...]:
    """Raises InvalidDataset naming file and line."""
    return tuple(row.as_shape(FeedbackCase) for row in read_lines(file))


def calibrate_on_feedback(file: Path, *, mode: Literal["extractive", "model"], out: Path) -> Calibration:
    """Fit the confidence on readers' feedback and write the JSON from which it is loaded.

    Raises InvalidInput for unknown features, and for too few right or wrong cases.
    """
    cases = [case for case in load_feedback(file) if case.features and case.mode in (mode, None)]
    known = LEFT_OUT | OF_FEW | {name for one in MODES for name in shipped_calibration(one).coefficients}
    if strange := {name for case in cases for name in case.features} - known:
        raise InvalidInput(
            f"{file}: {sorted(strange)[0]!r} is not a feature of this version; it knows {sorted(known)}."
        )
    rows = [(file.stem, case.features, case.right) for case in cases if case.right is not None]
    return fit_rows(rows, mode=mode, out=out)
