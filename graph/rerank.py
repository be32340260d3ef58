"""rerank: everything found so far in one order, by the chains of evidence it forms."""

import math

import numpy as np
from langgraph.runtime import Runtime

from graph.chains import answers_to, outgoing_names, score_chains
from graph.deps import Deps
from graph.state import Candidate, Context, Found, Ranked, State, merged_candidates
from graph.updates import Reranked
from tools.errors import HoplineError
from tools.passages import Passage
from tools.ports import Reranker

RERANKED = 24
"""Candidates that a cross-encoder reads; the rest keep their embedding similarity."""

KEPT = 50
MAX_LOGIT = 50.0


async def rerank(state: State, runtime: Runtime[Context], deps: Deps) -> Reranked:
    """Absorb the last hop's hits, drop exact copies and rank what is in play."""
    fresh = absorbed(state.found[state.absorbed :], state.candidates, state.ranking)
    candidates = _without_copies(merged_candidates(state.candidates, fresh))
    ordered = sorted(candidates.values(), key=lambda candidate: (candidate.order, candidate.hit.passage.key))
    update = Reranked(candidates=fresh, absorbed=len(state.found), ranking=(), features={}, notes=())
    if not ordered:
        return update
    passages = [candidate.hit.passage for candidate in ordered]
    vectors = np.array([candidate.hit.vector for candidate in ordered], dtype=np.float32)
    relevance: dict[int, float] = {}
    if deps.reranker is not None:
        try:
            relevance = await _cross_encoded(deps.reranker, state.rewritten, passages[:RERANKED])
        except HoplineError as error:
            update["notes"] = (f"The reranker failed ({error}); embedding similarity was used.",)
    question = np.array(state.vector, dtype=np.float32)
    chains = score_chains(state.rewritten, question, passages, vectors, relevance)
    best = sorted(range(len(ordered)), key=lambda index: (-chains.scores[index], passages[index].key))[:KEPT]
    update["ranking"] = tuple(Ranked(ordered[index], float(chains.scores[index])) for index in best)
    cutoff = chains.scores[best[min(len(best), runtime.context.top_k + 1) - 1]]
    update["features"] = {
        "chain_coverage": float(chains.coverage[best[0]]),
        "chain_linked": float(chains.linked[best[0]]),
        "top_similarity": float(max(vectors[best[: runtime.context.top_k]] @ question)),
        "score_margin": float(chains.scores[best[0]] - cutoff),
    }
    return update


def absorbed(
    found: tuple[Found, ...], known: dict[str, Candidate], ranking: tuple[Ranked, ...]
) -> dict[str, Candidate]:
    """New candidates of a hop. Order: search hits by their best rank over all queries, then links, hop by hop."""
    fresh: dict[str, Candidate] = {}
    for batch in found:
        for rank, hit in enumerate(batch.hits):
            key = hit.passage.key
            if key in known or hit.vector is None:
                continue
            order = batch.lookup.n * 1_000 + rank + (500 if batch.lookup.kind == "link" else 0)
            if key not in fresh or order < fresh[key].order:
                via = _via(batch, hit.passage, ranking)
                fresh[key] = Candidate(hit, batch.lookup.n, via, order)
    return fresh


def _via(batch: Found, passage: Passage, ranking: tuple[Ranked, ...]) -> str:
    """Why this passage was looked at: for a link, the passage that pointed to it."""
    if batch.lookup.kind != "link" or batch.lookup.n == 1:
        return batch.lookup.via
    for ranked in ranking:
        origin = ranked.candidate.hit.passage
        if origin.source != passage.source and answers_to(passage, outgoing_names(origin)):
            return f"mentioned in {origin.title or origin.id}"
    return batch.lookup.via


def _without_copies(candidates: dict[str, Candidate]) -> dict[str, Candidate]:
    """Passages with the same words under the same title are one; pages that differ in a number are not."""
    kept: dict[tuple[str, str], str] = {}
    for key, candidate in sorted(candidates.items(), key=_precedence):
        passage = candidate.hit.passage
        kept.setdefault((passage.title.casefold(), " ".join(passage.text.casefold().split())), key)
    return {key: candidates[key] for key in kept.values()}


def _precedence(item: tuple[str, Candidate]) -> tuple[bool, int, str]:
    """Of two copies the current one is kept, then the one found first."""
    key, candidate = item
    return candidate.hit.passage.status == "superseded", candidate.order, key


async def _cross_encoded(reranker: Reranker, question: str, passages: list[Passage]) -> dict[int, float]:
    """Scores in 0–1 by index. Logits are squashed, all of them or none: the reranker's order is kept."""
    scores = await reranker.score(question, [passage.content for passage in passages])
    if not all(0 <= score <= 1 for score in scores):
        scores = [1 / (1 + math.exp(-max(-MAX_LOGIT, min(MAX_LOGIT, score)))) for score in scores]
    return dict(enumerate(scores))
