"""The rows of a table that a question leaves by the cells that it names: those of a kind, with a value, or of whom
somebody is the superior."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from graph.conclusions.cell_naming import columns_of_lists, filtered, holds, things_of_kind
from graph.conclusions.reporting import reports_in
from graph.conclusions.row_matching import Row
from graph.conclusions.scope import ending_columns
from graph.texts.words import stem
from tools.names import folded


@dataclass(frozen=True, slots=True)
class Cut:
    """The rows that are left by the cells that the question names, these `filters`, the `rest` of the question in which
    they stood and its `words` without them, and `whom` the rows report to, where it says so."""

    rows: Sequence[Row]
    filters: Sequence[tuple[str, str]]
    words: list[str]
    rest: str
    whom: Row | None = None


def cut_of_people(rest: str, rows: Sequence[Row], beside: Sequence[tuple[str, str]], *, capitals: bool) -> Cut | None:
    """The same where people may be meant by whom they report to, or by their office."""
    reports = reports_in(rest, rows)
    rest, of_kind = things_of_kind(reports.rest if reports else rest, rows)
    filters = [*beside, *of_kind, *([(reports.column, folded(reports.whom.name))] if reports else [])]
    cut = cut_rows(rest, rows, filters, capitals=capitals)
    return replace(cut, whom=reports.whom) if cut and reports else cut


def cut_rows(rest: str, rows: Sequence[Row], beside: Sequence[tuple[str, str]], *, capitals: bool) -> Cut | None:
    """None where it is not certain which cells are named, or the rows that they leave may have ended."""
    named = filtered(rest, rows, capitals=capitals)
    if named is None:
        return None
    words, filters = named[0], [*named[1], *beside]
    left = [row for row in rows if all(holds(row.cells.get(column, ""), value) for column, value in filters)]
    if ending_columns(left) - {column for column, _ in filters}:
        return None
    return Cut(left, filters, words, rest)


def said_over_lists(filters: Sequence[tuple[str, str]], rows: Sequence[Row]) -> frozenset[str]:
    """Stems of what stands over a table and its lists: "phone support" of "Channels" under "Support"."""
    named = columns_of_lists(rows).intersection(column for column, _ in filters)
    return frozenset(map(stem, folded(" ".join(rows[0].item.path)).split())) if named else frozenset()
