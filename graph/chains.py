"""Chains of evidence: passages scored by what they cover together, not one by one.

For a pair of passages (p, y) the score adds (1) the share of the question's idf mass that both cover together,
(2) their mean similarity to the question, y also against question + p, so that y may answer what p opened, and
(3) a bonus when one mentions or links to the other. A passage takes the best chain it is in; alone it is a chain of
one. No model is asked and nothing is read but the candidates themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.words import content_words, inverse_frequencies
from tools.names import mentions, name_key
from tools.passages import Passage
from tools.ports import FloatArray

HEADS = 12
"""Passages whose links are followed and that may open a chain."""

LINK_BONUS = 0.35
NAMED_BONUS = 0.2
SUPERSEDED_PENALTY = 0.25
UNLINKED_PARTNERS = 25
"""Without a link, only the first so many candidates may be the second of a pair."""


@dataclass(frozen=True, slots=True)
class ChainScores:
    """Candidates' scores in their given order; `partner[i]` is the index the best chain of i goes to, -1 if alone.
    `coverage[i]` is the share of the question's idf mass that this best chain covers, in 0–1."""

    scores: NDArray[np.float64]
    partner: NDArray[np.int64]
    coverage: NDArray[np.float64]
    linked: NDArray[np.bool_]


def outgoing_names(passage: Passage) -> frozenset[str]:
    """Every key under which this passage may point to another: names it mentions, sources it links to."""
    return frozenset(mentions(passage.text)) | {link.target for link in passage.links}


def answers_to(passage: Passage, names: frozenset[str]) -> bool:
    return passage.source in names or not names.isdisjoint(passage.names)


def score_chains(
    question: str,
    question_vector: FloatArray,
    passages: Sequence[Passage],
    vectors: FloatArray,
    relevance: Mapping[int, float] | None = None,
) -> ChainScores:
    """Score candidates, best-first order not required, shape of `vectors`: (n, dimension), unit length.

    `relevance` replaces the cosine similarity of some candidates (by index) with a cross-encoder's score in 0–1.
    The first `UNLINKED_PARTNERS` candidates are taken to be the best of the first-stage search.
    """
    words = [content_words(passage.content) for passage in passages]
    weights = inverse_frequencies(content_words(question), words)
    terms = np.array(list(weights.values()), dtype=np.float64)
    terms = terms / terms.sum() if terms.size else terms
    covered = np.array([[word in found for word in weights] for found in words], dtype=np.bool_)
    covered = covered.reshape(len(words), len(weights))
    question_names = frozenset(mentions(question))
    named = np.array([answers_to(passage, question_names) for passage in passages], dtype=np.float64)
    similarity = (vectors @ question_vector).astype(np.float64)
    for index, value in (relevance or {}).items():
        similarity[index] = value
    merit = NAMED_BONUS * named - np.array([SUPERSEDED_PENALTY * (p.status == "superseded") for p in passages])
    alone = covered @ terms
    single = alone + similarity + merit

    scores, partner = single.copy(), np.full(len(passages), -1, dtype=np.int64)
    best_coverage, best_linked = alone.copy(), np.zeros(len(passages), dtype=np.bool_)
    heads = sorted(range(len(passages)), key=lambda index: (-single[index], passages[index].key))[:HEADS]
    linked = _links(passages, heads)
    for head in heads:
        opened = question_vector + vectors[head]
        # Opposite vectors cancel out: what they open together is nothing, not NaN.
        onward = (vectors @ (opened / max(float(np.linalg.norm(opened)), 1e-9))).astype(np.float64)
        together = (covered | covered[head]) @ terms
        pair = (
            together
            + (similarity[head] + (similarity + onward) / 2) / 2
            + LINK_BONUS * linked[head]
            + (merit[head] + merit) / 2
        )
        pair[UNLINKED_PARTNERS:][~linked[head][UNLINKED_PARTNERS:]] = -np.inf
        pair[head] = -np.inf
        mate = int(np.argmax(pair))
        better = pair > scores
        if pair[mate] > scores[head]:
            scores[head], partner[head] = pair[mate], mate
            best_coverage[head], best_linked[head] = together[mate], linked[head][mate]
        scores[better], partner[better] = pair[better], head
        best_coverage[better], best_linked[better] = together[better], linked[head][better]
    # Members of one chain tie: what each brings on its own decides their order.
    return ChainScores(scores + 1e-3 * single, partner, best_coverage, best_linked)


def _links(passages: Sequence[Passage], heads: Sequence[int]) -> dict[int, NDArray[np.bool_]]:
    """For each head, which candidates it points to; two heads are linked when either points to the other."""
    linked = {}
    for head in heads:
        outgoing = outgoing_names(passages[head])
        linked[head] = np.array([answers_to(passage, outgoing) for passage in passages], dtype=np.bool_)
    for head in heads:
        for other in heads:
            linked[head][other] |= linked[other][head]
    return linked


def link_names(passages: Sequence[Passage], asked: frozenset[str], limit: int) -> tuple[str, ...]:
    """Names that these passages point to and that have not been looked up yet, in order of first mention."""
    found: dict[str, None] = {}
    for passage in passages:
        own = {*passage.names, name_key(passage.title)}
        for name in [*(link.target for link in passage.links), *mentions(passage.text)]:
            if name not in asked and name not in own:
                found[name] = None
    return tuple(found)[:limit]
