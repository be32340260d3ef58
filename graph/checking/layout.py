"""A model's draft in the shapes in which answers are checked and shown: lists, and lines that lead them in.

A table is no list of sentences, and Slack shows none as one; a heading says nothing that could be checked, but tells
what stands under it.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from graph.texts.marks import MARK

_HEADING = re.compile(
    r"[ \t]*(?:#{1,6}[ \t]+[*_]*(?P<marked>[^\n]*?)[*_]*|(\*\*|__)(?P<bold>[^*_\n]{1,80})\2)[ \t]*:?[ \t]*"
)
_OVER_ITEMS = re.compile(
    r"(?P<indent>[ \t]*)(?:[-*+•–]|(?P<number>\d{1,2}[.)]))[ \t]+(?P<said>[^\n]*:|\*\*[^*\n]+)[*_]*[ \t]*"
)
_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_BEGINS_LIST = re.compile(r"[ \t]*(?:[-*+•–]|\d{1,2}[.)])[ \t]+\S|[ \t]*\|")


def laid_out(draft: str) -> str:
    """The draft with its tables as lists, and its headings as lines that lead in what stands under them."""
    return "\n".join(_lines(draft.splitlines()))


def _lines(lines: Sequence[str]) -> Iterator[str]:
    under = _under(lines)
    at = 0
    while at < len(lines):
        if "|" in lines[at] and at + 1 < len(lines) and "|" in lines[at + 1] and _RULE.fullmatch(lines[at + 1]):
            end = next((place for place in range(at + 2, len(lines)) if "|" not in lines[place]), len(lines))
            yield from _listed(_cells(lines[at]), [_cells(line) for line in lines[at + 2 : end]])
            at = end
        else:
            yield _as_lead(lines[at], under[at])
            at += 1


def _under(lines: Sequence[str]) -> list[str]:
    """Of each line the next one that is not blank; empty for the last."""
    found, below = [], ""
    for line in reversed(lines):
        found.append(below)
        below = line if line.strip() else below
    return found[::-1]


def _as_lead(line: str, under: str) -> str:
    """A heading, or an item with a list of its own, as such a line. What is merely bold may as well be the answer,
    unless a list stands below it."""
    is_over_list = _BEGINS_LIST.match(under) is not None
    item = _OVER_ITEMS.fullmatch(line) if is_over_list else None
    if item and len(under) - len(under.lstrip()) > len(item["indent"]):
        return _lead(f"{item['number'] or ''} {item['said']}")
    heading = _HEADING.fullmatch(line)
    if heading is None or not (heading["marked"] or is_over_list):
        return line
    return _lead(heading["marked"] or heading["bold"])


def _lead(said: str) -> str:
    return f"\n**{said.replace('*', '').strip().rstrip(':')}:**"


def _listed(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The rows' cells as items, each under what row and column are called. One that holds but marks is none."""
    for row in rows:
        marks = "".join(found.group() for cell in row for found in MARK.finditer(cell))
        cells = [(name, cell) for name, cell in zip_longest(names, row, fillvalue="") if _has_words(cell)]
        if len(names) == 1 or not cells:
            yield from (f"- {cell}" for _, cell in cells)
            continue
        (name, called), *others = cells
        called = MARK.sub("", called if any(map(str.isalpha, called)) else f"{name} {called}")
        yield from (f"- {called} – {name}: {cell if MARK.search(cell) else cell + marks}" for name, cell in others)


def _has_words(cell: str) -> bool:
    return any(map(str.isalnum, MARK.sub("", cell)))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]
