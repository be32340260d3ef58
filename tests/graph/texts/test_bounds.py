"""Rules that hold up to a sum or above it, and questions about a sum."""

import time

import pytest

from graph.texts.bounds import held_words, is_wider, leaves_out


@pytest.mark.parametrize(
    ("said", "question", "out"),
    [
        ("Up to 500 euros the team lead approves.", "Who approves 800 euros?", True),
        ("Up to 500 euros the team lead approves.", "Who approves 500 euros?", False),
        ("Up to 500 euros the team lead approves.", "Who approves more than 500 euros?", True),
        ("Above EUR 5,000: the Financial Controller.", "Who approves EUR 4,500?", True),
        ("Above EUR 5,000: the Financial Controller.", "Who approves EUR 15,000?", False),
        ("Above $500 it is the head, above $5,000 the board.", "Who approves $800?", False),
        ("Above EUR 500: the Payroll Lead.", "Who approves EUR 500?", True),
        ("From EUR 500: the Payroll Lead.", "Who approves EUR 500?", False),
        ("Not more than EUR 500: the Payroll Lead.", "Who approves EUR 500?", False),
        ("Below EUR 500: the Payroll Lead.", "Who approves EUR 500?", True),
        ("EUR 750 to 5,000: the Head of Support.", "Who approves EUR 2,000?", False),
        ("EUR 750 to 5,000: the Head of Support.", "Who approves EUR 500?", True),
        ("Order value: EUR 1,000 to EUR 8,000; Approver: head", "Who approves 9,000 euros?", True),
        ("Order value: 1,000–8,000 EUR; Approver: head", "Who approves 2,000 euros?", False),
        ("Between 1,000 and 8,000 euros: head", "Who approves 900 euros?", True),
        ("Open from 9 to 17.", "Who approves 900 euros?", False),
        ("Group: Otters; Age: 4 to 6; Price: £78", "What do lessons for a 5 year old cost?", False),
        ("Group: Pike; Age: 7–11; Price: £74", "What do lessons for a 5-year-old cost?", True),
        ("Group: Adults; Age: 16 and over; Price: £96", "What do lessons for a child aged 5 cost?", True),
        ("Group: Adults; Age: 16+; Price: £96", "What do lessons at age 40 cost?", False),
        ("Group: Pike; Age: 7–11; Price: £74", "What do lessons cost?", False),
        ("Orders get 4 % off.", "What does an order of 800 euros get?", False),
        ("Up to 500 euros the team lead approves.", "Who approves it?", False),
        ("Purchases not exceeding EUR 500 are the team lead's.", "Who approves EUR 300?", False),
        ("No more than EUR 500 is approved.", "Who approves EUR 800?", True),
        ("Not less than EUR 500 is the board's.", "Who approves EUR 800?", False),
        ("They aren't above EUR 500.", "Who approves EUR 300?", False),
        ("Up to 1.000 euros the team lead approves.", "Who approves 800 euros?", False),
        ("Up to 1 000 EUR the team lead approves.", "Who approves EUR 800?", False),
        ("Up to EUR 5 million the board approves.", "Who approves EUR 800?", False),
        ("Up to USD 500 the team lead approves.", "Who approves CHF 600?", False),
        ("Up to 500 euros the team lead approves.", "Who approves 800 euros, and who 300 euros?", False),
        ("over 500 and up to 5,000 EUR: your manager", "who signs expenses over 5000?", True),
        ("over 5,000 EUR: the CFO", "who signs expenses over 5000?", False),
        ("up to 500 EUR: your manager", "who signs expenses of 700?", True),
        ("up to 500 EUR: your manager", "who signs expenses of 70?", False),
        ("up to 500 EUR: your manager", "who signed the expenses of 2025?", False),
        ("up to 500 EUR: your manager", "who signs orders of 700 boxes?", False),
        ("up to 500 EUR: your manager", "who signs over 700 and who over 900?", False),
    ],
)
def test_a_sum_beyond_every_limit_is_left_out(said: str, question: str, out: bool) -> None:
    assert leaves_out(said, question) is out


@pytest.mark.parametrize(
    ("said", "question", "held"),
    [
        ("Amount: up to £10,000; Who signs: Director", "Who signs an order for 7000 pounds?", {"7000", "gbp"}),
        ("Amount: up to £5,000; Who signs: Director", "Who signs an order for 7000 pounds?", set()),
        ("Amount: up to €10,000; Who signs: Director", "Who signs an order for 7000 pounds?", set()),
        ("Above £500 the board signs.", "Who signs above £800?", {"800", "gbp"}),
        ("Group: Otters; Age: 4 to 6; Price: £78", "What do lessons for a 5 year old cost?", {"5"}),
        ("Group: Otters; Price: £78", "What do lessons for a 5 year old cost?", set()),
        ("Up to £500 the team lead signs.", "Who signs 800 pounds, and who 300 pounds?", set()),
        ("Above £500 the board signs.", "Who signs above 800?", {"800"}),
    ],
)
def test_a_limit_speaks_of_the_sum_that_it_holds(said: str, question: str, held: set[str]) -> None:
    assert held_words(said, question) == held


@pytest.mark.parametrize(
    ("said", "other", "wider"),
    [
        ("up to £50,000", "up to £10,000", True),
        ("up to £10,000", "up to £50,000", False),
        ("up to £10,000", "up to £10,000", False),
        ("up to £10,000", "up to £1,000", False),
        ("above £500", "above £5,000", True),
        ("up to £10,000", "£5,000 to £8,000", True),
        ("up to £10,000", "above £500", False),
        ("up to £10,000", "up to €8,000", False),
    ],
)
def test_of_two_limits_that_hold_a_sum_the_narrower_is_meant(said: str, other: str, wider: bool) -> None:
    assert is_wider(said, [other], "Who signs for £7,000?") is wider


@pytest.mark.parametrize("nasty", ["1," * 3_000, "EUR " * 3_000, "up to " * 3_000, "1 to " * 3_000])
def test_no_text_is_read_for_ever(nasty: str) -> None:
    """The bound is loose for a busy machine."""
    started = time.process_time()
    leaves_out(nasty, "Who approves 800 euros?")
    assert time.process_time() - started < 2.0
