"""The books: what is being spent and what was spent, for all processes that share a database.

A call is paid in two steps. Before it, the most it can cost is reserved on each of the payer's accounts, or refused;
after it, the reservation makes room for what it did cost. One transaction each: whoever locks an account's row sees
what all others have reserved. A process that dies leaves a reservation behind, which expires: before anybody is refused
for it, it is released.
"""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from agent.conversations import storable
from agent.costs.budgets import (
    SECONDS_OF_DAY,
    Account,
    Amount,
    Budgets,
    Payer,
    budgets_of,
    renewal_of,
    spent_sentence,
)
from agent.holders import Erasures, was_erased
from agent.serving.databases import open_guarded
from agent.settings import Settings
from tools.database.tables import Database, Tables, Transaction
from tools.errors import BudgetSpent, HoplineError, MemoryUnavailable
from tools.ports import Usage

SECONDS_AFTER_DEADLINE = 60.0
MAX_RELEASED_AT_ONCE = 100
KEPT_DAYS_OF_ACCOUNTS = 2

TABLES = Tables(
    "costs",
    version=1,
    statements=(
        """CREATE TABLE {p}accounts (
            day TEXT NOT NULL, account TEXT NOT NULL,
            usd {float} NOT NULL, tokens BIGINT NOT NULL,
            reserved_usd {float} NOT NULL, reserved_tokens BIGINT NOT NULL,
            PRIMARY KEY (day, account))""",
        """CREATE TABLE {p}reservations (
            id TEXT PRIMARY KEY, day TEXT NOT NULL, accounts TEXT NOT NULL,
            usd {float} NOT NULL, tokens BIGINT NOT NULL, expires {float} NOT NULL)""",
        "CREATE INDEX {p}reservations_by_end ON {p}reservations (expires)",
        """CREATE TABLE {p}spending (
            day TEXT NOT NULL, tenant TEXT NOT NULL, reader TEXT NOT NULL, channel TEXT NOT NULL, model TEXT NOT NULL,
            questions BIGINT NOT NULL, calls BIGINT NOT NULL, unpriced_calls BIGINT NOT NULL,
            input_tokens BIGINT NOT NULL, cached_input_tokens BIGINT NOT NULL, output_tokens BIGINT NOT NULL,
            usd {float} NOT NULL,
            PRIMARY KEY (day, tenant, reader, channel, model))""",
        "CREATE INDEX {p}spending_of_reader ON {p}spending (reader)",
    ),
)
_BOOK = """
    INSERT INTO {p}accounts AS a (day, account, usd, tokens, reserved_usd, reserved_tokens) VALUES (?, ?, 0, 0, ?, ?)
    ON CONFLICT (day, account) DO UPDATE SET
        reserved_usd = a.reserved_usd + excluded.reserved_usd,
        reserved_tokens = a.reserved_tokens + excluded.reserved_tokens
    RETURNING usd + reserved_usd, tokens + reserved_tokens"""
_PAY = """
    UPDATE {p}accounts SET usd = usd + ?, tokens = tokens + ?,
        reserved_usd = CASE WHEN reserved_usd > ? THEN reserved_usd - ? ELSE 0 END,
        reserved_tokens = CASE WHEN reserved_tokens > ? THEN reserved_tokens - ? ELSE 0 END
    WHERE day = ? AND account = ?"""
_SPEND = """
    INSERT INTO {p}spending AS s (day, tenant, reader, channel, model, questions, calls, unpriced_calls,
        input_tokens, cached_input_tokens, output_tokens, usd)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (day, tenant, reader, channel, model) DO UPDATE SET
        questions = s.questions + excluded.questions, calls = s.calls + excluded.calls,
        unpriced_calls = s.unpriced_calls + excluded.unpriced_calls,
        input_tokens = s.input_tokens + excluded.input_tokens,
        cached_input_tokens = s.cached_input_tokens + excluded.cached_input_tokens,
        output_tokens = s.output_tokens + excluded.output_tokens, usd = s.usd + excluded.usd"""
_TAKE = "DELETE FROM {p}reservations WHERE id = ? RETURNING day, accounts, usd, tokens"
_COLUMNS = (
    *("day", "tenant", "reader", "channel", "model", "questions", "calls", "unpriced_calls"),
    *("input_tokens", "cached_input_tokens", "output_tokens", "usd"),
)


@dataclass(frozen=True, slots=True)
class Reservation:
    id: str
    day: str
    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spent:
    """What one call cost. `priced` is false where nobody told the model's price: `usage.cost_usd` is 0 then.
    `questions` is 1 for a question's first call."""

    model: str
    usage: Usage
    priced: bool
    questions: int = 0


@dataclass
class _Asked:
    """A reservation that is being made; `given_up`: nobody waits for it any more."""

    accounts: Sequence[Account]
    most: Amount
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    given_up: bool = False


class _GivenUp(Exception):
    """Raised inside a transaction, which takes back what was asked for."""


class Ledger:
    """Accounts of the day, open reservations, and what was spent. `clock`: seconds since 1970; None: the database's.

    Also `agent.holders.Holder`: it knows people by their spending; sums stay when a person is forgotten.
    """

    def __init__(
        self,
        database: Database,
        budgets: Budgets,
        *,
        reserved_seconds: float = 180.0,
        clock: Callable[[], float] | None = None,
        erasures: Erasures | None = None,
    ) -> None:
        """`erasures` tells of who was erased while a question was under way: what it costs is kept without the name."""
        self._erasures = erasures
        self.budgets = budgets
        self._database = database
        self._reserved_seconds = reserved_seconds
        self._clock = clock
        self._cleared_on = ""
        self._taking_back: set[asyncio.Task[None]] = set()

    async def reserve(self, payer: Payer, most: Amount) -> Reservation | None:
        """Set aside the most a call can cost; None when no budget is set. Raises BudgetSpent, and what the database
        raises: a budget that can't be looked up is not kept by hoping. Nothing stays set aside for whoever is cancelled
        meanwhile, or is told that the database did not answer."""
        accounts = self.budgets.accounts(payer)
        if not accounts:
            return None
        await self._clear_away()
        try:
            return await self._reserved(_Asked(accounts, most))
        except BudgetSpent:
            await self._release_expired()
        return await self._reserved(_Asked(accounts, most))

    async def settle(self, reservation: Reservation | None, payer: Payer, spent: Spent) -> None:
        """Put what a call did cost in place of its reservation, also of one that has expired meanwhile."""
        await self._database.run(lambda transaction: self._settle(transaction, reservation, payer, spent))
        if payer.user and await was_erased(self._erasures, payer.asked, payer.user, (), payer.tenant):
            await self._database.run(lambda transaction: _without_name(transaction, payer.user))

    async def rows(self, since: str = "") -> list[dict[str, Any]]:
        """Spending since a day (`2026-11-24`), one row a day, tenant, reader, channel and model."""
        found = await self._database.run(
            lambda transaction: transaction.execute(
                f"SELECT {', '.join(_COLUMNS)} FROM {{p}}spending WHERE day >= ? ORDER BY day, model",  # noqa: S608
                (since,),
            )
        )
        return [dict(zip(_COLUMNS, row, strict=True)) for row in found]

    @property
    def name(self) -> str:
        return "entries of the cost ledger"

    async def erase_user(self, user: str) -> int:
        """The sums stay, under no name and no channel (a direct message's channel is a name, too). The person's
        accounts go, and with them their part in what is reserved for calls under way."""
        return await self._database.run(lambda transaction: _forget(transaction, user))

    async def erase_source(self, source: str, tenant: str) -> int:
        """Nothing: no entry knows of a source."""
        return 0

    async def export_user(self, user: str) -> AsyncIterator[dict[str, Any]]:
        for row in await self.rows():
            if row["reader"] == storable(user):
                yield row

    async def close(self) -> None:
        await asyncio.gather(*self._taking_back, return_exceptions=True)
        await self._database.close()

    async def _reserved(self, asked: _Asked) -> Reservation:
        """A transaction goes on without whoever waits for it. One that was given up takes itself back, and one that was
        stored already is taken back when it has ended."""
        reserving = asyncio.create_task(self._database.run(lambda transaction: self._reserve(transaction, asked)))
        try:
            return await asyncio.shield(reserving)
        except (asyncio.CancelledError, MemoryUnavailable):
            asked.given_up = True
            taking_back = asyncio.create_task(self._take_back(asked, reserving))
            self._taking_back.add(taking_back)
            taking_back.add_done_callback(self._taking_back.discard)
            raise

    async def _take_back(self, asked: _Asked, reserving: asyncio.Task[Reservation]) -> None:
        await asyncio.gather(reserving, return_exceptions=True)
        with suppress(HoplineError):  # it expires
            await self._database.run(lambda transaction: _give_back(transaction, [asked.id]))

    async def _clear_away(self) -> None:
        """Once a day: what expired without anybody being refused for it, and accounts that nobody looks at any more."""
        today = day_of((self._clock or time.time)())
        if today != self._cleared_on:
            self._cleared_on = today
            await self._release_expired()
            await self._database.run(self._drop_past_accounts)

    async def _release_expired(self) -> None:
        while await self._database.run(self._release) == MAX_RELEASED_AT_ONCE:
            pass

    def _release(self, transaction: Transaction) -> int:
        expired = transaction.execute(
            "SELECT id FROM {p}reservations WHERE expires < ? ORDER BY id LIMIT ?",
            (self._now(transaction), MAX_RELEASED_AT_ONCE),
        )
        _give_back(transaction, (id_ for (id_,) in expired))
        return len(expired)

    def _drop_past_accounts(self, transaction: Transaction) -> None:
        oldest = day_of(self._now(transaction) - KEPT_DAYS_OF_ACCOUNTS * SECONDS_OF_DAY)
        transaction.execute("DELETE FROM {p}accounts WHERE day < ?", (oldest,))

    def _reserve(self, transaction: Transaction, asked: _Asked) -> Reservation:
        now, most = self._now(transaction), asked.most
        day = day_of(now)
        made = Reservation(asked.id, day, tuple(account.key for account in asked.accounts))
        for account in asked.accounts:
            if not account.limit.allows(_booked(transaction, day, account.key, most)):
                # Raised inside the transaction, which takes the reservation back.
                renews = None if account.kind == "question" else renewal_of(day)
                raise BudgetSpent(spent_sentence(account.kind, day), renews_at=renews)
        transaction.execute(
            "INSERT INTO {p}reservations (id, day, accounts, usd, tokens, expires) VALUES (?, ?, ?, ?, ?, ?)",
            (made.id, day, json.dumps(made.accounts), most.usd, most.tokens, now + self._reserved_seconds),
        )
        if asked.given_up:
            raise _GivenUp
        return made

    def _settle(self, transaction: Transaction, reservation: Reservation | None, payer: Payer, spent: Spent) -> None:
        now = self._now(transaction)
        usage = spent.usage
        if reservation is not None:
            cost = Amount(usage.cost_usd, usage.input_tokens + usage.output_tokens)
            held = transaction.execute(_TAKE, (reservation.id,))
            # As the books have it: the account of a person who was erased meanwhile is not among them any more.
            keys, back = (json.loads(held[0][1]), Amount(*held[0][2:])) if held else (reservation.accounts, Amount())
            for key in sorted(keys):
                _pay(transaction, reservation.day, key, cost, back)
        if usage.model_calls or spent.questions:
            whom = (storable(payer.tenant), storable(payer.user), storable(payer.channel))
            counted = (spent.questions, usage.model_calls, 0 if spent.priced else usage.model_calls)
            tokens = (usage.input_tokens, usage.cached_input_tokens, usage.output_tokens)
            transaction.execute(_SPEND, (day_of(now), *whom, storable(spent.model), *counted, *tokens, usage.cost_usd))

    def _now(self, transaction: Transaction) -> float:
        return self._clock() if self._clock else float(transaction.execute("SELECT {now}")[0][0])


def open_ledger(settings: Settings, erasures: Erasures | None = None) -> Ledger:
    """Postgres when its URL is set, else `costs.sqlite` in the home folder; nothing is opened before the first use."""
    longest = max(settings.max_seconds, settings.model_timeout_seconds)
    return Ledger(
        open_guarded(TABLES, settings.home, settings.database, "the cost ledger's database"),
        budgets_of(settings),
        reserved_seconds=longest + SECONDS_AFTER_DEADLINE,
        erasures=erasures,
    )


def day_of(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def _booked(transaction: Transaction, day: str, key: str, reserved: Amount) -> Amount:
    """Set aside on an account and return what is spent and reserved on it; its row stays locked until the end."""
    [(usd, tokens)] = transaction.execute(_BOOK, (day, key, reserved.usd, reserved.tokens))
    return Amount(usd, tokens)


def _pay(transaction: Transaction, day: str, key: str, cost: Amount, back: Amount) -> None:
    amounts = (cost.usd, cost.tokens, back.usd, back.usd, back.tokens, back.tokens)
    transaction.execute(_PAY, (*amounts, day, key))


def _give_back(transaction: Transaction, ids: Iterable[str]) -> None:
    """Take reservations off the books. All that lock several of them do so in the order of their ids, and then the
    accounts in the order of their days and names: nobody waits for somebody who waits for him."""
    backs: dict[tuple[str, str], Amount] = {}
    for id_ in ids:
        for day, accounts, usd, tokens in transaction.execute(_TAKE, (id_,)):
            for key in json.loads(accounts):
                backs[day, key] = backs.get((day, key), Amount()) + Amount(usd, tokens)
    for day, key in sorted(backs):
        _pay(transaction, day, key, Amount(), backs[day, key])


def _forget(transaction: Transaction, user: str) -> int:
    """Locks what a call that ends locks, in the same order: reservations, accounts, what was spent. Reservations once
    more after the accounts, since one may have been made meanwhile."""
    _give_up_reserved(transaction, user)
    accounts = transaction.execute("SELECT day, account FROM {p}accounts WHERE account LIKE ?", ('["user", %',))
    for day, key in sorted(accounts):
        if _is_of(key, user):
            transaction.execute("DELETE FROM {p}accounts WHERE day = ? AND account = ?", (day, key))
    _give_up_reserved(transaction, user)
    return _without_name(transaction, user)


def _without_name(transaction: Transaction, user: str) -> int:
    rows = transaction.execute(
        f"DELETE FROM {{p}}spending WHERE reader = ? RETURNING {', '.join(_COLUMNS)}",  # noqa: S608
        (storable(user),),
    )
    for row in sorted(rows):
        day, tenant, _, _, *rest = row
        transaction.execute(_SPEND, (day, tenant, "", "", *rest))
    return len(rows)


def _give_up_reserved(transaction: Transaction, user: str) -> None:
    for id_, written in transaction.execute("SELECT id, accounts FROM {p}reservations ORDER BY id"):
        keys = json.loads(written)
        others = [key for key in keys if not _is_of(key, user)]
        if len(others) < len(keys):
            transaction.execute("UPDATE {p}reservations SET accounts = ? WHERE id = ?", (json.dumps(others), id_))


def _is_of(key: str, user: str) -> bool:
    kind, *names = json.loads(key)
    return bool(kind == "user" and names[-1] == user)
