"""What a question asks of a whole table whose rows are parts of a sum, whose cells are lists, or whose first column is
not what it calls the rows by."""

import re

import pytest

from graph.conclusions.tabling import fitting_table
from tests.graph.conclusions.test_tabling import DEPOTS, PARTS, PLANS, concluded, page, read
from tests.graph.conclusions.test_tabling_in_other_words import SITES

FIELDS = """| Field | Toilets | Accessible toilets | Showers | Litres per toilet |
|---|---|---|---|---|
| North | 36 | 4 | 0 | 5 |
| South | 28 | 3 | 6 | 7 |
| Camp | 1,040 | 5 | 24 | 7 |"""

TOUR = """Week | Venue | Show | Nights | Seats | Fee
Week: 38; Venue: Alhambra; Show: Orchard; Nights: 6; Seats: 820; Fee: £18500
Week: 39; Venue: Lyceum; Show: Orchard; Nights: 7; Seats: 1040; Fee: £14200.50
Week: 43; Venue: Pavilion; Show: Ferry; Nights: 5; Seats: 540; Fee: £9600"""

YEARS = """Year | Members | Lockers
Year: 2024; Members: 300; Lockers: 80
Year: 2025; Members: 340; Lockers: 80"""

TRADERS = """Trader | Sells | Owner
Trader: Bao & Bloom; Sells: Steamed buns, tea; Owner: Ada Brun
Trader: Crumb; Sells: Cakes, coffee and tea; Owner: Otto Falk
Trader: Scoop; Sells: Ice cream; Owner: Ada Brun, Pia Ruiz"""

SUPPORT = """| Plan | Channels |
|---|---|
| Roost | Email |
| Colony | Email, chat, phone |
| Estate | Chat, phone |"""


@pytest.mark.parametrize(
    ("question", "table", "said"),
    [
        ("how many showers do we have", FIELDS, "Showers, 30 in all: North, 0; South, 6; Camp, 24."),
        ("How many toilets are there in total?", FIELDS, "Toilets, 1,104 in all: North, 36; South, 28; Camp, 1,040."),
        (
            "How many accessible toilets are there?",
            FIELDS,
            "Accessible toilets, 12 in all: North, 4; South, 3; Camp, 5.",
        ),
        ("Total lockers at all pools", SITES, "Lockers, 730 in all: Oak Baths, 320; The Sands, 410."),
        ("How many seats are there for Ferry?", TOUR, None),
        ("What's the total fee?", TOUR, "Fee, £42,300.50 in all: Week 38, £18500; Week 39, £14200.50; Week 43, £9600."),
        ("What's the total fee?", re.sub(r"(?<=Fee: )(\S+)", r"\1 per night", TOUR), None),
        ("how many seats are there altogether for Orchard", TOUR, "Seats, 1,860 in all: Week 38, 820; Week 39, 1040."),
        ("how many seats are there in all at the Lyceum", TOUR, None),
        ("What is the total of litres per toilet?", FIELDS, None),
        ("How many toilets were there?", FIELDS, None),
        ("How many blue toilets are there?", FIELDS, None),
        ("How many toilets can I hire?", FIELDS, None),
        ("How many bikes do we have?", PLANS, None),
        ("How many members do we have?", YEARS, None),
        ("How many mechanics do we have?", DEPOTS, "Mechanics, 25 in all: Antwerp, 4; Ghent, 14; Utrecht, 7."),
        ("How many mechanics do we have in Belgium?", DEPOTS, "Mechanics, 18 in all: Antwerp, 4; Ghent, 14."),
    ],
)
def test_a_column_is_summed_over_the_rows_that_are_meant(question: str, table: str, said: str | None) -> None:
    found = concluded(question, table)
    assert (found and found[0]) == said


def test_prose_that_gives_the_number_is_believed_before_the_sum() -> None:
    fields = [page(FIELDS, "Fields")]
    said = read([page("There are 1,110 toilets.", "Minutes")])
    assert fitting_table("How many toilets are there?", [fields], said) is None
    assert fitting_table("How many showers are there?", [fields], said) is not None
    budget = [page(TOUR.replace("Fee", "Fee 2026"), "Tour")]
    dated = read([page("The tour was planned on 3 June 2026.", "Minutes")])
    assert fitting_table("What's the total fee for 2026?", [budget], dated) is not None


@pytest.mark.parametrize(
    ("question", "table", "said"),
    [
        ("which traders sell tea", TRADERS, "Bao & Bloom, Crumb."),
        ("Which traders sell ice cream?", TRADERS, "Scoop."),
        ("Which traders does Ada Brun own?", TRADERS, "Bao & Bloom, Scoop."),
        ("Which traders sell cream?", TRADERS, None),
        ("Which traders sell tea and coffee?", TRADERS, None),
        ("Which traders sell no tea?", TRADERS, None),
        ("Which plans include phone support?", SUPPORT, "Colony, Estate."),
        ("Which plans include email support?", SUPPORT, "Roost, Colony."),
        ("Which plans include free phone support?", SUPPORT, None),
        ("Which plans include phone support?", SUPPORT.replace("| Email |", "| All but phone |"), None),
        ("Which parts fit the Heron?", PARTS, "Chain, Battery."),
    ],
)
def test_an_item_of_a_cell_that_lists_means_its_row(question: str, table: str, said: str | None) -> None:
    found = concluded(question, [page(table, "Support of our plans" if table.startswith("| Plan") else "Overview")])
    assert (found and found[0]) == said


@pytest.mark.parametrize(
    ("question", "table", "said"),
    [
        ("How many managers do we have?", DEPOTS, "3: Wim Janssens, Lotte Maes, Femke de Boer."),
        ("Which venue has the most seats?", TOUR, "Lyceum, Seats 1040; next is Alhambra, 820."),
        ("Which show has the most seats?", TOUR, None),
        ("Which venue has the most seats?", TOUR.replace("Pavilion", "Lyceum"), None),
    ],
)
def test_rows_are_called_by_another_column_than_the_first(question: str, table: str, said: str | None) -> None:
    found = concluded(question, table)
    assert (found and found[0]) == said
