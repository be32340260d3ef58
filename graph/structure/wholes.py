"""Tables and lists as a whole, as answers: "How long is the warranty?" asks for every device's row, not for one.

What of them is near the question is offered to the answer checker, which reads each beside it like any other text. It
is quoted where it is clearly likelier to answer than the chain that would be.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from graph.checking.injection import gives_orders
from graph.evidence import Evidence, joined
from graph.questions.expectation import asks_who
from graph.questions.past import looks_back
from graph.structure.rows import cells_of
from graph.structure.steps import asks_for_steps, asks_outright, holds_under, lists_in
from graph.structure.tables import tables_in
from graph.texts.measures import NUMBER
from graph.texts.words import content_words
from tools.passages import Passage

MAX_OFFERED = 2
"""The nearest. Each takes the answer checker as long as three sentences; two more were hardly ever quoted."""

LEAST_RELEVANCE = 0.2
"""Of the most relevant of its parts that are evidence."""

MAX_PARTS = 12
MAX_CHARACTERS = 1_100
"""Of all that it says: about what the answer checker reads of a text."""

MAX_SHOWN_CHARACTERS = 2_400
"""The same of one that a model is shown."""

_UNITS = content_words(
    "second sec minute min hour hr hrs day night week fortnight month year decade century euro dollar pound percent"
)
_MAY_HOLD = re.compile(r"^(?:\||[^\S\n]*(?:[-*+•]|\d{1,2}[.)])\s|[^\n:]{1,60}: [^\n]{1,200}; )", re.MULTILINE)
_OF_WHAT = re.compile(
    r"\bhow many (\w{3,30}(?: \w{3,30})?)|\b(?:for|of|about) (?:the |our |an? )?(\w{3,30})\W*$", re.IGNORECASE
)
_LABEL = re.compile(r"([^:\n]{1,60}):\s")


@dataclass(frozen=True, slots=True)
class Whole:
    """The rows of a table, or the items of a list, in order; without numbers but for those that were evidence."""

    parts: tuple[Evidence, ...]
    relevance: float

    def holds(self, item: Evidence) -> bool:
        return item.key in {part.key for part in self.parts}

    def is_meant_by(self, question: str) -> bool:
        """Whether the question rather asks for all of it than for one part: of a table, or a list with labels, it has
        singled out no row; of any other list that is so where it asks what is to be done."""
        if cells_of(self.parts[0].said) or _labels_of(self.parts) or asks_outright(question):
            return True
        return bool(self.parts[0].step) and asks_for_steps(question)

    def speaks_of(self, question: str) -> bool:
        """Whether what the question counts, or ends with, is said somewhere in it or over it: a list of budgets without
        marketing says nothing of that for marketing."""
        asked = _OF_WHAT.search(question)
        words = content_words(asked[asked.lastindex or 0]) if asked else frozenset[str]()
        told = (content_words(part.in_context) for part in self.parts)
        return not words or any(not words.isdisjoint(one) for one in told)

    def is_like(self, other: "Whole") -> bool:
        """Whether it is another table with the same columns: each is about a case that neither names."""
        mine, its = ([name for name, _ in cells_of(one.parts[0].said)] for one in (self, other))
        return self is not other and bool(mine) and mine == its


def may_hold_wholes(question: str, passage: Passage) -> bool:
    """Whether it looks as if a table or a list stood in it, of the version that is asked for."""
    return (passage.status != "superseded" or looks_back(question)) and _MAY_HOLD.search(passage.text) is not None


def wholes_in(
    question: str,
    documents: Iterable[Sequence[Passage]],
    evidence: Sequence[Evidence],
    *,
    max_characters: int = MAX_CHARACTERS,
) -> list[Whole]:
    """The tables and lists of these documents that are near the question and of which it singles out no part, the
    nearest first. Of each document all passages are there, or its first MAX_PASSAGES and one more."""
    known = {item.key: item for item in evidence}
    found = []
    for passages in documents:
        for parts in _all_in(question, passages):
            relevance = max((known[part.key].relevance for part in parts if part.key in known), default=0.0)
            is_short = len(parts) <= MAX_PARTS and sum(len(part.said) for part in parts) <= max_characters
            if relevance >= LEAST_RELEVANCE and is_short and not any(gives_orders(part.said) for part in parts):
                found.append(Whole(parts, relevance))
    return sorted(found, key=lambda whole: -whole.relevance)[:MAX_OFFERED]


def with_whole(evidence: Sequence[Evidence], whole: Whole) -> tuple[Evidence, ...]:
    """The evidence with all parts of it, each saying which it is."""
    parts = [replace(part, place=place) for place, part in enumerate(whole.parts, 1)]
    return joined(evidence, parts, whole.relevance)


def parts_of_whole(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Those of the table or list that answers as a whole, or the steps that are asked for, in their order."""
    parts = (item for item in evidence if item.place or item.step)
    return sorted(parts, key=lambda item: item.place or item.step or 0)


def _all_in(question: str, passages: Sequence[Passage]) -> Iterator[tuple[Evidence, ...]]:
    for table in tables_in(passages):
        values = [" ".join(value for _, value in cells_of(row.said)) for row in table.rows]
        if table.is_whole and holds_under(question, table.above) and not singles_out(question, values):
            yield table.rows
    for items in lists_in(question, passages):
        if items[0].step and asks_who(question):
            continue  # what is to be done says not who
        if not singles_out(question, _labels_of(items)) and not _says_it_alone(question, items):
            yield items


def _says_it_alone(question: str, items: Sequence[Evidence]) -> bool:
    """Whether one item says all that the question does, and no other says anything of it: "channel 3 is for security"
    among the rules of a site."""
    asked = content_words(question)
    said = [words for item in items if (words := asked & content_words(item.said))]
    return bool(asked) and said == [asked]


def _labels_of(items: Sequence[Evidence]) -> list[str]:
    """Of a list that is a table but for its looks ("Lids: 6 months"): what stands before the colons; else nothing."""
    labels = [label[1] for item in items if (label := _LABEL.match(item.said))]
    return labels if len(labels) == len(items) else []


def singles_out(question: str, parts: Sequence[str]) -> bool:
    """Whether it has a figure, or a word that stands in some of the parts' cells, or labels, and not in others: it is
    about those. A unit only says how it is to be told."""
    if parts and NUMBER.search(question):
        return True
    asked = content_words(question) - _UNITS
    return len({asked & content_words(part) for part in parts}) > 1
