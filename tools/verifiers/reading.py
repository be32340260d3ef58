"""What the built-in verifier reads of a claim: plain text, and of long evidence the sentences that matter."""

from collections.abc import Sequence
from dataclasses import dataclass

from tools.ports import ClaimToCheck
from tools.verifiers.features import BRIEF_WORDS, Features, features_of
from tools.verifiers.text import MAX_CHARACTERS, plain, sentences_of
from tools.verifiers.words import content_words, words_of

WINDOW_CHARACTERS = 900
"""About what fits the encoder's window beside a claim."""
MAX_CLAIM_CHARACTERS = 1_000
SAID_COVERAGE = 0.9
TALK = frozenset("i me my mine myself we us our you your".split())  # noqa: SIM905
"""Words by which people speak of themselves and to each other."""
HEDGES = frozenset(
    """if unless wish hope would could should might may maybe perhaps probably suppose supposed pretend imagine doubt
    joke joking kidding sarcasm otherwise almost nearly hardly rumour rumor allegedly""".split()  # noqa: SIM905
)
"""Words that take back, or leave open, what a sentence says."""


@dataclass(frozen=True, slots=True)
class Reading:
    """`pair` is what the encoder gets: (evidence, claim). `is_said` says that the evidence is talk and holds the claim
    outright."""

    pair: tuple[str, str]
    features: Features
    is_empty: bool
    is_said: bool


def read(check: ClaimToCheck) -> Reading:
    claim, question = plain(check.claim)[:MAX_CLAIM_CHARACTERS], plain(check.question)[:MAX_CLAIM_CHARACTERS]
    sentences = [sentence for item in check.evidence for sentence in sentences_of(plain(item))]
    asked = with_question(claim, question)
    return Reading(
        pair=(window(sentences, asked), asked),
        features=features_of(claim, sentences, question),
        is_empty=is_empty(check),
        is_said=_is_said(claim, sentences, question),
    )


def _is_said(claim: str, sentences: Sequence[str], question: str) -> bool:
    """Whether talk holds the claim's words, its numbers and names among them, and denies what it denies. What is asked,
    wished or supposed is not said."""
    words = [frozenset(words_of(sentence)) for sentence in sentences]
    told = [
        sentence
        for sentence, held in zip(sentences, words, strict=True)
        if HEDGES.isdisjoint(held) and not sentence.rstrip(" \"'”’)").endswith("?")
    ]
    if not (told and content_words(claim)) or all(TALK.isdisjoint(held) for held in words):
        return False
    features = features_of(claim, told, question)
    strange = features.missing_numbers or features.missing_dates or features.missing_names
    turned = features.negation_differs or features.is_edited or features.exclusive
    return features.coverage >= SAID_COVERAGE and not (strange or turned)


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
