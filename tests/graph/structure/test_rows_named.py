"""Rows that the evidence names are brought beside it, few of them, and nothing that the question names itself."""

from dataclasses import replace

import pytest

from graph.conclusions.comparison import comparison_in
from graph.evidence import Evidence
from graph.state import Candidate, Context, Ranked, State
from graph.structure.completing import completed
from graph.structure.keyed_rows import rows_in
from graph.structure.rows_named import AS_RELEVANT, LEADING, MAX_BROUGHT, with_rows_asked, with_rows_named
from tests.doubles import HashEmbedder
from tests.graph.structure.test_completing import DEPS, Opening
from tests.graph.structure.test_row_chains import ASKED, ERRORS, SERVICES
from tests.graph.structure.test_steps_of_lists import cut
from tools.knowledge import Knowledge
from tools.passages import Hit, Passage

COURSES = cut(
    "# Courses\n\n| Code | Course | Taught by | Assistant |\n|---|---|---|---|\n"
    "| R-1 | Robotics | Ada Brun | Otto Falk |\n| R-2 | Welding | Ines Roth | Otto Falk |\n"
    "| R-3 | Casting | Mira Sand | Otto Falk |\n",
    "courses.md",
)
PEOPLE = cut(
    "# Staff directory\n\n| No. | Name | Desk |\n|---|---|---|\n| 1 | Ada Brun | A1 |\n| 2 | Otto Falk | A2 |\n"
    "| 3 | Ines Roth | A3 |\n| 4 | Mira Sand | A4 |\n",
    "people.md",
)
WHERE = "which office does the person who teaches robotics sit in"


def rows_of(passages: list[Passage]) -> list[Evidence]:
    rows = [row.item for row in rows_in(passages)]
    return [replace(row, number=number, relevance=0.8) for number, row in enumerate(rows, 1)]


ROBOTICS = rows_of(COURSES)[:1]
DESKS = cut("# Desks\n\n| Place | Lamp |\n|---|---|\n| A1 | old |\n", "desks.md")


def prose(said: str) -> Evidence:
    [text] = cut(f"# News\n\n{said}\n", "news.md")
    start = text.text.index(said)
    return Evidence(1, text, said, text.start + start, text.start + start + len(said), relevance=0.5)


def brought(question: str, evidence: list[Evidence], passages: list[Passage] = PEOPLE) -> list[str]:
    found = with_rows_named(question, evidence, rows_in(passages))
    assert list(found[: len(evidence)]) == evidence
    return [item.said for item in found[len(evidence) :]]


def test_the_rows_that_a_row_names_are_brought() -> None:
    assert brought(WHERE, ROBOTICS) == ["No.: 1; Name: Ada Brun; Desk: A1", "No.: 2; Name: Otto Falk; Desk: A2"]


def test_those_of_a_column_that_the_question_speaks_of_come_first() -> None:
    assert brought("who assists in robotics and where does the assistant sit", ROBOTICS)[0].startswith("No.: 2")


def test_a_brought_row_is_a_little_less_relevant_and_has_a_number_of_its_own() -> None:
    found = with_rows_named(WHERE, ROBOTICS, rows_in(PEOPLE))
    assert [item.number for item in found] == [1, 2, 3]
    assert found[1].relevance == pytest.approx(0.8 * AS_RELEVANT)


def test_prose_leads_to_the_row_of_whom_it_names() -> None:
    assert brought(WHERE, [prose("The robotics course is now taught by Ines Roth.")]) == [
        "No.: 3; Name: Ines Roth; Desk: A3"
    ]


def test_the_most_relevant_of_the_evidence_leads() -> None:
    idle = [replace(item, number=number, relevance=0.1) for number, item in enumerate(rows_of(DESKS) * LEADING, 2)]
    assert brought(WHERE, [*idle[:LEADING], *ROBOTICS]) == brought(WHERE, ROBOTICS)


def test_an_office_that_is_named_leads_to_who_holds_it() -> None:
    staff = cut(
        "# Staff\n\n| Name | Role |\n|---|---|\n| Ada Brun | Lab Warden |\n| Otto Falk | Lab Warden |\n", "staff.md"
    )
    assert brought("who keeps the key", [prose("The key is with the Lab Warden.")], staff) == [
        "Name: Ada Brun; Role: Lab Warden",
        "Name: Otto Falk; Role: Lab Warden",
    ]


def test_a_copy_of_a_row_is_not_brought_beside_it() -> None:
    copies = [replace(one, key="copy", id="copy") for one in PEOPLE]
    assert brought(WHERE, rows_of(PEOPLE)[:1], copies) == []


def test_what_the_question_names_and_what_is_there_is_not_brought() -> None:
    assert brought("where does Ada Brun sit", ROBOTICS) == ["No.: 2; Name: Otto Falk; Desk: A2"]
    assert brought(WHERE, [*ROBOTICS, *(replace(row, number=9) for row in rows_of(PEOPLE))]) == []


def test_what_a_row_itself_is_called_leads_nowhere() -> None:
    rooms = cut("# Rooms\n\n| Code | Room |\n|---|---|\n| R-1 | Hall 3 |\n| R-2 | Hall 4 |\n", "rooms.md")
    assert brought(WHERE, ROBOTICS, rooms) == []


def test_a_common_word_is_no_name() -> None:
    desks = cut(
        "# Desks\n\n| Place | Desk |\n|---|---|\n| Robotics | A1 |\n| Desk | A2 |\n| Person | A3 |\n", "desks.md"
    )
    assert brought(WHERE, [prose("Every person has a desk.")], desks) == []


def test_few_are_brought() -> None:
    names = [f"Xeno{'abcdefghijkl'[n]} Quibb" for n in range(12)]
    table = "| Name | Desk |\n|---|---|\n" + "".join(f"| {name} | B{n} |\n" for n, name in enumerate(names))
    said = prose(f"All of {', '.join(names)} teach robotics.")
    assert len(brought(WHERE, [said], cut(f"# Desks\n\n{table}", "desks.md"))) == MAX_BROUGHT


def test_without_tables_nothing_is_brought() -> None:
    assert brought(WHERE, ROBOTICS, cut("# News\n\nAda Brun sits in A1.\n", "news.md")) == []


async def made_whole(question: str, evidence: list[Evidence], found: list[Passage]) -> list[str]:
    deps = replace(DEPS, knowledge=Knowledge(Opening({one.source: [one] for one in found}), HashEmbedder(32)))
    ranking = tuple(Ranked(Candidate(Hit(one), 1, "", 0), 0.9) for one in found)
    state = State(question=question, rewritten=question, ranking=ranking)
    return [item.said for item in await completed(state, tuple(evidence), Context(), deps)]


async def test_they_are_brought_where_no_chain_of_rows_answers() -> None:
    made = await made_whole(WHERE, ROBOTICS, [*COURSES, *PEOPLE])
    assert made == [ROBOTICS[0].said, "No.: 1; Name: Ada Brun; Desk: A1", "No.: 2; Name: Otto Falk; Desk: A2"]


async def test_beside_a_chain_of_rows_that_answers_nothing_else_is_brought() -> None:
    queue_is_full = rows_of(ERRORS)[0]
    made = await made_whole(ASKED, [queue_is_full], [*ERRORS, *SERVICES])
    assert made[0] == queue_is_full.said
    assert [said.partition(";")[0] for said in made[1:]] == ["Code: E-42", "Service: tally"]
    assert brought(ASKED, [queue_is_full], SERVICES)[0].startswith("Service: spool")


PRICES = cut(
    "# Prices\n\n| Article | What it is | Price |\n|---|---|---|\n| WR-2 | Wren 2 sensor | EUR 84 |\n"
    "| WD-1 | Wren Deep sensor for cold rooms | EUR 139 |\n| HG-4 | Heron gateway | EUR 410 |\n"
    "| MK-1 | Wall mount | EUR 9 |\n",
    "prices.md",
)


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("What does a Heron gateway cost?", ["HG-4"]),
        ("how much is the wall mount", ["MK-1"]),
        ("What does the HG-4 cost?", ["HG-4"]),
        ("What does a Wren Deep cost?", ["WD-1"]),
        ("Which is dearer, the Wren 2 or the Wren Deep?", ["WR-2", "WD-1"]),
        ("is a wall mount cheaper than a wren deep?", ["WD-1", "MK-1"]),
        ("Which is heavier, the Wren 2 or the Wren Deep?", []),
        ("What does a wren cost?", []),
        ("Who repairs a Heron gateway?", []),
        ("What is not a wall mount and costs less?", []),
    ],
)
def test_the_row_that_is_asked_for_is_evidence_however_far_down_it_was_found(question: str, rows: list[str]) -> None:
    found = with_rows_asked(question, ROBOTICS, rows_in(PRICES), comparison_in(question))
    assert found[:1] == tuple(ROBOTICS)
    assert [item.said.split(";")[0] for item in found[1:]] == [f"Article: {code}" for code in rows]
    assert all(item.relevance == ROBOTICS[0].relevance for item in found)
    assert [item.number for item in found] == list(range(1, len(rows) + 2))


def test_of_two_things_with_pages_of_their_own_the_rows_that_compare_them_are_brought() -> None:
    sheets = {
        name: cut(
            f"# {name} specification\n\n| Property | Value |\n|---|---|\n| Size | {n} cm |\n| Weight | 4{n} g |\n",
            f"{n}.md",
        )
        for n, name in enumerate(("Wren 2", "Wren Deep"), 1)
    }
    question = "which is heavier, a wren 2 or a wren deep?"
    rows = rows_in([one for pages in sheets.values() for one in pages])
    found = with_rows_asked(question, ROBOTICS, rows, comparison_in(question))
    assert [item.said for item in found[1:]] == ["Property: Weight; Value: 41 g", "Property: Weight; Value: 42 g"]


def test_a_row_that_is_evidence_already_is_not_brought_again() -> None:
    known = rows_of(PRICES)
    assert with_rows_asked("What does a Heron gateway cost?", known, rows_in(PRICES), None) == tuple(known)


def test_of_the_rows_that_are_asked_for_only_some_are_brought() -> None:
    lists = [page for n in range(MAX_BROUGHT + 3) for page in cut(PRICES[0].text, f"prices-{n}.md")]
    found = with_rows_asked("What does a Heron gateway cost?", ROBOTICS, rows_in(lists), None)
    assert len(found) == 1 + MAX_BROUGHT


@pytest.mark.parametrize(
    ("question", "codes"),
    [
        ("What does a Heron gateway cost?", ["HG-4"]),
        ("Which is cheaper, the Wren 2 or the Wren Deep?", ["WR-2", "WD-1"]),
    ],
)
async def test_evidence_is_completed_by_the_rows_that_are_asked_for_and_compared(
    question: str, codes: list[str]
) -> None:
    news = [prose("The prices are new.")]
    made = await made_whole(question, news, [news[0].passage, *PRICES])
    assert [row.split(";")[0] for row in made[1:]] == [f"Article: {code}" for code in codes]
