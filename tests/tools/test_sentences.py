import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from semantic_text_splitter import TextSplitter

from tools.sentences import MAX_SENTENCE_CHARACTERS, _passages, cut_up, split_sentences

PIECES = st.sampled_from(
    [
        "Dr. ",
        "U.S. ",
        "He left. ",
        "3.5 ",
        "\n",
        "\r\n",
        "- item\n",
        "| a | b |\n",
        "🙂",
        "x" * 700,
        "مرحبا. ",
        "[1] ",
        "\u2028",
        "[09:02] ",
        "Ada Brun: ",
        "bob: ",
    ]
)


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@given(st.one_of(st.text(max_size=400), st.lists(PIECES, max_size=40).map("".join)))
def test_spans_are_ordered_disjoint_trimmed_short_and_cover_every_character(text: str) -> None:
    position = 0
    for start, end in split_sentences(text):
        assert position <= start < end <= len(text)
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        assert end - start <= MAX_SENTENCE_CHARACTERS
        position = end
    assert not text[position:].strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dr. Smith lives in the U.S. and earns $3.5 million. He left.", 2),
        ("J. R. R. Tolkien met George W. Bush. Then they ate.", 2),
        ("It weighs approx. 5 kg. See fig. 3 and no. 7.", 2),
        ("Émile 🙂 went home. Zoë stayed!", 2),
        ("He left. [1] She came. [2][3] Then nothing.", 3),
        ("مرحبا بكم. كيف حالك؟", 2),
        ("We sit in Haslacher Str. 118, 79115 Freiburg. Bahnhofstr. 5 is closed.", 2),
        ("All prices incl. VAT are final. Alles inkl. Versand. Das gilt nach Abs. 2 so.", 3),
        ("That is strong. Abs. 2 says so.", 2),
    ],
)
def test_abbreviations_initials_decimals_and_marks_do_not_end_a_sentence(text: str, expected: int) -> None:
    assert len(split_sentences(text)) == expected


def test_list_items_table_rows_and_headings_are_sentences_of_their_own() -> None:
    text = "# Limits\nthese are the limits\n- one night\n- two nights\n1. one\n| Item | Limit |\n| Hotel | 100 EUR |\n"
    assert sentences(text) == [
        "# Limits",
        "these are the limits",
        "- one night",
        "- two nights",
        "1. one",
        "| Item | Limit |",
        "| Hotel | 100 EUR |",
    ]


def test_a_sentence_wrapped_at_a_margin_stays_whole() -> None:
    text = "Everybody who travels for the company books through the\nTravel Desk. Then they\nfly."
    assert sentences(text) == [
        "Everybody who travels for the company books through the\nTravel Desk.",
        "Then they\nfly.",
    ]


def test_lines_of_a_conversation_are_separate() -> None:
    assert sentences("Time: 08:38\nAlice: I am Alice\nBob: Hello") == ["Time: 08:38", "Alice: I am Alice", "Bob: Hello"]


LONG = "we meet on Thursday in the big room and everybody brings a laptop"
"""As long as a line that was wrapped at a margin, and without a full stop."""


@pytest.mark.parametrize(
    "lines",
    [
        (f"[10:15] Ada Brun: {LONG}", f"[10:31] Otto Falk: {LONG}", "[11:00] Lotte V: fine"),
        (f"Ada: {LONG}", "[2026-03-10 10:31:02] joined the channel"),
        (f"(10:15) {LONG}", f"(10:31) {LONG}"),
        (f"12/03/2026, 09:02 - Ada: {LONG}", f"12/03/2026, 09:04 - Otto Falk: {LONG}"),
        (f"9:02 AM <ada>: {LONG}", f"9:04 AM ada: {LONG}"),
        (f"AdaBrun: {LONG} 🎉", f"OttoFalk: {LONG} 🎉", "AdaBrun: Great"),
        (f"ada: {LONG}", f"otto: {LONG}", "ada: fine"),
        (f"**Ada Brun:** {LONG}", f"**Otto Falk:** {LONG}"),
        (f"Émile: {LONG}", f"Zoë: {LONG}"),
        (f"The export of March holds what was said on that day {LONG}", "Ada: morning", "Otto: hello"),
    ],
)
def test_what_each_said_in_a_transcript_is_its_own(lines: tuple[str, ...]) -> None:
    assert sentences("\n".join(lines)) == list(lines)


@pytest.mark.parametrize(
    "text",
    [
        f"{LONG} which opens at\n09:00 and closes at 17:00.",
        f"{LONG} and there is one thing to bear in mind, the\nRule: nobody goes alone.",
        f"{LONG} and that was the ratio of\n3:10 against us.",
        f"[10:15] Ada Brun: {LONG} and that is\nall that I have to say.",
        f"Ada Brun: {LONG} and that is\nThursday of next week.",
    ],
)
def test_a_time_or_a_colon_in_wrapped_prose_begins_no_line(text: str) -> None:
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    "piece", ["[09:02] ", "[", "Ada: ", "a", "A b ", "Ada Brun", "1:", "12/03/2026, ", " ", "\t", "*"]
)
def test_no_text_of_turns_takes_long(piece: str) -> None:
    line = piece * (40_000 // len(piece))
    short_lines = (piece * 3 + "\n") * (40_000 // (3 * len(piece) + 1))
    start = time.process_time()
    for text in (line, short_lines, "Ada: x\n" + line):
        list(_passages(text))
    assert time.process_time() - start < 1


@pytest.mark.parametrize("piece", ["a", "Alpha beta ", "so on; ", "a\n\n"])
def test_a_sentence_without_end_takes_no_longer_a_character(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    assert _seconds(text) < 5
    held = "".join(text[start:end] for start, end in split_sentences(text[:50_000]))
    assert "".join(held.split()) == "".join(text[:50_000].split())


def test_splitting_a_passage_is_fast() -> None:
    text = ("Dr. Smith — Émile lives in the U.S. and earns $3.5 million a year.\nIt sold well in 1995! " * 20)[:900]
    best = min(_seconds(text) for _ in range(30))
    assert best < 0.002


def _seconds(text: str) -> float:
    start = time.process_time()
    split_sentences(text)
    return time.process_time() - start


def test_rows_of_a_table_are_sentences_of_their_own() -> None:
    rows = [
        "Number: F-1; Finding: stale links; Owner: Platform",
        "Number: F-2; Finding: password; Owner: Firmware",
    ]
    text = "\n".join(rows)

    assert [text[start:end] for start, end in split_sentences(text)] == rows


@pytest.mark.parametrize(
    "row",
    [
        "Code: E31; Meaning: The image was rejected; What to do: Do not restart. Page Tier 3 and keep it powered",
        "| E31 | The image was rejected | Do not restart. Page Tier 3. |",
    ],
)
def test_a_full_stop_in_a_cell_does_not_end_its_row(row: str) -> None:
    assert split_sentences(row) == [(0, len(row))]


def test_prose_with_a_colon_and_a_semicolon_is_no_row() -> None:
    text = "There are two: the old one; the new one. The old one goes."
    assert [text[start:end] for start, end in split_sentences(text)] == [text[:40], text[41:]]


def test_the_fence_of_a_code_block_belongs_to_no_sentence() -> None:
    text = "Restart it:\n\n```bash\nsudo systemctl restart pump\n```\n"
    assert [text[start:end] for start, end in split_sentences(text)][1:3] == ["```bash", "sudo systemctl restart pump"]


def test_a_text_without_structure_is_cut_between_words() -> None:
    text = "aubergines " * 3_000
    pieces = list(cut_up(text, TextSplitter(100), 100))
    assert {word for _, piece in pieces for word in piece.split()} == {"aubergines"}
    assert all(text[start : start + len(piece)] == piece for start, piece in pieces)
    assert sum(len(piece.split()) for _, piece in pieces) == 3_000
