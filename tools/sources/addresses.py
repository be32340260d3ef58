"""Decides which addresses a fetcher may contact: a sitemap or redirect must not lead it into its own network."""

import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver


class AddressRefused(OSError):
    """The host's address is private. An OSError, so that aiohttp reports it as a failed connection."""


def is_public(address: str) -> bool:
    """Whether an IP address is reachable from everywhere, looking through IPv6 forms that wrap an IPv4 address."""
    try:
        parsed = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        wrapped = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None)
        if wrapped is None and parsed in ipaddress.ip_network("64:ff9b::/96"):
            wrapped = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        if wrapped is not None:
            return is_public(str(wrapped))
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved


class PublicResolver(AbstractResolver):
    """Refuses a host if any of its addresses is private. The connection uses the addresses checked here, so a name that
    resolves differently the next time gains nothing."""

    def __init__(self) -> None:
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        for result in found:
            if not is_public(result["host"]):
                raise AddressRefused(f"{host} is at the private address {result['host']}")
        return found

    async def close(self) -> None:
        await self._resolver.close()


def refusal_of(url: str, allowed_hosts: frozenset[str], *, allow_private: bool) -> str | None:
    """Why a URL must not be requested, checked before its name is resolved; None if it may be."""
    try:
        parts = urlsplit(url)
        host, _ = (parts.hostname or "").rstrip(".").lower(), parts.port
    except ValueError:
        return "is not a valid address"
    if parts.scheme not in ("http", "https") or not host:
        return "is not an http or https address"
    if parts.username or parts.password:
        return "carries a name or a password"
    if host not in allowed_hosts:
        return f"leads to another host, {host} (allow_hosts names those that may be asked)"
    # A literal address never reaches the resolver.
    if not allow_private and _is_literal(host) and not is_public(host):
        return f"leads to the private address {host}"
    return None


def _is_literal(host: str) -> bool:
    """Whether the host is an IP address, also in forms that only the C library accepts: 127.1, 0x7f000001,
    017700000001."""
    try:
        ipaddress.ip_address(host.split("%", 1)[0])
    except ValueError:
        try:
            socket.inet_aton(host)
        except OSError:
            return False
    return True


def resolver_for(*, allow_private: bool) -> Any:
    return ThreadedResolver() if allow_private else PublicResolver()
