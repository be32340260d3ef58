"""Who reports to whom: "How many people report to the Head of Sales?", where a directory's column names whom each
person reports to, and "Who does Ada Brun report to?", where an org chart says so."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from graph.conclusions.row_matching import Row
from graph.evidence import Evidence
from graph.structure.charts import posts_of
from tools.names import folded

_REPORTS = re.compile(r"\b(?:directly )?(?:reports?|reporting) (?:directly )?to (?:the |our )?(?P<whom>.{1,80})$", re.I)
_BOSS = re.compile(
    r"^who(?:m)? (?:does|do) (?P<one>.{1,80}?) (?:directly )?report to$|"
    r"^who(?:['’]s| is) (?P<other>.{1,80}?)(?:['’]s|s['’]) (?:line )?(?:manager|boss|supervisor|superior)$|"
    r"^who(?:['’]s| is) the (?:line )?(?:manager|boss|supervisor|superior) of (?P<third>.{1,80})$",
    re.I,
)
_COLUMN = re.compile(r"(?:reports? to|reporting to|(?:line )?manager|supervisor|superior|boss)", re.I)
_ROLE = re.compile(r"(?:.{1,30} )?(?:role|title|position|function|job)", re.I)


@dataclass(frozen=True, slots=True)
class Reports:
    """What the question says beside it, the column that names whom one reports to, and the row of whom is meant."""

    rest: str
    column: str
    whom: Row


def charted(evidence: Sequence[Evidence]) -> list[Row]:
    """The lines of an org chart as rows of a directory; none where it is no chart."""
    posts = posts_of(evidence)
    cells = [{"Name": one.name, "Role": one.office} | ({"Reports to": one.above} if one.above else {}) for one in posts]
    return [Row(post.item, row) for post, row in zip(posts, cells, strict=True)]


def asks_for_boss(question: str) -> bool:
    return _whose_boss(question) != ""


def boss_in(question: str, rows: Sequence[Row]) -> tuple[Row, Row] | None:
    """Whom somebody reports to, and who that is, where one row each tells."""
    whom = _whose_boss(question)
    meant = [row for row in rows if _is_called(row, whom)]
    above = [row for row in rows if meant and folded(row.name) == folded(meant[0].cells.get("Reports to", ""))]
    return (above[0], meant[0]) if len(meant) == len(above) == 1 else None


def _whose_boss(question: str) -> str:
    found = _BOSS.match(question.strip().rstrip(" ?.!"))
    said = next(filter(None, found.groups()), "") if found else ""
    return re.sub(r"^(?:the|our) ", "", said, flags=re.I)


def reports_in(asked: str, rows: Sequence[Row]) -> Reports | None:
    """By name, by an office that one of the rows alone holds, or by its initials; None where the rows don't tell."""
    found = _REPORTS.search(asked)
    columns = {column for row in rows for column in row.cells if _COLUMN.fullmatch(column)}
    if found is None or len(columns) != 1:
        return None
    (column,) = columns
    meant = [row for row in rows if _is_called(row, found["whom"])]
    if len(meant) != 1 or any(_may_mean(row.cells.get(column, ""), meant[0]) for row in rows):
        return None
    return Reports(asked[: found.start()].rstrip(), column, meant[0])


def _may_mean(cell: str, whom: Row) -> bool:
    """Whether a cell names whom by more or other words than the name: "Ada Brun, Otto Falk", "CFO"."""
    name = folded(whom.name)
    return folded(cell) != name and (f" {name} " in f" {folded(cell)} " or _is_called(whom, cell))


def _is_called(row: Row, whom: str) -> bool:
    offices = [value for column, value in row.cells.items() if _ROLE.fullmatch(column)]
    if not whom:
        return False
    return folded(whom) in map(folded, (row.name, *offices)) or whom in map(_initials, offices)


def _initials(office: str) -> str:
    """ "CFO" of the Chief Financial Officer; nothing of one word."""
    capitals = [word[0] for word in office.split() if word[0].isupper()]
    return "".join(capitals) if len(capitals) > 1 else ""
