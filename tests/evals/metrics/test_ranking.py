import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.metrics.ranking import RANKING_METRICS, ranking_metrics


def test_a_hand_worked_ranking() -> None:
    # Relevant a, b, c; found a at 2 and b at 4 of five.
    values = ranking_metrics({"q": ["x", "a", "y", "b", "z"]}, {"q": {"a": 1, "b": 1, "c": 1}})["q"]
    ideal = 1 / math.log2(2) + 1 / math.log2(3) + 1 / math.log2(4)
    assert values["recall@2"] == pytest.approx(1 / 3)
    assert values["recall@5"] == pytest.approx(2 / 3)
    assert values["recall@10"] == pytest.approx(2 / 3)
    assert values["full_recall@5"] == 0
    assert values["mrr"] == pytest.approx(1 / 2)
    assert values["precision@5"] == pytest.approx(2 / 5)
    assert values["ndcg@10"] == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / ideal)


def test_grades_weigh_in_ndcg_and_zero_grades_are_not_relevant() -> None:
    values = ranking_metrics({"q": ["low", "high", "none"]}, {"q": {"low": 1, "high": 3, "none": 0}})["q"]
    ideal = 3 / math.log2(2) + 1 / math.log2(3)
    assert values["ndcg@10"] == pytest.approx((1 / math.log2(2) + 3 / math.log2(3)) / ideal)
    assert values["recall@2"] == 1
    assert values["full_recall@5"] == 1
    assert values["precision@5"] == pytest.approx(2 / 5)


def test_a_question_that_found_nothing_is_zero_and_one_without_relevant_documents_is_absent() -> None:
    values = ranking_metrics({"found": ["a"], "nothing": []}, {"found": {"a": 1}, "nothing": {"a": 1}, "none": {}})
    assert set(values) == {"found", "nothing"}
    assert values["nothing"] == dict.fromkeys(RANKING_METRICS, 0.0)
    assert ranking_metrics({}, {"missing": {"a": 1}}) == {"missing": dict.fromkeys(RANKING_METRICS, 0.0)}
    assert ranking_metrics({}, {}) == {}


def test_places_that_count_for_nothing_and_ids_of_any_kind_keep_their_ranks() -> None:
    values = ranking_metrics({"\x00q": [None, None, "\x00a", "\x00a", "b c"]}, {"\x00q": {"\x00a": 1, "b c": 1}})[
        "\x00q"
    ]
    assert values["mrr"] == pytest.approx(1 / 3)
    assert values["recall@2"] == 0
    assert values["recall@5"] == 1
    assert values["precision@5"] == pytest.approx(2 / 5)
    ideal = 1 / math.log2(2) + 1 / math.log2(3)
    assert values["ndcg@10"] == pytest.approx((1 / math.log2(4) + 1 / math.log2(6)) / ideal)


@settings(max_examples=50, deadline=None)
@given(ranking=st.permutations([f"d{n:02}" for n in range(12)]), relevant=st.sets(st.integers(0, 15), min_size=1))
def test_ir_measures_agrees_with_the_definitions(ranking: list[str], relevant: set[int]) -> None:
    gold = {f"d{n:02}" for n in relevant}
    values = ranking_metrics({"q": ranking}, {"q": dict.fromkeys(gold, 1)})["q"]
    for k in (2, 5, 10):
        assert values[f"recall@{k}"] == pytest.approx(len(gold & set(ranking[:k])) / len(gold))
    assert values["full_recall@5"] == float(gold <= set(ranking[:5]))
    assert values["precision@5"] == pytest.approx(len(gold & set(ranking[:5])) / 5)
    first = next((place for place, document in enumerate(ranking, start=1) if document in gold), None)
    assert values["mrr"] == pytest.approx(1 / first if first else 0)
    gain = sum(1 / math.log2(place + 1) for place, document in enumerate(ranking[:10], start=1) if document in gold)
    ideal = sum(1 / math.log2(place + 1) for place in range(1, min(len(gold), 10) + 1))
    assert values["ndcg@10"] == pytest.approx(gain / ideal)
