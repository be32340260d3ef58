"""`hopline eval-claims`: how well a verifier tells supported claims from the rest."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agent.settings import Settings
from evals.artefacts import latencies_of
from evals.datasets import LabelledClaim, load_claims
from evals.datasets.claims import CLAIMS_FILE
from evals.metrics.intervals import interval_of, replicate, resampled_places
from evals.metrics.selective import Floats, auroc
from evals.results import ClaimsResult
from tools.ports import ClaimToCheck, Verdict, Verifier
from tools.verifiers.opening import open_verifier

Places = NDArray[np.int64]
BATCH = 32
TIMED_CLAIMS = 100


async def run_claims(dataset: str | Path, *, settings: Settings, limit: int | None = None) -> ClaimsResult:
    """Measure the verifier that the settings name; raises InvalidDataset."""
    verifier = await asyncio.to_thread(open_verifier, settings.verifier)
    return await evaluate_claims(dataset, verifier, limit=limit)


async def evaluate_claims(path: str | Path, verifier: Verifier, *, limit: int | None = None) -> ClaimsResult:
    """Quality over all claims, checked in batches; latency of single claims, as for the last claim of an answer.

    `limit` takes the first claims. Raises InvalidDataset.
    """
    place = Path(path)
    claims = (await asyncio.to_thread(load_claims, place))[:limit]
    verdicts: list[Verdict] = []
    for start in range(0, len(claims), BATCH):
        verdicts += await verifier.verify([_check(claim) for claim in claims[start : start + BATCH]])
    step = max(1, len(claims) // TIMED_CLAIMS)
    timed = [_check(claim) for claim in claims[::step][:TIMED_CLAIMS]]
    latencies = await latencies_of(lambda check: verifier.verify([check]), timed)
    metrics, intervals = await asyncio.to_thread(_measure, claims, verdicts)
    return ClaimsResult(
        dataset=place.parent.name if place.name == CLAIMS_FILE else place.stem,
        n=len(claims),
        metrics=metrics,
        latency_ms_p50=float(np.median(latencies)),
        intervals=intervals,
        verifier=verifier.name,
    )


def _check(claim: LabelledClaim) -> ClaimToCheck:
    return ClaimToCheck(claim.claim, (claim.evidence,), claim.question)


def _measure(
    claims: Sequence[LabelledClaim], verdicts: Sequence[Verdict]
) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    gold = np.array([claim.supported for claim in claims], dtype=np.float64)
    predicted = np.array([verdict.support == "supported" for verdict in verdicts], dtype=np.float64)
    scores = np.array([verdict.score for verdict in verdicts], dtype=np.float64)
    statistics: dict[str, Callable[[Places], float | None]] = {
        "balanced_accuracy": lambda at: balanced_accuracy(gold[at], predicted[at]),
        "f1_unsupported": lambda at: f1_unsupported(gold[at], predicted[at]),
        "auroc": lambda at: auroc(scores[at], gold[at]),
    }
    places = resampled_places(len(claims))
    metrics, intervals = {}, {}
    for name, statistic in statistics.items():
        value = statistic(np.arange(len(claims)))
        interval = interval_of(replicate(statistic, places))
        if value is not None and interval is not None:
            metrics[name], intervals[name] = value, interval
    return metrics, intervals


def balanced_accuracy(supported: Floats, predicted: Floats) -> float | None:
    """Mean of the recalls of both classes (Brodersen et al. 2010), from arrays of 0 and 1; None unless both occur."""
    if not 0 < supported.sum() < len(supported):
        return None
    return float((predicted[supported == 1].mean() + (1 - predicted[supported == 0]).mean()) / 2)


def f1_unsupported(supported: Floats, predicted: Floats) -> float | None:
    """F1 with the unsupported class as the positive one: `2TP / (2TP + FP + FN)`; None when no claim is unsupported."""
    hits = float(((supported == 0) & (predicted == 0)).sum())
    misses = float((supported != predicted).sum())
    return 2 * hits / (2 * hits + misses) if (supported == 0).any() else None
