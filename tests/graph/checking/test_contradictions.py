"""Sources that disagree, and sentences that only speak of each other's documents."""

from dataclasses import replace

from graph.checking.contradictions import disagreements, follows_superseded, not_yet_in_force
from graph.evidence import Evidence
from tests.graph.conclusions.test_comparing import said


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


def test_two_cited_sources_that_disagree_are_told_of_once() -> None:
    assert len(disagreements([OLD, NEW], [OLD, NEW])) == 1


def test_a_sentence_with_much_more_to_say_is_about_something_else() -> None:
    other = old(1, "The daily meal allowance is 38 euros on trips to Norway, with breakfast in the hotel.")
    assert disagreements([NEW], [other, NEW]) == ()


def test_that_one_replaces_the_other_contradicts_neither() -> None:
    one = new(2, "It replaces the Expense policy 2024.")
    other = old(1, "Replaced by the Expense policy 2026.")
    assert disagreements([one], [other, one]) == ()


def test_a_superseded_source_is_named_with_what_replaces_it_however_that_says_it() -> None:
    row = new(2, "What: Meals, full day; Limit: 44 euros")
    differing = disagreements([OLD], [OLD, row])
    assert follows_superseded([OLD], [row.passage], differing) == (
        "A newer version exists: “Expense policy 2026”; the answer follows “Expense policy 2024”.",
    )
    assert follows_superseded([row], [row.passage], ()) == ()
    unnamed = replace(OLD, passage=replace(OLD.passage, superseded_by=None))
    assert follows_superseded([unnamed], [], ()) == (
        "The answer follows “Expense policy 2024”, which is marked as superseded.",
    )


def test_a_document_whose_validity_has_ended_or_not_begun_is_named_with_the_day() -> None:
    expired = replace(OLD, passage=replace(OLD.passage, superseded_by=None, valid_until="2024-12-31"))
    assert follows_superseded([expired], [], ()) == (
        "The answer follows “Expense policy 2024”, which was valid until 2024-12-31.",
    )
    archived = replace(expired, passage=replace(expired.passage, valid_until="9999-12-31"))
    assert "marked as superseded" in follows_superseded([archived], [], ())[0]
    early = replace(NEW, passage=replace(NEW.passage, valid_from="9999-01-01"))
    begun = replace(NEW, passage=replace(NEW.passage, valid_from="2026-01-01"))
    assert not_yet_in_force([early, early, begun, OLD]) == (
        "The answer follows “Expense policy 2026”, which holds from 9999-01-01 on.",
    )


def test_what_a_newer_version_says_otherwise_is_not_told_twice() -> None:
    differing = disagreements([OLD], [OLD, NEW])
    assert len(differing) == 1
    assert follows_superseded([OLD], [NEW.passage], differing) == ()


def test_only_rows_of_the_same_thing_contradict_each_other() -> None:
    row = new(1, "City: Lund; Hotel per night: 120 euros; Meals a day: 40 euros")
    same = old(2, "City: Lund; Hotel per night: 110 euros; Meals a day: 40 euros")
    another = old(3, "City: Turku; Hotel per night: 90 euros; Meals a day: 40 euros")
    assert [one.other for one in disagreements([row], [row, same, another])] == [same]
