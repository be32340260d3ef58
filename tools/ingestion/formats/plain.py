"""Reads plain text: paragraphs between blank lines, the headings of reStructuredText and AsciiDoc, and in other files
underlined ones and those in capitals."""

import re

from tools.ingestion.documents import Block, Document, HeadingTrail, Limits, check_text, title_of
from tools.ingestion.formats.charsets import decode

# It is looked for where a run of blanks begins: from each blank of it, the time would grow with the run's square.
_BLANK = re.compile(r"(?<![ \t\v])(?:[ \t\v]*(?:\r\n|\r(?!\n)|\n)){2,}|\f")
_NEWLINE = re.compile(r"\r\n?|\n")
_MAX_TITLE_LINE = 100
_MAX_HEADING_WORDS = 8
_MARKUP = (".rst", ".adoc", ".asciidoc")
_UNDERLINED = re.compile(
    r"""(?:([^\w\s])\1{2,}[ \t]*(?:\r\n?|\n))?[ \t]*(\S[^\r\n]*)(?:\r\n?|\n)([=\-~^"'`#*+.:_])\3{2,}[ \t]*"""
)
_CAPITALS = re.compile(r"[ \t]*+(?=(?:[^\r\n]*[^\W\d_]){4})([^\W_][^\r\n]{2,59}?)[ \t]*+:?[ \t]*+(?:\r\n?|\n|$)")
"""The first line of a paragraph, as far as its letters are capitals."""

_EQUALS = re.compile(r"(={1,6})[ \t]+(\S[^\r\n]*)")


class PlainTextReader:
    suffixes = (".txt", ".text", ".log", *_MARKUP)

    def read(self, data: bytes, source: str, limits: Limits) -> Document:
        text = decode(data, source)
        blocks: list[Block] = []
        is_log = source.lower().endswith(".log")
        headings = None if is_log else _Headings(in_capitals=not source.lower().endswith(_MARKUP))
        start, line = 0, 1
        for gap in [*_BLANK.finditer(text), None]:
            end = gap.start() if gap else len(text)
            if text[start:end].strip():
                headed = start + (headings.enter(text[start:end]) if headings else 0)
                path = headings.path if headings else ()
                last = line + len(_NEWLINE.findall(text[start:end].rstrip()))
                if headed > start:
                    ends = line + len(_NEWLINE.findall(text[start:headed].rstrip()))
                    blocks.append(Block("heading", start, headed, path, lines=(line, ends)))
                    line, start = line + len(_NEWLINE.findall(text, start, headed)), headed
                if text[start:end].strip():
                    blocks.append(Block("paragraph", start, end, path, lines=(line, last)))
            following = gap.end() if gap else end
            line += len(_NEWLINE.findall(text, start, following))
            start = following
        check_text(source, text, blocks, limits)
        first = headings.first if headings is not None else None
        return Document(source, title_of(source, first or _title_line(text, blocks)), text, tuple(blocks))


class _Headings:
    """reStructuredText has no fixed levels: the first kind of underline is the highest level, and so on."""

    def __init__(self, *, in_capitals: bool) -> None:
        self._trail = HeadingTrail()
        self._lines: list[str] = []
        self._in_capitals = in_capitals
        self.first: str | None = None

    @property
    def path(self) -> tuple[str, ...]:
        return self._trail.path

    def enter(self, paragraph: str) -> int:
        """How many characters of the paragraph are a heading."""
        if match := _EQUALS.fullmatch(paragraph):
            level, heading = len(match.group(1)), match.group(2)
        elif match := _UNDERLINED.fullmatch(paragraph):
            over, heading, under = match.groups()
            level = self._level_of((over or "") + under)
        elif self._in_capitals and (match := _CAPITALS.match(paragraph)) and _is_heading(match[1]):
            heading, level = match[1], self._level_of("A")
        else:
            return 0
        self._trail.enter(level, heading)
        self.first = self.first or heading
        return match.end()

    def _level_of(self, kind: str) -> int:
        if kind not in self._lines:
            self._lines.append(kind)
        return self._lines.index(kind) + 1


def _is_heading(line: str) -> bool:
    return line.upper() == line and line[-1] not in ".!?;,|" and len(line.split()) <= _MAX_HEADING_WORDS


def _title_line(text: str, blocks: list[Block]) -> str | None:
    """The first paragraph is the title if it is one short line that does not end like a sentence."""
    first = text[blocks[0].start : blocks[0].end].strip()
    plain = len(blocks) > 1 and len(first) <= _MAX_TITLE_LINE and not _NEWLINE.search(first)
    return first if plain and first[-1] not in ".!?:;,|" else None
