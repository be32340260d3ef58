"""Tables and lists as a whole, as answers: "How long is the warranty?" asks for every device's row, not for one.

What of them is near the question is offered to the answer checker, which reads each beside it like any other text. It
is quoted where it is clearly likelier to answer than the chain that would be.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from graph.chaining.rows import cells_of
from graph.evidence import Evidence, joined
from graph.injection import gives_orders
from graph.measures import NUMBER, TIME_UNIT
from graph.past import looks_back
from graph.steps import asks_for_steps, asks_outright, lists_in
from graph.tables import tables_in
from graph.words import content_words
from tools.passages import Passage

MAX_OFFERED = 2
"""The nearest. Each takes the answer checker as long as three sentences; two more were hardly ever quoted."""

LEAST_RELEVANCE = 0.2
"""Of the most relevant of its parts that are evidence."""

MAX_PARTS = 12
MAX_CHARACTERS = 1_100
"""Of all that it says: about what the answer checker reads of a text."""

_UNIT = re.compile(rf"{TIME_UNIT}|euros?|dollars?|pounds?|per ?cent", re.IGNORECASE)
_MAY_HOLD = re.compile(r"^(?:\||\s*(?:[-*+•]|\d{1,2}[.)])\s|[^\n:]{1,60}: [^\n]{1,200}; )", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Whole:
    """The rows of a table, or the items of a list, in order; without numbers but for those that were evidence."""

    parts: tuple[Evidence, ...]
    relevance: float

    def holds(self, item: Evidence) -> bool:
        return _place(item) in map(_place, self.parts)

    def is_meant_by(self, question: str) -> bool:
        """Whether the question rather asks for all of it than for one part: of a table it has singled out no row; of a
        list that is so where it asks what is to be done."""
        return bool(cells_of(self.parts[0].said)) or asks_for_steps(question) or asks_outright(question)


def may_hold_wholes(question: str, passage: Passage) -> bool:
    """Whether it looks as if a table or a list stood in it, of the version that is asked for."""
    return (passage.status != "superseded" or looks_back(question)) and _MAY_HOLD.search(passage.text) is not None


def wholes_in(question: str, documents: Iterable[Sequence[Passage]], evidence: Sequence[Evidence]) -> list[Whole]:
    """The tables and lists of these documents that are near the question and of which it singles out no part, the
    nearest first. Of each document all passages are there, or its first MAX_PASSAGES and one more."""
    known = {_place(item): item for item in evidence}
    found = []
    for passages in documents:
        for parts in _all_in(question, passages):
            relevance = max((known[place].relevance for place in map(_place, parts) if place in known), default=0.0)
            if relevance >= LEAST_RELEVANCE and _is_short(parts) and not any(gives_orders(part.said) for part in parts):
                found.append(Whole(parts, relevance))
    return sorted(found, key=lambda whole: -whole.relevance)[:MAX_OFFERED]


def with_whole(evidence: Sequence[Evidence], whole: Whole) -> tuple[Evidence, ...]:
    """The evidence with all parts of it, each saying which it is."""
    parts = [replace(part, place=place) for place, part in enumerate(whole.parts, 1)]
    return joined(evidence, parts, whole.relevance)


def parts_of_whole(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Those of the table or list that answers as a whole, or the steps that are asked for, in their order."""
    parts = (item for item in evidence if item.place or item.step)
    return sorted(parts, key=lambda item: item.place or item.step)


def _all_in(question: str, passages: Sequence[Passage]) -> Iterator[tuple[Evidence, ...]]:
    for table in tables_in(passages):
        if table.is_whole and not singles_out(question, table.rows):
            yield table.rows
    yield from lists_in(question, passages)


def singles_out(question: str, rows: Sequence[Evidence]) -> bool:
    """Whether it has a figure, or a word that stands in the cells of some rows and not of others: it is about those."""
    if NUMBER.search(question):
        return True
    asked = frozenset(word for word in content_words(question) if not _UNIT.fullmatch(word))
    held = {asked & content_words(" ".join(value for _, value in cells_of(row.said))) for row in rows}
    return len(held) > 1


def _is_short(parts: Sequence[Evidence]) -> bool:
    return len(parts) <= MAX_PARTS and sum(len(part.said) for part in parts) <= MAX_CHARACTERS


def _place(item: Evidence) -> tuple[str, int]:
    return item.passage.key, item.start
