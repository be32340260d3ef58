"""The evidence texts that pairs are made from, and which of them are similar."""

import random
import re
from collections.abc import Sequence

from evals.verifier_training.patterns import NAME
from tools.verifiers.text import plain, sentences_of

MAX_PLACES = 40
"""A word in more texts than this says little about their similarity."""


class Texts:
    """Everything is drawn from `draw`, so that a seed fixes it."""

    def __init__(self, evidence: Sequence[str], draw: random.Random) -> None:
        self.draw = draw
        self.texts = sorted({plain(text) for text in evidence})
        self.sentences = [sentences_of(text) for text in self.texts]
        self.names = sorted({name for text in self.texts for name in NAME.findall(text) if len(name) > 3})
        words: dict[str, list[int]] = {}
        for at, text in enumerate(self.texts):
            for word in set(re.findall(r"[A-Za-z]{5,}", text.lower())):
                words.setdefault(word, []).append(at)
        self._holding = {word: places for word, places in words.items() if 2 <= len(places) <= MAX_PLACES}

    def similar(self, at: int) -> int:
        """One of the five texts that share the rarest words with this one."""
        words = [word for word in set(re.findall(r"[a-z]{5,}", self.texts[at].lower())) if word in self._holding]
        if not words:
            return self.draw.randrange(len(self.texts))
        votes: dict[int, float] = {}
        for word in sorted(words):
            for place in self._holding[word]:
                if place != at:
                    votes[place] = votes.get(place, 0) + 1 / len(self._holding[word])
        best = sorted(votes, key=lambda place: (-votes[place], place))[:5]
        return self.draw.choice(best) if best else self.draw.randrange(len(self.texts))
