"""Which sentences answer a question together: chains of one to three sentences, the last of which holds the answer.

A chain is scored by named features, all of them shares or counts in about 0–1, and the weights say how much each
counts. They were fitted on the training questions of public multi-hop sets and the bundled handbook, so that chains
with the gold answer in their last sentence and no idle sentence win (softmax over a question's chains); rounded, and
nothing of them depends on a data set.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise

from graph.expectation import asks_yes_or_no, expectation_met, focus_of, names_in, names_relation
from graph.language import Evidence
from graph.ranking.links import answers_to
from graph.selection import in_context
from graph.words import STOP_WORDS, content_words, coverage, inverse_frequencies, stem
from tools.names import mentions, name_key

MAX_SENTENCES = 3
MAX_CONSIDERED = 18
MAX_GROWN = 8
"""Pairs that are tried with a third sentence in front."""
ALIKE = 0.6
"""Share of the shorter sentence's words from which two say nearly the same."""

WEIGHTS: Mapping[str, float] = {
    "relevance": 0.3,
    "asked": 0.2,
    "focus": 0.4,
    "kind": 0.55,
    "relation": 0.65,
    "rank": 0.4,
    "new": -0.15,
    "outdated": -0.5,
    "support_relevance": 0.75,
    "support_named": 0.7,
    "linked": 0.7,
    "bridged": 0.6,
    "phrase": 0.15,
    "same_source": -0.2,
    "covered": 0.6,
    "covered_said": 0.3,
    "names": 0.35,
    "repeats": -1.0,
    "pair": -0.7,
    "triple": -0.45,
}

TELLING = (
    "relevance",
    "asked",
    "focus",
    "kind",
    "relation",
    "rank",
    "covered",
    "covered_said",
    "names",
    "linked",
    "bridged",
)
"""Features of the best chain that the confidence looks at."""


SHARPNESS = 10.0
MAX_AGREEING = 40
"""How fast a chain's say falls with its score, and how many are heard, when chains vote on the answer."""


MANY_WORDS = 20
"""Words of content from which an answer counts as long."""


@dataclass(frozen=True, slots=True)
class Chain:
    """`items` in the order of reasoning, the answer last. `score` has no unit; `features` are what it was made of."""

    items: tuple[Evidence, ...]
    score: float
    features: Mapping[str, float]

    @property
    def answer(self) -> Evidence:
        return self.items[-1]


def ranked_chains(question: str, evidence: Sequence[Evidence], newest: frozenset[str] = frozenset()) -> list[Chain]:
    """All chains that were considered, best first. Words of `newest` count double in a question's coverage."""
    if not evidence:
        return []
    view = _View.of(question, evidence, newest)
    pool = view.pool()
    singles = [view.chain((item,)) for item in pool]
    pairs = [view.chain((one, other)) for other in pool for one in pool if one is not other]
    pairs.sort(key=_order)
    triples = [view.chain((item, *pair.items)) for pair in pairs[:MAX_GROWN] for item in pool if item not in pair.items]
    return sorted((*singles, *pairs, *triples), key=_order)


def answer_features(question: str, evidence: Sequence[Evidence], said: str = "") -> dict[str, float]:
    """How well the evidence answers, for the confidence: the best chain's own features, how clearly it wins over the
    best with another answer, and, for an answer in words of its own (`said`), which share of the chains ends with it.
    """
    chains = ranked_chains(question, evidence)
    if not chains:
        return {}
    best = chains[0]
    other = next((chain for chain in chains if not says_the_same(chain.answer, best.answer)), None)
    total = sum(math.exp(SHARPNESS * (chain.score - best.score)) for chain in chains)
    masses = [(chain, math.exp(SHARPNESS * (chain.score - best.score)) / total) for chain in chains[:MAX_AGREEING]]
    kept = {name: best.features.get(name, 0.0) for name in TELLING}
    return {f"chain_{name}": value for name, value in kept.items()} | {
        "chain_score": best.score,
        "chain_mass": sum(weight for chain, weight in masses if says_the_same(chain.answer, best.answer)),
        "chain_gap": min(1.0, best.score - other.score) if other else 1.0,
        "chain_length": len(best.items) / MAX_SENTENCES,
        "asks_relation": float(names_relation(question)),
        "asks_yes_or_no": float(asks_yes_or_no(question)),
        **(_own_words(said, masses) if said else {}),
    }


def _own_words(said: str, masses: Sequence[tuple[Chain, float]]) -> dict[str, float]:
    words = content_words(said)
    agreeing = sum(weight for chain, weight in masses if words <= content_words(in_context(chain.answer)))
    return {
        "chain_agrees": agreeing if words else 0.0,
        "said_words": min(1.0, len(words) / MANY_WORDS),
        "hesitates": float("?" in said),
    }


def telling_sentences(question: str, evidence: Sequence[Evidence], limit: int) -> list[Evidence]:
    """The sentences of the best chains, those of better chains first and each chain's in its order of reasoning."""
    chained = {item.number: item for chain in ranked_chains(question, evidence) for item in chain.items}
    return list(chained.values())[:limit]


def _order(chain: Chain) -> tuple[float, tuple[int, ...]]:
    return -chain.score, tuple(item.number for item in chain.items)


@dataclass(frozen=True, slots=True)
class _Sentence:
    """One piece of evidence and what its features are made of, computed once a question."""

    item: Evidence
    said: frozenset[str]
    titled: frozenset[str]
    outgoing: frozenset[str]
    kind: float
    named: bool
    place: int
    phrases: frozenset[str]
    names: frozenset[int]
    asked: float
    focus: float


@dataclass(frozen=True, slots=True)
class _View:
    asked: frozenset[str]
    weights: Mapping[str, float]
    idf: Mapping[str, float]
    heaviest: float
    names: int
    relation: bool
    sentences: Mapping[int, _Sentence]
    steps: dict[tuple[int, int], tuple[float, float, float, float]] = field(default_factory=dict)
    alike: dict[tuple[int, int], bool] = field(default_factory=dict)

    @classmethod
    def of(cls, question: str, evidence: Sequence[Evidence], newest: frozenset[str]) -> "_View":
        asked = content_words(question)
        titled = [content_words(in_context(item)) for item in evidence]
        weights = {word: idf * (1 + (word in newest)) for word, idf in inverse_frequencies(asked, titled).items()}
        words = frozenset().union(*titled)
        idf = inverse_frequencies(words, titled)
        question_names = frozenset(mentions(question))
        places = {key: n for n, key in enumerate(dict.fromkeys(item.passage.key for item in evidence))}
        focus = {word: near * weights.get(word, 0.0) for word, near in focus_of(question).items()}
        # Figures and reference numbers are as telling as names: of several rates, the question means the one it gives.
        figures = [word for word in question.split() if any(map(str.isdigit, word))]
        named = dict.fromkeys([*names_in(question), *figures])
        names = [frozenset(name_key(name).split()) for name in named]
        sentences = {}
        for item, found in zip(evidence, titled, strict=True):
            said, keys = content_words(item.said), frozenset(name_key(in_context(item)).split())
            sentences[item.number] = _Sentence(
                item,
                said,
                found,
                frozenset(mentions(item.said)),
                expectation_met(question, [item.said]),
                answers_to(item.passage, question_names),
                places[item.passage.key],
                _phrases(item.said, asked),
                frozenset(n for n, name in enumerate(names) if name <= keys),
                coverage(said & asked, weights),
                coverage(said & focus.keys(), focus),
            )
        heaviest = math.log(1 + len(evidence) / 0.5)
        return cls(asked, weights, idf, heaviest, len(names), names_relation(question), sentences)

    def pool(self) -> list[Evidence]:
        """The sentences worth looking at: relevant, of the kind asked for, or one link away from what is asked."""
        named = [one for one in self.sentences.values() if one.named]
        reach = frozenset().union(*(one.outgoing for one in named)) if named else frozenset()

        def merit(one: _Sentence) -> float:
            linked = answers_to(one.item.passage, reach)
            return one.item.relevance + 0.3 * one.kind + 0.15 * linked + 0.05 * one.named

        best = sorted(self.sentences.values(), key=lambda one: (-merit(one), one.item.number))
        return [one.item for one in best[:MAX_CONSIDERED]]

    def chain(self, items: tuple[Evidence, ...]) -> Chain:
        features = self.features(items)
        return Chain(items, sum(WEIGHTS[name] * value for name, value in features.items()), features)

    def features(self, items: tuple[Evidence, ...]) -> dict[str, float]:
        members = [self.sentences[item.number] for item in items]
        last, support = members[-1], members[:-1]
        titled = frozenset().union(*(one.titled & self.asked for one in members))
        said = frozenset().union(*(one.said & self.asked for one in members))
        steps = [self.step(one, other) for one, other in pairwise(members)]
        found = {
            "relevance": last.item.relevance,
            "asked": last.asked,
            "focus": last.focus,
            "kind": last.kind * (not self.relation),
            "relation": last.kind * self.relation,
            "rank": 1 / (1 + last.place),
            "new": min(1.0, len(last.said - self.asked) / 8),
            "outdated": sum(one.item.passage.status == "superseded" for one in members) / len(members),
            "covered": coverage(titled, self.weights),
            "covered_said": coverage(said, self.weights),
            "names": len(frozenset().union(*(one.names for one in members))) / max(1, self.names),
            "pair": float(len(items) > 1),
            "triple": float(len(items) > 2),
        }
        if support:
            found |= {
                "support_relevance": sum(one.item.relevance for one in support) / len(support),
                "support_named": sum(one.named for one in support) / len(support),
                "linked": sum(step[0] for step in steps) / len(steps),
                "bridged": sum(step[1] for step in steps) / len(steps),
                "phrase": sum(step[2] for step in steps) / len(steps),
                "same_source": sum(step[3] for step in steps) / len(steps),
                "repeats": float(any(self.repeats(one, other) for one, other in combinations(members, 2))),
            }
        return found

    def step(self, one: _Sentence, other: _Sentence) -> tuple[float, float, float, float]:
        """What speaks for reading `other` after `one`: it names the other's document, both hold a rare word that the
        question does not, both hold a pair of words, or (against it) both stand in the same document."""
        key = (one.item.number, other.item.number)
        if key not in self.steps:
            same = one.item.passage.source == other.item.passage.source
            shared = (one.said & other.titled) - self.asked
            heavy = sorted((self.idf[word] for word in shared), reverse=True)[:2] if not same else []
            self.steps[key] = (
                float(not same and (answers_to(other.item.passage, one.outgoing) or self.says_title(one, other))),
                sum(heavy) / (2 * self.heaviest),
                float(not same and not one.phrases.isdisjoint(other.phrases)),
                float(same),
            )
        return self.steps[key]

    def repeats(self, one: _Sentence, other: _Sentence) -> bool:
        key = (one.item.number, other.item.number)
        if key not in self.alike:
            self.alike[key] = _alike(one.said, other.said)
        return self.alike[key]

    def says_title(self, one: _Sentence, other: _Sentence) -> bool:
        """Whether a sentence names the other's document in small letters ("is named in the people directory"), in words
        that are not the question's own."""
        title = name_key(other.item.passage.title)
        mentioned = " " in title and f" {title} " in f" {name_key(one.item.said)} "
        return mentioned and not content_words(title) <= self.asked


def says_the_same(one: Evidence, other: Evidence) -> bool:
    return one == other or _alike(content_words(one.said), content_words(other.said))


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two sentences say nearly the same: a copy proves nothing, an older version contradicts."""
    return len(one & other) >= ALIKE * max(1, min(len(one), len(other)))


def _phrases(said: str, asked: frozenset[str]) -> frozenset[str]:
    """Pairs of neighbouring words of content, not both of them in the question."""
    keys = [word if word not in STOP_WORDS else "" for word in name_key(said).split()]
    pairs = [(one, other) for one, other in pairwise(keys) if one and other]
    return frozenset(f"{one} {other}" for one, other in pairs if not {stem(one), stem(other)} <= asked)
