"""Reads sitemaps. Hostile XML is refused, compressed files are bounded."""

import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from tools.errors import UnreadableSource

MAX_SITEMAP_BYTES = 50 * 1024 * 1024  # the sitemap protocol's limit
MAX_ENTRIES = 50_000  # likewise
MAX_ADDRESS_CHARACTERS = 2_048  # likewise
MAX_DEPTH = 16
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Sitemap:
    """Addresses of pages, and of further sitemaps if it is an index."""

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SitemapTask:
    """Implements Task: a sitemap fetched from `source`."""

    source: str
    data: bytes

    def found(self) -> list[tuple[str, ...]]:
        sitemap = read_sitemap(self.data, self.source)
        return [sitemap.pages, sitemap.sitemaps]

    def made(self, found: list[Any]) -> Sitemap:
        pages, sitemaps = found
        return Sitemap(tuple(pages), tuple(sitemaps))


def read_sitemap(data: bytes, source: str) -> Sitemap:
    """Reads XML, plain or gzip, or a text file with one address a line. Raises UnreadableSource."""
    text = _unpacked(data, source)
    if not text.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        lines = [line.strip() for line in text.decode("utf-8-sig", "replace").splitlines()]
        return Sitemap(pages=tuple(line for line in lines if line.startswith(("http://", "https://"))))
    try:
        kind, found = _located(text, source)
    except (ParseError, DefusedXmlException, ValueError, RecursionError) as error:
        raise UnreadableSource(source, f"is not a sitemap ({type(error).__name__})") from None
    return Sitemap(pages=found) if kind == "urlset" else Sitemap(sitemaps=found)


def _located(text: bytes, source: str) -> tuple[str, tuple[str, ...]]:
    """The kind of the root, and the addresses of its entries. Read entry by entry, without building the whole tree."""
    kind = ""
    found: list[str] = []
    open_elements: list[Element] = []
    for event, element in iterparse(BytesIO(text), events=("start", "end"), forbid_dtd=True):
        name = element.tag.rpartition("}")[2]
        if event == "start":
            if not open_elements and (kind := name) not in ("urlset", "sitemapindex"):
                raise UnreadableSource(source, f"is not a sitemap (its root is {kind[:40]!r})")
            open_elements.append(element)
            if len(open_elements) > MAX_DEPTH:
                raise UnreadableSource(source, "nests too deep for a sitemap")
            continue
        open_elements.pop()
        if name == "loc" and len(open_elements) == 2 and element.text and element.text.strip():
            found.append(element.text.strip())
            if len(found[-1]) > MAX_ADDRESS_CHARACTERS:
                raise UnreadableSource(source, f"holds an address of {len(found[-1]):,} characters")
            if len(found) > MAX_ENTRIES:
                raise UnreadableSource(source, f"holds more than {MAX_ENTRIES:,} entries")
        if open_elements:
            open_elements[-1].remove(element)
    return kind, tuple(found)


def _unpacked(data: bytes, source: str) -> bytes:
    if not data.startswith(_GZIP):
        return data
    unpacking = zlib.decompressobj(wbits=31)
    try:
        text = unpacking.decompress(data, MAX_SITEMAP_BYTES)
    except zlib.error:
        raise UnreadableSource(source, "is not a valid gzip file") from None
    if unpacking.unconsumed_tail or not unpacking.eof:
        raise UnreadableSource(source, f"unpacks to more than {MAX_SITEMAP_BYTES / 1e6:,.0f} MB, or is cut off")
    return text
