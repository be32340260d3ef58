"""Tables in which each thing has a column: what one costs, which is the cheapest, how many there are."""

from dataclasses import replace

import pytest

from graph.chaining.chains import Chains
from graph.chaining.eligibility import answers_directly, asked_of, can_answer
from graph.chaining.sentence_features import read_sentences
from graph.conclusions.comparing import conclude
from graph.evidence import Evidence
from graph.languages.extractive import compose
from graph.structure.tables import tables_in
from tests.graph.conclusions.test_comparing import said
from tests.graph.conclusions.test_tabling import concluded, page

PLANS = """# Our plans

| | Perch | Roost | Colony |
|---|---|---|---|
| Price per sensor and month | EUR 3.20 | EUR 4.90 | EUR 6.40 |
| Promised availability | 99.5% | 99.9% | 99.95% |
| Users | 10 | 50 | unlimited |
| Support | email | email | phone |"""

SHIPS = """Property | MV Thrift | MV Marram
Property: Draught; MV Thrift: 3.6 m; MV Marram: 3.1 m
Property: Fuel; MV Thrift: diesel; MV Marram: LNG"""

UNNAMED = """column 1 | Holm | Craigmore
column 1: Parking spaces; Holm: 12; Craigmore: 210
column 1: Chargers; Holm: none; Craigmore: 8"""


def rows(table: str = PLANS, title: str = "Our plans") -> list[Evidence]:
    (whole,) = tables_in([page(table, title)])
    return [replace(row, number=number, relevance=0.5) for number, row in enumerate(whole.rows, 1)]


TITLES = {PLANS: "Plans", SHIPS: "The ships", UNNAMED: "What each terminal has"}
PRICE, SHARE = "Price per sensor and month", "Promised availability"


@pytest.mark.parametrize(
    ("question", "table", "answer"),
    [
        ("Which plan is the cheapest?", PLANS, f"Perch, {PRICE} EUR 3.20; next is Roost, EUR 4.90."),
        ("What's the cheapest plan?", PLANS, f"Perch, {PRICE} EUR 3.20; next is Roost, EUR 4.90."),
        ("What is our most expensive plan?", PLANS, f"Colony, {PRICE} EUR 6.40; next is Roost, EUR 4.90."),
        ("What is the cheapest pub?", PLANS, None),
        ("Which plan has the best availability?", PLANS, f"Colony, {SHARE} 99.95%; next is Roost, 99.9%."),
        ("Which plan has the worst availability?", PLANS, f"Perch, {SHARE} 99.5%; next is Roost, 99.9%."),
        ("Which plan includes the most users?", PLANS, "Colony, Users unlimited; next is Roost, 50."),
        ("How many plans are there?", PLANS, "3: Perch, Roost, Colony."),
        ("Which plans have email support?", PLANS, "Perch, Roost."),
        ("Which plan has unlimited users?", PLANS, "Colony."),
        ("Which ship has the shallowest draught?", SHIPS, "MV Marram, Draught 3.1 m; next is MV Thrift, 3.6 m."),
        ("Which ship has the highest draught?", SHIPS, "MV Thrift, Draught 3.6 m; next is MV Marram, 3.1 m."),
        (
            "Which terminal has the fewest parking spaces?",
            UNNAMED,
            "Holm, Parking spaces 12; next is Craigmore, 210.",
        ),
        # Nothing says that these are pubs, and nothing what is compared.
        ("Which pub is the cheapest?", PLANS, None),
        ("Which plan is the best?", PLANS, None),
        ("Which plan has the best price?", PLANS, None),
        ("Which terminal has the most chargers?", UNNAMED, None),
        ("Which plan lost the most users?", PLANS, None),
    ],
)
def test_what_all_columns_say_is_concluded(question: str, table: str, answer: str | None) -> None:
    found = concluded(question, [page(table, TITLES[table])])
    assert (found and found[0]) == answer


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How much does Colony cost?", "Price per sensor and month; Colony: EUR 6.40"),
        ("What does Colony cost?", "Price per sensor and month; Colony: EUR 6.40"),
        ("How much is Colony?", "Price per sensor and month; Colony: EUR 6.40"),
        ("What is the price of Colony?", "Price per sensor and month; Colony: EUR 6.40"),
        ("How much does the Colony plan cost per sensor?", "Price per sensor and month; Colony: EUR 6.40"),
        ("What is the availability of Roost?", "Promised availability; Roost: 99.9%"),
        ("How many users can Perch have?", "Users; Perch: 10"),
        # Of two columns, of another thing, and of nothing that a row says.
        ("How much do Colony and Roost cost?", None),
        ("How much does Aerie cost?", None),
        ("Where is Colony sold?", None),
        ("What does support for Colony cost?", None),
        ("What is the availability of Roost in Spain?", None),
    ],
)
def test_the_cell_where_row_and_column_cross_is_the_answer(question: str, answer: str | None) -> None:
    told = [asked_of(question, item) for item in rows() if answers_directly(question, item)]
    assert told == ([answer] if answer else [])


def test_a_ship_is_called_without_what_stands_before_its_name() -> None:
    (draught, _) = rows(SHIPS, "The ships")
    assert asked_of("What is the draught of the Thrift?", draught) == "Property: Draught; MV Thrift: 3.6 m"


def test_a_row_goes_before_prose_in_which_the_words_belong_to_different_things() -> None:
    prose = said(1, "Our plans", "Alerts are included in Roost and Colony; on Perch they cost EUR 0.09 each.")
    row = said(2, "Our plans", "Price per month; Perch: EUR 3.20; Colony: EUR 6.40")
    (answer,) = compose(Chains("How much does Colony cost?", [prose, row]))
    assert answer.text == "Price per month; Colony: EUR 6.40."


def test_two_columns_of_a_row_are_compared() -> None:
    evidence = rows()
    found = conclude("Which plan is cheaper, Roost or Colony?", evidence)
    assert found is not None
    assert found.text == ("Roost, Price per sensor and month EUR 4.90; Colony, Price per sensor and month EUR 6.40.")
    assert len(found.numbers) == 1
    assert conclude("Which plan is cheaper, Roost or Aerie?", evidence) is None
    assert conclude("Which has more users, Roost or Colony?", evidence) is None


def test_only_one_row_is_spoken_of() -> None:
    ships = "| Ship | Passengers |\n|---|---|\n| Thrift | 420 |\n| Holly | 150 |\n"
    asked = "Which ship carries the most passengers?"
    assert concluded(asked, f"{ships}\nHolly is our only ship with batteries.") == (
        "Thrift, Passengers 420; next is Holly, 150.", "Thrift, Holly",
    )  # fmt: skip
    assert concluded(asked, f"{ships}\nOnly the larger ships.") is None


def test_a_row_of_all_columns_leads_to_none_of_them() -> None:
    cafes = said(1, "What each terminal has", "Café; Holm: none; Port Ennis: Quayside Café")
    holm = said(2, "Directory", "Terminal: Port Ennis; Manager: Ada Brun; Window: 09:00-17:30")
    written = compose(Chains("Which terminals have a café?", [cafes, holm]))
    assert [statement.numbers for statement in written] == [(1,)]


def markdown(*rows: str) -> str:
    head, *others = (f"| {row} |" for row in rows)
    return "\n".join((head, "|---|---|---|", *others))


@pytest.mark.parametrize(
    ("question", "title", "rows"),
    [
        ("How many plans are there?", "Plans", ("Plan | Price | Users", "Solo | 3 | 1", "Total | 9 | 4")),
        ("Which depot has the highest total?", "Depots", ("Depot | Desks | Rooms", "Cork | 2 | 3", "Total | 8 | 10")),
        ("How many plans are there?", "Plans", (" | Monthly | Yearly", "Perch | 3 | 30", "Roost | 5 | 50")),
        ("How many offices are there?", "Offices", (" | Desks | Rooms", "Cork | 64 | 9", "Porto | 9 | 2")),
        ("How many plans are there?", "Plans", (" | EUR | USD", "Perch | 3 | 4", "Roost | 5 | 6")),
        ("Which plan is the cheapest?", "Plans", (" | Perch | VAT", "Price | EUR 9 | EUR 2", "Users | 5 | 1")),
        ("Which plan has the best uptime?", "Plans", (" | Target | Actual", "Uptime | 99% | 98%", "Users | 5 | 1")),
        ("Which plan has the best error rate?", "Plans", (" | Perch | Roost", "Error rate | 3% | 1%", "Users | 5 | 1")),
        ("Which plan is the dearest?", "Plans", (" | Perch | Roost", "Price | EUR 3 | unlimited", "Users | 5 | 1")),
        ("Which plan needs the most users?", "Plans", (" | Perch | Roost", "Price | EUR 3 | EUR 4", "Users | 5 | 1")),
    ],
)
def test_what_may_be_an_ordinary_table_or_another_measure_is_left_open(
    question: str, title: str, rows: tuple[str, ...]
) -> None:
    assert concluded(question, [page(markdown(*rows), title)]) is None


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("How much does Perch cost?", "Cancellation fee; Perch: EUR 30; Roost: EUR 40"),
        ("How much does Perch cost?", "Exchange rate; Perch: EUR 30; Roost: EUR 40"),
        ("What is the price without VAT?", "Price; Net: EUR 80; VAT: EUR 4; Gross: EUR 84"),
        ("What is the total price?", "Price per month; Perch: EUR 3; Total: EUR 8"),
    ],
)
def test_another_sum_is_not_what_a_thing_costs(question: str, row: str) -> None:
    assert not answers_directly(question, said(1, "Our plans", row))


@pytest.mark.parametrize(
    "question",
    [
        "Is Perch no cheaper than Roost?",
        "Is Perch cheaper or dearer than Roost?",
        "Has Perch been cheaper than Roost?",
        "Is Perch EUR 2 cheaper than Roost?",
        "Is Perch cheaper than the old Roost?",
        "Is Perch cheaper than not even Roost?",
    ],
)
def test_what_is_supposed_otherwise_is_neither_confirmed_nor_denied(question: str) -> None:
    assert conclude(question, rows()) is None


def test_a_late_fee_makes_nothing_cheaper() -> None:
    row = said(1, "Our plans", "Late fee; Perch: EUR 30; Roost: EUR 40")
    assert conclude("Which is cheaper, Perch or Roost?", [row]) is None


def test_a_word_of_another_label_does_not_rule_out_the_row() -> None:
    price, support = rows()[0], rows()[3]
    assert can_answer("How much does Colony cost with phone support?", price, [price, support])


def test_the_names_of_columns_are_not_what_such_a_row_mentions() -> None:
    row = said(1, "What each terminal has", "Café; Holm: none; Port Ennis: Quayside Café")
    (sentence,), _ = read_sentences("Which terminals have a café?", [row], frozenset())
    assert "quayside cafe" in sentence.outgoing
    assert "port ennis" not in sentence.outgoing
    assert " port ennis " not in sentence.spaced
