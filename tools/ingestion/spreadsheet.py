"""XLSX, XLS and ODS by python-calamine: sheets as sections, every row with its column names."""

import io
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from tools.errors import UnreadableSource
from tools.ingestion.archive import check_archive
from tools.ingestion.documents import Document, Limits, Metadata
from tools.ingestion.extraction import Extraction
from tools.ingestion.tables import add_rows

MAX_SHEETS = 500


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
                    sheet.name
                    for sheet in workbook.sheets_metadata
                    if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
                ]
                if len(shown) > MAX_SHEETS:
                    raise UnreadableSource(source, f"has {len(shown):,} sheets, more than {MAX_SHEETS}")
                for name in shown:
                    sheet = workbook.get_sheet_by_name(name)
                    if sheet.height:
                        extraction.add("heading", name)
                        add_rows(extraction, _rows(sheet))
        except (CalamineError, ValueError, OSError) as error:
            raise UnreadableSource(source, f"is not a valid spreadsheet ({str(error)[:120]})") from None
        return extraction.document(Metadata())


def _rows(sheet: Any) -> Iterator[tuple[None, list[str]]]:
    """Sheets have no lines: the sheet's name is where a row stands."""
    for row in sheet.iter_rows():
        yield None, [_text(value) for value in row]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.10g}"
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes") if value.time() != time() else value.date().isoformat()
    return value.isoformat() if isinstance(value, date | time) else str(value)
