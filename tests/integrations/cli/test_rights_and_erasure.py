"""`hopline erase`, `export` and `audit`: what they reach, what they print, and their exit status."""

import asyncio
import json
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from agent import Reader, load_settings, open_assistant
from tests.conftest import write
from tests.integrations.cli.conftest import Hopline, Outcome

QUESTION = "Who approves a refund above 500 euros?"
SOURCE = "docs/refunds.md"


async def asked(*users: str) -> None:
    async with open_assistant(load_settings()) as assistant:
        for user in users:
            await assistant.ask(QUESTION, reader=Reader(user=user), conversation="c")


@pytest.fixture
def remembered(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An ingested home in which two people have asked, with the audit log on."""
    monkeypatch.setenv("HOPLINE_AUDIT", "on")
    asyncio.run(asked("ada", "noor"))
    return home


def everything(home: Path) -> bytes:
    """All bytes below the home but the embedding model's."""
    own = (path for path in home.rglob("*") if path.is_file() and "cache" not in path.parts)
    return b"".join(path.read_bytes() for path in own)


def found_by(outcome: Outcome) -> dict[str, int]:
    """The places in which an erasure found something, with how much."""
    return {place["name"]: place["entries"] for place in outcome.json["places"] if place["entries"]}


def test_an_erased_source_is_gone_from_every_file(hopline: Hopline, remembered: Path) -> None:
    assert b"A refund above 500 euros" in everything(remembered)
    outcome = hopline("erase", "--source", SOURCE, "--json")
    places = {place["name"]: place["entries"] for place in outcome.json["places"]}
    assert (outcome.status, outcome.json["complete"], outcome.json["tenant"]) == (0, True, "default")
    assert places.pop("embeddings in the cache") > 0
    assert places == {
        "copies of remote documents": 0,
        "passages in the store": 1,
        "notes in the catalogue": 0,
        "traces of questions": 1,  # the second answer was remembered, its trace names no source
        "entries of the cost ledger": 0,
        "turns of conversations": 2,
        "entries of the audit log": 2,
        "records of evaluation runs": 0,
    }
    assert SOURCE not in {result["source"] for result in hopline("search", QUESTION, "--json").json["results"]}
    assert b"A refund above 500 euros" not in everything(remembered)
    assert found_by(hopline("erase", "--source", SOURCE, "--json")) == {}


def test_the_copy_of_a_remote_document_is_erased_with_it(
    hopline: Hopline, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wiki, file = tmp_path / "pages", tmp_path / "sources.yaml"
    wiki.mkdir()
    (wiki / "Nightfall.md").write_text("# Nightfall\n\nProject Nightfall is a merger with a company in Ghent.\n")
    (wiki / "Doors.md").write_text("# Doors\n\nThe doors open at eight.\n")
    file.write_text(f"sources:\n  - {{name: wiki, kind: wiki, location: {wiki}}}\n")
    monkeypatch.setenv("HOPLINE_SOURCES_FILE", str(file))
    assert hopline("sync").status == 0
    assert b"in Ghent" in everything(home)
    found = found_by(hopline("erase", "--source", "wiki/Nightfall.md", "--json"))
    assert found.pop("embeddings in the cache") > 0
    assert found == {"copies of remote documents": 1, "passages in the store": 1}
    assert b"in Ghent" not in everything(home)
    assert [path.name for path in (home / "sources/wiki").glob("*.md")] == ["Doors.md"]
    assert {path.name for path in wiki.iterdir()} == {"Doors.md", "Nightfall.md"}
    (wiki / "Nightfall.md").unlink()
    assert hopline("sync").status == 0
    results = hopline("search", "When do the doors open?", "--json").json["results"]
    assert "wiki/Doors.md" in {one["source"] for one in results}


def test_a_remote_document_whose_copy_is_gone_already_is_erased_all_the_same(
    hopline: Hopline, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wiki, file = tmp_path / "pages", tmp_path / "sources.yaml"
    wiki.mkdir()
    (wiki / "Doors.md").write_text("# Doors\n\nThe doors open at eight.\n")
    file.write_text(f"sources:\n  - {{name: wiki, kind: wiki, location: {wiki}}}\n")
    monkeypatch.setenv("HOPLINE_SOURCES_FILE", str(file))
    assert hopline("sync").status == 0
    shutil.rmtree(home / "sources/wiki")
    erased = hopline("erase", "--source", "wiki", "--json")
    assert (erased.status, found_by(erased)["passages in the store"]) == (0, 1)


def test_a_renamed_source_is_forgotten_under_its_former_names_too(
    hopline: Hopline, remembered: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "kb"
    folder.mkdir()
    (folder / "comet.md").write_text("# Comet\n\nProject Comet is led by Orla Finch.\n")
    (folder / "doors.md").write_text("# Doors\n\nThe doors open at eight.\n")
    assert hopline("ingest", str(folder)).status == 0
    assert hopline("ingest", str(folder / "comet.md"), "--groups", "public").status == 0
    assert "kb/comet.md" in hopline("ask", "Who leads Project Comet?", "--conversation", "d", "--json").out
    (folder / "comet.md").rename(folder / "orbit.md")
    assert hopline("sync").status == 0
    (folder / "orbit.md").unlink()
    broken = remembered / "conversations.sqlite"
    kept = broken.read_bytes()
    broken.write_bytes(b"not a database" * 500)
    first = hopline("erase", "--source", "kb/orbit.md", "--json")
    assert (first.status, first.json["complete"]) == (1, False)
    broken.write_bytes(kept)
    found = found_by(first) | found_by(hopline("erase", "--source", "kb/orbit.md", "--json"))
    assert found.pop("embeddings in the cache") > 0
    assert found == {
        "passages in the store": 1,
        "notes in the catalogue": 1,
        "traces of questions": 1,
        "turns of conversations": 1,
        "entries of the audit log": 1,
    }
    (catalogue,) = remembered.glob("catalogue-*.sqlite")
    with closing(sqlite3.connect(catalogue)) as known:
        assert "comet" not in "".join(known.iterdump()).lower()
        assert "orbit" not in "".join(known.iterdump()).lower()
    assert hopline("search", "When do the doors open?", "--json").json["results"]


def test_the_store_works_on_after_its_file_was_rewritten(hopline: Hopline, home: Path) -> None:
    assert hopline("erase", "--source", SOURCE).status == 0
    answer = hopline("ask", "Who is the duty manager?", "--json").json
    assert "Lotte Verbeek" in answer["answer"]


def test_a_name_that_nothing_is_known_of_is_told_with_what_is_near(hopline: Hopline, remembered: Path) -> None:
    mistyped = hopline("erase", "--source", f"{SOURCE}x")
    assert (mistyped.status, mistyped.out) == (1, "")
    assert "Nothing was kept" not in mistyped.err  # once is enough
    assert f"nothing is known under the name '{SOURCE}x'; similar names: {SOURCE}" in mistyped.err
    assert hopline("erase", "--source", f"{SOURCE}x").status == 1  # the receipt of a slip proves nothing
    assert hopline("erase", "--source", "refunds.md", "--json").json["near"][0] == SOURCE
    known = hopline("erase", "--source", SOURCE)
    assert "Nothing was kept" not in known.err
    assert "not reached: the original files" in known.err
    again = hopline("erase", "--source", SOURCE)
    assert (again.status, "Nothing was kept" in again.err) == (0, True)
    assert "Nothing was kept" in hopline("erase", "--user", "nobody").err


@pytest.mark.parametrize("written", ["./docs/refunds.md", "docs/", "./docs//"])
def test_a_name_may_be_written_as_a_shell_completes_it(hopline: Hopline, home: Path, written: str) -> None:
    found = found_by(hopline("erase", "--source", written, "--json"))
    assert found["passages in the store"] == (1 if "refunds" in written else 3)


def sources_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **folders: Path) -> None:
    file = tmp_path / "sources.yaml"
    rows = [f"  - {{name: {name}, kind: folder, location: {folder}}}\n" for name, folder in folders.items()]
    file.write_text("sources:\n" + "".join(rows))
    monkeypatch.setenv("HOPLINE_SOURCES_FILE", str(file))


def test_a_source_is_erased_by_its_name_in_the_sources_file(
    hopline: Hopline, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two folders of one name: of the second only what is named like a document of the first is called otherwise."""
    one, two = tmp_path / "a/kb", tmp_path / "b/kb"
    for place, texts in ((one, ("Doors open at eight.", None)), (two, ("Doors open at nine.", "Windows never open."))):
        place.mkdir(parents=True)
        for name, text in zip(("doors.md", "windows.md"), texts, strict=True):
            if text:
                (place / name).write_text(text)
    sources_file(tmp_path, monkeypatch, first=one, second=two)
    assert hopline("sync").status == 0
    refused = hopline("erase", "--source", "second")
    assert (refused.status, "'second' stands for b/kb, kb/windows.md" in refused.err) == (2, True)
    told = hopline("erase", "--source", "second", "--json", "--yes").json
    assert {receipt["name"] for receipt in told["receipts"]} == {"b/kb", "kb/windows.md"}
    assert (told["name"], told["complete"]) == ("second", True)
    left = hopline("search", "When do doors and windows open?", "--json").json["results"]
    assert {one["source"] for one in left if "kb/" in one["source"]} == {"kb/doors.md"}
    assert hopline("erase", "--source", "first", "--json").json["name"] == "kb"


def test_a_path_that_sources_are_below_of_erases_none_of_them(hopline: Hopline, home: Path, tmp_path: Path) -> None:
    kb = tmp_path / "kb"
    kb.mkdir()
    (kb / "doors.md").write_text("Doors open at eight.")
    assert hopline("ingest", str(kb)).status == 0
    for ancestor in ("/", str(tmp_path)):
        for options in ((), ("--json",), ("--yes",)):
            refused = hopline("erase", "--source", ancestor, *options)
            said = refused.json["error"]["message"] if "--json" in options else refused.err
            assert (refused.status, f"'{ancestor}' is not an ingested source" in said, str(kb) in said) == (
                2,
                True,
                True,
            )
    assert len(hopline("sources", "--json").json["sources"]) == 2


def test_the_home_of_nobody_known_is_a_name_like_others(hopline: Hopline, home: Path) -> None:
    outcome = hopline("erase", "--source", "~nobody-of-that-name/x")
    assert (outcome.status, "nothing is known under the name '~nobody-of-that-name/x'" in outcome.err) == (1, True)


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_path_is_erased_only_when_somebody_says_yes(
    hopline: Hopline, home: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    kb = tmp_path / "kb"
    (kb / "office").mkdir(parents=True)
    (kb / "office/doors.md").write_text("Doors open at eight.")
    assert hopline("ingest", str(kb)).status == 0
    refused = hopline("erase", "--source", str(kb / "office"), *options)
    assert (refused.status, "stands for kb/office" in refused.out + refused.err) == (2, True)
    assert hopline("erase", "--source", str(kb / "office"), *options, "--yes").status == 0
    assert len(hopline("sources", "--json").json["sources"]) == 1


@pytest.mark.parametrize("damage", ["gone", "empty"])
def test_a_lost_catalogue_opens_nothing(hopline: Hopline, home: Path, tmp_path: Path, damage: str) -> None:
    pay = write(tmp_path / "pay", {"bonus.md": "The bonus for the cellar team is nine hundred euros."})
    assert hopline("ingest", str(pay), "--groups", "finance").status == 0
    (catalogue,) = home.glob("catalogue-*.sqlite")
    for file in home.glob("catalogue-*"):
        file.unlink()
    if damage == "empty":
        catalogue.touch()
    told = hopline("sources")
    assert (told.status, "held 4 passages" in told.err, "nothing has been" in told.err) == (1, True, False)
    assert "--groups" in hopline("sources", "--json").json["problem"]

    def is_open() -> bool:
        found = hopline("search", "What is the bonus for the cellar team?", "--json").json["results"]
        return any("bonus" in one["source"] for one in found)

    refused = hopline("ingest", str(pay), "--json")
    assert (refused.status, refused.json["error"]["type"]) == (1, "CatalogueLost")
    other = write(tmp_path / "other", {"doors.md": "Doors open at eight."})
    assert hopline("ingest", str(other), "--groups", "public").status == 0
    assert (hopline("ingest", str(pay)).status, is_open()) == (1, False)
    assert hopline("ingest", str(pay), "--groups", "finance").status == 0
    assert (hopline("ingest", str(pay)).status, is_open()) == (0, False)


def test_only_their_owner_may_read_the_files_of_a_home(hopline: Hopline, home: Path, tmp_path: Path) -> None:
    def others() -> dict[str, int]:
        files = (path for path in home.iterdir() if path.is_file())
        return {path.name: mode for path in files if (mode := stat.S_IMODE(path.stat().st_mode)) & 0o077}

    before = os.umask(0o022)
    try:
        for path in (*home.glob("catalogue-*"), *home.glob("*milvus*")):
            path.chmod(0o644)
        assert hopline("ingest", str(write(tmp_path / "old", {"a.md": "Doors open at eight."}))).status == 0
        assert others() == {}
        for path in (*home.glob("catalogue-*"), *home.glob("*milvus*")):
            path.unlink()
        assert hopline("ingest", str(write(tmp_path / "new", {"b.md": "Doors open at nine."}))).status == 0
        assert ((home / "milvus.db").exists(), others()) == (True, {})
    finally:
        os.umask(before)


def test_who_empties_the_store_starts_anew(hopline: Hopline, home: Path, tmp_path: Path) -> None:
    for file in home.glob("catalogue-*"):
        file.unlink()
    doors = write(tmp_path / "other", {"doors.md": "Doors open at eight."})
    assert hopline("ingest", str(doors)).status == 1
    (home / "milvus.db").unlink()
    assert hopline("ingest", str(doors)).status == 0


def test_a_name_that_means_two_things_erases_neither(
    hopline: Hopline, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kb = tmp_path / "kb"
    kb.mkdir()
    (kb / "doors.md").write_text("Doors open at eight.")
    sources_file(tmp_path, monkeypatch, docs=kb)
    assert hopline("sync").status == 0
    refused = hopline("erase", "--source", "docs")
    assert (refused.status, "means two things" in refused.err) == (2, True)
    assert hopline("erase", "--source", str(kb), "--json", "--yes").json["name"] == "kb"
    assert hopline("erase", "--source", "docs", "--json").json["entries"] > 0


def test_erase_prints_each_place_and_the_receipt(hopline: Hopline, remembered: Path) -> None:
    outcome = hopline("erase", "--user", "ada")
    assert outcome.status == 0
    assert outcome.out.splitlines()[:4] == [
        "erased: user ada",
        "       0  copies of remote documents",
        "       0  passages in the store",
        "       1  traces of questions",
    ]
    assert "       1  turns of conversations" in outcome.out
    assert "sha256 " in outcome.out
    assert not re.search(r"\bada\b", hopline("audit", "show").out)  # a receipt's number may hold the letters
    assert len(hopline("audit", "show", "--user", "ada", "--json").json["entries"]) == 2  # begun, and the receipt


HOLDER = """
import fcntl, sys, time
with open(sys.argv[1], "a") as lock:
    fcntl.lockf(lock, fcntl.LOCK_EX)
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def held(remembered: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that holds the embedded store, as a running `hopline slack` does."""
    command = [sys.executable, "-c", HOLDER, str(remembered / ".milvus.db.lock")]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout
    assert holder.stdout.readline() == b"held\n"
    yield holder
    holder.kill()
    holder.communicate()


def test_a_person_can_be_forgotten_while_another_process_holds_the_store(
    hopline: Hopline, held: subprocess.Popen[bytes]
) -> None:
    outcome = hopline("erase", "--user", "ada", "--json")
    assert (outcome.status, outcome.json["entries"]) == (0, 3)


def test_a_source_that_can_not_leave_the_store_yet_is_named_and_finished_later(
    hopline: Hopline, remembered: Path, held: subprocess.Popen[bytes]
) -> None:
    outcome = hopline("erase", "--source", SOURCE, "--json")
    assert (outcome.status, outcome.json["complete"]) == (1, False)
    assert outcome.json["entries"] >= 4
    (failed,) = (place for place in outcome.json["places"] if place["problem"])
    assert failed["name"] == "passages in the store"
    assert failed["problem"].startswith("StoreInUse: ")
    held.communicate()
    again = hopline("erase", "--source", SOURCE, "--json")
    assert (again.status, found_by(again)) == (0, {"passages in the store": 1})


def test_a_place_that_fails_is_named_with_status_1(hopline: Hopline, remembered: Path) -> None:
    broken = remembered / "conversations.sqlite"
    kept = broken.read_bytes()
    broken.write_bytes(b"not a database" * 500)
    outcome = hopline("erase", "--user", "ada")
    assert outcome.status == 1
    assert "failed: StorageDamaged" in outcome.out
    assert "erase again" in outcome.err
    broken.write_bytes(kept)
    assert hopline("erase", "--user", "ada", "--json").json["entries"] == 1


def test_export_gives_what_every_place_holds(hopline: Hopline, remembered: Path, tmp_path: Path) -> None:
    told = [json.loads(line) for line in hopline("export", "--user", "ada").out.splitlines()]
    assert [entry["place"] for entry in told] == [
        *("traces of questions", "turns of conversations", "entries of the audit log"),
    ]
    assert {entry["question"] for entry in told if "question" in entry} == {QUESTION}
    file = tmp_path / "ada.jsonl"
    assert hopline("export", "--user", "ada", "--out", str(file), "--json").json == {
        "user": "ada",
        "entries": 3,
        "file": str(file),
    }
    assert [json.loads(line) for line in file.read_text().splitlines()] == told
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert hopline("export", "--user", "ada", "--json").json["entries"] == told
    assert hopline("export", "--user", "nobody").out == ""


def test_the_audit_log_is_verified_and_a_change_is_named(hopline: Hopline, remembered: Path) -> None:
    fine = hopline("audit", "verify", "--json")
    assert (fine.status, fine.json["holds"], fine.json["entries"]) == (0, True, 2)
    assert hopline("audit", "verify", "--head", fine.json["head"]).status == 0
    with sqlite3.connect(remembered / "audit.sqlite") as connection:
        connection.execute("UPDATE entries SET content = replace(content, 'noor', 'nora')")
    connection.close()
    outcome = hopline("audit", "verify")
    assert outcome.status == 1
    assert outcome.out.startswith("entry 2: its content was changed\n")
    assert "THE LOG WAS CHANGED" in outcome.out
    assert "move all of them away" in outcome.err
    assert "move all of them away" in hopline("audit", "verify", "--json").json["advice"]


def test_what_is_empty_says_so(hopline: Hopline, clean_environment: Path) -> None:
    assert hopline("audit", "verify").out.startswith("nothing was changed: 0 entries\n")
    shown, given = hopline("audit", "show"), hopline("export", "--user", "ada")
    assert (shown.out, shown.err) == ("", "no entries\n")
    assert (given.out, given.err) == ("", "nothing is kept about 'ada'\n")


def test_the_audit_log_is_shown_by_person_source_and_time(hopline: Hopline, remembered: Path) -> None:
    def shown(*arguments: str) -> list[int]:
        return [entry["seq"] for entry in hopline("audit", "show", *arguments, "--json").json["entries"]]

    assert shown() == [1, 2]
    assert shown("--user", "noor") == [2]
    assert shown("--source", "docs") == [1, 2]
    assert shown("--source", "docs", "--tenant", "other") == shown("--since", "2999-01-01") == []
    assert shown("--since", "2026-01-01T00:00") == [1, 2]
    text = hopline("audit", "show", "--user", "ada").out
    assert f"? {QUESTION}" in text
    assert f"- {SOURCE}" in text
    assert hopline("audit", "prune", "--json").json == {"pruned": 0}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("erase", "--user", " "), "--user is empty"),
        (("export", "--user", ""), "--user is empty"),
        (("export",), "--user"),
        (("export", "--user", "u", "--out", "/nowhere/x"), "--out /nowhere/x: there is no folder /nowhere"),
        (("export", "--user", "u", "--out", "/tmp"), "--out /tmp is a folder; name a file in it"),
        (("audit", "verify", "--head", "5"), "--head"),
        (("audit", "show", "--since", "yesterday"), "--since"),
    ],
)
def test_a_wrong_argument_is_one_sentence_and_status_2(hopline: Hopline, arguments: tuple[str, ...], said: str) -> None:
    outcome = hopline(*arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert said in outcome.err


@pytest.mark.parametrize("command", ["verify", "show", "prune"])
def test_every_command_of_the_audit_log_helps_with_an_example(hopline: Hopline, command: str) -> None:
    outcome = hopline("audit", command, "--help")
    assert f"Example: hopline audit {command}" in outcome.out
    assert "--json" in outcome.out
