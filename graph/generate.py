"""generate: the answer's draft from the sentences that matter; on a second visit, repaired claims."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from langgraph.runtime import Runtime

from graph.apart import apart
from graph.budget import Budget, remaining, stream_within, within
from graph.chaining.chains import Chains
from graph.citations import read_statements, write_statement
from graph.deps import Deps
from graph.difficulty import is_easy
from graph.drafting import DraftReader
from graph.evidence import Evidence
from graph.language import NOT_FOUND, Language, Repair
from graph.languages.comparing import comparison_in
from graph.languages.declining import said_missing
from graph.languages.extractive import ExtractiveLanguage
from graph.languages.standing_alone import asked_last
from graph.progress import DraftDiscarded, Token
from graph.selection import select_evidence
from graph.state import Context, State
from graph.updates import Generated
from tools.errors import BudgetExhausted, ModelDeclined, ModelUnavailable
from tools.ports import Usage

MAX_EVIDENCE = 40
"""Sentences of which an answer is made; a model is shown the most telling of them."""

MORE_PASSAGES = 3
"""Passages beyond `top_k` that are read, quoting costing no tokens, where two things are compared: what is said of the
second often stands last."""

MAX_REPAIRED = 2
"""Claims that one question may have repaired; further ones are withheld."""


async def generate(state: State, runtime: Runtime[Context], deps: Deps) -> Generated:
    """Write the draft, streaming it; or rewrite the claims that validation refused."""
    if state.claims:
        return await _repair(state, runtime.context, deps)
    more = MORE_PASSAGES if deps.language.mode == "extractive" and comparison_in(state.rewritten) else 0
    ranking = state.ranking[: runtime.context.top_k + more]
    vector = np.array(state.vector, dtype=np.float32)
    evidence = await select_evidence(state.rewritten, vector, ranking, deps.knowledge, MAX_EVIDENCE)
    update = Generated(evidence=evidence, draft="", missing=(), written_by=deps.language.mode)
    if not evidence:
        return update
    chains, features = await apart(_read_in_chains, state.rewritten, evidence)
    update["features"], update["votes"] = state.features | features, chains.votes
    budget = remaining(state, runtime.context)
    # What is screened as a whole is read by nobody before.
    report = runtime.stream_writer if deps.screener is None else _unsaid
    try:
        if deps.language.mode == "model" and not budget.allows_call():
            raise BudgetExhausted("the limit of model calls, tokens or seconds was reached before it was written")
        writer = deps.helper if is_easy(state) else deps.language
        draft = await _write(writer, chains, budget, deps, report)
    except (ModelUnavailable, BudgetExhausted, ModelDeclined) as error:
        why = f"This answer quotes the documents, since {str(error).rstrip('.')}."
        runtime.stream_writer(DraftDiscarded(why))
        draft = await _write(ExtractiveLanguage(), chains, budget, deps, report)
        if isinstance(error, ModelDeclined):
            draft = replace(draft, usage=error.usage)
        update["notes"], update["degraded"] = (why,), True
        update["written_by"] = "extractive"
    text = draft.text
    if text.upper().startswith(NOT_FOUND):
        update["missing"] = said_missing(text[len(NOT_FOUND) :], state.rewritten)
        text = ""
    update["draft"], update["usage"] = text, draft.usage
    if draft.mean_logprob is not None:
        update["features"]["mean_logprob"] = draft.mean_logprob
    return update


def _read_in_chains(question: str, evidence: Sequence[Evidence]) -> tuple[Chains, dict[str, float]]:
    """The evidence as the answer's writer reads it, and what the confidence will look at."""
    chains = Chains(question, evidence, asked_last(question))
    return chains, chains.features()


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
    reader = DraftReader(chains.question, chains.evidence, deps.verifier)
    usage, logprob = Usage(), None
    deltas = language.answer(chains, max_tokens=budget.tokens)
    async for delta in stream_within(budget.seconds, deltas):
        if delta.text:
            pieces.append(delta.text)
            if not _declines(pieces) and (text := await reader.feed(delta.text)):
                report(Token(text))
        usage = usage + (delta.usage or Usage())
        logprob = delta.mean_logprob if delta.mean_logprob is not None else logprob
    if not _declines(pieces) and (text := await reader.finish()):
        report(Token(text))
    return _Draft("".join(pieces).strip(), usage, logprob)


def _unsaid(token: Token) -> None:
    """The sentences come with the `Answer`."""


def _declines(pieces: Sequence[str]) -> bool:
    return bool(pieces) and pieces[0].lstrip().upper().startswith(NOT_FOUND)


async def _repair(state: State, context: Context, deps: Deps) -> Generated:
    """Ask once for each refused claim to be said as its evidence says it; what stays refused is withheld later."""
    evidence = {item.number: item for item in state.evidence}
    usage = Usage()
    draft: list[str] = []
    repaired = 0
    for claim in state.claims:
        text = write_statement(claim.text, claim.markers)
        tokens = remaining(state, context).tokens - usage.input_tokens - usage.output_tokens
        if claim.withheld and repaired < MAX_REPAIRED and tokens > 0:
            repaired += 1
            cited = [evidence[number] for number in claim.markers] or _most_relevant(state.evidence)
            try:
                reply = deps.language.repair(state.rewritten, claim.text, cited, max_tokens=tokens)
                repair = await within(remaining(state, context).seconds, reply)
            except (ModelUnavailable, BudgetExhausted):
                repair = Repair(None)  # the claim stays refused and will be withheld, which the answer says
            usage = usage + repair.usage
            if repair.text and read_statements(repair.text, evidence):
                text = repair.text
        draft.append(text)
    # Blank lines keep claims apart that end without a full stop; joined by spaces, two would be read as one.
    return Generated(draft="\n\n".join(draft), repairs=state.repairs + 1, usage=usage)


def _most_relevant(evidence: tuple[Evidence, ...]) -> list[Evidence]:
    return sorted(evidence, key=lambda item: (-item.relevance, item.number))[:5]
