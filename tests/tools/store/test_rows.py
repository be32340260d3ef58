"""A passage comes back from its row as it went in, or is refused by name."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.store.passages import passage
from tools.errors import UnreadableSource
from tools.passages import Link, Passage
from tools.store.rows import passage_of, primary_key, row_of

LINE = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\n\r"), max_size=20)
TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60)
VECTOR = np.zeros(8, dtype=np.float32)

passages = st.builds(
    Passage,
    key=LINE,
    id=LINE,
    source=LINE,
    title=LINE,
    text=TEXT,
    tenant=LINE,
    groups=st.lists(LINE, min_size=1, max_size=3).map(tuple),
    headings=st.lists(LINE, max_size=3).map(tuple),
    start=st.integers(0, 10**9),
    end=st.integers(0, 10**9),
    page=st.none() | st.integers(1, 9999),
    lines=st.none() | st.tuples(st.integers(1, 9), st.integers(1, 9)),
    url=st.none() | TEXT,
    links=st.lists(st.builds(Link, text=TEXT, target=TEXT), max_size=3).map(tuple),
    names=st.lists(LINE, max_size=3).map(tuple),
    row_names=st.lists(LINE, max_size=3).map(tuple),
    updated=st.none() | LINE,
    status=st.sampled_from(["current", "superseded"]),
    superseded_by=st.none() | LINE,
    content_hash=LINE,
)


@given(passages)
def test_a_passage_reads_back_from_its_row(written: Passage) -> None:
    assert passage_of(row_of(written, VECTOR)) == written


@given(st.text())
def test_primary_keys_are_plain_whatever_the_key_holds(key: str) -> None:
    assert len(primary_key(key)) == 32
    assert set(primary_key(key)) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (passage("p1", "é" * 32_768), "content .* takes 65,5.. bytes, more than the store's 65,535"),
        (passage("p1", "broken \ud800"), "not valid Unicode"),
        (passage("p1", source="a\nb.md"), "line break"),
        (passage("p1", names=("n",) * 2_000), "2,000 names"),
        (passage("p1", names=("n" * 600,)), "names takes 600 bytes"),
        (passage("p1", groups=("a\nb",)), "line break"),
        (passage("p1", groups=()), "no group"),
        (passage("p1", title="t" * 20_000), "title takes 20,000 bytes"),
        (replace(passage("p1"), links=(Link("x", "y" * 70_000),)), "links and headings take"),
    ],
)
def test_what_does_not_fit_is_refused_naming_the_passage(written: Passage, reason: str) -> None:
    with pytest.raises(UnreadableSource, match=f"(?s)'p1' can't be stored: .*{reason}"):
        row_of(written, VECTOR)


def test_a_text_of_exactly_the_limit_fits() -> None:
    written = replace(passage("p1", "x" * 65_527), title="1234567")
    assert len(written.content.encode()) == 65_535
    assert row_of(written, VECTOR)["text_start"] == 8


def test_what_rows_name_comes_back_beside_the_documents_own_names() -> None:
    kept = replace(passage("k", "text"), names=("films",), row_names=("blue lake",))
    row = row_of(kept, VECTOR)
    assert row["names"] == ["films", "blue lake"]
    assert (passage_of(row).names, passage_of(row).row_names) == (("films",), ("blue lake",))
