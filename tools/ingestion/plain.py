"""Plain text: paragraphs between blank lines."""

import re

from tools.ingestion.documents import Block, Document, Limits, check_text, title_of
from tools.ingestion.metadata import decode

_BLANK = re.compile(r"(?:[ \t\v]*(?:\r\n|\r(?!\n)|\n)){2,}|\f")
_NEWLINE = re.compile(r"\r\n?|\n")
_MAX_TITLE_LINE = 100


class PlainTextReader:
    suffixes = (".txt", ".text", ".log")

    def read(self, data: bytes, source: str, limits: Limits) -> Document:
        text = decode(data, source)
        blocks: list[Block] = []
        start, line = 0, 1
        for gap in [*_BLANK.finditer(text), None]:
            end = gap.start() if gap else len(text)
            if text[start:end].strip():
                last = line + len(_NEWLINE.findall(text, start, end))
                blocks.append(Block("paragraph", start, end, lines=(line, last)))
            following = gap.end() if gap else end
            line += len(_NEWLINE.findall(text, start, following))
            start = following
        check_text(source, text, blocks, limits)
        return Document(source, title_of(source, _title_line(text, blocks)), text, tuple(blocks))


def _title_line(text: str, blocks: list[Block]) -> str | None:
    """A first paragraph of one short line that does not end like a sentence is the title."""
    first = text[blocks[0].start : blocks[0].end].strip()
    plain = len(blocks) > 1 and len(first) <= _MAX_TITLE_LINE and not _NEWLINE.search(first)
    return first if plain and first[-1] not in ".!?:;,|" else None
