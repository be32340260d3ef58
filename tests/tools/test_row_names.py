"""What a table's rows name: people and their offices, vendors, codes; not every cell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.row_names import MAX_NAMES, names_of_columns, names_of_rows


@pytest.mark.parametrize(
    ("row", "names"),
    [
        ("Name: Ada Brun; Role: Head of Security; Site: Porto; Extension: 310", ("ada brun", "head of security")),
        ("| **Skagerrak Cellular** | SIM cards for gateways | Hana Novak |", ("skagerrak cellular", "hana novak")),
        ("Code: E55; Meaning: Too many sensors for this gateway", ("e55",)),
        ("| P2 | One site sends no readings | 1 hour |", ("p2",)),
        ("Porto | assembly plant | ext. 300", ()),
        ("Order value: up to EUR 1,000; Approver: team lead", ()),
        ("2026-03-01 | 15 | 20", ()),
        ("3 May 2024 | 10 Days | 12 Boxes", ()),
        ("Ada Brun (acting) | 山田 太郎", ("ada brun", "山田 太郎")),
        ("| | |", ()),
        ("", ()),
    ],
)
def test_a_row_is_about_its_names_and_its_code(row: str, names: tuple[str, ...]) -> None:
    assert names_of_rows([row]) == names


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("| Basic | Pro", ("basic", "pro")),
        ("Feature | *Basic* | Pro Plus (new)", ("basic", "pro plus")),
        ("column 1 | MV Thrift", ("mv thrift",)),
        ("Plan | Price | Users", ()),
        (" | Monthly | EUR | 2026 | Total | notes", ()),
        ("", ()),
    ],
)
def test_a_table_is_about_its_columns_where_each_is_a_thing(header: str, names: tuple[str, ...]) -> None:
    assert names_of_columns(header) == names


@given(st.lists(st.text(max_size=300), max_size=60))
def test_no_text_breaks_it_or_gives_more_than_a_passage_may_have(rows: list[str]) -> None:
    names = names_of_rows(rows)
    assert len(names) <= MAX_NAMES
    assert len(set(names)) == len(names)
    assert all(1 < len(name) <= 120 for name in names)
