"""A second try where validation refused claims: each is said once more as its evidence says it, or the documents are
quoted instead."""

from dataclasses import replace

from graph.budget import remaining, within
from graph.checking.citations import read_statements, without_item_mark, write_statement
from graph.checking.grounding import led_in, shown
from graph.deps import Deps
from graph.evidence import Evidence
from graph.language import Repair
from graph.languages.declining import leaves_open
from graph.state import CheckedClaim, Context, Retry, State
from graph.updates import Generated
from graph.weighing import bar_of, confidence_of
from tools.errors import BudgetExhausted, ModelUnavailable
from tools.ports import Usage

MAX_REPAIRS = 1
MAX_REPAIRED = 2
"""Claims that one question may have repaired; further ones are withheld."""


def next_try(state: State, features: dict[str, float], context: Context, deps: Deps) -> Retry:
    """What to do about claims as validation left them: nothing, search again where there are none, have refused ones
    said again, or quote the documents where a model's own answer, all repairs made, can't be given. What rules
    concluded is no model's."""
    if state.written_by != "model":
        return ""
    stands = bool(shown(state.claims)) and confidence_of(state, features, deps) >= bar_of(state, context, deps)
    if _may_search_again(state, context, stands):
        return "search"
    is_refused = any(_may_be_repaired(claim) and claim.verified for claim in state.claims)
    if is_refused and state.repairs < MAX_REPAIRS and remaining(state, context).allows_call():
        return "repair"
    if deps.quoting is None or not state.evidence:
        return ""
    return "" if stands or features.get("concluded") else "quote"


def _may_be_repaired(claim: CheckedClaim) -> bool:
    """Whether it may be said once more. Of what says that something is not stated the rest would become an answer."""
    return claim.withheld and not leaves_open(claim.text)


def _may_search_again(state: State, context: Context, stands: bool) -> bool:
    """Whether a model found nothing in what it was shown, or says that something is not stated there and nothing that
    can be given, once: other words may find it. It takes a call to find these and one to answer."""
    left = remaining(state, context)
    says_nothing = not state.draft and not state.claims
    lacks = not stands and any(leaves_open(claim.text) for claim in state.claims)
    is_denial = bool(state.evidence) and (says_nothing or lacks)
    return is_denial and not state.searched_again and left.hops > 0 and left.allows_call(reserve=1)


async def repaired(state: State, context: Context, deps: Deps) -> Generated:
    """Ask once for each refused claim to be said as its evidence says it; what stays refused is withheld later."""
    evidence = {item.number: item for item in state.evidence}
    usage = Usage()
    draft: list[str] = []
    repaired = 0
    for claim, said in zip(state.claims, led_in(state.claims), strict=True):
        text = write_statement(claim.text, claim.markers)
        left = remaining(replace(state, usage=state.usage + usage), context)
        if _may_be_repaired(claim) and repaired < MAX_REPAIRED and left.allows_call():
            repaired += 1
            cited = [evidence[number] for number in claim.markers] or _most_relevant(state.evidence)
            try:
                reply = deps.language.repair(state.rewritten, said, cited, max_tokens=left.tokens)
                repair = await within(left.seconds, reply)
            except (ModelUnavailable, BudgetExhausted) as error:
                # The claim stays refused and will be withheld, which the answer says.
                repair = Repair(None, error.usage)
            usage = usage + repair.usage
            if repair.text and read_statements(repair.text, evidence):
                text = claim.text.removesuffix(without_item_mark(claim.text)) + repair.text
        draft.append(text)
    # Blank lines keep claims apart that end without a full stop; joined by spaces, two would be read as one.
    return Generated(draft="\n\n".join(draft), repairs=state.repairs + 1, usage=usage)


def _most_relevant(evidence: tuple[Evidence, ...]) -> list[Evidence]:
    return sorted(evidence, key=lambda item: (-item.relevance, item.number))[:5]
