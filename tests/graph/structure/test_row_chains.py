"""Chains of rows: one row leads to another where the question speaks of each step and all of it is accounted for."""

from dataclasses import replace

import pytest

from graph.chaining.chains import Chains
from graph.evidence import Evidence
from graph.languages.extractive import compose
from graph.state import Candidate, Context, Ranked, State
from graph.structure.completing import MAX_TABLED, completed
from graph.structure.keyed_rows import MAX_ROWS, rows_in
from graph.structure.row_chains import (
    asks_along_rows,
    begins_at_a_row,
    chain_of_rows,
    chained_rows,
    with_rows,
)
from tests.doubles import HashEmbedder
from tests.graph.structure.test_completing import DEPS, Opening
from tests.graph.structure.test_steps_of_lists import cut
from tools.knowledge import Knowledge
from tools.passages import Hit, Passage

ERRORS = cut(
    "# Error codes\n\n| Code | Meaning | Raised by |\n|---|---|---|\n| E-41 | Queue is full | spool |\n"
    "| E-42 | Usage was not metered | tally |\n| E-43 | Too many runs | spool |\n",
    "errors.md",
)
SERVICES = cut(
    "# Services\n\n| Service | Owning team | Runbook | Tier |\n|---|---|---|---|\n| spool | Runtime | spool.md | 1 |\n"
    "| tally | Commerce | none | 2 |\n| weft | Console | none | 2 |\n",
    "services.md",
)
TEAMS = cut(
    "# Teams\n\n| Team | Lead | Office | Founded |\n|---|---|---|---|\n| Runtime | Ada Brun | Porto | 2019 |\n"
    "| Commerce | Otto Falk | Leeds | 2021 |\n| Console | Ines Roth | Porto | 2020 |\n",
    "teams.md",
)
PEOPLE = cut(
    "# Staff directory\n\n| Name | Reports to | Extension | Desk |\n|---|---|---|---|\n"
    "| Ada Brun | Mira Sand | 201 | A1 |\n| Otto Falk | Mira Sand | 202 | A2 |\n| Mira Sand | the board | 203 | A3 |\n",
    "people.md",
)
TICKETS = cut(
    "# Tickets\n\n| Ticket | Customer | Subject |\n|---|---|---|\n| T-7 | Birchwood Mills | Runs stop with E-42 |\n"
    "| T-8 | Tern Foods | Invoice is late |\n| T-9 | Gannet Bank | New user |\n",
    "tickets.md",
)
CUSTOMERS = cut(
    "# Customers\n\n| ID | Customer | Plan |\n|---|---|---|\n| C-1 | Birchwood Mills | Basic |\n"
    "| C-2 | Tern Foods (North) | Pro |\n| C-3 | Gannet Bank | Basic |\n",
    "customers.md",
)
LIMITS = cut(
    "# Limits\n\n| Limit | Basic | Pro |\n|---|---|---|\n| Run log retention | 7 days | 90 days |\n"
    "| Audit log retention | 30 days | 180 days |\n| Users | 5 | 50 |\n",
    "limits.md",
)
ALL = [*ERRORS, *SERVICES, *TEAMS, *PEOPLE, *TICKETS, *CUSTOMERS, *LIMITS]


def told(question: str, passages: list[Passage] = ALL) -> list[str]:
    found = chain_of_rows(question, rows_in(passages))
    return [step.part for step in found.steps] if found else []


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Which team looks after the service that raises E-42?", "Service: tally; Owning team: Commerce"),
        ("Which runbook do I follow for the service that raises E-41?", "Service: spool; Runbook: spool.md"),
        ("in which office does the team sit that owns weft?", "Team: Console; Office: Porto"),
        ("Who is the lead of the team that owns tally?", "Team: Commerce; Lead: Otto Falk"),
        ("Who leads the team which owns tally?", "Team: Commerce; Lead: Otto Falk"),
        ("What's the extension of the lead of the Runtime team?", "Name: Ada Brun; Extension: 201"),
        ("What is the extension of Otto Falk's manager?", "Name: Mira Sand; Extension: 203"),
        (
            "Which team owns the service that raises the error Birchwood Mills complained about in T-7?",
            "Service: tally; Owning team: Commerce",
        ),
        ("How long is the run log retention of Tern Foods?", "Run log retention; Pro: 90 days"),
        ("for how long do we keep run logs for gannet bank", "Run log retention; Basic: 7 days"),
    ],
)  # fmt: skip
def test_the_last_row_answers(question: str, answer: str) -> None:
    assert (told(question) or [""])[-1].removeprefix("Limit: ") == answer


@pytest.mark.parametrize(
    "question",
    ["What is the extension of Otto Falk in the staff directory?", "Which extension has the name Otto Falk?"],
)
def test_what_a_table_is_called_leads_nowhere_within_it(question: str) -> None:
    assert told(question) == []  # and not to whom he reports


def test_each_row_says_what_it_is_called_and_what_leads_on() -> None:
    asked = "Which office is the team in that owns the service which raises E-42?"
    assert told(asked) == [
        "Code: E-42; Raised by: tally",
        "Service: tally; Owning team: Commerce",
        "Team: Commerce; Office: Leeds",
    ]


@pytest.mark.parametrize(
    "question",
    [
        "What is the phone number of the team that owns tally?",  # no row has one
        "What is the budget of the team that owns tally?",
        "What is the extension of Otto Falk's deputy?",  # nobody's deputy is named
        "Which team looks after the service that raises E-49?",  # no such row
        "To whom does the lead of the team that owns tally write?",
        "Which team owned tally before 2020?",
        "Which team does not own tally?",
        "Does the Commerce team own tally?",
        "How many people report to the lead of the Commerce team?",  # whom one reports to is no number
        "What does Tern Foods cost?",  # of its plan is not spoken
        "Who is the lead of Tern Foods?",
        "Which other team looks after the service that raises E-42?",
        "Which team looks after the service that raised codes before E-42?",
        "Who reports to the lead of the team that owns tally?",
        "Who was the lead of the team that owns tally?",
        "Which team owns the database of the service that raises E-42?",
        "Which office does the team that broke tally sit in?",
        "What is the extension of the assistant of Otto Falk's manager?",
    ],
)
def test_what_the_rows_do_not_account_for_is_not_answered(question: str) -> None:
    assert not asks_along_rows(question) or told(question) == []


def test_a_value_is_of_the_kind_that_its_column_says_where_a_table_has_such_rows() -> None:
    rooms = cut("# Rooms\n\n| Room | Building |\n|---|---|\n| Elm | South |\n| Ash | North |\n", "rooms.md")
    regions = cut("# Regions\n\n| Region | Budget |\n|---|---|\n| South | 3m |\n| North | 4m |\n", "regions.md")
    houses = cut(
        "# Buildings\n\n| Building | Caretaker |\n|---|---|\n| South | Ada Brun |\n| East | Otto Falk |\n", "b.md"
    )
    assert told("What is the budget of the building of room Elm?", [*rooms, *regions, *houses]) == []
    assert told("Who is the caretaker of the building of room Elm?", [*rooms, *regions, *houses])[-1].endswith(
        "Ada Brun"
    )


def test_a_table_that_is_cut_short_and_a_search_without_end_answer_nothing() -> None:
    rows = "".join(f"| svc-{n} | Team {n} | none | 1 |\n" for n in range(MAX_ROWS))
    long = cut(SERVICES[0].text + "\n" + rows, "services.md", 900)
    assert all(row.table[0] != "services.md" for row in rows_in([*ERRORS, *long]))
    same = "| Item | Part | Kind |\n|---|---|---|\n" + "".join(f"| A{n} | A{n + 1} | A{n + 2} |\n" for n in range(30))
    many = [one for page in range(12) for one in cut(f"# Parts {page}\n\n{same}", f"{page}.md")]
    assert told("Which kind of item is the part of the part A1?", many) == []


def test_two_chains_that_say_different_things_are_none() -> None:
    others = cut(SERVICES[0].text.replace("Commerce", "Console"), "services-old.md")
    asked = "Which team looks after the service that raises E-42?"
    assert told(asked, [*ALL, *others]) == []
    assert told(asked, [*ALL, *(replace(one, status="superseded") for one in others)]) != []


def test_of_two_rows_that_go_by_one_name_neither_leads_on() -> None:
    twice = cut(SERVICES[0].text + "\n| tally | Console | none | 3 |\n", "services.md")
    assert told("Which team looks after the service that raises E-42?", [*ERRORS, *twice]) == []
    unowned = cut(SERVICES[0].text + "\n| tally | | none | 3 |\n", "services.md")  # whose is the other one?
    assert told("Which team looks after the service that raises E-42?", [*ERRORS, *unowned]) == []


def test_a_common_word_is_no_name_because_a_row_is_called_so() -> None:
    plans = cut("# Plans\n\n| Plan | Price | Sold by |\n|---|---|---|\n| Team | 5 | Otto Falk |\n", "plans.md")
    rows = rows_in([*plans, *PEOPLE])
    assert not begins_at_a_row("which extension does the team have that plans the price", rows)
    assert begins_at_a_row("Which extension has who sold the Team plan?", rows)


def test_a_row_that_accounts_for_the_whole_question_is_no_beginning() -> None:
    assert not begins_at_a_row("What is the owning team of tally?", rows_in(SERVICES))
    assert begins_at_a_row("In which office is the owning team of tally?", rows_in(SERVICES))


def test_a_person_is_called_by_title_and_surname() -> None:
    wards = cut("# Wards\n\n| Code | Ward manager |\n|---|---|\n| W05 | Tim Rowe |\n| W06 | Ann Lund |\n", "wards.md")
    doctors = cut(
        "# Doctors\n\n| Name | Base ward |\n|---|---|\n| Dr Yusuf Rahimi | W05 |\n| Mr Carl Holm | W06 |\n",
        "doctors.md",
    )
    assert told("Who is the ward manager of Dr Rahimi's base ward?", [*wards, *doctors])[-1].endswith("Tim Rowe")


def test_the_evidence_has_the_rows_in_their_order_or_none() -> None:
    found = chain_of_rows("Which team looks after the service that raises E-42?", rows_in(ALL))
    assert found is not None
    first = replace(found.steps[1].row.item, number=1, relevance=0.4)
    made = with_rows([first], found)
    assert [(item.number, item.link) for item in made] == [(1, 2), (2, 1)]
    assert [item.relevance for item in made] == [0.4, 0.4]
    assert [item.part for item in chained_rows(made)] == [
        "Code: E-42; Raised by: tally",
        "Service: tally; Owning team: Commerce",
    ]
    assert chained_rows(made[:1]) == []


ASKED = "Which team looks after the service that raises E-42?"


async def made_whole(
    documents: dict[str, list[Passage]], found: list[Passage], question: str = ASKED
) -> list[Evidence]:
    knowledge = Knowledge(Opening(documents), HashEmbedder(32))
    ranking = tuple(Ranked(Candidate(Hit(one), 1, "", 0), 0.9) for one in found)
    state = State(question=question, rewritten=question, ranking=ranking)
    evidence = (Evidence(1, found[0], "Nothing.", 0, 8, 0.4),)
    return chained_rows(await completed(state, evidence, Context(), replace(DEPS, knowledge=knowledge)))


async def test_a_row_that_no_search_found_is_read_in_its_document() -> None:
    head, tail = SERVICES[0], replace(SERVICES[0], key="tail", start=1_000, end=1_200)
    rows = "| Service | Owning team | Runbook | Tier |\n|---|---|---|---|\n"
    head = replace(head, text=rows + "| spool | Runtime | spool.md | 1 |\n")
    tail = replace(tail, text=rows + "| tally | Commerce | none | 2 |\n")
    documents = {"errors.md": ERRORS, "services.md": [head, tail]}
    assert [item.part for item in await made_whole(documents, [*ERRORS, head])] == [
        "Code: E-42; Raised by: tally",
        "Service: tally; Owning team: Commerce",
    ]


async def test_so_many_documents_are_opened_and_no_more() -> None:
    others = [
        cut(f"# Page {n}\n\n| Item {n} | Price |\n|---|---|\n| Pen {n} | 5 |\n", f"{n}.md") for n in range(MAX_TABLED)
    ]
    found = [*ERRORS, *(one for page in others for one in page), *SERVICES]
    documents = {one.source: [one] for one in found}
    assert await made_whole(documents, found) == []
    assert await made_whole(documents, [*ERRORS, *SERVICES, *(one for page in others for one in page)]) != []


async def test_a_store_that_is_away_and_a_follow_up_leave_the_evidence_as_it_is() -> None:
    assert await made_whole({}, [*ERRORS, *SERVICES]) == []
    assert not asks_along_rows("x" * 301)


def test_an_answer_quotes_what_of_the_rows_matters_the_last_first() -> None:
    found = chain_of_rows(ASKED, rows_in(ALL))
    assert found is not None
    evidence = with_rows([replace(rows_in(TEAMS)[0].item, number=1, relevance=0.5)], found)
    assert [statement.text for statement in compose(Chains(ASKED, evidence))] == [
        "Service: tally; Owning team: Commerce.",
        "Code: E-42; Raised by: tally.",
    ]


def test_where_there_are_no_rows_there_is_no_chain() -> None:
    assert rows_in(cut("# Page\n\nThe lead is Ada Brun.\n", "page.md")) == []
    assert told(ASKED, []) == []
