"""Reads DOCX with python-docx: paragraphs, headings, lists and tables in document order.

Footnotes, endnotes and text boxes come after the text they belong to. Headers and footers are left out, since every
page repeats them.
"""

import io
import re
from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from tools.errors import UnreadableSource
from tools.ingestion.documents import Document, Limits, Metadata
from tools.ingestion.formats.archive import check_archive
from tools.ingestion.formats.extraction import Extraction
from tools.ingestion.formats.inline_flow import Link, on_one_line
from tools.ingestion.formats.item_marks import item_mark
from tools.ingestion.formats.tables import MAX_COLUMNS, Cell, joined, table_texts
from tools.ingestion.formats.word_notes import MARKS, Notes
from tools.ingestion.formats.word_numbering import Numbering

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.opc.rel import Relationships
    from docx.oxml.xmlchemy import BaseOxmlElement

_HEADING = re.compile(r"heading ?([1-6])$", re.I)
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PARAGRAPH, _TABLE, _RUN, _HYPERLINK = (f"{_W}{name}" for name in ("p", "tbl", "r", "hyperlink"))
_BLOCKS, _INLINE = frozenset({_PARAGRAPH, _TABLE}), frozenset({_RUN, _HYPERLINK})
_ROWS, _CELLS, _RUNS = frozenset({f"{_W}tr"}), frozenset({f"{_W}tc"}), frozenset({_RUN})
_WRAPPERS = frozenset(
    f"{_W}{name}" for name in ("ins", "moveTo", "sdt", "sdtContent", "fldSimple", "smartTag", "customXml", "dir", "bdo")
)
_ALTERNATIVES = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_BOX = f"{_W}txbxContent"
_TEXT = f"{_W}t"
_BESIDE = MARKS | {_BOX}
_CONTROL = f"{_W}sdtPr"
_DELETED_ROW = f"{_W}trPr/{_W}del"
_MAX_NESTED_TABLES = 20
_ENDS = (".", "!", "?", ":", "…")
_MAX_NAMED = 60  # characters of what a note is on
_TEMPLATE_DATE = date(2013, 12, 23)  # what python-docx writes into files it makes


class WordReader:
    suffixes = (".docx",)

    def read(self, data: bytes, source: str, limits: Limits) -> Document:
        check_archive(data, source, limits, kind="DOCX")
        import docx

        try:
            document = docx.Document(io.BytesIO(data))
            extraction = Extraction(source, limits)
            _Body(extraction, document, document.part.rels, Notes(document.part), Numbering(document)).read()
            properties = document.core_properties
            changed = properties.modified.date() if properties.modified else None
            updated = changed.isoformat() if changed and changed != _TEMPLATE_DATE else None
            return extraction.document(Metadata(title=properties.title or "", updated=updated))
        except UnreadableSource:
            raise
        except Exception as error:  # a damaged file makes python-docx and lxml raise almost any exception
            raise UnreadableSource(source, f"is not a valid DOCX file ({type(error).__name__})") from error


class _Body:
    """Reads the body or a note. `targets` holds the targets of its links."""

    def __init__(
        self,
        extraction: Extraction,
        document: "WordDocument",
        targets: "Relationships",
        notes: Notes,
        numbering: Numbering,
    ) -> None:
        self._extraction, self._document, self._targets, self._notes = extraction, document, targets, notes
        self._numbering = numbering
        self._styles: dict[str | None, str] = {}
        self._marks: list[tuple[str, Any]] = []  # marks of notes not yet read, each with its text
        self._boxes: list[Any] = []

    def read(self) -> None:
        self._blocks(self._document.element.body, 0)
        self._read_boxes()

    def _blocks(self, element: "BaseOxmlElement", depth: int) -> None:
        for block in _within(element, _BLOCKS):
            if block.tag == _PARAGRAPH:
                self._paragraph(block)
            elif depth < _MAX_NESTED_TABLES:
                self._table(block, depth)

    def _style(self, paragraph: "BaseOxmlElement") -> str:
        from docx.text.paragraph import Paragraph

        key = paragraph.style  # looking a style up by name walks all styles; ids repeat
        if key not in self._styles:
            style = Paragraph(paragraph, self._document).style
            self._styles[key] = (style.name or "") if style is not None else ""
        return self._styles[key]

    def _paragraph(self, paragraph: "BaseOxmlElement") -> None:
        style = self._style(paragraph)
        heading = _HEADING.match(style)
        bullet = "" if heading or style == "Title" else self._mark(paragraph, style)
        if not bullet:
            self._read_boxes()
        text, links = self._text(paragraph)
        lead = len(text) - len(text.lstrip())
        links = [(max(at - lead, 0) + len(bullet), label, href) for at, label, href in links]
        text = bullet + text.strip() if text.strip() else ""
        if bullet and text:
            text, links = self._with_notes(Cell(text, links))
        if (heading or style == "Title") and not _is_in_box(paragraph):
            self._extraction.add("heading", text, level=int(heading.group(1)) if heading else 1, links=links)
        else:
            self._extraction.add("list" if bullet else "paragraph", text, links=links)
        self._read_notes(are_named=False)
        if not bullet:
            self._read_boxes()

    def _mark(self, paragraph: "BaseOxmlElement", style: str) -> str:
        """The mark of a list item. Some authors use a list style without a list."""
        has_text = any(text.text for text in paragraph.iter(_TEXT))
        mark = self._numbering.mark_of(paragraph) if has_text else None
        return mark or (item_mark(0) if style.lower().startswith("list") else "")

    def _notes_met(self) -> Iterator[tuple[str, Cell]]:
        """The notes that belong to the last text read, each with that text."""
        marks, self._marks = self._marks, []
        for text, mark in marks:
            if (note := self._notes.of(mark)) is not None:
                said = _Body(self._extraction, self._document, note.targets, self._notes, self._numbering)._cell(
                    note.element, 0
                )
                if said.text:
                    yield text, said

    def _with_notes(self, item: Cell) -> tuple[str, list[Link]]:
        """The item with its notes on the same line: between two items they would split the list."""
        notes = Cell(*joined([note for _, note in self._notes_met()], " Note: "))
        return joined([item, notes] if notes.text else [item], " Note: " if item.text.endswith(_ENDS) else "; note: ")

    def _read_notes(self, *, are_named: bool) -> None:
        """Add the notes as paragraphs. With `are_named`, each is titled by the text it belongs to, when that is not
        right above."""
        for text, note in self._notes_met():
            name = f"Note on {_shortened(text)}" if are_named and text.strip() else "Note"
            said, links = joined([note], names=[name])
            self._extraction.add("paragraph", said, links=links)

    def _read_boxes(self) -> None:
        """Add the text boxes met so far. Never called within a list or table, which they would split."""
        boxes, self._boxes = self._boxes, []
        for box in boxes:
            self._blocks(box, 0)
            self._read_boxes()

    def _table(self, table: "BaseOxmlElement", depth: int) -> None:
        self._read_boxes()
        framed = _framed(table)
        if framed is not None:
            self._blocks(framed, depth + 1)
            return
        for kind, text, links in table_texts(self._rows(table, depth)):
            self._extraction.add(kind, text, links=links)
        self._read_notes(are_named=True)
        self._read_boxes()

    def _rows(self, table: "BaseOxmlElement", depth: int) -> list[list[Cell]]:
        """Every row with a cell for each column; a row that consists of a single cell has just that cell."""
        rows: list[list[Cell]] = []
        above: list[Cell] = []
        for row in _within(table, _ROWS):
            if row.find(_DELETED_ROW) is not None:
                continue
            cells = [Cell("")] * min(row.grid_before, MAX_COLUMNS)
            written = 0
            for cell in _within(row, _CELLS):
                room = MAX_COLUMNS - len(cells)
                if room <= 0:
                    break
                written += 1
                goes_on = cell.vMerge == "continue" and len(cells) < len(above)
                read = above[len(cells)].again() if goes_on else self._cell(cell, depth)
                cells += read.across(min(cell.grid_span, room))
            above = cells
            rows.append([each for each in cells if each.text][:1] if written == 1 else cells)
        return rows

    def _cell(self, cell: "BaseOxmlElement", depth: int) -> Cell:
        """The cell's paragraphs, and the rows of tables in it, on one line."""
        parts: list[Cell] = []
        for block in _within(cell, _BLOCKS):
            if block.tag == _PARAGRAPH:
                parts.append(Cell(*self._text(block)))
            elif depth < _MAX_NESTED_TABLES:
                rows = [Cell(text, links) for _, text, links in table_texts(self._rows(block, depth + 1)) if text]
                parts.append(Cell(*joined(rows, "; ")))
        return Cell(*on_one_line(*joined(parts, "\n")))

    def _text(self, paragraph: "BaseOxmlElement") -> tuple[str, list[Link]]:
        """The paragraph's text and its links with offsets. Notes and text boxes in it are kept for later."""
        pieces: list[str] = []
        links: list[Link] = []
        beside: list[Any] = []
        has_beside = _holds(paragraph, _BESIDE)
        length = 0
        for item in _within(paragraph, _INLINE):
            linked = item.tag == _HYPERLINK
            runs = list(_within(item, _RUNS)) if linked else [item]
            if has_beside:
                beside += (each for run in runs for each in _within(run, _BESIDE, anywhere=True))
            text = "".join(run.text for run in runs)
            target = self._targets.get(item.rId) if linked and item.rId else None
            if target is not None:
                links.append((length, " ".join(text.split()), target.target_ref))
            pieces.append(text)
            length += len(text)
        whole = "".join(pieces)
        self._boxes += (each for each in beside if each.tag == _BOX)
        self._marks += ((whole, each) for each in beside if each.tag in MARKS)
        return whole, links


def _within(element: "BaseOxmlElement", wanted: frozenset[str], *, anywhere: bool = False) -> Iterator[Any]:
    """The wanted elements that Word shows, in order: also inside tracked insertions, content controls and fields, but
    not if deleted or moved away. `anywhere` looks inside all other elements too.

    Of alternatives for different versions of Word, the first with any content counts. The parser bounds the depth.
    """
    waiting = [iter(element)]
    while waiting:
        child = next(waiting[-1], None)
        if child is None:
            waiting.pop()
        elif child.tag in wanted:
            yield child
        elif child.tag == _ALTERNATIVES:
            waiting.append(iter(next((each for each in child if _holds(each, wanted)), ())))
        elif (anywhere or child.tag in _WRAPPERS) and not _is_no_text(child):
            waiting.append(iter(child))


def _holds(element: "BaseOxmlElement", wanted: frozenset[str]) -> bool:
    return next(element.iter(*wanted), None) is not None


def _is_no_text(wrapper: "BaseOxmlElement") -> bool:
    """A control that still shows its placeholder, or a table of contents, which repeats the headings."""
    said = wrapper.find(_CONTROL) if wrapper.tag == f"{_W}sdt" else None
    if said is None:
        return False
    gallery = said.find(f"{_W}docPartObj/{_W}docPartGallery")
    is_contents = gallery is not None and gallery.get(f"{_W}val") == "Table of Contents"
    return is_contents or said.find(f"{_W}showingPlcHdr") is not None


def _framed(table: "BaseOxmlElement") -> "BaseOxmlElement | None":
    """The only cell of a table that just puts a frame round other tables; None for any other table."""
    rows = list(islice(_within(table, _ROWS), 2))
    cells = list(islice(_within(rows[0], _CELLS), 2)) if len(rows) == 1 else []
    if len(cells) != 1 or not any(block.tag == _TABLE for block in _within(cells[0], _BLOCKS)):
        return None
    return cast("BaseOxmlElement", cells[0])


def _is_in_box(paragraph: "BaseOxmlElement") -> bool:
    """Text that follows a box must not come under the box's heading."""
    return next(paragraph.iterancestors(_BOX), None) is not None


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MAX_NAMED else f"{line[:_MAX_NAMED].rstrip()}…"
