import pytest

from agent.answers import UsageReport
from evals.datasets import Question
from evals.scoring import ScoreTable, groups_by, latency_by_node, score_records
from tests.evals.doubles import made_answer, made_citation, made_claim, made_hop, made_ranking, made_record, made_search

PARIS = Question("q1", "Capital?", ("Paris",), ("a", "b"), type="bridge", hops=2)
CLOSED = Question("q2", "Same country?", ("yes",), ("a", "b"), type="comparison", hops=2)
UNKNOWN = Question("q3", "Unknowable?", (), ("secret",), type="null", hops=0, answerable=False)
DECLINED = made_answer("?", "The documents don't say.", status="declined", confidence=0.1)


def test_an_answered_question_has_every_metric_that_applies_and_no_other() -> None:
    answer = made_answer(
        answer="Paris [1].",
        ranking=made_ranking("a", "x", "b"),
        hops=(made_hop(1, "a"), made_hop(1, "x"), made_hop(2, "b")),
        claims=(made_claim("Paris [1].", 1),),
        citations=(made_citation(1, "a"),),
    )
    (scored,) = score_records([made_record(PARIS, answer=answer)])
    values = dict(scored.values)
    assert values.pop("ndcg@10") == pytest.approx(0.9197, abs=1e-4)
    assert values == {
        "recall@2": 0.5,
        "recall@5": 1.0,
        "recall@10": 1.0,
        "full_recall@5": 1.0,
        "mrr": 1.0,
        "precision@5": pytest.approx(0.4),
        "exact_match": 1.0,
        "f1": 1.0,
        "answer_recall": 1.0,
        "citation_precision": 1.0,
        "citation_recall": 1.0,
        "claims_supported": 1.0,
        "hops_mean": 2.0,
        "model_calls_mean": 1.0,
        "tokens_mean": 120.0,
        "cost_usd_mean": 0.001,
    }
    assert (scored.right, scored.latency_ms) == (True, 10.0)


def test_where_a_call_has_no_known_price_no_mean_of_costs_is_told() -> None:
    unpriced = made_answer(usage=UsageReport(model_calls=1, input_tokens=100, unpriced_calls=1))
    free = made_answer("?", "Hello.", usage=UsageReport())
    metrics = ScoreTable.of(
        score_records([made_record(PARIS, answer=unpriced), made_record(CLOSED, answer=free)])
    ).metrics()
    assert "cost_usd_mean" not in metrics
    assert metrics["model_calls_mean"] == 0.5


def test_a_retrieval_only_run_has_retrieval_and_latency_alone() -> None:
    metrics = ScoreTable.of(score_records([made_record(PARIS, search=made_search("?", "a", "b"))])).metrics()
    assert set(metrics) == {
        "recall@2",
        "recall@5",
        "recall@10",
        "full_recall@5",
        "mrr",
        "ndcg@10",
        "precision@5",
        "latency_ms_p50",
        "latency_ms_p90",
        "latency_ms_p99",
    }


def test_a_declined_answerable_question_counts_as_the_empty_answer() -> None:
    records = [made_record(PARIS, answer=DECLINED), made_record(UNKNOWN, answer=DECLINED)]
    first, second = score_records(records)
    assert (first.values["f1"], first.values["exact_match"], first.values["decline_precision"]) == (0, 0, 0)
    assert second.values["decline_precision"] == second.values["decline_recall"] == 1
    assert "recall@5" not in second.values
    assert "f1" not in second.values
    metrics = ScoreTable.of([first, second]).metrics()
    assert (metrics["decline_precision"], metrics["decline_recall"]) == (0.5, 1.0)
    assert "confidence_auroc" not in metrics


def test_declines_are_not_judged_where_everything_is_answerable() -> None:
    (scored,) = score_records([made_record(PARIS, answer=DECLINED)])
    assert "decline_precision" not in scored.values


def test_a_failed_question_counts_as_wrong_and_has_no_latency() -> None:
    (scored,) = score_records([made_record(PARIS, error="ModelUnavailable: no")])
    assert (scored.values["recall@5"], scored.values["f1"]) == (0, 0)
    assert "hops_mean" not in scored.values
    assert scored.latency_ms is None


def test_right_follows_the_mode_of_the_answer() -> None:
    both = (made_citation(1, "a"), made_citation(2, "b"))
    sentence = "A is in France [1]. B is in France [2]."
    answers = [
        made_answer(answer=sentence, citations=both),
        made_answer(answer=sentence, citations=both[:1]),
        made_answer(answer=sentence, citations=both, mode="model"),
        made_answer(answer="Yes [1][2].", mode="model"),
    ]
    assert [score_records([made_record(CLOSED, answer=answer)])[0].right for answer in answers] == [
        True,
        False,
        False,
        True,
    ]
    assert score_records([made_record(UNKNOWN, answer=made_answer())])[0].right is False
    assert score_records([made_record(PARIS, answer=DECLINED)])[0].right is None
    partly = made_answer(answer="The city Paris-Texas", mode="model")
    gold = Question("q", "?", ("Paris Texas",), ())
    assert score_records([made_record(gold, answer=partly)])[0].right is False


def test_confidence_metrics_speak_of_the_answered_questions() -> None:
    questions = [Question(f"q{n}", "?", ("Paris",)) for n in range(4)]
    texts = [("Paris", 0.9), ("Rome", 0.8), ("Paris", 0.7), ("Rome", 0.1)]
    records = [
        made_record(question, answer=made_answer(answer=text, confidence=confidence))
        for question, (text, confidence) in zip(questions, texts, strict=True)
    ]
    records.append(made_record(Question("q9", "?", ("Paris",)), answer=DECLINED))
    table = ScoreTable.of(score_records(records))
    metrics = table.metrics()
    assert metrics["confidence_auroc"] == pytest.approx(3 / 4)
    assert metrics["aurc"] == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    assert metrics["confidence_ece"] == pytest.approx((0.1 + 0.8 + 0.3 + 0.1) / 4)
    low, high = table.intervals()["f1"]
    assert 0 <= low < metrics["f1"] < high <= 1


def test_a_share_of_all_is_not_certain_and_a_cost_is_no_share() -> None:
    answer = made_answer(answer="Paris", ranking=made_ranking("a", "b"))
    questions = [Question(f"q{n}", "?", ("Paris",), ("a", "b")) for n in range(40)]
    records = [made_record(question, answer=answer) for question in questions]
    intervals = ScoreTable.of(score_records(records)).intervals()
    assert intervals["recall@5"] == intervals["answer_recall"] == pytest.approx((0.9124, 1.0), abs=1e-4)
    assert intervals["model_calls_mean"] == (1.0, 1.0)


def test_a_long_ranking_is_judged_on_its_first_ten_places() -> None:
    ranking = made_ranking(*(f"x{n}" for n in range(10)), "a")
    (scored,) = score_records([made_record(PARIS, answer=made_answer(ranking=ranking))])
    assert scored.values["mrr"] == 0


def test_groups_have_their_size_and_their_own_metrics() -> None:
    records = [
        made_record(PARIS, answer=made_answer(ranking=made_ranking("a", "b"))),
        made_record(CLOSED, answer=made_answer(answer="no", ranking=made_ranking("a"))),
    ]
    groups = groups_by(score_records(records), lambda record: record.question.type)
    bridge, comparison = groups["bridge"], groups["comparison"]
    assert bridge.metrics["n"] == comparison.metrics["n"] == 1
    assert (bridge.metrics["recall@5"], comparison.metrics["recall@5"]) == (1.0, 0.5)
    assert set(bridge.intervals) == set(bridge.metrics) - {"n"}
    assert groups_by(score_records(records), lambda record: None) == {}


def test_latency_is_told_for_each_node() -> None:
    records = [
        made_record(PARIS, answer=made_answer(timings_ms={"retrieve": float(n), "total": float(n)}))
        for n in range(1, 102)
    ]
    assert latency_by_node(records)["retrieve"] == {"p50": 51.0, "p90": 91.0, "p99": 100.0}
