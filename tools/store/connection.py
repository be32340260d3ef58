"""The connection to Milvus: one client for each event loop, a deadline around every request, and errors in our own
words."""

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from tools.errors import HoplineError, InvalidSetting, PermanentError, SearchUnavailable, StorageFull
from tools.store.address import Address

Result = TypeVar("Result")

ATTEMPTS = 3
LEAST_FREE_BYTES = 16 * 2**20
_RATE_LIMITED = 8
_AUTHENTICATION = ("unauthenticated", "auth check failure", "permission_denied", "permissiondenied")
_TRANSIENT = (
    "unavailable",
    "deadline_exceeded",
    "rate limit",
    "connection",
    "timeout",
    "not ready",
    "channel",
    "has not been init",
)
"""The last is from Milvus Lite, which listens a moment before its storage is ready."""
_FULL = ("no space left", "disk is full", "disk full", "disk quota", "quota exceeded")

log = logging.getLogger("hopline.store")


class Connection:
    """Sends requests to one Milvus. `uri` is where it listens now; an embedded one gets another with each start."""

    def __init__(self, uri: str, address: Address) -> None:
        self.place = address.place
        self._uri = uri
        self._folder = address.path.absolute().parent if address.path is not None else None
        self._timeout_seconds = address.timeout_seconds
        self._client_options = address.client_options
        self._revive: Callable[[], str | None] | None = None
        self._reload: Callable[[Any], Awaitable[None]] | None = None
        self._reviving: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[str, Any]] = WeakKeyDictionary()
        """Each with the URI that it was made for."""

    async def call(
        self, request: Callable[[Any], Awaitable[Result]], *, writes: bool = False, timeout_seconds: float | None = None
    ) -> Result:
        """Send one request, up to three times within one deadline; every request may safely be repeated.

        Raises SearchUnavailable (no answer), StorageFull, InvalidSetting (token) or PermanentError.
        """
        seconds = timeout_seconds or self._timeout_seconds
        try:
            async with asyncio.timeout(seconds):
                async for attempt in AsyncRetrying(
                    stop=stop_after_attempt(ATTEMPTS),
                    wait=wait_random_exponential(multiplier=0.05, max=1.0),
                    retry=retry_if_exception_type(SearchUnavailable),
                    reraise=True,
                ):
                    with attempt:
                        return await self._once(request, writes)
        except TimeoutError:
            raise SearchUnavailable(
                f"Milvus at {self.place} did not answer within {seconds:g} s.{self._advice()}"
            ) from None
        raise AssertionError("unreachable: the retries return or raise")

    def stand_by(self, revive: Callable[[], str | None], reload: Callable[[Any], Awaitable[None]]) -> None:
        """For an embedded store, whose server is our child process: `revive` (in a thread) returns its URI, restarting
        it if it has died; `reload` prepares a new server for requests."""
        self._revive, self._reload = revive, reload

    async def close(self) -> None:
        _, client = self._clients.pop(asyncio.get_running_loop(), ("", None))
        if client is not None:
            await client.close()

    async def _once(self, request: Callable[[Any], Awaitable[Result]], writes: bool) -> Result:
        uri = self._uri
        try:
            return await request(self._client())
        except (HoplineError, TimeoutError):
            raise
        except Exception as error:
            ours = self._in_our_words(error, is_full=writes and await asyncio.to_thread(self._no_room))
            if isinstance(ours, SearchUnavailable):
                await self._stand_up_again(uri)
            raise ours from error

    async def _stand_up_again(self, failed_uri: str) -> None:
        """The first request that fails restarts the server; the others of its event loop wait for it. Then all try
        again."""
        if self._revive is None or self._reload is None:
            return
        async with self._reviving.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            if self._uri != failed_uri:
                return
            try:
                uri = await asyncio.to_thread(self._revive)
            except HoplineError as error:
                log.error("the store %s could not be started again: %s", self.place, error)
                return
            if uri is None or uri == self._uri:
                return
            await self.close()
            self._uri = uri
            try:
                await self._reload(self._client())
            except Exception as error:
                self._uri = failed_uri  # not ready yet: the next request tries again
                await self.close()
                raise self._in_our_words(error) from error

    def _client(self) -> Any:
        """The client of the running event loop: its channel and locks can't be used on another one. It is made anew
        once a request of another loop has restarted the server."""
        from pymilvus import AsyncMilvusClient

        loop, uri = asyncio.get_running_loop(), self._uri
        made_for, client = self._clients.get(loop, ("", None))
        if made_for != uri:
            _keep_poller()
            client = AsyncMilvusClient(uri, dedicated=True, timeout=self._timeout_seconds, **self._client_options)
            self._clients[loop] = uri, client
        return client

    def _in_our_words(self, error: Exception, *, is_full: bool = False) -> Exception:
        from pymilvus.exceptions import MilvusException

        if not (isinstance(error, MilvusException) or type(error).__module__.startswith("grpc.")):
            return error
        detail = _detail(error)
        said = detail.lower()
        if is_full or any(sign in said for sign in _FULL):
            return StorageFull(f"The disk of the store {self.place} has no room left; free some and run again.")
        if any(sign in said for sign in _AUTHENTICATION):
            return InvalidSetting(f"HOPLINE_MILVUS_TOKEN: Milvus at {self.place} refused it ({detail}).")
        if getattr(error, "code", None) == _RATE_LIMITED or any(sign in said for sign in _TRANSIENT):
            return SearchUnavailable(f"Milvus at {self.place} is unavailable: {detail}.{self._advice()}")
        return PermanentError(f"Milvus at {self.place} refused a request: {detail}")

    def _advice(self) -> str:
        return "" if self._folder else " Check that this server runs and that HOPLINE_MILVUS_URI names it."

    def _no_room(self) -> bool:
        # Milvus Lite says "internal error" for everything, even for a full disk.
        return self._folder is not None and shutil.disk_usage(self._folder).free < LEAST_FREE_BYTES


@cache
def import_vendor() -> None:
    """Import pymilvus and set it up for this process, once; blocks for most of a second."""
    import pymilvus  # noqa: F401

    # We raise each error again in our own words; pymilvus would also print its traceback to stderr.
    for name in ("pymilvus", "pymilvus.milvus_client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


@cache
def _keep_poller() -> None:
    """Keep gRPC's poller alive; call this in an event loop. gRPC would otherwise stop it with the last client and wait
    for its thread in the loop."""
    from grpc.aio import init_grpc_aio  # type: ignore[import-untyped]

    init_grpc_aio()


def _detail(error: Any) -> str:
    message = getattr(error, "message", None) or getattr(error, "details", lambda: None)() or str(error)
    code = error.code() if callable(getattr(error, "code", None)) else getattr(error, "code", "")
    return f"{' '.join(str(message).split())[:300]} (code {code})"
