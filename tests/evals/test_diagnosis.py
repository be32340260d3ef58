from typing import Any

import pytest

from evals.datasets import Question
from evals.diagnosis import count_causes, diagnose
from evals.scoring import score_records
from tests.evals.doubles import made_answer, made_claim, made_hop, made_ranking, made_record, made_search

QUESTION = Question("q", "Capital?", ("Paris",), ("a", "b"), hops=2)
UNKNOWN = Question("u", "Unknowable?", answerable=False)
BOTH = made_ranking("a", "b")
WRONG = "Rome"


def _cause(question: Question = QUESTION, *, max_hops: int = 4, **record: Any) -> str | None:
    (scored,) = score_records([made_record(question, **record)])
    return diagnose(scored, max_hops=max_hops)


@pytest.mark.parametrize(
    ("cause", "record"),
    [
        (None, {"answer": made_answer(answer="Paris", ranking=BOTH)}),
        ("failed", {"error": "ModelUnavailable: no"}),
        ("not in the store", {"answer": made_answer(answer=WRONG, ranking=BOTH), "not_in_store": ("b",)}),
        ("not retrieved", {"answer": made_answer(answer=WRONG, ranking=made_ranking("x"))}),
        (
            "chain stopped early",
            {"answer": made_answer(answer=WRONG, ranking=made_ranking("a", "x"), hops=(made_hop(1, "a", "x"),))},
        ),
        (
            "not retrieved",  # every hop that was allowed was taken
            {
                "answer": made_answer(
                    answer=WRONG, ranking=made_ranking("a"), hops=tuple(made_hop(n, "a") for n in range(1, 5))
                )
            },
        ),
        (
            "lost by the reranker",  # the second document was found, and is not in the final ranking
            {"answer": made_answer(answer=WRONG, ranking=made_ranking("a"), hops=(made_hop(1, "a", "b#77"),))},
        ),
        ("lost by the reranker", {"answer": made_answer(answer=WRONG, ranking=made_ranking(*"avwxyb"))}),
        ("ignored by the answer", {"answer": made_answer(answer=WRONG, ranking=BOTH)}),
        (
            "withheld by validation",
            {
                "answer": made_answer(
                    answer=WRONG, ranking=BOTH, claims=(made_claim("It is Paris.", 1, support="unsupported"),)
                )
            },
        ),
        (
            "withheld by validation",
            {
                "answer": made_answer(
                    answer="",
                    status="declined",
                    ranking=BOTH,
                    claims=(made_claim("It is Lyon.", 1, support="unsupported"),),
                )
            },
        ),
        (
            "declined by the score",
            {"answer": made_answer(answer="", status="declined", ranking=BOTH, claims=(made_claim("Paris.", 1),))},
        ),
        (
            "declined by the score",
            {"answer": made_answer(answer="", status="declined", ranking=BOTH, confidence=0.3)},
        ),
        (
            "ignored by the answer",  # nothing was written that could be scored
            {"answer": made_answer(answer="", status="declined", ranking=BOTH, confidence=0)},
        ),
        (
            "withheld by validation",
            {
                "answer": made_answer(
                    answer="", status="declined", ranking=BOTH, confidence=0, features={"withheld": 1.0}
                )
            },
        ),
        (
            "withheld by validation",
            {"answer": made_answer(answer=WRONG, status="partial", ranking=BOTH, features={"withheld": 0.5})},
        ),
    ],
)
def test_a_miss_is_put_down_to_the_first_node_that_lost_it(cause: str | None, record: dict[str, Any]) -> None:
    assert _cause(**record) == cause


def test_declining_the_unanswerable_is_no_miss_and_answering_it_is() -> None:
    declined = made_answer(answer="", status="declined")
    assert _cause(UNKNOWN, answer=declined) is None
    assert _cause(UNKNOWN, answer=made_answer()) == "answered the unanswerable"


def test_without_annotation_nobody_is_blamed() -> None:
    assert _cause(Question("q", "?", ("Paris",)), answer=made_answer(answer=WRONG)) == "not annotated"


def test_a_retrieval_only_run_misses_what_its_first_places_lack() -> None:
    assert _cause(search=made_search("?", "a", "b")) is None
    assert _cause(search=made_search("?", "a", "v", "w", "x", "y", "b")) == "lost by the reranker"
    assert _cause(search=made_search("?", "a", "x")) == "chain stopped early"
    assert _cause(search=made_search("?", "x")) == "not retrieved"
    assert _cause(search=made_search("?", "a", hop=4)) == "not retrieved"


def test_causes_are_counted_most_frequent_first() -> None:
    records = [
        made_record(Question(str(n), "?", ("Paris",), ("a",)), answer=made_answer(answer=WRONG, ranking=ranking))
        for n, ranking in enumerate([made_ranking("a"), made_ranking("a"), made_ranking("x")])
    ]
    counts = count_causes(score_records(records), max_hops=4)
    assert list(counts.items()) == [("ignored by the answer", 2), ("not retrieved", 1)]
