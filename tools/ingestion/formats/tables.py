"""Table rows as text that can stand alone: each value with its column name, and links kept in place."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, islice

from tools.ingestion.documents import BlockKind
from tools.ingestion.formats.extraction import Extraction
from tools.ingestion.formats.inline_flow import Link
from tools.ingestion.formats.table_headers import LOOKED_AT, begins_anew, header_at, may_begin_anew
from tools.sentences import split_sentences

MAX_COLUMNS = 256
MAX_REPEATED_CHARACTERS = 200
"""A merged cell up to this length is repeated in each row and column that it covers; a longer one is written once."""
_MAX_ROW, _MAX_SHORT_CELL = 800, 100


@dataclass(frozen=True, slots=True)
class Cell:
    """`text` is on one line; `links` are (offset into `text`, link text, href)."""

    text: str
    links: Sequence[Link] = ()

    def again(self) -> "Cell":
        return self if len(self.text) <= MAX_REPEATED_CHARACTERS else Cell("")

    def across(self, columns: int) -> list["Cell"]:
        """The cells of the columns that it covers."""
        return [self, *[self.again()] * (min(columns, MAX_COLUMNS) - 1)]


def joined(cells: Sequence[Cell], separator: str = " | ", names: Sequence[str] = ()) -> tuple[str, list[Link]]:
    """The texts of the cells, each after its name if there are names, and their links with new offsets."""
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


def column_names(written: Sequence[str]) -> list[str]:
    """A unique name for every column: blank ones are named by their position, repeated ones are numbered."""
    names: dict[str, None] = {}
    times = Counter[str]()
    for place, text in enumerate(written, 1):
        first = name = text or f"column {place}"
        while name in names or not times[first]:
            times[first] += 1
            name = f"{first} {times[first]}" if times[first] > 1 else first
        names[name] = None
    return list(names)


def header_of(cells: Sequence[Cell], names: Sequence[str]) -> tuple[str, list[Link]]:
    return joined([Cell(name, cell.links) for name, cell in zip(names, cells, strict=True)])


def row_of(names: Sequence[str], cells: Sequence[Cell]) -> tuple[str, list[Link]]:
    """`name: value; …` without empty cells. Without names, or for a row of a single cell, the cells alone."""
    if names and (len(cells) > 1 or len(names) == 1):
        named = [*names, *[""] * (len(cells) - len(names))]
        filled = [(name, cell) for name, cell in zip(named, cells, strict=False) if cell.text]
        return joined([cell for _, cell in filled], "; ", [name for name, _ in filled])
    return joined(cells) if any(cell.text for cell in cells) else ("", [])


def table_texts(rows: Sequence[Sequence[Cell]]) -> Iterator[tuple[BlockKind, str, list[Link]]]:
    """The rows of a table in an office file. The first row with several cells names the columns."""
    width = max(map(len, rows), default=0)
    names: list[str] = []
    for index, cells in enumerate(rows):
        filled = sum(bool(cell.text) for cell in cells)
        if not names and index + 1 < len(rows) and filled >= min(2, width):
            names = column_names([cell.text for cell in cells])
            yield "table_header", *header_of(cells, names)
        else:
            is_title = not names and filled < 2 <= width
            yield "paragraph" if is_title else "table_row", *row_of(names, cells)


Lines = tuple[int, int] | None


def add_rows(extraction: Extraction, rows: Iterable[tuple[Lines, Sequence[str]]]) -> None:
    """Add the rows of a sheet, with their lines. Blank rows separate areas; an area without a row that looks like a
    header continues the table above."""
    sheet = _Sheet(extraction)
    trimmed = ((lines, _trimmed(written)) for lines, written in rows)
    for is_area, area in groupby(trimmed, key=lambda row: bool(row[1])):
        if is_area:
            sheet.add_area(area)


def _trimmed(written: Sequence[str]) -> list[str]:
    cells = [" ".join(text.split()) for text in islice(written, MAX_COLUMNS)]
    while cells and not cells[-1]:
        cells.pop()
    return cells


class _Sheet:
    def __init__(self, extraction: Extraction) -> None:
        self._extraction = extraction
        self._header: list[str] = []
        self._names: list[str] = []
        self._has_rows = False

    def add_area(self, rows: Iterator[tuple[Lines, list[str]]]) -> None:
        first = list(islice(rows, LOOKED_AT))
        looked_at = [cells for _, cells in first]
        at = header_at(looked_at)
        nameless = False
        if at is not None and self._has_rows and not begins_anew(looked_at[at:], self._header):
            # It can't be told which columns these are: no name is better than a wrong one.
            nameless = may_begin_anew(looked_at[at:], self._header)
            at = at if nameless else None
        for index, (lines, cells) in enumerate(chain(first, rows)):
            if index == at:
                self._begin(cells, lines, nameless=nameless)
            elif at is not None and index < at:
                self._above(cells, lines)
            else:
                self._row(cells, lines)

    def _begin(self, cells: list[str], lines: Lines, *, nameless: bool) -> None:
        self._header, names = cells, column_names(cells)
        self._names, self._has_rows = [] if nameless else names, nameless
        # Rows with lines are located by them; a header repeated above every chunk would shift these.
        self._extraction.add("table_row" if lines else "table_header", " | ".join(names), lines=lines)

    def _above(self, cells: list[str], lines: Lines) -> None:
        """Add a title of the table, or a line such as `As of | 2025-03-04`."""
        self._extraction.add("paragraph", " | ".join(filter(None, cells)), lines=lines)

    def _row(self, cells: list[str], lines: Lines) -> None:
        if not self._header and sum(map(bool, cells)) < 2:
            self._above(cells, lines)
            return
        padded = [*cells, *[""] * (len(self._names) - len(cells))]
        for piece in _pieces(padded) if self._names else [padded]:
            text, _ = row_of(self._names, [Cell(cell) for cell in piece])
            self._extraction.add("table_row", text, lines=lines)
        self._has_rows = True


def _pieces(cells: list[str]) -> Iterator[list[str]]:
    """The row itself, or several rows if one cell has a long text: each with some of its sentences and all the short
    cells, so that every chunk says what the text belongs to."""
    short = [cell if len(cell) <= _MAX_SHORT_CELL else "" for cell in cells]
    if sum(map(len, cells)) <= _MAX_ROW or sum(map(len, short)) > _MAX_ROW // 2:
        yield cells
        return
    for place, cell in enumerate(cells):
        begin = end = 0
        for start, stop in split_sentences(cell) if not short[place] and cell else ():
            if stop - begin > _MAX_ROW // 2 and end > begin:
                yield [*short[:place], cell[begin:end].strip(), *short[place + 1 :]]
                begin = start
            end = stop
        if end > begin:
            yield [*short[:place], cell[begin:].strip(), *short[place + 1 :]]
