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


_LABEL = re.compile(r"\b(?:(?:root )?causes?|reasons?|why\b[^.:\n]{0,60})\W{1,6}$", re.IGNORECASE)
"""Right before a sentence, or over it."""

MAX_LABEL_CHARACTERS = 80


def gives_no_reason(question: str, item: Evidence, evidence: Sequence[Evidence]) -> bool:
    """Whether it says what is so, but not why. A row gives a reason only in a cell for it. Beside a sentence that is
    labelled as the cause no other gives one. "It was not done for fame" gives none either, unless nothing near says
    more: then a denial may be the reason."""
    if _WHY.match(question) is None:
        return False
    if cells_of(item.said):
        return not _REASON.search(item.said)
    if not _is_labelled(item) and not _REASON.search(item.said):
        beside = (one for one in evidence if one.passage.source == item.passage.source)
        if any(map(_is_labelled, beside)):
            return True
    return is_denied(item.said) and not is_denied(question) and any(_says_why(one, item) for one in evidence)


def _is_labelled(item: Evidence) -> bool:
    """Whether it stands under "Cause", behind "**Cause.**", or begins with "Cause: "."""
    start = item.start - item.passage.start
    before = item.passage.text[max(0, start - MAX_LABEL_CHARACTERS) : start]
    _, *headings = item.path
    own, is_label, _ = item.said.partition(": ")
    return any(_LABEL.search(f"{label} ") for label in (before, *headings[-1:], own if is_label else ""))


def _says_why(other: Evidence, item: Evidence) -> bool:
    """Whether it is about as relevant and gives a reason without denying it."""
    is_near = other.relevance >= SOME_RELEVANCE * item.relevance and other.number != item.number
    return is_near and not is_denied(other.said) and _REASON.search(other.said) is not None
