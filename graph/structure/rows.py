"""The rows of tables in the form in which they are read: `Column: value; Other: value`."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import takewhile

from graph.questions.focus import focus_of
from graph.texts.small_words import is_denied
from graph.texts.words import content_words
from tools.names import folded
from tools.row_names import PROPERTY, initials_of

MAX_VALUE_WORDS = 3
"""Of a cell that can be the name of its row."""

OFFICE_COLUMN = re.compile(r"(?:job )?(?:role|title|position|function)|job|office", re.IGNORECASE)

MAX_NAME_WORDS = 6
"""Of a cell that may be a name with something beside it."""

_PERSON = re.compile(r"(?:full |first |last )?name|person|employee|colleague|member", re.IGNORECASE)

_TITLE = re.compile(r"(?:MV|MS|SS|HMS|RMS|MT|Capt|Captain|Dr|Mr|Mrs|Ms|Prof)\.? (?=[A-Z])")
"""What a ship or a person goes without when asked about."""

_ASIDE = re.compile(r"\s?\([^()]{1,80}\)$")
_NUMBERED = re.compile(
    r"(?<=[^\W\d_]{4}) \d{1,4}(?:[.,]\d{1,3})?(?:\s?(?:mg|g|kg|ml|cl|l|cm|mm|m|pcs|pack))?$", re.IGNORECASE
)
_LABELLED = re.compile(r"([^:\n]{1,60}?)(?::| [–-])\s+(\S.*)")
_LABELLED_TWICE = re.compile(r"([^:\n]{1,60}?) – ([^:\n]{1,60}): (\S.*)")
_CLAUSE = re.compile(r"[;:]\s|,\s(?:and|or|who|whose)\s|,?\s(?:but|while|whereas)\s")

MIN_LABELLED = 3
"""Cells of a row whose first has no column: prose may have a mark of each kind, too."""

_CODE = re.compile(r"(?=\S*\d)[\w./-]{1,20}")
_DESCRIBING = re.compile(
    r"what it is|description|designation|name|"
    r"(?:item|article|product|part|device|model|material|asset|service|customer|client|company|course)(?: name)?",
    re.IGNORECASE,
)
"""Columns that say what it is that goes by the code before."""

_SHEET = content_words("specification spec technical data sheet datasheet profile fact overview detail product card")
"""What the page of a single thing is called besides its name."""

_LABEL = re.compile(r"[^.!?;:,]{1,60}")
"""Of a row under columns of which the first has no name."""


@lru_cache(maxsize=4_096)
def cells_of(said: str) -> tuple[tuple[str, str], ...]:
    """The row's columns with their values; nothing for what is no row.

    >>> cells_of("Name: Ada Brun; Team: Platform")
    (('Name', 'Ada Brun'), ('Team', 'Platform'))
    >>> cells_of("Price a month; Basic: EUR 3; Pro: EUR 5")
    (('', 'Price a month'), ('Basic', 'EUR 3'), ('Pro', 'EUR 5'))
    """
    cells: list[tuple[str, str]] = []
    for part in said.split("; "):
        column, is_cell, value = part.partition(": ")
        if is_cell:
            cells.append((column, value))
        elif cells and cells[-1][0]:
            # A value may hold the mark that parts the cells.
            cells[-1] = (cells[-1][0], f"{cells[-1][1]}; {part}")
        elif not cells and _LABEL.fullmatch(part):
            cells.append(("", part))
        else:
            return ()
    least = 2 if cells and cells[0][0] else MIN_LABELLED
    return tuple(cells) if len(cells) >= least and all(value for _, value in cells) else ()


def called(value: str) -> str:
    """The name by which a question may call it, as `folded` spells it: "thrift" for the MV Thrift."""
    return folded(_TITLE.sub("", value))


@lru_cache(maxsize=8_192)
def names_of_cell(value: str) -> tuple[str, ...]:
    """What a question or another cell may call it, as `folded` spells it, with and without what stands behind.

    >>> names_of_cell("STRIDE (therapy after stroke)"), names_of_cell("Beef Lasagne 400 g")
    (('stride therapy after stroke', 'stride'), ('beef lasagne 400 g', 'beef lasagne'))
    """
    if len(value.split()) > 2 * MAX_NAME_WORDS:
        return ()
    plain = _ASIDE.sub("", value)
    names = (called(value), called(plain), called(_NUMBERED.sub("", plain)), initials_of(value))
    return tuple(dict.fromkeys(name for name in names if content_words(name)))


def is_part_of_row(said: str, row: str) -> bool:
    """Whether it says some cells of the row unchanged and in order, after the row's name."""
    cells = [_cell(cell) for cell in cells_of(row.removesuffix("."))]
    rest = said.removesuffix(".")
    if not cells or not rest.startswith(f"{cells[0]}; "):
        return False
    rest = rest.removeprefix(f"{cells[0]}; ")
    for cell in cells[1:]:
        if rest == cell:
            return True
        rest = rest.removeprefix(f"{cell}; ")
    return False


def says_cell_of_row(said: str, row: str, header: str = "") -> bool:
    """Whether it says the value of one cell, as it stands, of what the row or the cell's column is called. Of two names
    the other may be that of what a row with a single value stands under, in the `header`.

    >>> says_cell_of_row("Ada: 3", "Name: Ada; Leave: 3"), says_cell_of_row("Grade 2: £3", "Grade: 2; Hour: £3")
    (True, True)
    >>> says_cell_of_row("Ada – Leave: 3", "Name: Ada; Leave: 3")
    True
    >>> says_cell_of_row("Ada – Pay: 3", "Name: Ada; Leave: 3")
    False
    >>> says_cell_of_row("Weight – Wren 2: 41 g", "Property: Weight; Value: 41 g", "Wren 2 data")
    True
    >>> says_cell_of_row("Ada: 4 days", "Name: Ada; Leave: 3 days")
    False
    """
    said = said.removesuffix(".")
    of_both, found = _LABELLED_TWICE.fullmatch(said), _LABELLED.fullmatch(said)
    cells = cells_of(row.removesuffix("."))
    if not found or not cells:
        return False
    names = (*names_of_cell(cells[0][1]), called(" ".join(cells[0])))
    if of_both:
        labels, value = {called(of_both[1]), called(of_both[2])}, folded(of_both[3])
        others = labels.difference(names)
        is_under = len(cells) == 2 and all(content_words(other) <= content_words(header) for other in others)
        return len(others) < len(labels) and any(
            folded(cell) == value and (is_under or others == {called(column)}) for column, cell in cells[1:]
        )
    label, value = called(found[1]), folded(found[2])
    return any(folded(cell) == value and (label in names or label == called(column)) for column, cell in cells[1:])


def written(cells: Sequence[tuple[str, str]]) -> str:
    return "; ".join(map(_cell, cells))


def _cell(cell: tuple[str, str]) -> str:
    column, value = cell
    return f"{column}: {value}" if column else value


def goes_by_initials(words: frozenset[str], cells: Sequence[tuple[str, str]]) -> bool:
    """Whether one of the words is short for the office of whom the row is about."""
    return any(initials_of(value) in words for column, value in cells if OFFICE_COLUMN.fullmatch(column))


def keys_of_row(said: str) -> str:
    """All that a row is called by, as `folded` spells it; empty for what is no row.

    >>> keys_of_row("Name: Ada Brun; Role: Team Lead; Site: Porto")
    ' ada brun team lead '
    """
    cells = cells_of(said)
    keys = [value for column, value in cells if is_key(column, value, cells) or _PERSON.fullmatch(column)]
    return f" {folded(' '.join(keys))} " if keys else ""


def told_by_row(said: str) -> str:
    """The sentence; of a row that says one thing of each column without their names: it speaks of all of them alike, so
    that none is where it leads.

    >>> told_by_row("Fuel; Thrift: diesel; Marram: LNG"), told_by_row("Ship: Thrift; Fuel: diesel")
    ('Fuel; diesel; LNG', 'Ship: Thrift; Fuel: diesel')
    """
    cells = cells_of(said)
    return "; ".join(value for _, value in cells) if cells and PROPERTY.fullmatch(cells[0][0]) else said


def name_of_row(said: str) -> str:
    """Its first cell, between spaces; empty for what is no row."""
    cells = cells_of(said)
    return f" {folded(cells[0][1])} " if cells else ""


def columns_of(said: str) -> tuple[str, ...]:
    """The columns of a row; nothing for what is no row."""
    return tuple(column for column, _ in cells_of(said))


def is_key(column: str, value: str, cells: Sequence[tuple[str, str]]) -> bool:
    """Whether a cell names the row: it is the first one, or the office of the person whom the row is about."""
    return (column, value) == cells[0] or (
        OFFICE_COLUMN.fullmatch(column) is not None and len(content_words(value)) > 1
    )


@lru_cache(maxsize=4_096)
def names_described(cells: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """What a row that goes by a code may be called by its second cell, which says what it is, as `folded` spells it:
    all of it, or the name of two words and more with which it begins.

    >>> names_described(cells_of("Article: WD-1; What it is: Wren Deep sensor for cold rooms; Price: EUR 139"))
    ('wren deep sensor for cold rooms', 'wren deep')
    >>> names_described(cells_of("Supplier: Norvolt; Product: Heron gateway; Price: EUR 139"))
    ()
    """
    (_, code), (column, value) = cells[:2]
    if not (_CODE.fullmatch(code) and _DESCRIBING.fullmatch(column)):
        return ()
    begins = list(takewhile(lambda word: word[0].isupper() or word[0].isdigit(), value.split()))
    named = [called(" ".join(begins))] if len(begins) > 1 else []
    return tuple(dict.fromkeys((*names_of_cell(value), *named)))


def goes_by(name: str, cells: tuple[tuple[str, str], ...]) -> bool:
    """Whether the row is called so, by its first cell or by what that is the code of."""
    return folded(name) in (*names_of_cell(cells[0][1]), *names_described(cells))


def is_property_of(name: str, cells: tuple[tuple[str, str], ...], path: Sequence[str]) -> bool:
    """Whether the row says one thing of what its page or section is called.

    >>> is_property_of("the Wren 2", cells_of("Property: Weight; Value: 41 g"), ("Wren 2 specification", "Data"))
    True
    """
    if len(cells) != 2 or not PROPERTY.fullmatch(cells[0][0]):
        return False
    return any(is_sheet_of(name, one) for one in path)


def is_sheet_of(name: str, title: str) -> bool:
    """Whether a page with this title is about that single thing: "Wren 2 specification", or "Wren 2" alone."""
    named = content_words(name)
    is_named = bool(named) and f" {folded(name)} " in f" the {folded(title)} "
    return is_named and content_words(title) - named <= _SHEET


def is_row_of_another(question: str, said: str, rows: Sequence[str]) -> bool:
    """Whether the question names another row of the table by its first cell, and nothing in this row."""
    cells = cells_of(said)
    asked = f" {folded(question)} "
    if not cells or any(f" {called(value)} " in asked for _, value in cells):
        return False
    first = cells[0][0]
    if PROPERTY.fullmatch(first) and any(f" {called(column)} " in asked for column, _ in cells[1:]):
        return False
    keys = (others[0] for others in map(cells_of, rows) if others and others != cells)
    return any(column == first and f" {called(value)} " in asked for column, value in keys)


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


def are_meant(rows: Sequence[str], said: str, question: str) -> list[bool]:
    """Which rows of a table a sentence names in the clause that says most of what is asked, and soonest after the
    question word; all of them if that does not tell them apart."""
    if is_denied(said):
        return [True] * len(rows)
    focus = focus_of(question)
    clauses = [
        (f" {folded(clause)} ", sum(near for word, near in focus.items() if word in content_words(clause)))
        for clause in _CLAUSE.split(said)
    ]
    told = [_most_told(row, clauses) for row in rows]
    most = max(filter(None, told), default=0.0)
    return [share is None or share == most for share in told]


def _most_told(row: str, clauses: Sequence[tuple[str, float]]) -> float | None:
    """The most that a clause with one of the row's longer values says of what is asked; None if no clause has one."""
    names = [f" {folded(value)} " for _, value in cells_of(row) if len(value.split()) > 1]
    return max((share for spaced, share in clauses if any(name in spaced for name in names)), default=None)
