"""`hopline sync` and `hopline sources`, through the commands themselves and the real store."""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.conversations import open_conversations
from agent.settings import load_settings
from agent.syncing import sync
from graph.language import Turn
from integrations.cli.main import run
from integrations.cli.sync import parsed_seconds
from tests.tools.ingestion.formats.malformed import malformed
from tests.tools.sources.places import Repository
from tools.passages import Reader


@pytest.fixture
def folder(home_with_model: Path, tmp_path: Path) -> Path:
    """Two documents, ingested."""
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "refunds.md").write_text("# Refunds\n\nA refund above 500 euros is approved by the duty manager.\n")
    (folder / "roles.md").write_text("# Duty manager\n\nThe duty manager is Lotte Verbeek.\n")
    assert run(["ingest", str(folder), "--json"]) == 0
    return folder


def said(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> dict[str, Any]:
    capsys.readouterr()
    assert run([*arguments, "--json"]) == status
    written: dict[str, Any] = json.loads(capsys.readouterr().out)
    return written


def test_a_dry_run_reads_a_file_that_takes_its_parser_down_as_a_sync_would(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOPLINE_PARSE_MEMORY_MB", "768")
    (folder / "corners.xlsx").write_bytes(malformed()["corners.xlsx"])
    (folder / "new.md").write_text("# Doors\n\nThe doors open at eight.\n")
    shown = said(capsys, "sync", "--dry-run", status=1)["sources"]["docs"]
    assert [one["source"] for one in shown["planned"]] == ["docs/new.md"]
    assert [(source, "parser crashed" in reason) for source, reason in shown["failures"]] == [
        ("docs/corners.xlsx", True)
    ]


def test_a_dry_run_shows_what_a_sync_then_does(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "roles.md").rename(folder / "people.md")
    (folder / "refunds.md").unlink()
    (folder / "new.md").write_text("# Doors\n\nThe doors open at eight.\n")
    before = said(capsys, "sources")
    for _ in range(2):
        shown = said(capsys, "sync", "--dry-run")["sources"]["docs"]
        assert {one["source"]: (one["outcome"], one["was"]) for one in shown["planned"]} == {
            "docs/people.md": ("renamed", "docs/roles.md"),
            "docs/new.md": ("added", ""),
            "docs/refunds.md": ("removed", ""),
        }
        assert shown["passages"] == {"embedded": 1, "rewritten": 1, "deleted": 1}
    assert said(capsys, "sources") == before
    report = said(capsys, "sync")["sources"][0]["report"]
    counts = ("documents_renamed", "documents_added", "documents_removed", "passages_written", "passages_moved")
    assert tuple(report[count] for count in counts) == (1, 1, 1, 1, 1)
    found = said(capsys, "search", "who is the duty manager?")
    assert {one["source"] for one in found["results"]} == {"docs/people.md", "docs/new.md"}
    assert run(["sync", "--dry-run"]) == 0
    assert "documents: 2 unchanged" in capsys.readouterr().out


def test_a_conversation_forgets_what_it_drew_from_a_document_that_is_gone(
    folder: Path, home_with_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def remember() -> None:
        conversations = open_conversations(home_with_model, None)
        for source in ("docs/refunds.md", "docs/roles.md"):
            turn = Turn(f"What says {source}?", "This.")
            await conversations.append("c", turn, reader=Reader(), run_id=source, sources=[source])
        await conversations.close()

    async def remembered() -> list[Turn]:
        conversations = open_conversations(home_with_model, None)
        turns = await conversations.turns("c", reader=Reader(), limit=10)
        await conversations.close()
        return turns

    asyncio.run(remember())
    (folder / "refunds.md").unlink()
    assert said(capsys, "sync")["turns_forgotten"] == 1
    assert [turn.question for turn in asyncio.run(remembered())] == ["What says docs/roles.md?"]
    (folder / "roles.md").unlink()
    assert said(capsys, "ingest", str(folder))["turns_forgotten"] == 1
    assert asyncio.run(remembered()) == []


def test_a_conversation_goes_on_after_its_document_was_renamed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "roles.md").write_text("# Duty manager\n\nThe duty manager is Lotte Verbeek. She sits in Utrecht.\n")
    assert run(["sync"]) == 0
    told = said(capsys, "ask", "Who is the duty manager?", "--conversation", "c")
    assert {citation["source"] for citation in told["citations"]} == {"docs/roles.md"}
    for old, new in (("roles.md", "people.md"), ("people.md", "staff.md")):
        (folder / old).rename(folder / new)
        assert said(capsys, "sync")["sources"][0]["report"]["documents_renamed"] == 1
    again = said(capsys, "ask", "Where does she sit?", "--conversation", "c")
    assert "Lotte Verbeek" in again["rewritten_question"]
    (folder / "staff.md").unlink()
    assert said(capsys, "sync")["turns_forgotten"] > 0
    after = said(capsys, "ask", "Where does she sit?", "--conversation", "c")
    assert "Lotte Verbeek" not in after["rewritten_question"]


def test_what_failed_is_listed_with_its_reason_and_read_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = folder / "bad.md"
    bad.write_bytes(b"\0\1")
    assert run(["sync"]) == 1
    (failure,) = said(capsys, "sources", "--failed", status=1)["failures"]
    assert (failure["source"], failure["reason"]) == ("docs/bad.md", "is a binary file")
    assert said(capsys, "sources")["sources"][0]["failed"] == 1
    bad.write_text("Mended.")
    listed = said(capsys, "sources", "--retry")
    assert listed["failures"] == []
    (source,) = listed["sources"]
    assert (source["name"], source["documents"], source["failed"]) == ("docs", 3, 0)
    assert source["seen"] > 1_700_000_000


def test_what_is_left_out_is_counted_by_suffix_and_folders_elsewhere_are_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("policy.doc", "policy.ODT", "sub/other.doc", "LICENCE", ".hidden.doc", "sub/access.toml"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text('groups = ["public"]' if name.endswith("toml") else "x")
    (tmp_path / "elsewhere").mkdir()
    (folder / "far").symlink_to(tmp_path / "elsewhere")
    (folder / "near").symlink_to(folder / "sub")
    skipped, linked = {".doc": 2, ".odt": 1, "": 1}, [str(folder / "far")]
    shown = said(capsys, "sync", "--dry-run")["sources"]["docs"]
    assert (shown["skipped"], shown["linked_folders"]) == (skipped, linked)
    report = said(capsys, "ingest", str(folder), str(folder / "sub"))
    assert (report["skipped"], report["linked_folders"], report["failed"]) == (skipped, linked, 0)
    for command in (["ingest", str(folder)], ["sync"], ["sync", "--dry-run"]):
        assert run(command) == 0
        out = capsys.readouterr().out
        assert "4 files of types that are not read: .doc, .odt, no suffix" in out
        assert f"not followed (name the folders themselves): {folder / 'far'}" in out


def test_what_a_wiki_has_and_nobody_reads_is_told_of_as_of_a_folder(
    named: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pages, elsewhere = tmp_path / "pages", tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("plan.odt", "sub/PLAN.ODT", "b\udcff.\udcff", ".hidden.odt", "sub/access.toml"):
        (pages / name).parent.mkdir(exist_ok=True)
        (pages / name).write_text('groups = ["public"]' if name.endswith("toml") else "x")
    (pages / "far").symlink_to(elsewhere)
    (pages / "near.md").symlink_to(pages / "Doors.md")
    told = ({".odt": 2, "…": 1}, [str(pages / "far")])
    shown = said(capsys, "sync", "--dry-run")["sources"]["wiki"]
    assert (shown["skipped"], shown["linked_folders"]) == told
    report = said(capsys, "sync", "wiki")["sources"][0]["report"]
    assert (report["skipped"], report["linked_folders"]) == told
    report = said(capsys, "ingest", str(load_settings().home / "sources/wiki"))
    assert (report["skipped"], report["linked_folders"]) == told
    assert run(["sync", "wiki"]) == 0
    assert "3 files of types that are not read: .odt, …" in capsys.readouterr().out
    (pages / "out.md").symlink_to(tmp_path / "sources.yaml")
    (refused,) = said(capsys, "sync", "wiki", status=1)["sources"][0]["fetch_failures"]
    assert (refused[0], "a symbolic link out" in refused[1]) == (str(pages / "out.md"), True)


def test_a_document_of_json_lines_that_failed_is_read_again_as_a_document(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = folder / "rows.jsonl"
    rows.write_bytes(b"\0\1")
    assert run(["sync"]) == 1
    rows.write_text('{"id": "1", "title": "Doors", "text": "The doors open at eight."}\n')
    assert said(capsys, "sources", "--retry")["failures"] == []
    found = said(capsys, "search", "when do the doors open?")["results"]
    assert {one["source"] for one in found if "rows" in one["source"]} == {"docs/rows.jsonl"}
    assert said(capsys, "sync")["sources"][0]["report"]["documents_unchanged"] == 3


def test_a_folder_that_is_not_there_empties_nothing_and_a_wrong_name_is_answered_with_those_there_are(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["sync", "handbook"]) == 2
    assert "'handbook'; there are:" in capsys.readouterr().err
    folder.rename(folder.with_name("elsewhere"))
    problem = said(capsys, "sync", "--dry-run", status=1)["sources"]["docs"]["problem"]
    assert "is not there" in problem
    assert problem.endswith("To remove it: hopline erase --source docs")
    assert "is not there" in said(capsys, "sync", status=1)["sources"][0]["problem"]
    assert said(capsys, "sources")["sources"][0]["documents"] == 2


def test_a_single_file_that_was_deleted_is_removed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alone = folder.with_name("alone.md")
    alone.write_text("Alone.")
    assert run(["ingest", str(alone)]) == 0
    alone.unlink()
    (source,) = said(capsys, "sync", "alone.md")["sources"]
    assert source["report"]["documents_removed"] == 1
    assert [source["name"] for source in said(capsys, "sources")["sources"]] == ["docs"]


def test_names_and_options_that_can_not_be_meant_are_usage_errors(
    clean_environment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["sync", "--dry-run"]) == 2
    assert "nothing to sync yet" in capsys.readouterr().err
    assert run(["sync", "--dry-run", "--watch"]) == 2
    assert run(["sync", "--every", "soon"]) == 2
    assert run(["sources"]) == 0
    assert "nothing has been ingested" in capsys.readouterr().err


@pytest.mark.parametrize(("written", "seconds"), [("90s", 90), ("15m", 900), ("2h", 7_200), ("1d", 86_400), ("7", 7)])
def test_intervals_are_written_as_people_write_them(written: str, seconds: float) -> None:
    assert parsed_seconds(written) == seconds


def test_ray_is_refused_for_the_embedded_store(
    clean_environment: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["ingest", str(tmp_path), "--ray", "auto"]) == 2
    assert "HOPLINE_MILVUS_URI names none" in capsys.readouterr().err


@pytest.fixture
def watching(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [Path(sys.executable).with_name("hopline"), "sync", "--watch", "--json"],
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    ) as process:
        yield process
        process.kill()


@pytest.fixture
def named(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder and a wiki of one page, as a sources file has them."""
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "Doors.md").write_text("# Doors\n\nThe doors open at eight.\n")
    file = tmp_path / "sources.yaml"
    file.write_text(
        "sources:\n"
        f"  - {{name: docs, kind: folder, location: {folder}, watch: true, settle_seconds: 0.1}}\n"
        f"  - {{name: wiki, kind: wiki, location: {pages}, every_minutes: 0.05}}\n"
    )
    monkeypatch.setenv("HOPLINE_SOURCES_FILE", str(file))
    return folder


def test_what_is_brought_from_elsewhere_is_told_of_document_by_document(named: Path) -> None:
    told: list[tuple[str, int, int | None, str]] = []
    report = asyncio.run(
        sync(
            load_settings(),
            ["wiki"],
            fetching=lambda name, step: told.append((name, step.done, step.total, step.document)),
        )
    )
    assert report.ok
    assert told[0] == ("wiki", 0, None, "")
    assert told[-1][::3] == ("wiki", "Doors.md")


def test_a_dry_run_sees_a_wiki_as_it_is_now(named: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def planned() -> dict[str, str]:
        shown = said(capsys, "sync", "--dry-run")["sources"]["wiki"]
        assert shown["note"] == ""
        return {one["source"]: one["outcome"] for one in shown["planned"]}

    assert planned() == {"wiki/Doors.md": "added"}
    assert said(capsys, "sync")["ok"]
    assert planned() == {}
    (tmp_path / "pages/Doors.md").write_text("# Doors\n\nThe doors open at nine.\n")
    (tmp_path / "pages/Windows.md").write_text("# Windows\n\nThe windows open at ten.\n")
    for _ in range(2):
        assert planned() == {"wiki/Doors.md": "updated", "wiki/Windows.md": "added"}
    report = said(capsys, "sync", "wiki")["sources"][0]["report"]
    assert (report["documents_updated"], report["documents_added"]) == (1, 1)
    (tmp_path / "pages/Doors.md").unlink()
    assert planned() == {"wiki/Doors.md": "removed"}
    (tmp_path / "pages").rename(tmp_path / "away")
    shown = said(capsys, "sync", "--dry-run", status=1)["sources"]["wiki"]
    assert (shown["planned"], shown["failed"], shown["note"]) == (
        [],
        1,
        "could not be listed to its end: nothing was removed",
    )
    shutil.rmtree(load_settings().home / "sources/wiki")
    shown = said(capsys, "sync", "--dry-run", status=1)["sources"]["wiki"]
    assert (shown["planned"], [source for source, _ in shown["failures"]]) == ([], [str(tmp_path / "pages"), "wiki"])


def test_a_dry_run_asks_nobody_else_and_says_so(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = Repository(tmp_path / "origin")
    repository.commit({"guide.md": "# Guide\n\nThe guide is short.\n"})
    file = tmp_path / "sources.yaml"
    file.write_text(
        f"sources:\n  - {{name: repo, kind: git, location: 'file://{repository.folder}', allow_local: true}}\n"
    )
    monkeypatch.setenv("HOPLINE_SOURCES_FILE", str(file))
    assert run(["sync", "--dry-run"]) == 0
    assert "repo (not fetched yet; a sync will fetch it)" in capsys.readouterr().out
    assert said(capsys, "sync")["ok"]
    repository.commit({"guide.md": "# Guide\n\nThe guide is long.\n"})
    shown = said(capsys, "sync", "--dry-run")["sources"]["repo"]
    assert re.fullmatch(r"as fetched on \d{4}-\d\d-\d\d \d\d:\d\d; not asked again", shown["note"])
    assert shown["documents"] == {"unchanged": 1}


def test_a_source_answers_to_its_name_in_the_sources_file_and_to_that_of_its_folder(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text(f"sources:\n  - {{name: handbook, kind: folder, location: {folder}}}\n")
    monkeypatch.setenv("HOPLINE_SOURCES_FILE", str(file))
    for name in ("handbook", "docs", "./docs/", str(folder)):
        assert said(capsys, "sync", name)["sources"][0]["name"] == "handbook"
    (source,) = said(capsys, "sources")["sources"]
    assert (source["name"], source["synced_as"]) == ("docs", "handbook")
    assert run(["sources"]) == 0
    shown = capsys.readouterr()
    assert "handbook" in shown.out
    assert "its documents are called docs/" in shown.err


def test_what_no_source_names_any_more_is_told_with_the_command_that_removes_it(
    named: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = said(capsys, "sync")
    assert told["unnamed"] == []
    file = tmp_path / "sources.yaml"
    file.write_text("\n".join(line for line in file.read_text().splitlines() if "name: docs" not in line))
    for command in (["sync"], ["sync", "--dry-run"], ["sources"]):
        (unnamed,) = said(capsys, *command)["unnamed"]
        assert (unnamed["path"], unnamed["names"], unnamed["documents"]) == (str(named), ["docs"], 2)
        assert run(command) == 0
        assert "to remove: hopline erase --source docs" in capsys.readouterr().err
    assert run(["sync", "docs"]) == 2
    assert "does not name it, so it is not synced" in capsys.readouterr().err
    assert run(["erase", "--source", "docs"]) == 0
    assert said(capsys, "sync")["unnamed"] == []


def test_the_part_of_a_folder_that_a_narrower_source_leaves_out_is_told_of(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "hr").mkdir()
    (folder / "hr/leave.md").write_text("# Leave\n\nEverybody has 28 days.\n")
    assert run(["sync"]) == 0
    file = tmp_path / "sources.yaml"
    file.write_text(f"sources:\n  - {{name: people, kind: folder, location: {folder / 'hr'}}}\n")
    monkeypatch.setenv("HOPLINE_SOURCES_FILE", str(file))
    (unnamed,) = said(capsys, "sync")["unnamed"]
    assert (unnamed["names"], unnamed["documents"]) == (["docs/refunds.md", "docs/roles.md"], 2)


@pytest.mark.slow
def test_what_the_sources_file_says_of_each_source_acts_in_a_process_that_stays(named: Path) -> None:
    """The wiki comes again every three seconds, the folder when it changes, and neither with the other."""
    with subprocess.Popen(
        [Path(sys.executable).with_name("hopline"), "sync", "--every", "1d", "--json"],
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(2)]
        (named / "new.md").write_text("# Windows\n\nThe windows open at nine.\n")
        while lines[-1] and "docs" not in _names_in(lines[-1]):
            lines.append(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert _names_in(lines[0]) == ["docs", "wiki"]
    assert _names_in(lines[1]) == ["wiki"]
    changed = next(source for source in json.loads(lines[-1])["sources"] if source["name"] == "docs")
    assert changed["report"]["documents_added"] == 1


def _names_in(line: str) -> list[str]:
    return [source["name"] for source in json.loads(line)["sources"]]


@pytest.mark.slow
def test_a_watched_folder_is_synced_when_it_changes_until_it_is_told_to_end(
    folder: Path, watching: "subprocess.Popen[str]"
) -> None:
    assert watching.stdout is not None
    assert json.loads(watching.stdout.readline())["sources"][0]["report"]["documents_unchanged"] == 2
    for number in range(20):  # the watch begins after the first sync
        (folder / "new.md").write_text(f"# Doors\n\nThe doors open at {number}.\n")
        line = _line_within(watching, 5.0)
        if line:
            break
    assert json.loads(line)["sources"][0]["report"]["documents_added"] == 1
    watching.send_signal(signal.SIGTERM)
    assert watching.wait(30) == 0


def _line_within(process: "subprocess.Popen[str]", seconds: float) -> str:
    import select

    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], seconds)
    return process.stdout.readline() if ready else ""
