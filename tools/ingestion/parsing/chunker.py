"""Cuts a document into passages along its own structure, without overlap and without losing a character."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from pathlib import PurePosixPath

from semantic_text_splitter import TextSplitter

from tools.ingestion.documents import Block, Document, digest
from tools.ingestion.parsing.links import Links
from tools.ingestion.superseding.editions import is_archived
from tools.ingestion.superseding.standing import names_a_place
from tools.names import names_of
from tools.passages import Link, Passage, Status
from tools.row_names import names_of_columns, names_of_rows
from tools.sentences import cut_up, split_sentences

_SMALL = 3  # a chunk shorter than a third of the limit is joined to its neighbour when that has room
_NEWLINE = re.compile(r"\r\n?|\n")


@dataclass(frozen=True, slots=True)
class _Unit:
    """The smallest piece that the chunker moves: a block, or a sentence or row of a block that is too long."""

    start: int
    end: int
    block: Block
    columns: str  # the header row of its table


def chunk_document(
    document: Document, *, groups: tuple[str, ...], tenant: str, chunk_characters: int, address: str | None = None
) -> tuple[Passage, ...]:
    """Passages in reading order, none longer than `chunk_characters`; `text == document.text[start:end]`. `address` is
    the URL from which the document was fetched."""
    metadata = document.metadata
    path = PurePosixPath(document.source)
    links = Links(document, address)
    archived: Status = "superseded" if is_archived(document.source) else "current"
    whole = Passage(
        key="",
        id="",
        source=document.source,
        title=document.title,
        text="",
        tenant=tenant,
        groups=groups,
        url=metadata.url,
        names=names_of(document.title, path.stem, path.name, *metadata.aliases),
        updated=metadata.updated,
        status=metadata.status or archived,
        superseded_by=_other(links, metadata.superseded_by) if metadata.superseded_by else None,
        supersedes=tuple(_other(links, name) for name in metadata.supersedes),
        valid_from=metadata.valid_from,
        valid_until=metadata.valid_until,
    )
    newlines = [match.start() for match in _NEWLINE.finditer(document.text)]
    cut = (
        _passage(document, whole, units, newlines, links.between(units[0].start, units[-1].end))
        for units in _chunks(document, chunk_characters)
    )
    return tuple(identified(cut))


def _other(links: Links, written: str) -> str:
    """The source that a path leads to. A name stays as written, since it can only be resolved when all documents are
    in."""
    return (links.target(written) or written) if names_a_place(written) else written


def identified(passages: Iterator[Passage], *, origin: str | None = None) -> Iterator[Passage]:
    """Give each passage its content hash and key, and an `id` made from the key if it has none.

    The key identifies a text within a document, whatever the document's present name, readers or the text's position:
    it is made from `origin`, the document's first name (default: its source). Equal texts are numbered. The content
    hash covers everything else that is stored of a passage, except its position.
    """
    seen: Counter[str] = Counter()
    for passage in passages:
        seen[passage.text] += 1
        first_name = origin or passage.source
        key = digest(passage.tenant, first_name, passage.text, str(seen[passage.text]))[:32]
        hashed = content_hash(passage)
        yield replace(passage, key=key, id=passage.id or f"{first_name}#{key[:8]}", content_hash=hashed)


def content_hash(passage: Passage) -> str:
    links = (part for link in passage.links for part in (link.text, link.target))
    return digest(
        *(passage.id, passage.title, passage.text, passage.url or "", passage.updated or "", passage.status),
        *(*passage.supersedes, passage.valid_from or "", passage.valid_until or ""),
        *(passage.superseded_by or "", f"{len(passage.headings)}/{len(passage.groups)}/{len(passage.names)}"),
        *(part for start, path in passage.sections for part in (str(start), *path)),
        *(*passage.headings, *sorted(passage.groups), *passage.names, *passage.row_names, *links),
    )


def _passage(
    document: Document, whole: Passage, units: list[_Unit], newlines: list[int], links: tuple[Link, ...]
) -> Passage:
    start, end = units[0].start, units[-1].end
    first = units[0].block
    text_units = [unit for unit in units if unit.block.kind != "heading"] or units
    headings = _shared([unit.block.headings for unit in text_units])
    sections = _sections(units) if any(unit.block.headings != headings for unit in text_units) else ()
    columns = units[0].columns
    if columns and first.kind == "table_row":  # before the last, which is what a citation is located by
        headings = (*headings[:-1], columns, *headings[-1:])
    in_rows = [unit for unit in units if unit.block.kind == "table_row"]
    headers = dict.fromkeys(unit.columns for unit in in_rows)
    row_names = (
        *names_of_rows(document.text[unit.start : unit.end] for unit in in_rows),
        *(name for header in headers for name in names_of_columns(header)),
    )
    return replace(
        whole,
        text=document.text[start:end],
        start=start,
        end=end,
        headings=headings,
        sections=sections,
        row_names=tuple(name for name in dict.fromkeys(row_names) if name not in whole.names),
        page=first.page,
        lines=_lines(units, newlines),
        links=links,
    )


def _lines(units: list[_Unit], newlines: list[int]) -> tuple[int, int] | None:
    """Line numbers of the chunk in its file. For a row that the reader rewrote, all of its lines."""

    def between(start: int, end: int) -> int:
        return bisect_left(newlines, end) - bisect_left(newlines, start)

    first, last = units[0].block, units[-1].block
    if first.lines is None or last.lines is None:
        return None
    top = first.lines[0] + between(first.start, units[0].start)
    is_as_written = between(last.start, last.end) == last.lines[1] - last.lines[0]
    if not is_as_written:
        return top, last.lines[1]
    return top, last.lines[0] + between(last.start, units[-1].end)


def _sections(units: list[_Unit]) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """The offset in the chunk's text at which each path of headings begins."""
    begun: list[tuple[int, tuple[str, ...]]] = []
    for unit in units:
        if not begun or begun[-1][1] != unit.block.headings:
            begun.append((unit.start - units[0].start, unit.block.headings))
    return tuple(begun)


def _shared(paths: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The longest path of headings that all of them begin with."""
    shared = paths[0]
    for path in paths[1:]:
        same = 0
        while same < min(len(shared), len(path)) and shared[same] == path[same]:
            same += 1
        shared = shared[:same]
    return shared


def _chunks(document: Document, limit: int) -> Iterator[list[_Unit]]:
    """Group units into chunks. A section stays together if it fits; a chunk never ends with a heading."""
    tops = {block.headings[:1] for block in document.blocks if block.headings}
    chunk: list[_Unit] = []
    for _, section in groupby(_units(document, limit), key=lambda unit: (unit.block.headings, unit.block.page)):
        units = list(section)
        if chunk and _ends_before(chunk, units, limit, several_tops=len(tops) > 1):
            yield chunk
            chunk = []
        for unit in units:
            if chunk and unit.end - chunk[0].start > limit:
                done, chunk = _without_trailing_headings(chunk, unit, limit)
                yield done
            chunk.append(unit)
    if chunk:
        yield chunk


def _ends_before(chunk: list[_Unit], section: list[_Unit], limit: int, *, several_tops: bool) -> bool:
    size = chunk[-1].end - chunk[0].start
    if all(unit.block.kind == "heading" for unit in chunk):
        return False
    above, below = chunk[-1].block, section[0].block
    if above.page != below.page:
        return True
    if several_tops and above.headings[:1] != below.headings[:1]:
        return size * 2 * _SMALL > limit
    fits = section[-1].end - chunk[0].start <= limit
    return not fits and size * _SMALL >= limit


def _without_trailing_headings(chunk: list[_Unit], unit: _Unit, limit: int) -> tuple[list[_Unit], list[_Unit]]:
    keep = len(chunk)
    while keep > 1 and chunk[keep - 1].block.kind == "heading" and unit.end - chunk[keep - 1].start <= limit:
        keep -= 1
    return chunk[:keep], chunk[keep:]


def _units(document: Document, limit: int) -> Iterator[_Unit]:
    columns = ""
    for block in document.blocks:
        text = document.text[block.start : block.end]
        if block.kind == "table_header":
            columns = _columns(text.split("\n", 1)[0])
        elif block.kind != "table_row":
            columns = ""
        if block.end - block.start <= limit:
            yield _Unit(block.start, block.end, block, columns)
            continue
        for start, end in _pieces(text, block, limit):
            yield _Unit(block.start + start, block.start + end, block, columns)


def _columns(header: str) -> str:
    """The column names between the outer bars. The first may be blank, above the names of the rows."""
    names = header.strip().removeprefix("|").removesuffix("|")
    return " ".join(names.split())[:200]


def _pieces(text: str, block: Block, limit: int) -> Iterator[tuple[int, int]]:
    """Split a long block: prose by sentences, anything else by lines, and what is still too long by the splitter."""
    parts = [(0, len(text))] if block.kind == "code" else split_sentences(text)
    for start, end in parts:
        if end - start <= limit:
            yield start, end
            continue
        for offset, piece in cut_up(text[start:end], _splitter(limit), limit):
            yield start + offset, start + offset + len(piece)


@lru_cache(maxsize=8)
def _splitter(limit: int) -> TextSplitter:
    return TextSplitter(limit)
