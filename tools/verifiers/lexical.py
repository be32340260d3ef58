"""The verifier that needs no model: does the evidence hold the claim's words, numbers and names?

It stands in when the built-in verifier's model can't be loaded. Verbatim quotation of one piece of evidence is full
support.
"""

import re
from collections.abc import Sequence

from tools.ports import ClaimToCheck, Verdict
from tools.verifiers.words import (
    FUNCTION_WORDS,
    content_words,
    is_held,
    is_named,
    is_negated,
    names_of,
    numbers_of,
    quotes,
    words_of,
)

SUPPORTED = 0.7
PARTIAL = 0.5
NEGATION_FACTOR = 0.6

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n")


class LexicalVerifier:
    """`tools.ports.Verifier` by overlap of words, numbers and names; about 0.1 ms a claim."""

    @property
    def name(self) -> str:
        return "lexical-2"

    async def verify(self, claims: Sequence[ClaimToCheck]) -> list[Verdict]:
        return [Verdict.of(support_score(claim), supported=SUPPORTED, partial=PARTIAL) for claim in claims]


def support_score(check: ClaimToCheck) -> float:
    """Score in 0–1: covered content words, halved for each missing number, cut for missing names and negation."""
    evidence = "\n".join(check.evidence)
    if not words_of(evidence) or not words_of(check.claim):
        return 0.0
    sentences = [sentence for item in check.evidence for sentence in _SENTENCE_END.split(item)]
    if any(quotes(check.claim, text) for text in (*sentences, *check.evidence)):
        return 1.0
    claim_words = content_words(check.claim)
    spoken = frozenset(words_of(evidence)) | frozenset(words_of(check.question))
    said = spoken - FUNCTION_WORDS
    if not claim_words:
        return 1.0 if content_words(evidence) else 0.0
    missing_numbers = numbers_of(check.claim) - numbers_of(evidence)
    missing_names = {name for name in names_of(check.claim) if not is_named(name, spoken)}
    covered = len({word for word in claim_words - missing_names if is_held(word, said)}) / len(claim_words)
    score = covered * 0.5 ** len(missing_numbers) * 0.75 ** len(missing_names)
    agrees = is_negated(check.claim) == is_negated(closest(claim_words, sentences))
    return score if agrees else score * NEGATION_FACTOR


def closest(claim_words: frozenset[str], sentences: Sequence[str]) -> str:
    """The sentence that shares most words with the claim: negation elsewhere says nothing of it."""
    return max(sentences, key=lambda sentence: len(claim_words & content_words(sentence)))
