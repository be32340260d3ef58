"""The metrics against implementations that share no code with ours, on a thousand rows each.

`official_scores.jsonl` holds made-up predictions and gold answers with what the published functions of
`hotpot_evaluate_v1.py` (2WikiMultihopQA's v1.1 has the same ones, and takes the best gold answer) gave for them.
"""

import json
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import ndcg_score, roc_auc_score

from evals.metrics.answers import exact_match, f1, normalise
from evals.metrics.ranking import ranking_metrics
from evals.metrics.selective import aurc, auroc, ece

OFFICIAL = Path(__file__).with_name("official_scores.jsonl")
ROWS = 1_000


def test_em_and_f1_are_the_official_scripts_on_a_thousand_rows() -> None:
    rows = [json.loads(line) for line in OFFICIAL.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == ROWS
    partial = 0
    for row in rows:
        assert exact_match(row["prediction"], row["golds"]) == row["em"], row
        assert f1(row["prediction"], row["golds"]) == pytest.approx(row["f1"], abs=1e-12), row
        partial += 0 < row["f1"] < 1
    assert partial > ROWS / 5  # neither all right nor all wrong


def test_f1_is_the_overlap_of_bags_written_another_way() -> None:
    draws = np.random.default_rng(3)
    for _ in range(ROWS):
        left, right = (" ".join(draws.choice(list("bcdef"), draws.integers(1, 7))) for _ in range(2))
        bags = Counter(normalise(left).split()), Counter(normalise(right).split())
        shared = sum(min(bags[0][word], bags[1][word]) for word in bags[0])
        assert f1(left, [right]) == pytest.approx(2 * shared / (bags[0].total() + bags[1].total()))


def test_ranking_metrics_are_what_counting_by_hand_and_scikit_learn_give() -> None:
    draws = np.random.default_rng(5)
    rankings: dict[str, list[str | None]] = {}
    grades: dict[str, dict[str, int]] = {}
    for number in range(ROWS):
        documents = [f"d{place}" for place in range(14)]
        judged = draws.choice(documents, draws.integers(1, 6), replace=False)
        grades[str(number)] = {str(document): int(draws.integers(1, 4)) for document in judged}
        rankings[str(number)] = [str(name) for name in draws.permutation(documents)[: draws.integers(0, 13)]]
    values = ranking_metrics(rankings, grades)
    assert len(values) == ROWS
    for question, ranking in rankings.items():
        relevant, found = grades[question], values[question]
        for depth in (2, 5, 10):
            assert found[f"recall@{depth}"] == pytest.approx(
                len(relevant.keys() & set(ranking[:depth])) / len(relevant)
            )
        assert found["precision@5"] == pytest.approx(len(relevant.keys() & set(ranking[:5])) / 5)
        assert found["full_recall@5"] == float(relevant.keys() <= set(ranking[:5]))
        first = next((place for place, name in enumerate(ranking, start=1) if name in relevant), math.inf)
        assert found["mrr"] == pytest.approx(1 / first)
        # Whatever was not returned comes after all that was, in an order that earns nothing within the first ten.
        ranked = [*ranking, *(f"pad{n}" for n in range(10)), *(name for name in relevant if name not in ranking)]
        gains = [[relevant.get(str(name), 0) for name in ranked]]
        assert found["ndcg@10"] == pytest.approx(ndcg_score(gains, [list(range(len(ranked), 0, -1))], k=10))


def test_confidence_metrics_are_what_scikit_learn_and_loops_give() -> None:
    draws = np.random.default_rng(7)
    confidence = draws.choice(np.linspace(0, 1, 40), ROWS)
    right = (draws.random(ROWS) < confidence).astype(float)
    assert auroc(confidence, right) == pytest.approx(roc_auc_score(right, confidence))
    ordered = sorted(zip(confidence.tolist(), right.tolist(), strict=True), key=lambda pair: pair[0])
    bins = [ordered[start : start + 100] for start in range(0, ROWS, 100)]
    gaps = [abs(np.mean([c for c, _ in one]) - np.mean([r for _, r in one])) for one in bins]
    assert ece(confidence, right) == pytest.approx(np.mean(gaps))
    # Ties share their risk: the mean over many random orders of the tied answers is the same curve.
    areas = []
    for _ in range(300):
        order = np.lexsort((draws.random(ROWS), -confidence))
        areas.append((np.cumsum(1 - right[order]) / np.arange(1, ROWS + 1)).mean())
    assert aurc(confidence, right) == pytest.approx(np.mean(areas), abs=2e-3)
