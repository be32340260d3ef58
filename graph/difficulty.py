"""How hard a question is to answer, from what the graph knows before the answer is written."""

from graph.languages.comparing import comparison_in
from graph.state import State

CLOSED = 0.8
"""A best chain that covers this share of the question's idf mass leaves nothing open (as in follow_up)."""

PROBABLE = 0.5


def hard_parts(state: State) -> tuple[str, ...]:
    """What makes it hard, in words; empty for an easy question: one thing is asked, one passage probably says it, and
    nothing that was asked about is left uncovered."""
    searches = [hop for hop in state.hops if hop.n == 1 and hop.kind == "search"]
    probable = [ranked for ranked in state.ranking if ranked.score > PROBABLE]
    found = {
        "it has several parts": len(searches) > 1,
        "a follow-up was asked": any(hop.kind == "follow_up" for hop in state.hops),
        "two things are compared": comparison_in(state.rewritten) is not None,
        "its chain is open": state.features.get("chain_coverage", 0.0) < CLOSED,
        "no passage is probable": not probable,
        "passages must be joined": len(probable) > 1,
        "a claim was refused": state.repairs > 0,
    }
    return tuple(reason for reason, holds in found.items() if holds)


def is_easy(state: State) -> bool:
    return not hard_parts(state)
