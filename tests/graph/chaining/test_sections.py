"""What a sentence stands under tells what it is about: its own section's heading, not only what its chunk shares."""

from dataclasses import replace

import pytest

from graph.chaining.chains import Chains
from graph.chaining.eligibility import answers_directly, can_answer, replies_to
from graph.evidence import Evidence
from tools.passages import Passage

TEXT = (
    "Our offices\n\nGhent\n\n65 desks.\n\nPorto\n\n42 desks. Bikes may be parked.\n\n"
    "Do you deliver to Spain?\n\nNot yet."
)
SECTIONS = tuple(
    (TEXT.index(heading), ("Our offices", heading)) for heading in ("Ghent", "Porto", "Do you deliver to Spain?")
)
PAGE = Passage("k", "i", "offices.html", "Our offices", TEXT, headings=("Our offices",), sections=SECTIONS)


def quoted(number: int, said: str, passage: Passage = PAGE) -> Evidence:
    start = passage.text.index(said)
    return Evidence(number, passage, said, start, start + len(said), relevance=0.5)


def test_a_sentence_is_read_under_its_own_heading() -> None:
    assert quoted(1, "65 desks.").in_context == "Our offices – Ghent: 65 desks."
    assert quoted(2, "Bikes may be parked.").header == "Our offices – Porto"
    shared = replace(PAGE, sections=())
    assert quoted(1, "65 desks.", shared).in_context == "Our offices: 65 desks."


def test_the_section_tells_which_of_two_numbers_is_meant() -> None:
    evidence = [quoted(1, "65 desks."), quoted(2, "42 desks.")]
    for office, said in (("Ghent", "65 desks."), ("Porto", "42 desks.")):
        direct = Chains(f"How many desks are in {office}?", evidence).direct
        assert direct is not None
        assert direct.answer.said == said


def test_what_stands_right_under_a_question_is_its_answer() -> None:
    question, answer = "do you deliver to Spain?", quoted(1, "Not yet.")
    assert replies_to(question, answer)
    assert can_answer(question, answer, [answer])
    assert answers_directly(question, answer)
    assert not replies_to("Do you deliver to France?", answer)
    assert not replies_to("Ghent", quoted(2, "65 desks."))
    assert quoted(3, "42 desks.").replies_to == "Porto"
    assert quoted(4, "Bikes may be parked.").replies_to == ""


def test_a_title_alone_does_not_make_a_sentence_the_answer() -> None:
    page = Passage("w", "w", "w.md", "Warranty of the Heron gateway", "Returns are accepted for 30 days.")
    assert not answers_directly("How long is the warranty of the Heron gateway?", quoted(1, page.text, page))


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("Is wine reimbursed with dinner?", "Is wine reimbursed without dinner?"),
        ("Must I take leave before Christmas?", "Must I take leave after Christmas?"),
        ("Can I bring a dog?", "Can't I bring a dog?"),
        ("Why can I not work from home?", "When can I work from home?"),
    ],
)
def test_a_heading_that_asks_the_opposite_has_another_answer(question: str, heading: str) -> None:
    text = f"{heading}\n\nNo."
    page = Passage("q", "q", "q.md", "Questions", text, headings=(heading,))
    assert quoted(1, "No.", page).replies_to == heading
    assert not replies_to(question, quoted(1, "No.", page))


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Is the canteen open before noon?", "The canteen is open after noon."),
        ("Can I work from Spain without approval?", "You can work from Spain with approval."),
        ("When can I not take leave?", "You can take leave from May to August."),
        ("Who is not allowed to approve travel?", "Ada Brun is allowed to approve travel."),
    ],
)
def test_the_same_words_turned_round_are_no_direct_answer(question: str, said: str) -> None:
    assert not answers_directly(question, quoted(1, said, Passage("p", "p", "p.md", "Rules", said)))


def test_free_and_lifetime_are_measures_too() -> None:
    page = Passage("d", "d", "d.md", "Shop", "Delivery is free of charge. Express delivery costs EUR 20.")
    free, express = quoted(1, "Delivery is free of charge.", page), quoted(2, "Express delivery costs EUR 20.", page)
    assert can_answer("How much does delivery cost?", free, [free, express], needs_kind=True)
