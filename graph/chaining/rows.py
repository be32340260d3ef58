"""Rows of tables as they are read: `Column: value; Other: value`."""

from graph.words import content_words
from tools.names import folded

MAX_VALUE_WORDS = 3
"""Of a cell that can be the name of its row."""


def cells_of(said: str) -> tuple[tuple[str, str], ...]:
    """The row's columns with their values; nothing for what is no row.

    >>> cells_of("Name: Ada Brun; Team: Platform")
    (('Name', 'Ada Brun'), ('Team', 'Platform'))
    """
    cells = [cell.partition(": ") for cell in said.split("; ")]
    is_row = len(cells) > 1 and all(value for _, _, value in cells)
    return tuple((column, value) for column, _, value in cells) if is_row else ()


def holds_cell(said: str, question: str) -> bool:
    """Whether it is a row whose first cell the question names and one of whose other columns it asks for: "What is Ada
    Brun's team?". Who "reports to Ada Brun" is in other rows."""
    cells = cells_of(said)
    asked = f" {folded(question)} "
    if not cells or f" {folded(cells[0][1])} " not in asked:
        return False
    return any(
        content_words(column)
        and content_words(column) <= content_words(question)
        and f" {folded(column)} {folded(cells[0][1])} " not in asked
        for column, _ in cells[1:]
    )


def names_of_row(said: str) -> tuple[str, ...]:
    """What prose calls a table's row, or what it belongs to, by a short value and its column: "the Platform team", and
    "room 12"; between spaces, as `folded` spells it. Nothing for what is no row.

    >>> names_of_row("Name: Ada Brun; Team: Platform")
    (' ada brun name ', ' name ada brun ', ' platform team ', ' team platform ')
    """
    pairs = [
        (folded(column), folded(value)) for column, value in cells_of(said) if len(value.split()) <= MAX_VALUE_WORDS
    ]
    return tuple(f" {name} " for column, value in pairs for name in (f"{value} {column}", f"{column} {value}"))
