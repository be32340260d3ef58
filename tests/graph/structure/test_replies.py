"""Replies under a heading that asks the question: given as a whole, with what limits them."""

from dataclasses import replace

import pytest

from graph.chaining.chains import Chains
from graph.evidence import Evidence
from graph.languages.extractive import compose
from graph.structure.replies import MAX_SENTENCES, reply_around, with_replies
from graph.structure.steps import steps_in, steps_of, with_steps
from tests.graph.structure.test_steps_of_lists import cut
from tools.passages import Passage

FAQ = """# Questions

### May I bring my dog?
Of course. Two dogs each in Lund, one in Turku.
Not in Porto, where the landlord forbids it. No dogs in the kitchen.

### How do I print?
Please don't.
"""
QUESTION = "May I bring my dog?"
REPLY = [
    "Of course.",
    "Two dogs each in Lund, one in Turku.",
    "Not in Porto, where the landlord forbids it.",
    "No dogs in the kitchen.",
]


def found(sentence: str, text: str = FAQ) -> Evidence:
    (passage,) = cut(text, "faq.md")
    start = passage.text.index(sentence)
    return Evidence(1, passage, sentence, passage.start + start, passage.start + start + len(sentence), 0.6)


def test_the_reply_to_a_question_is_all_that_stands_under_it() -> None:
    for sentence in REPLY:
        evidence = with_replies(QUESTION, [found(sentence)])
        assert [one.said for one in reply_around(QUESTION, evidence[0], evidence)] == REPLY
        assert all(one.quote == one.passage.text[one.start : one.end] for one in evidence)
        assert sorted(one.number for one in evidence) == [1, 2, 3, 4]


def test_the_answer_is_the_reply_in_its_order_whichever_of_its_sentences_is_the_likeliest() -> None:
    written = compose(Chains(QUESTION, with_replies(QUESTION, [found("No dogs in the kitchen.")])))
    assert [one.text for one in written] == REPLY


def test_what_is_asked_otherwise_has_no_reply_there() -> None:
    for question in ("May I bring my dog to Porto?", "How do I print?", "Why may I bring my dog?"):
        item = found(REPLY[0])
        assert with_replies(question, [item]) == (item,)
        assert reply_around(question, item, [item]) == []


def test_of_a_long_reply_what_limits_it_is_not_left_out() -> None:
    lines = [f"Dog {n} is fine." for n in range(8)]
    text = f"# Questions\n\n## {QUESTION}\n\n{' '.join(lines)} Cats are not. Ask Ada.\n"
    evidence = with_replies(QUESTION, [found(lines[0], text)])
    reply = [one.said for one in reply_around(QUESTION, evidence[0], evidence)]
    assert reply == [*lines[:MAX_SENTENCES], "Cats are not."]


def test_a_long_reply_is_not_cut_right_after_a_question() -> None:
    lines = [*(f"Dog {n} is fine." for n in range(MAX_SENTENCES - 1)), "No dog?"]
    text = f"# Questions\n\n## {QUESTION}\n\n{' '.join(lines)} Ask Ada.\n"
    evidence = with_replies(QUESTION, [found(lines[0], text)])
    assert [one.said for one in reply_around(QUESTION, evidence[0], evidence)] == lines[:-1]


ILL = """# Leave

## When you are ill

Ring the office before ten. From the fifth day you need a note.

## Pay

Ill people are paid for six weeks.
"""


@pytest.mark.parametrize("question", ["what if I'm ill", "What happens when I'm sick?", "What do I do if I am ill?"])
def test_what_holds_in_a_case_is_all_that_stands_under_its_heading(question: str) -> None:
    evidence = with_replies(question, [found("Ring the office before ten.", ILL)])
    written = compose(
        Chains(question, [*evidence, replace(found("Ill people are paid for six weeks.", ILL), number=9)])
    )
    assert [one.text for one in written] == ["Ring the office before ten.", "From the fifth day you need a note."]


@pytest.mark.parametrize("question", ["what if Ada is ill abroad", "how much do I get when ill", "is Ada ill"])
def test_another_question_about_the_case_is_not_answered_by_its_whole_section(question: str) -> None:
    item = found("Ring the office before ten.", ILL)
    assert reply_around(question, item, with_replies(question, [item])) == []


HERON = """# Heron

## Restarting

Hold the button for eight seconds. The display counts down. A restart takes two minutes.
Never ask for a factory reset.

## Pairing

1. Scan the code.
2. Hold the button.
"""
RESTARTING = [
    "Hold the button for eight seconds.",
    "The display counts down.",
    "A restart takes two minutes.",
    "Never ask for a factory reset.",
]


def test_how_to_do_what_a_heading_says_is_all_that_stands_under_it() -> None:
    question = "How do I restart a Heron?"
    evidence = with_replies(question, [found("A restart takes two minutes.", HERON)])
    assert [one.said for one in reply_around(question, evidence[0], evidence)] == RESTARTING
    assert [one.text for one in compose(Chains(question, evidence))] == RESTARTING


@pytest.mark.parametrize(
    "question",
    [
        "How long does it take to restart a Heron?",
        "How do I restart a Wren?",
        "How do I not restart a Heron?",
        "How do I pair a Heron?",
        "May I restart a Heron?",
    ],
)
def test_what_else_is_asked_has_no_reply_under_that_heading(question: str) -> None:
    item = found("A restart takes two minutes.", HERON)
    assert with_replies(question, [item]) == (item,)


def test_a_text_without_headings_is_no_reply_as_a_whole() -> None:
    text = "Hold it. It takes two minutes."
    passage = Passage(key="k", id="k", source="a.txt", title="Restarting a Heron", text=text, end=len(text))
    item = Evidence(1, passage, "Hold it.", 0, 8, 0.6)
    assert with_replies("How do I restart a Heron?", [item]) == (item,)


def test_steps_are_not_mixed_with_the_sentences_that_they_are_made_of() -> None:
    question = "How do I pair a Heron?"
    steps = with_steps([found("Hold the button.", HERON)], steps_in(question, cut(HERON, "heron.md")))
    assert len(steps_of(steps)) == 2
    assert with_replies(question, steps) == tuple(steps)
