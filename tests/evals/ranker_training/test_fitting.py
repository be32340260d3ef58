"""Training on examples whose rule is known."""

from dataclasses import replace

import numpy as np
import pytest

from evals.metrics.intervals import wilson_interval
from evals.ranker_training.examples import Example
from evals.ranker_training.fitting import cross_validated, first_search, fit, hand_made, left_out
from graph.ranking.features import FEATURES

COVERAGE, NOISE = FEATURES.index("coverage"), FEATURES.index("characters")
CANDIDATES = 20


def example(dataset: str, number: int) -> Example:
    """Two candidates of each question are evidence: those that cover most of it."""
    numbers = np.random.default_rng(number)
    rows = np.zeros((CANDIDATES, len(FEATURES)))
    rows[:, COVERAGE] = numbers.uniform(0, 0.6, CANDIDATES)
    rows[:, NOISE] = numbers.normal(size=CANDIDATES)
    rows[:2, COVERAGE] = numbers.uniform(0.7, 1.0, 2)
    rows[:, FEATURES.index("pair")] = -rows[:, COVERAGE]
    evidence = np.zeros(CANDIDATES, dtype=np.int64)
    evidence[:2] = 1
    return Example(dataset, f"{dataset}-{number}", rows, evidence, supporting=2, first=True, last=True)


ALL_OF_FORTY = (1.0, *wilson_interval(40, 40))


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return [example(dataset, number) for dataset in ("one", "two") for number in range(40)]


def test_the_rule_is_learned_and_holds_for_questions_not_trained_on(examples: list[Example]) -> None:
    every = {"one": ALL_OF_FORTY, "two": ALL_OF_FORTY}
    assert cross_validated(examples) == every
    assert left_out(examples) == every
    assert all(recall < 0.3 for recall, _, _ in hand_made(examples).values())


def test_every_recall_stands_in_its_interval(examples: list[Example]) -> None:
    """Without searches all candidates tie, so the first five count: two of the two that are evidence."""
    halves = [example("one", 1), replace(example("one", 2), supporting=4)]
    assert first_search(examples)["one"] == ALL_OF_FORTY
    mean, low, high = first_search(halves)["one"]
    assert (mean, low, high) == (0.75, 0.5, 1.0)


def test_more_coverage_never_counts_against_a_passage(examples: list[Example]) -> None:
    rows = np.repeat(examples[0].rows[:1], 50, axis=0)
    rows[:, COVERAGE] = np.linspace(0, 1, 50)
    assert (np.diff(fit(examples).log_odds(rows)) >= -1e-12).all()
