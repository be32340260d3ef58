"""The books on both databases: never more is spent than a budget holds, whoever asks at the same time, or dies."""

import asyncio
import json
import sys
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.costs.bookings import KEPT_DAYS_OF_ACCOUNTS, MAX_RELEASED_AT_ONCE, TABLES, Spent
from agent.costs.budgets import Amount, Budgets, Kind, Limit, Payer
from agent.costs.ledger import Ledger
from agent.serving.databases import guarded
from tools.database.opening import open_tables
from tools.database.tables import Database, Transaction
from tools.errors import BudgetSpent, MemoryUnavailable
from tools.ports import Usage

NOON = 1_795_521_600.0
"""2026-11-24, 12:00 UTC."""

ADA = Payer("acme", "zora", "C1", "run-1")
BOB = Payer("acme", "bob", "C2", "run-2")
OTHER = Payer("else", "zora", "C3", "run-3")


@dataclass
class Clock:
    now: float = NOON

    def __call__(self) -> float:
        return self.now


@dataclass
class Shelf:
    """Several ledgers over one database. Each has its own connections, as another process would."""

    home: Path
    url: str | None
    clock: Clock = field(default_factory=Clock)
    opened: list[Ledger] = field(default_factory=list)

    async def ledger(self, limits: dict[Kind, Limit]) -> Ledger:
        database = await asyncio.to_thread(open_tables, TABLES, self.home, self.url)
        self.opened.append(Ledger(database, Budgets(limits), reserved_seconds=100, clock=self.clock))
        return self.opened[-1]


@pytest.fixture(params=["sqlite", "postgres"])
async def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shelf]:
    url = request.getfixturevalue("postgres") if request.param == "postgres" else None
    made = Shelf(tmp_path, url)
    yield made
    if made.opened:
        await made.opened[0]._database.run(
            lambda tx: [tx.execute(f"DELETE FROM {{p}}{name}") for name in ("accounts", "reservations", "spending")]
        )
    for ledger in made.opened:
        await ledger.close()


def spent(usd: float = 0.0, tokens: int = 0, *, model: str = "big", questions: int = 0) -> Spent:
    return Spent(model, Usage(1, tokens, 0, usd), True, questions)


async def test_without_a_budget_nothing_is_reserved_and_all_is_recorded(shelf: Shelf) -> None:
    ledger = await shelf.ledger({"user": Limit()})
    assert await ledger.reserve(ADA, Amount(1e9, 10**9)) is None
    await ledger.settle(None, ADA, spent(0.5, 10, questions=1))
    await ledger.settle(None, ADA, spent(0.25, 5))
    [row] = await ledger.rows()
    assert (row["day"], row["tenant"], row["reader"], row["channel"], row["model"]) == (
        *("2026-11-24", "acme", "zora", "C1", "big"),
    )
    assert (row["questions"], row["calls"], row["input_tokens"], row["usd"]) == (1, 2, 15, 0.75)


@pytest.mark.parametrize(
    ("kind", "same", "another"),
    [("question", ADA, BOB), ("user", ADA, BOB), ("user", ADA, OTHER), ("tenant", BOB, OTHER), ("total", OTHER, None)],
)
async def test_each_budget_binds_those_it_is_for_and_nobody_else(
    shelf: Shelf, kind: Kind, same: Payer, another: Payer | None
) -> None:
    ledger = await shelf.ledger({kind: Limit(usd=1.0)})
    reservation = await ledger.reserve(ADA, Amount(0.8, 100))
    await ledger.settle(reservation, ADA, spent(0.7))
    with pytest.raises(BudgetSpent) as caught:
        await ledger.reserve(same, Amount(0.4, 100))
    if kind == "question":
        assert caught.value.renews_at is None
    else:
        assert caught.value.renews_at == NOON + 12 * 3_600
        assert "renews on 25 November at 00:00 UTC" in str(caught.value)
    assert await ledger.reserve(same, Amount(0.3, 100)), "what fits is allowed"
    if another:
        assert await ledger.reserve(another, Amount(1.0, 100))


async def test_a_budget_in_tokens_is_kept_as_well(shelf: Shelf) -> None:
    ledger = await shelf.ledger({"total": Limit(tokens=1_000)})
    assert await ledger.reserve(ADA, Amount(99.0, 1_000))
    with pytest.raises(BudgetSpent):
        await ledger.reserve(BOB, Amount(0.0, 1))


async def test_a_refused_reservation_leaves_nothing_behind(shelf: Shelf) -> None:
    ledger = await shelf.ledger({"user": Limit(usd=0.1), "total": Limit(usd=1.0)})
    for _ in range(5):
        with pytest.raises(BudgetSpent):
            await ledger.reserve(ADA, Amount(0.5, 0))
    another = await shelf.ledger({"total": Limit(usd=1.0)})
    assert await another.reserve(BOB, Amount(1.0, 0))


async def test_what_a_call_did_not_use_is_free_again(shelf: Shelf) -> None:
    ledger = await shelf.ledger({"user": Limit(usd=1.0)})
    for _ in range(10):
        reservation = await ledger.reserve(ADA, Amount(0.9, 0))
        await ledger.settle(reservation, ADA, spent(0.01))
    [row] = await ledger.rows()
    assert row["usd"] == pytest.approx(0.1)


async def test_a_dead_processes_reservation_is_released_when_it_expires(shelf: Shelf) -> None:
    dead, alive = [await shelf.ledger({"total": Limit(usd=1.0)}) for _ in range(2)]
    assert await dead.reserve(ADA, Amount(1.0, 0))
    with pytest.raises(BudgetSpent):
        await alive.reserve(BOB, Amount(0.5, 0))
    shelf.clock.now += 101
    assert await alive.reserve(BOB, Amount(1.0, 0))
    with pytest.raises(BudgetSpent):
        await alive.reserve(BOB, Amount(0.1, 0))


async def test_however_many_reservations_a_crash_left_nobody_is_refused_for_one_that_expired(shelf: Shelf) -> None:
    people = [Payer("acme", f"u{n}") for n in range(MAX_RELEASED_AT_ONCE + 10)]
    dead, *alive = [await shelf.ledger({"user": Limit(usd=1.0)}) for _ in range(3)]
    made = await asyncio.gather(*(dead.reserve(payer, Amount(0.6, 0)) for payer in people))
    last, _ = max(zip(people, made, strict=True), key=lambda pair: str(pair[1] and pair[1].id))
    for ledger in alive:  # what is cleared once a day was cleared before
        await ledger.settle(await ledger.reserve(BOB, Amount(0.1, 0)), BOB, spent())
    shelf.clock.now += 101
    assert await alive[0].reserve(last, Amount(0.6, 0))
    others = [payer for payer in people if payer != last]
    assert all(await asyncio.gather(*(alive[n % 2].reserve(one, Amount(0.6, 0)) for n, one in enumerate(others))))
    with pytest.raises(BudgetSpent):
        await alive[0].reserve(people[0], Amount(0.6, 0))


async def test_a_call_that_outlives_its_reservation_is_still_paid_and_paid_once(shelf: Shelf) -> None:
    ledger = await shelf.ledger({"total": Limit(usd=1.0)})
    slow = await ledger.reserve(ADA, Amount(0.5, 0))
    shelf.clock.now += 101
    other = await ledger.reserve(BOB, Amount(0.5, 0))
    await ledger.settle(slow, ADA, spent(0.4))
    await ledger.settle(other, BOB, spent(0.0))
    assert await ledger.reserve(BOB, Amount(0.6, 0))
    with pytest.raises(BudgetSpent):
        await ledger.reserve(BOB, Amount(0.01, 0))


@asynccontextmanager
async def accounts_held(ledger: Ledger) -> AsyncIterator[None]:
    """Locks the accounts while the block runs, so that whoever reserves meanwhile waits."""
    begun, ends = threading.Event(), threading.Event()

    def hold(transaction: Transaction) -> None:
        transaction.execute("UPDATE {p}accounts SET usd = usd")
        begun.set()
        assert ends.wait(30)

    holding = asyncio.create_task(ledger._database.run(hold))
    assert await asyncio.to_thread(begun.wait, 30)
    try:
        yield
    finally:
        ends.set()
        await holding


async def set_aside(database: Database) -> float:
    """The amount reserved once all earlier calls have ended; the query waits its turn behind them."""
    rows = await database.run(lambda tx: tx.execute("UPDATE {p}accounts SET usd = usd RETURNING reserved_usd"))
    return sum(float(usd) for (usd,) in rows)


@dataclass
class Answering:
    """A database whose replies come late or never, although what was asked of it is stored."""

    database: Database
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    stored: asyncio.Event = field(default_factory=asyncio.Event)
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    error: Exception | None = None

    async def run(self, work: Callable[[Transaction], Any]) -> Any:
        self.begun.set()
        result = await self.database.run(work)
        self.stored.set()
        await self.answers.wait()
        if self.error is not None:
            raise self.error
        return result

    async def scrub(self) -> None: ...

    async def close(self) -> None:
        await self.database.close()


async def test_a_call_that_is_cancelled_while_it_reserves_leaves_nothing_set_aside(shelf: Shelf) -> None:
    ledger = await shelf.ledger({"total": Limit(usd=1.0)})
    await ledger.settle(await ledger.reserve(ADA, Amount(0.1, 0)), ADA, spent())
    database = ledger._database
    async with accounts_held(ledger):
        ledger._database = asked = Answering(database)
        asked.answers.set()
        asking = asyncio.create_task(ledger.reserve(ADA, Amount(1.0, 0)))
        await asked.begun.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    await ledger.close()
    assert await set_aside(database) == 0.0


async def test_a_call_that_the_database_keeps_waiting_too_long_leaves_nothing_set_aside(shelf: Shelf) -> None:
    ledger = await shelf.ledger({"total": Limit(usd=1.0)})
    await ledger.settle(await ledger.reserve(ADA, Amount(0.1, 0)), ADA, spent())
    database = ledger._database
    async with accounts_held(ledger):
        ledger._database = guarded(database, "the ledger's database", seconds=0.05)
        with pytest.raises(MemoryUnavailable):
            await ledger.reserve(ADA, Amount(1.0, 0))
        await asyncio.gather(*ledger._taking_back)
    assert await set_aside(database) == 0.0


@pytest.mark.parametrize("cancelled", [True, False])
async def test_what_was_set_aside_for_somebody_who_never_learns_of_it_is_given_back(
    shelf: Shelf, cancelled: bool
) -> None:
    ledger = await shelf.ledger({"total": Limit(usd=1.0)})
    await ledger.settle(await ledger.reserve(ADA, Amount(0.1, 0)), ADA, spent())
    database = ledger._database
    ledger._database = late = Answering(database, error=None if cancelled else MemoryUnavailable("away"))
    asking = asyncio.create_task(ledger.reserve(ADA, Amount(1.0, 0)))
    await late.stored.wait()
    assert await set_aside(database) == 1.0
    if cancelled:
        asking.cancel()
        await asyncio.wait([asking])
    late.answers.set()
    with pytest.raises(asyncio.CancelledError if cancelled else MemoryUnavailable):
        await asking
    late.error = None
    await ledger.close()
    assert await set_aside(database) == 0.0


class Vanishing:
    """A database that stores what it is asked first, and is gone before it says so."""

    def __init__(self, database: Database) -> None:
        self.database, self.gone = database, False

    async def run(self, work: Callable[[Transaction], Any]) -> Any:
        if not self.gone:
            self.gone = True
            await self.database.run(work)
        raise MemoryUnavailable("away")

    async def scrub(self) -> None: ...

    async def close(self) -> None: ...


async def test_what_could_not_be_given_back_for_want_of_the_database_is_given_back_before_the_next_call(
    shelf: Shelf,
) -> None:
    ledger = await shelf.ledger({"total": Limit(usd=1.0)})
    await ledger.settle(await ledger.reserve(ADA, Amount(0.1, 0)), ADA, spent())
    database = ledger._database
    ledger._database = Vanishing(database)
    with pytest.raises(MemoryUnavailable):
        await ledger.reserve(ADA, Amount(1.0, 0))
    await asyncio.gather(*ledger._taking_back)
    assert await set_aside(database) == 1.0
    ledger._database = database
    assert await ledger.reserve(BOB, Amount(1.0, 0))
    assert await set_aside(database) == 1.0
    assert not ledger._unwanted


_SLOW_COMMITS = """
    CREATE FUNCTION waits() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON hopline_costs_reservations
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.usd > 0) EXECUTE FUNCTION waits()"""


async def test_a_commit_that_ends_after_nobody_waits_for_it_leaves_nothing_set_aside(
    postgres: str, tmp_path: Path
) -> None:
    shelf = Shelf(tmp_path, postgres)
    ledger = await shelf.ledger({"total": Limit(usd=1.0)})
    await ledger.settle(await ledger.reserve(ADA, Amount(0.1, 0)), ADA, spent())
    database = ledger._database
    async with await psycopg.AsyncConnection.connect(postgres, autocommit=True) as server:
        await server.execute(_SLOW_COMMITS)
        try:
            await server.execute("SELECT pg_advisory_lock(42)")
            ledger._database = guarded(database, "the ledger's database", seconds=0.5)
            with pytest.raises(MemoryUnavailable):
                await ledger.reserve(ADA, Amount(1.0, 0))
            ledger._database = database
            taking_back = asyncio.gather(*ledger._taking_back)
            await asyncio.wait([taking_back], timeout=0.5)
            await server.execute("SELECT pg_advisory_unlock(42)")
            await taking_back
            assert await set_aside(database) == 0.0
        finally:
            await server.execute("DROP FUNCTION waits CASCADE")
    await ledger.close()


async def test_a_day_begins_anew_at_midnight_and_yesterdays_call_is_booked_to_yesterday(shelf: Shelf) -> None:
    ledger = await shelf.ledger({"user": Limit(usd=1.0)})
    late = await ledger.reserve(ADA, Amount(1.0, 0))
    shelf.clock.now = NOON + 12 * 3_600 + 1
    assert await ledger.reserve(ADA, Amount(0.9, 0))
    await ledger.settle(late, ADA, spent(1.0))
    assert await ledger.reserve(ADA, Amount(0.1, 0)), "yesterday's call is none of today's"


@pytest.mark.parametrize("ends", [True, False])
async def test_what_past_days_left_is_cleared_away_whether_calls_end_or_not(shelf: Shelf, ends: bool) -> None:
    ledger = await shelf.ledger({"user": Limit(usd=1.0), "question": Limit(usd=1.0)})
    for _ in range(5):
        made = await ledger.reserve(ADA, Amount(0.1, 0))
        if ends:
            await ledger.settle(made, ADA, spent(0.1))
        shelf.clock.now += 86_400
    days, reserved = await ledger._database.run(
        lambda tx: [tx.execute(f"SELECT DISTINCT day FROM {{p}}{name}") for name in ("accounts", "reservations")]
    )
    assert len(days) == KEPT_DAYS_OF_ACCOUNTS + 1
    assert len(reserved) == (0 if ends else 1)


async def test_a_person_is_forgotten_and_the_sums_stay(shelf: Shelf) -> None:
    ledger = await shelf.ledger({"user": Limit(usd=1.0)})
    for payer in (ADA, OTHER, BOB):
        await ledger.settle(await ledger.reserve(payer, Amount(0.5, 0)), payer, spent(0.5, questions=1))
    assert [row["channel"] async for row in ledger.export_user("zora")] == ["C1", "C3"]
    assert await ledger.erase_user("zora") == 2
    assert await ledger.erase_user("zora") == 0, "forgetting twice is no error"
    assert [row async for row in ledger.export_user("zora")] == []
    rows = await ledger.rows()
    assert sum(row["usd"] for row in rows) == 1.5
    assert {(row["reader"], row["channel"]) for row in rows} == {("", ""), ("bob", "C2")}
    left = await ledger._database.run(lambda tx: tx.execute("SELECT account FROM {p}accounts"))
    assert "zora" not in str(left)
    assert await ledger.erase_source("handbook", "acme") == 0


async def test_a_person_erased_while_a_call_is_under_way_owes_nothing_and_is_owed_nothing(shelf: Shelf) -> None:
    ledger = await shelf.ledger({"user": Limit(usd=1.0), "total": Limit(usd=10.0)})
    under_way = await ledger.reserve(ADA, Amount(0.8, 100))
    other = await ledger.reserve(OTHER, Amount(0.5, 100))
    assert await ledger.erase_user("zora") == 0
    assert "zora" not in str(await everything(ledger))
    again = await ledger.reserve(ADA, Amount(0.3, 10))
    await ledger.settle(under_way, ADA, spent(0.7, 50))
    await ledger.settle(other, OTHER, spent(0.1, 50))
    await ledger.settle(again, ADA, spent(0.3, 10))
    rows = await ledger._database.run(
        lambda tx: tx.execute("SELECT usd, reserved_usd, reserved_tokens FROM {p}accounts ORDER BY account")
    )
    assert rows == [pytest.approx((1.1, 0.0, 0)), pytest.approx((0.3, 0.0, 0))]
    with pytest.raises(BudgetSpent):
        await ledger.reserve(ADA, Amount(0.8, 0))


async def test_a_person_is_erased_while_his_calls_end(shelf: Shelf) -> None:
    calls, erasing = [await shelf.ledger({"user": Limit(usd=9.0), "total": Limit(usd=9.0)}) for _ in range(2)]
    for _ in range(6):
        made = [await calls.reserve(ADA, Amount(0.1, 0)) for _ in range(4)]
        await asyncio.gather(*(calls.settle(one, ADA, spent(0.1)) for one in made), erasing.erase_user("zora"))
    await erasing.erase_user("zora")
    assert "zora" not in str(await everything(calls))
    assert sum(row["calls"] for row in await calls.rows()) == 24


async def test_what_an_erased_persons_reservation_held_back_for_others_is_given_back_when_it_expires(
    shelf: Shelf,
) -> None:
    ledger = await shelf.ledger({"user": Limit(usd=1.0), "total": Limit(usd=1.0)})
    await ledger.reserve(ADA, Amount(1.0, 0))
    await ledger.erase_user("zora")
    with pytest.raises(BudgetSpent):
        await ledger.reserve(BOB, Amount(0.5, 0))
    shelf.clock.now += 101
    assert await ledger.reserve(BOB, Amount(1.0, 0))
    assert "zora" not in str(await everything(ledger))


class Erased:
    """Says that these were erased, or that it does not know."""

    def __init__(self, user: str, error: Exception | None = None) -> None:
        self.user, self.error = user, error

    async def erased_after(self, asked: float, user: str | None, sources: Sequence[str], tenant: str) -> bool:
        if self.error is not None:
            raise self.error
        return user == self.user


@pytest.mark.parametrize("error", [None, MemoryUnavailable("away")])
async def test_what_a_person_cost_who_was_erased_meanwhile_is_kept_without_the_name(
    shelf: Shelf, error: Exception | None
) -> None:
    ledger = await shelf.ledger({"user": Limit(usd=1.0)})
    ledger._erasures = Erased("zora", error)
    await ledger.settle(await ledger.reserve(ADA, Amount(0.5, 0)), ADA, spent(0.5))
    await ledger.settle(await ledger.reserve(BOB, Amount(0.5, 0)), BOB, spent(0.5))
    rows = await ledger.rows()
    assert sum(row["usd"] for row in rows) == 1.0
    assert {row["reader"] for row in rows} == ({""} if error else {"", "bob"})


async def everything(ledger: Ledger) -> list[object]:
    return await ledger._database.run(
        lambda tx: [tx.execute(f"SELECT * FROM {{p}}{name}") for name in ("accounts", "reservations", "spending")]
    )


async def test_names_that_no_database_can_hold_are_escaped(shelf: Shelf) -> None:
    ledger = await shelf.ledger({"user": Limit(usd=1.0)})
    odd = Payer("a\x00b", "\ud800", "C:1", "r")
    await ledger.settle(await ledger.reserve(odd, Amount(0.5, 0)), odd, spent(0.5))
    assert await ledger.erase_user("\ud800") == 1


async def rush(ledgers: list[Ledger], costs: list[tuple[int, int]]) -> tuple[int, int]:
    """Make all calls at once, each (most, actual) in tokens; returns how much was spent and how many were refused."""
    paid: list[int] = []

    async def call(ledger: Ledger, most: int, actual: int) -> None:
        try:
            reservation = await ledger.reserve(ADA, Amount(0.0, most))
        except BudgetSpent:
            return
        await asyncio.sleep(0)
        paid.append(actual)
        await ledger.settle(reservation, ADA, spent(0.0, actual))

    await asyncio.gather(*(call(ledgers[n % len(ledgers)], *cost) for n, cost in enumerate(costs)))
    return sum(paid), len(costs) - len(paid)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(
    budget=st.integers(1, 5_000),
    costs=st.lists(st.tuples(st.integers(1, 500), st.floats(0, 1)), min_size=50, max_size=50),
    run=st.uuids(),
)
def test_fifty_at_once_on_two_ledgers_never_spend_more_than_the_budget(
    tmp_path: Path, budget: int, costs: list[tuple[int, float]], run: object
) -> None:
    async def play() -> tuple[int, int]:
        shelf = Shelf(tmp_path / str(run), None)
        ledgers = [await shelf.ledger({"total": Limit(tokens=budget)}) for _ in range(2)]
        try:
            return await rush(ledgers, [(most, round(most * share)) for most, share in costs])
        finally:
            for ledger in ledgers:
                await ledger.close()

    total, refused = asyncio.run(play())
    assert total <= budget
    assert refused or sum(round(most * share) for most, share in costs) == total


async def test_calls_that_cost_more_than_reserved_overdraw_by_those_under_way_alone(shelf: Shelf) -> None:
    ledgers = [await shelf.ledger({"total": Limit(tokens=1_000)}) for _ in range(2)]
    total, _ = await rush(ledgers, [(100, 150)] * 50)
    assert total <= 10 * 150, "ten fit; none is begun once the account is overdrawn"
    with pytest.raises(BudgetSpent):
        await ledgers[0].reserve(ADA, Amount(0.0, 1))


SPENDING = """
import asyncio, json, sys
from agent.costs.budgets import Amount, Budgets, Limit, Payer
from agent.costs.bookings import TABLES, Spent
from agent.costs.ledger import Ledger
from pathlib import Path
from tools.database.opening import open_tables
from tools.errors import BudgetSpent
from tools.ports import Usage

async def main(home, url):
    limits = {"total": Limit(usd=1.0), "user": Limit(usd=0.6)}
    ledger = Ledger(open_tables(TABLES, Path(home), url or None), Budgets(limits))
    paid, refused = 0, 0
    async def question(n):
        nonlocal paid, refused
        payer = Payer("acme", "zora" if n % 2 else "bob", "", str(n))
        try:
            held = await ledger.reserve(payer, Amount(0.03, 10))
        except BudgetSpent:
            refused += 1
            return
        await asyncio.sleep(0.01)
        await ledger.settle(held, payer, Spent("big", Usage(1, 5, 5, 0.02), True, 1))
        paid += 1
    print("ready", flush=True)
    sys.stdin.readline()
    await asyncio.gather(*(question(n) for n in range(50)))
    await ledger.close()
    print(json.dumps([paid, refused]))

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.timeout(120)
async def test_two_processes_share_one_budget_to_the_cent(shelf: Shelf) -> None:
    """Fifty questions in each of two real processes, begun at once: 1 USD in all and 0.60 a person."""
    command = [sys.executable, "-c", SPENDING, str(shelf.home), shelf.url or ""]
    root = Path(__file__).resolve().parents[3]
    pipe = asyncio.subprocess.PIPE
    processes = [await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, cwd=root) for _ in range(2)]
    for process in processes:
        assert process.stdout
        assert await process.stdout.readline() == b"ready\n"
    outputs = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    counts = [json.loads(output) for output, _ in outputs]
    ledger = await shelf.ledger({})
    rows = await ledger.rows()
    by_reader = {row["reader"]: row["usd"] for row in rows}
    total = sum(by_reader.values())
    assert sum(paid for paid, _ in counts) == round(total / 0.02) == sum(row["questions"] for row in rows)
    assert total <= 1.0 + 1e-9
    assert max(by_reader.values()) <= 0.6 + 1e-9
    assert total >= 0.6, "33 reservations fit at a time: those calls were all made"
