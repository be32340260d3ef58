"""The gate: a baseline's numbers must hold, within the baseline's own intervals."""

from pathlib import Path

from pydantic import ValidationError

from evals.results import EvalResult, GateFailure
from tools.errors import InvalidInput

HIGHER_IS_BETTER = (
    "recall@2",
    "recall@5",
    "recall@10",
    "full_recall@5",
    "mrr",
    "ndcg@10",
    "precision@5",
    "exact_match",
    "f1",
    "answer_recall",
    "citation_precision",
    "citation_recall",
    "claims_supported",
    "decline_precision",
    "decline_recall",
    "confidence_auroc",
)
LOWER_IS_BETTER = ("confidence_ece", "aurc")


def check_gate(baseline: Path, result: EvalResult) -> tuple[GateFailure, ...]:
    """Metrics that are worse than the far end of their baseline interval, or no longer measured.

    `baseline` is a file written by `hopline eval --json`. Cost and latency are not gated: they differ from machine to
    machine. Raises InvalidInput when the baseline can't be read or belongs to another data set.
    """
    kept = read_baseline(baseline)
    if kept.dataset != result.dataset or kept.n != result.n:
        raise InvalidInput(
            f"{baseline}: it is of {kept.dataset} with {kept.n} questions, this run is of {result.dataset} "
            f"with {result.n}; gate the same questions."
        )
    failures = []
    for metric in (*HIGHER_IS_BETTER, *LOWER_IS_BETTER):
        if metric not in kept.metrics:
            continue
        low, high = kept.intervals.get(metric, (kept.metrics[metric],) * 2)
        bound = low if metric in HIGHER_IS_BETTER else high
        value = result.metrics.get(metric)
        if value is None or (value < bound if metric in HIGHER_IS_BETTER else value > bound):
            failures.append(GateFailure(metric=metric, baseline=kept.metrics[metric], bound=bound, value=value))
    return tuple(failures)


def read_baseline(path: Path) -> EvalResult:
    try:
        return EvalResult.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise InvalidInput(f"{path}: there is no such baseline; write one with hopline eval --json.") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(f"{path}: not a result of hopline eval --json ({where}: {first['msg']}).") from None
