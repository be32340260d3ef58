import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score

from evals.claims import balanced_accuracy, evaluate_claims, f1_unsupported
from tools.ports import ClaimToCheck, Verdict


class FixedVerifier:
    """Returns the verdict that the claim's text names."""

    name = "fixed"

    def __init__(self) -> None:
        self.seen: list[ClaimToCheck] = []

    async def verify(self, claims: Sequence[ClaimToCheck]) -> list[Verdict]:
        self.seen += claims
        return [
            Verdict("supported" if float(claim.claim) >= 0.5 else "partial", float(claim.claim)) for claim in claims
        ]


async def test_a_verifier_is_measured_on_every_claim(tmp_path: Path) -> None:
    labelled = [
        ("0.9", "supported"),
        ("0.4", "supported"),
        ("0.6", "refuted"),
        ("0.1", "unsupported"),
        ("0.2", "generic"),
    ]
    rows = [
        {"id": n, "evidence": "e", "claim": claim, "label": label, "question": "?" if n else None}
        for n, (claim, label) in enumerate(labelled)
    ]
    (tmp_path / "claims.jsonl").write_text("\n".join(map(json.dumps, rows)))
    verifier = FixedVerifier()
    result = await evaluate_claims(tmp_path, verifier)
    assert (result.dataset, result.n, result.verifier) == (tmp_path.name, 5, "fixed")
    assert result.metrics == {
        "balanced_accuracy": pytest.approx((1 / 2 + 2 / 3) / 2),
        "f1_unsupported": pytest.approx(2 * 2 / (2 * 2 + 2)),
        "auroc": pytest.approx(5 / 6),
    }
    assert result.latency_ms_p50 > 0
    assert verifier.seen[1] == ClaimToCheck("0.4", ("e",), "?")


async def test_one_class_alone_has_no_balanced_accuracy(tmp_path: Path) -> None:
    (tmp_path / "claims.jsonl").write_text('{"id": 1, "evidence": "e", "claim": "0.9", "label": "supported"}')
    assert (await evaluate_claims(tmp_path / "claims.jsonl", FixedVerifier())).metrics == {}


def test_both_metrics_agree_with_scikit_learn() -> None:
    draws = np.random.default_rng(3)
    gold, predicted = draws.integers(0, 2, 200).astype(float), draws.integers(0, 2, 200).astype(float)
    assert balanced_accuracy(gold, predicted) == pytest.approx(balanced_accuracy_score(gold, predicted))
    assert f1_unsupported(gold, predicted) == pytest.approx(f1_score(gold, predicted, pos_label=0.0))
