"""The books: what is being spent and what was spent, for all processes that share a database.

A call is paid in two steps. Before it, the most it can cost is reserved on each of the payer's accounts, or refused;
after it, the reservation makes room for what it did cost. One transaction each: whoever locks an account's row sees
what all others have reserved. A process that dies leaves a reservation behind, which expires: before anybody is refused
for it, it is released.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

from agent.costs import bookings
from agent.costs.bookings import COLUMNS, MAX_RELEASED_AT_ONCE, TABLES, Asked, Reservation, Spent, day_of
from agent.costs.budgets import Amount, Budgets, Payer, budgets_of
from agent.holders import Erasures, was_erased
from agent.serving.databases import open_guarded
from agent.settings import Settings
from tools.database.tables import Database, Transaction, column_text
from tools.errors import BudgetSpent, HoplineError, MemoryUnavailable

SECONDS_AFTER_DEADLINE = 60.0


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
        self._unwanted: set[str] = set()

    async def reserve(self, payer: Payer, most: Amount) -> Reservation | None:
        """Set aside the most a call can cost; None when no budget is set. Raises BudgetSpent, and what the database
        raises: a budget that can't be looked up is not kept by hoping. Nothing stays set aside for whoever is cancelled
        meanwhile, or is told that the database did not answer."""
        accounts = self.budgets.accounts(payer)
        if not accounts:
            return None
        await self._clear_away()
        await self._give_back_unwanted()
        try:
            return await self._reserved(Asked(accounts, most))
        except BudgetSpent:
            await self._release_expired()
        return await self._reserved(Asked(accounts, most))

    async def settle(self, reservation: Reservation | None, payer: Payer, spent: Spent) -> None:
        """Put what a call did cost in place of its reservation, also of one that has expired meanwhile."""
        await self._database.run(lambda tx: bookings.settle(tx, reservation, payer, spent, self._now(tx)))
        if payer.user and await was_erased(self._erasures, payer.asked, payer.user, (), payer.tenant):
            await self._database.run(lambda tx: bookings.without_name(tx, payer.user))

    async def rows(self, since: str = "") -> list[dict[str, Any]]:
        """Spending since a day (`2026-11-24`), one row a day, tenant, reader, channel and model."""
        found = await self._database.run(
            lambda transaction: transaction.execute(
                f"SELECT {', '.join(COLUMNS)} FROM {{p}}spending WHERE day >= ? ORDER BY day, model",  # noqa: S608
                (since,),
            )
        )
        return [dict(zip(COLUMNS, row, strict=True)) for row in found]

    @property
    def name(self) -> str:
        return "entries of the cost ledger"

    async def erase_user(self, user: str) -> int:
        """The sums stay, under no name and no channel (a direct message's channel is a name, too). The person's
        accounts go, and with them their part in what is reserved for calls under way."""
        return await self._database.run(lambda tx: bookings.forget(tx, user))

    async def erase_source(self, source: str, tenant: str) -> int:
        """Nothing: no entry knows of a source."""
        return 0

    async def export_user(self, user: str) -> AsyncIterator[dict[str, Any]]:
        for row in await self.rows():
            if row["reader"] == column_text(user):
                yield row

    async def close(self) -> None:
        await asyncio.gather(*self._taking_back, return_exceptions=True)
        await self._database.close()

    async def _reserved(self, asked: Asked) -> Reservation:
        """A transaction goes on without whoever waits for it. One that was given up takes itself back, and one that was
        stored already, or is beyond that point, is taken back when it has ended."""
        reserving = asyncio.create_task(self._database.run(lambda tx: self._reserve(tx, asked)))
        try:
            return await asyncio.shield(reserving)
        except (asyncio.CancelledError, MemoryUnavailable):
            asked.given_up = True
            taking_back = asyncio.create_task(self._take_back(asked, reserving))
            self._taking_back.add(taking_back)
            taking_back.add_done_callback(self._taking_back.discard)
            raise

    async def _take_back(self, asked: Asked, reserving: asyncio.Task[Reservation]) -> None:
        await asyncio.gather(reserving, return_exceptions=True)
        self._unwanted.add(asked.id)
        with suppress(HoplineError):  # the next call gives it back, or it expires
            await self._give_back_unwanted()

    async def _give_back_unwanted(self) -> None:
        if unwanted := sorted(self._unwanted):
            await self._database.run(lambda tx: bookings.take_back(tx, unwanted))
            self._unwanted.difference_update(unwanted)

    async def _clear_away(self) -> None:
        """Once a day: what expired without anybody being refused for it, and accounts that nobody looks at any more."""
        today = day_of((self._clock or time.time)())
        if today != self._cleared_on:
            self._cleared_on = today
            await self._release_expired()
            await self._database.run(lambda tx: bookings.drop_past_accounts(tx, self._now(tx)))

    async def _release_expired(self) -> None:
        while await self._database.run(lambda tx: bookings.release(tx, self._now(tx))) == MAX_RELEASED_AT_ONCE:
            pass

    def _reserve(self, transaction: Transaction, asked: Asked) -> Reservation:
        now = self._now(transaction)
        return bookings.reserve(transaction, asked, now, now + self._reserved_seconds)

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
