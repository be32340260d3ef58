"""What the ledger writes: its tables, and what is done with them in one transaction each.

All that lock several reservations do so in the order of their ids, then the accounts in the order of their days and
names, then what was spent: nobody waits for somebody who waits for him.
"""

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from agent.costs.budgets import SECONDS_OF_DAY, Account, Amount, Payer, renewal_of, spent_sentence
from tools.database.tables import Tables, Transaction, column_text
from tools.errors import BudgetSpent
from tools.ports import Usage

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
COLUMNS = (
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
class Asked:
    """A reservation that is being made; `given_up`: nobody waits for it any more."""

    accounts: Sequence[Account]
    most: Amount
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    given_up: bool = False


class GivenUp(Exception):
    """Raised inside a transaction, which takes back what was asked for."""


def day_of(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def reserve(transaction: Transaction, asked: Asked, now: float, expires: float) -> Reservation:
    """Raises BudgetSpent or GivenUp, and with that takes back what it set aside."""
    day, most = day_of(now), asked.most
    made = Reservation(asked.id, day, tuple(account.key for account in asked.accounts))
    for account in asked.accounts:
        if not account.limit.allows(_booked(transaction, day, account.key, most)):
            renews = None if account.kind == "question" else renewal_of(day)
            raise BudgetSpent(spent_sentence(account.kind, day), renews_at=renews)
    transaction.execute(
        "INSERT INTO {p}reservations (id, day, accounts, usd, tokens, expires) VALUES (?, ?, ?, ?, ?, ?)",
        (made.id, day, json.dumps(made.accounts), most.usd, most.tokens, expires),
    )
    if asked.given_up:
        raise GivenUp
    return made


def settle(transaction: Transaction, reservation: Reservation | None, payer: Payer, spent: Spent, now: float) -> None:
    usage = spent.usage
    if reservation is not None:
        cost = Amount(usage.cost_usd, usage.input_tokens + usage.output_tokens)
        held = transaction.execute(_TAKE, (reservation.id,))
        # As the books have it: the account of a person who was erased meanwhile is not among them any more.
        keys, back = (json.loads(held[0][1]), Amount(*held[0][2:])) if held else (reservation.accounts, Amount())
        for key in sorted(keys):
            _pay(transaction, reservation.day, key, cost, back)
    if usage.model_calls or spent.questions:
        whom = (column_text(payer.tenant), column_text(payer.user), column_text(payer.channel))
        counted = (spent.questions, usage.model_calls, 0 if spent.priced else usage.model_calls)
        tokens = (usage.input_tokens, usage.cached_input_tokens, usage.output_tokens)
        transaction.execute(_SPEND, (day_of(now), *whom, column_text(spent.model), *counted, *tokens, usage.cost_usd))


def release(transaction: Transaction, now: float) -> int:
    """Give back what has expired, `MAX_RELEASED_AT_ONCE` reservations at most; returns how many."""
    expired = transaction.execute(
        "SELECT id FROM {p}reservations WHERE expires < ? ORDER BY id LIMIT ?", (now, MAX_RELEASED_AT_ONCE)
    )
    give_back(transaction, (id_ for (id_,) in expired))
    return len(expired)


def give_back(transaction: Transaction, ids: Iterable[str]) -> None:
    """Take reservations off the books, and off their accounts."""
    backs: dict[tuple[str, str], Amount] = {}
    for id_ in ids:
        for day, accounts, usd, tokens in transaction.execute(_TAKE, (id_,)):
            for key in json.loads(accounts):
                backs[day, key] = backs.get((day, key), Amount()) + Amount(usd, tokens)
    for day, key in sorted(backs):
        _pay(transaction, day, key, Amount(), backs[day, key])


def take_back(transaction: Transaction, ids: Sequence[str]) -> None:
    """Give back what may be being stored at this very moment: to take its id as well waits for that commit's end."""
    for id_ in ids:
        transaction.execute(
            "INSERT INTO {p}reservations (id, day, accounts, usd, tokens, expires) VALUES (?, '', '[]', 0, 0, 0)"
            " ON CONFLICT (id) DO NOTHING",
            (id_,),
        )
    give_back(transaction, ids)


def drop_past_accounts(transaction: Transaction, now: float) -> None:
    oldest = day_of(now - KEPT_DAYS_OF_ACCOUNTS * SECONDS_OF_DAY)
    transaction.execute("DELETE FROM {p}accounts WHERE day < ?", (oldest,))


def forget(transaction: Transaction, user: str) -> int:
    """Returns how many entries a person had. Reservations are gone through once more after the accounts are locked: one
    may have been made meanwhile."""
    _give_up_reserved(transaction, user)
    accounts = transaction.execute("SELECT day, account FROM {p}accounts WHERE account LIKE ?", ('["user", %',))
    for day, key in sorted(accounts):
        if _is_of(key, user):
            transaction.execute("DELETE FROM {p}accounts WHERE day = ? AND account = ?", (day, key))
    _give_up_reserved(transaction, user)
    return without_name(transaction, user)


def without_name(transaction: Transaction, user: str) -> int:
    rows = transaction.execute(
        f"DELETE FROM {{p}}spending WHERE reader = ? RETURNING {', '.join(COLUMNS)}",  # noqa: S608
        (column_text(user),),
    )
    for row in sorted(rows):
        day, tenant, _, _, *rest = row
        transaction.execute(_SPEND, (day, tenant, "", "", *rest))
    return len(rows)


def _booked(transaction: Transaction, day: str, key: str, reserved: Amount) -> Amount:
    """Set aside on an account and return what is spent and reserved on it; its row stays locked until the end."""
    [(usd, tokens)] = transaction.execute(_BOOK, (day, key, reserved.usd, reserved.tokens))
    return Amount(usd, tokens)


def _pay(transaction: Transaction, day: str, key: str, cost: Amount, back: Amount) -> None:
    amounts = (cost.usd, cost.tokens, back.usd, back.usd, back.tokens, back.tokens)
    transaction.execute(_PAY, (*amounts, day, key))


def _give_up_reserved(transaction: Transaction, user: str) -> None:
    for id_, written in transaction.execute("SELECT id, accounts FROM {p}reservations ORDER BY id"):
        keys = json.loads(written)
        others = [key for key in keys if not _is_of(key, user)]
        if len(others) < len(keys):
            transaction.execute("UPDATE {p}reservations SET accounts = ? WHERE id = ?", (json.dumps(others), id_))


def _is_of(key: str, user: str) -> bool:
    kind, *names = json.loads(key)
    return bool(kind == "user" and names[-1] == user)
