"""From written passages to pairs of a text and a question, with whether the one answers the other."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evals.answer_checker_training.written import Asked, Written
from tools.answer_checkers.builtin import pair_of
from tools.pair_encoders.training import Example
from tools.ports import AnswerToCheck

BESIDE = 0.4
"""How often an answer is also read with another sentence beside it: an answer may say more than was asked."""

WHOLE = 0.5
"""How often it is read in its whole passage, as near misses are: length must tell nothing."""

BESIDES = 1
"""Sentences of the passage that do not answer it, a pass."""

SLIPS = 0.1
"""How often a question has a slip of the keyboard."""

LEAST_TO_SLIP = 8

ONE, SOME = 1.0, 0.5
"""Weights of what the writer decided on, and of what follows from it."""

MISSED = 0.7


@dataclass(frozen=True, slots=True)
class Pair:
    checked: AnswerToCheck
    answers: bool
    weight: float = ONE


def pairs_of(passages: Sequence[Written], draw: random.Random) -> list[Pair]:
    """What is trained on: each question beside what answers it, single sentences, and sentences of other passages."""
    pairs = [pair for passage in passages for one in passage.asked for pair in _pairs(passage, one, draw)]
    for passage in passages:
        stranger = draw.choice(passages)
        if stranger is not passage:
            text = stranger.read([draw.randrange(len(stranger.says))])
            pairs.append(Pair(AnswerToCheck(draw.choice(passage.asked).question, text), False, SOME))
    return pairs


def judged_pairs(passages: Sequence[Written]) -> list[Pair]:
    """What is judged on: each question beside what answers it, or a near miss beside the whole passage."""
    return [
        Pair(
            AnswerToCheck(one.question, passage.read(one.answered_by or range(len(passage.says)))),
            bool(one.answered_by),
        )
        for passage in passages
        for one in passage.asked
    ]


def examples(pairs: Sequence[Pair]) -> list[Example]:
    """Both answers weigh the same in all."""
    sums = {answers: sum(pair.weight for pair in pairs if pair.answers == answers) for answers in (True, False)}
    shares = {answers: len(pairs) / (2 * total) if total else 0.0 for answers, total in sums.items()}
    return [
        Example(*pair_of(pair.checked), (pair.answers, not pair.answers), pair.weight * shares[pair.answers])
        for pair in pairs
    ]


def _pairs(passage: Written, asked: Asked, draw: random.Random) -> Iterator[Pair]:
    question = _slipped(asked.question, draw) if draw.random() < SLIPS else asked.question
    places, said = asked.answered_by, range(len(passage.says))
    if not places:
        some = draw.sample(said, 2)
        yield Pair(AnswerToCheck(question, passage.read(some[:1])), False, MISSED)
        yield Pair(AnswerToCheck(question, passage.read(said if draw.random() < WHOLE else some)), False, SOME)
        # The table that answers other questions: else it would be learnt that whole ones always answer.
        if wholes := sorted({one.answered_by for one in passage.asked if len(one.answered_by) > 1}):
            yield Pair(AnswerToCheck(question, passage.read(draw.choice(wholes))), False, SOME)
        return
    others = [place for place in said if place not in places]
    yield Pair(AnswerToCheck(question, passage.read(places)), True)
    if others and draw.random() < BESIDE:
        yield Pair(AnswerToCheck(question, passage.read([*places, draw.choice(others)])), True, SOME)
    if others and draw.random() < WHOLE:
        yield Pair(AnswerToCheck(question, passage.read(said)), True, SOME)
    parts = places if len(places) > 1 else ()
    alone = (*draw.sample(others, min(len(others), BESIDES)), *parts)
    yield from (Pair(AnswerToCheck(question, passage.read([place])), False, SOME) for place in alone)


def _slipped(question: str, draw: random.Random) -> str:
    """With a letter left out, doubled, or in the wrong place."""
    if len(question) < LEAST_TO_SLIP:
        return question
    at = draw.randrange(1, len(question) - 2)
    before, letter, after = question[:at], question[at], question[at + 1 :]
    return draw.choice([before + after, before + letter + letter + after, before + after[0] + letter + after[1:]])
