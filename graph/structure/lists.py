"""The lists of a document: where each begins and ends, and whether it is whole.

A list is a run of numbered or bulleted lines in one section, with nothing between them. Some of the steps are worse
than none, so a list counts as whole only if it is certain that it ends where its run of lines ends.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise, takewhile

from graph.structure.tables import MAX_PASSAGES, Line, lines_of
from tools.passages import Passage

MAX_STEP_CHARACTERS = 400
MAX_LINES = 100
"""Lines that are read above a list and below it."""

NUMBERED = re.compile(r"(\d{1,2})[.)]\s+\S")
_BULLET = re.compile(r"[-*+•]\s+\S")
_MARK = re.compile(r"^(?:[-*+•]|\d{1,2}[.)])\s+(?=\S)")
_INDENTED = ("  ", "\t")
MIN_INDENT = 2
"""Characters that an item of an inner list is indented more than the item it belongs to."""

_TAKES_BACK = re.compile(r"(?:none|neither|no(?:t any)?) of (?:these|them|those|this)\b", re.IGNORECASE)
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class List:
    """One list. `is_whole` says that its items are known to be all of it; `before` are the lines above it, in its
    section."""

    items: tuple[Line, ...]
    is_whole: bool
    before: tuple[str, ...]

    @property
    def whole_line_above(self) -> str:
        return self.before[-1] if self.before else ""

    @property
    def line_above(self) -> str:
        """The line above the list; if that line leads in to it with a colon, only its last sentence."""
        line = self.whole_line_above
        return SENTENCE_END.split(line)[-1] if line.endswith(":") else line

    @property
    def above(self) -> str:
        return " ".join(self.before)


def lists_of(passages: Sequence[Passage]) -> Iterator[List]:
    """The lists of one document, of which these are all passages, or its first MAX_PASSAGES and one more."""
    in_order = sorted(passages, key=lambda passage: passage.start)
    lines = _unwrapped(lines_of(in_order[:MAX_PASSAGES]))
    yield from _runs_of_items(lines, ends=len(in_order) <= MAX_PASSAGES)


def _runs_of_items(lines: Sequence[Line], *, ends: bool) -> Iterator[List]:
    """`ends` says whether the document ends with these lines."""
    place = 0
    while place < len(lines):
        last = place
        while last < len(lines) and _goes_on(lines, place, last):
            last += 1
        if last == place:
            place += 1
            continue
        items = tuple(lines[place:last])
        below = lines[last] if last < len(lines) else None
        is_closed = ends if below is None else not (below.follows or below.lost)
        are_short = all(len(line.text) <= MAX_STEP_CHARACTERS for line in items)
        nearest = (lines[at] for at in range(place - 1, max(-1, place - 1 - MAX_LINES), -1))
        before = tuple(line.text for line in takewhile(partial(_is_in_section, items[0]), nearest))[::-1]
        is_broken = _is_taken_up(lines, place, last) or _takes_up(items[0], before) or _takes_back(items[0], below)
        yield List(items, is_closed and are_short and not is_broken, before)
        place = last


def is_item(text: str) -> bool:
    return _MARK.match(text) is not None


def without_mark(item: str) -> str:
    return _MARK.sub("", item)


def indent_at(text: str, at: int) -> int:
    """The width of the white space before what begins there; a tab counts up to four."""
    return len(text[text.rfind("\n", 0, at) + 1 : at].expandtabs(4))


def _unwrapped(lines: Iterable[Line]) -> list[Line]:
    """The lines, with each item joined to the indented lines right below it. A numbered item also takes the items of a
    list inside it."""
    whole: list[Line] = []
    for line in lines:
        item = whole[-1] if whole and line.follows else None
        if item and item.passage is line.passage and _is_of_item(line, item):
            whole[-1] = replace(item, end=line.end, closes=line.closes)
        else:
            whole.append(line)
    return whole


def _is_of_item(line: Line, item: Line) -> bool:
    if is_item(line.text):
        return bool(NUMBERED.match(item.text)) and _indent_of(line) >= _indent_of(item) + MIN_INDENT
    return is_item(item.text) and line.passage.text.endswith(_INDENTED, 0, line.start)


def _indent_of(line: Line) -> int:
    return indent_at(line.passage.text, line.start)


def _goes_on(lines: Sequence[Line], first: int, place: int) -> bool:
    """Whether this line is the next item of the list that begins with line `first`: of the same kind, in the same
    section, and with the next number."""
    line, opening = lines[place], lines[first]
    number = NUMBERED.match(line.text)
    if place == first:
        return int(number[1]) == 1 if number else bool(_BULLET.match(line.text))
    if line.lost or not _is_in_section(line, opening):
        return False
    if NUMBERED.match(opening.text):
        return number is not None and int(number[1]) == place - first + 1
    return bool(_BULLET.match(line.text))


def _is_taken_up(lines: Sequence[Line], first: int, last: int) -> bool:
    """Whether a list goes on after a note or a picture before its section ends: with its next number, or with another
    item that no line with a colon introduces."""
    later = list(takewhile(partial(_is_in_section, lines[first]), lines[last : last + MAX_LINES]))
    if NUMBERED.match(lines[first].text):
        numbers = (NUMBERED.match(line.text) for line in later)
        return any(number is not None and int(number[1]) == last - first + 1 for number in numbers)
    return any(
        _BULLET.match(line.text) and not (is_item(above.text) or above.text.endswith(":"))
        for above, line in pairwise(later)
    )


def _takes_up(item: Line, before: Sequence[str]) -> bool:
    """Whether a bulleted list is the rest of one above it in its section: there are bullets, and no line with a colon
    introduces this list."""
    return bool(_BULLET.match(item.text)) and any(map(_BULLET.match, before)) and not before[-1].endswith(":")


def _takes_back(item: Line, below: Line | None) -> bool:
    """Whether the line below a list takes it back: "None of these is necessary."."""
    return below is not None and _is_in_section(item, below) and _TAKES_BACK.match(below.text) is not None


def _is_in_section(line: Line, other: Line) -> bool:
    return line.passage.headings_at(line.start) == other.passage.headings_at(other.start)
