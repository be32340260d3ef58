"""The score of every chain of one to three sentences.

Hundreds of chains are scored for a question, so they are scored together, as arrays: the features of each sentence, and
of each pair of sentences, are computed once, and those of a chain are sums and means over its members.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from graph.chaining.sentence_features import Asked, Sentence, alike, is_about, replies
from graph.chaining.weights import DESCRIBED, WEIGHTS
from graph.evidence import Evidence
from graph.questions.past import looks_back
from graph.structure.rows import are_meant, keys_of_row, name_of_row, names_of_row
from tools.names import folded

MAX_SENTENCES = 3
MAX_GROWN = 8
"""How many of the best pairs are tried with a third sentence in front."""

AVERAGED = ("linked", "bridged", "phrase", "same_source", "replies")
"""Features of pairs whose mean over a chain's neighbours is a feature of the chain."""

PAIRED = (*AVERAGED, "unanswered", "repeats", "adds_nothing")
"""All features of pairs: of a sentence that is read after another one."""

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Chain:
    """Sentences in the order of reasoning, the answer last. `score` is the weighted sum of the chain's features; it has
    no unit."""

    items: tuple[Evidence, ...]
    score: float

    @property
    def answer(self) -> Evidence:
        return self.items[-1]

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(item.number for item in self.items)


@dataclass(frozen=True, slots=True)
class Ranking:
    """Chains, best first. Of hundreds only a few are looked at, so each is made when it is asked for.

    `rows`, of shape (m, MAX_SENTENCES), has a chain's places in `items`, and -1 where it has fewer; `scores` has the
    shape (m,)."""

    items: Sequence[Evidence]
    rows: Places
    scores: Floats

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, place: int) -> Chain:
        members = (self.items[member] for member in self.rows[place].tolist() if member >= 0)
        return Chain(tuple(members), float(self.scores[place]))

    def __iter__(self) -> Iterator[Chain]:
        return map(self.__getitem__, range(len(self)))


class ChainScores:
    """The features of n sentences and of their pairs, and the scores of the chains they form.

    A sentence has its features as an answer, and flags for the question's W words and N names that it holds (n × W and
    n × N). A pair has the features of `PAIRED` (n × n each): the row is the sentence read first."""

    def __init__(self, question: str, sentences: Sequence[Sentence], asked: Asked) -> None:
        self._sentences = sentences
        self.items = [one.item for one in sentences]
        self._places = {item.number: place for place, item in enumerate(self.items)}
        self._numbers = np.array([item.number for item in self.items])
        self.counts = WEIGHTS if any(one.named for one in sentences) else DESCRIBED
        self._own = np.array([sum(self.counts[name] * value for name, value in one.alone.items()) for one in sentences])
        self._relevance = np.array([one.item.relevance for one in sentences])
        self._named = np.array([float(one.named) for one in sentences])
        self._outdated = np.array(_outdated(sentences, question))
        weights = np.array(list(asked.weights.values()))
        self._weights = weights / weights.sum() if len(weights) else weights
        self._titled = np.array([[word in one.titled for word in asked.weights] for one in sentences], dtype=bool)
        self._said = np.array([[word in one.said for word in asked.weights] for one in sentences], dtype=bool)
        self._holds = np.array([one.holds for one in sentences], dtype=bool)
        self._row_names = [names_of_row(item.said) for item in self.items]
        self._firsts = [name_of_row(item.said) for item in self.items]
        self._called = [keys_of_row(item.said) or f" {folded(item.said)} " for item in self.items]
        count = len(sentences)
        self._pairs = {name: np.zeros((count, count)) for name in PAIRED}
        for place, one in enumerate(sentences):
            for after, other in enumerate(sentences):
                if place != after:
                    self._compare(place, after, one, other, asked)
            self._keep_meant_rows(place, question)

    def _compare(self, place: int, after: int, one: Sentence, other: Sentence, asked: Asked) -> None:
        """Set the features of reading `other` after `one`.

        Some count in favour: `one` names the other or its document, both hold a rare word that the question does not,
        both hold the same pair of words, or `other` replies to a question. Some count against: the question has another
        reply, or both are of the same document or say the same.
        """
        pair, features = (place, after), self._pairs
        if one.asks:
            # What is said in a conversation is read under the question that it replies to, and needs no chain from it.
            replied = replies(one.item, other.item) and not other.item.asked_before
            features["replies"][pair], features["unanswered"][pair] = replied, not replied
        if place < after:
            features["repeats"][pair] = features["repeats"][after, place] = alike(one.said, other.said)
        if one.item.passage.source == other.item.passage.source:
            features["same_source"][pair] = 1.0
            return
        features["linked"][pair] = (
            is_about(other.item, one.outgoing, self._called[after])
            # "is named in the people directory": the title in small letters, in words that the question does not have.
            or (other.telling_title and other.title in one.spaced)
            # Prose leads to the rows that it names; a row doesn't lead to another that shares a value with it.
            or (not self._row_names[place] and any(name in one.spaced for name in self._row_names[after]))
        )
        # A directory's row about somebody who has been named already, with no word of what is asked.
        is_known = bool(self._firsts[after]) and self._firsts[after] in one.spaced
        features["adds_nothing"][pair] = is_known and asked.words.isdisjoint(other.said)
        heavy = sorted((asked.idf[word] for word in (one.said & other.titled) - asked.words), reverse=True)[:2]
        features["bridged"][pair] = sum(heavy) / (2 * asked.heaviest)
        features["phrase"][pair] = not one.phrases.isdisjoint(other.phrases)

    def _keep_meant_rows(self, place: int, question: str) -> None:
        """A sentence that names several rows of a table leads only to those named in the part that says what is asked:
        "The Quality Manager proposes a recall; the Head of Manufacturing decides it"."""
        rows: dict[str, list[int]] = {}
        for after in np.flatnonzero(self._pairs["linked"][place]).tolist():
            if self._row_names[after]:
                rows.setdefault(self.items[after].passage.source, []).append(after)
        for rivals in rows.values():
            said = [self.items[after].said for after in rivals]
            for after, meant in zip(rivals, are_meant(said, self.items[place].said, question), strict=True):
                self._pairs["linked"][place, after] *= meant

    def is_outdated(self, item: Evidence) -> bool:
        """Whether it belongs to another version of a document than the one asked for."""
        return bool(self._outdated[self._places[item.number]])

    def is_replaced(self, item: Evidence) -> bool:
        """Whether it is outdated, and the version that is asked for is among the sentences."""
        return bool(self._outdated[self._places[item.number]] > 1.0)

    def is_linked(self, item: Evidence, after: Evidence) -> bool:
        """Whether the first names the second or its document."""
        return bool(self._pairs["linked"][self._places[item.number], self._places[after.number]])

    def leads(self, item: Evidence, after: Evidence) -> bool:
        """Whether the first links to the second or, if the first is no table row, shares a telling word or a phrase
        with it."""
        pair = self._places[item.number], self._places[after.number]
        shares = self._pairs["bridged"][pair] or self._pairs["phrase"][pair]
        return bool(self._pairs["linked"][pair] or (shares and not self._row_names[pair[0]]))

    def ranked(self) -> Ranking:
        """All chains of one and two sentences, and the best pairs with a third sentence in front."""
        places = np.arange(len(self.items))
        singles, pairs = places[:, None], np.argwhere(places[:, None] != places)
        paired = self._scores(pairs)
        best = pairs[self._order(pairs, paired)[:MAX_GROWN]].tolist()
        longer = [(place, *pair) for pair in best for place in places.tolist() if place not in pair]
        grown = np.array(longer, np.intp).reshape(-1, MAX_SENTENCES)
        rows = np.concatenate(
            [
                np.pad(group, ((0, 0), (0, MAX_SENTENCES - group.shape[1])), constant_values=-1)
                for group in (singles, pairs, grown)
            ]
        )
        scores = np.concatenate([self._scores(singles), paired, self._scores(grown)])
        order = self._order(rows, scores)
        return Ranking(self.items, rows[order], scores[order])

    def _order(self, rows: Places, scores: Floats) -> Places:
        """The order of chains: best first, equal ones by reading order, in which no sentence (-1) comes first."""
        numbers = np.where(rows >= 0, self._numbers[rows], -1)
        return np.lexsort((*numbers.T[::-1], -scores))

    def _scores(self, rows: Places) -> Floats:
        scores: Floats = self._own[rows[:, -1]] + sum(
            self.counts[name] * value for name, value in self._joined(rows).items()
        )
        return scores

    def features_of(self, chain: Chain) -> dict[str, float]:
        """The features behind a chain's score, by name."""
        row = np.array([[self._places[item.number] for item in chain.items]])
        joined = {name: float(value[0]) for name, value in self._joined(row).items()}
        return {**self._sentences[row[0, -1]].alone, **joined}

    def _joined(self, rows: Places) -> Mapping[str, Floats]:
        """The features that come from a chain's members together, an m-vector each, for m chains of one length L."""
        covered = _share(self._titled[rows], self._weights)
        found = {
            "outdated": self._outdated[rows].mean(axis=1),
            "covered": covered,
            "covered_said": _share(self._said[rows], self._weights),
            "names": self._heard(rows).sum(axis=1) / max(1, self._holds.shape[1]),
        }
        count, length = rows.shape
        if length == 1:
            return found
        before, after = rows[:, :-1], rows[:, 1:]
        repeated = [
            self._pairs["repeats"][rows[:, one], rows[:, other]] for one, other in combinations(range(length), 2)
        ]
        return found | {
            "idle": (covered <= _share(self._titled[after], self._weights)).astype(float),
            "pair": np.ones(count),
            "triple": np.full(count, float(length > 2)),
            "support_relevance": self._relevance[before].mean(axis=1),
            "support_named": self._named[before].mean(axis=1),
            **{name: self._pairs[name][before, after].mean(axis=1) for name in AVERAGED},
            "unanswered": self._pairs["unanswered"][before, after].max(axis=1),
            "repeats": np.max(repeated, axis=0),
            "adds_nothing": self._pairs["adds_nothing"][before, after][:, -1],
        }

    def _heard(self, rows: Places) -> NDArray[np.bool_]:
        """Which of the question's N names m chains speak of, as m × N flags. The names in the last sentence always
        count. Those in a sentence before it count only if that sentence leads on, or if the last one holds a name too,
        as for "Which is older, A or B?": that some other document has the name says nothing about the answer."""
        last: NDArray[np.bool_] = self._holds[rows[:, -1]]
        before, after = rows[:, :-1], rows[:, 1:]
        ways = ("linked", "bridged", "phrase", "replies")
        leads = np.any([self._pairs[way][before, after] > 0 for way in ways], axis=0)
        told = leads | last.any(axis=1, keepdims=True)
        heard: NDArray[np.bool_] = last | (self._holds[before] & np.expand_dims(told, 2)).any(axis=1)
        return heard


def _outdated(sentences: Sequence[Sentence], question: str) -> list[float]:
    """Which sentences belong to another version than the one asked for: the older one, or its successor if the question
    looks back. An older one counts 2 if its successor is among the sentences, else 1."""
    found = {one.item.passage.source for one in sentences}
    if not looks_back(question):
        return [one.outdated * (1.0 + (one.item.passage.superseded_by in found)) for one in sentences]
    newer = {one.item.passage.superseded_by for one in sentences if one.outdated}
    return [float(one.item.passage.source in newer and not one.outdated) for one in sentences]


def _share(held: NDArray[np.bool_], weights: Floats) -> Floats:
    """The weight of the words that any member of a chain holds, from m × L × W flags. It is summed row by row: a matrix
    product may round equal rows differently, and that would decide between equal chains."""
    told: Floats = np.where(held.any(axis=1), weights, 0.0).sum(axis=1)
    return told
