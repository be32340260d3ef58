"""Whether what is said answers what is asked: the answer checker's word on chains that might be the answer, and on the
one that was given, for its confidence."""

import math
from collections.abc import Iterable, Sequence
from itertools import groupby, islice

from graph.apart import apart
from graph.chaining.chains import Chains
from graph.state import CheckedClaim, State
from tools.errors import AnswerCheckerUnavailable
from tools.ports import AnswerChecker, AnswerToCheck

READ = 6
"""Chains that it reads. With four, one answer in eighty is lost for a sixth of a question's time; twelve bring next to
none."""

BOUND = 8.0
"""Log-odds beyond it say no more."""

Said = tuple[str, str]
"""A header and what stands under it."""


DOWN = "What tells answers from near misses is down: what is quoted was chosen without it."


async def reread(chains: Chains, checker: AnswerChecker | None) -> tuple[Chains, bool]:
    """The chains in an order that the checker has a say in, and whether it is down: then they are as they were."""
    if checker is None:
        return chains, False
    best = await apart(lambda: list(islice(chains.telling_chains, READ)))
    texts = [_read([(item.header, item.said) for item in chain.items]) for chain in best]
    try:
        found = await checker.check([AnswerToCheck(chains.question, text) for text in texts])
    except AnswerCheckerUnavailable:
        return chains, True
    return chains.with_odds([(chain, log_odds(one)) for chain, one in zip(best, found, strict=True)]), False


async def how_answered(state: State, claims: Sequence[CheckedClaim], checker: AnswerChecker) -> dict[str, float]:
    """The log-odds that quotations answer the question, as features in -1–1: all of them together, and what leads by
    itself. Empty without claims, and while the checker is down."""
    said = _said(state, claims)
    if not said:
        return {}
    whole, leading = (AnswerToCheck(state.asks, _read(part)) for part in (said, said[:1]))
    try:
        found = await checker.check([whole] if len(said) == 1 else [whole, leading])
    except AnswerCheckerUnavailable:
        return {}
    return {"answers": log_odds(found[0]) / BOUND, "leading_answers": log_odds(found[-1]) / BOUND}


def _said(state: State, claims: Sequence[CheckedClaim]) -> list[Said]:
    """Each quotation under its header."""
    headers = {item.number: item.header for item in state.evidence}
    return [(next((headers.get(number, "") for number in claim.markers), ""), claim.text) for claim in claims]


def _read(said: Sequence[Said]) -> str:
    """As the checker was taught to read it: a header once over all that stands under it."""
    sections = groupby(said, lambda one: one[0])
    return " ".join(f"{header}: {_joined(group)}" if header else _joined(group) for header, group in sections)


def _joined(group: Iterable[Said]) -> str:
    return " ".join(text for _, text in group)


def log_odds(probability: float) -> float:
    """Within ±BOUND."""
    within = 1 / (1 + math.exp(BOUND))
    bounded = min(max(probability, within), 1 - within)
    return math.log(bounded / (1 - bounded))
