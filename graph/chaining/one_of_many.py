"""Rows that say nothing of what only their whole table tells: which has the most, and how many there are.

Where that can't be concluded from the table, one of its rows is as good as any other, whatever its words are. Only what
says it by itself is an answer: prose, a row with the number, or the row that comes first in its column. Of a list, each
row that fits is at least a part.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from graph.conclusions.bounding import bound_in
from graph.conclusions.measuring import Superlative, amounts_in_column, column_meant, place_of, superlative_in
from graph.conclusions.row_matching import NAMED
from graph.evidence import Evidence
from graph.questions.expectation import expectation_met
from graph.structure.rows import cells_of
from graph.structure.tables import other_rows, tables_in
from graph.texts.bounds import leaves_out
from graph.texts.words import content_words
from tools.names import folded
from tools.passages import Passage

MAX_CHARACTERS = 200
MAX_THING_WORDS = 5
"""Before the verb: "which active wholesale customers are …"."""

_COUNT = re.compile(r"how many (?:of (?:our|the) |different )?", re.I)
_WHICH = re.compile(r"(?:which|what)(?: of (?:our|the))? ", re.I)
_IS_THE = re.compile(r"(?:(?:which|what)(?: is| are|['’]s)) (?:the|our) ", re.I)
_AT_MOST = re.compile(r"\bat (?:the )?(?:most|least|latest|earliest)\b", re.I)
_AFTER_THING = frozenset(
    """is are was were do does did has have had can could may might must should will would there that which who in on at
    of for from with by to we you i a an the when where why how if costs cost""".split()  # noqa: SIM905
)
_PEOPLE = content_words("people persons employees colleagues members everyone everybody")


@dataclass(frozen=True, slots=True)
class _Asked:
    """The words of what is asked for, and how they are compared; None: they are counted."""

    thing: frozenset[str]
    superlative: Superlative | None


def is_one_of_many(question: str, item: Evidence, evidence: Sequence[Evidence]) -> bool:
    """Whether it is a row, and the question asks for what only all rows of a table tell that the evidence has some of,
    or for what is within a bound that the row is beyond."""
    cells = cells_of(item.said)
    if cells and _is_beyond(question, cells):
        return True
    asked = _asked(question) if cells else None
    if asked is None or not any(_is_thing(asked, other.said) for other in evidence):
        return False
    if asked.superlative:
        return not _says(item.said, asked.superlative) and not _comes_first(question, asked.superlative, item)
    return not any(tells_number(column, value, question) for column, value in cells[1:])


def _is_beyond(question: str, cells: Sequence[tuple[str, str]]) -> bool:
    """Whether the question asks which things are within a bound, and no amount of the row that it may be of is."""
    bound = bound_in(question)
    if bound is None or not _WHICH.match(bound.asked):
        return False
    amounts = [one for column, cell in cells for one in amounts_in_column([cell], column)]
    compared = [one for one in amounts if one.kind == bound.quantity.kind]
    return bool(compared) and not any(bound.admits(one.amount) for one in compared)


def is_any_row(question: str, item: Evidence, evidence: Sequence[Evidence]) -> bool:
    """Whether it is a row that the question does not name, one of several that differ, and a sentence nearer to the
    question has the kind of thing that it asks for: "How long can unpaid leave be?" asks for no country's row."""
    cells = cells_of(item.said)
    asked = f" {folded(question)} "
    if not cells or any(f" {folded(value)} " in asked for _, value in cells):
        return False
    rivals = list(other_rows(item, evidence))
    # Of rows for several sums the one that is asked about is meant.
    if not rivals or any(leaves_out(other.said, question) for other in rivals):
        return False
    nearer = (other.said for other in evidence if other.relevance > item.relevance and not cells_of(other.said))
    return any(expectation_met(question, [said]) == 1.0 and not leaves_out(said, question) for said in nearer)


@lru_cache(maxsize=512)
def _asked(question: str) -> _Asked | None:
    plain = question[: MAX_CHARACTERS + 1].strip().rstrip(" ?.!")
    if len(plain) > MAX_CHARACTERS:
        return None
    if counted := _COUNT.match(plain):
        return _Asked(content_words(_thing(plain[counted.end() :])), None)
    superlative = None if _AT_MOST.search(plain) else superlative_in(plain)
    begun = _IS_THE.match(plain) or _WHICH.match(plain) if superlative else None
    thing = _thing(plain[begun.end() :]) if begun else ""
    return _Asked(content_words(thing), superlative) if thing else None


def _thing(rest: str) -> str:
    """The words up to the verb, without which word it begins with being looked at."""
    words = folded(rest).split()
    end = next((at for at, word in enumerate(words) if word in _AFTER_THING), len(words))
    return " ".join(words[: min(end, MAX_THING_WORDS)])


def _is_thing(asked: _Asked, said: str) -> bool:
    """Whether it is a row of what is asked for, by the name of its first column."""
    cells = cells_of(said)
    if not cells:
        return False
    if asked.thing & _PEOPLE:
        return NAMED.fullmatch(cells[0][0]) is not None
    key = content_words(cells[0][0])
    return bool(key) and key <= asked.thing


def _says(said: str, superlative: Superlative) -> bool:
    return f" {folded(superlative.word)} " in f" {folded(said)} "


def tells_number(column: str, value: str, question: str) -> bool:
    """Whether a cell gives a figure of what is asked for: "Services: 3", but not the "Tier: 1" of the question."""
    is_asked = not content_words(column).isdisjoint(content_words(question))
    return is_asked and any(map(str.isdigit, value)) and f" {folded(value)} " not in f" {folded(question)} "


def _comes_first(question: str, superlative: Superlative, item: Evidence) -> bool:
    """Whether it has the most or the least of the one column that can be meant, of all rows of a table that begins and
    ends in its passage."""
    for rows in _tables_inside(item.passage):
        if item.start not in rows:
            continue
        cells = [dict(cells_of(said)) for said in rows.values()]
        columns = tuple(dict.fromkeys(column for row in cells for column in row))
        column = column_meant(columns[1:], superlative, folded(question).split())
        placed = place_of([row.get(column[0], "") for row in cells], column[0], superlative) if column else None
        return placed is not None and list(rows)[placed[0].place] == item.start
    return False


@lru_cache(maxsize=256)
def _tables_inside(passage: Passage) -> tuple[dict[int, str], ...]:
    """The rows of each, as they are read, by where they start."""
    whole = (table for table in tables_in([passage]) if table.is_whole and table.below)
    return tuple({row.start: row.said for row in table.rows} for table in whole)
