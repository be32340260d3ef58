"""The chain: kept by several writers at once, erased and pruned without breaking, and every tampering named."""

import asyncio
import json
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from agent.audit.chain import Head, linked, seal_of
from agent.audit.keeping import HEAD_FILE, KEY_FILE, Keeping
from agent.audit.log import PAGE, AuditLog, open_audit_log
from tests.agent.audit.logs import ADA, empty_log, places, sql, written
from tools.database.tables import Transaction
from tools.errors import StorageDamaged

WRITER = """
import asyncio, sys
from pathlib import Path
from agent.audit.log import open_audit_log

async def write(home, url, name, count):
    log = open_audit_log(Path(home), url or None, None)
    for n in range(int(count)):
        await log.append("question", {"run_id": f"{name}-{n}", "user": name, "tenant": "default", "sources": []})
        print(n, flush=True)
    await log.close()

asyncio.run(write(*sys.argv[1:]))
"""


@pytest.fixture(params=["sqlite", "postgres"])
async def log(request: pytest.FixtureRequest) -> AsyncIterator[AuditLog]:
    async with empty_log(request.param, request) as opened:
        yield opened


@pytest.fixture
async def in_a_file(request: pytest.FixtureRequest) -> AsyncIterator[AuditLog]:
    async with empty_log("sqlite", request) as opened:
        yield opened


async def test_an_untouched_log_holds(log: AuditLog) -> None:
    assert (await log.verify()).holds
    await written(log)
    verdict = await log.verify()
    assert (verdict.holds, verdict.entries, verdict.first, verdict.head) == (True, 5, 1, await log.head())
    assert [entry.told["question"] async for entry in log.entries()] == ["q0", "q1", "q2", "q3", "q4"]


@pytest.mark.parametrize(
    ("tampering", "named"),
    [
        ("UPDATE {p}entries SET content = replace(content, 'q2', 'qX') WHERE seq = 3", [3]),
        ("UPDATE {p}entries SET at = '2020-01-01' WHERE seq = 3", [3]),
        ("UPDATE {p}entries SET kind = 'receipt' WHERE seq = 3", [3]),
        ("UPDATE {p}entries SET digest = hash WHERE seq = 3", [3, 3]),
        ("UPDATE {p}entries SET content = NULL, salt = NULL WHERE seq = 3", [3]),
        ("DELETE FROM {p}entries WHERE seq = 3", [4]),
        ("DELETE FROM {p}entries WHERE seq <= 2", [3]),
        ("DELETE FROM {p}entries WHERE seq >= 4", [5, 5]),
        ("DELETE FROM {p}entries", [5, 5]),
        ("UPDATE {p}entries SET seq = 9 WHERE seq = 3; UPDATE {p}entries SET seq = 3 WHERE seq = 4;"
         "UPDATE {p}entries SET seq = 4 WHERE seq = 9", [3, 4, 5]),
        ("INSERT INTO {p}entries SELECT 6, at, kind, content, salt, digest, hash FROM {p}entries WHERE seq = 5", [6]),
        ("UPDATE {p}entries SET seq = seq + 100 WHERE seq > 2; INSERT INTO {p}entries"
         " SELECT 3, at, kind, content, salt, digest, hash FROM {p}entries WHERE seq = 2;"
         "UPDATE {p}entries SET seq = seq - 99 WHERE seq > 100", [3, 4, 5, 6, 6, 6]),
        ("UPDATE {p}head SET seq = 4", [4, 5]),
        ("UPDATE {p}head SET seal = ''", [5]),
    ],
)  # fmt: skip
async def test_what_was_changed_is_named(log: AuditLog, tampering: str, named: list[int]) -> None:
    await written(log)
    await sql(log, *tampering.split(";"))
    found = await places(log)
    assert sorted(set(found)) == sorted(set(named)), (await log.verify()).problems


async def test_an_end_cut_off_together_with_its_head_is_noticed_by_this_machine(log: AuditLog) -> None:
    await written(log, 3)
    ((seal, hash_),) = await sql(log, "SELECT seal, hash FROM {p}head")
    await written(log, 2)
    await sql(log, "DELETE FROM {p}entries WHERE seq > 3", f"UPDATE {{p}}head SET seq=3, hash='{hash_}', seal='{seal}'")
    assert await places(log) == [5]
    with pytest.raises(StorageDamaged, match="does not hold entry 5"):
        await log.append("question", ADA)


DAMAGED: list[tuple[str, bytes | None]] = [
    ("audit.sqlite", b"not a database at all" * 500),
    ("audit.sqlite", None),
    (HEAD_FILE, b""),
    (HEAD_FILE, b'{"seq": 3, "ha'),
    (HEAD_FILE, b"\xff\xfe\x00binary"),
    (KEY_FILE, b"\xff\xfe" * 40),
    (KEY_FILE, b"another key, which is long enough to be taken for one"),
]


@pytest.mark.parametrize(("file", "content"), DAMAGED)
async def test_whichever_file_is_damaged_the_advice_leads_out(
    request: pytest.FixtureRequest, tmp_path: Path, file: str, content: bytes | None
) -> None:
    home = tmp_path / "home"
    async with empty_log("sqlite", request) as log:
        await written(log)

    def damage() -> None:
        (home / file).unlink() if content is None else (home / file).write_bytes(content)

    await asyncio.to_thread(damage)
    again = await asyncio.to_thread(open_audit_log, home, None, None)
    for work in (lambda: again.append("question", ADA), again.check):
        with pytest.raises(StorageDamaged) as raised:
            await work()
        assert all(name in str(raised.value) for name in ("audit.sqlite", HEAD_FILE, KEY_FILE))
    await again.close()

    def move_away() -> None:
        for path in home.glob("audit*"):
            path.rename(path.with_name(f"kept-{path.name}"))

    await asyncio.to_thread(move_away)
    anew = await asyncio.to_thread(open_audit_log, home, None, None)
    await anew.append("question", ADA)
    assert (await anew.check()).seq == 1
    assert (await anew.verify()).holds
    await anew.close()


async def test_a_check_writes_nothing(in_a_file: AuditLog, tmp_path: Path) -> None:
    assert (await in_a_file.check()).seq == 0
    assert not await asyncio.to_thread((tmp_path / "home" / KEY_FILE).exists)
    assert not await asyncio.to_thread((tmp_path / "home" / HEAD_FILE).exists)


async def test_a_rewritten_chain_needs_the_key(log: AuditLog) -> None:
    """Whoever recomputes all hashes from the changed entry on can't seal the new end."""
    await written(log)
    entries = [entry async for entry in log.entries()]
    previous = Head(entries[1].seq, entries[1].hash)
    for entry in entries[2:]:
        forged = linked(previous, entry.at, entry.kind, {**entry.told, "question": "forged"})
        values = (forged.content, forged.salt, forged.digest, forged.hash, entry.seq)
        await log._database.run(partial(_forge, values=values))
        previous = Head(forged.seq, forged.hash)
    await sql(log, f"UPDATE {{p}}head SET hash = '{previous.hash}', seal = '{seal_of(previous, b'guess')}'")
    said = [problem.found for problem in (await log.verify()).problems]
    assert any("seal is not of this key" in found for found in said)
    assert any("this machine saw there" in found for found in said)


def _forge(tx: Transaction, values: tuple[object, ...]) -> None:
    tx.execute("UPDATE {p}entries SET content = ?, salt = ?, digest = ?, hash = ? WHERE seq = ?", values)


async def test_a_head_noted_elsewhere_shows_what_even_the_key_can_hide(in_a_file: AuditLog, tmp_path: Path) -> None:
    """Somebody with the whole home folder starts the log anew."""
    await written(in_a_file)
    noted = await in_a_file.head()
    await in_a_file.close()
    for file in (tmp_path / "home").glob("audit.sqlite*"):
        file.unlink()
    (tmp_path / "home" / HEAD_FILE).unlink()
    await written(in_a_file, 7)
    assert (await in_a_file.verify()).holds
    verdict = await in_a_file.verify([(noted, "the auditor")])
    assert [problem.seq for problem in verdict.problems] == [5]
    assert "the auditor saw there" in verdict.problems[0].found


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_several_processes_keep_one_chain_and_a_killed_one_loses_nothing_it_was_told(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    home, url = tmp_path / "home", request.getfixturevalue("postgres") if kind == "postgres" else ""

    async def start() -> None:
        async with empty_log(kind, request) as log:
            await log.append("question", ADA)

    asyncio.run(start())

    def writer(name: str, count: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", WRITER, str(home), url, name, str(count)]
        return subprocess.Popen(command, stdout=subprocess.PIPE)

    ends, dies = [writer(name, 15) for name in "ab"], writer("c", 100_000)
    assert dies.stdout
    acknowledged = [int(dies.stdout.readline()) for _ in range(10)]
    dies.kill()
    dies.communicate()
    assert [process.communicate() and process.returncode for process in ends] == [0, 0]

    async def look() -> None:
        log = open_audit_log(home, url or None, None)
        assert (await log.verify()).problems == ()
        runs = [entry.told["run_id"] async for entry in log.entries()]
        await log.close()
        assert {f"{name}-{n}" for name in "ab" for n in range(15)} <= set(runs)
        assert {f"c-{n}" for n in acknowledged} <= set(runs)

    asyncio.run(look())


async def test_erasing_a_person_keeps_the_chain_and_nothing_of_them(log: AuditLog) -> None:
    await written(log, 6)
    assert [entry["question"] async for entry in log.export_user("ada")] == ["q0", "q2", "q3", "q5"]
    assert await log.erase_user("ada") == 4
    assert await log.erase_user("ada") == 0
    assert [entry.seq async for entry in log.entries() if entry.content is None] == [1, 3, 4, 6]
    assert [entry async for entry in log.export_user("ada")] == []
    verdict = await log.verify()
    assert (verdict.problems, verdict.erased) == ((), 4)


@pytest.mark.parametrize(
    ("source", "gone"),
    [
        ("pay", [1, 2, 4, 5]),
        ("pay/2026.md", [1, 2, 4, 5]),
        ("pay/2026.md#3", [2, 5]),
        ("a.md", [1, 4]),
        ("pay/2026", []),
        ("p_y", []),
        ("", []),
    ],
)
async def test_erasing_a_source_stays_within_its_tenant(log: AuditLog, source: str, gone: list[int]) -> None:
    await written(log, 6)
    assert await log.erase_source(source, "default") == len(gone)
    assert [entry.seq async for entry in log.entries() if entry.content is None] == gone
    assert (await log.verify()).holds


async def test_what_was_erased_and_comes_back_from_a_backup_is_noticed(log: AuditLog) -> None:
    await written(log)
    ((content, salt),) = await sql(log, "SELECT content, salt FROM {p}entries WHERE seq = 2")
    await log.erase_user("noor")
    await log._database.run(
        lambda tx: tx.execute("UPDATE {p}entries SET content = ?, salt = ? WHERE seq = 2", (content, salt))
    )
    (problem,) = (await log.verify()).problems
    assert (problem.seq, problem.found) == (2, "its content is back, which entry 6 had erased")


async def test_erased_words_are_in_no_file_of_the_folder(in_a_file: AuditLog, tmp_path: Path) -> None:
    # Not "ada", which a hash written in hexadecimal digits may hold by chance.
    await in_a_file.append("question", {**ADA, "user": "zora", "question": "xyzzy-4711"})

    def folder() -> bytes:
        return b"".join(file.read_bytes() for file in (tmp_path / "home").iterdir())

    assert b"xyzzy-4711" in folder()
    await in_a_file.begin_erasure("e1", "user", "zora", "default")
    await in_a_file.erase_user("zora")
    assert b"xyzzy-4711" not in folder()
    assert b"zora" not in folder()


async def test_pruning_leaves_a_chain_that_begins_where_it_says(log: AuditLog) -> None:
    await written(log, 4)
    await log.erase_user("noor")
    await asyncio.sleep(0.005)
    assert await log.prune(1.0) == 0
    assert await log.prune(0.0) == 5
    await written(log, 2)
    verdict = await log.verify()
    assert (verdict.problems, verdict.first, verdict.entries) == ((), 6, 3)
    await asyncio.sleep(0.005)
    assert await log.prune(0.0) == 3
    assert await places(log) == []
    await sql(log, "UPDATE {p}entries SET content = replace(content, '8', '7') WHERE kind = 'pruned'")
    assert await places(log) == [9, 9]


async def test_an_entry_of_a_clock_that_was_wrong_takes_no_young_ones_with_it(log: AuditLog) -> None:
    await written(log, 5)
    await sql(log, "UPDATE {p}entries SET at = '1970-01-01T00:00:00.000+00:00' WHERE seq IN (1, 4)")
    assert await log.prune(1.0) == 1
    assert [entry.seq async for entry in log.entries()] == [2, 3, 4, 5, 6]
    await sql(log, "UPDATE {p}entries SET at = '2999-01-01T00:00:00.000+00:00' WHERE seq = 3")
    await asyncio.sleep(0.005)
    assert await log.prune(0.0) == 5, "one of the future is kept no longer than those after it"


async def test_a_log_longer_than_a_page_is_walked_whole(log: AuditLog) -> None:
    await log.append_all("question", [lambda tx: ADA] * (PAGE + 3))
    assert (await log.verify()).entries == PAGE + 3
    await sql(log, f"DELETE FROM {{p}}entries WHERE seq = {PAGE + 1}")
    assert await places(log) == [PAGE + 2]


async def test_appends_at_once_keep_one_chain(log: AuditLog) -> None:
    await asyncio.gather(*(log.append("question", {**ADA, "n": n}) for n in range(40)))
    assert (await log.verify()).entries == 40
    assert (await log.verify()).holds


async def test_another_machine_needs_the_same_key(
    postgres: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    async with empty_log("postgres", request) as log:
        await written(log, 2)
        stranger = await asyncio.to_thread(open_audit_log, tmp_path / "elsewhere", postgres, None)
        with pytest.raises(StorageDamaged, match="set HOPLINE_AUDIT_KEY to the same"):
            await stranger.append("question", ADA)
        await stranger.close()
        key = await asyncio.to_thread((tmp_path / "home" / KEY_FILE).read_text)
        friend = await asyncio.to_thread(open_audit_log, tmp_path / "elsewhere", postgres, key)
        await friend.append("question", ADA)
        assert (await friend.verify()).entries == 3
        await friend.close()


def test_the_key_is_the_owners_alone_and_a_broken_one_is_said(tmp_path: Path) -> None:
    keeping = Keeping(tmp_path / "home", None)
    assert keeping.key() == Keeping(tmp_path / "home", None).key()
    key = tmp_path / "home" / KEY_FILE
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.write_text("")
    with pytest.raises(StorageDamaged, match=r"audit\.key"):
        keeping.key()


def test_an_older_head_never_replaces_a_newer_one(tmp_path: Path) -> None:
    keeping = Keeping(tmp_path, None)
    keeping.keep(Head(3, "c"))
    keeping.keep(Head(2, "b"))
    assert keeping.head() == Head(3, "c")
    (tmp_path / HEAD_FILE).write_text(json.dumps({"seq": "x"}))
    with pytest.raises(StorageDamaged, match="audit-head"):
        keeping.head()


async def test_it_tells_which_erasures_began_after_a_moment(tmp_path: Path) -> None:
    log = open_audit_log(tmp_path, None, None)
    await log.begin_erasure("1", "user", "mara", "default")
    now = time.time()
    assert await log.erased_after(now - 10, "mara", (), "default")
    assert not await log.erased_after(now + 10, "mara", (), "default")
    assert not await log.erased_after(now - 10, "jon", ("a.md",), "default")
    await log.begin_erasure("2", "source", "a.md", "default")
    assert await log.erased_after(now - 10, None, ("a.md#3",), "default")
    assert not await log.erased_after(now - 10, None, ("a.md#3",), "other")
    await log.close()
