"""Which sentences answer a question together: chains of one to three sentences, the last of which holds the answer."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property
from itertools import islice, pairwise
from types import MappingProxyType

import numpy as np

from graph.chaining.chain_scores import MAX_SENTENCES, Chain, ChainScores, Ranking
from graph.chaining.eligibility import answers_directly, can_answer, is_about_another, needs_kind
from graph.chaining.one_of_many import is_any_row
from graph.chaining.sentence_features import adds_to, is_question, read_sentences, replies, says_the_same, says_where
from graph.chaining.weights import DESCRIBED, TELLING
from graph.checking.differing import differ, is_later
from graph.evidence import Evidence, joined
from graph.questions.asked_names import names_in
from graph.questions.expectation import asks_yes_or_no, names_relation, says_yes_or_no
from graph.questions.past import as_then, looks_back
from graph.structure.rows import cells_of, is_row_of_another
from graph.texts.bounds import leaves_out
from graph.texts.leaning import leant_on
from graph.texts.words import content_words

BESIDE = (1, -1, 2)
"""Where the neighbours of a sentence stand in its passage, in the order in which they are taken."""

DIRECT, DIRECT_ROW = 0.3, 0.8
"""Lead of a sentence, and of a table's row, that says exactly what is asked, once the answer checker has read the
chains: prose may have the question's words for other things, a row has the very cell."""

AS_LIKELY = 0.25
"""If the log-odds of a lone sentence are at most this much below those of a chain with it, it answers by itself."""

BEHIND = 0.1
"""How far a chain ranks behind a sentence in it that answers by itself."""

SHARPNESS = 10.0
"""How fast a chain's vote on the answer falls with its score."""

MAX_AGREEING = 40
"""How many chains vote."""


_ENDS_IN_DOUBT = re.compile(r"(?<![^.!?])[^.!?]*\?")
"""From where it begins, since to look from each character takes quadratic time."""

NO_OTHERS: Mapping[tuple[int, ...], Chain] = MappingProxyType({})
NO_CHAINS = Ranking((), np.empty((0, MAX_SENTENCES), np.intp), np.empty(0))


class Chains:
    """The evidence for a question, read in chains; computed once, for the answer and for the confidence."""

    def __init__(self, question: str, evidence: Sequence[Evidence], asked: str = "") -> None:
        """`asked` is a follow-up in its own words, without the topic added to it; they count double in the coverage."""
        self.question = question
        self.evidence = tuple(evidence)
        self.asked = asked or question
        self.put = question
        """The question as a model is asked it, even if other words were searched for."""
        self.beside: tuple[Evidence, ...] = ()
        """What a model is shown besides the best chains: tables and lists near the question, and what led to it."""
        self._odds: Mapping[tuple[int, ...], float] = {}
        self._instead: Mapping[tuple[int, ...], Chain] = {}
        self._alone: Mapping[int, Chain] = {}
        self._answering: dict[int, bool] = {}
        """Cache, by sentence number: whether it can answer. Each sentence ends dozens of chains."""
        self._any_row: dict[int, bool] = {}
        """Cache, by sentence number: whether it is a row that is as good as any other."""

        self._scores: ChainScores | None = None
        if evidence:
            self._scores = ChainScores(question, *read_sentences(question, evidence, content_words(asked)))

    @property
    def considered(self) -> Sequence[Evidence]:
        """The most relevant sentences of the evidence: chains are made of these."""
        return self._scores.items if self._scores else ()

    @cached_property
    def ranked(self) -> Ranking:
        """All chains that were considered."""
        return self._scores.ranked() if self._scores else NO_CHAINS

    def as_shown(self, put: str, beside: Sequence[Evidence]) -> "Chains":
        """The same chains as a model is shown them: asked `put`, with more evidence `beside` that forms no chains."""
        shown = copy(self)
        shown.put = put
        shown.evidence = joined(self.evidence, beside)
        places = {item.key for item in beside}
        shown.beside = tuple(item for item in shown.evidence if item.key in places)
        return shown

    def with_odds(
        self, read: Sequence[tuple[Chain, float]], instead: Mapping[tuple[int, ...], Chain] = NO_OTHERS
    ) -> "Chains":
        """The same chains, ranked also by the log-odds that a chain answers the question.

        `read` are the best chains with their log-odds, without a gap. `instead` maps the numbers of a chain to the one
        that was read in its place."""
        reread = copy(self)
        reread._odds = {chain.numbers: odds for chain, odds in read}
        reread._instead = instead
        reread._alone = {chain.answer.number: chain for chain, _ in read if len(chain.items) == 1}
        return reread

    @property
    def telling_chains(self) -> Iterator[Chain]:
        """The chains whose last sentence can be the answer, best first, `direct` before all others. Those that the
        answer checker has read come in the order of their standing."""
        chains = self._telling()
        read = [self._instead.get(chain.numbers, chain) for chain in islice(chains, len(self._odds))]
        yield from sorted(read, key=lambda chain: -self.standing(chain))
        yield from chains

    @property
    def odds(self) -> float | None:
        """The log-odds that the best chain answers; None if there is no chain or the answer checker has read none."""
        best = next(self.telling_chains, None) if self._odds else None
        return None if best is None else self._odds_of(best)

    def standing(self, chain: Chain) -> float:
        """What chains are ranked by: the score, to which the answer checker's log-odds and the lead of `direct` are
        added once it has read chains. A chain that it has not read gets the lowest log-odds that it gave.

        A chain ranks behind a sentence on its way that answers by itself: "24 months" goes before "24 months" with "the
        battery charges in six hours"."""
        if not self._odds or self._scores is None:
            return chain.score
        own = self._standing_by_itself(chain, self._scores)
        if self._scores.counts is not DESCRIBED:
            return own
        told = [self._alone[item.number] for item in chain.items[:-1] if item.number in self._alone]
        as_likely = [one for one in told if self._odds_of(one) >= self._odds_of(chain) - AS_LIKELY]
        return min([own, *(self._standing_by_itself(one, self._scores) - BEHIND for one in as_likely)])

    def _standing_by_itself(self, chain: Chain, scores: ChainScores) -> float:
        lead = DIRECT_ROW if cells_of(chain.answer.said) else DIRECT
        return chain.score + lead * (chain == self.direct) + scores.counts["answers"] * self._odds_of(chain)

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
        """The best lone sentence that says exactly what is asked, if there is one, from the version asked for.

        A table row goes before prose, whose words may belong to different things. If another document says something
        different and is later, its sentence is taken instead."""
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
        """The sentences of a chain that lead to its answer: without those that are about something else, without those
        that neither lead on nor add anything, and without a question that somebody asks before."""
        return [
            item
            for item, after in pairwise(chain.items)
            if item == leant_on(after, (item,))
            or (
                not (item.speaker and is_question(item))
                and not (says_where(item.said) or is_about_another(self.question, item, self.evidence))
                and not is_row_of_another(chain.answer.said, item.said, self._rows_beside(item))
                and (self._leads(item, after) or self._adds_to(chain.answer, item))
            )
        ]

    def telling(self, limit: int) -> list[Evidence]:
        """The sentences of the best chains: better chains first, each in its order of reasoning."""
        told: dict[int, Evidence] = {}
        for chain in self.ranked:
            told.update((item.number, item) for item in chain.items)
            if len(told) >= limit:
                break
        return list(told.values())[:limit]

    def features(self) -> dict[str, float]:
        """Features for the confidence: those of the best chain, and how clearly it wins over the best one with another
        answer."""
        if self._scores is None:
            return {}
        best = next(self.telling_chains, self.ranked[0])
        other = next((chain for chain in self.ranked if not says_the_same(chain.answer, best.answer)), None)
        found = self._scores.features_of(best)
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
        """What the sentence is compared with. A superseded document does not call itself "old": such words are cut."""
        is_then = item.passage.status == "superseded" and looks_back(self.question)
        return as_then(self.asked) if is_then else self.asked

    def _rows_beside(self, item: Evidence) -> list[str]:
        return [other.said for other in self.evidence if other.passage.source == item.passage.source]

    def _adds_to(self, answer: Evidence, item: Evidence) -> bool:
        told, asked = content_words(answer.in_context), content_words(self.question)
        return bool((content_words(item.in_context) & asked) - told) and adds_to(answer, item, self.question)

    def _leads(self, item: Evidence, after: Evidence) -> bool:
        return self._scores is not None and self._scores.leads(item, after)

    def _is_of_version(self, item: Evidence) -> bool:
        return self._scores is None or not self._scores.is_outdated(item)

    @cached_property
    def _needs_kind(self) -> bool:
        return needs_kind(self.question, self.evidence)

    def _can_answer(self, item: Evidence) -> bool:
        if (known := self._answering.get(item.number)) is None:
            answers = can_answer(self.question, item, self.evidence, needs_kind=self._needs_kind)
            known = self._answering[item.number] = answers
        return known

    def _leads_astray(self, chain: Chain) -> bool:
        """Whether a chain passes a rule for another amount than the one asked about, or ends in a replaced version, in
        one of many rows that nothing before it names, or in a sentence that only stands near what is asked."""
        before, answer = chain.items[:-1], chain.answer
        if self._scores is None or any(leaves_out(item.said, self.question) for item in before):
            return True
        if before and self._is_at_hand(before[-1], answer):
            return True
        is_named = bool(before) and self._scores.is_linked(before[-1], answer)
        return self._scores.is_replaced(answer) or (not is_named and self._is_any_row(answer))

    def _is_any_row(self, item: Evidence) -> bool:
        if (known := self._any_row.get(item.number)) is None:
            known = self._any_row[item.number] = is_any_row(self.question, item, self.evidence)
        return known

    def _is_at_hand(self, before: Evidence, answer: Evidence) -> bool:
        """Whether an answer only stands near what is asked, as the name of somebody else may: it has at most half of
        the question's words, and nothing leads to it from the sentence before, not even a shared word. Never so if the
        question compares two names, since a sentence about one of them has half of the words."""
        asked, own = content_words(self.question), content_words(answer.said)
        if 2 * len(own & asked) > len(asked) or len(names_in(self.question)) > 1:
            return False
        is_led_to = not own.isdisjoint(content_words(before.said)) or self._leads(before, answer)
        return not (is_led_to or replies(before, answer) or before == leant_on(answer, (before,)))

    def _lacks_yes_or_no(self, chain: Chain) -> bool:
        return asks_yes_or_no(self.question) and chain != self.direct and not says_yes_or_no(chain.answer.said)

    @cached_property
    def votes(self) -> tuple[tuple[int, float], ...]:
        """Each sentence's share (0–1) of the chains' votes on the answer, by its number. A chain votes for its last
        sentence; better chains have more weight."""
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
    """Features of an answer in a model's own words: the share of the chains' votes for sentences that contain one of
    its statements, and whether it is a guess. Its length is none: long answers are seldom right in some data sets, and
    often in others."""
    statements = [words for words in map(content_words, said) if words]
    answers = {item.number: content_words(item.in_context) for item in evidence}
    agreeing = sum(share for number, share in votes if any(words <= answers[number] for words in statements))
    # "Turku?" is a guess, and "Is the light on?" may be the step that a document begins so.
    guesses = (found.strip(" -*") for one in said for found in _ENDS_IN_DOUBT.findall(one))
    hesitates = any(not any(guess in item.said for item in evidence) for guess in guesses)
    return {"chain_agrees": agreeing, "hesitates": float(hesitates)}


def with_neighbours(telling: Sequence[Evidence], evidence: Sequence[Evidence]) -> list[Evidence]:
    """These sentences, then the evidence beside each of them in its passage: the next two and the one before. In a
    conversation the answer is seldom in the line that holds the question's words."""
    beside = {item.number: item for item in evidence}
    near = [
        beside[item.number + step]
        for item in telling
        for step in BESIDE
        if item.number + step in beside and beside[item.number + step].passage.key == item.passage.key
    ]
    return list({item.number: item for item in (*telling, *near)}.values())
