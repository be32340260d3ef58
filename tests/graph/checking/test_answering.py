"""What the answer checker is asked of a finished answer, and what its word becomes."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from graph.chaining.chain_scores import Chain
from graph.chaining.chains import BEHIND, Chains
from graph.chaining.weights import DESCRIBED, WEIGHTS
from graph.checking.answering import READ, how_answered, reread
from graph.languages.extractive import compose
from graph.state import CheckedClaim, State
from tests.graph.conclusions.test_comparing import said
from tools.errors import AnswerCheckerUnavailable
from tools.ports import AnswerChecker, AnswerToCheck

REPLACED = "How long is the warranty of a lantern?"
LANTERNS = (
    said(1, "Lantern", "The battery of a lantern is replaced within the warranty after 4 years."),
    said(2, "Rules", "Every lantern is covered for 3 years from the day of purchase."),
    said(3, "Rules", "It is to be sent to the depot."),
)
EVIDENCE = (
    said(1, "Leave", "Each employee has 28 days."),
    said(2, "Leave", "Five of them may be kept."),
    said(3, "Sickness", "A note is due on day three."),
)


class Checker:
    name = "test"

    def __init__(self, *found: float) -> None:
        self._found = found
        self.asked: list[AnswerToCheck] = []

    async def check(self, answers: Sequence[AnswerToCheck]) -> list[float]:
        self.asked += answers
        return list(self._found[: len(answers)])


class Down:
    name = "down"

    async def check(self, answers: Sequence[AnswerToCheck]) -> list[float]:
        raise AnswerCheckerUnavailable("it does not answer")


def claim(number: int) -> CheckedClaim:
    return CheckedClaim(EVIDENCE[number - 1].quote, (number,), "supported", 1.0)


def state() -> State:
    question = "How many days of leave are there?"
    return State(question, rewritten=question, evidence=EVIDENCE, written_by="extractive")


class Reading:
    """Likely where the text holds a word."""

    name = "reading"

    def __init__(self, word: str, likely: float = 0.99, unlikely: float = 0.01) -> None:
        self._word, self._likely, self._unlikely = word, likely, unlikely
        self.asked: list[AnswerToCheck] = []

    async def check(self, answers: Sequence[AnswerToCheck]) -> list[float]:
        self.asked += answers
        return [self._likely if self._word in answer.text else self._unlikely for answer in answers]


async def again(chains: Chains, checker: AnswerChecker) -> Chains:
    reread_chains, is_down = await reread(chains, checker)
    assert not is_down
    return reread_chains


async def test_the_chain_that_is_likelier_to_answer_goes_first() -> None:
    chains = Chains(REPLACED, LANTERNS)
    before = next(chains.telling_chains).answer
    after = {word: next((await again(chains, Reading(word))).telling_chains).answer for word in ("covered", "battery")}
    assert before.number == after["battery"].number == 1
    assert after["covered"].number == 2
    assert compose(await again(chains, Reading("covered")))[0].numbers == (2,)


async def test_nothing_is_lost_or_doubled_by_reading_again() -> None:
    chains = Chains(REPLACED, LANTERNS)
    other = await again(chains, Reading("depot"))
    assert sorted(chain.numbers for chain in other.telling_chains) == sorted(
        chain.numbers for chain in chains.telling_chains
    )
    standings = [other.standing(chain) for chain in other.telling_chains][:READ]
    assert standings == sorted(standings, reverse=True)


async def test_what_was_not_read_stands_as_the_least_likely() -> None:
    evidence = [said(n, f"Page {n}", f"The lantern of depot {n} has a warranty of {n} years.") for n in range(1, 30)]
    chains = Chains(REPLACED, evidence)
    unread = list(chains.telling_chains)[READ]
    assert (await again(chains, Reading("nowhere"))).standing(unread) < unread.score
    assert chains.standing(unread) == unread.score


async def test_what_follows_the_answer_without_adding_to_it_stands_behind_it() -> None:
    device = said(1, "Periods", "The HG-4 is covered for 24 months from its delivery.")
    battery = said(2, "Power failure", "The HG-4 charges its battery in six hours after its delivery.")
    asked = "How long are they covered from delivery?"
    chains = Chains(asked, [device, battery])
    found = await again(chains, Reading("covered"))
    both = next(chain for chain in found.telling_chains if chain.numbers == (1, 2))
    alone = next(chain for chain in found.telling_chains if chain.numbers == (1,))
    assert found.standing(both) < found.standing(alone)
    other = await again(chains, Reading("charges"))
    assert other.standing(both) > other.standing(alone)


@pytest.mark.parametrize(
    ("question", "alone_odds", "expected"),
    [
        ("How long are they covered from delivery?", 4.9, 1.0 + 4.9 * DESCRIBED["answers"] - BEHIND),
        ("How long are they covered from delivery?", 4.0, 3.0 + 5.0 * DESCRIBED["answers"]),
        ("How long is Mill Lane Bridge covered?", 4.9, 3.0 + 5.0 * WEIGHTS["answers"]),
    ],
)
def test_only_what_is_as_likely_by_itself_holds_a_chain_back(question: str, alone_odds: float, expected: float) -> None:
    device = said(1, "Mill Lane Bridge", "The HG-4 is covered for 24 months from its delivery.")
    battery = said(2, "Power failure", "The HG-4 charges its battery in six hours after its delivery.")
    both, alone = Chain((device, battery), 3.0), Chain((device,), 1.0)
    chains = Chains(question, [device, battery]).with_odds([(both, 5.0), (alone, alone_odds)])
    assert chains.standing(both) == pytest.approx(expected)


async def test_so_many_chains_are_read_and_no_more() -> None:
    evidence = [said(n, f"Page {n}", f"The lantern of depot {n} has a warranty of {n} years.") for n in range(1, 30)]
    reading = Reading("depot")
    await again(Chains(REPLACED, evidence), reading)
    assert len(reading.asked) == READ


async def test_a_sentence_that_says_what_is_asked_stays_first_where_both_are_as_likely() -> None:
    direct = said(1, "Lantern", "The warranty of a lantern is 3 years.")
    chains = Chains(REPLACED, [direct, *(replace(item, number=item.number + 1) for item in LANTERNS)])
    assert chains.direct is not None
    kept, passed = await again(chains, Reading("nowhere")), await again(chains, Reading("covered"))
    assert next(kept.telling_chains) == chains.direct
    assert (kept.features()["chain_direct"], passed.features()["chain_direct"]) == (1.0, 0.0)


async def test_the_order_is_as_it_was_while_the_checker_is_down_or_there_is_none() -> None:
    chains = Chains(REPLACED, LANTERNS)
    assert await reread(chains, Down()) == (chains, True)
    assert await reread(chains, None) == (chains, False)


async def test_without_evidence_nothing_is_read() -> None:
    reading = Reading("x")
    assert list((await again(Chains(REPLACED, ()), reading)).telling_chains) == []
    assert reading.asked == []


async def test_all_that_is_said_is_read_under_its_headers_and_what_leads_by_itself() -> None:
    checker = Checker(0.5, 0.9)
    found = await how_answered(state(), [claim(1), claim(2), claim(3)], checker)
    whole, first = checker.asked
    assert whole.question == state().rewritten
    assert whole.text == (
        "Leave: Each employee has 28 days. Five of them may be kept. Sickness: A note is due on day three."
    )
    assert first.text == "Leave: Each employee has 28 days."
    assert found["answers"] == pytest.approx(0.0)
    assert 0 < found["leading_answers"] < 1


async def test_a_lone_sentence_is_asked_of_once() -> None:
    checker = Checker(0.8)
    found = await how_answered(state(), [claim(1)], checker)
    assert len(checker.asked) == 1
    assert found["answers"] == found["leading_answers"] > 0


@pytest.mark.parametrize(("probability", "feature"), [(0.0, -1.0), (1.0, 1.0)])
async def test_certainty_is_bounded(probability: float, feature: float) -> None:
    found = await how_answered(state(), [claim(1)], Checker(probability))
    assert found["answers"] == pytest.approx(feature)


async def test_nothing_is_known_without_claims_or_while_it_is_down() -> None:
    assert await how_answered(state(), [], Checker()) == {}
    assert await how_answered(state(), [claim(1)], Down()) == {}


@pytest.mark.parametrize("row", ["Price a month; Basic: EUR 3; Pro: EUR 5", "Plan: Pro; Price: EUR 5"])
async def test_the_row_with_the_very_cell_goes_before_prose_that_seems_likelier(row: str) -> None:
    evidence = (
        said(1, "Texts", "Texts are in Pro; in Basic they cost EUR 0.09 each."),
        said(2, "Plans", row),
        said(3, "Plans", "Each plan runs for a month."),
    )
    chains = Chains("What does Pro cost?", evidence)
    seems = await again(chains, Reading("Texts", likely=0.6, unlikely=0.3))
    assert next(seems.telling_chains).answer.said == row
    surely = await again(chains, Reading("Texts"))
    assert next(surely.telling_chains).answer.said == evidence[0].said
