"""Finds the row of a sheet that names its columns, by comparing the kinds of cells in it with those below."""

import re
from collections.abc import Sequence
from typing import Literal

LOOKED_AT = 12
"""How many rows to look at: captions, the header, and enough rows below it."""

Kind = Literal["", "word", "label", "date", "number"]
Row = Sequence[str]

_BLANK = frozenset({"", "-", "–", "—", "n/a", "n. a.", "na", "none", "tbd", "?"})
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?(?:[ T]\d\d:\d\d(?::\d\d)?)?|\d\d?[./]\d\d?[./](?:\d{4}|\d\d)")
# Years, months, financial years and ranges: they are column names as often as values.
_LABEL = re.compile(
    r"(?:19|20)\d\d(?:\s?[-–/]\s?\d{2,4})?|\d\d?[./-](?:19|20)\d\d|[<>≤≥]\s?\d[\d.,]*|\d[\d.,]*\s?\+"
    r"|\d[\d.,]*\s?(?:-|–|to|bis)\s?\d[\d.,]*"
)
_NUMBER = re.compile(r"[-+(]?\s?[€$£%]?\s?[-+]?\d[\d.,:/\s'%€$£)-]*(?:[A-Za-z]{1,3}|[%°]C?)?")
_MAX_NUMBER = 40


def kind_of(cell: str) -> Kind:
    if cell.casefold() in _BLANK:
        return ""
    if len(cell) > _MAX_NUMBER:
        return "word"
    if _DATE.fullmatch(cell):
        return "date"
    if _LABEL.fullmatch(cell):
        return "label"
    return "number" if _NUMBER.fullmatch(cell) else "word"


def header_at(rows: Sequence[Row]) -> int | None:
    """The index of the row that names the columns, or None. `rows` are the first ones of an area.

    Above the header there may be titles of one cell, and lines of two such as `As of | 2025-03-04`. A row of words is a
    header. One with years, dates or numbers is a header if the rows below have other kinds of cells in those columns.
    """
    after_pairs = False
    for at, row in enumerate(rows):
        if _filled(row) < 2:
            continue
        if _is_pair(row) and (kind_of(row[1]) in ("date", "number") or _stands_above_a_wider_header(rows[at:])):
            after_pairs = True
            continue
        return at if _is_header(rows[at:]) and not (after_pairs and not _is_told_apart(rows[at:])) else None
    return None


def begins_anew(rows: Sequence[Row], header: Row) -> bool:
    """Whether `rows`, after a blank row, certainly begin another table than that of `header`: the first row repeats
    some of the column names, has names in other places, or differs from what is below it."""
    if len(rows) < 2 or not _has_names_only(rows[0]):
        return False
    return bool(set(filter(None, rows[0])) & set(header)) or _places(rows[0]) != _places(header) or _differs(rows)


def may_begin_anew(rows: Sequence[Row], header: Row) -> bool:
    return len(rows) > 1 and _has_names_only(rows[0])


def _filled(row: Row) -> int:
    return sum(map(bool, row))


def _places(row: Row) -> list[bool]:
    return [bool(cell) for cell in row]


def _has_names_only(row: Row) -> bool:
    return all(kind_of(cell) in ("", "word", "label") for cell in row) and kind_of(row[0]) != "label"


def _is_pair(row: Row) -> bool:
    """Whether the row is a label and its value."""
    return len(row) == 2 and kind_of(row[0]) == "word" and bool(row[1])


def _is_header(rows: Sequence[Row]) -> bool:
    head, below = rows[0], rows[1:]
    if all(kind_of(cell) in ("", "word") for cell in head):
        return True
    return any(_tells_apart(head, below, place) for place in range(len(head)) if kind_of(head[place]) != "word")


def _tells_apart(head: Row, below: Sequence[Row], place: int) -> bool:
    """Whether a number can be a column name. A year can if some cell below is of another kind; any other number if all
    are."""
    kind = kind_of(head[place])
    under = [each for row in below if place < len(row) and (each := kind_of(row[place]))]
    if not kind or not under:
        return False
    return any(each != kind for each in under) if kind == "label" else all(each != kind for each in under)


def _differs(rows: Sequence[Row]) -> bool:
    """Whether some column has a name above values."""
    head, below = rows[0], rows[1:]
    return any(_tells_apart(head, below, place) for place in range(len(head)))


def _is_told_apart(rows: Sequence[Row]) -> bool:
    return _filled(rows[0]) > 2 or _differs(rows)


def _stands_above_a_wider_header(rows: Sequence[Row]) -> bool:
    """Whether the rows are lines such as `Prepared by | Finance` above the header of a wider table."""
    for at, row in enumerate(rows):
        if _filled(row) > 2:
            return _has_names_only(row) and _filled(row) == len(row) and _differs(rows[at:])
        if _filled(row) == 2 and not _is_pair(row):
            return False
    return False
