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
        ("26 working days", [(26 * 86_400, "duration")]),
        ("500 ml", [(0.5, "volume")]),
        ("7 % of 40 sensors", [(7, "%"), (40, "sensor")]),
        ("81.00", [(81, "")]),
    ],
)
def test_amounts(text: str, found: list[tuple[float, str]]) -> None:
    read = list(quantities_in(text))
    assert [one.kind for one in read] == [kind for _, kind in found]
    assert [one.amount for one in read] == pytest.approx([amount for amount, _ in found])


@pytest.mark.parametrize("text", ["since 1987", "ARB-500", "4-6 weeks", "09:00–15:00", "version 3.4.1", "IP65", ""])
def test_no_amounts(text: str) -> None:
    assert list(quantities_in(text)) == []


@given(st.text(alphabet="0123456789,.-–: €$%abh", max_size=400))
def test_any_text_is_read(text: str) -> None:
    assert all(one.written in text for one in quantities_in(text))
