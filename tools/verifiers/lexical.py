"""The built-in verifier: does the evidence say what the claim says?

Looks at what can be checked without a model: the claim's content words, numbers and names that the evidence must
hold, and negation that must agree. Verbatim quotation of one piece of evidence is full support.
"""

import re
import unicodedata
from collections.abc import Sequence

from tools.ports import ClaimToCheck, Support, Verdict

SUPPORTED = 0.7
PARTIAL = 0.5

_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_NAME = re.compile(r"\b[A-Z][\w’'-]+")
_THOUSANDS = re.compile(r"(?<=\d)[,’'](?=\d{3}(?!\d))")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n")
_NEGATION = re.compile(r"\b(?:no|not|never|none|nor|neither|nobody|nothing|without|cannot|\w+n(?:['’]| )t)\b")
NEGATION_FACTOR = 0.6
DENIAL_REACH = 4
"""Words before a quotation in which a negation takes it back."""
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
        return "lexical-2"

    async def verify(self, claims: Sequence[ClaimToCheck]) -> list[Verdict]:
        return [_verdict(support_score(claim)) for claim in claims]


def _verdict(score: float) -> Verdict:
    support: Support = "supported" if score >= SUPPORTED else "partial" if score >= PARTIAL else "unsupported"
    return Verdict(support, score)


def support_score(check: ClaimToCheck) -> float:
    """Score in 0–1: covered content words, halved for each missing number, cut for missing names and negation."""
    evidence = "\n".join(check.evidence)
    if not _WORD.search(evidence) or not _WORD.search(check.claim):
        return 0.0
    sentences = [sentence for item in check.evidence for sentence in _SENTENCE_END.split(item)]
    if any(_quotes(check.claim, text) for text in (*sentences, *check.evidence)):
        return 1.0
    claim_words = _content(check.claim)
    held = _content(evidence)
    said = held | _content(check.question)
    if not claim_words:
        return 1.0 if held else 0.0
    missing_numbers = _numbers(check.claim) - _numbers(evidence)
    missing_names = {name for name in _names(check.claim) if not _named(name, said)}
    covered = len({word for word in claim_words - missing_names if _held(word, said)}) / len(claim_words)
    score = covered * 0.5 ** len(missing_numbers) * 0.75 ** len(missing_names)
    agrees = _is_negated(check.claim) == _is_negated(_closest(claim_words, sentences))
    return score if agrees else score * NEGATION_FACTOR


def _quotes(claim: str, text: str) -> bool:
    """Whether the text holds the claim word for word, and not right behind a denial ("it is not true that …")."""
    before, found, _ = f" {_words_of(text)} ".partition(f" {_words_of(claim)} ")
    return bool(found) and not _is_negated(" ".join(before.split()[-DENIAL_REACH:]))


def _words_of(text: str) -> str:
    """The text's words alone, so that case, spacing and punctuation don't hide a quotation."""
    return " ".join(_WORD.findall(_folded(text)))


def _is_negated(text: str) -> bool:
    return bool(_NEGATION.search(text.casefold()))


def _numbers(text: str) -> set[str]:
    return set(_NUMBER.findall(_folded(text)))


def _content(text: str) -> frozenset[str]:
    words = _WORD.findall(_folded(text))
    return frozenset(word for word in words if word not in _FUNCTION_WORDS)


def _folded(text: str) -> str:
    """Case, accents and marks of thousands folded away: `José` and `jose`, `1,500` and `1500` are one word."""
    plain = _THOUSANDS.sub("", text.casefold())
    if plain.isascii():
        return plain
    decomposed = unicodedata.normalize("NFKD", plain)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _held(word: str, said: frozenset[str]) -> bool:
    """The word itself, or one with the same beginning (`approve`, `approved`, `approval`)."""
    if word in said:
        return True
    root = word[: max(4, len(word) - 3)]
    return len(word) > 4 and not word.isdigit() and any(other.startswith(root) for other in said)


def _names(claim: str) -> set[str]:
    """Capitalised words behind the claim's first, which is a capital anyway."""
    parts = (_WORD.findall(_folded(match.group())) for match in _NAME.finditer(claim) if match.start() > 0)
    return {word for words in parts for word in words if len(word) > 1}


def _named(name: str, said: frozenset[str]) -> bool:
    """A name has no inflected forms to forgive but a plural's `s`: Maria is not Marion."""
    return name in said or f"{name}s" in said or name.removesuffix("s") in said


def _closest(claim_words: frozenset[str], sentences: Sequence[str]) -> str:
    """The sentence that shares most words with the claim: negation elsewhere says nothing of it."""
    return max(sentences, key=lambda sentence: len(claim_words & _content(sentence)))
