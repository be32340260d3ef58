"""Sums of what was spent, by person, place, time or model."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from tools.errors import InvalidInput

By = Literal["day", "user", "channel", "model", "tenant"]
COLUMN_OF: Mapping[By, str] = {
    "day": "day",
    "user": "reader",
    "channel": "channel",
    "model": "model",
    "tenant": "tenant",
}
_DAYS = re.compile(r"(\d{1,4})d")


@dataclass(frozen=True, slots=True)
class Line:
    """The sums of one day, person, … (`name`). `usd` leaves out `unpriced_calls`, whose price is not known. A question
    is counted with the model of its first call: summed by model, it says little."""

    name: str
    questions: int = 0
    calls: int = 0
    unpriced_calls: int = 0
    input_tokens: int = 0
    cached_input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0

    @property
    def usd_per_question(self) -> float | None:
        """None where it can't be known: no question, or a call without a price."""
        return self.usd / self.questions if self.questions and not self.unpriced_calls else None


SUMMED = tuple(field for field in Line.__dataclass_fields__ if field != "name")


def lines_by(rows: Iterable[Mapping[str, Any]], by: By) -> list[Line]:
    """The sums: days in order, everything else by falling cost."""
    sums: dict[str, dict[str, Any]] = {}
    for row in rows:
        one = sums.setdefault(row[COLUMN_OF[by]], dict.fromkeys(SUMMED, 0))
        for field in SUMMED:
            one[field] += row[field]
    lines = [Line(name, **one) for name, one in sums.items()]
    if by == "day":
        return sorted(lines, key=lambda line: line.name)
    return sorted(lines, key=lambda line: (-line.usd, -line.input_tokens - line.output_tokens, line.name))


def total_of(lines: Iterable[Line]) -> Line:
    listed = list(lines)
    return Line("total", **{field: sum(getattr(line, field) for line in listed) for field in SUMMED})


def first_day(since: str, today: date | None = None) -> str:
    """`30d` (today and the 29 days before), `2026-11` or `2026-11-24` → the day it begins with. Raises InvalidInput."""
    if (days := _DAYS.fullmatch(since)) and int(days[1]) > 0:
        return ((today or datetime.now(UTC).date()) - timedelta(days=int(days[1]) - 1)).isoformat()
    try:
        return date.fromisoformat(since if len(since) > len("2026-11") else f"{since}-01").isoformat()
    except ValueError:
        raise InvalidInput(f"--since {since!r} is not a time; write 30d, 2026-11 or 2026-11-24") from None
