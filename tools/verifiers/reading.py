"""What the built-in verifier reads of a claim: plain text, its dates in one notation, and from long evidence only the
sentences that matter."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tools.dates import in_one_notation
from tools.ports import ClaimToCheck
from tools.verifiers.features import BRIEF_WORDS, Features, features_of
from tools.verifiers.text import MAX_CHARACTERS, plain, sentences_of
from tools.verifiers.words import content_words, words_of

_SENDER = re.compile(r"(?<!\w)([A-Z][a-z]{1,30})([A-Z][a-z]{1,30})(?=: )")

WINDOW_CHARACTERS = 900
"""About what fits the encoder's window beside a claim."""
MAX_CLAIM_CHARACTERS = 1_000


@dataclass(frozen=True, slots=True)
class Reading:
    """`pair` is what the encoder gets: (evidence, claim)."""

    pair: tuple[str, str]
    features: Features
    is_empty: bool


def read(check: ClaimToCheck) -> Reading:
    claim, question = (in_one_notation(plain(text))[:MAX_CLAIM_CHARACTERS] for text in (check.claim, check.question))
    said = f"{claim} {question}"
    evidence = [with_senders(in_one_notation(plain(item)), said) for item in check.evidence]
    sentences = [sentence for text in evidence for sentence in sentences_of(text)]
    asked = with_question(claim, question)
    return Reading(
        pair=(window(sentences, asked), asked),
        features=features_of(claim, sentences, question),
        is_empty=is_empty(check),
    )


def with_senders(text: str, said: str) -> str:
    """The text with a chat's user names as two words, "Li Hua: …", if the claim writes them so."""
    names = said.casefold()
    return _SENDER.sub(
        lambda found: f"{found[1]} {found[2]}" if f"{found[1]} {found[2]}".casefold() in names else found[0], text
    )


def with_question(claim: str, question: str) -> str:
    return f"{question} {claim}" if question and len(claim.split()) < BRIEF_WORDS else claim


def is_empty(check: ClaimToCheck) -> bool:
    """Without a word in the claim or in its evidence there is nothing that could be supported."""
    return not words_of(check.claim[:MAX_CHARACTERS]) or not any(
        words_of(item[:MAX_CHARACTERS]) for item in check.evidence
    )


def window(sentences: Sequence[str], claim: str) -> str:
    """All sentences where they fit; else those that share most with the claim, in their own order."""
    if sum(len(sentence) + 1 for sentence in sentences) <= WINDOW_CHARACTERS:
        return " ".join(sentences)
    wanted = content_words(claim)
    best = sorted(range(len(sentences)), key=lambda at: (-len(wanted & content_words(sentences[at])), at))
    kept: list[int] = []
    room = WINDOW_CHARACTERS
    for at in best:
        if kept and len(sentences[at]) > room:
            break
        kept.append(at)
        room -= len(sentences[at]) + 1
    return " ".join(sentences[at] for at in sorted(kept))
