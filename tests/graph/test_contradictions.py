"""Sources that disagree, and sentences that only speak of each other's documents."""

from dataclasses import replace

from graph.contradictions import disagreements
from graph.evidence import Evidence
from tests.graph.languages.test_comparing import said


def old(number: int, text: str) -> Evidence:
    one = said(number, "Expense policy 2024", text)
    return replace(one, passage=replace(one.passage, status="superseded", superseded_by="Expense policy 2026"))


def new(number: int, text: str) -> Evidence:
    return said(number, "Expense policy 2026", text)


OLD = old(1, "The daily meal allowance is 38 euros.")
NEW = new(2, "The daily meal allowance is 44 euros.")


def test_which_version_says_otherwise_is_told_by_what_the_answer_follows() -> None:
    (older,) = disagreements([NEW], [OLD, NEW])
    (newer,) = disagreements([OLD], [OLD, NEW])
    assert older.sentence.startswith("An older version says otherwise: “Expense policy 2024”")
    assert newer.sentence.startswith("A newer version says otherwise: “Expense policy 2026”")


def test_that_one_replaces_the_other_contradicts_neither() -> None:
    one = new(2, "It replaces the Expense policy 2024.")
    other = old(1, "Replaced by the Expense policy 2026.")
    assert disagreements([one], [other, one]) == ()
