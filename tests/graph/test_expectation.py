"""What a question expects of its answer, and which sentence holds it."""

import pytest

from graph.expectation import expectation_met, names_in


@pytest.mark.parametrize(
    ("question", "answers", "does_not"),
    [
        ("How long do we have to reply?", "In writing within 10 business days.", "Seven engineers reply."),
        ("How long do we have to reply?", "The deadline is two hours.", "It is asked five times a week."),
        ("How soon must it be reported?", "Within an hour of the loss.", "Report form 7 is used."),
        ("How long must my passphrase be?", "A phrase of at least 16 characters.", "Rule 3 holds for passphrases."),
        ("How far is the depot?", "It lies 12 km to the north.", "It has 12 gates."),
        ("What do I get paid for a week?", "A week pays EUR 320.", "Seven engineers share the week."),
        ("How much does a badge cost?", "A new badge is 15 euros.", "There are 15 badges."),
        ("How much does a badge cost?", "The first one is free.", "It is made in 3 days."),
        ("What share of the gateways may drop out?", "Up to 0.4% of them.", "At most 15 of them."),
        ("What temperature is right for vaccines?", "Between +2 °C and +8 °C.", "Two fridges hold them."),
        ("How many sensors fit?", "It serves up to 120 sensors.", "It serves sensors."),
        (
            "Who decides? Name please.",
            "Name: Rui Tavares; Role: Head of Manufacturing",
            "The Head of Manufacturing decides.",
        ),
        ("Who, by name, signs it?", "It is signed by Ada Brun.", "It is signed by the Calibration Lab Manager."),
        ("Which person signs it?", "It is signed by Ada Brun.", "The Quality Manager signs it."),
        ("Who signs it?", "The Quality Manager signs it.", "It is signed on paper."),
        ("Which extension do I dial?", "Name: Ada Brun; Extension: 240", "Dial 15 minutes before you come."),
        ("When was it founded?", "It was founded in 1871.", "It has 12 members."),
    ],
)
def test_a_question_expects_a_kind_of_thing(question: str, answers: str, does_not: str) -> None:
    assert expectation_met(question, [answers]) == 1.0
    assert expectation_met(question, [does_not]) == 0.0
    assert expectation_met(question, [does_not, answers]) == 1.0


def test_a_number_of_something_else_is_no_count() -> None:
    question = "How many employees do we have?"
    assert expectation_met(question, ["We have 140 full-time employees."]) == 1.0
    assert expectation_met(question, ["Employees of all sites: 140"]) == 1.0
    assert expectation_met(question, ["Every week of the year has 5 days."]) == 0.5
    assert expectation_met(question, ["Employees are happy."]) == 0.0


def test_a_name_is_the_same_with_and_without_what_is_hers() -> None:
    assert names_in("What is Marta's extension?") == ("Marta",)
    assert names_in("Where is the Hofmanns' depot in Porto?") == ("Hofmanns", "Porto")


def test_of_a_question_that_expects_no_kind_nothing_is_known() -> None:
    assert expectation_met("Why is it closed?", ["In 1871 it cost EUR 5."]) == 0.5


def test_what_the_question_says_itself_does_not_answer_it() -> None:
    assert expectation_met("How many of the 120 sensors are lost?", ["All 120 sensors report."]) == 0.0
