"""Answers in the documents' own sentences: the chain that answers, or a lone sentence and one nearly as good."""

from dataclasses import replace

from graph.chaining.chains import Chains
from graph.languages.extractive import compose
from tests.graph.languages.test_comparing import said

QUESTION = "How long may a visitor stay?"


def _quoted(*lines: tuple[str, str]) -> list[int]:
    evidence = [said(number, title, text) for number, (title, text) in enumerate(lines, 1)]
    return [number for statement in compose(Chains(QUESTION, evidence)) for number in statement.numbers]


def test_beside_a_chain_no_other_answer_is_quoted() -> None:
    evidence = [
        said(1, "Mill Lane Bridge", "Mill Lane Bridge was designed by Ada Brun."),
        said(2, "Ada Brun", "Ada Brun was born in Lund."),
        said(3, "Bo Ek", "Bo Ek was born in Turku."),
    ]
    written = compose(Chains("Where was the designer of Mill Lane Bridge born?", evidence))
    assert [statement.numbers for statement in written] == [(2,), (1,)]


def test_a_lone_sentence_has_at_most_one_other_beside_it() -> None:
    close = [("Guests", f"A visitor may stay {hours} hours in building {hours}.") for hours in (2, 4, 8)]
    assert len(_quoted(*close)) <= 2


def test_a_copy_is_not_quoted_beside_the_sentence() -> None:
    assert _quoted(("Guests", "A visitor may stay 4 hours."), ("Old guests", "A visitor may stay 4 hours.")) == [1]


def test_nothing_is_quoted_that_is_not_about_the_question() -> None:
    far = replace(said(1, "Canteen", "Soup."), relevance=0.1)
    assert compose(Chains(QUESTION, [far])) == []


def test_a_question_that_somebody_asked_is_not_quoted_as_an_answer() -> None:
    assert _quoted(("Chat", "How long may a visitor stay?")) == []
    assert _quoted(("Chat", "How long may a visitor stay?"), ("Guests", "A visitor may stay 4 hours.")) == [2]


def test_a_sentence_that_is_clearly_worse_is_not_quoted_beside_the_best() -> None:
    assert _quoted(("Guests", "A visitor may stay 4 hours."), ("Canteen", "The canteen has opened again.")) == [1]
