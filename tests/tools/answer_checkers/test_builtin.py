"""The built-in answer checker: it tells answers from near misses, and nothing a text holds brings it down."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tools.answer_checkers.builtin import ARTEFACT, BuiltinAnswerChecker, pair_of
from tools.answer_checkers.opening import open_answer_checker
from tools.errors import MissingModel
from tools.ports import AnswerToCheck

MAX_BYTES = 75_000_000
TOLD_APART = [
    (
        "How long is the warranty on a lantern?",
        "Lantern L2 – Warranty: Every lantern is covered for three years from the day it is bought.",
        "Lantern L2 – Battery: It is replaced at the depot every four years, free of charge within the warranty.",
    ),
    (
        "who do i call if the lift is stuck",
        "Building – Lifts: When a lift stops between floors, ring the caretaker on 44.",
        "Building – Lifts: The lift was put in by Ada Brun in 1987 and carries eight people.",
    ),
    (
        "What is Ada Brun's extension?",
        "Directory: Name: Ada Brun; Role: Librarian; Extension: 210",
        "Directory: Name: Bo Ek; Role: Deputy librarian; Extension: 214; Deputy: Ada Brun",
    ),
    (
        "may visitors park in the yard",
        "Parking – Yard: Guests leave their cars in the street, never in the yard.",
        "Parking – Yard: The yard was paved in 2019 and holds twelve cars.",
    ),
    (
        "can i bring my own laptop",
        "Devices: Private computers may be used once IT has enrolled them.",
        "Devices: Laptops are handed out on the first day, with a bag of your own choice.",
    ),
    (
        "Why was the harbour closed in March?",
        "Log – March: Ice in the basin kept every ship out, so that the harbour stayed shut for nine days.",
        "Log – March: The harbour was closed on 3 March and opened again on the 12th.",
    ),
    (
        "how much is parking for guests a day",
        "Car park: Visitors pay 6 euros a day, staff 2.",
        "Car park: Guests find a bay on level 2; a lost ticket costs 20 euros.",
    ),
    (
        "How many people live in Harrow Fen?",
        "Harrow Fen: The village had 812 inhabitants at the census of 2011.",
        "Harrow Fen: The village in the Kelder district was first mentioned in 1284.",
    ),
    (
        "what do i do if my badge is lost",
        "Badges: Report a missing badge to reception, who block it at once and print another.",
        "Badges: A badge that is found is kept at reception for four weeks.",
    ),
    (
        "who signs off refunds above 500 euros",
        "Refunds: Whatever exceeds 500 euros needs the signature of the duty manager.",
        "Refunds: Up to 500 euros the shift lead signs; the customer hears of it within a day.",
    ),
    (
        "When does the library open on Sundays?",
        "Hours: Day: Sunday; Library: 11:00–16:00; Café: closed",
        "Hours: Day: Saturday; Library: 09:00–16:00; Café: 10:00–15:00",
    ),
    (
        "Which spring does the pump in hall 3 draw from?",
        "Hall 3: Its pump is fed by the Nettle spring.",
        "Hall 3: The pump was overhauled in spring and draws 420 watts.",
    ),
]
MOST = 9
"""Of the twelve, at the least: ten on some processors, since two of them are hardly told apart."""


@pytest.fixture(scope="module")
def checker() -> BuiltinAnswerChecker:
    return BuiltinAnswerChecker()


@pytest.fixture(scope="module")
def found(checker: BuiltinAnswerChecker) -> Callable[..., list[float]]:
    return lambda *answers: checker._check(list(answers))


def test_an_answer_is_likelier_one_than_a_near_miss(found: Callable[..., list[float]]) -> None:
    told = [found(*(AnswerToCheck(question, text) for text in texts)) for question, *texts in TOLD_APART]
    assert sum(answer > miss for answer, miss in told) >= MOST, told


def test_a_question_mark_and_capitals_tell_nothing(found: Callable[..., list[float]]) -> None:
    text = "Parking – Yard: The yard holds twelve cars."
    one, other = found(AnswerToCheck("How many cars fit?", text), AnswerToCheck("how many cars fit", text))
    assert one == pytest.approx(other)


@given(st.text(st.characters(), max_size=400), st.text(st.characters(), max_size=2_000))
@example("who \ud83d", "half a character: \ude00")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_there_has_a_probability(found: Callable[..., list[float]], question: str, text: str) -> None:
    [probability] = found(AnswerToCheck(question, text))
    assert 0 <= probability <= 1


def test_a_reply_is_judged_alone_as_among_others(found: Callable[..., list[float]]) -> None:
    answers = [AnswerToCheck(question, text) for question, *texts in TOLD_APART for text in texts]
    together = found(*answers)
    assert together == pytest.approx([found(answer)[0] for answer in answers], abs=1e-3)


async def test_nothing_to_check_asks_nothing(checker: BuiltinAnswerChecker) -> None:
    assert await checker.check([]) == []


def test_a_long_text_is_cut() -> None:
    text, question = pair_of(AnswerToCheck("who " * 10_000, "word " * 1_000_000))
    assert len(text) <= 1_200
    assert len(question) <= 1_200


def test_a_missing_artefact_says_how_to_get_it() -> None:
    with pytest.raises(MissingModel, match="make checker"):
        BuiltinAnswerChecker(ARTEFACT / "nowhere")


def test_a_damaged_installation_answers_without_it(caplog: pytest.LogCaptureFixture) -> None:
    assert open_answer_checker(ARTEFACT / "nowhere") is None
    assert "confidence knows less" in caplog.text


def test_it_is_small_and_has_a_card() -> None:
    assert sum(file.stat().st_size for file in ARTEFACT.iterdir()) < MAX_BYTES
    assert "Model card" in (ARTEFACT / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_calls_at_once_are_answered_apart(checker: BuiltinAnswerChecker) -> None:
    async def both() -> list[list[float]]:
        return await asyncio.gather(*(checker.check([one]) for one in asked))

    asked = [AnswerToCheck(question, said) for question, said, _ in TOLD_APART]
    alone = [checker._check([one]) for one in asked]
    assert asyncio.run(both()) == alone
