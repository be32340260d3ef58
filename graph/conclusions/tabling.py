"""Answers that follow from all rows of one table: the row with the most or the least of something, how many rows there
are, and which; also what two of its rows or columns differ in.

Nothing is concluded where the question says more than `asked_rows` can account for, nor from a table that is known in
part, holds a cell that can't be read, or is one of two that fit.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from graph.checking.citations import Statement, read_statements, write_statement
from graph.checking.injection import gives_orders
from graph.conclusions.asked_rows import Found, asks_for_rows, rows_asked_for
from graph.conclusions.comparing import Conclusion
from graph.conclusions.contrasting import asks_difference, contrast, differences
from graph.conclusions.measuring import Superlative, place_of
from graph.conclusions.row_matching import PEOPLE, Row, key_of
from graph.conclusions.scope import is_for_some, is_part
from graph.evidence import Evidence
from graph.structure.charts import charts_in
from graph.structure.rows import cells_of, names_described
from graph.structure.tables import Table, tables_in, whole_table
from tools.names import folded
from tools.passages import Passage


def asks_of_table(question: str) -> bool:
    """By its form: whether it is worth looking for a whole table."""
    return asks_difference(question) or asks_for_rows(question)


def fitting_table(
    question: str, documents: Iterable[Sequence[Passage]], evidence: Sequence[Evidence] = (), *, year: int = 0
) -> Table | None:
    """The one of these documents' tables that the question is about, where all of it is known and it answers; None
    where another answers otherwise, or a sentence of the evidence gives the number that is asked for. A table of the
    current `year` is asked about without saying so."""
    tables = (table for passages in documents for table in (*tables_in(passages), *charts_in(passages)))
    current = [table for table in tables if table.rows[0].passage.status != "superseded"]
    if asks_difference(question):
        return _telling_both(question, current, year)
    found = [(table, asked) for table in current if (asked := rows_asked_for(question, table.rows))]
    if len({asked.answer for _, asked in found}) != 1:
        return None
    return next((table for table, asked in found if _is_sure(question, table, asked, evidence, year)), None)


def _is_sure(question: str, table: Table, asked: Found, evidence: Sequence[Evidence], year: int) -> bool:
    counts_all = asked.superlative is None and not asked.total and len(asked.rows) == len(table.rows)
    if not table.is_whole or is_part(question, table, counts_all=counts_all, year=year):
        return False
    # A directory seldom names everybody.
    counts = asked.counts or asked.total
    if (counts_all and asked.thing in PEOPLE) or (counts and any(map(asked.is_told, _prose(evidence)))):
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
    found = rows_asked_for(question, rows)
    if found is None:
        concluded = contrast(question, rows)
    elif found.superlative:
        concluded = _most(found, found.superlative)
    else:
        said, numbers = _listed(found), tuple(dict.fromkeys(item.number for item in _rested_on(found)))
        total = f"{found.column}, {found.total} in all"
        text = f"{total}: {said}." if found.total else f"{len(found.rows)}: {said}." if found.counts else f"{said}."
        concluded = Conclusion(text, f"{total}." if found.total else text, numbers)
    return concluded if concluded and _reads_back(concluded) else None


def _listed(found: Found) -> str:
    """The rows' names, each with its amount where that is what is asked."""
    names = list(map(_named, found.rows))
    if found.amounts:
        names = [f"{name}, {amount}" for name, amount in zip(names, found.amounts, strict=True)]
    return ("; " if any("," in name for name in names) else ", ").join(names)


def _named(row: Row) -> str:
    """By what it goes by, with what that is the code or number of."""
    if row.name.isdigit():
        return f"{key_of([row])} {row.name}"
    cells = tuple(row.cells.items())
    return f"{row.name} ({cells[1][1]})" if len(cells) > 1 and names_described(cells) else row.name


def _rested_on(found: Found) -> Iterator[Evidence]:
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


def _most(found: Found, superlative: Superlative) -> Conclusion | None:
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
