"""Amounts are read with what they are of, and what is no amount is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.quantities import quantities_in


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


@given(st.text(alphabet="0123456789,.-–: €$%abh", max_size=400))
def test_any_text_is_read_in_its_order(text: str) -> None:
    at = 0
    for one in quantities_in(text):
        assert one.amount >= 0
        at = text.index(one.written, at) + len(one.written)
