"""Sentences that lean on the one before them: nobody knows what "Noor organises it." is about without that."""

import re
from collections.abc import Sequence

from graph.evidence import Evidence
from graph.structure.rows import cells_of

MAX_BETWEEN = 300
"""Characters from the end of the sentence that is leant on."""

_LEANS = re.compile(
    r"\W{0,4}(?:(?:and |but |so )?"
    r"(?:he|she|it|they|his|her|its|their|this|that|these|those|then|both|such)\b(?!['’]s\b)|"
    r"(?:[^.!?]{1,80}\b)(?:it|them|him|her|this|so)\W{0,3}$)",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"\W{0,4}(?:he|she|it|they)\b(?!['’]s\b)", re.IGNORECASE)
_NEW_LINE = re.compile(r"\n\s*(?:\n|[-*+•–|#>]|\d{1,3}[.)]\s|[A-Z])")
"""What is another paragraph, item or line; a wrapped one goes on in small letters."""


def leans(said: str) -> bool:
    """By how it begins or ends: "He locks it.", "Noor organises it."."""
    return _LEANS.match(said) is not None and not cells_of(said)


def opens_with_pronoun(said: str) -> bool:
    """Whether nobody knows of whom or what it says something: "He locks the device."."""
    return _PRONOUN.match(said) is not None


def leant_on(item: Evidence, evidence: Sequence[Evidence]) -> Evidence | None:
    """The nearest sentence before it in its paragraph, item or line that leans on none, if the item does."""
    if not leans(item.said):
        return None
    before = [other for other in evidence if is_before(other, item) and not leans(other.said)]
    return max(before, key=lambda other: other.start, default=None)


def is_before(other: Evidence, item: Evidence) -> bool:
    """Whether it stands before the item in the same paragraph, item or line."""
    passage = item.passage
    if other.passage.key != passage.key or not other.end <= item.start <= other.end + MAX_BETWEEN:
        return False
    return _NEW_LINE.search(passage.text, other.end - passage.start, item.start - passage.start + 1) is None
