from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from evals.datasets import Question
from evals.sampling import stratified


def _questions(types: list[str]) -> list[Question]:
    return [Question(id=str(n), question="?", type=name) for n, name in enumerate(types)]


def test_each_type_keeps_its_share_and_the_order_stays() -> None:
    questions = _questions(["bridge", "bridge", "bridge", "comparison"] * 25)
    chosen = stratified(questions, 20)
    assert Counter(question.type for question in chosen) == {"bridge": 15, "comparison": 5}
    assert [int(question.id) for question in chosen] == sorted(int(question.id) for question in chosen)


def test_the_same_seed_draws_the_same_questions_and_another_draws_others() -> None:
    questions = _questions(["bridge"] * 100)
    assert stratified(questions, 10) == stratified(questions, 10)
    assert stratified(questions, 10) != stratified(questions, 10, seed=2)


def test_a_rare_type_is_not_lost_while_there_is_room() -> None:
    chosen = stratified(_questions(["common"] * 99 + ["rare"]), 5)
    assert Counter(question.type for question in chosen) == {"common": 4, "rare": 1}


@given(types=st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=40), limit=st.integers(1, 50))
def test_exactly_the_limit_is_drawn_without_repetition(types: list[str], limit: int) -> None:
    chosen = stratified(_questions(types), limit)
    assert len(chosen) == min(limit, len(types))
    assert len({question.id for question in chosen}) == len(chosen)
