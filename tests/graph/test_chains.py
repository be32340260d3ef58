"""Chains of evidence: what passages cover together counts, whatever order they come in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.chains import UNLINKED_PARTNERS, link_names, score_chains
from tests.doubles import HashEmbedder
from tools.names import names_of
from tools.passages import Link, Passage
from tools.ports import FloatArray

EMBEDDER = HashEmbedder(64)
FILM = "Polar Night is a film directed by Aino Salo."
PEOPLE = [("film", "Polar Night", FILM), ("director", "Aino Salo", "She was born in Turku in 1961.")]
NOISE = [(f"noise-{n}", f"Town {n}", f"Town {n} lies by a lake and has {n} churches.") for n in range(8)]


def passage(key: str, title: str, text: str, **more: object) -> Passage:
    return Passage(key=key, id=key, source=f"{key}.md", title=title, text=text, names=names_of(title), **more)  # type: ignore[arg-type]


def vectors_of(passages: list[Passage]) -> FloatArray:
    return EMBEDDER._embed([one.content for one in passages])


def scores_of(question: str, passages: list[Passage]) -> dict[str, float]:
    (vector,) = EMBEDDER._embed([question])
    chains = score_chains(question, vector, passages, vectors_of(passages))
    return {one.key: float(score) for one, score in zip(passages, chains.scores, strict=True)}


def world() -> list[Passage]:
    return [passage(*row) for row in (*NOISE, *PEOPLE)]


def test_the_second_step_rises_with_the_first() -> None:
    question = "When was the director of the film Polar Night born?"
    scores = scores_of(question, world())
    assert set(sorted(scores, key=lambda key: -scores[key])[:2]) == {"film", "director"}
    without = scores_of(question, [one for one in world() if one.key != "film"])
    assert scores["director"] > without["director"] + 0.2


def test_a_link_is_worth_more_than_none() -> None:
    unnamed = passage("film", "Polar Night", "Polar Night is a film directed by somebody.")
    question = "When was the director of the film Polar Night born?"
    others = [one for one in world() if one.key != "film"]
    linked = passage("film", "Polar Night", unnamed.text, links=(Link("who", "director.md"),))
    assert scores_of(question, [*others, linked])["director"] > scores_of(question, [*others, unnamed])["director"]


def test_coverage_counts_each_word_of_the_question_once() -> None:
    question = "Polar Night director born"
    passages = [passage(*row) for row in PEOPLE]
    (vector,) = EMBEDDER._embed([question])
    chains = score_chains(question, vector, passages, vectors_of(passages))
    assert ((chains.coverage >= 0) & (chains.coverage <= 1 + 1e-9)).all()
    doubled = score_chains(f"{question} {question}", vector, passages, vectors_of(passages))
    assert doubled.coverage == pytest.approx(chains.coverage)
    assert list(chains.partner) == [1, 0]
    assert chains.linked.all()


def test_a_superseded_passage_ranks_below_its_twin() -> None:
    twins = [
        passage("old", "Travel", "Trips by train are booked first class.", status="superseded"),
        passage("new", "Travel", "Trips by train are booked second class."),
    ]
    scores = scores_of("Which class are trips by train booked in?", [*twins, *world()])
    assert scores["new"] > scores["old"]


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(10)), st.sampled_from(["When was the director of Polar Night born?", "lakes", "", "🎉"]))
def test_scores_do_not_depend_on_the_order_of_candidates(order: list[int], question: str) -> None:
    passages = world()
    assert len(passages) <= UNLINKED_PARTNERS
    expected = scores_of(question, passages)
    assert scores_of(question, [passages[index] for index in order]) == pytest.approx(expected)
    assert scores_of(question, passages) == expected


def test_nothing_and_a_single_passage_are_chains_too() -> None:
    (vector,) = EMBEDDER._embed(["a question"])
    empty = score_chains("a question", vector, [], np.empty((0, 64), dtype=np.float32))
    assert empty.scores.shape == empty.partner.shape == (0,)
    single = score_chains("a question", vector, world()[:1], vectors_of(world()[:1]))
    assert list(single.partner) == [-1]
    assert not single.linked.any()


def test_vectors_that_cancel_out_give_numbers_all_the_same() -> None:
    (vector,) = EMBEDDER._embed(["churches"])
    passages = world()[:3]
    chains = score_chains("churches", vector, passages, np.stack([-vector, vector, -vector]))
    assert np.isfinite(chains.scores).all()


def test_a_cross_encoder_s_score_takes_the_place_of_similarity() -> None:
    passages = world()
    (vector,) = EMBEDDER._embed(["lake"])
    liked = score_chains("lake", vector, passages, vectors_of(passages), {0: 0.9, 1: 0.1})
    other = score_chains("lake", vector, passages, vectors_of(passages), {0: 0.1, 1: 0.9})
    assert liked.scores[0] > liked.scores[1]
    assert other.scores[1] > other.scores[0]


def test_names_to_look_up_are_new_bounded_and_not_the_passage_s_own() -> None:
    film = passage("film", "Polar Night", FILM, links=(Link("cast", "cast.md"),))
    names = link_names([film], frozenset({"salo"}), 50)
    assert names[0] == "cast.md"
    assert "aino salo" in names
    assert {"polar night", "salo"}.isdisjoint(names)
    assert link_names([film], frozenset(), 1) == ("cast.md",)
    assert link_names([film], frozenset(names), 50) == tuple(
        n for n in link_names([film], frozenset(), 50) if n == "salo"
    )
