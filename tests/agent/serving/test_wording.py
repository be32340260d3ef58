"""Two questions are one only when nothing that may carry meaning differs."""

import pytest

from agent.serving.caches.wording import canonical, differs_in_dress_alone

SAME = [
    ("Who approves refunds?", "who approves refunds"),
    ("What's the refund limit?", "What is the refund limit"),
    ("Can you tell me who approves refunds, please?", "Who approves refunds?"),
    ("Hello, who approves refunds?  Thanks!", "Who approves refunds?"),
    ("Could you tell me: what is the limit?", "What is the limit?"),
    ("“Who approves refunds?”", "Who approves refunds"),
    ("Who approves refunds above 500?", "Who approves refunds above 500"),
    ("What is C++?", "What is C++"),
    ("Who approves refunds?!", "who approves refunds"),
    ("What, if anything, is due?", "what, if anything, is due?"),
]
ALIKE = [
    ("Who approves a refund above 500 euros?", "Who approves the refund above 500 euros?"),
    ("Who approves refunds above 500 euros?", "Who approves refund above 500 euros?"),
]
DIFFERENT = [
    ("Who approves a refund above 500 euros?", "Who approves a refund above 5000 euros?"),
    ("Who approves a refund above 500 euros?", "Who approves a refund below 500 euros?"),
    ("Who approves a refund above 500 euros?", "Who approves a refund above 500 dollars?"),
    ("Who may approve refunds?", "Who may not approve refunds?"),
    ("Can interns approve refunds?", "Can't interns approve refunds?"),
    ("What is the highest plan?", "What is the lowest plan?"),
    ("Who is the manager of Ada Brun?", "Who is the manager of Ada Braun?"),
    ("Does the manager approve the director's bill?", "Does the director approve the manager's bill?"),
    ("How do I get from Utrecht to Ghent?", "How do I get from Ghent to Utrecht?"),
    ("When did the audit of 2024 end?", "When did the audit of 2025 end?"),
    ("Who works with the legal team?", "Who works without the legal team?"),
    ("Who has few errors?", "Who has a few errors?"),
    ("What does IT approve?", "What does it approve?"),
    ("Who wrote version 1.2?", "Who wrote version 12?"),
    ("What is the limit in %?", "What is the limit in €?"),
    ("When was Heron HG4 recalled?", "When was Heron HG4s recalled?"),
    ("Tell me about refunds", "about refunds"),
    ("Why is the limit 500?", "Is the limit 500?"),
    ("What happens before closing?", "What happens after closing?"),
    ("Is a refund over -5 possible?", "Is a refund over 5 possible?"),
    ("Who approves a refund of .500 euros?", "Who approves a refund of 500 euros?"),
    ("Is it approved if the amount != 500?", "Is it approved if the amount = 500?"),
    ("Is a 5' cable allowed?", 'Is a 5" cable allowed?'),
    ("What is the C* plan?", "What is the C plan?"),
    ("Is (A or B) and C enough?", "Is A or (B and C) enough?"),
    ("Is it 1 .5 kg?", "Is it 1 5 kg?"),
    ("What does _x mean?", "What does x mean?"),
    ("What is 5!", "What is 5"),
    ("What is n!?", "What is n?"),
    ("Is 'A' or 'B' right", "Is A' or 'B right"),
    ('"A" or "B"', 'A" or "B'),
    ("Is it [1, 2) or (1, 2]?", "Is it (1, 2] or [1, 2)?"),
    ("Who approves: Ada or Bo?", "Who approves Ada or Bo?"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_courtesies_case_and_punctuation_make_no_other_question(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_articles_and_plurals_are_dress(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)
    assert differs_in_dress_alone(canonical(one), canonical(other))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_a_number_a_name_a_negation_or_an_order_makes_another_question(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)
    assert not differs_in_dress_alone(canonical(one), canonical(other))
    assert not differs_in_dress_alone(canonical(other), canonical(one))
