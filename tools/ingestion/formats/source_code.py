"""Reads source code of any language: a line at the left margin begins a block, and the indented lines below belong to
it.

This keeps a function together with the comment above it and its docstring, without a grammar for each language.
"""

import re

from tools.ingestion.documents import MAX_TITLE_CHARACTERS, Block, Document, Limits, check_text
from tools.ingestion.formats.charsets import decode

_SUFFIXES = """.py .pyi .js .mjs .cjs .jsx .ts .tsx .go .rs .java .kt .kts .scala .swift .c .h .cc .cpp .cxx .hpp .hh
.cs .rb .php .pl .pm .lua .r .jl .sh .bash .zsh .ps1 .sql .proto .graphql .tf .ex .exs .erl .hs .clj .dart .vue
.svelte"""
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|\Z)")
# Lines at the margin that continue the block above.
_GOES_ON = re.compile(r"[)\]}]|(?:else|elif|elseif|except|finally|catch|rescue|ensure|end|fi|done|esac|then|do)\b")


class SourceCodeReader:
    suffixes = tuple(_SUFFIXES.split())

    def read(self, data: bytes, source: str, limits: Limits) -> Document:
        text = decode(data, source)
        blocks = _blocks(text)
        check_text(source, text, blocks, limits)
        return Document(source, source.rsplit("/", 1)[-1][:MAX_TITLE_CHARACTERS], text, tuple(blocks))


def _blocks(text: str) -> list[Block]:
    blocks: list[Block] = []
    begun: tuple[int, int] | None = None  # offset and line
    end, last_line, after_gap = 0, 0, True
    for number, match in enumerate(_LINE.finditer(text), 1):
        line = match.group()
        if not line.strip():
            after_gap = True
            continue
        if after_gap and not line[0].isspace() and not _GOES_ON.match(line):
            if begun is not None:
                blocks.append(Block("code", begun[0], end, lines=(begun[1], last_line)))
            begun = (match.start(), number)
        begun = begun or (match.start(), number)
        end, last_line, after_gap = match.start() + len(line.rstrip()), number, False
    if begun is not None:
        blocks.append(Block("code", begun[0], end, lines=(begun[1], last_line)))
    return blocks
