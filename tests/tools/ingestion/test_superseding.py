"""Which documents count as replaced: by their own word, another's, their validity, their folder, or their name."""

import os
from pathlib import Path

import pytest

from tests.tools.ingestion.test_loader import Desk
from tools.ingestion.editions import replaced
from tools.ingestion.metadata import metadata_from


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
