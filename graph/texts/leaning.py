"""Sentences that depend on a neighbour. Nobody knows what "Noor organises it." is about without the one before it, and
"Dogs are not fed." says only half without "The one exception is …" after it."""

import re
from collections.abc import Sequence

from graph.evidence import Evidence
from graph.structure.rows import cells_of
from graph.texts.words import content_words

MAX_BETWEEN = 300
"""Characters from the end of the sentence that is leant on."""

_ELSE = r"(?:otherwise|if (?:not|so)|in (?:that|this) case|even then|conversely)\b"
_LEANS = re.compile(
    r"\W{0,4}(?:(?:and |but |so )?"
    r"(?:he|she|it|they|his|her|its|their|this|that|these|those|then|both|such)\b(?!['’]s\b)|"
    rf"{_ELSE}|"
    r"[^.!?]{1,80}\b(?:does|do|did|is|are|was|were|may|can|will|has|have)(?: not|n['’]t)(?=[,;.]|\W*$)|"
    r"(?:[^.!?]{1,80}\b)(?:it|them|him|her|this|so)\W{0,3}$)",
    re.IGNORECASE,
)
_OPENS = re.compile(rf"\W{{0,4}}(?:(?:he|she|it|they)\b(?!['’]s\b)|{_ELSE})", re.IGNORECASE)
_LIMITS = re.compile(
    r"\W{0,4}(?:(?:an?|the) (?:(?:one|only|sole) )?exceptions?|except\w*|unless|however|otherwise|but|"
    r"only (?:if|when|where)|this (?:does not|doesn['’]t|only)|even (?:then|so))\b",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"\W*(?:yes|no|not yet|sometimes|never|always|it depends|of course|certainly|usually|both|neither)\W*",
    re.IGNORECASE,
)
MAX_GAP = 60
"""Characters between a sentence and the next one, of which a heading may be some."""

_NEW_LINE = re.compile(r"\n\s*(?:\n|[-*+•–|#>]|\d{1,3}[.)]\s|[A-Z])")
"""What is another paragraph, item or line; a wrapped one goes on in small letters."""


def leans(said: str) -> bool:
    """Whether it depends on the sentence before it, by how it begins or ends: "He locks it.", "Noor organises it."."""
    return _LEANS.match(said) is not None and not cells_of(said)


def opens_with_pronoun(said: str) -> bool:
    """Whether it leaves open of whom, of what or for which case it speaks: "He locks the device.", "Otherwise a doctor
    is needed."."""
    return _OPENS.match(said) is not None


def completion_of(item: Evidence, question: str, evidence: Sequence[Evidence]) -> Evidence | None:
    """The sentence right behind it, if that limits what it says, says more of what is asked, or if it says no more
    itself than yes or no."""
    behind = [other for other in evidence if _is_next(item, other)]
    following = min(behind, key=lambda other: other.start, default=None)
    if following is None or cells_of(following.said):
        return None
    more = (content_words(question) - content_words(item.in_context)) & content_words(following.said)
    goes_on = bool(more) and is_before(item, following) and opens_with_pronoun(following.said)
    is_meant = _BARE.fullmatch(item.said) or _LIMITS.match(following.said) or goes_on
    return following if is_meant else None


def _is_next(item: Evidence, other: Evidence) -> bool:
    return item.passage.key == other.passage.key and 0 <= other.start - item.end <= MAX_GAP


def leant_on(item: Evidence, evidence: Sequence[Evidence]) -> Evidence | None:
    """For an item that leans: the nearest sentence before it in its paragraph, list item or line that leans on none
    itself."""
    if not leans(item.said):
        return None
    before = [other for other in evidence if is_before(other, item) and not leans(other.said)]
    return max(before, key=lambda other: other.start, default=None)


def is_before(other: Evidence, item: Evidence) -> bool:
    """Whether it stands before the item in the same paragraph, list item or line."""
    passage = item.passage
    if other.passage.key != passage.key or not other.end <= item.start <= other.end + MAX_BETWEEN:
        return False
    return _NEW_LINE.search(passage.text, other.end - passage.start, item.start - passage.start + 1) is None
