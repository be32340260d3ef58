from typing import Any

import pytest

from agent.answers import Answer
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


WRITTEN = "It was Lyon. It is Paris."


@pytest.mark.parametrize(
    ("cause", "draft", "answer"),
    [
        ("ignored by the answer", "It is Rome.", made_answer(answer=WRONG, ranking=BOTH)),
        # Something was withheld, but the gold answer had never been written.
        (
            "ignored by the answer",
            "It is Rome. It is Lyon.",
            made_answer(answer=WRONG, ranking=BOTH, status="partial", features={"withheld": 0.5}),
        ),
        (
            "withheld by validation",
            WRITTEN,
            made_answer(answer="It was Lyon.", ranking=BOTH, status="partial", features={"withheld": 0.5}),
        ),
        # Declined as unsure, but the answer would have been wrong anyway.
        ("ignored by the answer", "It is Rome.", made_answer(answer="", status="declined", ranking=BOTH)),
        ("declined by the score", WRITTEN, made_answer(answer="", status="declined", ranking=BOTH)),
        (
            "withheld by validation",
            WRITTEN,
            made_answer(answer="", status="declined", ranking=BOTH, features={"withheld": 1.0}),
        ),
    ],
)
def test_the_draft_tells_whether_the_answer_was_ever_written(cause: str, draft: str, answer: Answer) -> None:
    assert _cause(answer=answer, draft=draft) == cause


def test_a_draft_tells_nothing_of_a_yes_or_a_no() -> None:
    question = Question("q", "Is it?", ("yes",), ("a", "b"))
    declined = made_answer(answer="", status="declined", ranking=BOTH, confidence=0.2)
    assert _cause(question, answer=declined, draft="It is in France.") == "declined by the score"


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


def test_a_retrieval_only_run_tells_what_was_seen_beyond_its_results() -> None:
    found = made_search("?", "a", "x")
    seen = found.model_copy(update={"hops": (made_hop(1, "a", "x", "b#77"),)})
    assert _cause(search=seen) == "lost by the reranker"
    exhausted = found.model_copy(update={"hops": tuple(made_hop(n, "a", "x") for n in range(1, 5))})
    assert _cause(search=exhausted) == "not retrieved"
    stopped = found.model_copy(update={"hops": (made_hop(1, "a", "x"), made_hop(2, "x"))})
    assert _cause(search=stopped) == "chain stopped early"


def test_causes_are_counted_most_frequent_first() -> None:
    records = [
        made_record(Question(str(n), "?", ("Paris",), ("a",)), answer=made_answer(answer=WRONG, ranking=ranking))
        for n, ranking in enumerate([made_ranking("a"), made_ranking("a"), made_ranking("x")])
    ]
    counts = count_causes(score_records(records), max_hops=4)
    assert list(counts.items()) == [("ignored by the answer", 2), ("not retrieved", 1)]
