"""Builds the text of a document whose format has no plain text: HTML, PDF, office files, tables, mail."""

from collections.abc import Iterable

from tools.errors import UnreadableSource
from tools.ingestion.documents import (
    Block,
    BlockKind,
    Document,
    HeadingTrail,
    Limits,
    Metadata,
    PlacedLink,
    check_text,
    title_of,
)

Placed = Iterable[tuple[int, str, str]]


class Extraction:
    """Appends blocks. Paragraphs are separated by a blank line, rows and list items by a line break."""

    def __init__(self, source: str, limits: Limits) -> None:
        self._source, self._limits = source, limits
        self._pieces: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._links: list[PlacedLink] = []
        self._trail = HeadingTrail()
        self.first_heading: str | None = None

    def add(
        self,
        kind: BlockKind,
        text: str,
        *,
        level: int = 1,
        page: int | None = None,
        lines: tuple[int, int] | None = None,
        links: Placed = (),
    ) -> None:
        """`links` are (offset into `text`, link text, href)."""
        if not text.strip():
            return
        if len(self._blocks) >= self._limits.max_blocks or self._length + len(text) > self._limits.max_characters:
            raise UnreadableSource(
                self._source,
                f"holds more than {self._limits.max_characters:,} characters or {self._limits.max_blocks:,} paragraphs",
            )
        if kind == "heading":
            self._trail.enter(level, text)
            self.first_heading = self.first_heading or text
        if self._blocks:
            close = kind in ("list", "table_header", "table_row") and self._blocks[-1].kind in (kind, "table_header")
            self._append("\n" if close else "\n\n")
        start = self._length
        self._append(text)
        self._blocks.append(Block(kind, start, self._length, self._trail.path, page=page, lines=lines))
        self._links.extend(PlacedLink(start + offset, label, href) for offset, label, href in links)

    def _append(self, piece: str) -> None:
        self._pieces.append(piece)
        self._length += len(piece)

    def document(self, metadata: Metadata, *titles: str | None) -> Document:
        text = "".join(self._pieces)
        check_text(self._source, text, self._blocks, self._limits)
        title = title_of(self._source, metadata.title, *titles, self.first_heading)
        return Document(self._source, title, text, tuple(self._blocks), tuple(self._links), metadata)
