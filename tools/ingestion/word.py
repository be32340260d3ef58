"""DOCX: paragraphs, headings, lists and tables in document order, by python-docx."""

import io
import re
from datetime import date
from typing import TYPE_CHECKING

from tools.errors import UnreadableSource
from tools.ingestion.archive import check_archive
from tools.ingestion.documents import Document, Limits, Metadata
from tools.ingestion.extraction import Extraction
from tools.ingestion.inline_flow import Link, on_one_line
from tools.ingestion.tables import MAX_COLUMNS, Cell, joined, row_of

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.table import Table, _Cell
    from docx.text.paragraph import Paragraph

_HEADING = re.compile(r"heading ?([1-6])$", re.I)
_TEMPLATE_DATE = date(2013, 12, 23)  # what python-docx writes into files it makes


class WordReader:
    suffixes = (".docx",)

    def read(self, data: bytes, source: str, limits: Limits) -> Document:
        check_archive(data, source, limits, kind="DOCX")
        import docx

        try:
            document = docx.Document(io.BytesIO(data))
            extraction = Extraction(source, limits)
            _Body(extraction).read(document)
            properties = document.core_properties
            changed = properties.modified.date() if properties.modified else None
            updated = changed.isoformat() if changed and changed != _TEMPLATE_DATE else None
            return extraction.document(Metadata(title=properties.title or "", updated=updated))
        except UnreadableSource:
            raise
        except Exception as error:  # python-docx and lxml meet a damaged file with almost any exception
            raise UnreadableSource(source, f"is not a valid DOCX file ({type(error).__name__})") from error


class _Body:
    def __init__(self, extraction: Extraction) -> None:
        self._extraction = extraction
        self._styles: dict[str | None, str] = {}

    def read(self, document: "WordDocument") -> None:
        from docx.text.paragraph import Paragraph

        for item in document.iter_inner_content():
            if isinstance(item, Paragraph):
                self._paragraph(item)
            else:
                self._table(item)

    def _style(self, paragraph: "Paragraph") -> str:
        key = paragraph._p.style  # looking a style up by name walks all styles; ids repeat
        if key not in self._styles:
            style = paragraph.style
            self._styles[key] = (style.name or "") if style is not None else ""
        return self._styles[key]

    def _paragraph(self, paragraph: "Paragraph") -> None:
        style = self._style(paragraph)
        heading = _HEADING.match(style)
        bullet = "- " if style.lower().startswith("list") else ""
        text, links = _text(paragraph)
        lead = len(text) - len(text.lstrip())
        links = [(max(at - lead, 0) + len(bullet), label, href) for at, label, href in links]
        text = bullet + text.strip() if text.strip() else ""
        if heading or style == "Title":
            self._extraction.add("heading", text, level=int(heading.group(1)) if heading else 1, links=links)
        else:
            self._extraction.add("list" if bullet else "paragraph", text, links=links)

    def _table(self, table: "Table") -> None:
        header: list[str] = []
        for index, row in enumerate(table.rows):
            cells: list[Cell] = []
            previous = None
            for cell in row.cells[:MAX_COLUMNS]:
                if cell._tc is previous:  # a merged cell comes once for each column it covers
                    continue
                previous = cell._tc
                cells.append(_cell(cell))
            texts = [cell.text for cell in cells]
            if index == 0 and len(table.rows) > 1:
                header = texts if all(texts) else []
            text, links = joined(cells) if index == 0 and any(texts) else row_of(header, cells)
            self._extraction.add("table_header" if index == 0 and header else "table_row", text, links=links)


def _text(paragraph: "Paragraph") -> tuple[str, list[Link]]:
    """The paragraph's runs in order, and where in them its hyperlinks begin."""
    pieces: list[str] = []
    links: list[Link] = []
    length = 0
    for item in paragraph.iter_inner_content():
        address = getattr(item, "address", "")
        if address:
            links.append((length, " ".join(item.text.split()), address))
        pieces.append(item.text)
        length += len(item.text)
    return "".join(pieces), links


def _cell(cell: "_Cell") -> Cell:
    paragraphs = [Cell(*_text(paragraph)) for paragraph in cell.paragraphs]
    return Cell(*on_one_line(*joined(paragraphs, "\n")))
