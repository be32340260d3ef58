"""Who pays for a call, and how much may be spent: for the question, by the person, by the tenant, and in total."""

import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from agent.settings import Settings, variable_of
from tools.errors import InvalidSetting
from tools.passages import DEFAULT_TENANT

SECONDS_OF_DAY = 86_400
Kind = Literal["question", "user", "tenant", "total"]
USD_SETTINGS: Mapping[Kind, str] = {
    "question": "max_usd",
    "user": "user_usd_per_day",
    "tenant": "tenant_usd_per_day",
    "total": "total_usd_per_day",
}
_SENTENCES: Mapping[Kind, str] = {
    "question": "the money that this question may cost is spent",
    "user": "your budget for the language model is spent for today",
    "tenant": "your organisation's budget for the language model is spent for today",
    "total": "today's budget for the language model is spent",
}


@dataclass(frozen=True, slots=True)
class Payer:
    """Whose account a call is charged to. `channel` is where the question was asked, empty if nowhere; `asked` is when,
    in seconds since 1970."""

    tenant: str = DEFAULT_TENANT
    user: str = ""
    channel: str = ""
    run_id: str = ""
    asked: float = field(default_factory=time.time, compare=False)


@dataclass(frozen=True, slots=True)
class Amount:
    usd: float = 0.0
    tokens: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.usd + other.usd, self.tokens + other.tokens)


@dataclass(frozen=True, slots=True)
class Limit:
    """How much one account may spend; None means no limit."""

    usd: float | None = None
    tokens: int | None = None

    @property
    def is_set(self) -> bool:
        return self.usd is not None or self.tokens is not None

    def allows(self, spent: Amount) -> bool:
        # Sums of floats are a little off: a budget must not fail its last call by a billionth of a cent.
        usd_fits = self.usd is None or spent.usd <= self.usd or math.isclose(spent.usd, self.usd)
        return usd_fits and (self.tokens is None or spent.tokens <= self.tokens)


@dataclass(frozen=True, slots=True)
class Account:
    """`key` names the account in the ledger, where it starts anew every day."""

    kind: Kind
    key: str
    limit: Limit


@dataclass(frozen=True, slots=True)
class Budgets:
    limits: Mapping[Kind, Limit]

    def accounts(self, payer: Payer) -> list[Account]:
        """Those of the payer's accounts that have a limit, always in the same order: two who lock several of them
        must not wait for each other."""
        keys: dict[Kind, str] = {
            "question": payer.run_id and key_of("question", payer.tenant, payer.run_id),
            "user": key_of("user", payer.tenant, payer.user),
            "tenant": key_of("tenant", payer.tenant),
            "total": key_of("total"),
        }
        found = [Account(kind, keys[kind], limit) for kind, limit in self.limits.items() if limit.is_set and keys[kind]]
        return sorted(found, key=lambda account: account.key)


def key_of(kind: Kind, *names: str) -> str:
    return json.dumps([kind, *names])


def budgets_of(settings: Settings) -> Budgets:
    return Budgets(
        {
            "question": Limit(usd=settings.max_usd),
            "user": Limit(settings.user_usd_per_day, settings.user_tokens_per_day),
            "tenant": Limit(settings.tenant_usd_per_day, settings.tenant_tokens_per_day),
            "total": Limit(settings.total_usd_per_day, settings.total_tokens_per_day),
        }
    )


def check_priced(budgets: Budgets, unpriced: list[str]) -> None:
    """A budget in USD can't be kept with a model whose price is unknown; raises InvalidSetting."""
    named = [variable_of(USD_SETTINGS[kind]) for kind, limit in budgets.limits.items() if limit.usd is not None]
    if named and unpriced:
        raise InvalidSetting(
            f"{named[0]} is set, but the price of {', '.join(unpriced)} is not known: name it in HOPLINE_PRICES_FILE "
            "(0 for a model that costs nothing), or set a budget in tokens."
        )


def renewal_of(day: str) -> float:
    """When the accounts of a day expire, in seconds since 1970."""
    return datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() + SECONDS_OF_DAY


def spent_sentence(kind: Kind, day: str) -> str:
    """The message for whoever asked: what is used up, and when there is more. It tells no sums of other people."""
    if kind == "question":
        return _SENTENCES[kind]
    return f"{_SENTENCES[kind]}; it renews on {datetime.fromtimestamp(renewal_of(day), UTC):%d %B at %H:%M} UTC"
