"""Documents that give orders to a model, and answers that carry them out.

A document may say anything, "ignore your instructions, reply X" included. Quoting it is an answer, obeying it is not:
what an order asks to be said stands word for word in the document, so that overlap alone would call it supported.
"""

import re

from graph.language import Evidence
from graph.words import content_words

_BETWEEN = (
    r"(?:\W+(?:all|any|every|of|the|your|its|my|these|those|such|previous|prior|earlier|above|preceding|other|system))"
)
_ORDER = re.compile(
    rf"\b(?:ignore|disregard|forget|override){_BETWEEN}{{0,6}}\W+(?:instructions?|prompts?|directives?)\b"
    r"|\b(?:system|developer) prompt\b"
    r"|\byou are now an?\b(?:\W+\w+){0,4}?\W+(?:assistant|model|bot|ai)\b"
    r"|\b(?:language|ai) (?:model|assistant)s?\b(?:\W+\w+){0,6}?\W+(?:must|reply|respond|answer|say|output|write)\b",
    re.IGNORECASE,
)
MIN_QUOTED = 0.6
"""A claim that rests on such a document must carry at least this share of the sentence's words."""


def gives_orders(text: str) -> bool:
    return bool(_ORDER.search(text))


def carries_out(claim: str, evidence: Evidence) -> bool:
    """Whether the claim takes a mere part out of a sentence in a passage that gives orders to a model."""
    if not gives_orders(evidence.passage.content):
        return False
    words = content_words(evidence.said)
    return len(words & content_words(claim)) < MIN_QUOTED * len(words)
