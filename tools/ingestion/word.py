"""DOCX: paragraphs, headings, lists and tables in document order, by python-docx."""

import io
import re
import zipfile
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from tools.errors import UnreadableSource
from tools.ingestion.documents import Document, Limits, Metadata
from tools.ingestion.extraction import Extraction, row_text

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.table import Table
    from docx.text.paragraph import Paragraph

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADING = re.compile(r"heading ?([1-6])$", re.I)
_MAX_ENTRIES = 10_000
_MAX_COLUMNS = 256
_TEMPLATE_DATE = date(2013, 12, 23)  # what python-docx writes into files it makes


class WordReader:
    suffixes = (".docx",)

    def read(self, data: bytes, source: str, limits: Limits) -> Document:
        _check_archive(data, source, limits)
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


def _check_archive(data: bytes, source: str, limits: Limits) -> None:
    """Sizes are judged before anything is unpacked; zipfile never reads more of an entry than it declares."""
    if data.startswith(_OLE):
        raise UnreadableSource(source, "is encrypted, or an old .doc file")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, UnicodeDecodeError):
        raise UnreadableSource(source, "is not a valid DOCX file") from None
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > limits.max_unpacked_bytes or len(entries) > _MAX_ENTRIES:
        raise UnreadableSource(source, f"unpacks to {unpacked / 1e6:,.0f} MB, {len(entries):,} parts: too much")
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadableSource(source, "is encrypted")


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
        text = paragraph.text
        style = self._style(paragraph)
        heading = _HEADING.match(style)
        lead = len(text) - len(text.lstrip())
        bullet = "- " if style.lower().startswith("list") else ""
        shift = len(bullet) - lead
        links = [(max(start + shift, 0), label, href) for start, label, href in _links(paragraph)]
        text = bullet + text.strip() if text.strip() else ""
        if heading or style == "Title":
            self._extraction.add("heading", text, level=int(heading.group(1)) if heading else 1, links=links)
        else:
            self._extraction.add("list" if bullet else "paragraph", text, links=links)

    def _table(self, table: "Table") -> None:
        header: list[str] = []
        for index, row in enumerate(table.rows):
            cells: list[str] = []
            links: list[tuple[int, str, str]] = []
            previous = None
            for cell in row.cells[:_MAX_COLUMNS]:
                if cell._tc is previous:  # a merged cell comes once for each column it covers
                    continue
                previous = cell._tc
                cells.append(" ".join(cell.text.split()))
                for paragraph in cell.paragraphs:
                    links.extend(_links(paragraph))
            if index == 0 and len(table.rows) > 1:
                header = cells if all(cells) else []
            text = " | ".join(cells) if index == 0 and any(cells) else row_text(header, cells)
            placed = [(max(text.find(label), 0), label, href) for _, label, href in links]
            self._extraction.add("table_header" if index == 0 and header else "table_row", text, links=placed)


def _links(paragraph: "Paragraph") -> Iterable[tuple[int, str, str]]:
    found, position = [], 0
    for hyperlink in paragraph.hyperlinks:
        start = paragraph.text.find(hyperlink.text, position) if hyperlink.text else -1
        position = start if start >= 0 else position
        if hyperlink.address:
            found.append((position, " ".join(hyperlink.text.split()), hyperlink.address))
    return found
