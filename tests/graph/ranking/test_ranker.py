"""The scorer of chains: what passages say together counts, whatever order they come in."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.questions.past import looks_back
from graph.ranking.features import FEATURES, Candidates, Reading
from graph.ranking.ranker import ChainRanker, shipped_ranker
from tests.graph.ranking.worlds import EMBEDDER, PEOPLE, passage, reading, world
from tools.passages import Link, Passage

BORN = "When was the director of the film Polar Night born?"


def scores_of(question: str, passages: list[Passage], ranker: ChainRanker | None = None) -> dict[str, float]:
    scores = (ranker or shipped_ranker()).scores(reading(question, passages))
    return {one.key: float(score) for one, score in zip(passages, scores, strict=True)}


@pytest.mark.parametrize("ranker", [None, ChainRanker()], ids=["shipped", "hand-made"])
def test_the_second_step_rises_with_the_first(ranker: ChainRanker | None) -> None:
    scores = scores_of(BORN, world(), ranker)
    assert set(sorted(scores, key=lambda key: -scores[key])[:2]) == {"film", "director"}
    without = scores_of(BORN, [one for one in world() if one.key != "film"], ranker)
    assert scores["director"] > without["director"]


def test_a_link_is_worth_more_than_none() -> None:
    unnamed = passage("film", "Polar Night", "Polar Night is a film directed by somebody.")
    others = [one for one in world() if one.key != "film"]
    linked = replace(unnamed, links=(Link("who", "director.md"),))
    assert scores_of(BORN, [*others, linked])["director"] > scores_of(BORN, [*others, unnamed])["director"]


def test_a_superseded_passage_ranks_below_its_twin() -> None:
    twins = [
        passage("old", "Travel", "Trips by train are booked first class.", status="superseded"),
        passage("new", "Travel", "Trips by train are booked second class."),
    ]
    scores = scores_of("Which class are trips by train booked in?", [*twins, *world()])
    assert scores["new"] > scores["old"]
    before = scores_of("Which class were trips by train booked in before 2025?", [*twins, *world()])
    assert before["old"] > before["new"]


@pytest.mark.parametrize(
    ("question", "about_the_past"),
    [
        ("What did the old travel policy allow?", True),
        ("What was the previous limit?", True),
        ("Which rule held until the change?", True),
        ("How many days were allowed in 2019?", True),
        ("How many days are allowed in 2999?", False),
        ("How old is the pump?", False),
        ("What is the limit?", False),
    ],
)
def test_a_question_about_the_past_is_told_by_its_words(question: str, about_the_past: bool) -> None:
    assert looks_back(question) is about_the_past


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(10)), st.sampled_from([BORN, "lakes", "", "🎉"]))
def test_scores_are_probabilities_whatever_the_order_of_candidates(order: list[int], question: str) -> None:
    passages = world()
    expected = scores_of(question, passages)
    assert all(0 <= score <= 1 for score in expected.values())
    if question == BORN:  # elsewhere equal merits may tie, and ties are broken by order
        found = scores_of(question, [passages[index] for index in order])
        best = sorted(found, key=lambda key: -found[key])[:2]
        assert set(best) == set(sorted(expected, key=lambda key: -expected[key])[:2])


def test_a_single_passage_is_a_chain_too() -> None:
    alone = reading("a question", world()[:1])
    assert shipped_ranker().scores(alone).shape == (1,)
    assert not alone.are_linked([0])
    assert 0 <= alone.covered_by([0]) <= 1


def test_two_passages_cover_together_and_are_linked() -> None:
    people = reading("Polar Night Turku born", [passage(*row) for row in PEOPLE])
    assert people.covered_by([0, 1]) == pytest.approx(1.0)
    assert people.covered_by([0]) < 1
    assert people.are_linked([0, 1])


def test_vectors_that_cancel_out_give_numbers_all_the_same() -> None:
    (vector,) = EMBEDDER._embed(["churches"])
    nothing = np.zeros(3)
    vectors = np.stack([-vector, vector, -vector])
    opposed = Reading("churches", vector, Candidates(world()[:3], vectors, nothing, nothing))
    features = opposed.features()
    assert features.shape == (3, len(FEATURES))
    assert np.isfinite(features).all()


def test_a_cross_encoder_s_word_moves_a_passage_up_or_down() -> None:
    lakes = reading("lake", world())
    liked = shipped_ranker().scores(lakes, {0: 0.9, 1: 0.1})
    other = shipped_ranker().scores(lakes, {0: 0.1, 1: 0.9})
    assert liked[0] > other[0]
    assert other[1] > liked[1]
