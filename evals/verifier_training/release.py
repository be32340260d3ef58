"""Measures the written artefact: its speed, and what quantising to 8 bits costs."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from evals.artefacts import latencies_of, p50_and_p95
from evals.verifier_training.claim_sets import Claim, ClaimSets
from tools.pair_encoders.onnx_runtime import PairEncoder
from tools.pair_encoders.training import TrainableEncoder
from tools.ports import ClaimToCheck, FloatArray
from tools.verifiers.builtin import BuiltinVerifier

COMPARED = 200
TIMED = 300


def quantisation_loss(encoder: TrainableEncoder, folder: Path, sets: ClaimSets) -> dict[str, float]:
    """How often the 8-bit model decides like the trained one, and how far their log-odds differ."""
    pairs = sample_pairs(sets)
    whole, small = _margin(encoder.logits(pairs)), _margin(PairEncoder(folder).logits(pairs))
    return {
        "same_decision": round(float(((whole > 0) == (small > 0)).mean()), 4),
        "mean_difference": round(float(np.abs(whole - small).mean()), 4),
    }


def sample_pairs(sets: ClaimSets) -> list[tuple[str, str]]:
    return [claim.reading.pair for claims in sets.values() for claim in _some(claims, COMPARED)]


def latencies(folder: Path, checks: Sequence[ClaimToCheck]) -> dict[str, float]:
    """Milliseconds for single claims, one after the other."""

    async def run() -> list[float]:
        verifier = BuiltinVerifier(folder)
        await verifier.verify(checks[:8])
        return await latencies_of(lambda check: verifier.verify([check]), checks)

    return p50_and_p95(asyncio.run(run()))


def timed_claims(sets: ClaimSets) -> list[ClaimToCheck]:
    return [claim.check for claims in sets.values() for claim in _some(claims, TIMED // len(sets))]


def _some(claims: Sequence[Claim], count: int) -> Sequence[Claim]:
    return claims[:: max(1, len(claims) // count)][:count]


def _margin(logits: FloatArray) -> FloatArray:
    margin: FloatArray = logits[:, 0] - np.logaddexp(logits[:, 1], logits[:, 2])
    return margin
