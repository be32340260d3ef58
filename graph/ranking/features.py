"""The features that candidates are ranked by: of each on its own and, in `pairs`, as the next step of a chain.

They are computed from the candidates and their embeddings alone; IDF is taken over the candidates. A chain starts at
one of the `heads`, the best candidates by `merit`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from graph.questions.asked_names import names_in
from graph.questions.expectation import expectation_met
from graph.questions.past import looks_back
from graph.ranking.aims import Vectors, aim_beside, nearness
from graph.ranking.links import (
    PART_OF_A_LONGER_NAME,
    Directory,
    Links,
    bridging_names,
    keyed,
    keyed_content,
    longest,
    places_of,
)
from graph.ranking.pairs import NAMED_BONUS, Alone, Pairs
from graph.texts.words import content_words, inverse_frequencies
from tools.names import mentions
from tools.passages import Passage
from tools.ports import FloatArray

HEADS = 12
"""The number of candidates that may open a chain, and whose links are followed."""

OPENINGS = 2
"""The number of best candidates for which the ranker looks for what they leave open of the question."""

BRIDGES = 6
MAX_BRIDGING_NAMES = 12
EXPECTED_CHARACTERS = 1_500

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The passages found so far, with their unit vectors, of shape (n, dimension). `fused` is 1/(1 + rank in a search),
    and 0 for what other lookups found; `hops` says which hop found each."""

    passages: Sequence[Passage]
    vectors: FloatArray
    fused: Floats
    hops: Floats


class Reading:
    """A question with its candidates, and their features."""

    def __init__(self, question: str, vector: FloatArray, candidates: Candidates) -> None:
        self.candidates = candidates
        self.passages = candidates.passages
        self.looks_back = looks_back(question)
        self._question, self._asked = question, content_words(question)
        self._vector = vector.astype(np.float64)
        self._vectors = candidates.vectors.astype(np.float64)
        words = [content_words(passage.content) for passage in self.passages]
        idf = inverse_frequencies(self._asked, words)
        total = sum(idf.values()) or 1.0
        self.weights = {word: weight / total for word, weight in idf.items()}
        self._terms = np.array(list(self.weights.values()))
        self._covered = np.array([[word in found for word in self.weights] for found in words], dtype=np.bool_)
        self._covered = self._covered.reshape(len(words), len(self.weights))
        self.coverage: Floats = self._covered @ self._terms
        self.similarity: Floats = self._vectors @ self._vector
        self.directory = Directory(self.passages)
        self._question_names = frozenset(mentions(question))
        self.named = self._named_in()
        self._openings = np.argsort(-self.merit, kind="stable")[:OPENINGS].tolist()
        self.aims = tuple(aim_beside(question, self.passages[head]) for head in self._openings)
        self._aimed: Vectors = {}

    def aim_at(self, aimed: Vectors) -> None:
        """Set the unit vectors of the texts of `aims`, as far as they are known."""
        self._aimed = aimed

    @property
    def merit(self) -> Floats:
        """A first score, without chains: how near a passage is to the question by words, by meaning and by name."""
        merit: Floats = self.coverage + self.similarity + NAMED_BONUS * (self.named >= 1)
        return merit

    def covered_by(self, places: Sequence[int]) -> float:
        """The share (0–1) of the question's IDF mass that these candidates cover together."""
        return float(self._covered[list(places)].any(axis=0) @ self._terms)

    def are_linked(self, places: Sequence[int]) -> bool:
        """Whether one of these candidates points to another of them."""
        links = self.directory.links_of(np.array(places), self.weights)
        return bool((links.strength[:, list(places)] >= 1).any())

    def features(self) -> Floats:
        """The features of all candidates, of shape (n, len(FEATURES)). The best by `merit` are the heads of chains."""
        heads = np.argsort(-self.merit, kind="stable")[:HEADS]
        links = self.directory.links_of(heads, self.weights)
        columns = self._features_alone() | self._chained(links)
        for kind, name in enumerate(("aim", "titled_aim")):
            found = nearness([aim.texts[kind] for aim in self.aims], self._openings, self._aimed, self._vectors)
            columns |= {f"{name}_{measure}": values for measure, values in found.items()}
        return np.column_stack([columns[name] for name in FEATURES])

    def _named_in(self) -> Floats:
        """1 for candidates that the question names, less for those that have only a part of a longer name in it."""
        found = self.directory.answering(list(self._question_names))
        whole = longest(list(found))
        named = np.zeros(len(self.passages))
        for name, places in found.items():
            named[places] = np.maximum(named[places], 1.0 if name in whole else PART_OF_A_LONGER_NAME)
        return named

    def _features_alone(self) -> dict[str, Floats]:
        question, asked = self._question, self._asked
        count = len(self.passages)
        titles = [content_words(passage.title) for passage in self.passages]
        expected = [_expected(question, passage.text[:EXPECTED_CHARACTERS]) for passage in self.passages]
        return {
            "similarity": self.similarity,
            "similarity_gap": self.similarity - self.similarity.max(),
            "similarity_rank": _ranks(self.similarity),
            "coverage": self.coverage,
            "coverage_gap": self.coverage - self.coverage.max(),
            "coverage_rank": _ranks(self.coverage),
            "merit_gap": self.merit - self.merit.max(),
            "base": self.merit,
            "base_gap": self.merit - self.merit.max(),
            "base_rank": _ranks(self.merit),
            "base_fifth": np.full(count, np.sort(self.merit)[::-1][min(4, count - 1)]),
            "fused": self.candidates.fused,
            "named": self.named,
            "title_asked": np.array([len(title & asked) / len(title) if title else 0.0 for title in titles]),
            "expected": np.array(expected),
            "characters": np.log1p([len(passage.text) for passage in self.passages]),
            "hop": self.candidates.hops,
            "question_named": np.full(count, self.named.max()),
            "question_names": np.full(count, float(len(names_in(question)))),
            "question_words": np.full(count, float(len(asked))),
            "question_similarity": np.full(count, self.similarity.max()),
        }

    def _chained(self, links: Links) -> dict[str, Floats]:
        heads = links.heads
        opened = self._vector + self._vectors[heads]
        # Opposite vectors cancel out; their direction must be zero then, not NaN.
        opened /= np.maximum(np.linalg.norm(opened, axis=1, keepdims=True), 1e-9)
        pairs = Pairs(
            Alone(self.coverage, self.similarity, self.named, self.merit),
            links,
            onward=opened @ self._vectors.T,
            alike=self._vectors[heads] @ self._vectors.T,
            both=(self._covered[heads][:, None, :] | self._covered[None, :, :]) @ self._terms,
            bridge=self._bridges(heads[:BRIDGES]),
        )
        return pairs.features() | self._backward(heads)

    def _bridges(self, heads: NDArray[np.int64]) -> Floats:
        """How rare (0–1) the rarest name is that a head and a candidate share; shape (heads, n)."""
        names = [bridging_names(self.passages[head], self._question_names, MAX_BRIDGING_NAMES) for head in heads]
        places = places_of(frozenset(chain.from_iterable(names)), [keyed_content(one) for one in self.passages])
        found = np.zeros((len(heads), len(self.passages)))
        for row, brought in enumerate(names):
            for name in brought:
                rarity = 1 - math.log(1 + len(places[name])) / math.log(2 + len(self.passages))
                found[row, places[name]] = np.maximum(found[row, places[name]], rarity)
        return found

    def _backward(self, heads: NDArray[np.int64]) -> dict[str, Floats]:
        """For candidates whose text names a head: the head's merit, whether the question names the head, and how much
        of the question the candidate covers."""
        merit, count = self.merit, len(self.passages)
        base, named = np.zeros(count), np.zeros(count)
        names = frozenset(name for head in heads for name in self.passages[head].names)
        places = places_of(names, [keyed(passage) for passage in self.passages])
        for head in map(int, heads):
            source = self.passages[head].source
            for place in {place for name in self.passages[head].names for place in places[name]}:
                if place != head and self.passages[place].source != source and merit[head] > base[place]:
                    base[place], named[place] = merit[head], self.named[head]
        return {"back_base": base, "back_named": named, "back_context": np.where(base > 0, self.coverage, 0.0)}


FEATURES: tuple[str, ...] = (
    "similarity", "similarity_gap", "similarity_rank", "coverage", "coverage_gap", "coverage_rank", "merit_gap",
    "fused", "named", "title_asked", "expected", "characters", "hop",
    "question_named", "question_names", "question_words", "question_similarity",
    "link_base", "link_strength", "link_context", "link_sentence", "link_words", "link_rivals", "link_onward",
    "link_coverage", "link_gain", "link_named", "link_similarity", "link_alike",
    "links", "links_base", "links_context", "links_named", "links_named_context",
    "back_base", "back_named", "back_context", "pair", "pair_gap",
    "near_coverage", "near_gain", "near_onward", "near_base", "near_alike",
    "bridge", "bridge_gain", "bridge_onward", "bridge_base", "bridge_crossed",
    "onward_first", "gain_top", "onward_top", "alike_top", "base", "base_gap", "base_rank", "base_fifth",
    "aim_near", "aim_gap", "aim_rank", "aim_first",
    "titled_aim_near", "titled_aim_gap", "titled_aim_rank", "titled_aim_first",
)  # fmt: skip


@lru_cache(maxsize=2_048)
def _expected(question: str, text: str) -> float:
    """Remembered, since each hop ranks the passages of the earlier hops again."""
    return expectation_met(question, [text])


def _ranks(values: Floats) -> Floats:
    ranks = np.empty(len(values))
    ranks[np.argsort(-values, kind="stable")] = np.arange(len(values))
    return ranks
