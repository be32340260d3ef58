from hypothesis import given
from hypothesis import strategies as st

from graph.ranking.links import MAX_READ_CHARACTERS, keyed, keyed_content, places_of
from tools.names import folded
from tools.passages import Passage

WORDS = st.lists(st.sampled_from("mill lane bridge ada brun".split()), max_size=6).map(" ".join)  # noqa: SIM905
WRITTEN = st.text(st.sampled_from("aB 9-_.\nÉßİⒶﬁς\u0301\u0345"), max_size=12)


def passage(title: str, text: str) -> Passage:
    return Passage(key="p", id="p", source="p.md", title=title, text=text)


@given(st.lists(WORDS, max_size=8), st.sets(WORDS.filter(bool), max_size=4))
def test_a_name_is_found_in_the_texts_that_hold_it_and_in_no_other(texts: list[str], names: set[str]) -> None:
    spelt = [keyed(passage("", text)) for text in texts]
    holding = {name: [place for place, text in enumerate(spelt) if f" {name} " in text.spaced] for name in names}
    assert places_of(names, spelt) == holding


@given(WRITTEN, WRITTEN, st.sampled_from((0, MAX_READ_CHARACTERS - 12, MAX_READ_CHARACTERS)))
def test_content_folded_in_parts_is_spelt_as_folded_whole(title: str, text: str, padding: int) -> None:
    one = passage(title, "x" * padding + text)
    assert keyed_content(one).spaced == f" {folded(one.content[:MAX_READ_CHARACTERS])} "
