"""Values with a time to live in Redis, shared by several processes; the optional extra `redis`."""

from collections.abc import AsyncIterator, Awaitable, Iterable
from typing import Any

from tools.errors import InvalidSetting, MemoryUnavailable

CONNECT_SECONDS = 0.5
ANSWER_SECONDS = 5.0
_A_PAGE = 500


class RedisValues:
    """All keys begin with `prefix`, which nothing else may use. Raises MemoryUnavailable. Belongs to one event loop."""

    def __init__(self, redis: Any, prefix: str) -> None:
        self._redis, self._prefix = redis, prefix

    async def get(self, key: str) -> bytes | None:
        value: bytes | None = await _asked(self._redis.get(self._prefix + key))
        return value

    async def put(self, key: str, value: bytes, *, seconds: float) -> None:
        await _asked(self._redis.set(self._prefix + key, value, px=max(1, int(seconds * 1000))))

    async def items(self) -> AsyncIterator[tuple[str, bytes]]:
        cursor = 0
        while True:
            cursor, keys = await _asked(self._redis.scan(cursor, match=f"{self._prefix}*", count=_A_PAGE))
            values = await _asked(self._redis.mget(keys)) if keys else []
            for key, value in zip(keys, values, strict=True):
                if value is not None:
                    yield key.decode().removeprefix(self._prefix), value
            if not cursor:
                return

    async def drop(self, keys: Iterable[str]) -> None:
        if names := [self._prefix + key for key in keys]:
            await _asked(self._redis.delete(*names))

    async def close(self) -> None:
        await self._redis.aclose()


def open_redis(url: str, prefix: str) -> RedisValues:
    """Connects at the first use. Reads files. Raises InvalidSetting, also if the optional package is missing."""
    try:
        from redis.asyncio import Redis
        from redis.driver_info import DriverInfo  # its import reads a file: not in the event loop
    except ModuleNotFoundError as error:
        raise InvalidSetting(
            "HOPLINE_REDIS_URL: Redis needs an optional package; install it with pip install 'hopline[redis]'."
        ) from error
    try:
        redis: Any = Redis.from_url(
            url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=ANSWER_SECONDS, driver_info=DriverInfo()
        )
    except ValueError:
        raise InvalidSetting("HOPLINE_REDIS_URL must be redis://host:6379/0, rediss://… or unix://…") from None
    return RedisValues(redis, prefix)


async def _asked(reply: Awaitable[Any]) -> Any:
    from redis.exceptions import RedisError

    try:
        return await reply
    except (RedisError, OSError) as error:
        raise MemoryUnavailable(f"HOPLINE_REDIS_URL: Redis did not answer ({error}).") from error
