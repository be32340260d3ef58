"""How a sentence is read: markup gone, rows under their columns, what is said in a transcript under who says it."""

import pytest

from graph.reading import reading_of
from tools.passages import Passage

CHAT = "Time: 20260422_08:21\nAdaLovelace: Hey Mary! The lecture is on Saturday at 7 PM.\nMary Shelley: I'll be there."


def read(text: str, sentence: str) -> str:
    passage = Passage(key="k", id="p", source="chat.md", title="Chat", text=text)
    start = text.index(sentence)
    return reading_of(passage, start, start + len(sentence))


@pytest.mark.parametrize(
    ("sentence", "reading"),
    [
        ("The lecture is on Saturday at 7 PM.", "Ada Lovelace: The lecture is on Saturday at 7 PM."),
        ("AdaLovelace: Hey Mary!", "Ada Lovelace: Hey Mary!"),
        ("Mary Shelley: I'll be there.", "Mary Shelley: I'll be there."),
    ],
)
def test_every_sentence_of_a_turn_is_its_speaker_s(sentence: str, reading: str) -> None:
    assert read(CHAT, sentence) == reading


@pytest.mark.parametrize(
    "text", ["Refunds take two days. They are free.", "Note that this holds: always.", "see also: the handbook. More."]
)
def test_prose_is_read_as_it_stands(text: str) -> None:
    sentence = text.partition(". ")[0].rstrip(".") + "."
    assert read(text, sentence) == sentence


def test_a_turn_that_was_cut_from_its_speaker_is_read_as_it_stands() -> None:
    assert read("and so we met there. Fine.", "Fine.") == "Fine."
