"""What a document says of its own standing near its top, and what says nothing of that."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.ingestion.documents import Limits, Metadata
from tools.ingestion.formats.front_matter import split_front_matter
from tools.ingestion.formats.readers import read_document
from tools.ingestion.superseding.notices import with_notices
from tools.ingestion.superseding.standing import standing_of_label, standing_of_notice, standing_of_value


def said(text: str, source: str = "notes/a.md") -> Metadata:
    return with_notices(read_document(text.encode(), source, Limits())).metadata


@pytest.mark.parametrize(
    ("lines", "successor"),
    [
        ("- Status: **superseded by ADR-0015**\n- Date: 2019-03-08", "ADR-0015"),
        ("**Status:** Deprecated – replaced by [ADR-0015](0015-queue.md)", "0015-queue.md"),
        ("Status: Obsolete", None),
        ("Status: Superseded (2024-10-17)", None),
        ("Status: ~~Accepted~~ superseded by ADR-0015", "ADR-0015"),
        ("Status: accepted, later superseded by ADR-0015.", "ADR-0015"),
        ("Document status: archived since 2024", None),
        ("Date: 2019-03-08 · Status: Obsolete · Owner: Ada", None),
        ("Version: 3\nOwner: Ada\nStatus: superseded by version 4", "version 4"),
        ("Superseded by: ADR-0015", "ADR-0015"),
        ("| Status | Superseded by ADR-0015 |\n|---|---|\n| Owner | Ada |", "ADR-0015"),
        ("| Field | Value |\n|---|---|\n| Owner | Ada |\n| Status | Superseded by [that](b.md) |", "b.md"),
        ("> SUPERSEDED by version 4 (see leave-policy-v4.md)", "leave-policy-v4.md"),
        ("> SUPERSEDED by version 4 from 1 January 2026. Kept for reference only.", "version 4"),
        ("> [!WARNING]\n> This document has been replaced by the [Travel rules](travel.md).", "travel.md"),
        ("**This page is out of date; see [Travel rules](travel.md).**", "travel.md"),
        ("This old version of 2019 was useful.\n\nThis policy is no longer in force.", None),
        ("Note: this page is obsolete, please see Travel rules.", "Travel rules"),
        ('_Obsolete, see "Travel rules"._', "Travel rules"),
        ("## Status\n\nSuperseded by [3. Queue](0003-queue.md)\n\n## Context\n\nJobs.", "0003-queue.md"),
        ("Date: 2019-03-08\n\n## Status\n\nDeprecated\n\n## Context\n\nJobs.", None),
    ],
)
def test_a_label_or_a_notice_says_that_its_document_is_outdated(lines: str, successor: str | None) -> None:
    found = said(f"# Jobs\n\n{lines}\n\n## More\n\nText.\n")
    assert (found.status, found.superseded_by) == ("superseded", successor)


@pytest.mark.parametrize(
    "lines",
    [
        "Status: accepted",
        "Status: current",
        "Status: draft",
        "Status: proposed, not superseded by anything",
        "Status: deprecated endpoints are listed below",
        "Status: partially superseded by ADR-0015",
        "Status: superseded in part by ADR-0015",
        "Status: superseded by ADR-XXXX",
        "Status: {proposed | accepted | superseded by ADR-0001}",
        "Status: not deprecated",
        "The law superseded by the act of 1999 was harsh.",
        "Superseded by the convention, this treaty was never applied.",
        "The old law was\nsuperseded by the new act.",
        "This page may be out of date.",
        "This page is not out of date.",
        "This page will be superseded by ADR-0015.",
        "This page is out of date if it is older than a year.",
        "This section is out of date.",
        "This policy is superseded by local law where that is stricter.",
        "This policy is superseded by any contract that says otherwise.",
        "- Deprecated: fax gateway, goes away in 10.0",
        "Deprecated: fax gateway, goes away in 10.0",
        "- Deprecated, see below",
        "Superseded by: none",
        "Superseded by: -",
        "| Decision | Status |\n|---|---|\n| ADR-0004 | Superseded by ADR-0015 |\n| ADR-0015 | Accepted |",
        "| Status | Meaning |\n|---|---|\n| Superseded | Another one has taken its place |",
        "| Decision | Status | Date |\n|---|---|---|\n| Status | Superseded | 2019 |",
        "ADR-0004: queue | Status: superseded by ADR-0015",
        "ADR-0004\nStatus: superseded by ADR-0015",
        "Status: superseded by ADR-0015\n\nStatus: accepted",
        "- Status: superseded\n- Status: accepted",
        "## ADR-0004\n\n- Status: superseded by ADR-0015",
        "## Deprecated\n\n- Fax gateway",
        "## History\n\nThis page is obsolete.",
        "```\nStatus: superseded\n```",
        f"{'Text. ' * 600}\n\nStatus: superseded by ADR-0015",
    ],
)
def test_what_is_said_of_others_or_not_for_certain_does_not_count(lines: str) -> None:
    found = said(f"# Jobs\n\n{lines}\n")
    assert (found.status, found.superseded_by, found.supersedes) == (None, None, ())


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        ("- Status: accepted\n- Supersedes: ADR-0004", ("ADR-0004",)),
        ("Supersedes: ADR-0004, ADR-7 and ADR-9", ("ADR-0004", "ADR-7", "ADR-9")),
        ("Replaces: [one](a.md), [two](b.md)", ("a.md", "b.md")),
        ("Replaces: Travel and leave policy (2019)", ("Travel and leave policy",)),
        ("- Supersedes ADR-0004", ("ADR-0004",)),
        ("This policy replaces [the old one](old.md).", ("old.md",)),
        ("## Status\n\nAccepted\n\nSupersedes [1. Cron](0001-cron.md)", ("0001-cron.md",)),
        ("| Supersedes | ADR-0004 |\n|---|---|\n| Owner | Ada |", ("ADR-0004",)),
        ("Supersedes: none", ()),
        ("Supersedes: ADR-0004 in part", ()),
        ("Replaces the filter every year.", ()),
        ("- Status: proposed\n- Supersedes: ADR-0004", ()),
        ("## Status\n\nRejected\n\nSupersedes [1. Cron](0001-cron.md)", ()),
    ],
)
def test_a_document_says_which_others_it_replaces(lines: str, names: tuple[str, ...]) -> None:
    found = said(f"# Jobs\n\n{lines}\n")
    assert (found.status, found.supersedes) == (None, names)


def test_web_pages_and_plain_text_say_so_too() -> None:
    row = "<tr><t{0}>Status</t{0}><td>Superseded by <a href='b.html'>the new one</a></td></tr>"
    around = "<html><body><h1>Jobs</h1><table>{}<tr><th>Owner</th><td>Ada</td></tr></table></body></html>"
    page = around.format(row.format("h"))
    under_names = around.format(f"<tr><th>Field</th><th>Value</th></tr>{row.format('d')}")
    for written in (page, under_names):
        found = said(written, "notes/a.html")
        assert (found.status, found.superseded_by) == ("superseded", "b.html")
    assert said("Jobs\n\nStatus: Obsolete\nOwner: Ada\n", "notes/a.txt").status == "superseded"
    for source in ("notes/a.log", "notes/a.py", "notes/a.csv"):
        assert said("Jobs\n\nStatus: Obsolete\nOwner: Ada\n", source).status is None


def test_front_matter_counts_more_than_the_lines_below_it() -> None:
    below = "# Jobs\n\n- Status: superseded by ADR-0015\n- Supersedes: ADR-0004\n"
    found = said(f"---\nstatus: current\nsupersedes: old.md\n---\n{below}")
    assert (found.status, found.superseded_by, found.supersedes) == ("current", None, ("old.md",))
    assert said(f"---\nsuperseded_by: new.md\n---\n{below}").superseded_by == "new.md"
    assert said(f"---\nowner: Ada\n---\n{below}").superseded_by == "ADR-0015"


def test_front_matter_may_say_by_what_in_its_status() -> None:
    found, _ = split_front_matter("---\nstatus: superseded by ADR-0015\n---\nText.", "a.md")
    assert (found.status, found.superseded_by) == ("superseded", "ADR-0015")


def test_a_day_to_come_is_the_first_on_which_it_is_outdated() -> None:
    found = said("# Leave\n\n> Superseded by version 4 from 1 March 2999.\n")
    assert (found.status, found.superseded_by, found.valid_until) == (None, "version 4", "2999-02-28")


def test_what_it_replaces_it_replaces_from_the_day_that_it_names() -> None:
    found = said("# Leave\n\nThis policy replaces the Leave rules 2023 from 1 March 2999.\n")
    assert (found.supersedes, found.valid_from) == (("Leave rules 2023",), "2999-03-01")


@given(st.text(alphabet='aA *_>|:[](){}~.,-–\n\t#1“"', max_size=300))
def test_no_text_makes_a_document_outdated_without_saying_the_word(text: str) -> None:
    assert standing_of_value(text) is None
    assert standing_of_label(text) is None
    assert standing_of_notice(text) is None


WORDS = [
    "Status: ",
    "superseded",
    " by ",
    "this page is ",
    "ADR-0015",
    "[a](b.md)",
    "from 31 February 2999",
    "| ",
    "> ",
]
WORDS += ["Supersedes: ", "from 2999-13-45", "\n", "\n\n", "## Status\n", "---\n", "- ", "from 1 May 2999", "(", "."]


@given(st.lists(st.sampled_from(WORDS), max_size=20))
def test_pieces_of_notices_in_any_order_are_read(pieces: list[str]) -> None:
    found = said(f"# Jobs\n\n{''.join(pieces)}\n")
    assert found.superseded_by is None or found.superseded_by.strip()
    assert all(name.strip() for name in found.supersedes)


@pytest.mark.parametrize("piece", [" ", "this ", "superseded by ", "[", "a.", "status: ", "- ", "\t", "~~", "on 1 "])
def test_hostile_lines_take_no_time(piece: str) -> None:
    begun = time.process_time()
    for lead in ("", "Status: superseded by ", "Superseded ", "This page is out of date ", "Supersedes: "):
        said(f"# Jobs\n\n{lead}{piece * 20_000}x\n")
    assert time.process_time() - begun < 5
