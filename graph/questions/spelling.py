"""Misspelt words of a question, read as what the passages or else a dictionary of English spell nearly so.

Only what neither knows is a slip: a name of a product is in the passages, and what no passage speaks of is most often a
word all the same. Names keep their letters: "Jonas Felt" may be somebody whom no document names. Acronyms are written
out first, as the passages have them (see `graph.questions.acronyms`).
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from graph.questions.acronyms import written_out
from graph.texts.words import STOP_WORDS, content_words
from tools.names import without_accents
from tools.passages import Passage

if TYPE_CHECKING:
    from spellchecker import SpellChecker

COMMON = 100
"""Occurrences from which a word of the dictionary is no slip: "insurer" is one (133), "parkin" and "calender" are not;
the dictionary counts 1.6 thousand million words."""

FAMILIAR = 5_000
CLEAR = 10
"""What a word that no passage holds may have been meant to be: one of so many occurrences, and so many times those of
any other that is as near."""

ENGLISH = 0.75
"""Share of a question's other words that are English ones: "frist" is a slip in one language and a word in another."""

LEAST_LETTERS_ALONE = 5
"""Of a word that only the dictionary corrects: "wifi" is no "wife"."""

MAX_CHARACTERS = 1_000
"""A longer question has words enough that are spelt as they are in the documents."""

MAX_SLIPS = 5
"""A question with more is in another language, or no question."""

_LETTERS = r"(?<![\w@./:_-])[^\W\d_]{4,30}(?![\w@/:_-]|\.\w)"
_WORD = re.compile(_LETTERS)
_ANY_WORD = re.compile(r"\w+")
_BRITISH = ((re.compile("our"), "or"), (re.compile("is(?=e|ing|ation)"), "iz"), (re.compile("mme"), "m"))


def corrected(question: str, passages: Sequence[Passage]) -> str:
    """The question as it was meant, or just as it is; every other character stays."""
    if len(question) > MAX_CHARACTERS or not passages:
        return question
    return _mended(written_out(question, passages), passages)


def _mended(question: str, passages: Sequence[Passage]) -> str:
    slips = _unknown(question, passages)
    if not 0 < len(slips) <= MAX_SLIPS or not _is_english(question, slips):
        return question
    spelt = Counter(word for passage in passages for word in _spelt(passage))
    meant = {slip: _nearest(slip.casefold(), spelt) or _from_dictionary(slip.casefold()) for slip in slips}
    return _WORD.sub(lambda match: _cased(meant.get(match[0]) or match[0], match[0]), question)


def _spelt(passage: Passage) -> list[str]:
    """Its words in small letters, and of the others those that are words, too, and so most likely no names."""
    words = _WORD.findall(passage.content)
    return [word.casefold() for word in words if word.islower() or occurrences(word) >= FAMILIAR]


def _cased(word: str, as_written: str) -> str:
    return word.capitalize() if as_written[0].isupper() and word.islower() else word


def _unknown(question: str, passages: Sequence[Passage]) -> list[str]:
    """Small-lettered words (the first may be capital) that no passage holds and the dictionary hardly knows."""
    first = _ANY_WORD.search(question)
    starts = first.start() if first else 0
    words = [match[0] for match in _WORD.finditer(question) if match[0][1:].islower() and _may_be(match, starts)]
    rare = [word for word in dict.fromkeys(words) if occurrences(word) < COMMON]
    held = frozenset().union(*(content_words(passage.content) for passage in passages)) if rare else frozenset()
    return [word for word in rare if content_words(word) - held]


def _may_be(match: re.Match[str], starts: int) -> bool:
    return match[0][0].islower() or match.start() == starts


def _is_english(question: str, slips: Sequence[str]) -> bool:
    others = [word for word in _ANY_WORD.findall(question) if word not in slips]
    known = [word for word in others if word.casefold() in STOP_WORDS or word.isdigit() or occurrences(word) > 0]
    return len(known) >= ENGLISH * len(others)


def occurrences(word: str) -> int:
    """How often the dictionary saw it, in American spelling or in British."""
    word = word.casefold()
    american = word
    for british, spelling in _BRITISH:
        american = british.sub(spelling, american)
    return max(int(_english()[word]), int(_english()[american]))


@cache
def _english() -> "SpellChecker":
    """Read when the first word is looked up: a tenth of a second, 40 MB."""
    from spellchecker import SpellChecker

    return SpellChecker("en", distance=1)


def _nearest(slip: str, spelt: Counter[str]) -> str | None:
    """The passages' most frequent word that one letter, or two in the wrong order, are between. What no dictionary
    knows may differ in one letter and be another tool or person: there a letter must be missing or too many."""
    edits = _english().edit_distance_1(without_accents(slip))
    near = [word for word in edits if word in spelt and word not in STOP_WORDS and _begin_alike(word, slip)]
    near = [word for word in near if occurrences(word) or len(word) != len(slip) or sorted(word) == sorted(slip)]
    return max(near, key=lambda word: (spelt[word], word), default=None)


def _begin_alike(word: str, slip: str) -> bool:
    """The first letter is seldom wrong; it may have changed places with the second."""
    return word[0] == slip[0] or sorted(word[:2]) == sorted(slip[:2])


def _from_dictionary(slip: str) -> str | None:
    """A word that is clearly meant; a "leaver" is no slip for "leave"."""
    if len(slip) < LEAST_LETTERS_ALONE or occurrences(slip):
        return None
    near: list[str] = [word for word in _english().candidates(slip) or () if _begin_alike(word, slip)]
    ranked = sorted(((occurrences(word), word) for word in near if not slip.startswith(word)), reverse=True)
    if not ranked or ranked[0][0] < FAMILIAR or (len(ranked) > 1 and ranked[0][0] < CLEAR * ranked[1][0]):
        return None
    return ranked[0][1]
