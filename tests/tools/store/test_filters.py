"""A filter means exactly the set it is built from, whatever the values hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.passages import Reader
from tools.store import filters

NASTY = st.text(alphabet=st.sampled_from("\"\\'%_*?()[]{} ,\t\x00\x01né😀\u2028\nora"), max_size=12)
ANY = st.one_of(NASTY, st.text(max_size=20))


def parse_literals(literals: str) -> list[str]:
    """Read back a comma-separated list of string literals with the grammar that Milvus Lite has: two escapes."""
    found, position = [], 0
    while position < len(literals):
        assert literals[position] == '"'
        position, value = position + 1, ""
        while literals[position] != '"':
            assert literals[position] not in "\n\r"
            position += literals[position] == "\\"
            value += literals[position]
            position += 1
        found.append(value)
        position += 1
        assert literals[position : position + 2] in (", ", "")
        position += 2
    return found


@given(ANY)
def test_a_quoted_value_reads_back_as_itself_or_is_refused(value: str) -> None:
    if filters.storable(value):
        assert parse_literals(filters.quoted(value)) == [value]
    else:
        with pytest.raises(ValueError, match="can't be part of a filter"):
            filters.quoted(value)


@given(st.lists(ANY))
def test_a_list_holds_each_storable_value_once_and_nothing_else(values: list[str]) -> None:
    expression = filters.one_of("source", values)
    wanted = [value for value in dict.fromkeys(values) if filters.storable(value)]
    if not wanted:
        assert expression is None
    else:
        assert expression is not None
        assert parse_literals(expression.removeprefix("source in [").removesuffix("]")) == wanted


def test_a_reader_without_groups_reads_public_rows_of_the_own_tenant_only() -> None:
    assert filters.readable_by(Reader(tenant="t")) == '(tenant == "t") and (array_contains_any(groups, ["public"]))'


def test_a_tenant_that_no_row_can_have_matches_nothing() -> None:
    assert filters.readable_by(Reader(tenant='x" or tenant != "\n')) is None


def test_an_empty_list_matches_nothing_instead_of_everything() -> None:
    assert filters.one_of("source", []) is None
    assert filters.both('tenant == "t"', None) is None
    assert filters.either(None, None) is None
    assert filters.either(None, "a == 1") == "(a == 1)"


def test_a_prefix_is_a_range_up_to_its_successor() -> None:
    assert filters.starts_with("source", "a%#") == '(source >= "a%#" and source < "a%$")'
    assert filters.starts_with("source", "a\n/") is None
