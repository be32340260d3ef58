"""rerank: rank everything found so far, by the chains of evidence it forms."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from langgraph.runtime import Runtime

from graph.apart import apart
from graph.deps import Deps
from graph.ranking.aims import Vectors
from graph.ranking.features import Candidates, Floats, Reading
from graph.ranking.links import answers_to, outgoing_names
from graph.ranking.ranker import ChainRanker
from graph.state import Candidate, Context, Found, Ranked, State, merged_candidates
from graph.updates import Reranked
from tools.errors import EmbedderUnavailable, HoplineError
from tools.knowledge import Knowledge
from tools.names import folded
from tools.passages import Passage
from tools.ports import Reranker

RERANKED = 24
"""Candidates that a cross-encoder reads; the rest are ranked without it."""

KEPT = 50
MAX_LOGIT = 50.0


async def rerank(state: State, runtime: Runtime[Context], deps: Deps) -> Reranked:
    """Absorb the last hop's hits, drop exact copies and rank what is in play."""
    taken_in = await apart(_taken_in, state)
    if taken_in.reading:
        taken_in.reading.aim_at(await aimed_at(taken_in.reading, deps.knowledge))
    ranked = partial(_ranked, ranker=deps.ranker, top_k=runtime.context.top_k)
    first = [candidate.hit.passage for candidate in taken_in.ordered[:RERANKED]]
    try:
        relevance = await _cross_encoded(deps.reranker, state.asks, first) if deps.reranker and first else {}
    except HoplineError as error:
        update = await apart(ranked, taken_in)
        update["notes"] = (f"The reranker failed ({error}); the chains were ranked without it.",)
        update["degraded"] = True
        return update
    return await apart(ranked, taken_in, relevance)


async def aimed_at(reading: Reading, knowledge: Knowledge) -> Vectors:
    """The vectors of what the chains still look for; empty while the embedder is down: they are ranked without."""
    texts = list(dict.fromkeys(text for aim in reading.aims for text in aim.texts if text))
    try:
        return dict(zip(texts, await knowledge.embed_queries(texts), strict=True)) if texts else {}
    except EmbedderUnavailable:
        return {}


@dataclass(frozen=True, slots=True)
class _InPlay:
    """What the last hop added (`fresh`), and all candidates with it; `reading` is None if there are none."""

    state: State
    fresh: dict[str, Candidate]
    ordered: list[Candidate]
    reading: Reading | None


def _taken_in(state: State) -> _InPlay:
    fresh = absorbed(state.found[state.absorbed :], state.candidates, state.ranking)
    ordered = in_play(replace(state, candidates=merged_candidates(state.candidates, fresh)))
    return _InPlay(state, fresh, ordered, reading_of(state, ordered) if ordered else None)


def _ranked(
    found: _InPlay, relevance: Mapping[int, float] | None = None, *, ranker: ChainRanker, top_k: int
) -> Reranked:
    state, ordered, reading = found.state, found.ordered, found.reading
    update = Reranked(
        candidates=found.fresh, absorbed=len(state.found), ranking=(), features={}, notes=(), degraded=False
    )
    if reading:
        scores = ranker.scores(reading, relevance)
        best = sorted(range(len(ordered)), key=lambda index: (-scores[index], ordered[index].hit.passage.key))[:KEPT]
        update["ranking"] = tuple(Ranked(ordered[index], float(scores[index])) for index in best)
        update["features"] = _features(reading, scores, best, top_k)
    return update


def reading_of(state: State, candidates: Sequence[Candidate]) -> Reading:
    """The question and its candidates, in their order, as the ranker reads them."""
    vectors = np.array([candidate.hit.vector for candidate in candidates], dtype=np.float32)
    return Reading(
        state.asks,
        np.array(state.vector, dtype=np.float32),
        Candidates(
            [candidate.hit.passage for candidate in candidates],
            vectors,
            np.array([candidate.fused for candidate in candidates]),
            np.array([float(candidate.hop) for candidate in candidates]),
        ),
    )


def in_play(state: State) -> list[Candidate]:
    """All candidates so far without exact copies, in the order in which they were found."""
    candidates = _without_copies(state.candidates)
    return sorted(candidates.values(), key=lambda candidate: (candidate.order, candidate.hit.passage.key))


def _features(reading: Reading, scores: Floats, best: Sequence[int], top_k: int) -> dict[str, float]:
    """Features of the best chain, for the confidence and for the decision to go on."""
    top = list(best[:top_k])
    cutoff = scores[best[min(len(best), top_k + 1) - 1]]
    return {
        "chain_coverage": reading.covered_by(top[:2]),
        "chain_linked": float(reading.are_linked(top[:2])),
        "top_similarity": float(max(reading.similarity[top])),
        "score_margin": float(scores[best[0]] - cutoff),
        "evidence_first": float(scores[top[0]]),
        "evidence_second": float(scores[top[1]]) if len(top) > 1 else 0.0,
        "evidence_mean": float(np.mean(scores[top])),
    }


def absorbed(
    found: tuple[Found, ...], known: dict[str, Candidate], ranking: tuple[Ranked, ...]
) -> dict[str, Candidate]:
    """The new candidates of a hop. Their order: hop by hop, first search hits by their best rank in any query, then
    links."""
    fresh: dict[str, Candidate] = {}
    origins = _origins(found, ranking)
    for batch in found:
        for rank, hit in enumerate(batch.hits):
            key = hit.passage.key
            if key in known or hit.vector is None:
                continue
            order = batch.lookup.n * 1_000 + rank + (500 if batch.lookup.kind == "link" else 0)
            fused = 1 / (1 + rank) if batch.lookup.kind != "link" else 0.0
            if key not in fresh or order < fresh[key].order:
                via = _via(batch, hit.passage, origins)
                fresh[key] = Candidate(hit, batch.lookup.n, via, order, max(fused, _fused(fresh, key)))
            elif fused > fresh[key].fused:
                fresh[key] = replace(fresh[key], fused=fused)
    return fresh


def _origins(found: Sequence[Found], ranking: Sequence[Ranked]) -> list[tuple[Passage, frozenset[str]]]:
    """The ranked passages that point to what was found, each with the names by which it does."""
    passages = [hit.passage for batch in found if batch.lookup.onward is not None for hit in batch.hits]
    wanted = frozenset(name for passage in passages for name in passage.known_as)
    origins = [ranked.candidate.hit.passage for ranked in ranking] if wanted else []
    return [(passage, names) for passage in origins if (names := outgoing_names(passage, wanted))]


def _fused(candidates: Mapping[str, Candidate], key: str) -> float:
    return candidates[key].fused if key in candidates else 0.0


def _via(batch: Found, passage: Passage, origins: Sequence[tuple[Passage, frozenset[str]]]) -> str:
    """Why this passage was found: for a link, the passage that points to it."""
    if batch.lookup.onward is None:
        return batch.lookup.via
    for origin, names in origins:
        if origin.source != passage.source and answers_to(passage, names):
            return f"mentioned in {origin.title or origin.id}"
    return batch.lookup.via


def _without_copies(candidates: dict[str, Candidate]) -> dict[str, Candidate]:
    """Candidates without copies: passages with the same words and the same title. A different number is no copy."""
    kept: dict[tuple[str, str, str], str] = {}
    passages = {key: candidate.hit.passage for key, candidate in candidates.items()}
    spelt = {key: (passage.title.casefold(), folded(passage.text)) for key, passage in passages.items()}
    alike = Counter(spelt.values())
    for key, _ in sorted(candidates.items(), key=_precedence):
        # `folded` is cached and drops punctuation, so the full text is compared only if two passages fold alike.
        words = " ".join(passages[key].text.casefold().split()) if alike[spelt[key]] > 1 else ""
        kept.setdefault((*spelt[key], words), key)
    return {key: candidates[key] for key in kept.values()}


def _precedence(item: tuple[str, Candidate]) -> tuple[bool, int, str]:
    """The sort key for copies: current ones first, then the one found first."""
    key, candidate = item
    return candidate.hit.passage.status == "superseded", candidate.order, key


async def _cross_encoded(reranker: Reranker, question: str, passages: list[Passage]) -> dict[int, float]:
    """Scores in 0–1 by index. If any score is a logit, all go through the sigmoid, which keeps their order."""
    scores = await reranker.score(question, [passage.content for passage in passages])
    if not all(0 <= score <= 1 for score in scores):
        scores = [1 / (1 + math.exp(-max(-MAX_LOGIT, min(MAX_LOGIT, score)))) for score in scores]
    return dict(enumerate(scores))
