"""Brings in the rows that the question asks for, however far down they were found, and those that the best evidence
names, since a chain may go on there.

"Robotics is taught by Ada Brun" leads to her row in the directory, which says where she sits, whatever the question
calls the columns in between. The chains decide what such a row is worth.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice

from graph.conclusions.amounts import Degree, tells_amount
from graph.conclusions.comparison import Comparison
from graph.evidence import Evidence, joined
from graph.questions.spelling import occurrences
from graph.structure.asked_cells import cells_asked
from graph.structure.keyed_rows import COMMON, Row, keys_of, names_led_to
from graph.structure.rows import cells_of, goes_by, goes_by_initials, is_key, names_of_cell
from graph.texts.words import content_words
from tools.names import folded

MAX_BROUGHT = 6
LEADING = 8
"""Items of the evidence, the most relevant, whose names are followed."""

AS_RELEVANT = 0.9
"""As what names it."""


def with_rows_named(question: str, evidence: Sequence[Evidence], rows: Sequence[Row]) -> tuple[Evidence, ...]:
    """The evidence with those rows whose name the best evidence brings in."""
    named = _Named(question, rows)
    known = {item.key for item in evidence}
    brought: dict[tuple[str, int], Evidence] = {}
    for item in sorted(evidence, key=lambda item: -item.relevance)[:LEADING]:
        for row in named.by(item):
            if (place := row.item.key) not in known and len(brought) < MAX_BROUGHT:
                brought.setdefault(place, replace(row.item, relevance=item.relevance * AS_RELEVANT))
    return joined(evidence, list(brought.values()))


def with_rows_asked(
    question: str, evidence: Sequence[Evidence], rows: Sequence[Row], compared: Comparison | None
) -> tuple[Evidence, ...]:
    """The evidence with those rows of which the question names one and asks for a cell, or that are called what it
    compares: a price list's passage is about twenty things, so that a question about one of them finds others first."""
    known, words = {item.key for item in evidence}, content_words(question)
    new = [row for row in rows if row.item.key not in known]
    # Of hundreds of rows most share no word with the question; to look at the others takes far longer.
    near = (row for row in new if _shares_a_word(words, row))
    asked = (row.item for row in near if cells_asked(row.item.said, question, row.context))
    of_both = (row.item for row in new if compared and _says_what_is_compared(row, compared))
    most = max((item.relevance for item in evidence), default=0.0)
    return joined(evidence, list(islice(chain(of_both, asked), MAX_BROUGHT)), most)


def _shares_a_word(words: frozenset[str], row: Row) -> bool:
    return not words.isdisjoint(content_words(row.item.said)) or goes_by_initials(words, row.cells)


def _says_what_is_compared(row: Row, compared: Comparison) -> bool:
    if isinstance(compared.wanted, Degree):
        return tells_amount(compared.options, compared.wanted, compared.about, row.item)
    return any(goes_by(one, row.cells) for one in compared.options)


class _Named:
    """Rows by what they go by, but for what the question names itself."""

    def __init__(self, question: str, rows: Sequence[Row]) -> None:
        self._words = content_words(question)
        self._rows: dict[str, list[Row]] = defaultdict(list)
        asked = f" {folded(question)} "
        keys = keys_of(rows)
        for row in rows:
            for column, value in row.cells:
                if column in keys[row.table] or is_key(column, value, row.cells):
                    for name in names_of_cell(value):
                        if f" {name} " not in asked and _tells(name):
                            self._rows[name].append(row)

    def by(self, item: Evidence) -> Iterator[Row]:
        """Those that the item names; by a row's cells those first whose column the question speaks of. What the row
        itself is called leads nowhere: a stock list's row of the same device adds nothing to its warranty."""
        cells = cells_of(item.said)
        if not cells:
            said = f" {folded(item.said)} "
            yield from chain.from_iterable(rows for name, rows in self._rows.items() if f" {name} " in said)
        for _, value in sorted(cells[1:], key=lambda cell: not content_words(cell[0]) & self._words):
            for name in names_led_to(value):
                yield from (row for row in self._rows.get(name, ()) if row.cells != cells)


def _tells(name: str) -> bool:
    return bool(content_words(name)) and (not name.isalpha() or occurrences(name) < COMMON)
