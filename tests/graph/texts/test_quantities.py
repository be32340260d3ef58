"""Amounts are read with what they are of, and what is no amount is not."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.texts.measures import MONEY
from graph.texts.quantities import quantities_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("EUR 1,250.50 a month", [(1250.5, "EUR")]),
        ("72 USD, or 12 euros", [(72, "USD"), (12, "EUR")]),
        ("$5", [(5, "USD")]),
        ("within two hours", [(7200, "duration")]),
        ("a 12-month term", [(12 * 2_629_746, "duration")]),
        ("26 working days", [(26 * 86_400, "working days")]),
        ("500 ml", [(0.5, "volume")]),
        ("7 % of 40 sensors", [(7, "%"), (40, "sensor")]),
        ("81.00", [(81, "")]),
    ],
)
def test_amounts(text: str, found: list[tuple[float, str]]) -> None:
    read = list(quantities_in(text))
    assert [one.kind for one in read] == [kind for _, kind in found]
    assert [one.amount for one in read] == pytest.approx([amount for amount, _ in found])


@pytest.mark.parametrize(
    "text",
    [
        "since 1987",
        "ARB-500",
        "4-6 weeks",
        "09:00–15:00",
        "version 3.4.1",
        "IP65",
        "EUR 1 200",
        "1.200 euros",
        "EUR 1.5 million",
        "",
    ],
)
def test_no_amounts(text: str) -> None:
    assert list(quantities_in(text)) == []


def test_what_it_is_for_each_of_is_told() -> None:
    assert [one.rate for one in quantities_in("EUR 5 per day, $5/month, 30 km an hour, 2 hours")] == [
        "day",
        "month",
        "hour",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "column", "found"),
    [
        ("1290", "Price (EUR)", [(1290, "EUR")]),
        ("12", "Minimum term (months)", [(12 * 2_629_746, "duration")]),
        ("2 years", "Minimum term (months)", [(2 * 31_556_952, "duration")]),
        ("1990", "Number of seats", [(1990, "")]),
        ("7", "Share [%]", [(7, "%")]),
        ("5", "Order (min)", [(5, "")]),
        ("5", "Seat(s)", [(5, "")]),
        ("1990", "Founded", []),
        ("1990", "Founded (year)", []),
        ("1990", "Built (years)", []),
        ("2025", "Price of the year", []),
        ("2025", "Number of the room", []),
    ],
)
def test_a_column_says_what_a_bare_figure_is_of(text: str, column: str, found: list[tuple[float, str]]) -> None:
    assert [(one.amount, one.kind) for one in quantities_in(text, column)] == found


@pytest.mark.parametrize("piece", ["(", "(EUR", "(EUR/a", "per a ", "price ", "1", "number of ", "(in ", " "])
def test_no_column_takes_long(piece: str) -> None:
    start = time.process_time()
    list(quantities_in("1290 " * 100, piece * (40_000 // len(piece))))
    MONEY.search(piece * (40_000 // len(piece)))
    assert time.process_time() - start < 1


@given(st.text(alphabet="0123456789,.-–: €$%abh", max_size=400))
def test_any_text_is_read_in_its_order(text: str) -> None:
    at = 0
    for one in quantities_in(text):
        assert one.amount >= 0
        at = text.index(one.written, at) + len(one.written)
