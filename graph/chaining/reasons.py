"""Which sentences give a reason: a row only if one of its cells does, and no denial if something else gives the
reason."""

import re
from collections.abc import Sequence

from graph.evidence import Evidence
from graph.structure.rows import cells_of
from graph.texts.small_words import is_denied

SOME_RELEVANCE = 0.5
"""A sentence bears on the question from this share of the most relevant one's relevance on."""

_WHY = re.compile(r"\W*(?:and |so |but )?(?:why|how come)\b", re.IGNORECASE)
_REASON = re.compile(
    r"\b(?:because|since|so that|so as|due to|owing to|reasons?|causes?|caused|why|otherwise|in order to|lest|faults?|"
    r"to (?:avoid|prevent|protect|keep|stop)|(?:notes?|remarks?|comments?|resolution|meaning|finding|details?|purpose|"
    r"rationale|justification|motivation|explanation|background|what happened|problem|issue|description|decision)"
    r"(?=: ))\b",
    re.IGNORECASE,
)
"""In prose, or as a column's name."""


def gives_no_reason(question: str, item: Evidence, evidence: Sequence[Evidence]) -> bool:
    """Whether it says what is so, but not why. A row gives a reason only in a cell for it. "It was not done for fame"
    gives none either, unless nothing near says more: then a denial may be the reason."""
    if _WHY.match(question) is None:
        return False
    if cells_of(item.said):
        return not _REASON.search(item.said)
    return is_denied(item.said) and not is_denied(question) and any(_says_why(one, item) for one in evidence)


def _says_why(other: Evidence, item: Evidence) -> bool:
    """Whether it is about as relevant and gives a reason without denying it."""
    is_near = other.relevance >= SOME_RELEVANCE * item.relevance and other.number != item.number
    return is_near and not is_denied(other.said) and _REASON.search(other.said) is not None
