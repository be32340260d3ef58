"""Reads PDF with pypdfium2: text with page numbers, lines joined into paragraphs, headings told by their font size."""

import ctypes
import re
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tools.errors import UnreadableSource
from tools.ingestion.documents import Document, Limits, Metadata
from tools.ingestion.formats.extraction import Extraction

_PDFIUM = threading.Lock()  # the library has global state and is not thread-safe
_BULLET = re.compile(r"[•‣▪●○◦*–-]\s+|\d{1,2}[.)]\s+|\(?[a-z]\)\s+")
_SENTENCE_END = re.compile(r"[.!?:;][\"'”’)\]]*$")
_DATE = re.compile(r"D:(\d{4})(\d{2})(\d{2})")
_DIGITS = re.compile(r"\d+")
_HEADING_RATIO = 1.12
_MAX_HEADING = 200
_NO_TITLE = frozenset({"untitled", "(anonymous)", "(unspecified)", "unspecified", "title"})


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    page: int
    size: float
    top: float
    left: float
    right: float


_Links = dict[int, list[tuple[str, str]]]  # by page: (link text, URL)


class PdfReader:
    suffixes = (".pdf",)

    def read(self, data: bytes, source: str, limits: Limits) -> Document:
        if b"%PDF-" not in data[:1024]:
            raise UnreadableSource(source, "is not a PDF file")
        with _PDFIUM:
            pages, links, properties = _extract(data, source, limits)
        lines = _without_running_heads(pages)
        if not lines:
            raise UnreadableSource(source, "holds no text (a scan without text recognition?)")
        extraction = Extraction(source, limits)
        body = Counter[float]()
        for line in lines:
            body[line.size] += len(line.text)
        usual = body.most_common(1)[0][0]
        levels = _heading_levels(lines, usual)
        for paragraph in _paragraphs(lines, levels):
            _add(extraction, paragraph, levels, links)
        return extraction.document(Metadata(updated=_date(properties.get("ModDate"))), _title(properties))


def _extract(data: bytes, source: str, limits: Limits) -> tuple[list[list[_Line]], _Links, dict[str, str]]:
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        encrypted = "password" in str(error).lower() or "security" in str(error).lower()
        raise UnreadableSource(source, "is encrypted" if encrypted else "is not a valid PDF file") from None
    try:
        if len(pdf) > limits.max_pages:
            raise UnreadableSource(source, f"has {len(pdf):,} pages, more than {limits.max_pages:,}")
        pages: list[list[_Line]] = []
        links: _Links = {}
        room = limits.max_characters
        for number in range(1, len(pdf) + 1):
            lines, links[number] = _page(pdf, number)
            pages.append(lines)
            room -= sum(len(line.text) for line in lines)
            if room < 0:
                raise UnreadableSource(source, f"holds more than {limits.max_characters:,} characters of text")
        return pages, links, pdf.get_metadata_dict()
    finally:
        pdf.close()


def _page(pdf: Any, number: int) -> tuple[list[_Line], list[tuple[str, str]]]:
    import pypdfium2

    try:
        page = pdf[number - 1]
        text_page = page.get_textpage()
    except pypdfium2.PdfiumError:  # one broken page does not spoil the others
        return [], []
    try:
        return list(_lines(text_page, number)), list(_links(pdf, page, text_page))
    finally:
        text_page.close()
        page.close()


def _lines(text_page: Any, number: int) -> Iterator[_Line]:
    from pypdfium2 import raw

    x, y = ctypes.c_double(), ctypes.c_double()
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    position, last = 0, text_page.count_chars() - 1
    for written in text_page.get_text_range().split("\n"):
        text = written.strip()
        if text:
            lead = min(position + len(written) - len(written.lstrip()), last)
            end = min(lead + len(text) - 1, last)
            size = raw.FPDFText_GetFontSize(text_page, min((lead + end) // 2, last))
            raw.FPDFText_GetCharOrigin(text_page, lead, x, y)
            raw.FPDFText_GetCharBox(text_page, end, left, right, bottom, top)
            yield _Line(text, number, round(size * 2) / 2, y.value, x.value, right.value)
        position += len(written) + 1


def _links(pdf: Any, page: Any, text_page: Any) -> Iterator[tuple[str, str]]:
    from pypdfium2 import raw

    position, link = ctypes.c_int(0), raw.FPDF_LINK()
    while raw.FPDFLink_Enumerate(page, position, link):
        rectangle = raw.FS_RECTF()
        action = raw.FPDFLink_GetAction(link)
        length = raw.FPDFAction_GetURIPath(pdf, action, None, 0) if action else 0
        if length > 1 and raw.FPDFLink_GetAnnotRect(link, rectangle):
            buffer = ctypes.create_string_buffer(length)
            raw.FPDFAction_GetURIPath(pdf, action, buffer, length)
            # Shrunk by a point: a link's box reaches into the lines above and below.
            label = text_page.get_text_bounded(
                rectangle.left, rectangle.bottom + 3, rectangle.right, rectangle.top - 3, errors="ignore"
            )
            yield " ".join(label.split()), buffer.value.decode("utf-8", "replace")


def _without_running_heads(pages: list[list[_Line]]) -> list[_Line]:
    """All lines except those at the top or bottom that most pages repeat, apart from page numbers."""

    def edge(page: list[_Line]) -> set[str]:
        return {_DIGITS.sub("0", line.text) for line in page[:2] + page[-2:]}

    seen = Counter(text for page in pages for text in edge(page))
    repeated = {text for text, times in seen.items() if times >= 3 and times > len(pages) / 2}
    kept: list[_Line] = []
    for page in pages:
        for index, line in enumerate(page):
            at_edge = index < 2 or index >= len(page) - 2
            if not (at_edge and _DIGITS.sub("0", line.text) in repeated):
                kept.append(line)
    return kept


def _heading_levels(lines: list[_Line], usual: float) -> dict[float, int]:
    larger = {line.size for line in lines if line.size >= usual * _HEADING_RATIO and len(line.text) <= _MAX_HEADING}
    return {size: min(level, 6) for level, size in enumerate(sorted(larger, reverse=True), 1)}


def _paragraphs(lines: list[_Line], levels: dict[float, int]) -> Iterator[list[_Line]]:
    widest: dict[int, float] = {}
    for line in lines:
        widest[line.page] = max(widest.get(line.page, 0.0), line.right)
    paragraph: list[_Line] = []
    for line in lines:
        if paragraph and not _continues(paragraph[-1], line, widest[line.page], levels):
            yield paragraph
            paragraph = []
        paragraph.append(line)
    if paragraph:
        yield paragraph


def _continues(above: _Line, line: _Line, widest: float, levels: dict[float, int]) -> bool:
    if above.page != line.page or abs(above.size - line.size) > 0.6 or _BULLET.match(line.text):
        return False
    drop = above.top - line.top
    if drop > 1.55 * max(line.size, 1.0):
        return False
    if line.size in levels:
        return True
    ended = _SENTENCE_END.search(above.text) is not None
    if drop < -1.0:  # the top of the next column
        return not ended
    return not (ended and above.right < 0.8 * widest)


def _add(
    extraction: Extraction,
    paragraph: list[_Line],
    levels: dict[float, int],
    links: _Links,
) -> None:
    text = _joined(paragraph)
    size, page = paragraph[0].size, paragraph[0].page
    placed = list(_placed(text, links.get(page, [])))
    if size in levels and len(text) <= _MAX_HEADING:
        extraction.add("heading", text, level=levels[size], page=page, links=placed)
    else:
        bullet = _BULLET.match(text) is not None
        extraction.add("list" if bullet else "paragraph", text, page=page, links=placed)


def _placed(text: str, links: list[tuple[str, str]]) -> Iterator[tuple[int, str, str]]:
    """Each link at the next occurrence of its text that no earlier link has taken."""
    taken: dict[str, int] = {}
    for label, href in links:
        start = text.find(label, taken.get(label, 0)) if label else -1
        if start >= 0:
            taken[label] = start + len(label)
            yield start, label, href


def _joined(paragraph: list[_Line]) -> str:
    """Lines joined into one text; a word hyphenated at the end of a line is put together again."""
    text = paragraph[0].text
    for line in paragraph[1:]:
        hyphen = text.endswith("-") and text[-2:-1].isalpha() and line.text[:1].islower()
        divided = hyphen or text.endswith(("\x02", "\xad", "\ufffe"))
        text = text[:-1] + line.text if divided else f"{text} {line.text}"
    return "".join(character for character in text if character.isprintable() or character.isspace())


def _title(properties: dict[str, str]) -> str | None:
    title = properties.get("Title", "").strip()
    is_file_name = re.search(r"\.(docx?|pdf|indd|tex|pptx?|xlsx?)$", title, re.I) or title.startswith("Microsoft ")
    return None if is_file_name or title.lower() in _NO_TITLE else title


def _date(written: str | None) -> str | None:
    match = _DATE.match(written or "")
    return "-".join(match.groups()) if match else None
