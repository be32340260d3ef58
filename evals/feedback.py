"""Readers' feedback as labelled cases, a JSON row each: from `hopline slack --export-feedback`, or a team's own.

The export, put as `questions.jsonl` beside the documents, is a data set to run. A calibration takes the cases whose
label speaks of rightness: a reader who finds an answer incomplete says nothing about what it does say.
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
    """An answer's features (`ask --json` prints them) and whether it was right; `right` is None where the label does
    not tell. A row without a mode counts for any."""

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
    """Fit the confidence on what readers said and write the JSON that it is loaded from.

    Raises InvalidInput for features of another version, or with too few of either kind.
    """
    cases = [case for case in load_feedback(file) if case.features and case.mode in (mode, None)]
    known = LEFT_OUT | OF_FEW | {name for one in MODES for name in shipped_calibration(one).coefficients}
    if strange := {name for case in cases for name in case.features} - known:
        raise InvalidInput(
            f"{file}: {sorted(strange)[0]!r} is not a feature of this version; known are {sorted(known)}."
        )
    rows = [(file.stem, case.features, case.right) for case in cases if case.right is not None]
    return fit_rows(rows, mode=mode, out=out)
