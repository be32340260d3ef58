"""Tables as a whole: all rows of one, where it can be seen where it begins and where it ends.

A question about a whole table is answered from all of its rows or not at all. Evidence is a selection of sentences, and
a chunk may end in the midst of a table, so the passages of the whole document are read line by line.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice, pairwise

from graph.evidence import Evidence, evidence_at, joined
from graph.structure.rows import cells_of, columns_of, is_key
from graph.texts.bounds import leaves_out
from graph.texts.reading import is_rule, row_under, without_unnamed
from graph.texts.words import content_words
from tools.passages import Passage

MAX_ROWS = 40
"""Of a table that is read as a whole."""

MIN_ROWS = 2
MAX_PASSAGES = 60
"""Of a document whose tables are looked for; a longer one is not read to its end, and so has none that is whole."""

MAX_TABLES = 20
"""Of one document."""

MAX_ROW_CHARACTERS = 600
MAX_LAST_ROW_CHARACTERS = 190
"""Of a row that ends its passage: a longer one may have been cut there."""

MAX_NAMESAKES = 4
"""Rows that a question may mean alike; of more it names none."""

MAX_GAP = 4
"""Characters of white space between two passages of which the second follows the first."""

_NEWLINE = re.compile(r"\r\n?|\n")


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` as evidence without numbers, in reading order; `above` and `below` are the lines around it. `is_whole`:
    all its rows are there, and each is read for certain."""

    rows: tuple[Evidence, ...]
    above: str
    below: str
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Line:
    """`start` and `end` are offsets into its passage's text, trimmed. `follows`: it stands right below the line before;
    `lost`: what was before it may be missing."""

    passage: Passage
    start: int
    end: int
    follows: bool
    lost: bool
    closes: bool

    @property
    def text(self) -> str:
        return self.passage.text[self.start : self.end]


def tables_in(passages: Sequence[Passage]) -> tuple[Table, ...]:
    """The tables of one document, of which these are all passages, or its first MAX_PASSAGES and one more."""
    in_order = sorted(passages, key=lambda passage: passage.start)
    return _tables_of(tuple(in_order[:MAX_PASSAGES]), ends=len(in_order) <= MAX_PASSAGES)


@lru_cache(maxsize=32)
def _tables_of(passages: tuple[Passage, ...], *, ends: bool) -> tuple[Table, ...]:
    """Remembered, as the steps of a question look through the same few documents."""
    return tuple(islice(_tables(list(lines_of(passages)), ends=ends), MAX_TABLES))


def with_table(evidence: Sequence[Evidence], table: Table) -> tuple[Evidence, ...]:
    """The evidence with all rows of a whole table, each saying of how many it is one; new ones are as relevant as the
    most relevant of the document's sentences: all are asked for."""
    source = table.rows[0].passage.source
    relevance = max((item.relevance for item in evidence if item.passage.source == source), default=0.0)
    return joined(evidence, [replace(row, of_rows=len(table.rows)) for row in table.rows], relevance)


def whole_table(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The rows of the table that the evidence holds as a whole; none where one of them is missing."""
    rows = sorted((item for item in evidence if item.of_rows), key=lambda item: item.start)
    sources = {(item.passage.tenant, item.passage.source, item.of_rows) for item in rows}
    return rows if len(sources) == 1 and len(rows) == rows[0].of_rows else []


def other_rows(item: Evidence, evidence: Sequence[Evidence]) -> Iterator[Evidence]:
    """The evidence's other rows with the row's columns in its document; none for what is no row."""
    columns = columns_of(item.said)
    for other in evidence if columns else ():
        is_beside = other.number != item.number and other.passage.source == item.passage.source
        if is_beside and columns_of(other.said) == columns:
            yield other


def namesakes_of(item: Evidence, question: str, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The row and those others of its table that the question may mean as well, in order, since it says a part of their
    name and nothing that tells them apart: "plywood" of the rows for 12 and for 18 mm; nothing where it is one."""
    asked, cells = content_words(question), cells_of(item.said)
    named = next((one for one in cells if is_key(*one, cells) and content_words(one[1]) & asked), None)
    name = content_words(named[1]) if named else frozenset()
    told = asked & content_words(item.said)
    if not named or name <= asked or (named != cells[0] and told != asked):  # an office is not all that a row says
        return []
    held = (other for other in other_rows(item, evidence) if not leaves_out(other.said, question))
    others = [other for other in held if asked & content_words(other.said) == told]
    alike = [one for one in others if content_words(dict(cells_of(one.said))[named[0]]) & asked == name & asked]
    return sorted((item, *alike), key=lambda one: one.start) if 0 < len(alike) < MAX_NAMESAKES else []


def lines_of(passages: Sequence[Passage]) -> Iterator[Line]:
    before: Passage | None = None
    for passage in passages:
        gap = passage.start - before.end if before else 0
        follows, lost = gap == 1, not 0 <= gap <= MAX_GAP
        pieces = [0, *(match.end() for match in _NEWLINE.finditer(passage.text)), len(passage.text)]
        filled = [(a, b) for a, b in pairwise(pieces) if passage.text[a:b].strip()]
        previous = None
        for place, (start, end) in enumerate(filled):
            text = passage.text[start:end]
            begin = start + len(text) - len(text.lstrip())
            stop = begin + len(text.strip())
            right_below = follows if previous is None else start == previous
            yield Line(passage, begin, stop, right_below, lost and previous is None, place == len(filled) - 1)
            previous = end
        before = passage


def _tables(lines: Sequence[Line], *, ends: bool) -> Iterator[Table]:
    place = 0
    while place + 1 < len(lines):
        columns, first = _columns_at(lines, place)
        if not columns:
            place += 1
            continue
        last = first
        while last < len(lines) and (lines[last].follows or last == first) and _is_row(lines[last], lines[place]):
            last += 1
        rows = [_row(line, columns, lines[place].text) for line in lines[first:last]]
        certain = [row for row in rows if row]
        if certain:
            below = lines[last] if last < len(lines) else None
            closed = (ends if below is None else not (below.follows or below.lost)) and not _goes_on(
                below, lines[place]
            )
            cut = (
                lines[last - 1].closes
                and below is not None
                and len(rows[-1].quote if rows[-1] else "") > (MAX_LAST_ROW_CHARACTERS)
            )
            # What continues a table of which the beginning is in another place is no table by itself.
            opened = not lines[place].follows or not lines[place - 1].text.startswith("|")
            is_whole = closed and opened and not cut and len(certain) == len(rows) and MIN_ROWS <= len(rows) <= MAX_ROWS
            above = lines[place - 1].text if place else ""
            yield Table(tuple(certain[: MAX_ROWS + 1]), above, below.text if below else "", is_whole)
        place = last


def _columns_at(lines: Sequence[Line], place: int) -> tuple[tuple[str, ...], int]:
    """The names of the columns of a table that begins with this line, and the place of its first row."""
    head, below = lines[place].text, lines[place + 1]
    if not below.follows:
        return (), 0
    if head.startswith("|") and is_rule(below.text):
        names = tuple(row_under(f"| {name} |", None) for name in head.strip("|").split("|"))
        return names if all(names[1:]) else (), place + 2
    names = tuple(head.split(" | "))
    if len(names) > 1 and (cells := cells_of(below.text)) and cells[0][0] == names[0]:
        return names, place + 1
    return (), 0


def _is_row(line: Line, head: Line) -> bool:
    if head.text.startswith("|"):
        return line.text.startswith("|")
    return line.text.startswith(f"{head.text.split(' | ')[0]}: ")


def _goes_on(below: Line | None, head: Line) -> bool:
    """Whether what stands below a table may be more of its rows."""
    return below is not None and _is_row(below, head) and below.text != head.text


def _row(line: Line, columns: tuple[str, ...], head: str) -> Evidence | None:
    """The row as evidence; None where it can't be read for certain: a cell of it may hold the marks that part cells."""
    text = line.text
    if len(text) > MAX_ROW_CHARACTERS or (text.startswith("|") and not text.endswith("|")):
        return None
    reading = row_under(text, head) if text.startswith("|") else text
    named = [column for column, _ in cells_of(reading)]
    rest = iter(columns)
    if len(set(columns)) < len(columns) or named[:1] != [columns[0]] or not all(column in rest for column in named):
        return None
    return evidence_at(line.passage, line.start, line.end, reading=without_unnamed(reading))
