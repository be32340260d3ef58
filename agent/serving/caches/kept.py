"""Where cached answers lie: in this process, or in Redis for all processes."""

from collections.abc import AsyncIterator, Awaitable, Iterable
from typing import Any, Protocol

from cachetools import TTLCache

from agent.serving.caches.counting import FAILURES
from agent.serving.guard import Guard
from tools.errors import InvalidSetting, MemoryUnavailable

REDIS_SECONDS = 0.5
PREFIX = "hopline:answers:"
_A_PAGE = 500


class Kept(Protocol):
    """Bytes under a key for a while. Reading and writing never fail: what can't be had is a miss."""

    async def get(self, key: str) -> bytes | None: ...

    async def put(self, key: str, value: bytes) -> None: ...

    def items(self) -> AsyncIterator[tuple[str, bytes]]:
        """Everything that is kept; raises MemoryUnavailable, since whoever forgets something must know of it."""
        ...

    async def drop(self, keys: Iterable[str]) -> None:
        """Raises MemoryUnavailable."""
        ...

    async def close(self) -> None: ...


class KeptHere:
    """In this process, the least recently used leave first; at most `max_entries` and `max_bytes` of values."""

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
    """In Redis (a `redis.asyncio.Redis`). While it is down every lookup is a miss, at once: the circuit is open."""

    def __init__(self, redis: Any, *, seconds: float) -> None:
        self._redis, self._seconds = redis, seconds
        self._guard = Guard("Redis", MemoryUnavailable, timeout_seconds=REDIS_SECONDS, wraps_errors=True)

    async def get(self, key: str) -> bytes | None:
        try:
            value: bytes | None = await self._guard.call(lambda: self._redis.get(PREFIX + key))
        except MemoryUnavailable:
            FAILURES.labels("answers").inc()
            return None
        return value

    async def put(self, key: str, value: bytes) -> None:
        try:
            await self._guard.call(lambda: self._redis.set(PREFIX + key, value, px=max(1, int(self._seconds * 1000))))
        except MemoryUnavailable:
            FAILURES.labels("answers").inc()

    async def items(self) -> AsyncIterator[tuple[str, bytes]]:
        cursor = 0
        while True:
            cursor, keys = await self._asked(self._redis.scan(cursor, match=f"{PREFIX}*", count=_A_PAGE))
            values = await self._asked(self._redis.mget(keys)) if keys else []
            for key, value in zip(keys, values, strict=True):
                if value is not None:
                    yield key.decode().removeprefix(PREFIX), value
            if not cursor:
                return

    async def drop(self, keys: Iterable[str]) -> None:
        if names := [PREFIX + key for key in keys]:
            await self._asked(self._redis.delete(*names))

    async def close(self) -> None:
        await self._redis.aclose()

    async def _asked(self, reply: Awaitable[Any]) -> Any:
        from redis.exceptions import RedisError

        try:
            return await reply
        except (RedisError, OSError) as error:
            raise MemoryUnavailable(f"HOPLINE_REDIS_URL: Redis did not answer ({error}).") from error


def kept_in_redis(url: str, *, seconds: float) -> KeptInRedis:
    """Connects at the first use; reads files. Raises InvalidSetting, also without the optional package."""
    try:
        from redis.asyncio import Redis
        from redis.driver_info import DriverInfo  # reads its version from a file: not in the loop
    except ModuleNotFoundError as error:
        raise InvalidSetting(
            "HOPLINE_REDIS_URL: Redis needs an optional package; install it with pip install 'hopline[redis]'."
        ) from error
    try:
        redis: Any = Redis.from_url(
            url, socket_connect_timeout=REDIS_SECONDS, socket_timeout=5.0, driver_info=DriverInfo()
        )
    except ValueError:
        raise InvalidSetting("HOPLINE_REDIS_URL must be redis://host:6379/0, rediss://… or unix://…") from None
    return KeptInRedis(redis, seconds=seconds)
