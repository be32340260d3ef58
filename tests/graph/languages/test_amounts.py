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


def _concluded(question: str, *lines: str) -> str | None:
    conclusion = conclude(question, [said(number, "Notes", line) for number, line in enumerate(lines, 1)])
    return conclusion.answer if conclusion else None


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        ("Which is cheaper, Roost or Perch?", "Roost costs EUR 5 per day.", "Perch costs EUR 90 per month."),
        ("Which is cheaper, Roost or Perch?", "Roost costs EUR 1 200.", "Perch costs EUR 900."),
        (
            "Which has the larger budget, Roost or Perch?",
            "The budget of Roost is EUR 1.5 million.",
            "The budget of Perch is EUR 900.",
        ),
        (
            "Where does it take longer, Norway or Sweden?",
            "It takes 2 to 4 weeks in Norway.",
            "It takes 3 weeks in Sweden.",
        ),
        (
            "Where is more leave, Denmark or Sweden?",
            "Leave in Denmark is less than 30 days.",
            "Leave in Sweden is more than 20 days.",
        ),
        (
            "Which is cheaper, Roost or Perch?",
            "Plan: Roost; Deposit: EUR 10; Price: on request",
            "Plan: Perch; Deposit: EUR 20; Price: free",
        ),
        ("Which is cheaper, Wren or Heron?", "Model: Wren Deep; Price: EUR 80", "Model: Heron; Price: EUR 95"),
        ("Which is cheaper, Wren or Heron?", "The Wren Deep costs EUR 80.", "The Heron costs EUR 95."),
        (
            "Who has more reports, Ada Brun or Otto Falk?",
            "Name: Lotte V; Reports: 9; Manager: Ada Brun",
            "Name: Ada Brun; Reports: 4; Manager: Otto Falk",
        ),
        ("Which is cheaper, Roost or Perch?", "Roost no longer costs EUR 50.", "Perch costs EUR 60."),
        ("Which is cheaper, Roost or Perch?", "Roost costs EUR 5 more than Perch.", "Perch costs EUR 60."),
        (
            "Which is cheaper, Roost or Perch?",
            "Roost is a good choice for anybody with EUR 100 to spare",
            "Perch costs EUR 120",
        ),
        (
            "Who has longer notice, Ada Brun or Otto Falk?",
            "Ada Brun has worked here for 5 years",
            "Otto Falk has worked here for 3 years",
        ),
        ("Which is not cheaper, Roost or Perch?", "Roost costs EUR 5.", "Perch costs EUR 6."),
        ("Which was cheaper in 2019, Roost or Perch?", "Roost costs EUR 5.", "Perch costs EUR 6."),
        ("Which costs more than 500 euros, Roost or Perch?", "Roost costs EUR 400.", "Perch costs EUR 300."),
        ("Which is more reliable, Roost or Perch?", "Roost is reliable in 99%.", "Perch is reliable in 98%."),
        ("Which clause pays more, Clause 5 or Clause 7?", "Clause 5 pays the fee.", "Clause 7 pays the fee."),
        ("Which is faster, Roost or Perch?", "Roost makes 30 km in 2 hours", "Perch makes 80 km in 3 hours"),
        ("Which is cheaper, Roost or Perch?", "Price: from EUR 5; Plan: Roost", "Plan: Perch; Price: <5"),
    ],
)
def test_in_doubt_nothing_is_concluded(question: str, one: str, other: str) -> None:
    assert _concluded(question, one, other) is None


@pytest.mark.parametrize(
    ("question", "one", "other", "answer"),
    [
        ("Which is cheaper, Roost or Perch?", "Roost costs EUR 5 per day.", "Perch costs EUR 90 per day.", "Roost"),
        (
            "Does a bike or a car cost less per km?",
            "A bike costs EUR 0.2 per km",
            "A car costs EUR 0.4 per km",
            "a bike",
        ),
        ("Which has more seats, Roost or Perch?", "Roost has 12 seats.", "Perch has eight seats.", "Roost"),
        (
            "Which is cheaper, Roost or Perch?",
            "Roost costs EUR 5 with its warranty.",
            "Perch costs EUR 90 with its warranty.",
            "Roost",
        ),
    ],
)
def test_plain_statements_are_compared(question: str, one: str, other: str, answer: str) -> None:
    assert _concluded(question, one, other) == answer


def test_how_it_was_is_not_concluded_from_how_it_is() -> None:
    rents = "The price of Roost is EUR 5.", "The price of Perch is EUR 6."
    assert _concluded("Which has the lower price, Roost or Perch?", *rents) == "Roost"
    assert _concluded("Which had the lower price in the past, Roost or Perch?", *rents) is None
