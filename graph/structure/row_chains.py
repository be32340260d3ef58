"""Chains of table rows: from the row of what the question names, by way of a cell, to the row that says what is asked.

"Which team looks after the service that raises E-42?" is answered by the error's row, which says "Raised by: tally",
and the row of tally, which says "Owning team: Commerce". The question has to speak of each step, and all that it says
has to be accounted for: by what names the first row, by the columns that lead on and that answer, or by what the rows
are about. Where two chains say different things, none is taken.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, islice

from graph.evidence import Evidence, evidence_at, joined
from graph.questions.asked_names import names_in, people_in
from graph.questions.expectation import (
    asks_measure,
    asks_number_of,
    asks_who,
    asks_yes_or_no,
    expectation_met,
)
from graph.questions.focus import focus_of
from graph.questions.past import looks_back
from graph.questions.spelling import occurrences
from graph.questions.standing_alone import asked_last
from graph.structure.asked_cells import SAYS_LITTLE, columns_meant
from graph.structure.rows import MAX_NAME_WORDS, cells_of, names_of_cell, written
from graph.texts.reading import citable_in
from graph.texts.small_words import is_denied
from graph.texts.words import content_words, stem
from tools.ingestion.row_names import NO_THING
from tools.names import folded
from tools.passages import Passage

MAX_ROWS = 600
"""That are looked through, those of the best passages first."""

MAX_STEPS = 3
MAX_TRIED = 2_000
"""Rows that are stepped to in the search for one."""

MAX_CHARACTERS = 300
"""A longer question says too much to be accounted for word by word."""

MAX_NAME_CHARACTERS = 80
MAX_CELL_CHARACTERS = 300
MIN_ROWS = 3
"""Of a table, from which on a column with another name in each row is seen to be one that its rows go by."""

MIN_LABEL_WORDS = 2
"""That a question must share with what a row says of each of its things, unless it has all the words of it."""

COMMON = 20_000
"""Occurrences in the dictionary from which a word in small letters is seldom a name."""

MAX_UNSAID = 1
"""Verbs that no row accounts for, away from what is asked, besides words that say little."""

NEAR = 0.5
"""Of what is asked: so near to the question word as `focus_of` has it."""

_REPORTS = content_words("reports to")
_MANAGER = content_words("manager boss supervisor")

_CHANGES = re.compile(
    r"\b(?:(?i:others?|else|another|instead|next|new|former|previous|will|was|were|left|remaining|taken|most|"
    r"least|only|except|both|all|each|every|night|reports? to(?= \w)|reporting to)\b|"
    r"(?:[Bb]efore|[Aa]fter|above|below|beyond|until|since) (?=[A-Z\d]))"
)
_ROW = re.compile(r"^(?:\||[^\n:;|]{1,60}: [^\n;]{1,200}; )", re.MULTILINE)
_VERB = re.compile(r"\b[a-z]{3,}ing\b|\b[a-z]{3,}ed\b(?!\W*$)")
"""In a form that says how things are tied together: "before borrowing an Airvo"."""

_TITLED = re.compile(r"(?:Dr|Mr|Mrs|Ms|Miss|Prof|Professor|Sir|Sister)\.? (?P<surname>[A-ZÀ-ÖØ-Þ][\w'’-]{1,40})")
_NO_NAME = re.compile(r"yes|no|none|all|any|n/?a|[-–—]|tbd|closed|active|[\d.,:/ %€$£-]+", re.IGNORECASE)
_CODE = re.compile(r"(?<![\w-])[A-Z]{1,6}-?\d{1,6}(?![\w-])")
_POSSESSIVE = re.compile(r"['’]s?\b")

Cell = tuple[str, str]
Table = tuple[str, str]


@dataclass(frozen=True)  # without slots: what is cached is asked for by every chain
class Row:
    item: Evidence
    cells: tuple[Cell, ...]

    @property
    def table(self) -> Table:
        """Tells it from the rows of other tables."""
        return (self.item.passage.source, self.cells[0][0])

    @cached_property
    def context(self) -> frozenset[str]:
        """Words of the page and the section that it stands in, and of what its table has a row for."""
        return content_words(" ".join((*self.item.path, self.cells[0][0])))


@dataclass(frozen=True, slots=True)
class Step:
    """A row, the cell that it is reached by, and the one that leads on or answers."""

    row: Row
    by: Cell
    told: Cell

    @property
    def part(self) -> str:
        """What of the row belongs to the chain: what it is called, and these two."""
        return written([cell for cell in self.row.cells if cell in (self.row.cells[0], self.by, self.told)])


@dataclass(frozen=True, slots=True)
class RowChain:
    """`unsaid` are the question's words that it does not account for; `is_named`: the question calls the column that
    answers by its name."""

    steps: tuple[Step, ...]
    unsaid: frozenset[str]
    is_named: bool

    @property
    def doubt(self) -> tuple[int, bool]:
        return len(self.unsaid), not self.is_named

    @property
    def answer(self) -> str:
        return folded(self.steps[-1].told[1])


def asks_along_rows(question: str) -> bool:
    """By its form: whether it is worth looking for a chain of rows. What changes the meaning of a chain, "who else",
    "before", "who reports to", no row accounts for."""
    if len(question) > MAX_CHARACTERS or asked_last(question) != question or _CHANGES.search(question):
        return False
    return not (is_denied(question) or looks_back(question) or asks_yes_or_no(question))


def rows_in(passages: Iterable[Passage]) -> list[Row]:
    """The rows of these passages' tables; nothing of what is superseded."""
    holding = (one for one in passages if one.status != "superseded" and _ROW.search(one.text))
    rows = list(islice(chain.from_iterable(map(_rows_of, holding)), MAX_ROWS + 1))
    # Of a table that is cut short it is not known which of its rows have a name alone.
    return rows if len(rows) <= MAX_ROWS else [row for row in rows if row.table != rows[-1].table]


def _rows_of(passage: Passage) -> Iterator[Row]:
    for start, end, reading in citable_in(passage):
        if cells := cells_of(reading):
            yield Row(evidence_at(passage, start, end, reading=reading), cells)


def begins_at_a_row(question: str, rows: Sequence[Row]) -> bool:
    """Whether it names a row, which does not account for all that it says."""
    return _Search(question, rows).begins()


def chain_of_rows(question: str, rows: Sequence[Row]) -> RowChain | None:
    """The one chain of two or three rows that the question describes."""
    search = _Search(question, rows)
    found = list(search.chains())
    if not found or search.is_given_up:
        return None
    best = min(found, key=lambda one: (one.doubt, len(one.steps)))
    answers = {one.answer for one in found if one.doubt == best.doubt}
    return best if len(answers) == 1 else None


def with_rows(evidence: Sequence[Evidence], found: RowChain) -> tuple[Evidence, ...]:
    """The evidence with the rows of the chain, each saying its place in it; new ones are as relevant as the most
    relevant of the evidence."""
    relevance = max((item.relevance for item in evidence), default=0.0)
    rows = [replace(step.row.item, link=n, part=step.part) for n, step in enumerate(found.steps, 1)]
    return joined(evidence, rows, relevance)


def chained_rows(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The rows of the chain that the evidence holds, in its order; none where one of them is missing."""
    rows = sorted((item for item in evidence if item.link), key=lambda item: item.link or 0)
    return rows if [item.link for item in rows] == list(range(1, len(rows) + 1)) else []


class _Search:
    def __init__(self, question: str, rows: Sequence[Row]) -> None:
        self._question = question
        self._focus = focus_of(question)
        verbs = _VERB.findall(question)
        self._asides = frozenset(word for word in content_words(" ".join(verbs)) if self._focus.get(word, 0.0) < NEAR)
        plain = _POSSESSIVE.sub("", question)
        self._asked = f" {folded(plain)} "
        self._words = content_words(question)
        self._surnames = [folded(titled["surname"]) for titled in _TITLED.finditer(plain)]
        named = frozenset(chain.from_iterable(map(content_words, names_in(question))))
        self._names = named | {word for word in self._words if any(map(str.isdigit, word))}
        self._rows = rows
        self._tried = 0
        self._keys = keys_of(rows)
        self._by_name: dict[str, list[tuple[Row, Cell]]] = defaultdict(list)
        self._by_column: dict[str, list[tuple[Row, Cell]]] = defaultdict(list)
        for row in rows:
            for cell in row.cells:
                for name in names_of_cell(cell[1]) if self._is_key(row, cell) else ():
                    self._by_name[name].append((row, cell))
            for cell in row.cells[1:]:
                self._by_column[folded(cell[0])].append((row, cell))

    @property
    def is_given_up(self) -> bool:
        return self._tried > MAX_TRIED

    def begins(self) -> bool:
        for row, _, said in self._starts():
            columns = content_words(" ".join(column for column, _ in row.cells))
            if not self._words <= said | columns | row.context:
                return True
        return False

    def chains(self) -> Iterator[RowChain]:
        for row, by, said in self._starts():
            yield from self._onward((row,), by, said, ())

    def _is_key(self, row: Row, cell: Cell) -> bool:
        return cell[0] in self._keys[row.table]

    def _starts(self) -> Iterator[tuple[Row, Cell, frozenset[str]]]:
        """Rows that the question names by a cell that no other row of the table has, and its words for it."""
        holding: dict[tuple[Table, str], list[tuple[Row, Cell]]] = defaultdict(list)
        for row in self._rows:
            for cell in row.cells:
                for name in self._named(cell, is_key=self._is_key(row, cell)):
                    holding[row.table, name].append((row, cell))
        for (_, name), found in holding.items():
            meant = [(row, cell) for row, cell in found if self._is_key(row, cell)] or found
            if len({id(row) for row, _ in meant}) == 1:
                row, cell = meant[0]
                yield row, cell, content_words(f"{name} {cell[1]}")

    def _named(self, cell: Cell, *, is_key: bool) -> Iterator[str]:
        """What the question calls a cell by, as `folded` spells it."""
        _, value = cell
        if len(value) > MAX_NAME_CHARACTERS or NO_THING.fullmatch(value) or _NO_NAME.fullmatch(value):
            return
        if is_key or any(map(str.isupper, value)) or any(map(str.isdigit, value)):
            for name in names_of_cell(value):
                if f" {name} " in self._asked and not self._happens_to_be(name, value):
                    yield name
        for surname in self._surnames:
            if folded(value).endswith(f" {surname}") and people_in(value):
                yield surname

    def _happens_to_be(self, name: str, value: str) -> bool:
        """Whether it is a common word that is not meant as a name: "the team", where one of the plans is Team."""
        is_common = name.isalpha() and occurrences(name) >= COMMON
        return is_common and not value.islower() and re.search(rf"\b{re.escape(value)}\b", self._question) is None

    def _onward(
        self, rows: tuple[Row, ...], by: Cell, said: frozenset[str], before: tuple[Step, ...]
    ) -> Iterator[RowChain]:
        """`said` are the question's words that the steps before account for."""
        row = rows[-1]
        self._tried += 1
        if before:
            yield from self._ending(row, by, said, before)
        if len(rows) == MAX_STEPS or self.is_given_up:
            return
        for cell in row.cells:
            if cell == by or _NO_NAME.fullmatch(cell[1]) or len(cell[1]) > MAX_CELL_CHARACTERS:
                continue
            told = said | _words_of(cell[0]) | content_words(cell[1]) | row.context
            for after, reached in self._reached(cell[1]):
                is_new = all(after is not one for one in rows)
                if is_new and self._speaks_of(cell, row, after, reached, said):
                    yield from self._onward((*rows, after), reached, told, (*before, Step(row, by, cell)))

    def _reached(self, value: str) -> Iterator[tuple[Row, Cell]]:
        """Rows that go by it, or by the code in it, alone of their table; and those that have a column for it."""
        names = names_led_to(value)
        tables: dict[Table, dict[int, tuple[Row, Cell]]] = defaultdict(dict)
        for row, cell in chain.from_iterable(self._by_name.get(name, ()) for name in names):
            tables[row.table].setdefault(id(row), (row, cell))
        yield from chain.from_iterable(found.values() for found in tables.values() if len(found) == 1)
        yield from self._by_column.get(folded(value), ())

    def _speaks_of(self, cell: Cell, row: Row, after: Row, reached: Cell, said: frozenset[str]) -> bool:
        """Whether the question speaks of a step: of the column that leads on, or, in another table, of what the row
        after it is one of. A plan's column says by itself what it is of."""
        told = _words_of(cell[0])
        kinds = {table for table in self._keys if content_words(table[1]) & content_words(cell[0])}
        if kinds - {row.table} and after.table not in kinds and folded(reached[0]) != folded(cell[1]):
            return False  # the "South" building is no South region
        if after.table != row.table:
            told |= content_words(reached[0]) | after.context
        return bool(told & (self._words - said)) or folded(reached[0]) == folded(cell[1])

    def _ending(self, row: Row, by: Cell, said: frozenset[str], before: tuple[Step, ...]) -> Iterator[RowChain]:
        said = said | row.context | content_words(by[0])
        if not self._is_key(row, by):
            # The column is called so, and the row says what of it.
            label = content_words(row.cells[0][1])
            is_all = label <= self._words
            if label and (is_all or len(label & self._words) >= MIN_LABEL_WORDS) and self._can_be(by[1]):
                yield from self._chain((*before, Step(row, row.cells[0], by)), said | label, is_named=is_all)
            return
        rest = self._words - content_words(by[1])
        leading = {cell[0] for step in before for cell in (step.by, step.told)}
        others = [cell for cell in row.cells if cell != by and cell[0] not in leading]
        if named := [cell for cell in others if self._is_named(cell[0], rest)]:
            for cell in named:
                if self._can_be(cell[1], is_named=True):
                    yield from self._chain((*before, Step(row, by, cell)), said | content_words(cell[0]), is_named=True)
        elif not asks_who(self._question):
            meant = self._meant(others, rest)
            if len(meant) == 1 and self._can_be(meant[0][1]):
                told = said | content_words(meant[0][0])
                yield from self._chain((*before, Step(row, by, meant[0])), told, is_named=False)

    def _is_named(self, column: str, rest: frozenset[str]) -> bool:
        words = content_words(column)
        return bool(words) and words <= rest and (len(words) == 1 or f" {folded(column)} " in self._asked)

    def _meant(self, cells: Sequence[Cell], rest: frozenset[str]) -> Sequence[Cell]:
        """What the question asks by, a length for "how long", a cell that is said to be one of what it asks for, the
        owning team for "which team", or the only one of the kind."""
        if meant := columns_meant(cells, self._question):
            return meant
        near = {word for word, share in self._focus.items() if share > NEAR} & rest
        if meant := [cell for cell in cells if stem(folded(cell[0]).rpartition(" ")[2]) in near]:
            return meant
        is_measured = asks_measure(self._question)
        return [cell for cell in cells if is_measured and expectation_met(self._question, [cell[1]]) == 1.0]

    def _can_be(self, value: str, *, is_named: bool = False) -> bool:
        if asks_who(self._question):
            return bool(people_in(value))
        is_figure = asks_measure(self._question) or asks_number_of(self._question)
        return (is_named and not is_figure) or expectation_met(self._question, [value]) > 0

    def _chain(self, steps: tuple[Step, ...], said: frozenset[str], *, is_named: bool) -> Iterator[RowChain]:
        cells = [cell for step in steps for cell in step.row.cells]
        names = chain.from_iterable(self._named(cell, is_key=True) for cell in cells)
        unsaid = self._words - said.union(*map(content_words, names))
        telling = unsaid - SAYS_LITTLE
        is_aside = len(telling) <= MAX_UNSAID and telling <= self._asides
        asks_another = any(telling & content_words(column) for column, _ in cells)
        if is_aside and not asks_another and not unsaid & self._names:
            yield RowChain(steps, unsaid, is_named)


def names_led_to(value: str) -> tuple[str, ...]:
    """What rows that a cell leads to may go by: by it, or by a code in it."""
    return tuple(dict.fromkeys((*names_of_cell(value), *map(folded, _CODE.findall(value)))))


def keys_of(rows: Sequence[Row]) -> Mapping[Table, frozenset[str]]:
    """By table the columns that its rows go by: the first, and others in which each row has a name of its own."""
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


def _words_of(column: str) -> frozenset[str]:
    """Whom one reports to is one's manager."""
    words = content_words(column)
    return words | _MANAGER if words == _REPORTS else words
