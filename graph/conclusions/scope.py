"""Whether a table holds all there is of what it lists, by what stands over it, around it and in its cells."""

import re
from collections.abc import Sequence

from graph.conclusions.row_matching import Row
from graph.structure.rows import cells_of, name_of_row
from graph.structure.tables import Table
from graph.texts.countries import countries_in
from graph.texts.headings import unnumbered
from graph.texts.words import content_words
from tools.names import folded

_PART = re.compile(
    r"\b(?:examples?|samples?|some|several|selected|among|excerpt|extract|draft|proposed|planned|former(?:ly)?|old|"
    r"archived?|deprecated|obsolete|competitors?|templates?|such as|includ\w+|e\.g|etc|others?|not (?:listed|included|"
    r"shown)|and (?:\d+|many|more)|(?:full|complete) list|only|also|except|main|major|important)\b|\.\.\.|…",
    re.I,
)
"""Around a table: it may not be all there is."""

_ONLY = re.compile(r"\bonly\b", re.I)
_SCOPE = re.compile(r"\b(?:in|of|for|at|from|by)\s+(?:the\s+)?([A-Z]\w*)")
_FOR_SOME = re.compile(r"\b(?:for|until|from|with|without|as of|if|when|during)\b[^.:]{1,80}:$", re.I)
"""What a line that introduces a table may end with."""

_OF_TABLE = re.compile(
    r"\b(?:as of|as at|valid|figures?|numbers|data|list|table|above|updated|status|source|surveyed|counted)\b", re.I
)
"""In a sentence below a table that may speak of it."""

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_PAGES = content_words("list overview directory handbook guide page catalogue register inventory index company our all")
"""What pages are called that hold all of something."""

_ENDED = re.compile(
    r"\b(?<!open-)(?:closed|retired|inactive|cancell?ed|deprecated|obsolete|planned|proposed|former|left|ended|done|draft|sold|"
    r"discontinued|upcoming|future|archived|status)\b",
    re.I,
)
"""In a cell or over a column: not every row is what a question asks for."""


def is_part(question: str, table: Table, *, counts_all: bool, year: int = 0) -> bool:
    """Whether what stands over and around the table says that it holds for a part, or is a part: an example, a country,
    a year other than the current `year`; or anything that has nothing to do with it, where all its rows are asked
    for."""
    title, *path = table.rows[0].path
    headings = list(map(unnumbered, path))
    over = re.sub(rf"\b{year}\b", " ", " ".join((title, *headings)))
    columns = " ".join(column for row in table.rows for column, _ in cells_of(row.said))
    beside = "\n".join(_of_all(line, table) for line in (table.above, table.below))
    dating = beside if _speaks_of_it(table.below, f"{columns} {headings[-1] if headings else ''}") else table.above
    asked = {str(year), *folded(question).split()}
    figures = {word for word in folded(over).split() if any(map(str.isdigit, word))} | set(_YEAR.findall(dating))
    scopes = {folded(match[1]) for match in _SCOPE.finditer(over)}
    elsewhere = set(countries_in(over)) - set(countries_in(question))
    if _PART.search(f"{over}\n{beside}") or not figures | scopes <= asked or elsewhere:
        return True
    strange = content_words(over) - content_words(f"{question} {columns}") - _PAGES
    return bool(strange) and counts_all


def is_for_some(question: str, table: Table) -> bool:
    """Whether the line above says for whom or when it holds, and the question doesn't: "For students:"."""
    above = table.above.strip()
    if set(countries_in(above)) - set(countries_in(question)):
        return True
    told = _FOR_SOME.search(above)
    return told is not None and not content_words(above[told.start() :]) <= content_words(question)


def _of_all(line: str, table: Table) -> str:
    """ "Sea Holly is our only ship with batteries" speaks of one row, not of which there are."""
    names = (name_of_row(row.said) for row in table.rows)
    return _ONLY.sub(" ", line) if any(name.strip() and name in f" {folded(line)} " for name in names) else line


def _speaks_of_it(below: str, named: str) -> bool:
    """Whether a year below a table may be the table's: "131 employees at the end of 2025" is none of a table of
    offices and desks."""
    return _OF_TABLE.search(below) is not None or not content_words(below).isdisjoint(content_words(named))


def ending_columns(rows: Sequence[Row]) -> set[str]:
    """Columns by which some of the rows may be over, or not yet begun."""
    return {column for row in rows for column, value in row.cells.items() if _ENDED.search(f"{column} {value}")}
