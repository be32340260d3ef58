"""What can be checked of a claim without a model: numbers, dates, names, negation, coverage and similarity."""

import math
import re
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import astuple, dataclass, fields
from difflib import SequenceMatcher

from tools.dates import MONTHS
from tools.verifiers.words import (
    COUNTED,
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

MAX_WORDS = 400
"""Words of one sentence that are aligned with a claim: alignment takes quadratic time."""
MAX_SENTENCES = 400
BRIEF_WORDS = 8
"""A claim with fewer words may be the answer to the question rather than a sentence: it is read behind it."""
NEAR_QUOTATION = 0.6
"""Part of the words that a claim and a sentence must have in common, in order, for their differences to be edits."""

_MONTHS = frozenset(map(str.casefold, MONTHS)).union(
    "monday tuesday wednesday thursday friday saturday sunday".split()  # noqa: SIM905
)
_MONTH = re.compile(rf"\b(?:{'|'.join(sorted(word.capitalize() for word in _MONTHS))})\b")
_VERBS = frozenset({"may", "march"})
"""Months only with a capital or beside a number."""
_DATED = re.compile(r"\d(?:st|nd|rd|th)? (may|march)\b|\b(may|march) \d", re.IGNORECASE)
_YEAR = re.compile(r"(?:1\d|20)\d\d")
_EXCLUSIVE = frozenset("only solely exclusively always entirely all every any merely just purely".split())  # noqa: SIM905
_DENIALS = frozenset(
    """not no never none nor neither without cannot failed fails refused refuses unable incapable stopped denied lacks
    nobody nothing hardly rarely""".split()  # noqa: SIM905
)
_PRONOUNS = frozenset("it he she they his her its their this these that those we i him them".split())  # noqa: SIM905
_SPEAKERS = frozenset("i im ive my me you your yeah yes oh wow haha lol think love heard sure favorite".split())  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Features:
    """Counts are capped at 3, shares are in 0–1, flags are 0 or 1."""

    quoted: float
    coverage: float
    similarity: float
    missing_numbers: float
    missing_dates: float
    missing_names: float
    negation_differs: float
    is_negated: float
    exclusive: float
    edited_number: float
    edited_name: float
    edited_denial: float
    speaker: float
    answers_briefly: float

    @property
    def is_edited(self) -> bool:
        """Nearly a quotation, but with another number, date or name, or with a denial put in or taken out."""
        return bool(self.edited_number or self.edited_name or self.edited_denial)


FEATURES = tuple(field.name for field in fields(Features))


def as_row(features: Features) -> tuple[float, ...]:
    return astuple(features)


def features_of(claim: str, sentences: Sequence[str], question: str = "") -> Features:
    """Compare a claim with the sentences of its evidence; all are plain text."""
    sentences = list(sentences)[:MAX_SENTENCES] or [""]
    evidence = " ".join(sentences)
    wanted = content_words(claim)
    spoken = frozenset(words_of(evidence)) | frozenset(words_of(question))
    said = spoken - FUNCTION_WORDS
    near = _closest(claim, wanted, sentences)
    words, near_words = words_of(claim)[:MAX_WORDS], words_of(near)[:MAX_WORDS]
    number, name, denial = _edits(claim, words, near_words)
    missing_numbers = numbers_of(claim) - numbers_of(evidence) - numbers_of(question)
    years = {one for one in missing_numbers if _YEAR.fullmatch(one)}
    months = _months_of(claim) - spoken
    return Features(
        quoted=float(any(quotes(claim, text) for text in sentences)),
        coverage=_covered(wanted, said),
        similarity=_trigram_cosine(claim, near),
        missing_numbers=min(3.0, len(missing_numbers - years)),
        missing_dates=min(3.0, len(years) + len(months)),
        missing_names=min(3.0, sum(not is_named(one, spoken) for one in names_of(claim))),
        negation_differs=float(is_negated(claim) != is_negated(near)),
        is_negated=float(is_negated(claim) or bool(set(words) & _DENIALS)),
        exclusive=float(bool((set(words) & _EXCLUSIVE) - set(near_words))),
        edited_number=float(number),
        edited_name=float(name),
        edited_denial=float(denial),
        speaker=float(bool(set(words) & _SPEAKERS) or "?" in claim),
        answers_briefly=float(bool(question) and len(words) < BRIEF_WORDS),
    )


def _edits(claim: str, words: list[str], near: list[str]) -> tuple[bool, bool, bool]:
    """Whether a near quotation has another number or date, another name, or a denial too many or too few."""
    alignment = SequenceMatcher(None, words, near, autojunk=False)
    common = sum(block.size for block in alignment.get_matching_blocks())
    if common < NEAR_QUOTATION * len(words) or common < 3:
        return False, False, False
    names = names_of(claim)
    months = (_MONTHS - _VERBS) | _months_of(claim)
    number = name = denial = False
    for kind, start, end, near_start, near_end in alignment.get_opcodes():
        if kind == "equal":
            continue
        ours, theirs = words[start:end], near[near_start:near_end]
        number |= _has_number(ours, months) and not set(ours) <= set(near)
        number |= bool(COUNTED & set(ours) - set(near)) and (_has_number(theirs, months) or bool(COUNTED & set(theirs)))
        strange = [word for word in ours if word in names and not is_named(word, frozenset(near))]
        name |= bool(strange) and kind == "replace" and not set(theirs) & _PRONOUNS and not _has_number(ours, months)
        if kind != "delete" and not ours:
            # Words that the claim leaves out at its ends take nothing back.
            inner = 0 < start < len(words)
            denial |= inner and bool(set(theirs) & _DENIALS)
        else:
            denial |= bool(set(ours) & _DENIALS) != bool(set(theirs) & _DENIALS)
    return number, name, denial


def _months_of(claim: str) -> set[str]:
    dated = {"".join(pair).casefold() for pair in _DATED.findall(claim)}
    return dated | {month.casefold() for month in _MONTH.findall(claim)}


def _has_number(words: Sequence[str], months: Set[str]) -> bool:
    return any(word[0].isdigit() or word in months for word in words)


def _covered(wanted: frozenset[str], said: frozenset[str]) -> float:
    return sum(is_held(word, said) for word in wanted) / len(wanted) if wanted else 1.0


def _closest(claim: str, wanted: frozenset[str], sentences: Sequence[str]) -> str:
    every = set(words_of(claim))
    return max(
        sentences,
        key=lambda text: (len(wanted & content_words(text)), len(every & set(words_of(text))) / (1 + len(text))),
    )


def _trigram_cosine(left: str, right: str) -> float:
    one, two = _trigrams(left), _trigrams(right)
    norm = math.sqrt(sum(n * n for n in one.values()) * sum(n * n for n in two.values()))
    return sum(count * two[key] for key, count in one.items()) / norm if norm else 0.0


def _trigrams(text: str) -> Counter[str]:
    line = f" {' '.join(word for word in words_of(text)[:MAX_WORDS] if word not in FUNCTION_WORDS)} "
    return Counter(line[at : at + 3] for at in range(len(line) - 2))
