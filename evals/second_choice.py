"""How much less a quotation is worth if it replaces a model's own answer, since such questions are harder.

Each question is asked both ways. The log-odds of the quotations' confidence are shifted until it is right on average.
"""

import math
from collections.abc import Sequence
from pathlib import Path

from evals.calibration import MIN_OF_EACH, Calibration, SecondChoice
from evals.records import RunFolder
from evals.scoring import ScoredQuestion, score_records
from graph.confidence import Calibration as Confidence
from graph.confidence import read_calibration, shifted

WIDEST = 6.0


def second_choice(
    own_runs: Sequence[Path], quoting_runs: Sequence[Path], own: Calibration, quoting: Confidence, max_error_rate: float
) -> SecondChoice | None:
    """From runs over the same data sets in the same order. None if almost no answer was replaced."""
    model = read_calibration(own.model_dump_json(), "the fit")
    bar = model.threshold_for(max_error_rate)
    confidence, right = [], []
    for own_run, quoting_run in zip(own_runs, quoting_runs, strict=True):
        quoted = _by_id(quoting_run)
        for name, question in _by_id(own_run).items():
            if name in quoted and _falls_short(question, model, bar):
                answer = quoted[name].record.answer
                if answer is not None and answer.claims:
                    confidence.append(quoting.confidence(answer.features))
                    right.append(float(bool(quoted[name].right)))
    if min(sum(right), len(right) - sum(right)) < MIN_OF_EACH / 2:
        return None
    return SecondChoice(shift=_shift(confidence, sum(right) / len(right)), n=len(right), right=int(sum(right)))


def _by_id(run: Path) -> dict[str, ScoredQuestion]:
    return {question.record.question.id: question for question in score_records(RunFolder(run).records())}


def _falls_short(question: ScoredQuestion, model: Confidence, bar: float) -> bool:
    answer = question.record.answer
    if answer is None:
        return False
    is_own = answer.mode == "model" and bool(answer.claims)
    return not is_own or model.confidence(answer.features) < bar


def _shift(confidence: Sequence[float], share: float) -> float:
    """The shift of log-odds at which the mean confidence equals the share of right answers."""
    from scipy.optimize import brentq  # type: ignore[import-untyped]  # ships no stubs

    def excess(shift: float) -> float:
        return sum(shifted(one, shift) for one in confidence) / len(confidence) - share

    if excess(-WIDEST) > 0 or excess(WIDEST) < 0:
        return math.copysign(WIDEST, -excess(0.0))
    return float(brentq(excess, -WIDEST, WIDEST))
