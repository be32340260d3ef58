"""Who says what in a chat, what is said in one go, and which question it replies to."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.texts.talk import asked_in_turn, in_one_go, is_chat, question_before, turn_at, turns_in
from tools.sentences import split_sentences

GROUP = """Time: 20260922_12:00
ThaneChambers: Hey everyone! Anyone got a favorite game?
Elara: Sure! I love "Octopath Traveler". The battles are quick. Have you tried it? It has eight heroes. What's yours?
Dyllan: Hm. Chess, since it has no luck.
And it needs no screen.
"""
THREAD = """# #it-help: VPN

**Noor Haddad** (2026-09-01 09:12 UTC): How do I get the VPN working? Error 809 shows up.

**Jonas Wirth** (2026-09-01 09:15 UTC): You need a fresh profile! Ask the service desk.

It takes ten minutes.

**Noor Haddad** (2026-09-01 09:40 UTC): I did. How long is it valid?

**Jonas Wirth** (2026-09-01 09:42 UTC): Two years.
"""
MESSENGER = """[12/03/2026, 09:12] Marta: Where is the key of the boat house?
[12/03/2026, 09:14] Jens: Under the bench. Put it back!
12/03/2026, 09:15 - Lotte V.: I did."""

PASTED = """Carla Mendez  9:12 AM
Who signs the delivery notes?
Tom Osei  9:14 AM
Ines does! She has the stamp.

[09:20] Carla Mendez
I see.
"""


def said_in_one_go(text: str) -> list[str]:
    return [text[start:end] for start, end in in_one_go(text, split_sentences(text))]


def reply(text: str, said: str) -> str:
    return question_before(text, text.index(said))


@pytest.mark.parametrize(
    ("text", "speakers"),
    [
        (GROUP, ["ThaneChambers", "Elara", "Dyllan"]),
        (THREAD, ["Noor Haddad", "Jonas Wirth", "Noor Haddad", "Jonas Wirth"]),
        (MESSENGER, ["Marta", "Jens", "Lotte V."]),
        (PASTED, ["Carla Mendez", "Tom Osei", "Carla Mendez"]),
        ("Breakfast 8:00\nLunch 12:00\nDinner 18:00! I mean it.", []),
        ("Lunch 12:00\nI bring soup!", []),
        (PASTED.replace("\n", "\r\n"), ["Carla Mendez", "Tom Osei", "Carla Mendez"]),
        (f"{PASTED}\nTom Osei  9:30 AM", ["Carla Mendez", "Tom Osei", "Carla Mendez"]),
        (
            "\u200e[12/03/2026, 09:12:33] +49 171 2345678: Who is here?\n[12/03/2026, 9:14:02\u202fPM] ~ Jens: I am!",
            ["+49 171 2345678", "~ Jens"],
        ),
        ("Name: Ada Brun; Role: Head; Site: Porto\nName: Bo Falk; Role: Lead; Site: Lund", []),
        ("Refunds: two days! I mean it.\nThe rest is elsewhere.", []),
        ("2026-03-12 12:01:03 ERROR: failed! Retry?\n2026-03-12 12:01:04 INFO: I am up!", []),
        ("12:01:03 worker: started.\n12:01:04 worker: the queue is empty.", []),
        ("", []),
    ],
)
def test_turns_begin_where_somebody_is_named(text: str, speakers: list[str]) -> None:
    assert [turn.speaker for turn in turns_in(text)] == speakers


def test_a_turn_goes_on_to_the_next_one() -> None:
    assert [GROUP[turn.said_from : turn.end].split()[-1] for turn in turns_in(GROUP)] == ["game?", "yours?", "screen."]
    turn = turn_at(THREAD, THREAD.index("It takes"))
    assert turn is not None
    assert turn.speaker == "Jonas Wirth"
    assert turn_at(THREAD, 0) is None


@pytest.mark.parametrize("after", ["# Minutes\nNobody said this.", "| Name | Site |\n|---|---|\n| Ada | Porto |"])
def test_what_stands_below_a_chat_is_nobody_s_word(after: str) -> None:
    text = f"Ada: Hi! I am here.\nBo: Me too!\n{after}"
    assert turn_at(text, len(text) - 1) is None


def test_names_alone_hold_until_a_blank_line() -> None:
    text = "Ada: Hi! I am here.\nBo: Me too!\n\nThe meeting ended at five."
    assert turn_at(text, text.index("The meeting")) is None


def test_sentences_of_a_turn_are_told_in_one_go_and_questions_stand_alone() -> None:
    assert said_in_one_go(GROUP)[1:] == [
        "ThaneChambers: Hey everyone!",
        "Anyone got a favorite game?",
        'Elara: Sure! I love "Octopath Traveler". The battles are quick.',
        "Have you tried it? It has eight heroes.",
        "What's yours?",
        "Dyllan: Hm. Chess, since it has no luck.\nAnd it needs no screen.",
    ]


def test_a_real_question_is_not_told_with_what_follows() -> None:
    assert "Error 809 shows up." in said_in_one_go(THREAD)


@pytest.mark.parametrize(
    ("text", "times"),
    [
        (GROUP, ["20260922_12:00"] * 3),
        (MESSENGER, ["12/03/2026, 09:12", "12/03/2026, 09:14", "12/03/2026, 09:15"]),
        (PASTED, ["9:12 AM", "9:14 AM", "09:20"]),
        ("Ada: Hi!\nBo: I see!", ["", ""]),
    ],
)
def test_a_turn_has_its_time_as_the_chat_writes_it(text: str, times: list[str]) -> None:
    assert [turn.at for turn in turns_in(text)] == times


def test_long_turns_come_in_pieces() -> None:
    text = "Ada: " + "I saw a heron today. " * 60 + "\nBo: I did not!"
    pieces = said_in_one_go(text)
    assert len(pieces) > 3
    assert max(map(len, pieces)) <= 400


def test_minutes_are_no_chat() -> None:
    minutes = "Ingrid: The party is on 3 July. Travel is paid.\nBeatriz: The survey opens in March. It is short."
    assert not is_chat(minutes)
    assert "Travel is paid." in said_in_one_go(minutes)
    assert question_before(minutes, len(minutes) - 5) == ""


@pytest.mark.parametrize(
    ("text", "said", "question"),
    [
        (GROUP, "Sure!", "Anyone got a favorite game?"),
        (GROUP, "Chess", "Anyone got a favorite game?"),
        (GROUP, "Hey everyone", ""),
        (THREAD, "You need", "How do I get the VPN working?"),
        (THREAD, "It takes", "How do I get the VPN working?"),
        (THREAD, "Two years", "How do I get the VPN working? How long is it valid?"),
        (THREAD, "Error 809", ""),
        (MESSENGER, "Under the bench", "Where is the key of the boat house?"),
        (PASTED, "Ines does", "Who signs the delivery notes?"),
        ("Refunds take two days. Why? Since banks are slow.", "Since", ""),
    ],
)
def test_a_turn_replies_to_the_last_question_of_somebody_else(text: str, said: str, question: str) -> None:
    assert reply(text, said) == question


def test_and_you_passes_on_what_was_asked_before_even_by_the_one_who_replies() -> None:
    text = "Wolf: Got a favorite hero?\nLi: Spider! Who is yours?\nWolf: I like the bat."
    assert reply(text, "I like the bat") == "Got a favorite hero?"


@pytest.mark.parametrize(
    "text",
    [
        "?" * 400_000,
        "A: " * 130_000,
        "[12:" * 100_000,
        "*" * 400_000,
        "Ann: " + "I say. " * 60_000 + "\nBo: Why? I!",
        "Ann: " + "why? " * 80_000 + "\nBo: I do!",
        "\n".join(f"Ann{n % 50}: Is it? I say!" for n in range(20_000)),
    ],
    ids=lambda text: text[:8],
)
def test_endless_texts_take_time_in_proportion(text: str) -> None:
    began = time.process_time()
    for offset in range(0, len(text), len(text) // 100):
        question_before(text, offset)
        asked_in_turn(text, offset)
    assert time.process_time() - began < 2.0


@given(st.text(alphabet="AB:!?. \n*()[]0129-Ii", max_size=200))
def test_whatever_is_written_turns_and_pieces_are_in_order_and_within_the_text(text: str) -> None:
    turns = turns_in(text)
    assert all(turn.start <= turn.said_from <= turn.end <= len(text) for turn in turns)
    assert all(one.end <= other.start for one, other in pairwise(turns))
    spans, pieces = split_sentences(text), in_one_go(text, split_sentences(text))
    assert {start for start, _ in pieces} <= {start for start, _ in spans}
    asked = {word for offset in range(0, len(text), 7) for word in question_before(text, offset).split()}
    assert asked <= set(text.split())
