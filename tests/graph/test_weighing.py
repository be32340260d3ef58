"""What the confidence looks at beside the chains: what is missing of the thing asked, and what was concluded."""

import time

import pytest

from graph.evidence import Evidence
from graph.state import CheckedClaim, State
from graph.weighing import features_of
from tests.graph.conclusions.test_comparing import said


def weighed(question: str, text: str, *evidence: Evidence) -> dict[str, float]:
    claims = (CheckedClaim(text, (1,), "supported", 1.0),)
    state = State(question=question, rewritten=question, started=time.time(), evidence=evidence, claims=claims)
    return features_of(state, claims)


@pytest.mark.parametrize(
    ("question", "missed"),
    [
        ("What's the Wi-Fi password in Cork?", 1.0),
        ("What's the Wi-Fi name in Cork?", 0.0),
        ("Which contract ends in May?", 0.0),
    ],
)
def test_what_of_a_thing_is_asked_may_be_missing(question: str, missed: float) -> None:
    wifi = said(1, "Cork", "The Wi-Fi contract of the office ends in May.")
    assert weighed(question, wifi.said, wifi)["thing_missed"] == missed


def test_a_comparison_of_two_columns_is_concluded_from_their_one_row() -> None:
    row = said(1, "Our plans", "Price per month; Perch: EUR 3; Roost: EUR 5")
    question = "Is Perch cheaper than Roost?"
    text = "Yes: Perch, Price per month EUR 3; Roost, Price per month EUR 5."
    assert weighed(question, text, row)["concluded"] == 1.0
    assert weighed(question, row.said, row)["concluded"] == 0.0


@pytest.mark.parametrize(
    ("question", "share"),
    [
        ("How long is the warranty?", 0.125),
        ("When does the warranty of a pump end that was sent to Cork, repaired twice, and painted by its owner?", 1.0),
        ("?", 0.0),
    ],
)
def test_a_question_tells_what_is_meant_by_its_words(question: str, share: float) -> None:
    told = said(1, "Pumps", "The warranty ends after a year.")
    assert weighed(question, told.said, told)["asked_words"] == share
