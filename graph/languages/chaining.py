"""Which sentences answer a question together: chains of one to three sentences, the last of which holds the answer.

A chain is scored by named features, all of them shares or counts in about 0–1, and the weights say how much each
counts. They were fitted on the training questions of public multi-hop sets and the bundled handbook, so that chains
with the gold answer in their last sentence and no idle sentence win (softmax over a question's chains); rounded, and
nothing of them depends on a data set.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
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

BESIDE = (1, -1, 2)

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
    """`items` in the order of reasoning, the answer last. `score` has no unit: the weighted sum of its features."""

    items: tuple[Evidence, ...]
    score: float

    @property
    def answer(self) -> Evidence:
        return self.items[-1]


def ranked_chains(question: str, evidence: Sequence[Evidence], newest: frozenset[str] = frozenset()) -> list[Chain]:
    """All chains that were considered, best first. Words of `newest` count double in a question's coverage."""
    return _ranked(_View.of(question, evidence, newest)) if evidence else []


def _ranked(view: "_View") -> list[Chain]:
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
    if not evidence:
        return {}
    view = _View.of(question, evidence, frozenset())
    chains = _ranked(view)
    best = chains[0]
    other = next((chain for chain in chains if not says_the_same(chain.answer, best.answer)), None)
    total = sum(math.exp(SHARPNESS * (chain.score - best.score)) for chain in chains)
    masses = [(chain, math.exp(SHARPNESS * (chain.score - best.score)) / total) for chain in chains[:MAX_AGREEING]]
    found = view.features(best.items)
    return {f"chain_{name}": found.get(name, 0.0) for name in TELLING} | {
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


def _order(chain: Chain) -> tuple[float, tuple[int, ...]]:
    return -chain.score, tuple(item.number for item in chain.items)


@dataclass(frozen=True, slots=True)
class _Sentence:
    """One piece of evidence and what its features are made of, computed once a question. `titled_asked`, `said_asked`
    and `names` are sets of the question's words and names, as bits; `own` is the score of what counts for an answer
    alone, `outdated` whether its passage is superseded."""

    item: Evidence
    said: frozenset[str]
    titled: frozenset[str]
    outgoing: frozenset[str]
    kind: float
    named: bool
    outdated: bool
    phrases: frozenset[str]
    names: int
    titled_asked: int
    said_asked: int
    alone: Mapping[str, float]
    own: float


@dataclass(frozen=True, slots=True)
class _View:
    asked: frozenset[str]
    weights: Mapping[str, float]
    idf: Mapping[str, float]
    heaviest: float
    names: int
    sentences: Mapping[int, _Sentence]
    steps: dict[tuple[int, int], tuple[float, float, float, float]] = field(default_factory=dict)
    alike: dict[tuple[int, int], bool] = field(default_factory=dict)
    shares: dict[int, float] = field(default_factory=dict)

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
        relation = names_relation(question)
        sentences = {}
        for item, found in zip(evidence, titled, strict=True):
            said, keys = content_words(item.said), frozenset(name_key(in_context(item)).split())
            kind = expectation_met(question, [item.said])
            alone = {
                "relevance": item.relevance,
                "asked": coverage(said & asked, weights),
                "focus": coverage(said & focus.keys(), focus),
                "kind": kind * (not relation),
                "relation": kind * relation,
                "rank": 1 / (1 + places[item.passage.key]),
                "new": min(1.0, len(said - asked) / 8),
            }
            sentences[item.number] = _Sentence(
                item,
                said,
                found,
                frozenset(mentions(item.said)),
                kind,
                answers_to(item.passage, question_names),
                item.passage.status == "superseded",
                _phrases(item.said, asked),
                _bits(name <= keys for name in names),
                _bits(word in found for word in weights),
                _bits(word in said for word in weights),
                alone,
                sum(WEIGHTS[name] * value for name, value in alone.items()),
            )
        heaviest = math.log(1 + len(evidence) / 0.5)
        return cls(asked, weights, idf, heaviest, len(names), sentences)

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
        """Hundreds are scored a question: what an answer brings alone is looked up, not added again."""
        last = self.sentences[items[-1].number]
        joined = self.joined(items)
        return Chain(items, last.own + sum(WEIGHTS[name] * value for name, value in joined.items()))

    def features(self, items: tuple[Evidence, ...]) -> dict[str, float]:
        """What a chain's score is made of, by name."""
        return {**self.sentences[items[-1].number].alone, **self.joined(items)}

    def joined(self, items: tuple[Evidence, ...]) -> dict[str, float]:
        """What the members of a chain bring together."""
        members = [self.sentences[item.number] for item in items]
        titled = said = names = outdated = 0
        for one in members:
            titled |= one.titled_asked
            said |= one.said_asked
            names |= one.names
            outdated += one.outdated
        count = len(members)
        found = {
            "outdated": outdated / count,
            "covered": self.share(titled),
            "covered_said": self.share(said),
            "names": names.bit_count() / max(1, self.names),
        }
        if count == 1:
            return found
        steps = [self.step(one, other) for one, other in pairwise(members)]
        linked, bridged, phrase, same = (sum(values) / (count - 1) for values in zip(*steps, strict=True))
        return found | {
            "pair": 1.0,
            "triple": float(count > 2),
            "support_relevance": sum(one.item.relevance for one in members[:-1]) / (count - 1),
            "support_named": sum(one.named for one in members[:-1]) / (count - 1),
            "linked": linked,
            "bridged": bridged,
            "phrase": phrase,
            "same_source": same,
            "repeats": float(any(self.repeats(one, other) for one, other in combinations(members, 2))),
        }

    def share(self, words: int) -> float:
        """Coverage of the question by a set of its words, as bits."""
        if words not in self.shares:
            covered = {word for place, word in enumerate(self.weights) if words >> place & 1}
            self.shares[words] = coverage(covered, self.weights)
        return self.shares[words]

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


def _bits(holds: Iterable[bool]) -> int:
    return sum(1 << place for place, value in enumerate(holds) if value)


def _phrases(said: str, asked: frozenset[str]) -> frozenset[str]:
    """Pairs of neighbouring words of content, not both of them in the question."""
    keys = [word if word not in STOP_WORDS else "" for word in name_key(said).split()]
    pairs = [(one, other) for one, other in pairwise(keys) if one and other]
    return frozenset(f"{one} {other}" for one, other in pairs if not {stem(one), stem(other)} <= asked)
