import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.chat.retries import MAX_RETRY_AFTER_SECONDS, retry_after_seconds, with_retries
from tools.errors import ModelRefused, ModelUnavailable

NOW = datetime(2026, 11, 1, 12, 0, 0, tzinfo=UTC)


class Failing:
    """Fails as told, then returns "done"; remembers the waits instead of waiting."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0
        self.waits: list[float] = []

    async def call(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    async def run(self, attempts: int = 4, seconds: float = 100.0) -> str:
        return await with_retries(self.call, attempts=attempts, deadline=time.monotonic() + seconds, sleep=self.sleep)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": " 0.5 "}, 0.5),
        ({"retry-after": format_datetime(NOW + timedelta(seconds=20), usegmt=True)}, 20.0),
        ({"retry-after": format_datetime(NOW - timedelta(seconds=20), usegmt=True)}, 0.0),
        ({"retry-after": "86400"}, MAX_RETRY_AFTER_SECONDS),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "-4"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_seconds_and_as_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_seconds(headers, NOW) == seconds


@given(st.text(max_size=40))
def test_any_retry_after_is_a_bounded_wait_or_none(written: str) -> None:
    seconds = retry_after_seconds({"retry-after": written}, NOW)
    assert seconds is None or 0 <= seconds <= MAX_RETRY_AFTER_SECONDS


async def test_waits_grow_with_jitter_and_stay_bounded() -> None:
    doubles = [Failing(*[ModelUnavailable("busy")] * 3) for _ in range(40)]
    for double in doubles:
        assert await double.run() == "done"
    for n, bound in enumerate([0.5, 1.0, 2.0]):
        waits = [double.waits[n] for double in doubles]
        assert max(waits) <= bound
        assert len(set(waits)) > 30, "clients that failed together don't come back together"
    assert max(double.waits[2] for double in doubles) > 1.0


async def test_the_servers_wait_is_the_least() -> None:
    double = Failing(ModelUnavailable("busy", retry_after_seconds=7.0))
    await double.run()
    assert 7.0 <= double.waits[0] <= 8.0


async def test_the_last_error_is_raised_after_the_attempts() -> None:
    double = Failing(*[ModelUnavailable(str(n)) for n in range(9)])
    with pytest.raises(ModelUnavailable, match="2"):
        await double.run(attempts=3)
    assert double.calls == 3


async def test_no_wait_is_begun_that_would_end_behind_the_deadline() -> None:
    double = Failing(ModelUnavailable("busy", retry_after_seconds=50.0))
    with pytest.raises(ModelUnavailable):
        await double.run(seconds=10.0)
    assert double.waits == []


async def test_a_permanent_error_is_not_tried_again() -> None:
    double = Failing(ModelRefused("no"))
    with pytest.raises(ModelRefused):
        await double.run()
    assert double.calls == 1
