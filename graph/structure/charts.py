"""Org charts that are lists within lists: "Head of Finance: Yolanda Finch", one step in from "Director: Callum Reyes",
reports to him."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from graph.evidence import Evidence, evidence_at
from graph.questions.asked_names import people_in
from graph.structure.lists import indent_at, is_item, without_mark
from graph.structure.tables import MAX_PASSAGES, MAX_ROWS, MIN_ROWS, Line, Table, lines_of
from tools.passages import Passage

_CHART = re.compile(
    r"\b(?:org(?:ani[sz]ation(?:al)?)?[ -]?(?:chart|structure)|organigram|reporting (?:lines?|structure)|"
    r"who reports to whom)\b",
    re.IGNORECASE,
)
_DASH = re.compile(r"(?<!\s)\s+[–—-]\s+")
_FORMS = ((re.compile(r":\s+"), 1), (_DASH, 1), (re.compile(r",\s+"), 0), (_DASH, 0), (re.compile(r"(?<!\s)\s+\("), 0))
"""What parts an office from a name, and which of the two parts is the name, in all lines of a chart."""


@dataclass(frozen=True, slots=True)
class Post:
    """Somebody in a chart, with the office, the one right above, if there is one, and the line that says so."""

    name: str
    office: str
    above: str
    item: Evidence


def charts_in(passages: Sequence[Passage]) -> Iterator[Table]:
    """The charts of one document, as tables of their lines."""
    in_order = sorted(passages, key=lambda passage: passage.start)
    is_all = len(in_order) <= MAX_PASSAGES
    for items, lines in groupby(lines_of(in_order[:MAX_PASSAGES]), lambda line: is_item(line.text)):
        rows = tuple(map(_evidence, lines)) if items else ()
        if MIN_ROWS <= len(rows) <= MAX_ROWS and posts_of(rows):
            yield Table(rows, "", "", is_all)


def posts_of(evidence: Sequence[Evidence]) -> list[Post]:
    """All whom the lines of a chart name; nothing where a line names nobody, where a chunk begins with one, so that it
    is not known how far in that stands, or where it is no chart."""
    if any(item.start == item.passage.start or not _CHART.search(" ".join(item.path)) for item in evidence):
        return []
    posts: list[Post] = []
    open_above: list[tuple[int, str]] = []
    for item, (name, office) in zip(evidence, _named([item.said for item in evidence]), strict=False):
        indent = indent_at(item.passage.text, item.start - item.passage.start)
        while open_above and open_above[-1][0] >= indent:
            open_above.pop()
        posts.append(Post(name, office, open_above[-1][1] if open_above else "", item))
        open_above.append((indent, name))
    return posts if any(post.above for post in posts) else []


def _named(lines: Sequence[str]) -> list[tuple[str, str]]:
    """Who holds which office, line by line; nothing where they are not all written in one form."""
    for between, place in _FORMS:
        parts = [between.split(without_mark(line).rstrip(" ."), maxsplit=1) for line in lines]
        if all(len(one) > 1 and people_in(one[place]) == (one[place],) for one in parts):
            return [(one[place], one[1 - place].rstrip(")") if not place else one[0]) for one in parts]
    return []


def _evidence(line: Line) -> Evidence:
    return evidence_at(line.passage, line.start, line.end, reading=without_mark(line.text))
