"""Reads XLSX, XLS and ODS with python-calamine: each sheet is a section, every row has its column names."""

import io
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from itertools import islice
from typing import Any

from tools.errors import UnreadableSource
from tools.ingestion.documents import Document, Limits, Metadata
from tools.ingestion.formats.archive import check_archive
from tools.ingestion.formats.extraction import Extraction
from tools.ingestion.formats.number_formats import NumberFormats, Place
from tools.ingestion.formats.tables import MAX_COLUMNS, MAX_REPEATED_CHARACTERS, add_rows

MAX_SHEETS = 500
_MAX_MERGED = 10_000


class SpreadsheetReader:
    suffixes = (".xlsx", ".xlsm", ".xls", ".ods")

    def read(self, data: bytes, source: str, limits: Limits) -> Document:
        if not source.lower().endswith(".xls"):
            check_archive(data, source, limits, kind="spreadsheet")
        from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

        extraction = Extraction(source, limits)
        try:
            with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
                shown = [
                    (number, sheet.name)
                    for number, sheet in enumerate(workbook.sheets_metadata)
                    if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
                ]
                if len(shown) > MAX_SHEETS:
                    raise UnreadableSource(source, f"has {len(shown):,} sheets, more than {MAX_SHEETS}")
                formats = NumberFormats(data) if source.lower().endswith((".xlsx", ".xlsm")) else None
                for number, name in shown:
                    sheet = workbook.get_sheet_by_name(name)
                    if sheet.height:
                        extraction.add("heading", name)
                        percentages = formats.percentages(number) if formats is not None else frozenset()
                        add_rows(extraction, _rows(sheet, percentages))
        except (CalamineError, ValueError, OSError) as error:
            raise UnreadableSource(source, f"is not a valid spreadsheet ({str(error)[:120]})") from None
        return extraction.document(Metadata())


def _rows(sheet: Any, percentages: frozenset[Place]) -> Iterator[tuple[None, list[str]]]:
    """Sheets have no lines, so a row is located by its sheet's name. Rows start at the top of the sheet, columns at the
    first used one."""
    left = sheet.start[1] if sheet.start else 0
    merged = _Merged(sheet.merged_cell_ranges or (), left)
    for number, row in enumerate(sheet.iter_rows()):
        written = [
            _percentage(value) if (number, left + place) in percentages and isinstance(value, float) else _text(value)
            for place, value in enumerate(islice(row, MAX_COLUMNS))
        ]
        yield None, merged.filled(number, written)


class _Merged:
    """Repeats a merged cell in every row and column that it covers, as long as other cells are beside it. Alone in its
    row it is a title."""

    def __init__(self, ranges: Sequence[tuple[Place, Place]], left: int) -> None:
        placed = (
            (top, bottom, first - left, last - left) for (top, first), (bottom, last) in islice(ranges, _MAX_MERGED)
        )
        self._waiting = deque(sorted(placed))
        self._open: list[tuple[int, int, int, str]] = []  # bottom, first column, last column, text

    def filled(self, number: int, row: list[str]) -> list[str]:
        self._open = [area for area in self._open if area[0] >= number]
        while self._waiting and self._waiting[0][0] <= number:
            top, bottom, first, last = self._waiting.popleft()
            overlaps = any(first <= there[2] and there[1] <= last for there in self._open)
            if top == number and 0 <= first < len(row) and row[first] and not overlaps:
                self._open.append((bottom, first, last, row[first]))
        if not self._open:
            return row
        written = sum(map(bool, row))
        filled = list(row)
        for _, first, last, text in self._open:
            beside = written - sum(map(bool, row[first : last + 1]))
            for place in (
                range(first, min(last + 1, len(row))) if beside and len(text) <= MAX_REPEATED_CHARACTERS else ()
            ):
                filled[place] = row[place] or text
        return filled


def _percentage(value: float) -> str:
    return f"{value * 100:.10g}%"


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.10g}"
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes") if value.time() != time() else value.date().isoformat()
    return value.isoformat() if isinstance(value, date | time) else str(value)
