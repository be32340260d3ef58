"""Rows of tables as they are read: `Column: value; Other: value`."""

import re
from collections.abc import Sequence
from functools import lru_cache

from graph.expectation import expectation_met, focus_of
from graph.small_words import is_denied
from graph.words import content_words
from tools.ingestion.row_names import NO_THING, PROPERTY
from tools.names import folded

MAX_VALUE_WORDS = 3
"""Of a cell that can be the name of its row."""

OFFICE_COLUMN = re.compile(r"(?:role|title|position|function|job|office)", re.IGNORECASE)

_PERSON = re.compile(r"(?:full |first |last )?name|person|employee|colleague|member", re.IGNORECASE)

_TITLE = re.compile(r"(?:MV|MS|SS|HMS|RMS|MT|Capt|Captain|Dr|Mr|Mrs|Ms|Prof)\.? (?=[A-Z])")
"""What a ship or a person goes without when asked about."""

_OTHER_SUM = re.compile(
    r"\b(?:cancel\w*|late|set-?up|deposit|discount|penalty|refund|extra|additional|exchange|error|response|failure|"
    r"churn|success|old|former|until|before|training|cashback)\b",
    re.IGNORECASE,
)
"""In a label: not what a thing costs."""

_APART = re.compile(r"\b(?:with|without|excluding|including|excl|incl|before|after|net of)\b", re.IGNORECASE)
"""In a question about a part of a sum, which columns may be."""

_GENERIC = content_words("number name date day time amount value total need have")
"""Words that a question adds to a column's name: the phone number, the day from which a note is needed."""

_PLACE_OR_TIME = re.compile(r"\W*(?:where|when)\b", re.IGNORECASE)
_CLAUSE = re.compile(r"[;:]\s|,\s(?:and|or|who|whose)\s|,?\s(?:but|while|whereas)\s")

MIN_VALUE_WORDS = 2
"""Words of content that a cell must share with a question to be all that it is about."""

MIN_LABELLED = 3
"""Cells of a row whose first has no column: prose may have a mark of each kind, too."""

_LABEL = re.compile(r"[^.!?;:,]{1,60}")
"""Of a row under columns of which the first has no name."""

_COLUMNS = tuple(
    (
        re.compile(rf"\b(?:{asked})\b", re.IGNORECASE),
        re.compile(rf"\b(?:{named})\b", re.IGNORECASE),
        content_words(said),
    )
    for asked, named, said in (
        (
            "where",
            "(?<!mail )(?:place|location|site|office|address|city|town|building|room|floor)",
            "work sit base locate",
        ),
        ("when", "date|day|deadline|due|since|until", ""),
        ("how much", "price|cost|fee|amount|rate", "cost"),
        ("how many", "number|count|quantity", ""),
        ("extension|phone|telephone|call|ring|reach", "phone|telephone|extension|mobile", "call ring reach phone"),
        ("e-?mail|write", "e-?mail|address", "write"),
    )
)
"""What asks, what the columns are called that answer it, and what may be said of the row in asking so."""

_OTHERS = re.compile(r"\b(?:not|never|else|other|others|besides|except)\b|n['’]t\b", re.IGNORECASE)
"""A question with one of these is about what the row does not say."""


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


def holds_cell(said: str, question: str, context: frozenset[str] = frozenset()) -> bool:
    """Whether it is the row that a question asks for."""
    return bool(cells_asked(said, question, context))


def cells_asked(said: str, question: str, context: frozenset[str] = frozenset()) -> tuple[tuple[str, str], ...]:
    """The cells of a row that a question asks for, with those that it is called by: by all that stands in a cell
    ("Who is the Head of Sales?"), or by its first cell, or the office of whom it is about, and one other column ("What
    is Ada Brun's team?", "Where is Ada Brun?"); or by its column, where the row says one thing of each ("What does
    Basic cost?"). None where it asks for another row: who "reports to Ada Brun" is in others, and so is "the extension
    of Ada Brun's manager". Words of `context`, such as the table's title, may be asked with."""
    cells = cells_of(said)
    words = content_words(question)
    if _OTHERS.search(question) or (cells and PROPERTY.fullmatch(cells[0][0]) and _APART.search(question)):
        return ()
    whole = cells[1:] if any(form.search(question) for form, _, _ in _COLUMNS) else cells
    if len(words) >= MIN_VALUE_WORDS:
        for cell in whole:
            if words == content_words(cell[1]):
                return cells if cell == cells[0] else (cells[0], cell)
    asked = f" {folded(question)} "
    keys = [cell for cell in cells if _is_key(*cell, cells) and f" {_called(cell[1])} " in asked]
    if not keys:
        return _crossing(question, cells, context)
    wanted = _columns_asked(question, keys[0][1], cells, context)
    return tuple(cell for cell in cells if cell in (cells[0], keys[0], *wanted)) if wanted else ()


def _crossing(question: str, cells: Sequence[tuple[str, str]], context: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """The row's first cell, which says what is asked, and the one cell of whom or what it is asked, whose column the
    question names."""
    asked = f" {folded(question)} "
    named = [cell for cell in cells[1:] if f" {_called(cell[0])} " in asked]
    if len(named) != 1 or NO_THING.fullmatch(named[0][0]):
        return ()
    label, words = cells[0][1], content_words(question)
    own = content_words(named[0][0])
    rest = words - own - (context - content_words(label))
    is_said = bool(_telling(label)) and _telling(label) <= words and rest <= content_words(label) | _GENERIC
    is_meant = bool(rest) and not _OTHER_SUM.search(label) and _is_meant(label, question, rest)
    return (cells[0], named[0]) if own and (is_said or is_meant) else ()


def _called(value: str) -> str:
    return folded(_TITLE.sub("", value))


def is_part_of_row(said: str, row: str) -> bool:
    """Whether it says some cells of the row as they stand, in their order, under what the row is called."""
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


def written(cells: Sequence[tuple[str, str]]) -> str:
    return "; ".join(map(_cell, cells))


def _cell(cell: tuple[str, str]) -> str:
    column, value = cell
    return f"{column}: {value}" if column else value


def _columns_asked(
    question: str, key: str, cells: Sequence[tuple[str, str]], context: frozenset[str]
) -> tuple[tuple[str, str], ...]:
    """The one column that it asks for of the row that it calls by its `key`, or those that may be meant; none where it
    asks for something else."""
    words, asked = content_words(question), f" {folded(question)} "
    others = [
        (column, value) for column, value in cells if value != key and f" {folded(column)} {folded(key)} " not in asked
    ]
    named = [(column, value) for column, value in others if _telling(column) and _telling(column) <= words]
    rest = words - content_words(key)
    if not named:
        return tuple(cell for cell in others if _is_meant(cell[0], question, rest))
    column, value = named[0]
    extra = rest - content_words(column) - content_words(value) - context - _GENERIC
    # "Where do the bikes go?" is not answered by how many there are.
    is_other = _PLACE_OR_TIME.match(question) is not None and expectation_met(question, [value]) == 0.0
    is_turned = re.search(
        rf"\bwhose {re.escape(folded(column))}\b|\b{re.escape(folded(column))} (?:of|for|to) $", asked
    )
    is_one = not is_turned and len(named) == 1 and asked.count(f" {folded(column)} ") <= 1
    return (named[0],) if is_one and not extra and not is_other else ()


def keys_of_row(said: str) -> str:
    """All that a row is called by, as `folded` spells it; empty for what is no row.

    >>> keys_of_row("Name: Ada Brun; Role: Team Lead; Site: Porto")
    ' ada brun team lead '
    """
    cells = cells_of(said)
    keys = [value for column, value in cells if _is_key(column, value, cells) or _PERSON.fullmatch(column)]
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


def _is_key(column: str, value: str, cells: Sequence[tuple[str, str]]) -> bool:
    """What a row is called by: its first cell, or the office of the person that it is about."""
    return (column, value) == cells[0] or (
        OFFICE_COLUMN.fullmatch(column) is not None and len(content_words(value)) > 1
    )


def _is_meant(column: str, question: str, rest: frozenset[str]) -> bool:
    """By the `rest` of the question beside the row's name: all of it in the column's name, or besides no more than is
    said in asking for such a column."""
    if rest and rest <= content_words(column):
        return True
    asking = [(match.start(), kind, said) for form, kind, said in _COLUMNS if (match := form.search(question))]
    if not asking:
        return False
    _, kind, said = min(asking, key=lambda one: one[0])
    return rest <= said | content_words(column) and kind.search(column) is not None


def _telling(column: str) -> frozenset[str]:
    """Its words; "Volume 2026" is asked for as the volume."""
    return frozenset(word for word in content_words(column) if not word.isdigit())


def is_row_of_another(question: str, said: str, rows: Sequence[str]) -> bool:
    """Whether the question names another row of the table by its first cell, and nothing of this one."""
    cells = cells_of(said)
    asked = f" {folded(question)} "
    if not cells or any(f" {_called(value)} " in asked for _, value in cells):
        return False
    first = cells[0][0]
    if PROPERTY.fullmatch(first) and any(f" {_called(column)} " in asked for column, _ in cells[1:]):
        return False
    keys = (others[0] for others in map(cells_of, rows) if others and others != cells)
    return any(column == first and f" {_called(value)} " in asked for column, value in keys)


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
    """Which of a table's rows a sentence names in the clause that says most of what is asked, and soonest after the
    question word; all of them when it does not tell them apart."""
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
    """The most that a clause with one of the row's longer values says of what is asked; None when none has any."""
    names = [f" {folded(value)} " for _, value in cells_of(row) if len(value.split()) > 1]
    return max((share for spaced, share in clauses if any(name in spaced for name in names)), default=None)
