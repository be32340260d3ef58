"""Chains of table rows: from the row that the question names, through a cell, to the row that says what is asked.

"Which team looks after the service that raises E-42?" is answered by the error's row, which says "Raised by: tally",
and the row of tally, which says "Owning team: Commerce". The question must mention each step, and the steps must
account for all its words: by what names the first row, by the columns that lead on and that answer, or by what the rows
are about. If two chains say different things, neither is taken.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from graph.evidence import Evidence, joined
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
from graph.structure.keyed_rows import COMMON, Cell, Row, Table, keys_of, names_led_to
from graph.structure.rows import names_of_cell, written
from graph.texts.small_words import is_denied
from graph.texts.words import content_words, stem
from tools.names import folded
from tools.row_names import NO_THING

MAX_STEPS = 3
MAX_TRIED = 2_000
"""How many rows a search tries at most."""

MAX_CHARACTERS = 300
"""Longer questions say too much to be accounted for word by word."""

MAX_NAME_CHARACTERS = 80
MAX_CELL_CHARACTERS = 300
MIN_LABEL_WORDS = 2
"""How many words a question must share with a row's name, unless it has all of them."""

MAX_UNSAID = 1
"""How many verbs may be left over, away from what is asked, besides words that say little."""

NEAR = 0.5
"""The nearness, as in `focus_of`, from which a word belongs to what is asked."""

_REPORTS = content_words("reports to")
_MANAGER = content_words("manager boss supervisor")

_CHANGES = re.compile(
    r"\b(?:(?i:others?|else|another|instead|next|new|former|previous|will|was|were|left|remaining|taken|most|"
    r"least|only|except|both|all|each|every|night|reports? to(?= \w)|reporting to)\b|"
    r"(?:[Bb]efore|[Aa]fter|above|below|beyond|until|since) (?=[A-Z\d]))"
)
_VERB = re.compile(r"\b[a-z]{3,}ing\b|\b[a-z]{3,}ed\b(?!\W*$)")
"""Verb forms that tie things together: "before borrowing an Airvo"."""

_TITLED = re.compile(r"(?:Dr|Mr|Mrs|Ms|Miss|Prof|Professor|Sir|Sister)\.? (?P<surname>[A-ZÀ-ÖØ-Þ][\w'’-]{1,40})")
_NO_NAME = re.compile(r"yes|no|none|all|any|n/?a|[-–—]|tbd|closed|active|[\d.,:/ %€$£-]+", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['’]s?\b")


@dataclass(frozen=True, slots=True)
class Step:
    """A row with the cell by which it is reached and the cell that leads on or answers."""

    row: Row
    by: Cell
    told: Cell

    @property
    def part(self) -> str:
        """The part of the row that belongs to the chain: its name and these two cells."""
        return written([cell for cell in self.row.cells if cell in (self.row.cells[0], self.by, self.told)])


@dataclass(frozen=True, slots=True)
class RowChain:
    """`unsaid` are the question's words that the chain does not account for. `is_named` says whether the question names
    the column that answers."""

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
    """Whether the form of the question allows a chain of rows. What changes the meaning of a chain ("who else",
    "before", "who reports to") is said in no row."""
    if len(question) > MAX_CHARACTERS or asked_last(question) != question or _CHANGES.search(question):
        return False
    return not (is_denied(question) or looks_back(question) or asks_yes_or_no(question))


def begins_at_a_row(question: str, rows: Sequence[Row]) -> bool:
    """Whether the question names a row, but that row alone does not account for all its words."""
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
    """The evidence with the rows of the chain, each marked with its place in it. New rows get the relevance of the most
    relevant evidence."""
    relevance = max((item.relevance for item in evidence), default=0.0)
    rows = [replace(step.row.item, link=n, part=step.part) for n, step in enumerate(found.steps, 1)]
    return joined(evidence, rows, relevance)


def chained_rows(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The rows of the chain in the evidence, in order; empty if one of them is missing."""
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
        """The rows that the question names by a cell that no other row of their table has, and its words for that
        cell."""
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
        """The names by which the question calls a cell, as `folded` spells them."""
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
        """Whether it is a common word that is not used as a name: "the team", though one plan is called Team."""
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
        """The rows that a cell leads to: the only one of its table with that name or the code in it, and those that
        have a column for it."""
        names = names_led_to(value)
        tables: dict[Table, dict[int, tuple[Row, Cell]]] = defaultdict(dict)
        for row, cell in chain.from_iterable(self._by_name.get(name, ()) for name in names):
            tables[row.table].setdefault(id(row), (row, cell))
        yield from chain.from_iterable(found.values() for found in tables.values() if len(found) == 1)
        yield from self._by_column.get(folded(value), ())

    def _speaks_of(self, cell: Cell, row: Row, after: Row, reached: Cell, said: frozenset[str]) -> bool:
        """Whether the question mentions a step: the column that leads on or, in another table, what kind of thing the
        next row is. A column named after the cell speaks for itself."""
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
        """The cells that the question asks for: by the form of the question, such as a length for "how long"; by a
        noun, such as the owning team for "which team"; or the only cell of the right kind."""
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


def _words_of(column: str) -> frozenset[str]:
    """The words of a column; the person one reports to is one's manager."""
    words = content_words(column)
    return words | _MANAGER if words == _REPORTS else words
