"""Measures the written artefact: how well it tells answers from near misses, and its speed."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from evals.answer_checker_training.pairs import Pair
from evals.artefacts import latencies_of, p50_and_p95
from evals.metrics.selective import Floats, auroc
from tools.answer_checkers.builtin import BuiltinAnswerChecker, pair_of
from tools.pair_encoders.onnx_runtime import PairEncoder
from tools.pair_encoders.training import TrainableEncoder

ALL = "all"
TIMED = 300
COMPARED = 600
Figures = dict[str, dict[str, float]]


def judged(folder: Path, pairs: Sequence[Pair], kinds: Sequence[str]) -> Figures:
    """By kind of passage and overall: n, AUROC, balanced accuracy at 0.5."""
    found = np.array(asyncio.run(BuiltinAnswerChecker(folder).check([pair.checked for pair in pairs])))
    answers, of = np.array([float(pair.answers) for pair in pairs]), np.array(kinds)
    groups = {ALL: np.full(len(pairs), True)} | {kind: of == kind for kind in dict.fromkeys(kinds)}
    return {name: _quality(found[group], answers[group]) for name, group in groups.items()}


def _quality(found: Floats, answers: Floats) -> dict[str, float]:
    right = (found >= 0.5) == (answers == 1)
    shares = [float(right[answers == label].mean()) for label in (0, 1) if (answers == label).any()]
    area = auroc(found, answers)
    return {"n": float(len(found)), "balanced_accuracy": float(np.mean(shares))} | (
        {} if area is None else {"auroc": area}
    )


def same_decisions(encoder: TrainableEncoder, folder: Path, pairs: Sequence[Pair]) -> float:
    """The share of pairs on which the 8-bit encoder decides like the trained one."""
    some = [pair_of(pair.checked) for pair in pairs[:: max(1, len(pairs) // COMPARED)][:COMPARED]]
    whole, small = encoder.logits(some), PairEncoder(folder).logits(some)
    return float(((whole[:, 0] > whole[:, 1]) == (small[:, 0] > small[:, 1])).mean())


def latencies(folder: Path, pairs: Sequence[Pair]) -> dict[str, float]:
    """Milliseconds for single answers, one after the other."""
    timed = [pair.checked for pair in pairs[:: max(1, len(pairs) // TIMED)][:TIMED]]

    async def run() -> list[float]:
        checker = BuiltinAnswerChecker(folder)
        await checker.check(timed[:8])
        return await latencies_of(lambda one: checker.check([one]), timed)

    return p50_and_p95(asyncio.run(run()))
