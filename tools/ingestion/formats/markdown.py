"""Markdown: structure by markdown-it, offsets into the file's own text."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tools.ingestion.documents import Block, BlockKind, Document, HeadingTrail, Limits, PlacedLink, check_text, title_of
from tools.ingestion.formats.charsets import decode
from tools.ingestion.formats.front_matter import split_front_matter

_NEWLINE = re.compile(r"\r\n?|\n")
# Inline parsing is quadratic on hostile input; no real paragraph with links is longer than this.
_MAX_INLINE_CHARACTERS = 8_000
_LEAVES: dict[str, BlockKind] = {
    "paragraph_open": "paragraph",
    "heading_open": "heading",
    "fence": "code",
    "code_block": "code",
    "html_block": "paragraph",
    "tr_open": "table_row",
}


class MarkdownReader:
    suffixes = (".md", ".markdown", ".mdown", ".mkd")

    def read(self, data: bytes, source: str, limits: Limits) -> Document:
        text = decode(data, source)
        metadata, begin = split_front_matter(text, source)
        parsed = _Parsed(text, begin)
        blocks = parsed.blocks()
        check_text(source, text, blocks, limits)
        title = title_of(source, metadata.title, parsed.first_heading)
        return Document(source, title, text, tuple(blocks), tuple(parsed.links), metadata)


class _Parsed:
    """One pass over the block tokens. A block is a run of whole lines."""

    def __init__(self, text: str, begin: int) -> None:
        self._text = text
        self._parser = MarkdownIt("commonmark").enable("table").disable(["inline", "text_join"])
        self._env: dict[str, object] = {}
        self._tokens = self._parser.parse(text[begin:], self._env)
        self._line_starts = [begin, *(match.end() for match in _NEWLINE.finditer(text, begin)), len(text)]
        self._first_line = len(_NEWLINE.findall(text, 0, begin)) + 1
        self._trail = HeadingTrail()
        self.first_heading: str | None = None
        self.links: list[PlacedLink] = []

    def blocks(self) -> list[Block]:
        """The leaf blocks in order, and the lines in between for which the parser has no token (link definitions)."""
        found: list[Block] = []
        line = 0
        for kind, first, last in self._leaves():
            if first > line:
                found.extend(self._block("paragraph", line, first, found[-1].headings if found else ()))
            if last > max(first, line):
                found.extend(self._block(kind, max(first, line), last, self._trail.path))
                line = last
        found.extend(self._block("paragraph", line, len(self._line_starts) - 1, self._trail.path))
        return found

    def _leaves(self) -> Iterator[tuple[BlockKind, int, int]]:
        in_head = in_list = 0
        for index, token in enumerate(self._tokens):
            in_head += token.nesting if token.type in ("thead_open", "thead_close") else 0
            in_list += token.nesting if token.type in ("list_item_open", "list_item_close") else 0
            if token.type == "inline":
                self._find_links(token)
            kind = _LEAVES.get(token.type)
            if kind is None or token.map is None:
                continue
            first, last = token.map
            if token.type == "heading_open" and token.level == 0:
                self._enter(int(token.tag[1:]), self._tokens[index + 1].content)
            elif kind in ("heading", "paragraph"):
                kind = "list" if in_list else "paragraph"
            elif in_head:
                kind, last = "table_header", last + 1  # including the line of dashes below it
            yield kind, first, last

    def _enter(self, level: int, heading: str) -> None:
        plain = re.sub(r"!?\[([^\]]*)\]\([^)]*\)|[`*]", r"\1", heading)
        self._trail.enter(level, plain)
        self.first_heading = self.first_heading or " ".join(plain.split())

    def _block(self, kind: BlockKind, first: int, last: int, headings: tuple[str, ...]) -> list[Block]:
        while first < last and not self._text[self._line_starts[first] : self._line_starts[first + 1]].strip():
            first += 1
        start, end = self._line_starts[first], self._line_starts[min(last, len(self._line_starts) - 1)]
        written = self._text[start:end].rstrip()
        if not written:
            return []
        line = self._first_line + first
        return [Block(kind, start, start + len(written), headings, lines=(line, line + len(_NEWLINE.findall(written))))]

    def _find_links(self, token: Token) -> None:
        """Inline tokens have no offsets: a link is placed at the next occurrence of its text."""
        if token.map is None or len(token.content) > _MAX_INLINE_CHARACTERS:
            return
        if "[" not in token.content and "<" not in token.content:
            return
        children: list[Token] = []
        self._parser.inline.parse(token.content, self._parser, self._env, children)
        first, last = (self._line_starts[min(line, len(self._line_starts) - 1)] for line in token.map)
        for position, child in enumerate(children):
            href = child.attrGet("href") if child.type == "link_open" else None
            if href:
                label = _label(children, position + 1)
                found = self._text.find(label.split("\n")[0], first, last) if label else -1
                first = max(found, first)
                self.links.append(PlacedLink(first, " ".join(label.split()), str(href)))


def _label(children: list[Token], position: int) -> str:
    words = []
    for child in children[position:]:
        if child.type == "link_close":
            break
        words.append("\n" if child.type in ("softbreak", "hardbreak") else child.content)
    return "".join(words)
