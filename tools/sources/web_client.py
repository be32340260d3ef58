"""A polite HTTP client for one site: obeys robots.txt, refuses private addresses on every hop, and bounds answers."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from protego import Protego

from tools.sources.addresses import refusal_of, resolver_for
from tools.sources.specs import SiteSpec

USER_AGENT = "hopline"
MAX_REDIRECTS = 5
MAX_ROBOTS_BYTES = 512 * 1024
MAX_WAIT_SECONDS = 30.0
ATTEMPTS = 3
_REDIRECTS = (301, 302, 303, 307, 308)
_BUSY = (429, 500, 502, 503, 504)


class NotFetched(Exception):
    """With `gone`, the site says that there is no such page; otherwise it is unknown."""

    def __init__(self, reason: str, *, gone: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.gone = reason, gone


@dataclass(frozen=True, slots=True)
class Page:
    """An answer; `body` is empty if it is `unchanged`."""

    url: str
    body: bytes
    content_type: str
    etag: str | None
    modified: str | None
    unchanged: bool = False
    robots: tuple[str, ...] = ()  # X-Robots-Tag, one value for each header


class WebClient:
    def __init__(self, spec: SiteSpec, session: aiohttp.ClientSession, max_bytes: int) -> None:
        self._spec, self._session, self._max_bytes = spec, session, max_bytes
        self._hosts = frozenset({_host(spec.location), *(host.lower() for host in spec.allow_hosts)})
        self._robots: dict[str, Protego] = {}
        self._next_at = 0.0

    async def fetch(self, url: str, *, etag: str | None = None, modified: str | None = None) -> Page:
        """Raises NotFetched: refused by robots.txt or the address rules, gone, too large, or no answer."""
        headers = {"If-None-Match": etag} if etag else {"If-Modified-Since": modified} if modified else {}
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._once(url, headers, self._max_bytes, allowed=self._check_allowed)
            except _Busy as busy:
                if attempt == ATTEMPTS:
                    raise NotFetched(busy.reason) from None
                await asyncio.sleep(min(busy.wait_seconds or 2.0 ** (attempt - 1), MAX_WAIT_SECONDS))
        raise AssertionError("unreachable")

    async def sitemaps(self) -> list[str]:
        """The sitemaps that robots.txt names."""
        robots = await self._robots_of(self._spec.location)
        return list(robots.sitemaps)

    async def _check_allowed(self, url: str) -> None:
        robots = await self._robots_of(url)
        if not robots.can_fetch(url, USER_AGENT):
            raise NotFetched("robots.txt asks to leave it alone", gone=True)

    async def _robots_of(self, url: str) -> Protego:
        """As in RFC 9309: a missing file allows everything, a failing server allows nothing."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._robots:
            try:
                page = await self._once(f"{origin}/robots.txt", {}, MAX_ROBOTS_BYTES)
                written = page.body.decode("utf-8", "replace")
            except NotFetched as missing:
                if not missing.gone:
                    raise NotFetched(f"{origin}/robots.txt {missing.reason}") from None
                written = ""
            except _Busy as busy:
                raise NotFetched(f"{origin}/robots.txt {busy.reason}") from None
            self._robots[origin] = Protego.parse(written)
        return self._robots[origin]

    async def _once(
        self,
        url: str,
        headers: dict[str, str],
        max_bytes: int,
        *,
        allowed: Callable[[str], Awaitable[None]] | None = None,
    ) -> Page:
        """`allowed` is called with each address that a redirect leads to, and raises NotFetched to refuse it."""
        for _ in range(MAX_REDIRECTS + 1):
            refused = refusal_of(url, self._hosts, allow_private=self._spec.allow_private_addresses)
            if refused:
                raise NotFetched(refused)
            if allowed is not None:
                await allowed(url)
            await self._in_turn(url)
            try:
                async with self._session.get(url, headers=headers, allow_redirects=False) as answer:
                    if answer.status in _REDIRECTS and "Location" in answer.headers:
                        url = urljoin(url, answer.headers["Location"])
                        continue
                    return await _page(url, answer, max_bytes)
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                reason = " ".join(str(error).split())[:200] or type(error).__name__
                raise NotFetched(f"can't be reached ({reason})") from None
        raise NotFetched(f"redirects more than {MAX_REDIRECTS} times")

    async def _in_turn(self, url: str) -> None:
        """One request at a time, as far apart as the site or the spec asks."""
        delay = self._spec.delay_seconds
        parts = urlsplit(url)
        robots = self._robots.get(f"{parts.scheme}://{parts.netloc}")
        if robots is not None and (asked := robots.crawl_delay(USER_AGENT)):
            delay = max(delay, min(float(asked), MAX_WAIT_SECONDS))
        wait = self._next_at - time.monotonic()
        self._next_at = max(self._next_at, time.monotonic()) + delay
        if wait > 0:
            await asyncio.sleep(wait)


class _Busy(Exception):
    def __init__(self, reason: str, wait_seconds: float | None) -> None:
        super().__init__(reason)
        self.reason, self.wait_seconds = reason, wait_seconds


async def _page(url: str, answer: aiohttp.ClientResponse, max_bytes: int) -> Page:
    etag, modified = answer.headers.get("ETag"), answer.headers.get("Last-Modified")
    robots = tuple(answer.headers.getall("X-Robots-Tag", []))
    if answer.status == 304:
        return Page(url, b"", "", etag, modified, True, robots)
    if answer.status in (404, 410):
        raise NotFetched(f"is gone ({answer.status})", gone=True)
    if answer.status in _BUSY:
        asked = answer.headers.get("Retry-After", "")
        raise _Busy(f"answered {answer.status}", float(asked) if asked.isdigit() else None)
    if answer.status != 200:
        raise NotFetched(f"answered {answer.status}")
    body = bytearray()
    async for piece in answer.content.iter_chunked(1 << 16):
        body += piece
        if len(body) > max_bytes:
            raise NotFetched(f"is larger than {max_bytes / 1e6:,.1f} MB")
    return Page(url, bytes(body), answer.content_type, etag, modified, robots=robots)


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".").lower()
    except ValueError:
        return ""


@asynccontextmanager
async def open_web_client(spec: SiteSpec, max_bytes: int) -> AsyncIterator[WebClient]:
    resolver: Any = resolver_for(allow_private=spec.allow_private_addresses)
    connector = aiohttp.TCPConnector(resolver=resolver, limit=2, use_dns_cache=False)
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=spec.timeout_seconds),
        headers={"User-Agent": USER_AGENT},
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
    ) as session:
        yield WebClient(spec, session, max_bytes)
    await resolver.close()
