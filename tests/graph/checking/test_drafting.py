"""What of a growing draft is shown: the same sentences with the same marks wherever its pieces are cut."""

import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.checking.citations import read_statements
from graph.checking.drafting import DraftReader
from graph.checking.proving import MAX_CLAIMS
from graph.evidence import Evidence
from tools.passages import Passage
from tools.ports import ClaimToCheck, Verdict

TEXTS = ("Ada Brun leads Finance in Turku.", "Brun leads Sales since 2021.", "The plan costs 500 euros.")
SENTENCES = [
    *(text[:-1] for text in TEXTS),
    "It is e.g. about Finance",
    "It has approx. 5 people",
    "Ada leads [2]; Bo sits; Cy runs",
    "עדה מנהלת כספים",
]
SENTENCES.append("Ada leads [2]; Brun sits; Cy runs")
MARKS = ["[1]", " [2]", "[1][2]", " [1], [3]", "【1†source】", " [^2]", " ([1], [3])", "**[2]**", " [7]", "[[1]]"]
MARKS += ["[1](https://e.org/a)", " (source 2)", "<sup>2</sup>", " [Source 3, Source 1]", "\\[2\\]", " [１]", ""]
MARKS += [" [1]-[3]", " [1\u20113]", " ¹", " [^2^]", "<cite>1</cite>", " <ref>[1, 3]</ref>", " [1](roles.md)"]
MARKS += [" [doc_3]", " (1)", " (1, 3)", "(2)"]


class Content:
    """Supports everything: what is looked at are sentences and marks."""

    name = "content"

    async def verify(self, claims: Sequence[ClaimToCheck]) -> list[Verdict]:
        return [Verdict("supported", 0.9) for _ in claims]


def evidence() -> list[Evidence]:
    passages = [Passage(key=text, id=text, source=f"{n}.md", title="Roles", text=text) for n, text in enumerate(TEXTS)]
    return [Evidence(n, one, one.text, 0, len(one.text), 0.5) for n, one in enumerate(passages, start=1)]


async def shown(pieces: Sequence[str]) -> list[str]:
    reader = DraftReader("Who leads?", evidence(), Content())
    return [*[await reader.feed(piece) for piece in pieces], await reader.finish()]


written = st.builds(
    lambda sentence, mark, behind, gap: (f"{sentence}.{mark}" if behind else f"{sentence}{mark}.") + gap,
    st.sampled_from(SENTENCES),
    st.sampled_from(MARKS),
    st.booleans(),
    st.sampled_from((" ", "\n", "\n\n")),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(written, min_size=1, max_size=4).map("".join), st.data())
async def test_marks_across_the_borders_of_pieces_are_read_as_whole_ones(draft: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(draft) - 1), max_size=len(draft))))
    pieces = [draft[start:end] for start, end in zip([0, *cuts], [*cuts, len(draft)], strict=True)]
    assert "".join(await shown(pieces)) == "".join(await shown([draft]))


@pytest.mark.parametrize(
    "cut", [" [Source| 1]", " (source| 1)", "<sup>1</s|up>", " [1†so|urce]", " [Source 3, So|urce 1]"]
)
async def test_half_a_mark_is_no_sentence_of_its_own(cut: str) -> None:
    first, second = cut.split("|")
    told = await shown(["Ada Brun leads Finance.", first, second, " Brun leads Sales. [2]"])
    assert told[:3] == ["", "", ""]
    assert "".join(told).startswith("Ada Brun leads Finance. [")
    assert "".join(told) == "".join(await shown([f"Ada Brun leads Finance.{first}{second} Brun leads Sales. [2]"]))


async def test_a_number_in_parentheses_is_not_shown_as_a_mark_that_a_real_one_behind_it_makes_text() -> None:
    told = await shown(["Ada Brun leads Finance (1). ", "Brun leads Sales ", "[2]. The plan costs 500 euros."])
    assert told[:2] == ["", ""]
    assert "".join(told).startswith("Ada Brun leads Finance (1). [1] Brun leads Sales. [2]")


async def test_a_sentence_is_shown_once_the_next_one_has_begun() -> None:
    pieces = ["Ada Brun leads Finance", ".", " [", "1", "]", " Brun", " leads", " Sales", ".", " [2]"]
    assert await shown(pieces) == [""] * 5 + ["Ada Brun leads Finance. [1]"] + [""] * 4 + [" Brun leads Sales. [2]"]


async def test_a_runaway_reply_is_read_to_its_limit_and_costs_no_more() -> None:
    started = time.process_time()
    told = await shown(["Ada Brun leads Finance. [1] "] * 2_000)
    assert len(read_statements("".join(told), {1})) == MAX_CLAIMS
    await shown([". "] * 5_000)
    assert time.process_time() - started < 10.0


async def test_items_of_a_list_are_shown_line_by_line() -> None:
    pieces = ("1. Brun leads Sales since 2021. [2]\n\n", "2. Ada Brun leads Finance in Turku. [1]\n\n", "It is so. [1]")
    assert "".join(await shown(pieces)) == (
        "1. Brun leads Sales since 2021. [1]\n2. Ada Brun leads Finance in Turku. [2]\n\nIt is so. [2]"
    )
