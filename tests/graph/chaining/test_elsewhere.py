"""What holds in one place or at one time is no answer about another."""

import pytest

from graph.chaining.eligibility import can_answer
from graph.chaining.elsewhere import (
    is_elsewhere,
    is_of_another,
    is_of_other_years,
    lacks_change,
    lacks_month,
    lacks_predecessor,
    lacks_relation,
    lacks_year,
)
from graph.evidence import Evidence
from graph.texts.reading import citable_in
from tools.passages import Passage


def said(*sentences: str, title: str = "Handbook") -> list[Evidence]:
    text = "\n".join(sentences)
    passage = Passage(key=title, id=title, source=title, title=title, text=text, end=len(text))
    starts = [text.index(sentence) for sentence in sentences]
    return [
        Evidence(n, passage, one, start, start + len(one))
        for n, (one, start) in enumerate(zip(sentences, starts, strict=True), 1)
    ]


OFFICES = said("Office: Cork; Desks: 64", "Office: Brisbane; Desks: 9", title="Offices")


@pytest.mark.parametrize(
    ("question", "sentence", "elsewhere"),
    [
        ("How many dogs may I bring in Brisbane?", "Up to 2 dogs per person in Cork.", True),
        ("How many dogs may I bring in Brisbane?", "Up to 2 dogs per person in Cork, 1 in Brisbane.", False),
        ("How many dogs may I bring in Brisbane?", "Up to 2 dogs per person.", False),
        ("How many dogs may I bring in Brisbane?", "Up to 2 dogs per person in Summer.", False),
        ("How many dogs may I bring in Brisbane or in Cork?", "Up to 2 dogs per person in Cork.", False),
        ("How many dogs may I bring?", "Up to 2 dogs per person in Cork.", False),
        ("How many weeks of leave are there in Austria?", "Country: Ireland; Leave: 26 weeks", True),
        ("How many weeks of leave are there in Austria?", "Country: Austria; Leave: 26 weeks", False),
        ("How many weeks of leave are there in Austria?", "Grade: L4; Leave: 26 weeks", False),
        ("How many weeks of leave are there in Austria?", "There are 26 weeks in Ireland.", False),
    ],
)
def test_a_sentence_of_another_place(question: str, sentence: str, elsewhere: bool) -> None:
    (item,) = said(sentence)
    assert is_elsewhere(question, item, [*OFFICES, item]) is elsewhere


def test_of_places_that_no_table_sets_side_by_side_nothing_is_known() -> None:
    (item,) = said("Up to 2 dogs per person in Cork.")
    assert not is_elsewhere("How many dogs may I bring in Brisbane?", item, [item])


def test_the_page_of_the_place_speaks_of_it() -> None:
    (item,) = said("Up to 2 dogs, as in Cork.", title="Brisbane office")
    assert not is_elsewhere("How many dogs may I bring in Brisbane?", item, [*OFFICES, item])


def test_who_was_before_somebody_is_not_said_by_who_is() -> None:
    asked = "Who was Chief Financial Officer before Ilse?"
    assert lacks_predecessor(asked, "Name: Ilse Kroll; Role: Chief Financial Officer")
    assert not lacks_predecessor(asked, "Ilse Kroll took over from Otto Wirth in 2018.")
    assert not lacks_predecessor(asked, "Otto Wirth (2011–2018)")
    assert not lacks_predecessor("Who is Chief Financial Officer?", "Name: Ilse Kroll; Role: Chief Financial Officer")
    assert not lacks_predecessor("What do I do before I go to Lisbon?", "Tell your manager.")


@pytest.mark.parametrize(
    ("sentence", "lacks"),
    [
        ("Ticket: Adult; Peak: £6.10", True),
        ("Adults pay £6.10.", True),
        ("Prices 2026: Adults pay £6.10.", True),
        ("Adults pay £6.10 instead of £5.60.", False),
        ("Prices for adults rose by 50p.", False),
        ("Ticket: Adult; 2025: £5.60; 2026: £6.10", False),
    ],
)
def test_what_something_costs_is_not_by_how_much_that_went_up(sentence: str, lacks: bool) -> None:
    assert lacks_change("How much did the price for adults go up?", sentence) is lacks
    assert not lacks_change("How much do adults pay?", sentence)


@pytest.mark.parametrize(
    ("question", "sentence", "lacks"),
    [
        ("Who is the boss of the incident commander?", "Incident commander: Ilse Kroll.", True),
        ("Who is the boss of the incident commander?", "Name: Ilse Kroll; Reports to: Otto Wirth", False),
        ("Who's Ilse Kroll's deputy?", "Name: Ilse Kroll; Role: Engineer", True),
        ("Who's Ilse Kroll's deputy?", "Role: Engineer; Deputy: Otto Wirth", False),
        ("Who's Ilse Kroll's deputy?", "Otto Wirth stands in for Ilse Kroll.", False),
        ("At which site does the deputy work?", "Name: Otto Wirth; Site: Lyon", False),
        ("Who is the manager of the plant?", "Otto Wirth looks after the plant.", False),
        ("Who do I ask when my boss is away?", "Ask the office.", False),
    ],
)
def test_who_somebody_is_to_somebody_is_said(question: str, sentence: str, lacks: bool) -> None:
    assert lacks_relation(question, sentence) is lacks


@pytest.mark.parametrize(
    ("sentence", "of_another"),
    [
        ("The deputy of the Marine Director is Ada Brun.", True),
        ("The deputy of the Marine Director and of the Finance Director is Ada Brun.", False),
        ("The deputy of our Finance Director is Ada Brun.", False),
        ("The deputy is Ada Brun.", False),
        ("The office of the Marine Director is in Porto.", False),
        ("The deputy of the FD is Ada Brun.", False),
        ("The deputy of the Finance and Marine Director is Ada Brun.", False),
    ],
)
def test_what_is_said_of_the_deputy_of_another(sentence: str, of_another: bool) -> None:
    (item,) = said(sentence)
    assert is_of_another("Who is the deputy of the Finance Director?", item) is of_another
    assert not is_of_another("Who is the deputy?", item)


@pytest.mark.parametrize(
    ("question", "sentence", "lacks"),
    [
        ("What was the punctuality in March?", "The target is 93%.", True),
        ("What was the punctuality in March?", "In March it was 91%.", False),
        ("What was the punctuality in March?", "2026-03: 91%", False),
        ("What was the punctuality in March?", "03/2026: 91%", False),
        ("What was the punctuality in March?", "2026-02: 91%", True),
        ("What was the punctuality in March?", "On the market it was 91%.", True),
        ("What was the punctuality in March?", "On 2026-03-09 it was 91%.", False),
        ("What was the punctuality in March?", "On 9.3.2026 it was 91%.", False),
        ("What is the target in March?", "The target is 93%.", False),
        ("What was the punctuality?", "The target is 93%.", False),
    ],
)
def test_a_figure_of_another_month(question: str, sentence: str, lacks: bool) -> None:
    assert lacks_month(question, sentence) is lacks


DEPUTIES = said("Role: Head of Security; Deputy: Greta Holm", "Role: Head of Sales; Deputy: Ada Brun", title="Deputies")


@pytest.mark.parametrize(
    ("question", "of_another"),
    [
        ("Who is the deputy of the Procurement Manager?", [True, True]),
        ("Who is the deputy of the Head of Security?", [False, True]),
        ("Who is the deputy of Otto Falk?", [False, False]),
        ("Who is the boss of the Procurement Manager?", [False, False]),
    ],
)
def test_a_row_for_another_office(question: str, of_another: list[bool]) -> None:
    assert [is_of_another(question, item) for item in DEPUTIES] == of_another


def test_what_will_be_in_a_year_is_said_of_that_year() -> None:
    assert lacks_year("What will Solo cost in 2031?", "Solo costs 39 EUR.")
    assert not lacks_year("What will Solo cost in 2031?", "From 2031 on Solo costs 39 EUR.")
    assert not lacks_year("What does Solo cost in 2031?", "Solo costs 39 EUR.")


def test_a_date_is_no_span_of_years() -> None:
    asked = "Who was Chief Financial Officer before Ada?"
    assert lacks_predecessor(asked, "Owner: Ada Brun; Contract ends: 2026-09-30")
    assert not lacks_predecessor(asked, "Otto Falk (2019-2024)")


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("What is the capital of the UK?", "The capital of the United Kingdom is London."),
        ("Who is the head of HR?", "The head of Human Resources is Ada Brun."),
        ("What is the price of the Pro Plan?", "The price of Pro is EUR 5."),
        ("What is the role of Dr Ada Brun?", "The role of Ada Brun is Buyer."),
        ("What kind of Wren lasts longest?", "A kind of Heron lasts longest."),
    ],
)
def test_another_spelling_is_no_other(question: str, sentence: str) -> None:
    (item,) = said(sentence)
    assert not is_of_another(question, item)


def test_a_span_of_years_may_hold_the_one_asked_about() -> None:
    assert not lacks_year("What will Solo cost in 2031?", "From 2030 on Solo costs 39 EUR.")
    assert not lacks_year("Will the office close in 2031?", "The office will not close.")


@pytest.mark.parametrize(
    ("question", "said", "is_other"),
    [
        ("How many applications did we receive in 2023?", "How we hire – Figures of 2024: We received 1,930.", True),
        ("How many applications did we receive in 2023?", "How we hire – Figures of 2023: We received 1,930.", False),
        ("How many applications did we receive in 2023?", "How we hire: We received 1,930.", False),
        ("How many applications did we receive in 2023?", "Applications in 2022–24: 1,930.", False),
        ("How many applications did we receive in 2023?", "Since 2020 we receive 1,930 a year.", False),
        ("How many applications did we receive?", "Applications in 2024: 1,930.", False),
        ("How many applications did we receive in 2024?", "FY24: 1,930 applications as of March 2025.", False),
        ("How many applications did we receive in 2024?", "FY24: 1,930 (published in March 2025).", False),
        ("How many applications did we receive in 2024?", "We received 1,930 (counted in March 2025).", False),
        ("How many applications did we receive in 2024?", "Published in March 2025: 1,930 applications.", False),
        ("How many applications did we receive in 2024?", "In March 2025 we received 1,930.", True),
        ("How many applications did we receive in 2024?", "Season '24, told in 2025: 1,930.", False),
        ("How many applications did we receive in 2024?", "FY23: 1,930, as was said in 2025.", True),
        ("Where was the director of Wren born, which came out in 2023?", "Ada Brun was born in Lund in 1950.", False),
    ],
)
def test_what_a_year_alone_tells_apart_is_not_that_of_another(question: str, said: str, is_other: bool) -> None:
    assert is_of_other_years(question, said) == is_other


@pytest.mark.parametrize("label", ["**Cause.** ", "Root cause: ", "## Why it happened\n\n", "## Cause\n\n"])
def test_what_stands_beside_the_cause_says_not_why(label: str) -> None:
    text = f"# Smell at Oak Baths\n\nThe baths stayed closed.\n\n{label}A contractor filled the wrong tank."
    passage = Passage(key="a", id="a", source="a", title="Smell at Oak Baths", text=text, end=len(text))
    read = [
        Evidence(n, passage, text[start:end], start, end, reading=reading)
        for n, (start, end, reading) in enumerate(citable_in(passage), 1)
    ]
    assert not can_answer("Why did Oak Baths close?", read[0], read)
    assert can_answer("Why did Oak Baths close?", read[-1], read)
    assert can_answer("Did Oak Baths close?", read[0], read)
    assert can_answer("Why did Oak Baths close?", read[0], read[:1])
