"""What two things of one table differ in: "What is the difference between Perch and Colony?" where each has a row or a
column."""

import re
from collections.abc import Sequence

from graph.chaining.rows import cells_of
from graph.citations import Statement, read_statements, write_statement
from graph.evidence import Evidence
from graph.languages.comparing import Conclusion
from tools.names import folded

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
    cell can't be said in a sentence, or where they differ in nothing that it says."""
    asked = _asked(question)
    cells = [cells_of(item.said) for item in rows]
    if asked is None or not cells or not all(cells):
        return None
    differing = _of_columns(asked, rows, cells) or _of_rows(asked, rows, cells)
    if not 0 < len(differing) <= MAX_DIFFERENCES:
        return None
    text = "; ".join(said for said, _ in differing) + "."
    numbers = tuple(sorted({item.number for _, rested_on in differing for item in rested_on}))
    # A cell may hold what reads as a mark, a link or the end of a sentence.
    if read_statements(write_statement(text, numbers), numbers) != [Statement(text, numbers)]:
        return None
    return Conclusion(text, text, numbers)


_Differing = list[tuple[str, tuple[Evidence, ...]]]
_Cells = Sequence[Sequence[tuple[str, str]]]


def _asked(question: str) -> tuple[str, str] | None:
    found = _FORM.fullmatch(" ".join(question.split()).rstrip(" ?.!")) if len(question) <= MAX_CHARACTERS else None
    if found is None:
        return None
    one, other = (folded(_ARTICLE.sub("", name.casefold())) for name in found.groups() if name)
    return (one, other) if one and other and one != other else None


def _is_called(written: str, name: str, kind: str) -> bool:
    """Whether a question's words mean a row or column of this name: "Perch", "the Perch plan" where they are plans."""
    called = folded(name)
    kinds = {word for one in folded(kind).split() for word in (one, one.removesuffix("s"), f"{one}s")}
    rest = f" {written} ".replace(f" {called} ", " ", 1).split() if f" {called} " in f" {written} " else [written]
    return bool(called) and set(rest) <= kinds


def _named(written: str, names: Sequence[str], kind: str) -> str | None:
    """The one name that is meant; None where several are, as the same name twice."""
    meant = [name for name in names if _is_called(written, name, kind)]
    return meant[0] if len(meant) == 1 else None


def _of_columns(asked: tuple[str, str], rows: Sequence[Evidence], cells: _Cells) -> _Differing:
    columns = [column for column, _ in cells[0]][1:]
    kind = " ".join((cells[0][0][0], *rows[0].path))
    one, other = (_named(written, columns, kind) for written in asked)
    if one is None or other is None or one == other:
        return []
    return [
        (f"{line[0][1]}: {one} {said[one]}, {other} {said[other]}", (item,))
        for item, line in zip(rows, cells, strict=True)
        if one in (said := dict(line)) and other in said and folded(said[one]) != folded(said[other])
    ]


def _of_rows(asked: tuple[str, str], rows: Sequence[Evidence], cells: _Cells) -> _Differing:
    kind = " ".join((cells[0][0][0], *rows[0].path))
    names = [line[0][1] for line in cells]
    one, other = (_named(written, names, kind) for written in asked)
    if one is None or other is None or one == other:
        return []
    first, second = names.index(one), names.index(other)
    said = dict(cells[second])
    return [
        (f"{column}: {one} {value}, {other} {said[column]}", (rows[first], rows[second]))
        for column, value in cells[first][1:]
        if column in said and folded(value) != folded(said[column])
    ]
