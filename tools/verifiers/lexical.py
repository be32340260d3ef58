"""The built-in verifier: does the evidence say what the claim says?

Looks at what can be checked without a model: the claim's content words, numbers and names that the evidence must
hold, and negation that must agree. Verbatim quotation is full support.
"""

import re
from collections.abc import Sequence

from tools.names import name_key
from tools.ports import ClaimToCheck, Support, Verdict

SUPPORTED = 0.7
PARTIAL = 0.5

_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_NAME = re.compile(r"\b[A-Z][\w’'-]+")
_NEGATION = re.compile(r"\b(?:no|not|never|none|nor|neither|without|cannot|isn|wasn|aren|weren|doesn|didn|don|won)\b")
_FUNCTION_WORDS = frozenset(
    """a an and are as at be been being but by can could did do does for from had has have he her him his i if in into
    is it its may might must my of on or our she should so such than that the their them then there these they this
    those to was we were what when where which while who whom whose why will with would you your yes no
    not""".split()  # noqa: SIM905
)


class LexicalVerifier:
    """`tools.ports.Verifier` by overlap of words, numbers and names; about 0.1 ms a claim."""

    @property
    def name(self) -> str:
        return "lexical-1"

    async def verify(self, claims: Sequence[ClaimToCheck]) -> list[Verdict]:
        return [_verdict(support_score(claim)) for claim in claims]


def _verdict(score: float) -> Verdict:
    support: Support = "supported" if score >= SUPPORTED else "partial" if score >= PARTIAL else "unsupported"
    return Verdict(support, score)


def support_score(check: ClaimToCheck) -> float:
    """Score in 0–1: covered content words, halved for each missing number, cut for missing names and negation."""
    evidence = "\n".join(check.evidence)
    if not evidence.strip() or not check.claim.strip():
        return 0.0
    if name_key_of(check.claim) in name_key_of(evidence):
        return 1.0
    claim_words = _content(check.claim)
    said = _content(evidence) | _content(check.question)
    if not claim_words:
        return 1.0 if _content(evidence) else 0.0
    covered = len({word for word in claim_words if _held(word, said)}) / len(claim_words)
    numbers = set(_NUMBER.findall(check.claim)) - set(_NUMBER.findall(check.question))
    missing_numbers = numbers - set(_NUMBER.findall(evidence))
    names = {word for word in _names(check.claim) if not _held(word, said)}
    score = covered * 0.5 ** len(missing_numbers) * 0.75 ** len(names)
    if bool(_NEGATION.search(check.claim.casefold())) != bool(_NEGATION.search(_closest(check, evidence))):
        score *= 0.7
    return score


def name_key_of(text: str) -> str:
    """The text's words alone, so that case, spacing and punctuation don't hide a quotation."""
    return " ".join(_WORD.findall(text.casefold()))


def _content(text: str) -> frozenset[str]:
    return frozenset(word for word in _WORD.findall(text.casefold()) if word not in _FUNCTION_WORDS)


def _held(word: str, said: frozenset[str]) -> bool:
    """The word itself, or one with the same beginning (`approve`, `approved`, `approval`)."""
    if word in said:
        return True
    root = word[: max(4, len(word) - 3)]
    return len(word) > 4 and not word.isdigit() and any(other.startswith(root) for other in said)


def _names(claim: str) -> set[str]:
    """Capitalised words behind the claim's first, which is a capital anyway."""
    return {name_key(match.group()) for match in _NAME.finditer(claim) if match.start() > 0}


def _closest(check: ClaimToCheck, evidence: str) -> str:
    """The evidence line that shares most words with the claim: negation elsewhere says nothing of it."""
    words = _content(check.claim)
    return max(evidence.casefold().splitlines(), key=lambda line: len(words & _content(line)))
