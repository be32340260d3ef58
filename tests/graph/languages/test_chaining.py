"""What the chains of sentences tell: which of them matter, and how well an answer agrees with them."""

from graph.languages.chaining import answer_features, telling_sentences, with_neighbours
from tests.graph.languages.test_comparing import said

QUESTION = "Where was the designer of Mill Lane Bridge born?"
EVIDENCE = [
    said(1, "Weather", "It rained in Turku for a week."),
    said(2, "Ada Brun", "Ada Brun was born in Lund."),
    said(3, "Mill Lane Bridge", "Mill Lane Bridge was designed by Ada Brun."),
    said(4, "Canteen", "The canteen serves soup."),
]


def test_the_sentences_of_the_best_chain_come_first() -> None:
    assert {item.number for item in telling_sentences(QUESTION, EVIDENCE, 2)} == {2, 3}
    assert telling_sentences(QUESTION, EVIDENCE, 0) == []


def test_an_answer_agrees_with_the_chains_that_end_with_its_words() -> None:
    right, wrong = (answer_features(QUESTION, EVIDENCE, answer)["chain_agrees"] for answer in ("Lund", "Oslo"))
    assert right > 0.5 > wrong == 0.0


def test_a_guess_is_told_by_its_question_mark() -> None:
    assert [answer_features(QUESTION, EVIDENCE, answer)["hesitates"] for answer in ("Lund?", "Lund")] == [1.0, 0.0]


def test_a_quoted_answer_has_no_features_of_its_own_words() -> None:
    assert "chain_agrees" not in answer_features(QUESTION, EVIDENCE)


def test_beside_a_line_of_a_conversation_what_follows_it_is_shown() -> None:
    lines = [said(n, "Chat", text) for n, text in enumerate(("Bo: Which hooks?", "Ada: The green ones.", "Bo: Ta."), 1)]
    elsewhere = said(4, "Canteen", "The canteen serves soup.")
    shown = with_neighbours([lines[0], elsewhere], [*lines, elsewhere])
    assert [item.number for item in shown] == [1, 4, 2, 3]
