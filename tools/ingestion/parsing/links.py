"""Resolves links: to another source of the same folder, or to a URL."""

import re
from bisect import bisect_left
from urllib.parse import unquote

from tools.ingestion.documents import Document
from tools.ingestion.files.mirror_paths import linked_page
from tools.passages import Link

MAX_LINKS = 100
MAX_LINK_BYTES = 32_000  # of all links of a passage: the store keeps them in one field
MAX_TARGET_CHARACTERS = 1_000
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_FOLLOWABLE = ("http:", "https:", "mailto:", "ftp:")


class Links:
    """A document's links by position. `address` is where it was fetched, to resolve links between pages of a site."""

    def __init__(self, document: Document, address: str | None) -> None:
        self._document, self._address = document, address

    def between(self, start: int, end: int) -> tuple[Link, ...]:
        """The links between two offsets that lead to other sources or addresses."""
        found: dict[Link, None] = {}
        room = MAX_LINK_BYTES
        links, source = self._document.links, self._document.source
        for link in links[bisect_left(links, start, key=lambda link: link.start) :]:
            if link.start >= end or len(found) >= MAX_LINKS:
                break
            target = self.target(link.target)
            if target and target != source:
                room -= len(f"{link.text[:200]}{target}".encode("utf-8", "surrogatepass"))
                if room < 0:
                    break
                found[Link(link.text[:200], target)] = None
        return tuple(found)

    def target(self, href: str) -> str | None:
        """The source or URL that a link of the document leads to."""
        target = resolve_link(self._document.source, href)
        if target is None or self._address is None:
            return target
        return linked_page(self._document.source, self._address, href.strip()) or target


def resolve_link(source: str, href: str) -> str | None:
    """The source that `href` in `source` points to (without anchor and query), or the URL as written.

    A path from the root (`/hr/leave.md`) starts at the first folder of the source's name. None for anchors of the same
    page, `javascript:` and `data:`, and paths out of the ingested folder.
    """
    href = "".join(href.split()) if "\n" in href else href.strip()
    if not href or len(href) > MAX_TARGET_CHARACTERS or href.startswith("#"):
        return None
    if href.startswith("//") or _SCHEME.match(href):
        return href if href.startswith("//") or href.lower().startswith(_FOLLOWABLE) else None
    path = unquote(re.split(r"[?#]", href, maxsplit=1)[0], errors="replace").replace("\\", "/")
    folder = source.split("/")[:-1]
    if path.startswith("/"):
        folder = folder[:1]
    return _normalised(folder, path)


def _normalised(folder: list[str], path: str) -> str | None:
    parts = list(folder)
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    target = "/".join(parts)
    return target if target and "\0" not in target else None
