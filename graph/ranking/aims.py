"""What a chain still looks for: what a question lacks once one of its likely first passages is known.

A passage on the second half of a question is seldom near the whole question. It is nearer to what the first half's
passage does not hold, together with the names in that passage or its title: measured in decision 9.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.ranking.links import bridging_names
from graph.texts.words import content_words
from tools.names import mentions
from tools.passages import Passage

MAX_LACKING_NAMES = 8
NOWHERE = -1.0
"""The similarity to what is not known, and of a passage to what is lacking beside itself."""

Floats = NDArray[np.float64]
Vectors = Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class Aim:
    """The words of the question that a passage does not hold: with the names that the passage brings in (`words`), and
    with its title (`titled`)."""

    words: str
    titled: str

    @property
    def texts(self) -> tuple[str, str]:
        return self.words, self.titled


def aim_beside(question: str, head: Passage) -> Aim:
    known = content_words(head.content)
    lacking = [word for word in question.split() if content_words(word) and not content_words(word) <= known]
    names = bridging_names(head, frozenset(mentions(question)), MAX_LACKING_NAMES)
    return Aim(" ".join([*lacking, *names]), " ".join([*lacking, head.title]).strip())


def nearness(texts: Sequence[str], heads: Sequence[int], aimed: Vectors, candidates: Floats) -> dict[str, Floats]:
    """How near each candidate (unit vectors, shape (n, dimension)) is to what is aimed at beside these heads: to the
    nearest of the texts, that beside the best candidate's, its rank, and to the text of the first head."""
    rows = np.full((len(texts), len(candidates)), NOWHERE)
    for row, (text, head) in enumerate(zip(texts, heads, strict=True)):
        if vector := aimed.get(text):
            rows[row] = candidates @ np.array(vector)
            rows[row, head] = NOWHERE
    near: Floats = rows.max(axis=0, initial=NOWHERE)
    rank = np.empty(len(near))
    rank[np.argsort(-near, kind="stable")] = np.arange(len(near))
    return {"near": near, "gap": near - near.max(), "rank": rank, "first": rows[0] if len(rows) else near}
