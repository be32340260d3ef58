"""What the rows of a table are about: a vendor, an error code, a person and their office.

A page that says "the Head of Security decides" is one hop away from the directory's row that names the person, as it
is from a page of that title: a passage answers to what its rows name.
"""

import re
from collections.abc import Iterable, Iterator

from tools.names import name_key

MAX_NAMES = 40
"""Of one passage, in the order of its rows."""

MAX_WORDS = 5
_SMALL_WORDS = frozenset("of the and de la van von der for in on & at".split())  # noqa: SIM905
_COLUMN = re.compile(r"^[^:;|]{1,60}: ")
_MARKUP = re.compile(r"[*_`]+")


def names_of_rows(rows: Iterable[str]) -> tuple[str, ...]:
    """Keys of names of two or more words, and of a code that stands first in its row.

    >>> names_of_rows(["Name: Ada Brun; Role: Head of Security; Site: Porto", "| E55 | Too many sensors |"])
    ('ada brun', 'head of security', 'e55')
    """
    found: dict[str, None] = {}
    for row in rows:
        for place, cell in enumerate(_cells(row)):
            if _is_name(cell, least_words=1 if place == 0 and any(map(str.isdigit, cell)) else 2):
                found[name_key(cell)] = None
        if len(found) >= MAX_NAMES:
            break
    return tuple(name for name in found if len(name) > 1)[:MAX_NAMES]


def _cells(row: str) -> Iterator[str]:
    """The row's cells, whether it is written `| a | b |` or `Column: a; Other: b`."""
    text = _MARKUP.sub("", row).strip()
    if "|" in text:
        yield from (cell.strip() for cell in text.strip("|").split("|"))
    else:
        yield from (_COLUMN.sub("", cell.strip()) for cell in text.split("; "))


def _is_name(cell: str, *, least_words: int) -> bool:
    words = cell.split()
    if not least_words <= len(words) <= MAX_WORDS or not any(map(str.isalpha, cell)):
        return False
    telling = [word for word in words if word.casefold() not in _SMALL_WORDS]
    return len(telling) >= least_words and all(word[0].isupper() or word[0].isdigit() for word in telling)
