"""What a judge's grades say, and how well they agree with the reference (exact match, contained answer or F1)."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from evals.judge import Judgement, is_gradable
from evals.metrics.intervals import interval_of, interval_of_share, resampled_places
from evals.results import Disagreement, JudgeResult
from evals.scoring import ScoredQuestion

POINTS = {"correct": 1.0, "partly": 0.5, "wrong": 0.0}
MAX_DISAGREEMENTS = 25


def judge_result(scored: Sequence[ScoredQuestion], judgements: Mapping[str, Judgement]) -> JudgeResult | None:
    """None if nothing was graded. Kappa is None if it is not defined, because one side gave only one verdict."""
    graded = [question for question in scored if question.record.question.id in judgements]
    if not graded:
        return None
    grades = [judgements[question.record.question.id] for question in graded]
    score = np.array([POINTS[judgement.grade] for judgement in grades])
    known = [place for place, question in enumerate(graded) if question.right is not None]
    judged = np.array([float(grades[place].grade == "correct") for place in known])
    reference = np.array([float(bool(graded[place].right)) for place in known])
    places = resampled_places(len(known)) if known else None
    return JudgeResult(
        model=grades[0].judge,
        prompt=grades[0].prompt,
        n=len(graded),
        ungraded=sum(is_gradable(question.record) for question in scored) - len(graded),
        grades=dict(Counter(judgement.grade for judgement in grades).most_common()),
        score=float(score.mean()),
        interval=interval_of_share(score, resampled_places(len(score))),
        agreement=float((judged == reference).mean()) if known else None,
        kappa=cohen_kappa(judged, reference) if known else None,
        kappa_interval=None if places is None else interval_of(resampled_kappas(judged, reference, places)),
        tokens=sum(judgement.tokens for judgement in grades),
        disagreements=tuple(
            Disagreement(
                id=graded[place].record.question.id,
                question=graded[place].record.question.question,
                grade=grades[place].grade,
                reason=grades[place].reason,
                reference="right" if reference[number] else "wrong",
            )
            for number, place in enumerate(known)
            if judged[number] != reference[number]
        )[:MAX_DISAGREEMENTS],
    )


def cohen_kappa(left: NDArray[np.float64], right: NDArray[np.float64]) -> float | None:
    """Agreement beyond chance, `(p_o − p_e) / (1 − p_e)` (Cohen 1960), by scikit-learn; None where p_e is 1."""
    from sklearn.metrics import cohen_kappa_score

    if not len(left) or (len(np.unique(left)) == 1 and np.array_equal(np.unique(left), np.unique(right))):
        return None
    return float(cohen_kappa_score(left, right))


def resampled_kappas(
    left: NDArray[np.float64], right: NDArray[np.float64], places: NDArray[np.int64]
) -> NDArray[np.float64]:
    """`cohen_kappa` of each resample of 0/1 verdicts; shape (resamples,), NaN where p_e is 1. Computed at once, since a
    thousand calls of the library take seconds."""
    agreed = (left == right)[places].mean(axis=1)
    left_share, right_share = left[places].mean(axis=1), right[places].mean(axis=1)
    by_chance = left_share * right_share + (1 - left_share) * (1 - right_share)
    defined = by_chance < 1
    kappas: NDArray[np.float64] = np.full(len(places), np.nan)
    np.divide(agreed - by_chance, 1 - by_chance, out=kappas, where=defined)
    return kappas
