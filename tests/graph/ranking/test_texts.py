from hypothesis import given
from hypothesis import strategies as st

from graph.ranking.links import Texts, keyed

WORDS = st.lists(st.sampled_from("mill lane bridge ada brun".split()), max_size=6).map(" ".join)  # noqa: SIM905


@given(st.lists(WORDS, max_size=8), WORDS.filter(bool))
def test_a_name_is_found_in_the_texts_that_hold_it_and_in_no_other(texts: list[str], name: str) -> None:
    spelt = [keyed(text) for text in texts]
    holding = [place for place, text in enumerate(spelt) if f" {name} " in text]
    assert Texts(spelt).holding(f" {name} ") == holding
