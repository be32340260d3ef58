"""Rows of tables as text that can stand alone: each says what its cells are, and its links stay where they are."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from tools.ingestion.extraction import Extraction
from tools.ingestion.inline_flow import Link

MAX_COLUMNS = 256
_NUMBER = re.compile(r"[-+]?[\d.,:/\s%€$£-]+")


@dataclass(frozen=True, slots=True)
class Cell:
    """`text` is on one line; `links` are (offset into it, link text, href)."""

    text: str
    links: Sequence[Link] = ()


def joined(cells: Sequence[Cell], separator: str = " | ", names: Sequence[str] = ()) -> tuple[str, list[Link]]:
    """The cells' texts in order, each after its name where there are names, and their links moved along."""
    pieces: list[str] = []
    links: list[Link] = []
    length = 0
    for index, cell in enumerate(cells):
        lead = (separator if index else "") + (f"{names[index]}: " if names and names[index] else "")
        length += len(lead)
        links.extend((length + at, label, href) for at, label, href in cell.links)
        length += len(cell.text)
        pieces += (lead, cell.text)
    return "".join(pieces), links


def row_of(header: Sequence[str], cells: Sequence[Cell]) -> tuple[str, list[Link]]:
    """`header: value; …` without the empty ones when each cell has a header, else the cells in order."""
    if header and len(header) == len(cells):
        filled = [(name, cell) for name, cell in zip(header, cells, strict=True) if cell.text]
        return joined([cell for _, cell in filled], "; ", [name for name, _ in filled])
    return joined(cells) if any(cell.text for cell in cells) else ("", [])


def add_rows(extraction: Extraction, rows: Iterable[tuple[int | None, Sequence[str]]]) -> None:
    """A sheet's rows with their line numbers. A single cell above the table is a caption; the first row of several
    cells is the header, when it looks like one. It needs no repeating in later chunks: each row names its columns."""
    header: list[str] | None = None
    for line, written in rows:
        cells = [" ".join(text.split()) for text in islice(written, MAX_COLUMNS)]
        while cells and not cells[-1]:
            cells.pop()
        lines = (line, line) if line is not None else None
        if header is None and sum(map(bool, cells)) < 2:
            extraction.add("paragraph", " ".join(filter(None, cells)), lines=lines)
        elif header is None:
            header = cells if _looks_like_a_header(cells) else []
            extraction.add("table_row", " | ".join(cells), lines=lines)
        else:
            names = header + [""] * (len(cells) - len(header))
            cells += [""] * (len(names) - len(cells))
            text, _ = row_of(names if header else [], [Cell(cell) for cell in cells])
            extraction.add("table_row", text, lines=lines)


def _looks_like_a_header(cells: Sequence[str]) -> bool:
    """Names for the columns: words, and no two the same."""
    named = [cell for cell in cells if cell]
    return len(set(named)) == len(named) and not any(_NUMBER.fullmatch(cell) for cell in named)
