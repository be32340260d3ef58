"""Whether a question is about how things were; then superseded documents are what it asks for."""

import re
from datetime import UTC, datetime

_BACK = re.compile(
    r"\b(?:used to|previously|formerly|originally|in the past|back then|at the time|no longer|superseded|outdated"
    r"|(?:old|older|former|previous|earlier|past|last year['’]s|original)\s+(?:\w+\s+){0,2}"
    r"(?:polic|rule|version|guideline|limit|rate|price|edition|handbook|allowance|procedure|process|terms|regulation)\w*"
    r"|(?:was|were|did|had)\b[^?]{0,80}\bbefore(?=\W{0,3}$)"
    r"|(?:before|until|up to|prior to)\s+(?:the\s+)?(?:change|update|revision|new))\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:before|until|in|during|of|since|for|by|the)\s+(?:\w+\s+)?((?:19|20)\d\d)\b", re.IGNORECASE)

_WAS_BEFORE = re.compile(
    r"\b(?:was|were|did|had)\b[^?]{0,80}\b(?:before|until)\s+(?:\w+\s+)?((?:19|20)\d\d)\b", re.IGNORECASE
)

_BACK_WORDS = re.compile(
    r"\b(?:used to|previously|formerly|originally|in the past|back then|at the time|old(?:er)?|former|previous|earlier|"
    r"superseded|outdated|original)\b",
    re.IGNORECASE,
)


def as_then(question: str) -> str:
    """The question without the words that look back, as it was asked when that was current."""
    return _BACK_WORDS.sub(" ", question)


def looks_back(question: str) -> bool:
    """Whether it looks back, by its words or by a year that is over."""
    this_year = datetime.now(UTC).year
    years = [int(year) for year in _YEAR.findall(question)]
    # Who compares an old year with this one wants both.
    is_over = bool(years) and max(years) < this_year
    # "What was it before April?" is asked in that very year.
    was_before = any(int(year) <= this_year for year in _WAS_BEFORE.findall(question))
    return bool(_BACK.search(question)) or is_over or was_before
