"""What a question says of a whole table in other words than its columns', and what stands around a table without being
a part of its meaning."""

import pytest

from graph.conclusions.tabling import fitting_table
from tests.graph.conclusions.test_tabling import SERVICES, concluded, page

STAFF = """Name | Job title | Reports to | Site | Joined
Name: Ada Brun; Job title: Chief Financial Officer; Site: Porto; Joined: 2011
Name: Otto Falk; Job title: Buyer; Reports to: Ada Brun; Site: Porto; Joined: 2016
Name: Lotte Maes; Job title: Clerk; Reports to: Ada Brun; Site: Ghent; Joined: 2019
Name: Pia Ruiz; Job title: Clerk; Reports to: Otto Falk; Site: Ghent; Joined: 2022"""

SYSTEMS = """| System | Language | Tier | State |
|---|---|---|---|
| Ledger | Rust | 1 | open |
| Tide | Python | 2 | open |
| Mill | Python | 1 | closed |
| Gate | Rust | 1 | open |"""

PASSES = """| Pass | Expires | Yearly cost (EUR) |
|---|---|---|
| Harbour | 2027-03-01 | 400 |
| Bridge | 2026-11-30 | 90 |
| Tunnel | 2028-01-15 | 1200 |"""

BUYERS = """Customer | Country | Sites
Customer: Halle Clinic; Country: Germany; Sites: 3
Customer: Lind Vets; Country: Germany; Sites: 1
Customer: Maple Vets; Country: Canada; Sites: 9"""

CREW = """# Team

| Name | Role | Office | Reports to | Started |
|---|---|---|---|---|
| Ines Callewaert | Managing Director | Ghent | | 2016-01-04 |
| Joris Van Acker | Mechanic | Ghent | Ines Callewaert | 2019-02-01 |
| Milan De Smet | Mechanic | Ghent | Ines Callewaert | 2020-02-01 |
| Aya Haddad | App developer | Freiburg | Ines Callewaert | 2021-03-01 |
| Jonas Keller | App developer | Freiburg | Aya Haddad | 2022-03-01 |"""

OWNERS = """Supplier | Owner | Term
Supplier: Quill; Owner: Ada Brun; Term: open-ended
Supplier: Humber; Owner: Otto Falk; Term: 12 months"""

CONTRACTS = """Supplier | Contract ends | Owner
Supplier: Quill; Contract ends: 31 March 2027; Owner: Ada Brun
Supplier: Humber; Contract ends: 30 September 2026; Owner: Otto Falk
Supplier: Lys; Contract ends: open-ended, 90 days' notice; Owner: Lotte Maes"""

SITES = """Site | Type | Lockers
Site: Oak Baths; Type: Pool; Lockers: 320
Site: The Sands; Type: Pool; Lockers: 410
Site: Quay Street; Type: Library; Lockers: 800
Site: Mill Lane; Type: library; Lockers: 24"""

MEMBERSHIPS = """Membership | Monthly fee | Joining fee
Membership: Splash; Monthly fee: £24; Joining fee: £90
Membership: Tide; Monthly fee: £46; Joining fee: £10
Membership: Tide Family; Monthly fee: £79; Joining fee: £0"""

COURSES = """Course | Lasts | Renew every
Course: Plant operator; Lasts: 3 days; Renew every: 3 years
Course: Lifeguard; Lasts: 36 hours; Renew every: 2 years
Course: First aid; Lasts: 3 days; Renew every: 3 years"""

HALLS = """## 3.1 Halls

| Hall | Opened | Desks |
|---|---|---|
| North | 2011 | 64 |
| South | 2023 | 9 |

We had 131 people at the end of 2024."""


@pytest.mark.parametrize(
    ("question", "table", "said"),
    [
        ("How many people report to the Chief Financial Officer?", STAFF, "2: Otto Falk, Lotte Maes."),
        ("How many people report to the CFO?", STAFF, "2: Otto Falk, Lotte Maes."),
        ("How many people in Ghent report to Ada Brun?", STAFF, "1: Lotte Maes."),
        ("Who reports directly to Ada Brun?", STAFF, "Otto Falk, Lotte Maes."),
        ("List everyone in Ghent", STAFF, "Lotte Maes, Pia Ruiz."),
        ("How many people joined in 2016?", STAFF, None),
        ("How many people report to the Clerk?", STAFF, None),
        ("How many people report to the CEO?", STAFF, None),
        ("How many people report to Pia Ruiz?", STAFF, None),
        ("Who joined last?", STAFF, "Pia Ruiz, Joined 2022; next is Lotte Maes, 2019."),
        ("Who joined last year?", STAFF, None),
        ("which courses need renewing every 3 years", COURSES, "Plant operator, First aid."),
        ("Which courses must be renewed every 2 years?", COURSES, "Lifeguard."),
        ("Which courses take 3 years?", COURSES, None),
        ("Who left first?", STAFF, None),
        ("How many tier 1 systems do we have?", SYSTEMS, None),
        ("Which open systems do we run?", SYSTEMS, None),
        ("Which systems were written in Rust?", SYSTEMS, None),
        ("Which pass expires first?", PASSES, "Bridge, Expires 2026-11-30; next is Harbour, 2027-03-01."),
        ("Which pass expires last?", PASSES, "Tunnel, Expires 2028-01-15; next is Harbour, 2027-03-01."),
        ("Which pass was sold first?", PASSES, None),
        ("Which pass is last?", PASSES, None),
        ("Which pass costs us the most per year?", PASSES, "Tunnel, Yearly cost 1200 EUR; next is Harbour, 400 EUR."),
        ("Which pass costs the most per month?", PASSES, None),
        ("How many customers from Germany are in the customer list?", BUYERS, "2: Halle Clinic, Lind Vets."),
        ("How many customers from Germany are in the waiting list?", BUYERS, None),
        ("Which mechanics work in Ghent?", CREW, "Joris Van Acker, Milan De Smet."),
        ("Which app developers do we have?", CREW, "Aya Haddad, Jonas Keller."),
        ("How many mechanics are there in Ghent?", CREW, "2: Joris Van Acker, Milan De Smet."),
        ("Which mechanics work in Lille?", CREW, None),
        ("Which mechanics work in Ghent?", CREW.replace("| Mechanic |", "| Lead Mechanic |", 1), None),
        ("Who works in Freiburg?", CREW, "Aya Haddad, Jonas Keller."),
        ("Who reports to Ines Callewaert?", CREW, "Joris Van Acker, Milan De Smet, Aya Haddad."),
        (
            "Who reports to Ines Callewaert?",
            CREW.replace("Managing Director", "Director"),
            "Joris Van Acker, Milan De Smet, Aya Haddad.",
        ),
        ("Who started last?", CREW, "Jonas Keller, Started 2022-03-01; next is Aya Haddad, 2021-03-01."),
        (
            "Which contract ends first?",
            CONTRACTS,
            "Humber, Contract ends 30 September 2026; next is Quill, 31 March 2027.",
        ),
        (
            "Which vendor's contract ends first?",
            CONTRACTS,
            "Humber, Contract ends 30 September 2026; next is Quill, 31 March 2027.",
        ),
        (
            "which contract ends last",
            CONTRACTS,
            "Lys, Contract ends open-ended, 90 days' notice; next is Quill, 31 March 2027.",
        ),
        ("Which lease ends first?", CONTRACTS, None),
        ("which pool has the most lockers", SITES, "The Sands, Lockers 410; next is Oak Baths, 320."),
        ("Which pool has the fewest lockers?", SITES, "Oak Baths, Lockers 320; next is The Sands, 410."),
        ("which gym has the most lockers", SITES, None),
        ("How many libraries do we have?", SITES, "2: Quay Street, Mill Lane."),
        ("which pools do we run", SITES, "Oak Baths, The Sands."),
        ("Which pools do we run?", SITES.replace("Type", "Former type"), None),
        ("Memberships over 40 pounds", MEMBERSHIPS, "Tide, £46; Tide Family, £79."),
        ("What is the cheapest membership?", MEMBERSHIPS, "Splash, Monthly fee £24; next is Tide, £46."),
        ("List all suppliers", OWNERS, "Quill, Humber."),
        ("List all suppliers", OWNERS.replace("open-ended", "ended"), None),
    ],
)
def test_other_words_are_understood_or_leave_it_open(question: str, table: str, said: str | None) -> None:
    found = concluded(question, table)
    assert (found and found[0]) == said


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("How many tier 1 systems do we have?", "3: Ledger, Mill, Gate."),
        ("Which tier 1 systems do we have?", "Ledger, Mill, Gate."),
        ("Which Python systems do we run?", "Tide, Mill."),
        ("Which systems are written in Rust?", "Ledger, Gate."),
        ("How many Python systems are tier 2?", "1: Tide."),
    ],
)
def test_what_stands_before_the_noun_filters_too(question: str, said: str) -> None:
    found = concluded(question, SYSTEMS.replace("State", "Shift").replace("open", "day").replace("closed", "night"))
    assert found is not None
    assert found[0] == said


@pytest.mark.parametrize("cell", ["Ada Brun, Otto Falk", "Chief Financial Officer", "CFO"])
def test_one_who_may_report_to_them_too_leaves_it_open(cell: str) -> None:
    assert concluded("How many people report to Ada Brun?", STAFF.replace("to: Otto Falk", f"to: {cell}")) is None


def test_what_one_owns_stands_under_owner() -> None:
    owners = SERVICES.replace("Owned by", "Owner")
    assert concluded("Which services does Platform own?", owners) == concluded(
        "Which services does Platform own?", SERVICES
    )
    assert concluded("Which services does Platform own?", owners) is not None


def test_whom_they_report_to_is_cited_with_them() -> None:
    found = concluded("How many people report to the CFO?", STAFF)
    assert found is not None
    assert found[1] == "Otto Falk, Lotte Maes, Ada Brun"


def fits(question: str, text: str, title: str, year: int) -> bool:
    return fitting_table(question, [[page(text, title)]], year=year) is not None


def test_the_current_year_over_a_table_need_not_be_asked_for() -> None:
    question = "Which pass costs the most?"
    assert fits(question, PASSES, "Passes 2026", 2026)
    assert not fits(question, PASSES, "Passes 2026", 2027)
    assert not fits(question, PASSES, "Passes 2026", 2025)
    assert fits(question, f"Valid in 2026:\n\n{PASSES}", "Passes", 2026)
    assert not fits(question, f"Valid in 2025:\n\n{PASSES}", "Passes", 2026)
    assert not fits(question, PASSES, "Passes Q3 2026", 2026)


def test_the_number_of_a_section_is_no_part_of_what_it_says() -> None:
    assert fits("Which hall has the most desks?", HALLS, "Sites", 2026)
    assert fits("Which hall opened last?", HALLS.replace("3.1 ", "12. "), "Sites", 2026)
    assert not fits("Which hall has the most desks?", HALLS.replace("3.1 ", "2019 "), "Sites", 2026)


@pytest.mark.parametrize("below", ["As of December 2024.", "Desks were counted in 2024.", "The table is from 2024."])
def test_a_year_below_a_table_counts_where_it_is_the_table_s(below: str) -> None:
    text = HALLS.replace("We had 131 people at the end of 2024.", below)
    assert not fits("Which hall has the most desks?", text, "Sites", 2026)
