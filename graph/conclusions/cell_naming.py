"""Which cells of a table a question names. A cell may be a list: "Email, chat, phone" of a plan is three of its
channels, each of which may be asked for."""

import re
from collections.abc import Collection, Iterator, Sequence

from graph.conclusions.row_matching import KIND, Row, key_of, lists_people
from graph.texts.words import STOP_WORDS, content_words, stem
from tools.names import folded

MAX_ITEM_WORDS = 4
MAX_OFFICE_WORDS = 3
_FIRM = re.compile(r" (?:Systems|Group|GmbH|AG|Ltd|Limited|Inc|LLC|Corp|Company|SA|BV|NV|Technologies|Solutions)\.?$")
"""What a firm's name goes without when it is asked about."""

_ANY = re.compile(
    r"\b(?:all|any|every|everything|each|both|various|several|none|no|not|except|and|or)\b|[,/;&+?]|^\W*$", re.I
)
"""In a cell that a question filters by: it may mean more than it says."""

_BETWEEN = re.compile(r",\s+(?:and\s+)?|\s+and\s+")
_NO_ITEM = re.compile(r"\d|[.:;()]")


def items_of(cell: str) -> tuple[str, ...]:
    """What a cell lists; the cell itself where it is no list.

    >>> items_of("Beer, cider and tea"), items_of("fish and chips")
    (('Beer', 'cider', 'tea'), ('fish and chips',))
    """
    return tuple(_BETWEEN.split(cell)) if ", " in cell else (cell,)


def are_lists(cells: Sequence[str]) -> bool:
    """Whether some cell of a column is a list, and every one holds nothing but a few plain words, or such a list."""
    items = [item for cell in cells for item in items_of(cell)]
    are_plain = all(len(item.split()) <= MAX_ITEM_WORDS and not _NO_ITEM.search(item) for item in items)
    return are_plain and any(", " in cell for cell in cells)


def holds(cell: str, value: str) -> bool:
    """Whether it is this value, as `folded` spells it, or a list with it."""
    return value in (folded(cell), *map(folded, items_of(cell)))


def filtered(rest: str, rows: Sequence[Row], *, capitals: bool) -> tuple[list[str], list[tuple[str, str]]] | None:
    """The question's words without the cells that it names, and these with their columns; None in doubt: a value of two
    columns, two values of one, or a column in which another cell may mean it, too."""
    key = key_of(rows)
    spaced = f" {folded(rest)} "
    named: dict[str, dict[str, str]] = {}
    lists = columns_of_lists(rows)
    for column, cell in dict.fromkeys(_values(rows, lists)):
        written = [cell, _FIRM.sub("", cell)]
        value = next((one for one in written if folded(one) and f" {folded(one)} " in spaced), "")
        if value and (column in lists or _is_named(column, value, rest, spaced, capitals=capitals)):
            named.setdefault(folded(value), {})[column] = folded(cell)
    longest = [value for value in named if not any(f" {value} " in f" {other} " for other in named if other != value)]
    filters = []
    for value in longest:
        columns = set(named[value])
        beside = {column for column in columns if _beside(column, value, spaced)}
        meant = beside if len(columns) > 1 else columns
        if len(meant) != 1 or key in meant or spaced.count(f" {value} ") != 1:
            return None
        column = meant.pop()
        if not tells_apart(column, value, named[value][column], rows):
            return None
        filters.append((column, named[value][column]))
        spaced = spaced.replace(f" {value} ", " ")
    return (spaced.split(), filters) if len({column for column, _ in filters}) == len(filters) else None


def _values(rows: Sequence[Row], lists: Collection[str]) -> Iterator[tuple[str, str]]:
    """The columns with what stands in them: of lists each item."""
    for row in rows:
        for column, cell in row.cells.items():
            yield from ((column, one) for one in (items_of(cell) if column in lists else (cell,)))


def columns_of_lists(rows: Sequence[Row]) -> set[str]:
    columns = {column for row in rows for column in row.cells}
    return {column for column in columns if are_lists([row.cells.get(column, "") for row in rows])}


def _is_named(column: str, value: str, rest: str, spaced: str, *, capitals: bool) -> bool:
    """As it is written, unless the question has no capitals; what is no name (4, yes, other) only beside its column."""
    key = folded(value)
    if _beside(column, key, spaced) or KIND.fullmatch(column):
        return True
    if re.search(rf"\b(?:are|is) {re.escape(key)}$", spaced.rstrip()) and not any(map(str.isdigit, key)):
        return True  # "which suppliers are conditional?"
    is_small = set(key.split()) <= STOP_WORDS  # the language Go
    as_written = (capitals or is_small) and re.search(rf"(?<!\w){re.escape(value)}(?!\w)", rest) is not None
    return any(map(str.isupper, value)) and (as_written or not (capitals or is_small))


def _beside(column: str, value: str, spaced: str) -> bool:
    """Also in another form: "renewed every 3 years" for "Renew every"."""
    name = folded(re.sub(r"\s*\([^()]*\)$", "", column))
    begun = name.split(" ", 1)[0]
    if any(f" {one} " in spaced for one in (f"{name} {value}", f"{value} {begun}", f"{value} {begun}s")):
        return True
    before = spaced.partition(f" {value} ")[0].split()
    columns = name.split()
    return bool(columns) and [*map(stem, before[-len(columns) :])] == [*map(stem, columns)]


def tells_apart(column: str, value: str, whole: str, rows: Sequence[Row]) -> bool:
    """Whether each row's cell either is the whole of the value, or a list with it, or has nothing to do with it."""
    is_list = are_lists([row.cells.get(column, "") for row in rows])
    for cell in (row.cells.get(column, "") for row in rows):
        others = items_of(cell) if is_list else (cell,)
        if whole not in map(folded, others) and any(_may_mean(other, value) for other in others):
            return False
    return True


def _may_mean(cell: str, value: str) -> bool:
    other = folded(cell)
    return _ANY.search(cell) is not None or f" {value} " in f" {other} " or f" {other} " in f" {value} "


def things_of_kind(rest: str, rows: Sequence[Row]) -> tuple[str, list[tuple[str, str]]]:
    """The question with "people" for the office in its plural that it begins with ("mechanics"), or with what the rows
    are called for their kind ("pools" are sites), and that cell with its column; unchanged where it is no cell of one
    such column, or another cell may mean it, too."""
    words, are_people = rest.split(), lists_people(rows)
    called = "people" if are_people else f"{key_of(rows)}s"
    cells = {
        (column, folded(cell))
        for row in rows
        for column, cell in row.cells.items()
        if column != key_of(rows) and (are_people or KIND.fullmatch(column))
    }
    for taken in range(min(MAX_OFFICE_WORDS, len(words)), 0, -1):
        office = content_words(" ".join(words[:taken])) if words[taken - 1].endswith("s") else frozenset()
        meant = [one for one in cells if office and content_words(one[1]) == office]
        if len(meant) == 1 and tells_apart(meant[0][0], meant[0][1], meant[0][1], rows):
            return " ".join((called, *words[taken:])), meant
    return rest, []


def kinds_within(rest: str, rows: Sequence[Row]) -> tuple[str, list[tuple[str, str]]]:
    """The same wherever in the question the kind stands: "lockers at all pools" are lockers at all sites."""
    words = rest.split()
    for place in range(len(words)):
        plain, of_kind = things_of_kind(" ".join(words[place:]), rows)
        if of_kind:
            return " ".join((*words[:place], plain)), of_kind
    return rest, []
