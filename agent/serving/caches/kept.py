"""Where cached answers are kept: in this process, or in Redis for all processes."""

from collections.abc import AsyncIterator, Iterable
from typing import Protocol

from cachetools import TTLCache

from agent.serving.caches.counting import FAILURES
from agent.serving.guard import Guard
from tools.database.redis_values import RedisValues, open_redis
from tools.errors import MemoryUnavailable

REDIS_SECONDS = 0.5
PREFIX = "hopline:answers:"


class Kept(Protocol):
    """Bytes under a key for a while. Reading and writing never fail: what can't be read is a miss."""

    async def get(self, key: str) -> bytes | None: ...

    async def put(self, key: str, value: bytes) -> None: ...

    def items(self) -> AsyncIterator[tuple[str, bytes]]:
        """Everything that is kept; raises MemoryUnavailable, since erasure must know about it."""
        ...

    async def drop(self, keys: Iterable[str]) -> None:
        """Raises MemoryUnavailable."""
        ...

    async def close(self) -> None: ...


class KeptHere:
    """In this process. The least recently used values are dropped first; at most `max_entries`, and `max_bytes` of
    values."""

    def __init__(self, *, seconds: float, max_entries: int, max_bytes: int) -> None:
        least = max_bytes / max_entries  # no entry counts for less, which bounds their number too
        self._values: TTLCache[str, bytes] = TTLCache(
            max_bytes, seconds, getsizeof=lambda value: max(len(value), least)
        )

    async def get(self, key: str) -> bytes | None:
        value: bytes | None = self._values.get(key)
        return value

    async def put(self, key: str, value: bytes) -> None:
        if len(value) <= self._values.maxsize:
            self._values[key] = value

    async def items(self) -> AsyncIterator[tuple[str, bytes]]:
        self._values.expire()
        for item in list(self._values.items()):
            yield item

    async def drop(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._values.pop(key, None)

    async def close(self) -> None:
        self._values.clear()


class KeptInRedis:
    """In Redis. While it is down, every lookup is an immediate miss: the circuit is open."""

    def __init__(self, values: RedisValues, *, seconds: float) -> None:
        self._values, self._seconds = values, seconds
        self._guard = Guard("Redis", MemoryUnavailable, timeout_seconds=REDIS_SECONDS, wraps_errors=True)

    async def get(self, key: str) -> bytes | None:
        try:
            return await self._guard.call(lambda: self._values.get(key))
        except MemoryUnavailable:
            FAILURES.labels("answers").inc()
            return None

    async def put(self, key: str, value: bytes) -> None:
        try:
            await self._guard.call(lambda: self._values.put(key, value, seconds=self._seconds))
        except MemoryUnavailable:
            FAILURES.labels("answers").inc()

    def items(self) -> AsyncIterator[tuple[str, bytes]]:
        return self._values.items()

    async def drop(self, keys: Iterable[str]) -> None:
        await self._values.drop(keys)

    async def close(self) -> None:
        await self._values.close()


def kept_in_redis(url: str, *, seconds: float) -> KeptInRedis:
    """Connects at the first use; reads files. Raises InvalidSetting, also without the optional package."""
    return KeptInRedis(open_redis(url, PREFIX), seconds=seconds)
