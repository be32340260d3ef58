"""Sitemaps: what a site says its pages are. Hostile XML is refused, compressed files are bounded."""

import zlib
from dataclasses import dataclass
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

MAX_SITEMAP_BYTES = 50 * 1024 * 1024  # the protocol's own bound
_GZIP = b"\x1f\x8b"


class BadSitemap(Exception):
    """The message is one lower-case clause."""


@dataclass(frozen=True, slots=True)
class Sitemap:
    """Addresses of pages, and of further sitemaps when it is an index of them."""

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()


def read_sitemap(data: bytes) -> Sitemap:
    """XML, plain or gzip, or a text file with an address a line. Raises BadSitemap."""
    text = _unpacked(data)
    if not text.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        lines = [line.strip() for line in text.decode("utf-8-sig", "replace").splitlines()]
        return Sitemap(pages=tuple(line for line in lines if line.startswith(("http://", "https://"))))
    try:
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, RecursionError) as error:
        raise BadSitemap(f"is not a sitemap ({type(error).__name__})") from None
    kind = root.tag.rpartition("}")[2]
    if kind not in ("urlset", "sitemapindex"):
        raise BadSitemap(f"is not a sitemap (its root is {kind[:40]!r})")
    found = tuple(
        place.text.strip()
        for entry in root
        for place in entry
        if place.tag.rpartition("}")[2] == "loc" and place.text and place.text.strip()
    )
    return Sitemap(pages=found) if kind == "urlset" else Sitemap(sitemaps=found)


def _unpacked(data: bytes) -> bytes:
    if not data.startswith(_GZIP):
        return data
    unpacking = zlib.decompressobj(wbits=31)
    try:
        text = unpacking.decompress(data, MAX_SITEMAP_BYTES)
    except zlib.error:
        raise BadSitemap("is not a valid gzip file") from None
    if unpacking.unconsumed_tail or not unpacking.eof:
        raise BadSitemap(f"unpacks to more than {MAX_SITEMAP_BYTES / 1e6:,.0f} MB, or is cut off")
    return text
