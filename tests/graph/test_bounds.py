"""Rules that hold up to a sum or above it, and questions about a sum."""

import pytest

from graph.bounds import leaves_out


@pytest.mark.parametrize(
    ("said", "question", "out"),
    [
        ("Up to 500 euros the team lead approves.", "Who approves 800 euros?", True),
        ("Up to 500 euros the team lead approves.", "Who approves 500 euros?", False),
        ("Up to 500 euros the team lead approves.", "Who approves more than 500 euros?", True),
        ("Above EUR 5,000: the Financial Controller.", "Who approves EUR 4,500?", True),
        ("Above EUR 5,000: the Financial Controller.", "Who approves EUR 15,000?", False),
        ("Above $500 it is the head, above $5,000 the board.", "Who approves $800?", False),
        ("Orders get 4 % off.", "What does an order of 800 euros get?", False),
        ("Up to 500 euros the team lead approves.", "Who approves it?", False),
        ("Up to 500 euros the team lead approves.", "Who approves 800 euros, and who 300 euros?", False),
    ],
)
def test_a_sum_beyond_every_limit_is_left_out(said: str, question: str, out: bool) -> None:
    assert leaves_out(said, question) is out
