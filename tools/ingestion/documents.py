"""What a reader returns for a file: its text, the structure of that text, and the file's metadata."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal, Protocol

from tools.errors import UnreadableSource
from tools.passages import Status

BlockKind = Literal["heading", "paragraph", "list", "code", "table_header", "table_row"]

MAX_TITLE_CHARACTERS = 300
MAX_HEADING_CHARACTERS = 200
MAX_SUPERSEDED = 32


class UnclearRights(UnreadableSource):
    """It can't be told who may read the source. It is not ingested, and what the store has of it is removed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is read before it is refused. Sizes are in bytes, texts in code points."""

    max_bytes: int = 50 * 1024 * 1024
    max_characters: int = 20_000_000
    max_blocks: int = 200_000
    max_pages: int = 5_000
    max_unpacked_bytes: int = 500 * 1024 * 1024
    max_nesting: int = 500


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item, code block or table row: `text[start:end]` of its document.

    `headings` is the path of headings above it, including itself if it is one. `lines` are 1-based and inclusive.
    """

    kind: BlockKind
    start: int
    end: int
    headings: tuple[str, ...] = ()
    page: int | None = None
    lines: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class PlacedLink:
    """A hyperlink and the offset of its text in the document. `target` is as written, until `resolve_link`."""

    start: int
    text: str
    target: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file says about itself in front matter, meta elements or properties. None or empty: it says nothing."""

    title: str = ""
    groups: tuple[str, ...] | None = None
    updated: str | None = None
    status: Status | None = None
    superseded_by: str | None = None
    supersedes: tuple[str, ...] = ()
    valid_from: str | None = None
    valid_until: str | None = None
    url: str | None = None
    aliases: tuple[str, ...] = ()
    tenant: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A source as it was read. `blocks` are in order, don't overlap, and cover all text except the front matter."""

    source: str
    title: str
    text: str
    blocks: tuple[Block, ...]
    links: tuple[PlacedLink, ...] = ()
    metadata: Metadata = Metadata()


class SourceReader(Protocol):
    """Reads one family of files, chosen by suffix."""

    @property
    def suffixes(self) -> tuple[str, ...]: ...

    def read(self, data: bytes, source: str, limits: Limits) -> Document:
        """Raises UnreadableSource naming `source`, or UnclearRights when the groups in the file can't be understood."""
        ...


class HeadingTrail:
    """Keeps the path of headings for the next block."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []

    def enter(self, level: int, heading: str) -> None:
        while self._open and self._open[-1][0] >= level:
            self._open.pop()
        self._open.append((level, " ".join(heading.split())[:MAX_HEADING_CHARACTERS]))

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(heading for _, heading in self._open if heading)


_SPACED_DATE = re.compile(r"\b((?:19|20)\d\d) (\d\d) (\d\d)\b")


def title_of(source: str, *candidates: str | None) -> str:
    """The first candidate that is not blank, on one line; else the file's name as words."""
    for candidate in candidates:
        title = " ".join((candidate or "").split())
        if title:
            return title[:MAX_TITLE_CHARACTERS]
    stem = PurePosixPath(source).stem
    words = " ".join(stem.replace("_", " ").replace("-", " ").split())
    return _SPACED_DATE.sub(r"\1-\2-\3", words)[:MAX_TITLE_CHARACTERS] or stem


def check_text(source: str, text: str, blocks: Sequence[Block], limits: Limits) -> None:
    if not blocks or not text.strip():
        raise UnreadableSource(source, "holds no text")
    if len(text) > limits.max_characters:
        raise UnreadableSource(source, f"holds more than {limits.max_characters:,} characters of text")
    if len(blocks) > limits.max_blocks:
        raise UnreadableSource(source, f"holds more than {limits.max_blocks:,} paragraphs")


def is_one_line(name: str) -> bool:
    """Whether a name can be stored and looked up: it has no line breaks, control characters or lone surrogates."""
    return all(character.isprintable() or character in " \u00a0\u3000" for character in name)


def digest(*parts: str) -> str:
    """SHA-256 over the parts. Each part's length is hashed too, so that no two lists of parts give the same input."""
    written = "".join([f"{len(part)}:{part}" for part in parts])
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()
