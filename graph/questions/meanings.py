"""What a word means: how it is asked, and how a glossary or a table says it."""

import re
from collections.abc import Set

from graph.texts.words import content_words

ASKS_MEANING = r"what\b[^?]{1,80}\b(?:means?|stands? for|short for|meant by)(?=\W*$)"
DEFINED = re.compile(
    r"^\W{0,6}[^.:–—=|\n]{1,60}?(?:\s?[–—=:]\s?|\s-\s|\s(?:is|are|means?|stands? for)\s)(?=(\S.{0,80}))|"
    r"\b(?:Meaning|Means|Definition): (\S.{0,80})"
)


def is_meaning(match: re.Match[str], asked: Set[str]) -> bool:
    """Whether what `DEFINED` found is said of one of the words asked about; a column of meanings says it of its row."""
    return match[1] is None or not asked.isdisjoint(content_words(match[0]))
