"""Whether what is said answers what is asked: the answer checker judges the chains that may be the answer, and then the
answer itself, for its confidence."""

import math
from collections.abc import Iterable, Sequence
from itertools import groupby, islice

from graph.apart import apart
from graph.chaining.chain_scores import Chain
from graph.chaining.chains import Chains
from graph.state import CheckedClaim, State
from graph.structure.wholes import Whole, parts_of_whole
from graph.texts.leaning import leant_on
from graph.texts.words import content_words
from tools.errors import AnswerCheckerUnavailable
from tools.ports import AnswerChecker, AnswerToCheck

READ = 6
"""How many chains the checker reads. With four, a question takes a sixth less time and one answer in eighty is lost;
with twelve, hardly any are gained."""

FEW_WORDS = 4
"""A question with at most this many content words names little that would single out a part."""

LEAD, LEAD_OF_FEW = 1.0, -1.0
"""By how much the log-odds of a whole table or list must exceed those of the best chain. The second holds for questions
of few words: there the checker mostly takes a special case for the answer."""

BEHIND = 2.0
"""By how much they may fall short if the best chain is a part of that table or list: then nothing is lost."""

APART = 1.0
"""By how much the log-odds of a table must exceed those of another one with the same columns; else neither is meant."""

BOUND = 8.0
"""Log-odds are cut at this bound."""

NO_WHOLE = {"as_whole": 0.0, "as_called": 0.0, "whole_leads": 0.0}
AS_WHOLE = NO_WHOLE | {"as_whole": 1.0}
AS_CALLED = AS_WHOLE | {"as_called": 1.0}
"""The features when none was offered, when one is quoted, and when it is the one that is called what is asked for."""

Said = tuple[str, str]
"""A header and what stands under it."""


DOWN = "What tells answers from near misses is down: what is quoted was chosen without it."


async def reread(chains: Chains, checker: AnswerChecker | None) -> tuple[Chains, bool]:
    """The chains, ranked also by the checker's judgement, and whether the checker is down; then they are unchanged."""
    if checker is None:
        return chains, False
    best = await apart(lambda: list(islice(chains.telling_chains, READ)))
    known = {chain.numbers for chain in best}
    pairs = ((chain.numbers, _with_leant_on(chain, chains)) for chain in best)
    leaning = {numbers: pair for numbers, pair in pairs if pair and pair.numbers not in known}
    read = [*best, *leaning.values()]
    texts = [_read([(item.header, item.said) for item in chain.items]) for chain in read]
    try:
        found = await checker.check([AnswerToCheck(chains.question, text) for text in texts])
    except AnswerCheckerUnavailable:
        return chains, True
    odds = {chain.numbers: log_odds(one) for chain, one in zip(read, found, strict=True)}
    instead = {numbers: pair for numbers, pair in leaning.items() if odds[pair.numbers] > odds[numbers]}
    meant = [instead.get(chain.numbers, chain) for chain in best]
    return chains.with_odds([(chain, odds[chain.numbers]) for chain in meant], instead), False


def _with_leant_on(chain: Chain, chains: Chains) -> Chain | None:
    """A lone sentence together with the one before it that it leans on; None if it leans on none, or says exactly what
    is asked."""
    if len(chain.items) > 1 or chain == chains.direct:
        return None
    before = leant_on(chain.answer, chains.considered)
    return Chain((before, chain.answer), chain.score) if before else None


async def answering_whole(
    chains: Chains, wholes: Sequence[Whole], checker: AnswerChecker
) -> tuple[Whole | None, dict[str, float]]:
    """The table or list to quote instead of the best chain, if any, and two features in -1–1: whether there is one, and
    otherwise by how much the likeliest one leads. While the checker is down there is none."""
    best = next(chains.telling_chains, None)
    wholes = [whole for whole in wholes if whole.speaks_of(chains.question)]
    if not wholes or best is None or chains.odds is None:
        return None, NO_WHOLE
    texts = [_read([(part.header, part.said) for part in whole.parts]) for whole in wholes]
    try:
        found = await checker.check([AnswerToCheck(chains.question, text) for text in texts])
    except AnswerCheckerUnavailable:
        return None, NO_WHOLE
    odds = list(map(log_odds, found))
    instead = [_instead_of(best, whole, chains.question) for whole in wholes]
    enough = [max(least, chains.odds + lead) for least, lead in instead]
    likely = [place for place, one in enumerate(odds) if one >= enough[place]]
    if likely:
        first = max(likely, key=lambda place: odds[place])
        rivals = [odds[place] for place, one in enumerate(wholes) if one.is_like(wholes[first])]
        if all(odds[first] - one >= APART for one in rivals):
            return wholes[first], AS_WHOLE
    return None, NO_WHOLE | {"whole_leads": max(-1.0, min(1.0, (max(odds) - chains.odds) / BOUND))}


def _instead_of(best: Chain, whole: Whole, question: str) -> tuple[float, float]:
    """The lowest log-odds at which the whole is quoted, and by how much they must exceed those of this chain."""
    is_part = len(best.items) == 1 and whole.holds(best.answer) and whole.is_meant_by(question)
    if is_part:
        return -BOUND, -BEHIND
    return 0.0, LEAD_OF_FEW if len(content_words(question)) <= FEW_WORDS else LEAD


async def how_answered(state: State, claims: Sequence[CheckedClaim], checker: AnswerChecker) -> dict[str, float]:
    """The log-odds that the quotations answer the question, as features in -1–1: of all quotations together, and of the
    first one, alone or with the sentence it leans on. Empty without claims or while the checker is down."""
    said = _said(state, claims)
    if not said:
        return {}
    leads = len(said) if _is_whole(state, claims) else 1
    leading = [said[:leads]]
    if leads == 1 and _goes_on(state, claims):  # "Noor organises it." leads with what it speaks of
        leading.append(said[1::-1])
    texts = list(dict.fromkeys(map(_read, (said, *leading))))
    try:
        found = await checker.check([AnswerToCheck(state.asks, text) for text in texts])
    except AnswerCheckerUnavailable:
        return {}
    odds = dict(zip(texts, map(log_odds, found), strict=True))
    return {"answers": odds[_read(said)] / BOUND, "leading_answers": max(odds[_read(one)] for one in leading) / BOUND}


def _goes_on(state: State, claims: Sequence[CheckedClaim]) -> bool:
    """Whether the first quotation leans on the second one."""
    by_number = {item.number: item for item in state.evidence}
    marked = [claim.markers for claim in claims[:2]]
    if [len(markers) for markers in marked] != [1, 1]:
        return False
    first, second = (by_number[number] for (number,) in marked)
    return second == leant_on(first, (second,))


def _is_whole(state: State, claims: Sequence[CheckedClaim]) -> bool:
    """Whether the claims quote exactly the table or list that answers as a whole."""
    told = {number for claim in claims for number in claim.markers}
    return bool(told) and told == {part.number for part in parts_of_whole(state.evidence)}


def _said(state: State, claims: Sequence[CheckedClaim]) -> list[Said]:
    """Each quotation with its header. The parts of a whole are as the checker read them when it was chosen."""
    if _is_whole(state, claims):
        return [(part.header, part.told) for part in parts_of_whole(state.evidence)]
    headers = {item.number: item.header for item in state.evidence}
    return [(next((headers.get(number, "") for number in claim.markers), ""), claim.text) for claim in claims]


def _read(said: Sequence[Said]) -> str:
    """The text in the form that the checker was trained on: each header once, before everything under it."""
    sections = groupby(said, lambda one: one[0])
    return " ".join(f"{header}: {_joined(group)}" if header else _joined(group) for header, group in sections)


def _joined(group: Iterable[Said]) -> str:
    return " ".join(text for _, text in group)


def log_odds(probability: float) -> float:
    """The log-odds of a probability, within ±BOUND."""
    within = 1 / (1 + math.exp(BOUND))
    bounded = min(max(probability, within), 1 - within)
    return math.log(bounded / (1 - bounded))
