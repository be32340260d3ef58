"""How hard a question is to answer, judged before the answer is written."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from graph.conclusions.comparison import comparison_in
from graph.state import State

CLOSED = 0.6
"""A best chain that covers this share of the question's idf mass leaves little open. Chosen on the handbook's questions
(python -m evals.routing), which it therefore flatters: at 0.8 half as many are easy."""

PROBABLE = 0.5


class HopLike(Protocol):
    @property
    def n(self) -> int: ...

    @property
    def kind(self) -> str: ...


def is_easy(state: State) -> bool:
    """Whether a small model may write the answer."""
    scores = [ranked.score for ranked in state.ranking]
    return not hard_parts(state.rewritten, state.hops, scores, state.features.get("chain_coverage", 0.0))


def hard_parts(
    question: str, hops: Sequence[HopLike], scores: Iterable[float], chain_coverage: float
) -> tuple[str, ...]:
    """What makes a question hard, in words. It is easy (empty) if it asks one thing, one passage probably says it, and
    no part of it is left uncovered. `scores` are the probabilities that each passage is evidence."""
    probable = sum(score > PROBABLE for score in scores)
    found = {
        "it has several parts": sum(hop.n == 1 and hop.kind == "search" for hop in hops) > 1,
        "a follow-up was asked": any(hop.kind == "follow_up" for hop in hops),
        "two things are compared": comparison_in(question) is not None,
        "its chain is open": chain_coverage < CLOSED,
        "no passage is probable": probable == 0,
        "passages must be joined": probable > 1,
    }
    return tuple(reason for reason, holds in found.items() if holds)
