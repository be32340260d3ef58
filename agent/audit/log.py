"""The audit log in its tables: appended by several processes at once, erased and pruned without breaking its chain."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from agent.audit.chain import GENESIS, Entry, Head, Kind, is_same, linked, pseudonym, seal_of
from agent.audit.keeping import MENDING_OF_FILES, MENDING_ON_A_SERVER, Keeping
from agent.audit.verifying import Verdict, Walk
from agent.holders import enclosing, is_below
from agent.serving.databases import open_guarded
from tools.database.tables import Database, Row, Tables, Transaction
from tools.errors import StorageDamaged

PAGE = 500
CLOCKS_APART_SECONDS = 1.0
TABLES = Tables(
    "audit",
    version=1,
    statements=(
        """CREATE TABLE {p}entries (
            seq BIGINT PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL,
            content TEXT, salt TEXT, digest TEXT NOT NULL, hash TEXT NOT NULL)""",
        "CREATE INDEX {p}entries_of_kind ON {p}entries (kind, seq)",
        "CREATE INDEX {p}entries_by_time ON {p}entries (at)",
        "CREATE TABLE {p}head (id INTEGER PRIMARY KEY, seq BIGINT NOT NULL, hash TEXT NOT NULL, seal TEXT NOT NULL)",
        "INSERT INTO {p}head VALUES (1, 0, '{genesis}', '')",
    ),
    words={
        "entry": "seq, at, kind, content, salt, digest, hash",
        "genesis": GENESIS,
        "beyond": str(2**63 - 1),
    },
    flushed=True,
    mending=MENDING_OF_FILES,
)
Content = Mapping[str, object]
Result = TypeVar("Result")


def open_audit_log(home: Path, database_url: str | None, key: str | None) -> "AuditLog":
    """Postgres when its URL is set, else `audit.sqlite` in `home`. Nothing is opened before the first use."""
    database = open_guarded(TABLES, home, database_url, "the audit log's database")
    mending = MENDING_ON_A_SERVER if database_url else MENDING_OF_FILES
    return AuditLog(database, Keeping(home, key, mending=mending))


class AuditLog:
    """A `Holder`. Raises what a Database raises, and StorageDamaged when the log is not the one last seen."""

    name = "entries of the audit log"

    def __init__(self, database: Database, keeping: Keeping) -> None:
        self._database, self._keeping = database, keeping
        self._key: bytes | None = None

    @property
    def mending(self) -> str:
        """What to do about a log that is not the one last seen."""
        return self._keeping.mending

    async def check(self) -> Head:
        """The head, once log, key and the head that this machine saw last fit each other; raises StorageDamaged.
        Changes nothing, unlike `append`, and walks no chain, unlike `verify`."""
        kept = await asyncio.to_thread(self._keeping.head)
        has_key = await asyncio.to_thread(self._keeping.has_key)
        key = await self._sealing_key() if has_key or kept is not None or (await self.head()).seq else b""

        def look(tx: Transaction) -> Head:
            seq, hash_, seal = _head(tx)
            _check_continued(tx, Head(seq, hash_), seal, key, kept, self.mending)
            return Head(seq, hash_)

        return await self._database.run(look)

    async def head(self) -> Head:
        seq, hash_, _ = await self._database.run(_head)
        return Head(seq, hash_)

    async def append(self, kind: Kind, content: Content) -> Entry:
        return (await self.append_all(kind, [lambda _tx: content]))[0]

    async def append_all(self, kind: Kind, contents: Sequence[Callable[[Transaction], Content]]) -> list[Entry]:
        """Entries that follow one another, on the disk when this returns. The contents are made inside the transaction,
        when nothing else can be appended."""
        return await self._extend(lambda tx, chain: [chain.add(kind, content(tx)) for content in contents])

    async def begin_erasure(self, id_: str, what: str, name: str, tenant: str) -> None:
        """From here on nothing that was asked before may be kept of it. The name itself is not written down."""
        await self.append("erasing", {"id": id_, "what": what, "subject": await self.subject(what, name, tenant)})

    async def subject(self, what: str, name: str, tenant: str) -> str:
        """How an erased person, or a tenant's source, is called in the log."""
        key = await self._sealing_key()
        return pseudonym(what, name if what == "user" else f"{tenant}\n{name}", key)

    async def erased_since(self, seq: int, user: str | None, sources: Sequence[str], tenant: str) -> bool:
        """Whether an erasure begun after entry `seq` covers this person or one of these sources."""
        begun = await self._database.run(lambda tx: _erasures_since(tx, seq))
        return bool(begun) and _concern(begun, await self._sealing_key(), user, sources, tenant)

    async def erased_after(self, asked: float, user: str | None, sources: Sequence[str], tenant: str) -> bool:
        """The same since a moment in seconds since 1970, for places that don't know where the log stood then. The
        clocks of two machines may differ by a second."""
        since = moment(datetime.fromtimestamp(asked - CLOCKS_APART_SECONDS, UTC))
        begun = await self._database.run(lambda tx: _erasures_from(tx, since))
        return bool(begun) and _concern(begun, await self._sealing_key(), user, sources, tenant)

    async def unless_erased(
        self, content: Content, since: int, user: str | None, sources: Sequence[str], tenant: str
    ) -> Callable[[Transaction], Content]:
        """The content for `append_all`, but for what an erasure has covered meanwhile: of that the fact alone."""
        key = await self._sealing_key()

        def made(tx: Transaction) -> Content:
            begun = _erasures_since(tx, since)
            covered = bool(begun) and _concern(begun, key, user, sources, tenant)
            return {"run_id": content["run_id"], "withheld": True} if covered else content

        return made

    async def erase_user(self, user: str) -> int:
        return await self._erase(lambda told: told.get("user") == user)

    async def erase_source(self, source: str, tenant: str) -> int:
        def drew_on(told: Mapping[str, Any]) -> bool:
            return told.get("tenant") == tenant and any(is_below(used, source) for used in told.get("sources", ()))

        return await self._erase(drew_on)

    async def export_user(self, user: str) -> AsyncIterator[dict[str, Any]]:
        async for entry in self.entries(kind="question"):
            if (told := entry.told).get("user") == user:
                yield {"seq": entry.seq, "at": entry.at, **told}

    async def entries(self, *, since: str = "", kind: Kind | None = None) -> AsyncIterator[Entry]:
        """In order, a page at a time; `since` is a moment as `Entry.at` writes it."""
        last = 0
        where = "seq > ? AND at >= ?" + (" AND kind = ?" if kind else "")
        while True:
            bounds = (last, since, *([kind] if kind else ()), PAGE)
            rows = await self._database.run(partial(_page, where=where, bounds=bounds))
            for row in rows:
                yield Entry(*row)
            if len(rows) < PAGE:
                return
            last = rows[-1][0]

    async def verify(self, marks: Sequence[tuple[Head, str]] = ()) -> Verdict:
        """Walk the whole chain. `marks` are heads that somebody kept, with who: the chain has to go through them."""
        while True:
            verdict = await self._walked(marks)
            # What was pruned or erased while we walked looks like a gap: only a log that stood still is judged.
            if verdict.holds or verdict.head == await self.head():
                return verdict

    async def _walked(self, marks: Sequence[tuple[Head, str]]) -> Verdict:
        kept = await asyncio.to_thread(self._keeping.head)
        seq, hash_, seal = await self._database.run(_head)
        walk = Walk(await self._sealing_key(), [*marks, *([(kept, "this machine")] if kept else ())])
        async for entry in self.entries():
            if entry.seq > seq and (await self.head()).seq >= entry.seq:
                break  # appended while we walk
            walk.meet(entry)
        return walk.verdict(Head(seq, hash_), seal)

    async def prune(self, keep_days: float) -> int:
        """Drop what is older; an entry says up to where, and with which hash the chain went on. Returns how many. An
        entry of a clock that was wrong takes none with it that are young: it goes after them."""
        now = datetime.now(UTC)
        before = moment(now - timedelta(days=keep_days))

        def cut(tx: Transaction, chain: "_Chain") -> int:
            ((through,),) = tx.execute(
                "SELECT max(seq) FROM {p}entries WHERE at < ? AND seq <"
                " coalesce((SELECT min(seq) FROM {p}entries WHERE at >= ? AND at <= ?), {beyond})",
                (before, before, moment(now)),
            )
            if through is None:
                return 0
            ((hash_,),) = tx.execute("SELECT hash FROM {p}entries WHERE seq = ?", (through,))
            gone = tx.execute("DELETE FROM {p}entries WHERE seq <= ? RETURNING seq", (through,))
            chain.add("pruned", {"through": through, "hash": hash_, "entries": len(gone)})
            return len(gone)

        pruned = await self._extend(cut)
        if pruned:
            await self._database.scrub()
        return pruned

    async def close(self) -> None:
        await self._database.close()

    async def _erase(self, concerns: Callable[[Mapping[str, Any]], bool]) -> int:
        """Contents go, the links stay, and an entry accounts for them. The long search holds no lock; what is appended
        meanwhile knows of the erasure."""
        found = [entry.seq async for entry in self.entries(kind="question") if concerns(entry.told)]
        if not found:
            return 0

        def forget(tx: Transaction, chain: "_Chain") -> None:
            for seq in found:
                tx.execute("UPDATE {p}entries SET content = NULL, salt = NULL WHERE seq = ?", (seq,))
            chain.add("erased", {"entries": found})

        await self._extend(forget)
        await self._database.scrub()
        return len(found)

    async def _extend(self, work: "Callable[[Transaction, _Chain], Result]") -> Result:
        key = await self._sealing_key()
        kept = await asyncio.to_thread(self._keeping.head)

        def extend(tx: Transaction) -> tuple[Result, Head]:
            chain = _Chain(tx, key, kept, self.mending)
            return work(tx, chain), chain.end()

        result, head = await self._database.run(extend)
        await asyncio.to_thread(self._keeping.keep, head)
        return result

    async def _sealing_key(self) -> bytes:
        if self._key is None:
            self._key = await asyncio.to_thread(self._keeping.key)
        return self._key


class _Chain:
    """The end of the chain while a transaction holds it: nobody else appends until it is over."""

    def __init__(self, tx: Transaction, key: bytes, kept: Head | None, mending: str) -> None:
        self._tx, self._key = tx, key
        # An update, not a read: Postgres locks the row by it, and reads what the one before us committed.
        ((seq, hash_, seal),) = tx.execute("UPDATE {p}head SET seq = seq WHERE id = 1 RETURNING seq, hash, seal")
        self._head = self._begun_at = Head(seq, hash_)
        _check_continued(tx, self._head, seal, key, kept, mending)

    def add(self, kind: Kind, content: Content) -> Entry:
        entry = linked(self._head, moment(datetime.now(UTC)), kind, content)
        self._tx.execute(
            "INSERT INTO {p}entries ({entry}) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (entry.seq, entry.at, entry.kind, entry.content, entry.salt, entry.digest, entry.hash),
        )
        self._head = Head(entry.seq, entry.hash)
        return entry

    def end(self) -> Head:
        if self._head != self._begun_at:
            sealed = (self._head.seq, self._head.hash, seal_of(self._head, self._key))
            self._tx.execute("UPDATE {p}head SET seq = ?, hash = ?, seal = ? WHERE id = 1", sealed)
        return self._head


def _concern(begun: Sequence[Row], key: bytes, user: str | None, sources: Sequence[str], tenant: str) -> bool:
    """Whether one of these erasures is of that person or of one of those sources."""
    subjects = {pseudonym("user", user, key)} if user else set()
    subjects |= {pseudonym("source", f"{tenant}\n{name}", key) for used in sources for name in enclosing(used)}
    return any(Entry(*row).told.get("subject") in subjects for row in begun)


def _page(tx: Transaction, where: str, bounds: Sequence[object]) -> list[Row]:
    return tx.execute(f"SELECT {{entry}} FROM {{p}}entries WHERE {where} ORDER BY seq LIMIT ?", bounds)  # noqa: S608


def _erasures_since(tx: Transaction, seq: int) -> list[Row]:
    return tx.execute("SELECT {entry} FROM {p}entries WHERE kind = 'erasing' AND seq > ?", (seq,))


def _erasures_from(tx: Transaction, moment_: str) -> list[Row]:
    return tx.execute("SELECT {entry} FROM {p}entries WHERE kind = 'erasing' AND at >= ?", (moment_,))


def moment(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="milliseconds")


def _head(tx: Transaction) -> Row:
    return tx.execute("SELECT seq, hash, seal FROM {p}head WHERE id = 1")[0]


def _check_continued(tx: Transaction, head: Head, seal: str, key: bytes, kept: Head | None, mending: str) -> None:
    if head.seq and not is_same(seal, seal_of(head, key)):
        raise StorageDamaged(
            "The audit log's head is sealed with another key: set HOPLINE_AUDIT_KEY to the same on all machines, or see"
            f" `hopline audit verify`; {mending}."
        )
    if kept is not None and not _goes_through(tx, kept, head):
        raise StorageDamaged(
            f"The audit log does not hold entry {kept.seq} as this machine saw it, so nothing is added to it: see"
            f" `hopline audit verify`; {mending}."
        )


def _goes_through(tx: Transaction, kept: Head, head: Head) -> bool:
    if kept.seq >= head.seq:
        return kept == head
    rows = tx.execute("SELECT hash FROM {p}entries WHERE seq = ?", (kept.seq,))
    if rows:
        return is_same(rows[0][0], kept.hash)
    ((first,),) = tx.execute("SELECT min(seq) FROM {p}entries")
    return first is not None and first > kept.seq and bool(_pruned(tx))


def _pruned(tx: Transaction) -> list[Row]:
    return tx.execute("SELECT 1 FROM {p}entries WHERE kind = 'pruned'")
