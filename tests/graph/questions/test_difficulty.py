"""Which answers are easy enough for a small model, by what is known before they are written."""

from dataclasses import replace
from typing import Any

import pytest

from graph.questions.difficulty import hard_parts, is_easy
from graph.state import Candidate, HopTaken, Ranked, State
from tests.agent.assistants import WORLD
from tools.passages import Hit

QUESTION = "When does the canteen open?"
SEARCHED = HopTaken(1, "search", QUESTION, ("canteen",))
LINKED = HopTaken(2, "link", "", ())
EASY: dict[str, Any] = {
    "question": QUESTION,
    "hops": (SEARCHED, LINKED),
    "scores": (0.9, 0.2, 0.1),
    "chain_coverage": 0.9,
}


def test_one_thing_asked_and_one_passage_that_says_it_is_easy() -> None:
    assert hard_parts(**EASY) == ()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"hops": (SEARCHED, replace(SEARCHED, query="a sub-question"))}, "it has several parts"),
        ({"hops": (SEARCHED, HopTaken(3, "follow_up", "and then?", ()))}, "a follow-up was asked"),
        ({"chain_coverage": 0.5}, "its chain is open"),
        ({"scores": (0.3, 0.2)}, "no passage is probable"),
        ({"scores": ()}, "no passage is probable"),
        ({"scores": (0.8, 0.7)}, "passages must be joined"),
        ({"question": "Which opens earlier, the Canteen or the Parking?"}, "two things are compared"),
    ],
)
def test_each_sign_of_more_makes_it_hard(changed: dict[str, object], reason: str) -> None:
    assert hard_parts(**(EASY | changed)) == (reason,)


def test_the_state_of_a_question_is_read_for_it() -> None:
    ranking = (Ranked(Candidate(Hit(WORLD[4], 1.0), 1, "search", 0), 0.9),)
    state = State(QUESTION, rewritten=QUESTION, hops=(SEARCHED,), ranking=ranking, features={"chain_coverage": 0.9})
    assert is_easy(state)
    assert not is_easy(replace(state, features={}))
