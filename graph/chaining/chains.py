"""Which sentences answer a question together: chains of one to three sentences, the last of which holds the answer.

Hundreds of chains are scored a question, so they are scored together: what each sentence brings, and each sentence to
each other, is worked out once, and a chain's features are sums over it.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, islice, pairwise
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from graph.chaining.answering import answers_directly, can_answer, is_about_another, needs_kind
from graph.chaining.one_of_many import is_any_row
from graph.chaining.sentences import (
    Asked,
    Sentence,
    adds_to,
    alike,
    is_about,
    read_sentences,
    replies,
    says_the_same,
    says_where,
)
from graph.chaining.weights import DESCRIBED, TELLING, WEIGHTS
from graph.checking.differing import differ, is_later
from graph.evidence import Evidence, joined
from graph.questions.asked_names import names_in
from graph.questions.expectation import asks_yes_or_no, names_relation, says_yes_or_no
from graph.questions.past import as_then, looks_back
from graph.structure.rows import are_meant, cells_of, is_row_of_another, keys_of_row, name_of_row, names_of_row
from graph.texts.bounds import leaves_out
from graph.texts.leaning import leant_on
from graph.texts.words import content_words
from tools.names import folded

MAX_SENTENCES = 3
MAX_GROWN = 8
"""Pairs that are tried with a third sentence in front."""

BESIDE = (1, -1, 2)

DIRECT = 0.3
"""How far a sentence that says just what is asked goes before the others, where all were read by the answer checker."""

AS_LIKELY = 0.25
"""Log-odds by which a sentence may be less likely to answer than a chain and still be what answers in it."""

BEHIND = 0.1
"""How far what says no more than a sentence before it stands behind that."""

SHARPNESS = 10.0
"""How fast a chain's say falls with its score when chains vote on the answer."""

MAX_AGREEING = 40
"""How many are heard then."""

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Chain:
    """`items` in the order of reasoning, the answer last. `score` has no unit: the weighted sum of its features."""

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
    """Chains, best first. Of hundreds that are considered few are looked at: each is made when it is. `rows` are the
    places of its `items`, shape (m, MAX_SENTENCES), -1 where it has none; `scores` has the shape (m,)."""

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


NO_OTHERS: Mapping[tuple[int, ...], Chain] = MappingProxyType({})
NO_CHAINS = Ranking((), np.empty((0, MAX_SENTENCES), np.intp), np.empty(0))


class Chains:
    """The evidence for a question, read in chains: computed once a question, for its answer and for the confidence."""

    def __init__(self, question: str, evidence: Sequence[Evidence], asked: str = "") -> None:
        """`asked` is a follow-up without the topic that it was given: its words count double in the coverage."""
        self.question = question
        self.evidence = tuple(evidence)
        self.asked = asked or question
        self.put = question
        """The question as a model is asked it, also where it was searched for in other words."""
        self.beside: tuple[Evidence, ...] = ()
        """What a model is shown beside the best chains: tables and lists near the question, and what led to it."""
        self._odds: Mapping[tuple[int, ...], float] = {}
        self._instead: Mapping[tuple[int, ...], Chain] = {}
        self._alone: Mapping[int, Chain] = {}
        self._answering: dict[int, bool] = {}
        """Which sentences can answer, by their number, as far as it was asked: each ends dozens of chains."""
        self._any_row: dict[int, bool] = {}
        """And which are rows that are as good as any other."""

        self._table = _Table(question, *read_sentences(question, evidence, content_words(asked))) if evidence else None

    @property
    def considered(self) -> Sequence[Evidence]:
        """The sentences that chains are made of: the most relevant of the evidence."""
        return self._table.items if self._table else ()

    @cached_property
    def ranked(self) -> Ranking:
        """All chains that were considered."""
        return self._table.ranked() if self._table else NO_CHAINS

    def as_shown(self, put: str, beside: Sequence[Evidence]) -> "Chains":
        """The same as a model is shown it; no chain is made of what was not among the evidence."""
        shown = copy(self)
        shown.put = put
        shown.evidence = joined(self.evidence, beside)
        places = {item.key for item in beside}
        shown.beside = tuple(item for item in shown.evidence if item.key in places)
        return shown

    def with_odds(
        self, read: Sequence[tuple[Chain, float]], instead: Mapping[tuple[int, ...], Chain] = NO_OTHERS
    ) -> "Chains":
        """The same, in an order that goes by these log-odds, too: that a chain answers the question. They are the best
        chains', without a gap; `instead` of some of them, by their numbers, others were read."""
        reread = copy(self)
        reread._odds = {chain.numbers: odds for chain, odds in read}
        reread._instead = instead
        reread._alone = {chain.answer.number: chain for chain, _ in read if len(chain.items) == 1}
        return reread

    @property
    def telling_chains(self) -> Iterator[Chain]:
        """Those whose last sentence can be the answer, best first; before them one that needs no other sentence. Where
        the answer checker has read some, these in the order of their standing."""
        chains = self._telling()
        read = [self._instead.get(chain.numbers, chain) for chain in islice(chains, len(self._odds))]
        yield from sorted(read, key=lambda chain: -self.standing(chain))
        yield from chains

    @property
    def odds(self) -> float | None:
        """The log-odds that the best chain answers; None without one, and where the answer checker has read none."""
        best = next(self.telling_chains, None) if self._odds else None
        return None if best is None else self._odds_of(best)

    def standing(self, chain: Chain) -> float:
        """Its score; where the answer checker has read some, with the lead of one that needs no other sentence and what
        the checker's word adds, which of a chain that it has not read is the least that it gave. One whose answer is
        told on the way to it stands behind that: "24 months", and "the battery charges in six hours"."""
        if not self._odds or self._table is None:
            return chain.score
        own = self._standing_by_itself(chain, self._table)
        if self._table.counts is not DESCRIBED:
            return own
        told = [self._alone[item.number] for item in chain.items[:-1] if item.number in self._alone]
        as_likely = [one for one in told if self._odds_of(one) >= self._odds_of(chain) - AS_LIKELY]
        return min([own, *(self._standing_by_itself(one, self._table) - BEHIND for one in as_likely)])

    def _standing_by_itself(self, chain: Chain, table: "_Table") -> float:
        return chain.score + DIRECT * (chain == self.direct) + table.counts["answers"] * self._odds_of(chain)

    def _odds_of(self, chain: Chain) -> float:
        return self._odds.get(chain.numbers, min(self._odds.values()))

    def _telling(self) -> Iterator[Chain]:
        if self.direct:
            yield self.direct
        for chain in self.ranked:
            if chain != self.direct and self._can_answer(chain.answer) and not self._leads_astray(chain):
                yield chain

    @cached_property
    def direct(self) -> Chain | None:
        """The best lone sentence that says just what is asked, if one does, of the version that is asked for; a table's
        row goes before prose, whose words may belong to different things, and where one of another document says
        otherwise and is later, that one."""
        alone = (self.ranked[place] for place in np.flatnonzero(self.ranked.rows[:, 1] < 0).tolist())
        current = (chain for chain in alone if self._is_of_version(chain.answer))
        telling = (chain for chain in current if answers_directly(self._asked_of(chain.answer), chain.answer))
        direct = [chain for chain in telling if self._can_answer(chain.answer)]
        direct.sort(key=lambda chain: not cells_of(chain.answer.said))
        best = next(iter(direct), None)
        for chain in () if looks_back(self.question) else direct[1:]:
            if best and is_later(chain.answer, best.answer) and differ(self.asked, best.answer, chain.answer):
                best = chain
        return best

    def leading_to(self, chain: Chain) -> list[Evidence]:
        """The sentences before its answer, without those that are about another thing than the question or the answer,
        or neither lead on nor add to it."""
        return [
            item
            for item, after in pairwise(chain.items)
            if item == leant_on(after, (item,))
            or (
                not (says_where(item.said) or is_about_another(self.question, item, self.evidence))
                and not is_row_of_another(chain.answer.said, item.said, self._rows_beside(item))
                and (self._leads(item, after) or self._adds_to(chain.answer, item))
            )
        ]

    def telling(self, limit: int) -> list[Evidence]:
        """The sentences of the best chains, those of better chains first and each chain's in its order of reasoning."""
        told: dict[int, Evidence] = {}
        for chain in self.ranked:
            told.update((item.number, item) for item in chain.items)
            if len(told) >= limit:
                break
        return list(told.values())[:limit]

    def features(self) -> dict[str, float]:
        """How well the evidence answers, for the confidence: the best chain's own features, and how clearly it wins
        over the best with another answer."""
        if self._table is None:
            return {}
        best = next(self.telling_chains, self.ranked[0])
        other = next((chain for chain in self.ranked if not says_the_same(chain.answer, best.answer)), None)
        found = self._table.features_of(best)
        answers = {item.number: item for item in self.evidence}
        same = {number for number, _ in self.votes if says_the_same(answers[number], best.answer)}
        return {f"chain_{name}": found.get(name, 0.0) for name in TELLING} | {
            "chain_score": best.score,
            "chain_mass": sum(share for number, share in self.votes if number in same),
            "chain_gap": min(1.0, max(0.0, best.score - other.score)) if other else 1.0,
            "chain_direct": float(best == self.direct),
            "chain_length": len(best.items) / MAX_SENTENCES,
            "asks_relation": float(names_relation(self.question)),
            "asks_yes_or_no": float(self._lacks_yes_or_no(best)),
        }

    def _asked_of(self, item: Evidence) -> str:
        """What is superseded does not say of itself that it is "old"."""
        is_then = item.passage.status == "superseded" and looks_back(self.question)
        return as_then(self.asked) if is_then else self.asked

    def _rows_beside(self, item: Evidence) -> list[str]:
        return [other.said for other in self.evidence if other.passage.source == item.passage.source]

    def _adds_to(self, answer: Evidence, item: Evidence) -> bool:
        told, asked = content_words(answer.in_context), content_words(self.question)
        return bool((content_words(item.in_context) & asked) - told) and adds_to(answer, item, self.question)

    def _leads(self, item: Evidence, after: Evidence) -> bool:
        return self._table is not None and self._table.leads(item, after)

    def _is_of_version(self, item: Evidence) -> bool:
        return self._table is None or not self._table.is_outdated(item)

    @cached_property
    def _needs_kind(self) -> bool:
        return needs_kind(self.question, self.evidence)

    def _can_answer(self, item: Evidence) -> bool:
        if (known := self._answering.get(item.number)) is None:
            answers = can_answer(self.question, item, self.evidence, needs_kind=self._needs_kind)
            known = self._answering[item.number] = answers
        return known

    def _leads_astray(self, chain: Chain) -> bool:
        """By way of a rule for another sum than the one asked about, to a version that another of them replaced, to one
        of many rows that nothing before it names, or to what only stands beside what is asked."""
        before, answer = chain.items[:-1], chain.answer
        if self._table is None or any(leaves_out(item.said, self.question) for item in before):
            return True
        if before and self._is_at_hand(before[-1], answer):
            return True
        is_named = bool(before) and self._table.is_linked(before[-1], answer)
        return self._table.is_replaced(answer) or (not is_named and self._is_any_row(answer))

    def _is_any_row(self, item: Evidence) -> bool:
        if (known := self._any_row.get(item.number)) is None:
            known = self._any_row[item.number] = is_any_row(self.question, item, self.evidence)
        return known

    def _is_at_hand(self, before: Evidence, answer: Evidence) -> bool:
        """Whether a sentence has no more than half of the question's words and nothing leads to it, be it a word that
        both say: somebody else than who is asked for is named near, too. Of two that are compared each has one."""
        asked, own = content_words(self.question), content_words(answer.said)
        if 2 * len(own & asked) > len(asked) or len(names_in(self.question)) > 1:
            return False
        is_led_to = not own.isdisjoint(content_words(before.said)) or self._leads(before, answer)
        return not (is_led_to or replies(before, answer) or before == leant_on(answer, (before,)))

    def _lacks_yes_or_no(self, chain: Chain) -> bool:
        return asks_yes_or_no(self.question) and chain != self.direct and not says_yes_or_no(chain.answer.said)

    @cached_property
    def votes(self) -> tuple[tuple[int, float], ...]:
        """Which share of the chains' say, in 0–1, falls to each sentence as the answer, by its number; better chains
        have more of it."""
        best = self.ranked[0].score if len(self.ranked) else 0.0
        masses = [math.exp(SHARPNESS * (score - best)) for score in self.ranked.scores.tolist()]
        total = sum(masses)
        votes: dict[int, float] = {}
        for chain, mass in zip(islice(self.ranked, MAX_AGREEING), masses, strict=False):
            votes[chain.answer.number] = votes.get(chain.answer.number, 0.0) + mass / total
        return tuple(votes.items())


def features_of_words(
    said: Sequence[str], evidence: Sequence[Evidence], votes: Sequence[tuple[int, float]]
) -> dict[str, float]:
    """For an answer in words of its own: which share of the chains' votes goes to sentences that hold one of its
    statements, and whether it is a guess. Not its length: where answers are short, a long one is seldom right, and
    elsewhere it is."""
    statements = [words for words in map(content_words, said) if words]
    answers = {item.number: content_words(item.in_context) for item in evidence}
    agreeing = sum(share for number, share in votes if any(words <= answers[number] for words in statements))
    return {"chain_agrees": agreeing, "hesitates": float(any("?" in one for one in said))}


def with_neighbours(telling: Sequence[Evidence], evidence: Sequence[Evidence]) -> list[Evidence]:
    """These sentences, then what stands beside each of them in its passage, as far as it is evidence: the next two and
    the one before. In a conversation the answer is seldom in the line that holds the question's words."""
    beside = {item.number: item for item in evidence}
    near = [
        beside[item.number + step]
        for item in telling
        for step in BESIDE
        if item.number + step in beside and beside[item.number + step].passage.key == item.passage.key
    ]
    return list({item.number: item for item in (*telling, *near)}.values())


class _Table:
    """What n sentences bring: of each its features as an answer and the question's words and names it holds (n × W and
    n × N flags), and of each before each other how they belong together (n × n)."""

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
        self._linked, self._bridged, self._phrase, self._same, self._replies, self._unanswered, self._repeats = (
            np.zeros((count, count)) for _ in range(7)
        )
        self._adds_nothing = np.zeros((count, count))
        for place, one in enumerate(sentences):
            for after, other in enumerate(sentences):
                if place != after:
                    self._compare(place, after, one, other, asked)
            self._keep_to_whom_is_meant(place, question)

    def _compare(self, place: int, after: int, one: Sentence, other: Sentence, asked: Asked) -> None:
        """What speaks for reading `other` after `one`: it names the other or its document, both hold a rare word that
        the question does not, both hold a pair of words, or it is the reply to a question; against it, that a question
        has another reply, and that both stand in the same document or say the same."""
        if one.asks:
            replied = replies(one.item, other.item)
            self._replies[place, after], self._unanswered[place, after] = replied, not replied
        if place < after:
            self._repeats[place, after] = self._repeats[after, place] = alike(one.said, other.said)
        if one.item.passage.source == other.item.passage.source:
            self._same[place, after] = 1.0
            return
        self._linked[place, after] = (
            is_about(other.item, one.outgoing, self._called[after])
            # "is named in the people directory": in small letters, in words that are not the question's own.
            or (other.telling_title and other.title in one.spaced)
            # Prose names the rows of a table; a row that shares a value with another doesn't lead to it.
            or (not self._row_names[place] and any(name in one.spaced for name in self._row_names[after]))
        )
        # The directory's row of who is named already, with nothing of what is asked in it.
        is_known = bool(self._firsts[after]) and self._firsts[after] in one.spaced
        self._adds_nothing[place, after] = is_known and asked.words.isdisjoint(other.said)
        heavy = sorted((asked.idf[word] for word in (one.said & other.titled) - asked.words), reverse=True)[:2]
        self._bridged[place, after] = sum(heavy) / (2 * asked.heaviest)
        self._phrase[place, after] = not one.phrases.isdisjoint(other.phrases)

    def _keep_to_whom_is_meant(self, place: int, question: str) -> None:
        """Of several rows of a table that a sentence names, it leads to those that it names where it says what is
        asked: "The Quality Manager proposes a recall; the Head of Manufacturing decides it"."""
        rows: dict[str, list[int]] = {}
        for after in np.flatnonzero(self._linked[place]).tolist():
            if self._row_names[after]:
                rows.setdefault(self.items[after].passage.source, []).append(after)
        for rivals in rows.values():
            said = [self.items[after].said for after in rivals]
            for after, meant in zip(rivals, are_meant(said, self.items[place].said, question), strict=True):
                self._linked[place, after] *= meant

    def is_outdated(self, item: Evidence) -> bool:
        """Whether it is of another version than is asked for."""
        return bool(self._outdated[self._places[item.number]])

    def is_replaced(self, item: Evidence) -> bool:
        """Whether the version that replaced it is there, and no earlier one is asked for."""
        return bool(self._outdated[self._places[item.number]] > 1.0)

    def is_linked(self, item: Evidence, after: Evidence) -> bool:
        """Whether the first names the second or its document."""
        return bool(self._linked[self._places[item.number], self._places[after.number]])

    def leads(self, item: Evidence, after: Evidence) -> bool:
        """Whether the second is linked from the first or, where that is no row of a table, shares a telling word or a
        phrase with it."""
        pair = self._places[item.number], self._places[after.number]
        shares = self._bridged[pair] or self._phrase[pair]
        return bool(self._linked[pair] or (shares and not self._row_names[pair[0]]))

    def ranked(self) -> Ranking:
        places = np.arange(len(self.items))
        singles, pairs = places[:, None], np.argwhere(places[:, None] != places)
        best = pairs[self._order(pairs, self._scores(pairs))[:MAX_GROWN]].tolist()
        grown = [(place, *pair) for pair in best for place in places.tolist() if place not in pair]
        groups = (singles, pairs, np.array(grown, np.intp).reshape(-1, MAX_SENTENCES))
        rows = np.concatenate(
            [np.pad(group, ((0, 0), (0, MAX_SENTENCES - group.shape[1])), constant_values=-1) for group in groups]
        )
        scores = np.concatenate([self._scores(group) for group in groups])
        order = self._order(rows, scores)
        return Ranking(self.items, rows[order], scores[order])

    def _order(self, rows: Places, scores: Floats) -> Places:
        """Best first, equal chains in the order of reading; no sentence (-1) stands before any."""
        numbers = np.where(rows >= 0, self._numbers[rows], -1)
        return np.lexsort((*numbers.T[::-1], -scores))

    def _scores(self, rows: Places) -> Floats:
        scores: Floats = self._own[rows[:, -1]] + sum(
            self.counts[name] * value for name, value in self._joined(rows).items()
        )
        return scores

    def features_of(self, chain: Chain) -> dict[str, float]:
        """What a chain's score is made of, by name."""
        row = np.array([[self._places[item.number] for item in chain.items]])
        joined = {name: float(value[0]) for name, value in self._joined(row).items()}
        return {**self._sentences[row[0, -1]].alone, **joined}

    def _joined(self, rows: Places) -> Mapping[str, Floats]:
        """What the members of m chains of one length L bring together: an m-vector each, of m × L places."""
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
        repeated = [self._repeats[rows[:, one], rows[:, other]] for one, other in combinations(range(length), 2)]
        return found | {
            "idle": (covered <= _share(self._titled[after], self._weights)).astype(float),
            "pair": np.ones(count),
            "triple": np.full(count, float(length > 2)),
            "support_relevance": self._relevance[before].mean(axis=1),
            "support_named": self._named[before].mean(axis=1),
            "linked": self._linked[before, after].mean(axis=1),
            "bridged": self._bridged[before, after].mean(axis=1),
            "phrase": self._phrase[before, after].mean(axis=1),
            "same_source": self._same[before, after].mean(axis=1),
            "replies": self._replies[before, after].mean(axis=1),
            "unanswered": self._unanswered[before, after].max(axis=1),
            "repeats": np.max(repeated, axis=0),
            "adds_nothing": self._adds_nothing[before, after][:, -1],
        }

    def _heard(self, rows: Places) -> NDArray[np.bool_]:
        """Which of the question's N names m chains speak of, as m × N flags: the last sentence by itself, one before it
        where it leads on, or where the last holds another name: "Which is older, A or B?". That another document names
        it too says nothing about the answer."""
        last: NDArray[np.bool_] = self._holds[rows[:, -1]]
        before, after = rows[:, :-1], rows[:, 1:]
        ways = (self._linked, self._bridged, self._phrase, self._replies)
        leads = np.any([way[before, after] > 0 for way in ways], axis=0)
        told = leads | last.any(axis=1, keepdims=True)
        heard: NDArray[np.bool_] = last | (self._holds[before] & np.expand_dims(told, 2)).any(axis=1)
        return heard


def _outdated(sentences: Sequence[Sentence], question: str) -> list[float]:
    """Which are of another version than is asked for: the older one, or what replaced it when the question looks
    back. Twice where the version that is asked for is there, too."""
    found = {one.item.passage.source for one in sentences}
    if not looks_back(question):
        return [one.outdated * (1.0 + (one.item.passage.superseded_by in found)) for one in sentences]
    newer = {one.item.passage.superseded_by for one in sentences if one.outdated}
    return [float(one.item.passage.source in newer and not one.outdated) for one in sentences]


def _share(held: NDArray[np.bool_], weights: Floats) -> Floats:
    """Of m × L × W flags the weight of the words that any member holds; summed row by row, since a product of matrices
    may round equal rows differently, which would decide between equal chains."""
    told: Floats = np.where(held.any(axis=1), weights, 0.0).sum(axis=1)
    return told
