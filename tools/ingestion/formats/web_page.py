"""Reads HTML with selectolax (lexbor): the content without navigation and other boilerplate."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from selectolax.lexbor import LexborHTMLParser, LexborNode

from tools.errors import UnreadableSource
from tools.ingestion.documents import Document, Limits, Metadata, UnclearRights
from tools.ingestion.formats.charsets import decode
from tools.ingestion.formats.extraction import Extraction
from tools.ingestion.formats.inline_flow import InlineFlow, Link
from tools.ingestion.formats.item_marks import INDENT, item_mark
from tools.ingestion.formats.metadata import READER_KEYS, metadata_from
from tools.ingestion.formats.tables import Cell
from tools.ingestion.formats.web_table import WebCell, WebTable, span

_SKIPPED_NAMES = (
    "script style noscript template nav footer aside svg math iframe object button select textarea head dialog"
)
_BLOCK_NAMES = """address article blockquote body center dd details div dl dt fieldset figcaption figure form header hr
html li main ol p pre section summary tbody tfoot thead ul h1 h2 h3 h4 h5 h6 caption"""
_UNCLOSED_NAMES = """a p li td th tr tbody thead tfoot dd dt option area base br col embed hr img input link meta param
source track wbr"""
_SKIPPED = frozenset(_SKIPPED_NAMES.split())
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_IMPLIED = frozenset(_UNCLOSED_NAMES.split())
_ROW_GROUPS = frozenset({"thead", "tbody", "tfoot"})
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)|<!--")
_RAW = frozenset({"script", "style", "textarea", "title"})
_META = {
    "article:modified_time": "updated",
    "last-modified": "updated",
    "dcterms.modified": "updated",
    "revised": "updated",
}
_KNOWN = frozenset(
    {*READER_KEYS, "updated", "status", "superseded_by", "superseded-by", "aliases", "reference", "date"}
)


class WebPageReader:
    suffixes = (".html", ".htm", ".xhtml")

    def read(self, data: bytes, source: str, limits: Limits) -> Document:
        page = decode(data, source)
        _check_nesting(page, source, limits.max_nesting)
        tree = LexborHTMLParser(page)
        metadata = _metadata(tree, source)
        extraction = Extraction(source, limits)
        main = tree.css_first("main")
        content = main if main is not None and main.text(strip=True) else tree.body
        if content is not None:
            _Content(extraction).walk(content)
        written = tree.css_first("title")
        title = " ".join(written.text().split()) if written else ""
        heading = extraction.first_heading
        return extraction.document(metadata, heading if heading and heading in title else title)


def _check_nesting(page: str, source: str, deepest: int) -> None:
    """Parsing time grows with the square of the nesting depth: 100,000 open elements take half a minute."""
    depth = position = 0
    lowered = page.lower()
    while match := _TAG.search(lowered, position):
        position = match.end()
        closing, tag = match.groups()
        if tag is None:
            position = lowered.find("-->", position)
        elif tag in _RAW and not closing:
            position = lowered.find(f"</{tag}", position)
        elif tag not in _IMPLIED:
            depth += -1 if closing else 1
            depth = max(depth, 0)
        if position < 0:
            return
        if depth > deepest:
            raise UnreadableSource(source, f"nests elements more than {deepest} deep")


def _metadata(tree: LexborHTMLParser, source: str) -> Metadata:
    written: dict[str, str | list[str] | None] = {}
    for element in tree.css("meta"):
        name = (element.attributes.get("name") or element.attributes.get("property") or "").strip().lower()
        key, content = _META.get(name, name), element.attributes.get("content")
        if key in READER_KEYS and key in written and written[key] != content:
            raise UnclearRights(source, "two meta elements name different groups")
        if key in _KNOWN:
            written.setdefault(key, content)
    for element in tree.css("link[rel=canonical]"):
        href = element.attributes.get("href") or ""
        if href.startswith(("http://", "https://")):
            written.setdefault("url", href)
    return metadata_from(written, source)


def _events(root: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    """(node, entering) in document order, without boilerplate. Iterative, so that deep nesting can't exhaust the
    stack."""
    node = root
    while True:
        skipped = node.tag in _SKIPPED or _hidden(node)
        if not skipped:
            yield node, True
            child = node.first_child
            if child is not None:
                node = child
                continue
            yield node, False
        while node.mem_id != root.mem_id and node.next is None:
            parent = node.parent
            if parent is None:
                return
            node = parent
            yield node, False
        if node.mem_id == root.mem_id or node.next is None:
            return
        node = node.next


def _hidden(node: LexborNode) -> bool:
    if not node.is_element_node:
        return False
    attributes = node.attributes
    return "hidden" in attributes or attributes.get("role") in ("navigation", "contentinfo", "search")


@dataclass(slots=True)
class _List:
    """A list while its items are counted. `number` is the next item's; 0 for an unnumbered list."""

    number: int = 0

    @classmethod
    def of(cls, node: LexborNode) -> Self:
        said = node.attributes
        is_counted = node.tag == "ol" and said.get("type") in (None, "", "1") and "reversed" not in said
        return cls(_whole_number(said.get("start"), 1) if is_counted else 0)

    def mark_of(self, item: LexborNode) -> str:
        number = _whole_number(item.attributes.get("value"), self.number) if self.number else 0
        self.number = number + 1 if number else 0
        return item_mark(number)


def _whole_number(written: str | None, otherwise: int) -> int:
    plain = (written or "").strip()
    return int(plain) if re.fullmatch(r"[1-9]\d{0,3}", plain) else otherwise


class _Content:
    """Turns the events into blocks. A row is held back until its last cell is complete."""

    def __init__(self, extraction: Extraction) -> None:
        self._extraction = extraction
        self._flow = InlineFlow()
        self._verbatim = 0
        self._lists: list[_List] = []
        self._items = 0
        self._mark = ""
        self._table = WebTable()
        self._row: list[WebCell] | None = None

    def walk(self, body: LexborNode) -> None:
        for node, entering in _events(body):
            tag = node.tag or ""
            if node.is_text_node:
                if entering:
                    self._flow.write(node.text_content or "", verbatim=self._verbatim > 0)
            elif tag in ("table", "tr", "td", "th"):
                self._table_boundary(node, tag, entering)
            elif tag in _BLOCKS:
                if tag in _ROW_GROUPS:
                    self._table.enter_group(is_head=entering and tag == "thead")
                self._boundary(node, tag, entering)
            elif tag == "br" and entering:
                self._flow.line_break()
            elif tag == "a":
                self._flow.open_link(node.attributes.get("href") or "" if entering else "")
        self._flush()

    def _boundary(self, node: LexborNode, tag: str, entering: bool) -> None:
        if self._row is not None:
            self._flow.write(" ")
            return
        self._flush(None if entering else tag)
        if tag == "pre":
            self._verbatim = max(0, self._verbatim + (1 if entering else -1))
        elif tag in ("ol", "ul"):
            self._lists = [*self._lists, _List.of(node)] if entering else self._lists[:-1]
        elif tag == "li":
            self._items = max(0, self._items + (1 if entering else -1))
            self._mark = (self._lists[-1] if self._lists else _List()).mark_of(node) if entering else ""

    def _flush(self, closed: str | None = None) -> None:
        flow, self._flow = self._flow, InlineFlow()
        text, links = flow.text, flow.links
        if not text:
            return
        if closed in _HEADINGS:
            line, links = flow.on_one_line()
            self._extraction.add("heading", line, level=_HEADINGS[closed], links=links)
        elif self._items:
            text, links = self._of_item(text, links)
            self._extraction.add("list", text, links=links)
        else:
            self._extraction.add("code" if closed == "pre" else "paragraph", text, links=links)

    def _of_item(self, text: str, links: list[Link]) -> tuple[str, list[Link]]:
        """The text with its item's mark if it is the first of the item, else indented as far."""
        pad = INDENT * self._items
        lead = f"{INDENT * (self._items - 1)}{self._mark}" if self._mark else pad
        self._mark = ""
        moved = [(at + len(lead) + len(pad) * text.count("\n", 0, at), label, href) for at, label, href in links]
        return lead + text.replace("\n", f"\n{pad}"), moved

    def _table_boundary(self, node: LexborNode, tag: str, entering: bool) -> None:
        cell = tag in ("td", "th")
        if self._row is not None and cell and not entering:
            text, said = Cell(*self._flow.on_one_line()), node.attributes
            columns, rows = span(said.get("colspan")), span(said.get("rowspan"), down=True)
            self._row.append(WebCell(text, tag == "th", columns, rows))
            self._flow = InlineFlow()
        elif tag == "tr" and not entering:
            row, self._row = self._row or [], None
            kind, line, links = self._table.row(row)
            self._extraction.add(kind, line, links=links)
        elif self._row is None or not cell:  # a table inside a cell makes the outer one mere layout
            self._row = None
            self._flush()
        if tag == "tr" and entering:
            self._row = []
        elif tag == "table":
            self._table = WebTable()
