"""Parts of a message and their marks: numbers that no two sentences share, and one for a sentence that both cite."""

from graph.in_parts import added_text, joined, numbered_apart, told_of
from graph.state import CheckedClaim, State, Told
from graph.updates import Scored
from tests.graph.conclusions.test_comparing import said

ONE, OTHER = said(1, "Parking", "Parking costs three euros."), said(2, "Canteen", "The canteen opens at nine.")
SCORED = Scored(status="answered", confidence=0.8, missing=(), notes=("A note.",), answer="", features={})


def claim(text: str, *markers: int) -> CheckedClaim:
    return CheckedClaim(text, markers, "supported", 1.0)


def first() -> Told:
    state = State("?", rewritten="?", part="What does parking cost?", evidence=(ONE, OTHER))
    return told_of(state, SCORED, [claim("Parking costs three euros.", 1)])


def test_evidence_of_a_later_part_is_numbered_after_that_of_those_before() -> None:
    assert [item.number for item in numbered_apart([ONE, OTHER], [])] == [1, 2]
    assert [item.number for item in numbered_apart([ONE, OTHER], [first()])] == [2, 3]


def test_a_sentence_that_two_parts_cite_has_one_mark() -> None:
    told = first()
    evidence = numbered_apart([ONE, OTHER], [told])
    state = State("?", rewritten="?", part="When does it open?", evidence=evidence, told=(told,))
    last = told_of(state, SCORED, [claim("It opens at nine.", 3), claim("Parking is dear.", 2)])
    assert [one.markers for one in last.claims] == [(3,), (1,)]
    whole = joined((told, last), 0.5)
    assert whole["answer"] == "Parking costs three euros. [1] It opens at nine. [2] Parking is dear. [1]"
    assert whole["answer"] == added_text((), told) + added_text((told,), last)
    assert sorted({item.number for item in whole["evidence"]}) == [1, 3]
    assert whole["notes"] == ("A note.",)
    assert whole["status"] == "answered"
    assert joined((told, last), 0.7)["status"] == "partial"
