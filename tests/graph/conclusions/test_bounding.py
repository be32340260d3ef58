"""What a bound lets through of a table is listed with its amounts; nothing where it is open what is bounded."""

import pytest

from graph.conclusions.bounding import bound_in
from graph.conclusions.concluding import conclude
from graph.conclusions.tabling import asks_of_table, fitting_table
from graph.structure.tables import with_table
from tests.graph.conclusions.test_tabling import DEPOTS, PLANS, page

BIKES = """# Our bikes

| Model | Range | Weight | 12 months | 36 months |
|---|---|---|---|---|
| Pony | 55 km | 38 kg | €199 | €149 |
| Mule | 62 km | 45 kg | €259 | €199 |
| Ox | 70 km | 52 kg | €329 | €279 |
| Ox Cool | 60 km | 70 kg | €419 | €339 |

Prices are per month."""


def concluded(question: str, text: str) -> str:
    table = fitting_table(question, [[page(text, "Bikes")]])
    evidence = with_table((), table) if table else ()
    found = conclude(question, evidence)
    return found.text if found else ""


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("Which bikes have a range of more than 60 km?", BIKES, "Mule, 62 km; Ox, 70 km."),
        ("Which bikes have a range of at least 60 km?", BIKES, "Mule, 62 km; Ox, 70 km; Ox Cool, 60 km."),
        ("Which models weigh no more than 45 kg?", BIKES, "Pony, 38 kg; Mule, 45 kg."),
        ("How many bikes weigh under 50 kg?", BIKES, "2: Pony, 38 kg; Mule, 45 kg."),
        ("Which bikes cost under 200 euros a month for 36 months?", BIKES, "Pony, €149; Mule, €199."),
        ("Which plans cost less than 1,000 euros a month?", PLANS, "Solo, 39 EUR; Fleet, 890 EUR."),
        ("Which plans have a minimum term of at most 12 months?", PLANS, "Solo, 1 month; Fleet, 1 year."),
        ("Which depots in Belgium have at least 5 mechanics?", DEPOTS, "Ghent, 14."),
        ("Which depots hold at least 5 mechanics?", DEPOTS, "Ghent, 14; Utrecht, 7."),
        ("Bikes under 50 kg?", BIKES, "Pony, 38 kg; Mule, 45 kg."),
        ("Which bikes have a range of more than 55 and less than 65 km?", BIKES, "Mule, 62 km; Ox Cool, 60 km."),
        ("Which bikes weigh at least 38 kg but under 52 kg?", BIKES, "Pony, 38 kg; Mule, 45 kg."),
        ("Which bikes weigh between 45 and 52 kg?", BIKES, "Mule, 45 kg; Ox, 52 kg."),
        ("Which plans cost between EUR 30 and EUR 900 a month?", PLANS, "Solo, 39 EUR; Fleet, 890 EUR."),
    ],
)
def test_the_rows_that_a_bound_lets_through_are_listed(question: str, text: str, answer: str) -> None:
    assert asks_of_table(question)
    assert concluded(question, text) == answer


@pytest.mark.parametrize(
    "question",
    [
        "Which bikes cost less than 200 euros?",  # two columns of sums
        "Which bikes have a range of more than 100 km?",  # none: that can't be cited
        "Which bikes have a range of more than 55 km or weigh under 40 kg?",  # of two things
        "Which bikes have a range of more than 55 km and weigh under 40 kg?",
        "Which bikes weigh more than 40 kg and more than 50 kg?",
        "Which bikes have no range of more than 55 km?",
        "Which red bikes have a range of more than 55 km?",
        "Which bikes have a range of more than 55 litres?",
        "Which bikes had a range of more than 55 km in 2019?",
    ],
)
def test_nothing_is_concluded_in_doubt(question: str) -> None:
    assert concluded(question, BIKES) == ""


def test_models_are_what_stands_over_them() -> None:
    assert concluded("Which bike has the longest range?", BIKES) == "Ox, Range 70 km; next is Mule, 62 km."
    assert concluded("Which scooter has the longest range?", BIKES) == ""


def test_a_column_with_another_kind_of_cell_is_not_compared() -> None:
    assert concluded("Which bikes have a range of more than 55 km?", BIKES.replace("62 km", "depends")) == ""
    assert concluded("Which plans cost less than 900 dollars a month?", PLANS) == ""
    assert concluded("Which plans cost less than 900 euros a year?", PLANS) == ""


@pytest.mark.parametrize(
    ("question", "amount", "admitted", "refused"),
    [
        ("more than 5 km?", 5_000, 5_001, 5_000),
        ("at least 5 km?", 5_000, 5_000, 4_999),
        ("under 5 km?", 5_000, 4_999, 5_000),
        ("not more than 5 km?", 5_000, 5_000, 5_001),
    ],
)
def test_a_limit_is_among_what_is_not_beyond_it(question: str, amount: float, admitted: float, refused: float) -> None:
    bound = bound_in(f"Which tours are {question}")
    assert bound is not None
    assert bound.quantity.amount == amount
    assert bound.admits(admitted)
    assert not bound.admits(refused)


@pytest.mark.parametrize(
    "question", ["Which is more than enough?", "Who is over there?", "over 5 or under 9 km?", "between us and you?"]
)
def test_without_an_amount_there_is_no_bound(question: str) -> None:
    assert bound_in(question) is None
