"""Definitions: a glossary's entry or a thing's row before a sentence that mentions it."""

import pytest

from graph.chaining.chains import Chains
from graph.chaining.defining import defines, is_passed_over
from graph.languages.extractive import compose
from tests.graph.conclusions.test_comparing import said

ENTRY = "Shadow shift – a week in which a new engineer follows another."
MENTION = "Every new engineer has a shadow shift in May."


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("What is a shadow shift?", ENTRY),
        ("what's the shadow shift", ENTRY),
        ("What does RPO mean?", "RPO / RTO – how much data may be lost, and how long it takes."),
        ("What does DPO stand for?", "DPO: Data Protection Officer."),
        ("What is Perch?", "Perch is our booking system."),
        ("What are roosts?", "Roosts are the places where bikes are parked."),
        ("What does MTTR mean?", "Mean time to restore (MTTR) is the time until all works again."),
    ],
)
def test_an_entry_or_what_says_the_kind_of_thing_defines_it(question: str, sentence: str) -> None:
    assert defines(question, said(1, "Page", sentence))


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("What is a shadow shift?", MENTION),
        ("What is Perch?", "Perch is down on Mondays."),
        ("What is the price of Perch?", "Perch: our booking system."),
        ("Who has a shadow shift?", ENTRY),
        ("What is it?", "It: a pronoun."),
    ],
)
def test_what_mentions_a_thing_does_not_define_it(question: str, sentence: str) -> None:
    assert not defines(question, said(1, "Page", sentence))


def test_the_definition_answers_and_a_mention_only_where_there_is_none() -> None:
    mention, entry = said(1, "Starting", MENTION), said(2, "Glossary", ENTRY)
    begins = said(3, "Rota", "A shadow shift is paid.")
    question = "What is a shadow shift?"
    assert [is_passed_over(question, one, [mention, entry, begins]) for one in (mention, entry, begins)] == [
        True,
        False,
        False,
    ]
    assert not is_passed_over(question, mention, [mention])
    assert compose(Chains(question, [mention, entry]))[0].numbers == (2,)


def test_a_row_that_is_called_so_comes_before_a_mention() -> None:
    row, mention = said(1, "Systems", "System: Perch; What for: bookings"), said(2, "Rota", "Ada Brun restarts Perch.")
    assert is_passed_over("What is Perch?", mention, [row, mention])
    assert not is_passed_over("What is Perch?", row, [row, mention])


@pytest.mark.parametrize(
    ("question", "title", "sentence", "is_definition"),
    [
        ("What is a Wren Deep?", "Wren Deep specification", "The Wren Deep measures cold.", True),
        ("what's a heron?", "Heron HG-4 specification", "The Heron is our gateway.", True),
        ("What is the Heron HG-4?", "Heron HG-4 specification", "The Heron listens to sensors.", True),
        ("What is a Wren Deep?", "Wren Deep specification", "It measures cold.", False),
        ("What is a Wren Deep?", "Warranty of the Wren Deep", "The Wren Deep has two years.", False),
        ("What is a Wren?", "Wren Deep specification", "The Wren Deep measures cold.", False),
        ("What does a Wren Deep cost?", "Wren Deep specification", "The Wren Deep measures cold.", False),
    ],
)
def test_on_its_own_page_what_begins_with_a_thing_defines_it(
    question: str, title: str, sentence: str, is_definition: bool
) -> None:
    assert defines(question, said(1, title, sentence)) is is_definition


def test_what_its_own_page_says_first_comes_before_a_row_of_figures() -> None:
    row = said(1, "Stock", "Item: Wren Deep; Minimum: 220; Lot: 50")
    first = said(2, "Wren Deep specification", "The Wren Deep measures cold.")
    assert is_passed_over("What is a Wren Deep?", row, [row, first])
    assert not is_passed_over("What is a Wren Deep?", row, [row])
