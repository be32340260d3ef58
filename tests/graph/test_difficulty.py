"""Which answers are easy enough for a small model, by what is known before they are written."""

from dataclasses import replace

import pytest

from graph.difficulty import hard_parts, is_easy
from graph.state import Candidate, HopTaken, Ranked, State
from tests.agent.assistants import WORLD
from tools.passages import Hit

EASY = State(
    question="When does the canteen open?",
    rewritten="When does the canteen open?",
    hops=(HopTaken(1, "search", "When does the canteen open?", ("canteen",)), HopTaken(2, "link", "", ())),
    ranking=tuple(
        Ranked(Candidate(Hit(passage, 1.0), 1, "search", place), score)
        for place, (passage, score) in enumerate(zip(WORLD, (0.9, 0.2, 0.1), strict=False))
    ),
    features={"chain_coverage": 0.9},
)


def test_one_thing_asked_and_one_passage_that_says_it_is_easy() -> None:
    assert hard_parts(EASY) == ()
    assert is_easy(EASY)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"hops": (*EASY.hops, HopTaken(1, "search", "a sub-question", ()))}, "it has several parts"),
        ({"hops": (*EASY.hops, HopTaken(3, "follow_up", "and then?", ()))}, "a follow-up was asked"),
        ({"features": {"chain_coverage": 0.5}}, "its chain is open"),
        ({"features": {}}, "its chain is open"),
        ({"ranking": tuple(replace(one, score=0.3) for one in EASY.ranking)}, "no passage is probable"),
        ({"ranking": tuple(replace(one, score=0.8) for one in EASY.ranking)}, "passages must be joined"),
        ({"rewritten": "Which opens earlier, the Canteen or the Parking?"}, "two things are compared"),
        ({"repairs": 1}, "a claim was refused"),
    ],
)
def test_each_sign_of_more_makes_it_hard(changed: dict[str, object], reason: str) -> None:
    assert hard_parts(replace(EASY, **changed)) == (reason,)  # type: ignore[arg-type]
