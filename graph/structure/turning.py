"""Tables in which each thing has a column and each row says one property of all of them, as price lists of plans are:
read with rows and columns exchanged."""

import re
from collections.abc import Sequence

from graph.conclusions.row_matching import Row
from graph.evidence import Evidence
from graph.structure.rows import cells_of
from graph.texts.quantities import quantities_in
from graph.texts.words import content_words
from tools.names import folded
from tools.row_names import NO_THING, PROPERTY

_THING = re.compile(
    r"^\W*(?:which|what|how many|list(?: me)?(?: all)?|name)\b(?: (?:of )?(?:the|our|different|of the|of our))? "
    r"(?P<thing>[a-z]{3,30})\b",
    re.IGNORECASE,
)
_FIRST_THING = re.compile(
    r"^\W*(?:which|what)(?:['’]s| is) (?:the|our) (?:(?:most|least) [a-z]{3,30}|[a-z]{2,30}est) "
    r"(?P<thing>[a-z]{3,30})\b",
    re.IGNORECASE,
)
"""What a question asks for one or all of, or for the first of: "Which plan", "What's the cheapest plan"."""

_SUM = re.compile(r"(?:sub|grand )?total\b|sum\b|others?\b|average\b", re.IGNORECASE)
"""A row of a table whose rows are the things."""


def turned(question: str, evidence: Sequence[Evidence]) -> list[Row]:
    """A row for each column but the first, with the rows' labels as its columns; none where the table is no such one,
    where a cell is missing, or where the question does not say what the columns are, as the first column's name, the
    title or a heading does."""
    rows = [cells_of(item.said) for item in evidence]
    if not rows or not all(rows) or len({tuple(column for column, _ in cells) for cells in rows}) > 1:
        return []
    first, *columns = (column for column, _ in rows[0])
    labels = [cells[0][1] for cells in rows]
    thing = _called(question, first, evidence[0].path)
    if not thing or len(set(map(folded, labels))) < len(labels) or thing in labels:
        return []
    # A column that says price, share and count one below the other is a thing; a question may also name a row's label.
    is_of_things = any(map(_says_different_things, zip(*(cells[1:] for cells in rows), strict=True)))
    asked = content_words(question)
    if not is_of_things and not any(words and words <= asked for words in map(content_words, labels)):
        return []
    if any(map(NO_THING.fullmatch, columns)) or any(map(_SUM.match, labels)):
        return []
    by_label = dict(zip(labels, map(dict, rows), strict=True))
    said_in = dict(zip(labels, evidence, strict=True))
    return [
        Row(evidence[0], {thing: column} | {label: cells[column] for label, cells in by_label.items()}, said_in)
        for column in columns
    ]


def _says_different_things(column: Sequence[tuple[str, str]]) -> bool:
    """Whether the cells of a column are not all of one kind: the column of a property of many things is."""
    return len({next((one.kind for one in quantities_in(value)), str(value[:1].isdigit())) for _, value in column}) > 1


def _called(question: str, first: str, path: Sequence[str]) -> str:
    """How the question calls what has a column of its own; empty where no name of the table says so."""
    asked = _FIRST_THING.match(question) or _THING.match(question)
    thing = content_words(asked["thing"]) if asked else frozenset[str]()
    over = path if PROPERTY.fullmatch(first) else (first,)
    return asked["thing"].casefold() if asked and thing and thing <= content_words(" ".join(over)) else ""
