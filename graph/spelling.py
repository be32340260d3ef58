"""Misspelt words of a question, read as what the passages or else a dictionary of English spell nearly so.

Only what neither knows is a slip: a name of a product is in the passages, and what no passage speaks of is most often a
word all the same. Names keep their letters: "Jonas Felt" may be somebody whom no document names.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from graph.words import STOP_WORDS, content_words
from tools.names import without_accents
from tools.passages import Passage

if TYPE_CHECKING:
    from spellchecker import SpellChecker

COMMON = 100
"""Occurrences from which a word of the dictionary is no slip: "insurer" is one (133), "parkin" and "calender" are not;
the dictionary counts 1.6 thousand million words."""

FAMILIAR = 1_000
"""From which it is what a word that no passage holds may have been meant to be."""

LEAST_LETTERS = 4
LEAST_LETTERS_ALONE = 5
"""Of a word that only the dictionary corrects: "wifi" is no "wife"."""

MAX_CHARACTERS = 1_000
"""A longer question has words enough that are spelt as they are in the documents."""

MAX_SLIPS = 5
"""A question with more is in another language, or no question."""

_WORD = re.compile(r"(?<![\w@./:_-])[^\W\d_]{4,30}(?![\w@/:_-]|\.\w)")
_FIRST = re.compile(r"\W*\w+")


def corrected(question: str, passages: Sequence[Passage]) -> str:
    """The question as it was meant, or just as it is; every other character stays."""
    if len(question) > MAX_CHARACTERS or not passages:
        return question
    slips = _unknown(question, passages)
    if not 0 < len(slips) <= MAX_SLIPS:
        return question
    spelt = Counter(word for passage in passages for word in _words(passage.content))
    meant = {slip: _nearest(slip, spelt) or _from_dictionary(slip, question) for slip in slips}
    return _WORD.sub(lambda match: meant.get(match[0]) or match[0], question)


def _unknown(question: str, passages: Sequence[Passage]) -> list[str]:
    """Small-lettered words (the first may be capital) that no passage holds and the dictionary hardly knows."""
    first = _FIRST.match(question)
    starts = first.end() if first else 0
    words = [match[0] for match in _WORD.finditer(question) if match[0].islower() or match.end() == starts]
    held = frozenset().union(*(content_words(passage.content) for passage in passages))
    return [word for word in dict.fromkeys(words) if content_words(word) - held and _known(word) < COMMON]


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]{4,30}", without_accents(text))


def _known(word: str) -> int:
    return int(_english()[word.casefold()])


@cache
def _english() -> "SpellChecker":
    """Read when the first word is looked up: a tenth of a second, 40 MB."""
    from spellchecker import SpellChecker

    return SpellChecker("en", distance=1)


def _nearest(slip: str, spelt: Counter[str]) -> str | None:
    """The passages' most frequent word that one letter, or two in the wrong order, are between."""
    edits = _english().edit_distance_1(without_accents(slip))
    near = [word for word in edits if word in spelt and word not in STOP_WORDS and _begin_alike(word, slip)]
    return max(near, key=lambda word: (spelt[word], word), default=None)


def _begin_alike(word: str, slip: str) -> bool:
    """The first letter is seldom wrong; it may have changed places with the second."""
    return word[0] == slip[0].casefold() or sorted(word[:2]) == sorted(slip[:2].casefold())


def _from_dictionary(slip: str, question: str) -> str | None:
    words = [word.casefold() for word in _words(question) if word != slip]
    is_english = sum(word in STOP_WORDS or _known(word) >= FAMILIAR for word in words) * 2 >= len(words)
    if len(slip) < LEAST_LETTERS_ALONE or not is_english or _known(slip):
        return None
    near = [word for word in _english().candidates(slip.casefold()) or () if _begin_alike(word, slip)]
    best = max(near, key=lambda word: (_known(word), word), default=None)
    return best if best and _known(best) >= FAMILIAR else None
