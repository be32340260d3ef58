"""Which documents count as replaced: by their own word, another's, their validity, their folder, or their name."""

import os
from pathlib import Path

import pytest

from tests.tools.ingestion.loading.test_loader import Desk
from tools.ingestion.formats.metadata import metadata_from
from tools.ingestion.superseding.editions import replaced


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def statuses(desk: Desk) -> dict[str, tuple[str, str | None]]:
    """Status and successor of each document, without the folder's name."""
    return {
        passage.source.removeprefix("handbook/"): (passage.status, passage.superseded_by)
        for passage in desk.store.passages.values()
    }


async def test_a_document_that_another_one_replaces_is_marked_and_freed_again(desk: Desk) -> None:
    desk.write("a/old.md", "Old text.")
    new = desk.write("b/new.md", "---\nsupersedes: ../a/old.md\n---\nNew text.")
    report = await desk.ingest()
    assert report.documents_overruled == 1
    assert statuses(desk) == {"a/old.md": ("superseded", "handbook/b/new.md"), "b/new.md": ("current", None)}
    assert len(desk.embedder.embedded) == 2
    assert (await desk.ingest()).documents_overruled == 0
    new.write_text("New text.")
    assert (await desk.ingest()).documents_overruled == 1
    assert set(statuses(desk).values()) == {("current", None)}
    assert len(desk.embedder.embedded) == 2


async def test_an_edit_of_a_replaced_document_leaves_it_replaced(desk: Desk) -> None:
    old = desk.write("old.md", "Old text.")
    desk.write("new.md", "---\nsupersedes: [old.md]\n---\nNew text.")
    await desk.ingest()
    old.write_text("Old text, mended.")
    await desk.ingest()
    assert statuses(desk)["old.md"] == ("superseded", "handbook/new.md")


async def test_who_replaces_a_renamed_document_may_still_use_its_old_name(desk: Desk) -> None:
    old = desk.write("old.md", "Old text.")
    desk.write("new.md", "---\nsupersedes: old.md\n---\nNew text.")
    await desk.ingest()
    old.rename(desk.folder / "older.md")
    await desk.ingest()
    assert statuses(desk)["older.md"] == ("superseded", "handbook/new.md")


async def test_nothing_is_replaced_before_the_new_one_is_in_force_or_after_both_say_so(desk: Desk) -> None:
    desk.write("old.md", "Old text.")
    desk.write("new.md", "---\nsupersedes: old.md\nvalid_from: 2999-01-01\n---\nNew text.")
    desk.write("x.md", "---\nsupersedes: y.md\n---\nText x.")
    desk.write("y.md", "---\nsupersedes: x.md\n---\nText y.")
    await desk.ingest()
    assert {status for status, _ in statuses(desk).values()} == {"current"}


async def test_what_is_no_longer_valid_is_superseded_by_nobody(desk: Desk) -> None:
    desk.write("past.md", "---\nvalid_until: 2020-12-31\n---\nText.")
    desk.write("present.md", "---\nvalid_until: 2999-12-31\n---\nText.")
    await desk.ingest()
    assert statuses(desk) == {"past.md": ("superseded", None), "present.md": ("current", None)}


async def test_folders_and_years_in_names_say_what_is_old(desk: Desk) -> None:
    for name in ("leave.md", "leave-2024.md", "tax 2023.txt", "tax 2025.txt", "archive/rules.md"):
        desk.write(name, f"Text of {name}.")
    desk.write("archive/kept.md", "---\nstatus: current\n---\nText.")
    for name in ("minutes-2024.md", "minutes-2025.md", "api-v1.md", "api-v2.md", "2024.md", "2025.md"):
        desk.write(name, f"Text of {name}.")
    await desk.ingest()
    found = statuses(desk)
    assert {name: by for name, (status, by) in found.items() if status == "superseded"} == {
        "leave-2024.md": "handbook/leave.md",
        "tax 2023.txt": "handbook/tax 2025.txt",
        "archive/rules.md": None,
    }
    os.remove(desk.folder / "leave.md")
    await desk.ingest()
    assert statuses(desk)["leave-2024.md"] == ("current", None)


def test_a_folder_between_two_editions_keeps_them_together() -> None:
    sources = ["d/a-2024.md", "d/a/x.md", "d/a-2025.md"]
    assert replaced(lambda: sources) == {"d/a-2024.md": "d/a-2025.md"}


OLD_DECISION = "# ADR-0004: RabbitMQ for jobs\n\n- Status: **superseded by ADR-0015**\n\n## Decision\n\nRabbitMQ.\n"
NEW_DECISION = "# ADR-0015: Jobs in Postgres\n\n- Status: accepted\n- Supersedes: ADR-0004\n\n## Decision\n\nTables.\n"
DECISIONS = "# Decisions\n\n| Decision | Status |\n|---|---|\n| ADR-0004 | Superseded by ADR-0015 |\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (OLD_DECISION, NEW_DECISION.replace("Supersedes", "Amends")),
        (OLD_DECISION.replace("superseded by ADR-0015", "accepted"), NEW_DECISION),
    ],
)
async def test_decisions_say_in_their_lines_which_of_them_holds(desk: Desk, old: str, new: str) -> None:
    written = desk.write("adr/adr-0004-rabbitmq.md", old)
    desk.write("adr/adr-0015-postgres.md", new)
    desk.write(
        "adr/index.md", "# Decisions\n\n| Decision | Status |\n|---|---|\n| ADR-0004 | Superseded by ADR-0015 |\n"
    )
    await desk.ingest()
    found = statuses(desk)
    assert found["adr/adr-0004-rabbitmq.md"] == ("superseded", "handbook/adr/adr-0015-postgres.md")
    assert found["adr/adr-0015-postgres.md"] == found["adr/index.md"] == ("current", None)
    assert (await desk.ingest()).documents_overruled == 0
    assert statuses(desk) == found
    written.write_text(old.replace("superseded by ADR-0015", "accepted"))
    (desk.folder / "adr/adr-0015-postgres.md").write_text(new.replace("Supersedes", "Amends"))
    await desk.ingest()
    assert statuses(desk)["adr/adr-0004-rabbitmq.md"] == ("current", None)


async def test_what_replaces_a_document_is_found_again_after_it_was_renamed(desk: Desk) -> None:
    desk.write("adr/adr-0004-rabbitmq.md", OLD_DECISION)
    new = desk.write("adr/adr-0015-postgres.md", NEW_DECISION.replace("Supersedes", "Amends"))
    await desk.ingest()
    new.rename(desk.folder / "adr/adr-0015-tables.md")
    await desk.ingest()
    assert statuses(desk)["adr/adr-0004-rabbitmq.md"] == ("superseded", "handbook/adr/adr-0015-tables.md")
    os.remove(desk.folder / "adr/adr-0015-tables.md")
    await desk.ingest()
    assert statuses(desk)["adr/adr-0004-rabbitmq.md"] == ("superseded", "ADR-0015")


@pytest.mark.parametrize(
    ("name", "written", "successor"),
    [
        ("a/0004-cron.md", "# Cron\n\nStatus: superseded by ADR-0015", "a/0015-queue.md"),
        ("a/0004-cron.md", "# Cron\n\nStatus: superseded by ADR-15", "a/0015-queue.md"),
        ("b/0004-cron.md", "# Cron\n\nStatus: superseded by ADR-0015", None),
        ("a/old.md", "# Cron\n\nSuperseded by: Jobs in queues", "a/0015-queue.md"),
        ("b/old.md", "# Cron\n\n> Superseded by [that](../a/0015-queue.md)", "a/0015-queue.md"),
        ("b/leave-v3.md", "# Leave policy\n\n> SUPERSEDED by version 4.", "b/leave-v4.md"),
        ("c/leave.md", "# Absences (version 3)\n\n> SUPERSEDED by version 4.", "c/absences.md"),
        ("c/leave.md", "# Absences (version 3)\n\n> SUPERSEDED by version 5.", None),
        ("a/old.md", "# Cron\n\nSuperseded by: Twice there", None),
    ],
)
async def test_a_name_leads_to_the_document_that_is_meant(
    desk: Desk, name: str, written: str, successor: str | None
) -> None:
    desk.write("a/0015-queue.md", "# Jobs in queues\n\nText.")
    desk.write("b/leave-v4.md", "# Leave policy\n\nText four.")
    desk.write("c/absences.md", "# Absences (version 4)\n\nText.")
    desk.write("d/one.md", "# Twice there\n\nText one.")
    desk.write("e/two.md", "# Twice there\n\nText two.")
    desk.write(name, written)
    await desk.ingest()
    found = statuses(desk)
    status, by = found[name]
    assert (by if by in {f"handbook/{each}" for each in found} else None) == (successor and f"handbook/{successor}")
    assert status == ("superseded" if successor or "uperseded by: " not in written else "current")
    assert all(each == ("current", None) for other, each in found.items() if other != name)


async def test_who_may_not_read_what_replaces_a_document_is_not_told_its_name(desk: Desk) -> None:
    desk.write("old.md", "---\ngroups: [staff]\n---\n# Old rules\n\nText.")
    desk.write("plan.md", "# ADR-0004\n\nStatus: superseded by ADR-0015")
    new = "---\ngroups: [{}]\n---\n# ADR-0015: Sale of the firm\n\nSupersedes: Old rules"
    secret = desk.write("sale.md", new.format("board"))
    await desk.ingest()
    assert statuses(desk)["old.md"] == ("superseded", None)
    assert statuses(desk)["plan.md"] == ("superseded", "ADR-0015")
    secret.write_text(new.format("staff, board"))
    await desk.ingest()
    assert statuses(desk)["old.md"] == ("superseded", "handbook/sale.md")


async def test_a_notice_for_a_day_to_come_changes_nothing_yet(desk: Desk) -> None:
    desk.write("leave-v3.md", "# Leave policy\n\n> Superseded by version 4 from 1 March 2999.")
    desk.write("leave-v4.md", "# Leave policy\n\nText.")
    await desk.ingest()
    assert {status for status, _ in statuses(desk).values()} == {"current"}


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("superseded_by: [new.md]", "superseded"),
        ("superseded_by:\n  - new.md", "superseded"),
        ("superseded_by: [new.md, newer.md]", "superseded"),
        ("superseded_by: []", "current"),
        ("superseded_by: ['']", "current"),
        ("status: [superseded]", "superseded"),
        ("valid_until: 31.12.2020", "superseded"),
        ("valid_until: 5.1.2020", "superseded"),
        ("valid_until: 2020-1-5", "superseded"),
        ("valid_until: 2020/1/5", "superseded"),
        ("valid_until: 31/12/2020", "superseded"),
        ("valid_until: 12/31/2020", "superseded"),
        ("valid_until: [2020-12-31]", "superseded"),
        ("valid_until: 31.12.2999", "current"),
        ("valid_until: 31.02.2020", "current"),
        ("valid_until: the end of 2020", "current"),
    ],
)
async def test_everyday_spellings_of_being_replaced_are_understood(desk: Desk, line: str, status: str) -> None:
    desk.write("old.md", f"---\n{line}\n---\nText.")
    await desk.ingest()
    found, successor = statuses(desk)["old.md"]
    assert found == status
    assert successor == ("handbook/new.md" if line == "superseded_by: [new.md]" else successor)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("05.01.2020", "2020-01-05"),
        ("5. 1. 2020", "2020-01-05"),
        ("3/3/2020", "2020-03-03"),
        ("04/05/2020", None),
        ("4-5-2020", None),
        ("2020-1-5T10:00", "2020-01-05"),
        ("2020-1-500", None),
        ("1.1.20201", None),
        ("2020-12-31 23:59", "2020-12-31"),
    ],
)
def test_a_day_is_taken_only_where_it_can_be_told(written: str, day: str | None) -> None:
    assert metadata_from({"valid_from": written}, "a.md").valid_from == day
