"""When a model call is tried again, and how long after: jittered exponential back-off that honours Retry-After."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from tools.errors import ModelUnavailable

Value = TypeVar("Value")

FIRST_WAIT_SECONDS = 0.5
MAX_WAIT_SECONDS = 20.0
MAX_RETRY_AFTER_SECONDS = 60.0


def retry_after_seconds(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """How long the server asks to wait: `Retry-After` in seconds or as an HTTP date, `retry-after-ms` where given.

    None when it is absent or nonsense; at most MAX_RETRY_AFTER_SECONDS, never negative.
    """
    milliseconds, written = headers.get("retry-after-ms"), headers.get("retry-after")
    try:
        if milliseconds is not None:
            seconds = float(milliseconds) / 1000
        elif written is not None:
            seconds = _seconds_or_date(written.strip(), now or datetime.now(UTC))
        else:
            return None
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS) if math.isfinite(seconds) else None


def _seconds_or_date(written: str, now: datetime) -> float:
    try:
        return float(written)
    except ValueError:
        date = parsedate_to_datetime(written)
        return ((date if date.tzinfo else date.replace(tzinfo=UTC)) - now).total_seconds()


async def with_retries(
    call: Callable[[], Awaitable[Value]],
    *,
    attempts: int,
    deadline: float,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Value:
    """`call`, tried up to `attempts` times while it raises ModelUnavailable.

    `deadline` is on `time.monotonic`'s clock. A wait that would end behind it is not begun: the last error is raised
    at once instead, with the server's `retry_after_seconds`, so that the caller can decide.
    """
    backoff = wait_random_exponential(multiplier=FIRST_WAIT_SECONDS, max=MAX_WAIT_SECONDS)

    def wait(state: RetryCallState) -> float:
        asked = _asked_wait(state)
        # The jitter stays on top of what the server asks: a crowd of clients must not come back at one moment.
        return backoff(state) if asked is None else asked + min(backoff(state), 1.0)

    def stop(state: RetryCallState) -> bool:
        return stop_after_attempt(attempts)(state) or time.monotonic() + (state.upcoming_sleep or 0.0) >= deadline

    retrying = AsyncRetrying(
        retry=retry_if_exception_type(ModelUnavailable), wait=wait, stop=stop, sleep=sleep, reraise=True
    )
    return await retrying(call)


def _asked_wait(state: RetryCallState) -> float | None:
    error = state.outcome.exception() if state.outcome else None
    return error.retry_after_seconds if isinstance(error, ModelUnavailable) else None
