"""Reads PPTX with python-pptx: each slide is a page with its title, texts, tables and notes."""

import io
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from tools.errors import UnreadableSource
from tools.ingestion.documents import BlockKind, Document, Limits, Metadata
from tools.ingestion.formats.archive import check_archive
from tools.ingestion.formats.extraction import Extraction
from tools.ingestion.formats.inline_flow import Link, on_one_line
from tools.ingestion.formats.tables import MAX_COLUMNS, Cell, joined, table_texts

if TYPE_CHECKING:
    from pptx.slide import Slide

_MAX_GROUPING = 20


class PresentationReader:
    suffixes = (".pptx",)

    def read(self, data: bytes, source: str, limits: Limits) -> Document:
        check_archive(data, source, limits, kind="PPTX")
        import pptx

        extraction = Extraction(source, limits)
        try:
            presentation = pptx.Presentation(io.BytesIO(data))
            if len(presentation.slides) > limits.max_pages:
                raise UnreadableSource(source, f"has more than {limits.max_pages:,} slides")
            for number, slide in enumerate(presentation.slides, 1):
                if slide.element.get("show") != "0":
                    _Slide(extraction, number).read(slide)
            properties = presentation.core_properties
            changed = properties.modified.date().isoformat() if properties.modified else None
            title = "" if properties.title == "PowerPoint Presentation" else properties.title
            return extraction.document(Metadata(title=title, updated=changed))
        except UnreadableSource:
            raise
        except Exception as error:  # a damaged file makes python-pptx and lxml raise almost any exception
            if isinstance(error, MemoryError):
                raise
            raise UnreadableSource(source, f"is not a valid PPTX file ({type(error).__name__})") from error


class _Slide:
    def __init__(self, extraction: Extraction, number: int) -> None:
        self._extraction, self._number = extraction, number

    def read(self, slide: "Slide") -> None:
        title = slide.shapes.title
        heading = " ".join(title.text_frame.text.split()) if title is not None and title.has_text_frame else ""
        self._extraction.add("heading", heading or f"Slide {self._number}", page=self._number)
        for shape in _shapes(slide.shapes, 0):
            if title is not None and shape.shape_id == title.shape_id:
                continue
            if shape.has_text_frame:
                self._texts(shape.text_frame)
            elif getattr(shape, "has_table", False):
                self._table(shape.table)
        if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame) is not None:
            self._texts(notes, lead="Notes: ")

    def _texts(self, frame: Any, lead: str = "") -> None:
        paragraphs = [cell for paragraph in frame.paragraphs if (cell := _cell(paragraph)).text]
        for paragraph in paragraphs:
            start = lead or ("- " if len(paragraphs) > 1 else "")
            links = [(at + len(start), label, href) for at, label, href in paragraph.links]
            kind: BlockKind = "list" if start == "- " else "paragraph"
            self._extraction.add(kind, start + paragraph.text, page=self._number, links=links)

    def _table(self, table: Any) -> None:
        rows: list[list[Cell]] = []
        shown: list[list[Cell]] = []
        for row in table.rows:
            cells: list[Cell] = []
            written = list(islice(row.cells, MAX_COLUMNS))
            for cell in written:
                place = len(cells)
                if cell._tc.vMerge and rows and place < len(rows[-1]):
                    cells.append(rows[-1][place].again())
                elif cell._tc.hMerge and cells:
                    cells.append(cells[-1].again())
                else:
                    cells.append(Cell(*joined([_cell(each) for each in cell.text_frame.paragraphs], " ")))
            is_one_cell = all(cell._tc.hMerge for cell in written[1:])
            rows.append(cells)
            shown.append(cells[:1] if is_one_cell else cells)
        for kind, text, links in table_texts(shown):
            self._extraction.add(kind, text, page=self._number, links=links)


def _shapes(shapes: Any, depth: int) -> Iterator[Any]:
    for shape in shapes:
        if hasattr(shape, "shapes"):
            if depth < _MAX_GROUPING:
                yield from _shapes(shape.shapes, depth + 1)
        else:
            yield shape


def _cell(paragraph: Any) -> Cell:
    pieces: list[str] = []
    links: list[Link] = []
    length = 0
    for run in paragraph.runs:
        if run.hyperlink.address:
            links.append((length, " ".join(run.text.split()), run.hyperlink.address))
        pieces.append(run.text)
        length += len(run.text)
    return Cell(*on_one_line("".join(pieces), links))
