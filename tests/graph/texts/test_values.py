"""What a question asks for, as texts give it, and what is the same otherwise written."""

import time

import pytest

from graph.texts.values import values_expected

LONG, WHEN, COST = "How long does it take?", "When does it open?", "How much money does it cost?"


@pytest.mark.parametrize(
    ("question", "text", "written"),
    [
        (LONG, "It takes thirty-five days and 5 EUR.", ["35 days"]),
        (LONG, "It takes fourteen working days.", ["14 working days"]),
        (WHEN, "It opens on 31 May 2026 at 08:30.", ["31 May 2026", "08:30"]),
        (WHEN, "It opens on Mondays in May 2026.", ["Mondays", "May 2026"]),
        (COST, "It costs EUR 5 and takes 3 days.", ["EUR 5"]),
        (COST, "The permit costs 500 SEK.", ["500 SEK"]),
        ("How many bikes are there?", "There are forty bikes.", ["40 bikes"]),
        ("How many bikes are there?", "There are forty people.", []),
        ("How long are 30 days?", "They are 30 days, or 4 weeks.", ["4 weeks"]),
        ("Who opens it?", "Ada Brun, in 3 days.", []),
    ],
)
def test_values_are_of_the_kind_that_is_asked_for_and_new(question: str, text: str, written: list[str]) -> None:
    assert [value.written for value in values_expected(question, text)] == written


@pytest.mark.parametrize(
    ("question", "one", "other", "differs"),
    [
        (LONG, "thirty days", "one month", False),
        (LONG, "seven days", "a total of 1 week", False),
        (LONG, "thirty days", "45 days", True),
        (COST, "€5", "five euros", False),
        (COST, "€5", "EUR 6", True),
        (WHEN, "30 April", "April 30th, 2026", False),
        (WHEN, "30 April 2025", "2026-04-30", True),
        (WHEN, "on Monday", "on Tuesdays", True),
        (WHEN, "at 8:30", "at 08:30", False),
    ],
)
def test_one_value_may_be_written_in_two_ways(question: str, one: str, other: str, differs: bool) -> None:
    (mine,), (theirs,) = values_expected(question, one), values_expected(question, other)
    assert mine.is_comparable(theirs)
    assert mine.differs(theirs) is differs


@pytest.mark.parametrize("text", ["twenty-" * 20_000, "3 May " * 20_000, "1 " * 50_000, "12:" * 30_000])
def test_a_hostile_text_takes_no_longer_than_its_length(text: str) -> None:
    begun = time.process_time()
    values_expected(WHEN, text)
    values_expected(LONG, text)
    assert time.process_time() - begun < 1
