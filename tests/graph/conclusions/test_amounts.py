"""Which of two is dearer, longer or more is concluded from amounts of one kind, or not at all."""

from dataclasses import replace

import pytest

from graph.conclusions.comparing import conclude
from tests.graph.conclusions.test_comparing import said

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


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (
            "which is more expensive, the heron gateway or the wren deep",
            "heron gateway, Price EUR 410; wren deep, Price EUR 139.",
        ),
        ("Is the Wren Deep cheaper than the Wren 2?", "No: Wren 2, Price EUR 84; Wren Deep, Price EUR 139."),
    ],
)
def test_what_has_a_code_for_its_name_is_compared_by_what_the_code_stands_for(question: str, text: str) -> None:
    rows = (
        said(1, "Prices", "Article: WR-2; What it is: Wren 2 sensor; Price: EUR 84"),
        said(2, "Prices", "Article: WD-1; What it is: Wren Deep sensor for cold rooms; Price: EUR 139"),
        said(3, "Prices", "Article: HG-4; What it is: Heron gateway; Price: EUR 410"),
    )
    conclusion = conclude(question, rows)
    assert conclusion is not None
    assert conclusion.text == text


def test_a_sum_in_what_a_thing_is_called_is_not_its_price() -> None:
    rows = (
        said(1, "Prices", "Article: G-1; Item: Gift card EUR 50; Price: EUR 45"),
        said(2, "Prices", "Article: G-2; Item: Gift card EUR 100; Price: EUR 40"),
    )
    conclusion = conclude("Which is cheaper, the Gift card EUR 50 or the Gift card EUR 100?", rows)
    assert conclusion is not None
    assert conclusion.text == "Gift card EUR 100, Price EUR 40; Gift card EUR 50, Price EUR 45."


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


PLANS = (
    "Plan: Fleet; Monthly price (EUR): 890; Bikes included: 40; Minimum term (months): 12; Setup fee (EUR): 450",
    "Plan: Campus; Monthly price (EUR): 1290; Bikes included: 60; Minimum term (months): 24; Setup fee (EUR): 0",
)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Which is cheaper, Fleet or Campus?", "Fleet"),
        ("Is Fleet or Campus more expensive?", "Campus"),
        ("Which plan is cheaper, Fleet or Campus?", "Fleet"),
        ("Which of the two plans is cheaper, Fleet or Campus?", "Fleet"),
        ("Which is the more expensive plan, Fleet or Campus?", "Campus"),
        ("Which plan has the longer minimum term, Fleet or Campus?", "Campus"),
        ("Which plan has more bikes included, Fleet or Campus?", "Campus"),
        ("Which plan is longer, Fleet or Campus?", None),
        ("Which plan is faster, Fleet or Campus?", None),
        ("Which plan is heavier, Fleet or Campus?", None),
        ("Which bike plan is cheaper, Fleet or Campus?", None),
        ("Which plan insurance is cheaper, Fleet or Campus?", None),
        ("Which plan is bigger, Fleet or Campus?", None),
    ],
)
def test_the_columns_say_what_their_figures_are_of(question: str, answer: str | None) -> None:
    assert _concluded(question, *PLANS) == answer


@pytest.mark.parametrize(
    ("question", "column", "one", "other", "answer"),
    [
        ("Which is cheaper, Roost or Perch?", "Price", "1290", "1500", "Roost"),
        ("Which is cheaper, Roost or Perch?", "List price (EUR/month)", "990", "1500", "Roost"),
        ("Which is dearer, Roost or Perch?", "Price a month [USD]", "990", "1500", "Perch"),
        ("Which has the larger number of seats, Roost or Perch?", "Number of seats", "990", "1500", "Perch"),
        ("Which has the longer notice, Roost or Perch?", "Notice (days)", "60", "2 months", "Perch"),
        ("Which is heavier, Roost or Perch?", "Weight (kg)", "1100", "900", "Roost"),
        ("Which weighs more, Roost or Perch?", "Weight (kg)", "1100", "900", "Roost"),
        ("Which has the larger range, Roost or Perch?", "Range (km)", "1100", "900", "Roost"),
        ("Which is cheaper, Roost or Perch?", "Hourly rate", "1100", "900", "Perch"),
    ],
)
def test_a_figure_that_could_be_a_year_is_what_its_column_says(
    question: str, column: str, one: str, other: str, answer: str
) -> None:
    assert _concluded(question, f"Name: Roost; {column}: {one}", f"Name: Perch; {column}: {other}") == answer


@pytest.mark.parametrize(
    ("question", "column", "one", "other"),
    [
        ("Which is cheaper, Roost or Perch?", "Price since", "2019", "2021"),
        ("Which is cheaper, Roost or Perch?", "Price list", "2024", "2025"),
        ("Which is cheaper, Roost or Perch?", "Year of the price", "2024", "2025"),
        ("Which is cheaper, Roost or Perch?", "Price set in", "2024", "2025"),
        ("Which is cheaper, Roost or Perch?", "Cost centre", "1200", "1300"),
        ("Which is cheaper, Roost or Perch?", "Founded", "1990", "2001"),
        ("Which has more seats, Roost or Perch?", "Seats since", "1990", "2001"),
        ("Which was built longer ago, Roost or Perch?", "Built (years)", "1990", "2001"),
        ("Which is cheaper, Roost or Perch?", "Range per charge (km)", "60", "85"),
        ("Which is cheaper, Roost or Perch?", "Range per charge", "1100", "1200"),
        ("Which is cheaper, Roost or Perch?", "Sampling rate", "1100", "1200"),
        ("Which is cheaper, Roost or Perch?", "Price (kg)", "11", "12"),
        ("Which is heavier, Roost or Perch?", "Price (kg)", "11", "12"),
        ("Which is cheaper, Roost or Perch?", "Weight (pounds)", "11", "12"),
        ("Which is cheaper, Roost or Perch?", "Revenue (EUR)", "1100", "1200"),
        ("Which is cheaper, Roost or Perch?", "Insurance cover", "EUR 1,100", "EUR 1,200"),
        ("Which is cheaper, Roost or Perch?", "Deposit (EUR)", "1100", "1200"),
        ("Which is longer, Roost or Perch?", "Seats (min)", "10", "12"),
        ("Which is longer, Roost or Perch?", "Seat(s)", "10", "12"),
        ("Which is longer, Roost or Perch?", "Stock (M)", "10", "12"),
        ("Which is longer, Roost or Perch?", "Price (month)", "10", "12"),
        ("Which is faster, Roost or Perch?", "Notice (days)", "10", "12"),
        ("Which is faster, Roost or Perch?", "Notice", "10 days", "12 days"),
        ("Which is heavier, Roost or Perch?", "Load (kg)", "10", "12"),
        ("Which is heavier, Roost or Perch?", "Maximum load", "10 kg", "12 kg"),
        ("Which weighs more, Roost or Perch?", "Weight limit (kg)", "10", "12"),
        ("Which is heavier, Roost or Perch?", "Weight (kg)", "12 to 14", "10"),
        ("Which is cheaper, Roost or Perch?", "Price (EUR)", "12 (from 3)", "10"),
        ("Which is cheaper, Roost or Perch?", "Price (EUR)", "1200 USD", "1100"),
        ("Which is cheaper, Roost or Perch?", "Price (EUR)", "1.200", "1100"),
    ],
)
def test_a_column_of_something_else_concludes_nothing(question: str, column: str, one: str, other: str) -> None:
    assert _concluded(question, f"Name: Roost; {column}: {one}", f"Name: Perch; {column}: {other}") is None


@pytest.mark.parametrize(
    ("rows", "answer"),
    [
        (("Battery BX-500", "Battery BX-300"), "BX-300"),
        (("Battery BX-500", "BX-300"), "BX-300"),
        (("Battery BX-500", "Battery BX-300", "Charger BX-500"), None),
        (("Charger for BX-500", "Battery BX-300"), None),
        (("BX-500 charger", "Battery BX-300"), None),
        (("Battery BX-500 Pro", "Battery BX-300"), None),
        (("Battery BX-5000", "Battery BX-300"), None),
        (("Charger for BX-500", "BX-500", "BX-300"), "BX-300"),
        (("Battery BX-400 and BX-500", "Battery BX-300"), None),
    ],
)
def test_a_code_names_the_one_row_whose_first_cell_ends_with_it(rows: tuple[str, ...], answer: str | None) -> None:
    lines = [f"Article: {name}; Price: EUR {90 - n}" for n, name in enumerate(rows)]
    assert _concluded("Which is cheaper, BX-500 or BX-300?", *lines) == answer


def test_a_row_beside_the_selected_ones_may_have_the_code_too() -> None:
    rows = [said(n, "Prices", f"Article: Battery BX-{n}00; Price: EUR {n}") for n in (3, 5)]
    question = "Which is cheaper, BX-500 or BX-300?"
    assert conclude(question, rows) is not None
    text = f"{rows[1].passage.text}\n| Charger BX-500 | EUR 9 |"
    assert conclude(question, [rows[0], replace(rows[1], passage=replace(rows[1].passage, text=text))]) is None


@pytest.mark.parametrize(
    ("question", "one", "other", "answer"),
    [
        ("Does the Heron or the Finch carry more?", "The Heron carries 150 kg.", "The Finch carries 80 kg.", "Heron"),
        ("Which bike carries more, Heron or Finch?", "The Heron carries 150 kg.", "The Finch carries 80 kg.", "Heron"),
        ("Which can carry less, Heron or Finch?", "The Heron carries 150 kg.", "The Finch carries 80 kg.", "Finch"),
        ("Does the Heron or the Finch carry more?", "The Heron weighs 15 kg.", "The Finch weighs 8 kg.", None),
        ("Which bike carries more, Heron or Finch?", "The Heron bike weighs 15 kg.", "The Finch bike has 8 kg.", None),
        ("Does the Heron or the Finch weigh more?", "The Heron carries 150 kg.", "The Finch carries 80 kg.", None),
        ("Does the Heron or the Finch weigh more?", "The Heron weighs 15 kg.", "The Finch weighs 8 kg.", "Heron"),
        ("Does the Heron or the Finch carry more?", "The Heron carries 2 children.", "The Finch carries 80 kg.", None),
        ("Does the Heron or the Finch carry more?", "The Heron carries up to 9 kg.", "The Finch carries 8 kg.", None),
        ("Does the Heron or the Finch carry more?", "The Heron XL carries 220 kg.", "The Finch carries 80 kg.", None),
        ("Does the Heron or the Finch carry more than 50 kg?", "Heron carries 9 kg.", "Finch carries 8 kg.", None),
        ("Does the Heron or the Finch matter more?", "Heron carries 9 kg.", "Finch carries 8 kg.", None),
    ],
)
def test_what_a_verb_is_asked_of_is_said_with_it(question: str, one: str, other: str, answer: str | None) -> None:
    assert _concluded(question, one, other) == answer


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Is AR-5 cheaper per case than HO-5?", "Yes: AR-5, Price per case 81.00; HO-5, Price per case 99.00."),
        ("Is HO-5 cheaper per case than AR-5?", "No: AR-5, Price per case 81.00; HO-5, Price per case 99.00."),
        ("Is HO-5 more expensive than AR-5?", "Yes: HO-5, Price per case 99.00; AR-5, Price per case 81.00."),
        (
            "Does AR-5 have a larger minimum order than HO-5?",
            "Yes: AR-5, Minimum order 3 cases; HO-5, Minimum order 2 cases.",
        ),
        ("Does AR-5 have more bottles than HO-5?", None),
        ("Is AR-5 not cheaper per case than HO-5?", None),
        ("Was AR-5 cheaper per case than HO-5?", None),
        ("Is AR-5 cheaper per case than HO-7?", None),
        ("Is AR-5 better than HO-5?", None),
    ],
)
def test_what_is_supposed_of_the_first_is_confirmed_or_denied(question: str, text: str | None) -> None:
    conclusion = conclude(question, SAID)
    assert (conclusion and conclusion.text) == text
    assert conclusion is None or conclusion.answer == conclusion.text.partition(":")[0]


def test_who_is_older_than_whom_is_confirmed_or_denied() -> None:
    ada = said(1, "Ada Brun", "Ada Brun was born on 3 May 1970 in Lund.")
    bo = said(2, "Bo Ek", "Bo Ek was born on 1 May 1980 in Turku.")
    for question, answer in (("Is Ada Brun older than Bo Ek?", "Yes"), ("Is Bo Ek older than Ada Brun?", "No")):
        conclusion = conclude(question, [ada, bo])
        assert conclusion is not None
        assert conclusion.text == f"{answer}: Ada Brun, born 3 May 1970; Bo Ek, born 1 May 1980."


@pytest.mark.parametrize(
    "question",
    [
        "Is Ada Brun not older than Bo Ek?",
        "Is Ada Brun ten years older than Bo Ek?",
        "Is Ada Brun older and cleverer than Bo Ek?",
        "Does Ada Brun arrive earlier than Bo Ek?",
        "Is Ada Brun older than not even Bo Ek?",
    ],
)
def test_only_who_is_older_is_told_from_birthdays(question: str) -> None:
    ada = said(1, "Ada Brun", "Ada Brun was born on 3 May 1970 in Lund.")
    bo = said(2, "Bo Ek", "Bo Ek was born on 1 May 1980 in Turku.")
    assert conclude(question, [ada, bo]) is None


def test_one_option_s_name_may_be_the_beginning_of_the_other_s() -> None:
    rows = ("Model: Ox; 12 months: €329", "Model: Ox Cool; 12 months: €419")
    assert _concluded("Which is dearer for 12 months, the Ox or the Ox Cool?", *rows) == "Ox Cool"
    assert _concluded("Which is dearer for 12 months, the Ox Cool or the Ox?", *rows) == "Ox Cool"


LEASES = (
    said(1, "Bikes", "Bike: Kestrel; Purchase price: 2400 EUR; Monthly lease: 59 EUR; Weight: 19 kg"),
    said(2, "Bikes", "Bike: Lapwing; Purchase price: 1900 EUR; Monthly lease: 65 EUR; Weight: 17 kg"),
)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (
            "Is the Kestrel more expensive than the Lapwing for 12 months?",
            "No: Lapwing, Monthly lease 65 EUR; Kestrel, Monthly lease 59 EUR.",
        ),
        (
            "Is the Lapwing bike lighter than the Kestrel bike?",
            "Yes: Lapwing bike, Weight 17 kg; Kestrel bike, Weight 19 kg.",
        ),
        ("Is the Kestrel more expensive than the Lapwing?", None),
        ("Is the Lapwing van lighter than the Kestrel?", None),
    ],
)
def test_a_thing_may_be_called_by_its_kind_and_compared_for_a_while(question: str, text: str | None) -> None:
    conclusion = conclude(question, LEASES)
    assert (conclusion.text if conclusion else None) == text


HALLS = (
    said(1, "Halls", "Hall: Lyceum; Stage width: 12.4 m; Stage depth: 8 m; Seats: 610; Bars: 3"),
    said(2, "Halls", "Hall: Empire; Stage width: 12 m; Stage depth: 9 m; Seats: 960; Bars: 2"),
)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Is the Lyceum wider than the Empire?", "Yes: Lyceum, Stage width 12.4 m; Empire, Stage width 12 m."),
        ("Which is deeper, the Lyceum or the Empire?", "Empire, Stage depth 9 m; Lyceum, Stage depth 8 m."),
        ("which is bigger, the lyceum or the empire", "empire, Seats 960; lyceum, Seats 610."),
        (
            "Which has the larger stage width, the Lyceum or the Empire?",
            "Lyceum, Stage width 12.4 m; Empire, Stage width 12 m.",
        ),
        ("Which is taller, the Lyceum or the Empire?", None),
        ("Which is higher, the Lyceum or the Empire?", None),
    ],
)
def test_how_wide_and_how_big_two_things_are_stands_under_a_column_of_that(question: str, text: str | None) -> None:
    conclusion = conclude(question, HALLS)
    assert (conclusion and conclusion.text) == text


SHEETS = (
    said(1, "Wren 2 specification", "Property: Weight; Value: 41 g"),
    said(2, "Wren Deep data sheet", "Property: Weight; Value: 68 g"),
    said(3, "Prices", "Article: MK-1; What it is: Wall mount; Price: EUR 9"),
    said(4, "Prices", "Article: KB-14; What it is: Lithium cell; Price: EUR 6.50"),
    said(5, "Wren 2 in the cold", "Property: Weight; Value: 99 g"),
    said(6, "Wren 2 specification", "Property: Protection; Value: IP67"),
)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Which is heavier, the Wren 2 or the Wren Deep?", "Wren Deep, Weight 68 g; Wren 2, Weight 41 g."),
        ("which is lighter, a wren 2 or a wren deep?", "a wren 2, Weight 41 g; a wren deep, Weight 68 g."),
        ("Is the Wren 2 heavier than the Wren Deep?", "No: Wren Deep, Weight 68 g; Wren 2, Weight 41 g."),
        (
            "is a wall mount cheaper than a lithium cell?",
            "No: a lithium cell, Price EUR 6.50; a wall mount, Price EUR 9.",
        ),
    ],
)
def test_pages_of_a_single_thing_and_small_letters_are_compared_as_well(question: str, text: str) -> None:
    conclusion = conclude(question, SHEETS)
    assert conclusion is not None
    assert conclusion.text == text


@pytest.mark.parametrize(
    "question",
    ["Which is dearer, the Wren 2 or the Wren Deep?", "Which is heavier, the Wren 2 or a wall mount?"],
)
def test_a_property_that_one_of_them_lacks_concludes_nothing(question: str) -> None:
    assert conclude(question, SHEETS) is None
