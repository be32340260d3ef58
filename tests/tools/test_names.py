"""Names: both sides of a mention meet in the same key, whatever the title looks like."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.names import MAX_MENTIONS, MAX_NAME_CHARACTERS, mentions, name_key, names_of


@pytest.mark.parametrize(
    ("one", "other"),
    [("A. B.", "a b"), ("Café-Bar", "cafe bar"), ("  Polar\nNight ", "Polar Night"), ("REFUNDS", "refunds")],
)
def test_spelling_variants_are_one_name(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_a_title_answers_without_its_parenthesis_and_by_its_reference() -> None:
    assert names_of("Polar Night (film) ") == ("polar night film", "polar night")
    assert names_of("POL-12 Refunds [draft]") == ("pol 12 refunds draft", "pol 12 refunds", "pol 12")
    assert names_of("Night (of) the (film)")[1] == "night of the"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("It was directed by Aino Salo in 1990.", "aino salo"),
        ("See the “travel expenses” page.", "travel expenses"),
        ("Read POL-12 first.", "pol 12"),
        ("the Lord of the Rings trilogy", "lord of the rings"),
        ("Born in Århus, Denmark.", "arhus"),
    ],
)
def test_a_mention_is_found_under_the_key_of_its_title(text: str, name: str) -> None:
    assert name in mentions(text)
    assert name in names_of(name.title())


@given(st.text(max_size=300))
def test_any_text_has_short_unique_keys(text: str) -> None:
    for keys in (mentions(text), names_of(text)):
        assert len(set(keys)) == len(keys) <= MAX_MENTIONS
        assert all(len(key) > 1 for key in keys)
    assert len(name_key(text)) <= MAX_NAME_CHARACTERS
    assert name_key(name_key(text)) == name_key(text)


@pytest.mark.parametrize("piece", ["(", " ", "[(", "A ", "A.", "'", "“a", "AB1-", "a'", "\n", "é "])
def test_hostile_length_takes_no_time(piece: str) -> None:
    started = time.monotonic()
    text = piece * (100_000 // len(piece)) + "x"
    names_of(text)
    mentions(text)
    assert time.monotonic() - started < 5
