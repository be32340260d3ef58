"""follow_up: is the chain of evidence complete? If not, where does it go on?"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from langgraph.runtime import Runtime

from graph.apart import apart
from graph.budget import Budget, remaining, within
from graph.chaining.selection import select_evidence
from graph.checking.repairing import next_try
from graph.deps import Deps
from graph.language import FollowUp, Rewriting
from graph.progress import Rewritten as RewrittenEvent
from graph.questions.parting import parts_of
from graph.questions.spelling import corrected
from graph.ranking.aims import aim_beside
from graph.ranking.features import HEADS
from graph.ranking.links import link_names
from graph.rewrite import first_hop
from graph.state import Context, Lookup, State
from graph.texts.words import content_words
from graph.updates import FollowedUp
from tools.errors import BudgetExhausted, EmbedderUnavailable, ModelUnavailable
from tools.names import mentions
from tools.passages import Hit, Passage
from tools.ports import Onward

COMPLETE_COVERAGE = 0.8
"""A best chain that covers this share of the question's IDF mass is complete: a model is not asked about it."""

LEADING = 1 / 3
"""The search does not go on from a best passage that is evidence with a lower probability than this."""

PROBABLE = 0.5
CERTAIN = 0.7
"""Probabilities of being evidence in the stopping rule. With .9 for `CERTAIN` it took more third hops and found no more
evidence (decision 9)."""

MAX_NAMES = 800
MAX_TITLES = 3
OPENED = 3
WORDED = 2


async def follow_up(state: State, runtime: Runtime[Context], deps: Deps) -> FollowedUp:
    """Plan the next hop: follow links while they change the answer's passages, then ask what is still missing. If a
    model found no answer in what it was shown, ask in other words."""
    context, budget, last = runtime.context, remaining(state, runtime.context), _last_hop(state)
    if state.retry == "search":
        return await _again(state, context, deps, budget)
    is_first = last == 1 and state.hops[0].query == state.rewritten
    can_search = budget.hops > 0 and budget.seconds > 0
    if is_first and can_search and (meant := await apart(_as_meant, state)) != state.rewritten:
        runtime.stream_writer(RewrittenEvent(meant))
        vector = await deps.knowledge.embed_query(meant)
        return FollowedUp(plan=first_hop(Rewriting(meant)), rewritten=meant, vector=vector)
    goes_on = not context.stopping or leads_on(state, context.top_k, last)
    asks = _worth_asking(state, context, deps, budget, last)
    if not state.ranking or not (goes_on or asks):
        return FollowedUp(plan=())
    if not can_search:
        is_late = budget.seconds <= 0  # at its limit of hops a question always stops: that is no degradation
        return FollowedUp(plan=(), notes=_limit_notes(state, context, budget, last), degraded=is_late)
    plan = _links(state, last + 1) if goes_on else ()
    if not asks:
        return FollowedUp(plan=plan)
    follow, notes = await _ask(state, context, deps, budget)
    plan += _lookups(follow.query, state, last + 1)
    return FollowedUp(plan=plan, usage=follow.usage, notes=notes, degraded=bool(notes))


def _last_hop(state: State) -> int:
    return max((hop.n for hop in state.hops), default=0)


def _links(state: State, n: int) -> tuple[Lookup, ...]:
    """The lookup of everything that the best passages lead to, if there is any."""
    heads = [ranked.candidate.hit for ranked in state.ranking[:HEADS]]
    onward = onward_from(heads, state)
    if onward is None:
        return ()
    titles = _titles([hit.passage for hit in heads])
    return (Lookup(n, "link", titles, via="near a chain", onward=onward),)


async def _again(state: State, context: Context, deps: Deps, budget: Budget) -> FollowedUp:
    """Plan one more search for a question that the model found no answer to. If the model knows no other words, name
    what is left to try."""
    follow, notes = await _ask(state, context, deps, budget)
    update = FollowedUp(plan=(), searched_again=True, usage=follow.usage, notes=notes, degraded=bool(notes))
    plan = _lookups(follow.query, state, _last_hop(state) + 1)
    if not plan:
        left = next_try(replace(state, searched_again=True), state.weighed, context, deps)
        return update | FollowedUp(retry=left or "decline")
    words = plan[0].query
    try:
        vector = await deps.knowledge.embed_query(words)
    except EmbedderUnavailable:
        return update | FollowedUp(plan=plan, retry="")  # without a vector, the results are ranked by the question
    return update | FollowedUp(plan=plan, retry="", in_other_words=words, vector=vector)


def _lookups(query: str | None, state: State, n: int) -> tuple[Lookup, ...]:
    """The lookups for a model's next question: a search for it, and one for the names in it."""
    if not query or not _is_new(query, state):
        return ()
    via = f"asked: {query}"
    linked = mentions(query)
    searched = Lookup(n, "follow_up", query, via=via)
    return (searched, Lookup(n, "link", query, linked, via=via)) if linked else (searched,)


def _as_meant(state: State) -> str:
    """The question in the spelling of the documents, which the first search has shown."""
    return corrected(state.rewritten, [ranked.candidate.hit.passage for ranked in state.ranking])


def onward_from(heads: Sequence[Hit], state: State) -> Onward | None:
    """Where the chain may go on from its best passages, the heads; None if all of that has been looked up.

    By names: what the heads mention or link to. By meaning: what is near the question and a head together. By words:
    what of the question a head leaves open, with the names that this head brings in.
    """
    asked = frozenset(state.asked)
    names = link_names([hit.passage for hit in heads], asked, MAX_NAMES)
    aims = (aim_beside(state.rewritten, hit.passage) for hit in heads[:WORDED])
    texts = tuple(aim.words for aim in aims if aim.words not in asked)
    if not names and not texts:
        return None
    question = np.array(state.vector)
    vectors = [question + np.array(hit.vector) for hit in heads[:OPENED] if hit.vector is not None]
    unit = tuple(tuple((vector / max(float(np.linalg.norm(vector)), 1e-9)).tolist()) for vector in vectors)
    return Onward(state.vector, names, unit, texts)


def _titles(heads: Sequence[Passage]) -> str:
    """The titles of the passages from which links are followed, for people to read."""
    titles = dict.fromkeys(passage.title or passage.source for passage in heads)
    return "; ".join(list(titles)[:MAX_TITLES])


def leads_on(state: State, top_k: int, last: int) -> bool:
    """The stopping rule without a model, measured in decision 9.

    A chain leads on from evidence: if the first search found nothing that may well be evidence, there is nothing to go
    on from. It is enough if the two best passages are linked and both probably evidence. A later hop is followed by
    another if it brought probable evidence and the second-best passage is not yet almost certain.
    """
    second = state.features.get("evidence_second", 0.0)
    if last == 1:
        # A message of several parts is about none of them as a whole, so its best passage says little.
        leads = not _leads_nowhere(state) or len(parts_of(state.rewritten)) > 1
        return leads and not (state.features.get("chain_linked", 0.0) > 0 and second > PROBABLE)
    brought = [ranked.score for ranked in state.ranking[:top_k] if ranked.candidate.hop == last]
    return max(brought, default=0.0) > PROBABLE and second < CERTAIN


def _leads_nowhere(state: State) -> bool:
    return state.features.get("evidence_first", 0.0) < LEADING


def _worth_asking(state: State, context: Context, deps: Deps, budget: Budget, last: int) -> bool:
    """Whether to ask a model for the next question: if the chain is still open, and the first search led nowhere or a
    later hop changed the answer's passages."""
    return (
        context.answering
        and deps.language.mode == "model"
        and not state.searched_again
        and (last >= 2 or _leads_nowhere(state))
        and any(ranked.candidate.hop == last for ranked in state.ranking[: context.top_k])
        and state.features.get("chain_coverage", 0.0) < COMPLETE_COVERAGE
        and budget.allows_call(reserve=deps.language.max_calls_of_answer)
    )


async def _ask(state: State, context: Context, deps: Deps, budget: Budget) -> tuple[FollowUp, tuple[str, ...]]:
    """The model's next question, and a note if the model can't be asked."""
    evidence = await select_evidence(
        state.rewritten, np.array(state.vector, dtype=np.float32), state.ranking[: context.top_k], deps.knowledge, 10
    )
    searches = [hop.query for hop in state.hops if hop.kind != "link"]
    asked = tuple(dict.fromkeys(searches))
    reply = deps.helper.follow_up(state.rewritten, evidence, asked, max_tokens=budget.tokens)
    try:
        return await within(budget.seconds, reply), ()
    except (ModelUnavailable, BudgetExhausted) as error:
        return FollowUp(complete=True, usage=error.usage), (f"The chain was not followed further: {error}.",)


def _is_new(query: str, state: State) -> bool:
    """Whether a query has other words than the earlier ones; one that repeats them is dropped."""
    words = content_words(query)
    return bool(words) and all(words != content_words(hop.query) for hop in state.hops if hop.kind != "link")


def _limit_notes(state: State, context: Context, budget: Budget, last: int) -> tuple[str, ...]:
    if budget.seconds <= 0:
        return (f"The limit of {context.max_seconds:g} s was reached; the answer uses what was found by then.",)
    if last > 1 and state.features.get("chain_coverage", 1.0) < COMPLETE_COVERAGE:
        return (f"The limit of {context.max_hops} hops was reached while the chain was still open.",)
    return ()
