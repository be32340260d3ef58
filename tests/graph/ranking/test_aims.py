"""What a chain is after: what the question lacks beside a passage, and how near the candidates are to that."""

import numpy as np

from graph.ranking.aims import NOWHERE, aim_beside, nearness
from graph.ranking.features import FEATURES, OPENINGS
from tests.graph.ranking.worlds import EMBEDDER, passage, reading, world

BORN = "When was the director of the film Polar Night born?"
FILM = passage("film", "Polar Night", "Polar Night is a film directed by Aino Salo.")


def test_what_a_passage_does_not_hold_is_lacking_beside_it() -> None:
    aim = aim_beside(BORN, FILM)
    assert aim.words == "director born? aino salo"
    assert aim.titled == "director born? Polar Night"


def test_beside_a_passage_that_holds_it_all_nothing_is_lacking() -> None:
    whole = passage("x", "", "When was the director of the film Polar Night born?")
    assert aim_beside(BORN, whole).texts == ("", "")


def test_a_candidate_is_as_near_as_to_the_nearest_text_and_a_head_is_not_what_it_lacks() -> None:
    candidates = np.eye(3)
    found = nearness(["a", "b"], [0, 1], {"a": (1.0, 0.0, 0.0), "b": (0.0, 0.6, 0.8)}, candidates)
    assert found["near"].tolist() == [0.0, 0.0, 0.8]
    assert found["first"].tolist() == [NOWHERE, 0.0, 0.0]
    assert found["gap"].tolist() == [-0.8, -0.8, 0.0]
    assert found["rank"].tolist() == [1.0, 2.0, 0.0]


def test_without_vectors_nothing_is_nearer_than_anything_else() -> None:
    found = nearness(["a"], [0], {}, np.eye(3))
    assert set(found["near"]) == {NOWHERE}
    assert set(found["gap"]) == {0.0}
    assert nearness([], [], {}, np.eye(2))["first"].tolist() == [NOWHERE, NOWHERE]


def test_the_aims_are_those_beside_the_best_openings_and_change_the_features_alone_that_are_theirs() -> None:
    read = reading(BORN, world())
    assert len(read.aims) == OPENINGS
    before = read.features()
    texts = [text for aim in read.aims for text in aim.texts]
    read.aim_at(dict(zip(texts, EMBEDDER._embed(texts).tolist(), strict=True)))
    after = read.features()
    changed = {FEATURES[column] for column in np.flatnonzero((before != after).any(axis=0))}
    assert changed
    assert all("aim" in name for name in changed)
