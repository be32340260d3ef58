"""What two things of one table differ in: "What is the difference between Perch and Colony?" where each has a row or a
column."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from graph.conclusions.calling import is_called, kinds_of, spelt
from graph.conclusions.comparing import Conclusion
from graph.evidence import Evidence
from graph.structure.rows import cells_of
from tools.names import folded
from tools.row_names import PROPERTY

MAX_CHARACTERS = 200
MAX_DIFFERENCES = 12
"""More are a table of their own, and no sentence."""

_FORM = re.compile(
    r"(?:what (?:is|are) |what['’]s |tell me |show me )?(?:the )?(?:main )?"
    r"differences? between (?P<a>.+?) and (?P<b>.+)|"
    r"how (?:is|are|does|do) (?P<c>.+?) (?:different|differ) from (?P<d>.+)|"
    r"what (?:distinguishes|sets) (?P<e>.+?) (?:apart )?from (?P<f>.+)|"
    r"compare (?P<g>.+?) (?:and|with|to) (?P<h>.+)|"
    r"(?P<i>.+?) (?:vs\.?|versus) (?P<j>.+)",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"^(?:the|a|an|our|your) ")


def asks_difference(question: str) -> bool:
    """By its form."""
    return _asked(question) is not None


def contrast(question: str, rows: Sequence[Evidence]) -> Conclusion | None:
    """The cells in which the two differ, each cited; None where either is no row and no column of this table, where a
    cell would read as more than one, or where they differ in nothing that it says."""
    differing = differences(question, rows)
    if not 0 < len(differing) <= MAX_DIFFERENCES:
        return None
    text = "; ".join(f"{label}: {said}" for label, (said, _) in differing.items()) + "."
    numbers = tuple(sorted({item.number for _, rested_on in differing.values() for item in rested_on}))
    return Conclusion(text, text, numbers)


def differences(question: str, rows: Sequence[Evidence]) -> dict[str, tuple[str, tuple[Evidence, ...]]]:
    """What is said of the two under each label in which they differ, with the rows that say it; nothing in doubt."""
    asked = _asked(question)
    cells = [cells_of(item.said) for item in rows]
    if asked is None or not cells or not all(cells):
        return {}
    compared = _of_columns(asked, rows, cells) or _of_rows(asked, rows, cells)
    if not compared or len({folded(one.label) for one in compared}) < len(compared):
        return {}
    names = (compared[0].one, compared[0].other)
    if any(_IN_PARTS.search(value) or _tells_of(value, names) for one in compared for value in one.values):
        return {}
    return {
        one.label: (f"{one.one} {one.values[0]}, {one.other} {one.values[1]}", one.rows)
        for one in compared
        if spelt(one.values[0]) != spelt(one.values[1])
    }


@dataclass(frozen=True, slots=True)
class _Compared:
    """What a table says of the two under a label, and the rows that say it."""

    label: str
    one: str
    other: str
    values: tuple[str, str]
    rows: tuple[Evidence, ...]


_Cells = Sequence[Sequence[tuple[str, str]]]
_IN_PARTS = re.compile(r"[;|]|:\s|\.\s")
"""A cell that would read as more than one in a sentence."""


def _tells_of(value: str, names: Sequence[str]) -> bool:
    return any(f" {folded(name)} " in f" {folded(value)} " for name in names)


def _asked(question: str) -> tuple[str, str] | None:
    found = _FORM.fullmatch(" ".join(question.split()).rstrip(" ?.!")) if len(question) <= MAX_CHARACTERS else None
    if found is None:
        return None
    one, other = (_ARTICLE.sub("", spelt(name)) for name in found.groups() if name)
    return (one, other) if one and other and one != other else None


def _named(written: str, names: Sequence[str], kind: frozenset[str]) -> str | None:
    """The one name that is meant; None where several are, as the same name twice."""
    meant = [name for name in names if is_called(written, name, kind)]
    return meant[0] if len(meant) == 1 else None


def _of_columns(asked: tuple[str, str], rows: Sequence[Evidence], cells: _Cells) -> list[_Compared]:
    """Only where each column is a thing and each row one property of all of them, as in a list of plans."""
    first, *columns = (column for column, _ in cells[0])
    if not PROPERTY.fullmatch(first):
        return []
    one, other = (_named(written, columns, kinds_of("", rows[0].path)) for written in asked)
    if one is None or other is None or one == other or any({one, other} - dict(line).keys() for line in cells):
        return []
    return [
        _Compared(line[0][1], one, other, (dict(line)[one], dict(line)[other]), (item,))
        for item, line in zip(rows, cells, strict=True)
    ]


def _of_rows(asked: tuple[str, str], rows: Sequence[Evidence], cells: _Cells) -> list[_Compared]:
    names = [line[0][1] for line in cells]
    one, other = (_named(written, names, kinds_of(cells[0][0][0], rows[0].path)) for written in asked)
    if one is None or other is None or one == other:
        return []
    first, second = names.index(one), names.index(other)
    said = dict(cells[second])
    if dict(cells[first]).keys() != said.keys():
        return []
    return [
        _Compared(column, one, other, (value, said[column]), (rows[first], rows[second]))
        for column, value in cells[first][1:]
    ]
