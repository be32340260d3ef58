"""validate: every claim against the sentences it cites, before anyone reads it."""

from dataclasses import replace

from langgraph.runtime import Runtime

from graph.budget import remaining, within
from graph.checking.citations import Statement, read_statements
from graph.checking.grounding import complemented, led_in, shown
from graph.checking.judging import doubtful
from graph.checking.proving import MAX_CLAIMS, proven
from graph.checking.repairing import next_try
from graph.deps import Deps
from graph.progress import DraftDiscarded, Validated
from graph.state import CheckedClaim, Context, State
from graph.updates import Checked
from graph.weighing import features_of
from tools.errors import BudgetExhausted, ModelUnavailable
from tools.ports import Usage, Verifier

SEARCHED_AGAIN = "Not all of it is stated in what was found: it is searched for once more."


async def validate(state: State, runtime: Runtime[Context], deps: Deps) -> Checked:
    """Read the draft's claims and marks, drop invented marks, and let the verifier judge each claim; what it is in
    doubt about, a model judges in one call, if there is one and the budget allows it."""
    known = {item.number for item in state.evidence}
    statements = read_statements(state.draft, known, quoted=state.written_by == "extractive")[:MAX_CLAIMS]
    claims = await proven(statements, state.put, state.evidence, deps.verifier)
    claims = await _completed(claims, state, deps.verifier)
    claims, usage = await _judged(claims, state, runtime.context, deps)
    checked = replace(state, claims=tuple(claims), usage=state.usage + usage)
    weighed = features_of(checked, shown(checked.claims)) if state.written_by == "model" else {}
    retry = next_try(checked, weighed, runtime.context, deps)
    if retry == "search":
        if state.draft:
            runtime.stream_writer(DraftDiscarded(SEARCHED_AGAIN))
    else:
        withheld = sum(claim.withheld for claim in claims)
        runtime.stream_writer(Validated(len(claims) - withheld, withheld))
    return Checked(
        claims=checked.claims,
        usage=usage,
        degraded=any(not claim.verified for claim in claims),
        weighed=weighed,
        retry=retry,
    )


async def _completed(claims: list[CheckedClaim], state: State, verifier: Verifier) -> list[CheckedClaim]:
    """A claim may need two passages where its writer marked one: the sentence that holds most of what is not yet
    covered is added, and stays if the claim is supported with it."""
    places = [place for place, claim in enumerate(claims) if claim.support != "supported"]
    more = {place: complemented(claims[place], state.evidence) for place in places}
    tried = [place for place in places if more[place] != claims[place].markers]
    statements = [Statement(claims[place].text, more[place]) for place in tried]
    again = await proven(statements, state.put, state.evidence, verifier)
    for place, claim in zip(tried, again, strict=True):
        if claim.support == "supported":
            claims[place] = claim
    return claims


async def _judged(
    claims: list[CheckedClaim], state: State, context: Context, deps: Deps
) -> tuple[list[CheckedClaim], Usage]:
    places = doubtful(claims)
    budget = remaining(state, context)
    if deps.judge is None or not places or not budget.allows_call():
        return claims, Usage()
    said = led_in(claims)
    asked = [replace(claims[place], text=said[place]) for place in places]
    try:
        verdicts, usage = await within(
            budget.seconds, deps.judge.judge(state.put, asked, state.evidence, max_tokens=budget.tokens)
        )
    except (ModelUnavailable, BudgetExhausted) as error:
        return claims, error.usage  # the verifier's verdicts stand
    for place, verdict in zip(places, verdicts or (), strict=verdicts is not None):
        claims[place] = replace(claims[place], support=verdict.support, score=verdict.score)
    return claims, usage
