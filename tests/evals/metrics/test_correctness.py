"""When an answer counts as right."""

import pytest

from evals.datasets.questions import Question
from evals.metrics.correctness import is_right
from tests.evals.doubles import made_answer


@pytest.mark.parametrize("mode", ["extractive", "model"])
@pytest.mark.parametrize(
    ("said", "gold", "right"),
    [
        ("Li Hua: The lecture is this Saturday at 7 PM. [1]", "7 PM on Saturday", True),
        ("Li Hua: The lecture is this Sunday at 9 PM. [1]", "7 PM on Saturday", False),
        ("The capital is Paris. [1]", "Paris", True),
        ("Robert Brown of the harbour office met old John Smith. [1]", "Robert Smith", False),
    ],
)
def test_a_longer_answer_may_be_said_in_another_order(mode: str, said: str, gold: str, right: bool) -> None:
    question = Question(id="q", question="When?", answers=(gold,), supporting_ids=("a",), answerable=True)
    assert is_right(question, made_answer("When?", said, mode=mode)) is right


def test_an_answer_to_what_cannot_be_answered_is_wrong_and_a_refusal_is_neither() -> None:
    question = Question(id="q", question="When?", answers=(), supporting_ids=(), answerable=False)
    assert is_right(question, made_answer("When?")) is False
    assert is_right(question, made_answer("When?", status="declined")) is None


@pytest.mark.parametrize(
    ("said", "gold"),
    [
        ("Dogs are allowed in all rooms of the Cork office. [1]", "Dogs are not allowed in the Cork office"),
        ("Dogs are not allowed in the Cork office. [1]", "Dogs are allowed in the Cork office"),
        ("Dogs are not allowed in the Cork office; cats sleep there. [1]", "Dogs are allowed in the Cork office"),
        ("Are dogs allowed in the Cork office? No.", "Dogs are allowed in the Cork office"),
        ("Dogs are allowed in the Cork office. Lids are not included.", "Dogs are not allowed in the Cork office"),
        ("Plan: Solo; Requests: 30; Webhooks: no. [1] Plan: Group; Requests: none. [2]", "Solo 30, Group requests 600"),
        ("A customer may return unused hardware within 60 days. [1]", "return unused hardware within 30 days"),
    ],
)
def test_its_figures_and_its_denial_must_be_said(said: str, gold: str) -> None:
    question = Question(id="q", question="When?", answers=(gold,), supporting_ids=("a",))
    assert is_right(question, made_answer("When?", said, mode="extractive")) is False


@pytest.mark.parametrize(
    ("said", "gold"),
    [
        (
            "Plan: Solo; Requests per minute: 30; Webhooks: no. [1] Plan: Group; Requests per minute: 600. [2]",
            "Solo requests 30, Group requests 600",
        ),
        (
            "1. Check the order number. [1] If it is unknown, do not unload. [1]\n2. Read the seal number. [2]",
            "Check the order number, read the seal number",
        ),
        ("Staff park free. [1] Visitors may not park there. [2]", "Visitors may not park at the staff entrance there"),
    ],
)
def test_what_is_denied_beside_it_makes_it_neither_wrong_nor_right(said: str, gold: str) -> None:
    question = Question(id="q", question="When?", answers=(gold,), supporting_ids=("a",))
    assert is_right(question, made_answer("When?", said, mode="extractive")) is True
