"""generate: the answer's draft from the sentences that matter; on a second visit, repaired claims or quotations."""

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

import numpy as np
from langgraph.runtime import Runtime

from graph.apart import apart
from graph.budget import Budget, refused, remaining, stream_within
from graph.chaining.chains import Chains
from graph.chaining.selection import select_evidence
from graph.checking.answering import AS_CALLED, DOWN, NO_WHOLE, answering_whole, reread
from graph.checking.citations import read_statements, unsaid
from graph.checking.drafting import DraftReader
from graph.checking.repairing import repaired
from graph.conclusions.comparison import comparison_in
from graph.deps import Deps
from graph.evidence import Evidence
from graph.in_parts import next_part, numbered_apart
from graph.language import NOT_FOUND, Language
from graph.languages.declining import said_missing
from graph.languages.extractive import ExtractiveLanguage
from graph.progress import DraftDiscarded, Token
from graph.questions.difficulty import is_easy
from graph.questions.standing_alone import asked_last
from graph.state import Context, State
from graph.structure.completing import MORE_PASSAGES, completed, pages_near, whole_asked_for, wholes_near
from graph.structure.row_chains import chained_rows
from graph.structure.tables import whole_table
from graph.structure.wholes import MAX_CHARACTERS, MAX_SHOWN_CHARACTERS, Whole, parts_of_whole, with_whole
from graph.updates import Generated
from tools.errors import BudgetExhausted, EmbedderUnavailable, ModelDeclined, ModelRefused, ModelUnavailable
from tools.ports import AnswerChecker, FloatArray, Usage

MAX_EVIDENCE = 40
"""Sentences of which an answer is made; a model is shown the most telling of them."""

FROM_BEFORE = 5
"""Sentences that a model is shown once more beside what a search in other words found: these may lead to it."""

LOGPROB = "mean_logprob"
"""The feature that only a model's own words have."""

UNCERTAIN = "the model's own was too uncertain to give"
UNCHECKED = "the verifier is down and the model's own words could not be checked"


async def generate(state: State, runtime: Runtime[Context], deps: Deps) -> Generated:
    """Write the draft, streaming it; on a second visit rewrite the claims that validation refused, or quote."""
    # Whole tables, steps, rows that lead on and lists are each looked for in the same few documents.
    deps = replace(deps, knowledge=deps.knowledge.opening_once())
    if state.retry == "quote":
        return await _quoted(state, runtime, deps)
    if state.retry == "repair":
        return await repaired(state, runtime.context, deps)
    state = replace(state, part=await next_part(state, deps))
    evidence, degraded = await _evidence_for(state, runtime.context, deps)
    update = Generated(
        part=state.part, evidence=evidence, draft="", missing=(), written_by=deps.language.mode, degraded=degraded
    )
    if not evidence:
        return update
    chains = await apart(Chains, state.asks, evidence, asked_last(state.asks))
    prepare = _quotable if deps.language.mode == "extractive" else _shown
    basis = await prepare(chains, state, runtime.context, deps)
    update["evidence"], update["votes"], update["features"] = basis.chains.evidence, basis.chains.votes, basis.features
    if basis.is_down:
        update["degraded"], update["notes"] = True, (DOWN,)
    budget = remaining(state, runtime.context)
    # What is screened as a whole is read by nobody before, nor is a part that may still be declined.
    report = runtime.stream_writer if deps.screener is None and not state.part else _unsaid
    try:
        if deps.language.mode == "model" and not budget.allows_call():
            raise BudgetExhausted("the limit of model calls, tokens or seconds was reached before it was written")
        writer = deps.helper if is_easy(state) else deps.language
        draft = await _write(writer, basis.chains, budget, deps, report)
    except (ModelUnavailable, BudgetExhausted, ModelDeclined, ModelRefused) as problem:
        error = refused(problem) if isinstance(problem, ModelRefused) else problem
        why = f"This answer quotes the documents: {str(error).rstrip('.')}."
        runtime.stream_writer(DraftDiscarded(why))
        basis = await _quotable(basis.chains, state, runtime.context, deps)
        update["evidence"], update["features"] = basis.chains.evidence, basis.features
        update["notes"], update["degraded"] = (why, DOWN) if basis.is_down else (why,), True
        update["written_by"] = "extractive"
        draft = await _write(ExtractiveLanguage(), basis.chains, budget, deps, report)
        draft = replace(draft, usage=error.usage)
    return _with_draft(update, draft, state)


def _with_draft(update: Generated, draft: "_Draft", state: State) -> Generated:
    """The update with the draft's text, and what the draft itself says is missing."""
    text = draft.text
    if text.upper().startswith(NOT_FOUND):
        update["missing"] = said_missing(text[len(NOT_FOUND) :], state.put)
        text = ""
    elif update["written_by"] == "model":
        known = {item.number for item in update["evidence"]}
        update["missing"] = tuple(part for said in unsaid(text, known) for part in said_missing(said, state.put))
        text = text if read_statements(text, known) else ""
    update["draft"], update["usage"] = text, draft.usage
    if draft.mean_logprob is not None:
        update["features"][LOGPROB] = draft.mean_logprob
    return update


async def _evidence_for(state: State, context: Context, deps: Deps) -> tuple[tuple[Evidence, ...], bool]:
    """What the part, else the whole message, is answered from; and whether it lacks a vector of its own."""
    more = MORE_PASSAGES if state.part or (deps.language.mode == "extractive" and comparison_in(state.asks)) else 0
    vector, degraded = await _vector_of(state, deps)
    ranking = state.ranking[: context.top_k + more]
    evidence = await select_evidence(state.asks, vector, ranking, deps.knowledge, MAX_EVIDENCE)
    evidence = await completed(state, evidence, context, deps)
    return numbered_apart(evidence, state.told), degraded


@dataclass(frozen=True, slots=True)
class _Basis:
    """What a draft is written from, the answer's features so far, and whether the answer checker is down."""

    chains: Chains
    features: dict[str, float]
    is_down: bool = False


async def _shown(chains: Chains, state: State, context: Context, deps: Deps) -> _Basis:
    """The chains as a model is shown them; it tells answers from near misses itself."""
    features = state.features | await apart(chains.features)
    return _Basis(chains.as_shown(state.put, await _beside(chains, state, context, deps)), features)


async def _quotable(chains: Chains, state: State, context: Context, deps: Deps) -> _Basis:
    """The chains as they are quoted: reordered by the answer checker, or over the table or list that is the answer as a
    whole."""
    chains, is_down = await reread(chains, deps.answer_checker)
    features = state.features | await apart(chains.features)
    whole, of_whole = await _whole_answer(chains, state, context, deps, None if is_down else deps.answer_checker)
    if whole:
        evidence = with_whole(chains.evidence, whole)
        chains = await apart(Chains, chains.question, evidence, asked_last(chains.question))
    return _Basis(chains, features | of_whole, is_down)


async def _beside(chains: Chains, state: State, context: Context, deps: Deps) -> list[Evidence]:
    """What a model is shown beside the likeliest chains: the page that is asked about as a whole, tables and lists near
    the question, and where it found nothing before, the best of what it had been shown: it may lead to the answer."""
    near = (chains.question, chains.evidence, state, context, deps)
    wholes = await wholes_near(*near, max_characters=MAX_SHOWN_CHARACTERS)
    # Steps are marked as such only where they are asked for.
    parts = [replace(part, step=0) for whole in wholes for part in whole.parts]
    parts = [*await pages_near(state.put, state, context, deps), *parts]
    if not state.in_other_words:
        return parts
    return [*parts, *(await apart(Chains, state.rewritten, state.evidence)).telling(FROM_BEFORE)]


async def _whole_answer(
    chains: Chains, state: State, context: Context, deps: Deps, checker: AnswerChecker | None
) -> tuple[Whole | None, dict[str, float]]:
    """The table or list that the question asks for by what it is called; else the one that the checker finds to answer
    better than a part of it would, where nothing else is known to be the answer."""
    evidence = chains.evidence
    is_whole = bool(parts_of_whole(evidence) or whole_table(evidence))
    if not is_whole and (called := await whole_asked_for(chains.question, evidence, state, context, deps)):
        return called, AS_CALLED
    if checker is None:
        return None, {}
    if is_whole or chains.direct or chained_rows(evidence):
        return None, NO_WHOLE
    wholes = await wholes_near(chains.question, evidence, state, context, deps, max_characters=MAX_CHARACTERS)
    return await answering_whole(chains, wholes, checker)


async def _vector_of(state: State, deps: Deps) -> tuple[FloatArray, bool]:
    """The part's own vector, else the whole message's, and whether it had to do."""
    whole = np.array(state.vector, dtype=np.float32)
    if not state.part:
        return whole, False
    try:
        return np.array(await deps.knowledge.embed_query(state.part), dtype=np.float32), False
    except EmbedderUnavailable:
        return whole, True


@dataclass(frozen=True, slots=True)
class _Draft:
    text: str
    usage: Usage
    mean_logprob: float | None


async def _write(
    language: Language,
    chains: Chains,
    budget: Budget,
    deps: Deps,
    report: Callable[[Token], None],
) -> _Draft:
    """Collect a streamed draft, passing each sentence on once it is found supported."""
    pieces: list[str] = []
    reader = DraftReader(chains.put, chains.evidence, deps.verifier, quoted=language.mode == "extractive")
    usage, logprob = Usage(), None
    deltas = language.answer(chains, max_tokens=budget.tokens)
    seconds = budget.seconds if language.mode == "model" else None
    async with aclosing(stream_within(seconds, deltas)) as stream:
        async for delta in stream:
            if delta.text:
                pieces.append(delta.text)
                if not _declines(pieces) and (text := await reader.feed(delta.text)):
                    report(Token.citing(text, reader.cited))
            usage = usage + (delta.usage or Usage())
            logprob = delta.mean_logprob if delta.mean_logprob is not None else logprob
    if not _declines(pieces) and (text := await reader.finish()):
        report(Token.citing(text, reader.cited))
    return _Draft("".join(pieces).strip(), usage, logprob)


def _unsaid(token: Token) -> None:
    """The sentences come with the `Answer`."""


def _declines(pieces: Sequence[str]) -> bool:
    return bool(pieces) and pieces[0].lstrip().upper().startswith(NOT_FOUND)


async def _quoted(state: State, runtime: Runtime[Context], deps: Deps) -> Generated:
    """What the likeliest chain says, word for word, where the model's own answer fell short. It is not streamed: it may
    be too uncertain as well."""
    unseen = bool(state.claims) and not any(claim.verified for claim in state.claims)
    instead = UNCHECKED if unseen else UNCERTAIN
    if state.draft:
        runtime.stream_writer(DraftDiscarded(f"{instead[0].upper()}{instead[1:]}."))
    chains = await apart(Chains, state.rewritten, state.evidence, asked_last(state.rewritten))
    basis = await _quotable(chains, state, runtime.context, deps)
    draft = "".join([delta.text async for delta in ExtractiveLanguage().answer(basis.chains, max_tokens=0)])
    return Generated(
        draft="" if draft.upper().startswith(NOT_FOUND) else draft,
        evidence=basis.chains.evidence,
        refused=state.claims,
        features={name: value for name, value in basis.features.items() if name != LOGPROB},
        written_by="extractive",
        instead=instead,
        degraded=basis.is_down,
        notes=(DOWN,) if basis.is_down else (),
    )
