"""The rows of tables with their cells, and the names that each row goes by."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice

from graph.evidence import Evidence, evidence_at
from graph.structure.rows import MAX_NAME_WORDS, cells_of, names_of_cell
from graph.texts.reading import citable_in
from graph.texts.words import content_words
from tools.names import folded
from tools.passages import Passage

MAX_ROWS = 600
"""How many rows are read, those of the best passages first."""

MIN_ROWS = 3
"""From this number of rows on, a column with another name in each row is taken for one that the rows go by."""

COMMON = 20_000
"""From this number of occurrences in the dictionary on, a word in small letters is seldom a name."""

_ROW = re.compile(r"^(?:\||[^\n:;|]{1,60}: [^\n;]{1,200}; )", re.MULTILINE)
_CODE = re.compile(r"(?<![\w-])[A-Z]{1,6}-?\d{1,6}(?![\w-])")

Cell = tuple[str, str]
Table = tuple[str, str]


@dataclass(frozen=True)  # without slots: what is cached is asked for by every chain
class Row:
    item: Evidence
    cells: tuple[Cell, ...]

    @property
    def table(self) -> Table:
        """What tells its table from others: its source and the name of its first column."""
        return (self.item.passage.source, self.cells[0][0])

    @cached_property
    def context(self) -> frozenset[str]:
        """The words of its page and section, and the name of its table's first column."""
        return content_words(" ".join((*self.item.path, self.cells[0][0])))


def rows_in(passages: Iterable[Passage]) -> list[Row]:
    """The rows of the tables in these passages, without superseded ones."""
    holding = (one for one in passages if one.status != "superseded" and _ROW.search(one.text))
    rows = list(islice(chain.from_iterable(map(_rows_of, holding)), MAX_ROWS + 1))
    # Of a table that is cut short it is not known which of its rows have a name alone.
    return rows if len(rows) <= MAX_ROWS else [row for row in rows if row.table != rows[-1].table]


def _rows_of(passage: Passage) -> Iterator[Row]:
    for start, end, reading in citable_in(passage):
        if cells := cells_of(reading):
            yield Row(evidence_at(passage, start, end, reading=reading), cells)


def names_led_to(value: str) -> tuple[str, ...]:
    """The names by which a cell may refer to rows: what it says, or a code in it."""
    return tuple(dict.fromkeys((*names_of_cell(value), *map(folded, _CODE.findall(value)))))


def keys_of(rows: Sequence[Row]) -> Mapping[Table, frozenset[str]]:
    """For each table, the columns that its rows go by: the first one, and others with a different name in each row."""
    tables: dict[Table, list[Row]] = defaultdict(list)
    for row in rows:
        tables[row.table].append(row)
    return {table: frozenset({table[1], *_columns_of_names(members)}) for table, members in tables.items()}


def _columns_of_names(rows: Sequence[Row]) -> Iterator[str]:
    values: dict[str, list[str]] = defaultdict(list)
    for column, value in chain.from_iterable(row.cells for row in rows):
        values[column].append(value)
    for column, said in values.items():
        is_full = len(said) == len(rows) >= MIN_ROWS and len(set(said)) == len(said)
        if is_full and all(len(value.split()) <= MAX_NAME_WORDS and value[:1].isupper() for value in said):
            yield column
