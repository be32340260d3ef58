"""Reads plain text: paragraphs between blank lines, and the headings of reStructuredText and AsciiDoc."""

import re

from tools.ingestion.documents import Block, Document, HeadingTrail, Limits, check_text, title_of
from tools.ingestion.formats.charsets import decode

_BLANK = re.compile(r"(?:[ \t\v]*(?:\r\n|\r(?!\n)|\n)){2,}|\f")
_NEWLINE = re.compile(r"\r\n?|\n")
_MAX_TITLE_LINE = 100
_MARKUP = (".rst", ".adoc", ".asciidoc")
_UNDERLINED = re.compile(
    r"""(?:([^\w\s])\1{2,}[ \t]*(?:\r\n?|\n))?[ \t]*(\S[^\r\n]*)(?:\r\n?|\n)([=\-~^"'`#*+.:_])\3{2,}[ \t]*"""
)
_EQUALS = re.compile(r"(={1,6})[ \t]+(\S[^\r\n]*)")


class PlainTextReader:
    suffixes = (".txt", ".text", ".log", *_MARKUP)

    def read(self, data: bytes, source: str, limits: Limits) -> Document:
        text = decode(data, source)
        blocks: list[Block] = []
        headings = _Headings() if source.lower().endswith(_MARKUP) else None
        start, line = 0, 1
        for gap in [*_BLANK.finditer(text), None]:
            end = gap.start() if gap else len(text)
            if text[start:end].strip():
                last = line + len(_NEWLINE.findall(text, start, end))
                is_heading = headings is not None and headings.enter(text[start:end])
                path = headings.path if headings is not None else ()
                blocks.append(Block("heading" if is_heading else "paragraph", start, end, path, lines=(line, last)))
            following = gap.end() if gap else end
            line += len(_NEWLINE.findall(text, start, following))
            start = following
        check_text(source, text, blocks, limits)
        first = headings.first if headings is not None else None
        return Document(source, title_of(source, first or _title_line(text, blocks)), text, tuple(blocks))


class _Headings:
    """reStructuredText has no fixed levels: the first kind of underline is the highest level, and so on."""

    def __init__(self) -> None:
        self._trail = HeadingTrail()
        self._lines: list[str] = []
        self.first: str | None = None

    @property
    def path(self) -> tuple[str, ...]:
        return self._trail.path

    def enter(self, paragraph: str) -> bool:
        if match := _EQUALS.fullmatch(paragraph):
            level, heading = len(match.group(1)), match.group(2)
        elif match := _UNDERLINED.fullmatch(paragraph):
            over, heading, under = match.groups()
            kind = (over or "") + under
            if kind not in self._lines:
                self._lines.append(kind)
            level = self._lines.index(kind) + 1
        else:
            return False
        self._trail.enter(level, heading)
        self.first = self.first or heading
        return True


def _title_line(text: str, blocks: list[Block]) -> str | None:
    """The first paragraph is the title if it is one short line that does not end like a sentence."""
    first = text[blocks[0].start : blocks[0].end].strip()
    plain = len(blocks) > 1 and len(first) <= _MAX_TITLE_LINE and not _NEWLINE.search(first)
    return first if plain and first[-1] not in ".!?:;,|" else None
