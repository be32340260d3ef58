"""Answers that follow from all rows of one table: the row with the most or the least of something, how many rows there
are, and which; also what two of its rows or columns differ in.

Every word of the question must be accounted for: it names what the rows are (their first column), the cell that they
share, the column that is compared, or nothing at all. What else it says could change the answer, so that nothing is
concluded then, nor from a table that is known in part, holds a cell that can't be read, or is one of two that fit.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from graph.checking.citations import Statement, read_statements, write_statement
from graph.checking.injection import gives_orders
from graph.conclusions.bounding import Bound, Bounded, bound_in, column_bounded, words_of_bound
from graph.conclusions.comparing import Conclusion
from graph.conclusions.contrasting import asks_difference, contrast, differences
from graph.conclusions.matching import (
    EMPTY,
    PEOPLE,
    Row,
    are_sound,
    explained,
    filtered,
    key_of,
    names_of_things,
    people_of_office,
    said_of_page,
    thing_in,
    without_columns,
)
from graph.conclusions.measuring import Superlative, column_meant, place_of, superlative_in, words_for
from graph.conclusions.reporting import reports_in
from graph.conclusions.scope import ending_columns, is_for_some, is_part
from graph.evidence import Evidence
from graph.questions.past import looks_back
from graph.structure.rows import cells_of
from graph.structure.tables import Table, tables_in, whole_table
from graph.structure.turning import turned
from graph.texts.measures import NUMBER
from graph.texts.words import content_words, stem
from tools.names import folded
from tools.passages import Passage

MAX_CHARACTERS = 200
"""A longer question is no plain one."""

MAX_NAMED = 20
"""Rows that an answer names."""

_COUNT = re.compile(r"^how many (?:of (?:our|the) |different )?(?P<rest>.+)$", re.I)
_LIST = re.compile(
    r"^(?:(?:which|what)(?: (?:of )?(?:the|our))?|list(?: me)?(?: all)?(?: of)?(?: the| our)?) "
    r"(?!(?:is|are|was|were|do|does|did|has|have|had|can|could|may|must|should|will|would|the|if|about)\b)(?P<rest>.+)$",
    re.I,
)
_WHO = re.compile(r"^who (?P<rest>(?:works?|sits?|reports?|is (?:in|at)|are (?:in|at)) .+)$", re.I)
_ASIDE = re.compile(
    r"\b(?:that |which )?(?:do )?(?:we|you) (?:currently )?(?:have|offer|sell|run|use|operate)\b|"
    r"\b(?:currently|right now|in total|now|still|please)\b",
    re.I,
)
_BEARING = frozenset(
    """carries carry contains contain fits gets get gives give includes include makes make offers offer provides provide
    seats seat serves serve takes take""".split()  # noqa: SIM905
)
"""Before "the most" of what is named: they say no more than "has"."""

_MOST_OF = re.compile(r" the (?:most|least|fewest|highest|lowest|largest|smallest|biggest) [a-z]")

_CONTRACTED = re.compile(r"^(what|which|who)['’]s\b", re.I)
_DENIED = re.compile(
    r"\b(?:not?|never|without|except|besides|other|else|only|both|either|neither|than|was|were|did)\b|n['’]t\b", re.I
)
"""A question with one of these asks for other rows than it names; "cannot" may stand in a column's name."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What the question comes down to in one table: the rows that it asks for, and what of them; `whom` they
    all report to, where it is by that that they are meant, and the `amounts` of the `column` that a bound lets through,
    where it sets one."""

    rows: tuple[Row, ...]
    superlative: Superlative | None = None
    column: str = ""
    thing: str = ""
    filters: tuple[tuple[str, str], ...] = ()
    counts: bool = False
    whom: Row | None = None
    amounts: tuple[str, ...] = ()

    @property
    def answer(self) -> tuple[str, ...]:
        """What it comes to, the same for two tables of the same sites; a value is compared in one table alone."""
        if self.superlative:
            item = self.rows[0].evidence_for(self.column)
            return (item.passage.key, str(item.start), self.column)
        return tuple(sorted(folded(row.name) for row in self.rows))

    def is_told(self, said: str) -> bool:
        """Whether a sentence gives a number of what is counted: it may know of more than the table does."""
        things = PEOPLE | {"staff"} if self.thing in PEOPLE else {self.thing}
        names = f" {folded(said)} "
        return all(f" {value} " in names for _, value in self.filters) and any(
            re.search(rf"(?:{NUMBER.pattern})\W{{1,3}}(?:\w{{1,30}}\W{{1,3}}){{0,2}}?{re.escape(thing)}\b", said, re.I)
            for thing in things
        )


def asks_of_table(question: str) -> bool:
    """By its form: whether it is worth looking for a whole table."""
    asked = _plain(question)
    return bool(
        asks_difference(question)
        or superlative_in(asked)
        or _COUNT.match(asked)
        or _LIST.match(asked)
        or _WHO.match(asked)
    )


def fitting_table(
    question: str, documents: Iterable[Sequence[Passage]], evidence: Sequence[Evidence] = (), *, year: int = 0
) -> Table | None:
    """The one of these documents' tables that the question is about, where all of it is known and it answers; None
    where another answers otherwise, or a sentence of the evidence gives the number that is asked for. A table of the
    current `year` is asked about without saying so."""
    tables = (table for passages in documents for table in tables_in(passages))
    current = [table for table in tables if table.rows[0].passage.status != "superseded"]
    if asks_difference(question):
        return _telling_both(question, current, year)
    found = [(table, asked) for table in current if (asked := _found(question, table.rows))]
    if len({asked.answer for _, asked in found}) != 1:
        return None
    return next((table for table, asked in found if _is_sure(question, table, asked, evidence, year)), None)


def _is_sure(question: str, table: Table, asked: _Found, evidence: Sequence[Evidence], year: int) -> bool:
    counts_all = asked.superlative is None and len(asked.rows) == len(table.rows)
    if not table.is_whole or is_part(question, table, counts_all=counts_all, year=year):
        return False
    # A directory seldom names everybody.
    if (counts_all and asked.thing in PEOPLE) or (asked.counts and any(map(asked.is_told, _prose(evidence)))):
        return False
    return _concluded(question, _numbered(table)) is not None


def _telling_both(question: str, tables: Sequence[Table], year: int) -> Table | None:
    """Several tables may tell of both things, as prices and support hours do: that of the document which comes nearest,
    unless two say different things under one label, as by month and by year."""
    told: dict[str, str] = {}
    for table in tables:
        for label, (said, _) in differences(question, table.rows).items():
            if told.setdefault(folded(label), said) != said:
                return None
    fitting = (table for table in tables if _concluded(question, _numbered(table)))
    return next((table for table in fitting if _is_all_meant(question, table, year)), None)


def _is_all_meant(question: str, table: Table, year: int) -> bool:
    is_of_part = is_part(question, table, counts_all=False, year=year) or is_for_some(question, table)
    return table.is_whole and not is_of_part


def _numbered(table: Table) -> list[Evidence]:
    return [replace(row, number=number) for number, row in enumerate(table.rows, 1)]


def _prose(evidence: Sequence[Evidence]) -> Iterable[str]:
    return (item.said for item in evidence if not cells_of(item.said))


def conclude_from_table(question: str, evidence: Sequence[Evidence]) -> Conclusion | None:
    """What follows from the whole table that is among the evidence; None when there is none."""
    rows = whole_table(evidence)
    return _concluded(question, rows) if rows else None


def _concluded(question: str, rows: Sequence[Evidence]) -> Conclusion | None:
    if any(gives_orders(row.passage.content) for row in rows):
        return None
    found = _found(question, rows)
    if found is None:
        concluded = contrast(question, rows)
    elif found.superlative:
        concluded = _most(found, found.superlative)
    else:
        names = [row.name for row in found.rows]
        if found.amounts:
            names = [f"{name}, {amount}" for name, amount in zip(names, found.amounts, strict=True)]
        said = ("; " if any("," in name for name in names) else ", ").join(names)
        text = f"{len(names)}: {said}." if found.counts else f"{said}."
        concluded = Conclusion(text, text, tuple(dict.fromkeys(item.number for item in _rested_on(found))))
    return concluded if concluded and _reads_back(concluded) else None


def _rested_on(found: _Found) -> Iterator[Evidence]:
    """What says of each row that it is one, and that it is meant."""
    for row in (*found.rows, *([found.whom] if found.whom else [])):
        columns = [*(column for column, _ in found.filters), *([found.column] if found.column else [])]
        yield from (row.evidence_for(column) for column in columns or [key_of([row])])


def _reads_back(concluded: Conclusion) -> bool:
    """A cell may hold what reads as a mark, a link or the end of a sentence: then it can't be said for certain."""
    numbers = concluded.numbers
    return all(
        read_statements(write_statement(text, numbers), numbers) == [Statement(text, numbers)]
        for text in {concluded.text, concluded.answer}
    )


def _most(found: _Found, superlative: Superlative) -> Conclusion | None:
    """The row that wins, and the one that comes next, if that is one; None where a cell can't be compared, or two come
    first."""
    placed = place_of([row.cells.get(found.column, "") for row in found.rows], found.column, superlative)
    if placed is None:
        return None
    first, second, *others = placed
    best, following = found.rows[first.place], found.rows[second.place]
    answer = f"{best.name}, {first.label} {first.written}"
    if others and others[0].amount == second.amount:
        return Conclusion(f"{answer}.", f"{answer}.", (best.evidence_for(found.column).number,))
    text = f"{answer}; next is {following.name}, {second.written}."
    rested_on = (row.evidence_for(found.column).number for row in (best, following))
    return Conclusion(text, f"{answer}.", tuple(dict.fromkeys(rested_on)))


def _plain(question: str) -> str:
    """Without what is said around it, and with "what is" for "what's"."""
    whole = _CONTRACTED.sub(r"\1 is", question[: MAX_CHARACTERS + 1])
    return " ".join(_ASIDE.sub(" ", whole).split()).rstrip(" ?.!")


def _found(question: str, evidence: Sequence[Evidence]) -> _Found | None:
    if len(question) > MAX_CHARACTERS:
        return None
    bound = bound_in(question)
    asked = bound.asked if bound else question
    if looks_back(asked) or _DENIED.search(asked):
        return None
    as_written = [Row(item, dict(cells_of(item.said))) for item in evidence]
    return _found_in(asked, as_written, bound) or _found_in(asked, turned(asked, evidence), bound)


def _found_in(question: str, rows: Sequence[Row], bound: Bound | None) -> _Found | None:
    asked = _plain(question)
    superlative = superlative_in(asked)
    count = _COUNT.match(asked)
    form = None if superlative else count or _LIST.match(asked) or _WHO.match(asked)
    if not rows or not are_sound(rows) or (superlative is None and form is None) or (superlative and bound):
        return None
    rest = form["rest"] if form else asked
    reports = reports_in(rest, rows) if form else None
    rest = reports.rest if reports else rest
    rest, of_office = people_of_office(rest, rows) if form else (rest, [])
    cut = filtered(rest, rows, capitals=any(map(str.isupper, question[1:])))
    if cut is None:
        return None
    words, filters = cut
    filters += of_office
    if reports:
        filters.append((reports.column, folded(reports.whom.name)))
    meant = [row for row in rows if all(folded(row.cells.get(column, "")) == value for column, value in filters)]
    if ending_columns(meant) - {column for column, _ in filters}:
        return None
    if superlative:
        column = _compared(words, filters, rows, superlative)
        return _Found(tuple(meant), superlative, column) if column and len(meant) > 1 else None
    thing, words = thing_in(without_columns(words, filters), rows, who=asked[:4].casefold() == "who ")
    is_plural = thing[-1:] == "s" or thing in PEOPLE
    let_through = _let_through(bound, meant, words) if bound else _LetThrough(meant)
    telling = said_of_page(rows) | let_through.telling
    meant = list(let_through.rows)
    if not thing or not explained(words, filters, telling) or not meant or len(meant) > MAX_NAMED:
        return None
    is_list = re.match(r"list\b", asked, re.I) or (is_plural and _exist(rest))
    if not bound and not count and not filters and not is_list:
        return None
    # Of one row that one asks for, its own words say more than its name; a column has none.
    if len(meant) == 1 and not is_plural and not meant[0].said_in:
        return None
    whom = reports.whom if reports else None
    column, amounts = let_through.column, let_through.amounts
    return _Found(tuple(meant), None, column, thing, tuple(filters), bool(count), whom, amounts)


@dataclass(frozen=True, slots=True)
class _LetThrough:
    """The rows that a bound lets through, the column that it is of, their amounts there, and the stems that may be said
    of it; without a bound all rows."""

    rows: Sequence[Row] = ()
    column: str = ""
    amounts: tuple[str, ...] = ()
    telling: frozenset[str] = frozenset()


def _let_through(bound: Bound, rows: Sequence[Row], words: Sequence[str]) -> _LetThrough:
    """None of them where it is not certain which column is bounded."""
    found = _bounded(bound, rows, words)
    if found is None:
        return _LetThrough()
    pairs = zip(rows, found.amounts, strict=True)
    held = [(row, one.written) for row, one in pairs if bound.admits(one.amount)]
    written = tuple(amount for _, amount in held)
    return _LetThrough([row for row, _ in held], found.column, written, words_of_bound(bound, found))


def _bounded(bound: Bound, rows: Sequence[Row], words: Sequence[str]) -> Bounded | None:
    others = dict.fromkeys(column for row in rows for column in row.cells if column != key_of(rows))
    columns = [(column, [row.cells.get(column, "") for row in rows]) for column in others]
    return column_bounded(bound, columns, words, " ".join(rows[0].item.path)) if rows else None


def _exist(rest: str) -> bool:
    return re.search(r" (?:are|exist)(?: there)?$", rest) is not None or len(rest.split()) == 1


def _compared(
    words: Sequence[str], filters: Sequence[tuple[str, str]], rows: Sequence[Row], superlative: Superlative
) -> str:
    """The column that the superlative is said of; empty where the question does not name what the rows are, or leaves
    the column open."""
    said = " ".join(words)
    left = f" {said} ".replace(f" {folded(superlative.word)} ", " ", 1).split()
    if left[:1] not in (["which"], ["what"], ["who"]) or (
        left[:1] == ["who"] and not thing_in(["people"], rows, who=True)[0]
    ):
        return ""
    if {"are", "have"} & set(left):
        return ""
    left = [word for word in left[1:] if word not in EMPTY]
    named = content_words(" ".join(left))
    thing = next((one for one in names_of_things(rows) if one and one <= named), frozenset[str]())
    rest = [word for word in left if not content_words(word) or not content_words(word) <= thing]
    rest = [word for word in rest if word not in _BEARING] if _MOST_OF.search(said) else rest
    if not thing and words[0] != "who":
        return ""
    others = tuple(dict.fromkeys(column for row in rows for column in row.cells if column != key_of(rows)))
    over = " ".join(rows[0].item.path)
    for column in column_meant(others, superlative, rest):
        telling = frozenset(map(stem, folded(f"{over} {column}").split())) | words_for(column)
        # "Minimum stock" over the table, "Utrecht minimum" over the column: the question says both in one.
        if explained(rest, filters, telling):
            return column
    return ""
