"""Names of the things that a table's rows or columns are about: a vendor, an error code, a person, a plan.

A page that says "the Head of Security decides" is one hop from the row that names the person, as it is from a page with
that title: a passage can be found under the names in its rows.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from tools.names import name_key

MAX_NAMES = 40
"""The most names of one passage, in the order of its rows."""

MAX_WORDS = 5
_SMALL_WORDS = frozenset("of the and de la van von der for in on & at".split())  # noqa: SIM905
_COLUMN = re.compile(r"^[^:;|]{1,60}: ")
_ASIDE = re.compile(r"\s\([^()]{1,60}\)$")
_OFFICE = re.compile(r"Officer|Manager|Engineer|Director|President|Secretary|Counsel|Lead|Analyst|Coordinator")
MIN_INITIALS = 3
"""Two letters are anybody's."""

_MARKUP = re.compile(r"[*_`]+")
PROPERTY = re.compile(
    r"\W*|column 1|features?|propert(?:y|ies)|criteri(?:on|a)|aspects?|attributes?|specifications?", re.IGNORECASE
)
"""Headers of a first column that holds labels: each row then compares all columns."""

NO_THING = re.compile(
    r"\d.*|(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|may|june|july|august|september|october|"
    r"november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun|q[1-4]|"
    r"yes|no|notes?|comments?|remarks?|total|sum|others?|values?|description|before|after|old|new|"
    r"eur|usd|gbp|chf|vat|net|gross|units?|price|cost|status|included|available|optional|target|actual|plan(?:ned)?|"
    r"budget|monthly|yearly|annual(?:ly)?|average|mean|minimum|maximum|(?:low|high) season|discount|competitors?|"
    r"who|when|where|owner|supplier|stock",
    re.IGNORECASE,
)
"""Column headers that never name a thing."""


def names_of_rows(rows: Iterable[str]) -> tuple[str, ...]:
    """Keys of names with two or more words, of what an office goes by for short, and of a code in the first cell.

    >>> names_of_rows(["Name: Ada Brun; Role: Head of Security; Site: Porto", "| E55 | Too many sensors |"])
    ('ada brun', 'head of security', 'e55')
    >>> names_of_rows(["Name: Ada Brun; Role: Data Protection Officer"])
    ('ada brun', 'data protection officer', 'dpo')
    """
    found: dict[str, None] = {}
    for row in rows:
        for place, cell in enumerate(_cells(row)):
            if _is_name(cell) or (place == 0 and _is_code(cell)):
                found[name_key(cell)] = None
                found[initials_of(cell)] = None
        if len(found) >= MAX_NAMES:
            break
    return tuple(name for name in found if len(name) > 1)[:MAX_NAMES]


def names_of_columns(header: str) -> tuple[str, ...]:
    """Keys of things that have a column each. None where the first column's header says that the rows are the things.

    >>> names_of_columns("| Basic | Pro"), names_of_columns("Feature | Basic | Pro"), names_of_columns("Plan | Price")
    (('basic', 'pro'), ('basic', 'pro'), ())
    """
    first, *others = (_ASIDE.sub("", _MARKUP.sub("", name).strip()) for name in header.split("|"))
    if not PROPERTY.fullmatch(first):
        return ()
    names = (name for name in others[:MAX_NAMES] if name and len(name.split()) <= MAX_WORDS)
    keys = (name_key(name) for name in names if _begins_a_name(name) and not NO_THING.fullmatch(name))
    return tuple(dict.fromkeys(key for key in keys if len(key) > 1))


@lru_cache(maxsize=8_192)
def initials_of(value: str) -> str:
    """What an office goes by for short; empty for what is none.

    >>> initials_of("Chief Executive Officer"), initials_of("Head of People")
    ('ceo', '')
    """
    words = [word for word in value.split() if word not in _SMALL_WORDS]
    is_office = len(words) >= MIN_INITIALS and all(map(str.istitle, words)) and _OFFICE.fullmatch(words[-1])
    return "".join(word[0] for word in words).casefold() if is_office else ""


def _cells(row: str) -> Iterator[str]:
    """The cells of a row written as `| a | b |` or as `Column: a; Other: b`."""
    text = _MARKUP.sub("", row).strip()
    piped = "|" in text
    for cell in text.strip("|").split("|") if piped else text.split("; "):
        yield _ASIDE.sub("", cell.strip() if piped else _COLUMN.sub("", cell.strip()))


def _is_name(cell: str) -> bool:
    """Two to five capitalised words that are no date or quantity."""
    words = cell.split()
    telling = [word for word in words if word.casefold() not in _SMALL_WORDS]
    return len(words) <= MAX_WORDS and len(telling) > 1 and all(map(_begins_a_name, telling))


def _begins_a_name(word: str) -> bool:
    return word[0].isalpha() and not word[0].islower()


def _is_code(cell: str) -> bool:
    """One word of letters and digits, such as E55."""
    return " " not in cell and any(map(str.isalpha, cell)) and any(map(str.isdigit, cell))
