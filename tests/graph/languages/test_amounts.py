"""Which of two is dearer, longer or more is concluded from amounts of one kind, or not at all."""

from dataclasses import replace

import pytest

from graph.languages.comparing import conclude
from tests.graph.languages.test_comparing import said

SAID = (
    said(1, "Prices", "Article: AR-5; Bottle: 500 ml; Price per case: 81.00; Bottles: 12; Minimum order: 3 cases"),
    said(2, "Prices", "Article: HO-5; Bottle: 750 ml; Price per case: 99.00; Bottles: 12; Minimum order: 2 cases"),
    said(3, "Wren 2", "The battery of a Wren 2 lasts 5 years."),
    said(4, "Wren Deep", "The battery of a Wren Deep lasts 18 months."),
    said(5, "Terms", "Mill Ltd pays within 45 days."),
    said(6, "Terms", "Quay Ltd pays within 30 days, since 2021."),
    said(7, "Rent", "The rent of Mill Lane is EUR 300."),
    said(8, "Rent", "The rent of Quay Street is USD 400."),
)


@pytest.mark.parametrize(
    ("question", "text", "numbers"),
    [
        ("Which is cheaper per case, AR-5 or HO-5?", "AR-5, Price per case 81.00; HO-5, Price per case 99.00.", (1, 2)),
        ("Is AR-5 or HO-5 more expensive?", "HO-5, Price per case 99.00; AR-5, Price per case 81.00.", (1, 2)),
        (
            "Which has the larger minimum order, AR-5 or HO-5?",
            "AR-5, Minimum order 3 cases; HO-5, Minimum order 2 cases.",
            (1, 2),
        ),
        ("Which battery lasts longer, the Wren 2 or the Wren Deep?", "Wren 2, 5 years; Wren Deep, 18 months.", (3, 4)),
        ("Who pays faster, Mill Ltd or Quay Ltd?", "Quay Ltd, 30 days; Mill Ltd, 45 days.", (5, 6)),
        ("Does Mill Ltd or Quay Ltd pay faster?", "Quay Ltd, 30 days; Mill Ltd, 45 days.", (5, 6)),
    ],
)
def test_the_one_that_wins_leads_and_both_values_are_said(question: str, text: str, numbers: tuple[int, ...]) -> None:
    conclusion = conclude(question, SAID)
    assert conclusion is not None
    assert (conclusion.text, conclusion.numbers) == (text, numbers)
    assert text.startswith(conclusion.answer)


@pytest.mark.parametrize(
    "question",
    [
        "Which has more bottles, AR-5 or HO-5?",
        "Which is heavier, AR-5 or HO-5?",
        "Which is bigger, AR-5 or HO-5?",
        "Which has the cheaper rent, Mill Lane or Quay Street?",
        "Which is cheaper, AR-5 or ZZ-9?",
        "Which battery lasts longer, AR-5 or the Wren 2?",
    ],
)
def test_equal_unlike_or_unknown_amounts_conclude_nothing(question: str) -> None:
    assert conclude(question, SAID) is None


def test_columns_that_speak_as_much_of_what_is_asked_and_disagree_conclude_nothing() -> None:
    rows = (
        said(1, "Plans", "Plan: Roost; Price a month: EUR 5; Price a year: EUR 40"),
        said(2, "Plans", "Plan: Perch; Price a month: EUR 4; Price a year: EUR 44"),
    )
    assert conclude("Which is cheaper, Roost or Perch?", rows) is None
    assert conclude("Which is cheaper a year, Roost or Perch?", rows) is not None


def test_a_superseded_amount_is_not_compared() -> None:
    old = replace(SAID[0], passage=replace(SAID[0].passage, status="superseded"))
    assert conclude("Which is cheaper per case, AR-5 or HO-5?", [old, SAID[1]]) is None
