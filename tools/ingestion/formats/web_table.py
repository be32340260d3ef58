"""A table of a web page, row by row: finds its column names, and repeats cells that span rows or columns."""

from collections.abc import Sequence
from dataclasses import dataclass

from tools.ingestion.documents import BlockKind
from tools.ingestion.formats.inline_flow import Link
from tools.ingestion.formats.tables import MAX_COLUMNS, Cell, column_names, header_of, joined, row_of

_MAX_ROWS_COVERED = 1_000


@dataclass(frozen=True, slots=True)
class WebCell:
    cell: Cell
    is_name: bool
    columns: int = 1
    rows: int = 1


class WebTable:
    def __init__(self) -> None:
        self._names: list[str] = []
        self._written: list[str] = []  # the names in the header row right above
        self._above: dict[int, WebCell] = {}  # cells that reach into the next row, by column
        self._in_head = False

    def enter_group(self, *, is_head: bool) -> None:
        """Cells don't reach from one group of rows into another."""
        self._in_head = is_head
        self._above = {}

    def row(self, written: Sequence[WebCell]) -> tuple[BlockKind, str, list[Link]]:
        placed = self._placed(written)
        if len(written) == 1 and len(placed) == written[0].columns:
            placed = [written[0]]
        cells = [each.cell for each in placed]
        if len(cells) > 1 and (self._in_head or all(each.is_name for each in placed)):
            return "table_header", *self._header(cells)
        self._written = []
        if len(cells) == 2 and placed[0].is_name and not self._names:
            return "table_row", *joined(cells, ": ")
        return "table_row", *row_of(self._names, cells)

    def _header(self, cells: list[Cell]) -> tuple[str, list[Link]]:
        """Take the row as header. A second header row adds to the names of the first."""
        own = [cell.text for cell in cells]
        above = [*self._written, *[""] * (len(own) - len(self._written))]
        self._written = [
            f"{over} {name}".strip() if name != over else name for over, name in zip(above, own, strict=False)
        ]
        self._names = column_names(self._written)
        return header_of(cells, self._names)

    def _placed(self, written: Sequence[WebCell]) -> list[WebCell]:
        """A cell for every column. Those that reach further down are kept for the next row."""
        placed: list[WebCell] = []
        above, self._above = self._above, {}
        for web_cell in written:
            self._from_above(placed, above)
            room = MAX_COLUMNS - len(placed)
            if room <= 0:
                break
            for cell in web_cell.cell.across(min(web_cell.columns, room)):
                self._place(placed, WebCell(cell, web_cell.is_name, rows=web_cell.rows))
        self._from_above(placed, above)
        return placed

    def _from_above(self, placed: list[WebCell], above: dict[int, WebCell]) -> None:
        while len(placed) in above:
            self._place(placed, above[len(placed)])

    def _place(self, placed: list[WebCell], cell: WebCell) -> None:
        if cell.rows > 1:
            self._above[len(placed)] = WebCell(cell.cell.again(), cell.is_name, rows=cell.rows - 1)
        placed.append(cell)


def span(written: str | None, *, down: bool = False) -> int:
    """How many columns or rows a cell covers. 0 rows means all that follow in its group."""
    digits = (written or "").strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) < 6):
        return 1
    if down:
        return min(int(digits) or _MAX_ROWS_COVERED, _MAX_ROWS_COVERED)
    return max(1, min(int(digits), MAX_COLUMNS))
