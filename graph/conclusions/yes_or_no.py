"""Columns that say yes or no of every row, and how a question asks for one: "Which plans include SSO?"."""

import re
from collections.abc import Sequence

from graph.conclusions.row_matching import Row, key_of
from tools.names import folded

_BOTH = frozenset({"yes", "no"})
_NO = (
    r"(?:no|not|without|(?:do|does|are|is|have|has)(?:n['’]t| not)(?: (?:have|include|offer|get|allow|support))?)"
    r"(?: (?:an?|any))?"
)
_WORD = re.compile(r"[^\W_]+")


def without_yes_or_no(question: str, rows: Sequence[Row]) -> tuple[str, list[tuple[str, str]]]:
    """The question without the only such column that it names once, and that column with the cell that it asks for;
    unchanged in any other case.

    "Which plans have no SSO?" asks `("SSO", "no")` of "Which plans have?".
    """
    found = [(column, match) for column in _columns(rows) for match in _naming(column).finditer(question)]
    if len(found) != 1:
        return question, []
    column, match = found[0]
    rest = f"{question[: match.start()]}{question[match.end() :]}"
    return " ".join(rest.split()), [(column, "no" if match["no"] else "yes")]


def _columns(rows: Sequence[Row]) -> list[str]:
    key = key_of(rows)
    columns = dict.fromkeys(column for row in rows for column in row.cells if column != key and folded(column))
    return [column for column in columns if {folded(row.cells.get(column, "")) for row in rows} == _BOTH]


def _naming(column: str) -> re.Pattern[str]:
    words = r"[\W_]{1,3}".join(map(re.escape, _WORD.findall(column)))
    return re.compile(rf"\b(?:(?P<no>{_NO}) )?(?:the )?{words}s?\b", re.IGNORECASE)
