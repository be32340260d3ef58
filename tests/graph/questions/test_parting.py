"""A message that asks several things: where it is parted, and where it must not be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.questions.parting import MAX_PARTS, parts_of, said_in_full
from graph.questions.standing_alone import with_topic

PIECES = st.lists(
    st.sampled_from(
        [
            "Who approves a refund",
            "how long",
            "?",
            " and ",
            ", and ",
            "what it costs",
            "is it",
            "(about: x)",
            " who ",
            "\n",
            "é",
        ]
    ),
    max_size=25,
)


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Who approves a refund and how much is it?", ("Who approves a refund?", "how much is it?")),
        ("Who leads Support? What is their extension?", ("Who leads Support?", "What is their extension?")),
        (
            "What does Roost cost, how many users does it have, and what if we need more?",
            ("What does Roost cost, how many users does it have?", "what if we need more?"),
        ),
        ("What is the difference between error E31 and E42?", ("What is error E31?", "What is error E42?")),
        ("How does E31 differ from E42", ("What is E31?", "What is E42?")),
        ("difference between errors E31 and E42", ("What is error E31?", "What is error E42?")),
        ("What is the difference between the error codes e31 and e42?", ("What is e31?", "What is e42?")),
        ("When do holidays expire and does the plant close?", ("When do holidays expire?", "does the plant close?")),
        ("Can I work from home and do I need approval?", ("Can I work from home?", "do I need approval?")),
        ("How do I return it; and for how long is it covered?", ("How do I return it?", "for how long is it covered?")),
    ],
)
def test_each_part_is_a_question_by_itself(question: str, parts: tuple[str, ...]) -> None:
    assert parts_of(question) == parts


@pytest.mark.parametrize(
    "question",
    [
        "Who is the duty manager that approves a refund above 500 euros?",
        "Who is the director who made Psycho and who was born in London?",
        "Which city has a port and where the river ends?",
        "What are Heron and Wren?",
        "When and where is the offsite?",
        "On which working day do we close the books, and at what time?",
        "Do both films have the same director and are they from one country?",
        "Does the first article blame the bank, and does it name its owner?",
        "I lost my badge and what now?",
        "Who decides when and how the bonus is paid?",
        "Does the policy say when and how I can work abroad?",
        "Who is allowed and who is not allowed to enter the lab?",
        "What is covered and what is not covered by the travel insurance?",
        "What do Basic and what do Pro customers pay?",
        "Who wrote Blink and What the Dog Saw?",
        "What is the difference between the Basic plan and what the Pro plan offers?",
        "What is the difference between day 1 and day 2?",
        "What is the difference between Q1 and Q3?",
        "What is the difference between EUR 300 and USD 350?",
        "What is the difference between EUR300 and EUR350?",
        "What is the difference between CY23 and CY24?",
        "What is the difference between MAY 2019 and JUNE 2020?",
        "What is the difference between salary L3 and salary L4?",
        "How do I know what to wear and what to bring?",
        "Where do I learn how to report an incident and what to do next?",
        "Which employee works in Porto and is there on Mondays?",
        "What does parking cost? How are you today?",
        "Who runs the tender, and what's the extension?",
        f"Who approves {'a very ' * 400}large refund and how long does it take?",
        "What does Perch cost and what does Roost cost? What does Colony cost? What does a Wren cost?",
    ],
)
def test_a_clause_of_a_question_is_no_part(question: str) -> None:
    assert parts_of(question) == (question,)


def test_each_part_keeps_the_topic_that_a_follow_up_was_given() -> None:
    whole = with_topic("And who approves it and how long does it take?", "the refund")
    assert parts_of(with_topic("Who approves it and how long does it take?", "the refund")) == (
        with_topic("Who approves it?", "the refund"),
        with_topic("how long does it take?", "the refund"),
    )
    assert parts_of(whole) == (whole,)


@pytest.mark.parametrize(
    ("first", "part", "in_full"),
    [
        ("Who approves a service credit?", "how much is it on Colony?", "how much is a service credit on Colony?"),
        ("When is our offsite?", "where is it?", "where is our offsite?"),
        ("Who handles the warranty on the HG-5?", "how long is it?", "how long is the warranty on the HG-5?"),
        ("Who approves a laptop?", "who is the head of IT?", None),
        ("Which plan includes the phone support?", "how much does it cost?", None),
        ("Who leads the support team?", "how long does it take to get a refund?", None),
        ("Who is the manager of the canteen?", "when does it open?", None),
        ("Is the gateway waterproof?", "how much does it cost?", None),
        ("When is the canteen open?", "does it serve soup?", None),
        ("What does the gateway cost?", "how large is it?", None),
        ("Which ship will the new one replace?", "when was it built?", None),
        ("Where was the ship built?", "when was it sold?", None),
        ("Who leads Support?", "how long is it?", None),
        ("Who approves a refund?", "is it before it ships?", None),
        ("Who approves a refund?", "what do I do?", None),
    ],
)
def test_it_is_the_one_thing_that_the_first_part_speaks_of(first: str, part: str, in_full: str | None) -> None:
    assert said_in_full(part, first) == in_full


@given(PIECES)
def test_parts_hold_what_was_asked_in_its_order_and_nothing_else(pieces: list[str]) -> None:
    question = "".join(pieces)
    parts = parts_of(question)
    assert 1 <= len(parts) <= MAX_PARTS
    asked = "".join(question.split())
    for part in parts if len(parts) > 1 else ():
        bare = "".join(part.partition(" (about:")[0].strip("?").split())
        assert bare in asked
