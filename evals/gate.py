"""The gate: a run must not be worse than a baseline, within the baseline's own intervals."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from evals.results import EvalResult, GateFailure
from tools.errors import InvalidInput
from tools.named_files import naming

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
GATED = (*HIGHER_IS_BETTER, *LOWER_IS_BETTER)
DIGITS = 6


class Baseline(BaseModel):
    """The metrics that later runs are held to, with their 95% intervals. Other keys of a result are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    dataset: str
    n: int
    metrics: dict[str, float]
    intervals: dict[str, tuple[float, float]]


def write_baseline(path: Path, result: EvalResult) -> None:
    """Make a run the baseline of later ones. Leaves out what differs between machines (latency, paths), so that the
    file can be committed and its changes reviewed.

    Raises InvalidInput for a run in which questions failed.
    """
    if result.failed:
        raise InvalidInput(f"{path}: not written, since {result.failed} questions failed; run again to repeat them.")
    gated = [name for name in GATED if name in result.metrics]
    baseline = Baseline(
        dataset=result.dataset,
        n=result.n,
        metrics={name: round(result.metrics[name], DIGITS) for name in gated},
        intervals={name: _rounded(result.intervals[name]) for name in gated if name in result.intervals},
    )
    draft = path.with_name(f"{path.name}.draft")
    with naming(draft):
        draft.write_text(baseline.model_dump_json(indent=2) + "\n", encoding="utf-8")
    draft.replace(path)


def check_gate(path: Path, result: EvalResult) -> tuple[GateFailure, ...]:
    """Metrics that are worse than the far end of their baseline interval, or no longer measured.

    `path` was written by `hopline eval --write-baseline` or printed by `hopline eval --json`. Cost and latency are not
    gated, since they differ between machines. Raises InvalidInput if the baseline can't be read or is of another data
    set.
    """
    kept = read_baseline(path)
    if kept.dataset != result.dataset or kept.n != result.n:
        raise InvalidInput(
            f"{path}: a baseline of {kept.dataset} with {kept.n} questions can't gate a run of "
            f"{result.dataset} with {result.n}; gate the same questions."
        )
    failures = []
    for metric in GATED:
        if metric not in kept.metrics:
            continue
        low, high = kept.intervals.get(metric, (kept.metrics[metric],) * 2)
        bound = low if metric in HIGHER_IS_BETTER else high
        value = result.metrics.get(metric)
        if value is None or _is_worse(round(value, DIGITS), bound, metric):
            failures.append(GateFailure(metric=metric, baseline=kept.metrics[metric], bound=bound, value=value))
    return tuple(failures)


def read_baseline(path: Path) -> Baseline:
    try:
        baseline = Baseline.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise InvalidInput(
            f"{path}: there is no such baseline; write one with hopline eval --write-baseline."
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(f"{path}: not a baseline of hopline eval ({where}: {first['msg']}).") from None
    if not set(baseline.metrics) & set(GATED):
        raise InvalidInput(f"{path}: no metric in it can be gated, so any run would pass.")
    return baseline


def _is_worse(value: float, bound: float, metric: str) -> bool:
    return value < bound if metric in HIGHER_IS_BETTER else value > bound


def _rounded(interval: tuple[float, float]) -> tuple[float, float]:
    return round(interval[0], DIGITS), round(interval[1], DIGITS)
