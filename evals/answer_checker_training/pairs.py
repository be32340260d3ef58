"""Turns written passages into pairs of a text and a question, labelled by whether the text answers the question."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evals.answer_checker_training.written import Asked, Written
from tools.answer_checkers.builtin import pair_of
from tools.pair_encoders.training import Example
from tools.ports import AnswerToCheck

BESIDE = 0.4
"""Share of answers that are also used with another sentence beside them: an answer may say more than was asked."""

WHOLE = 0.5
"""Share of answers used within their whole passage, like near misses, so that length tells nothing."""

BESIDES = 1
"""Sentences of the passage that don't answer the question, in each pass."""

SLIPS = 0.1
"""Share of questions with a typing error."""

LEAST_TO_SLIP = 8

ONE, SOME = 1.0, 0.5
"""Weights of pairs that the author wrote, and of pairs derived from these."""

MISSED = 0.7


@dataclass(frozen=True, slots=True)
class Pair:
    checked: AnswerToCheck
    answers: bool
    weight: float = ONE


def pairs_of(passages: Sequence[Written], draw: random.Random) -> list[Pair]:
    """Pairs for training: each question with its answer, with single sentences, and with sentences of other
    passages."""
    pairs = [pair for passage in passages for one in passage.asked for pair in _pairs(passage, one, draw)]
    for passage in passages:
        stranger = draw.choice(passages)
        if stranger is not passage:
            text = stranger.read([draw.randrange(len(stranger.says))])
            pairs.append(Pair(AnswerToCheck(draw.choice(passage.asked).question, text), False, SOME))
    return pairs


def judged_pairs(passages: Sequence[Written]) -> list[Pair]:
    """Pairs for measuring: each question with its answer, or a near miss with the whole passage."""
    return [
        Pair(
            AnswerToCheck(one.question, passage.read(one.answered_by or range(len(passage.says)))),
            bool(one.answered_by),
        )
        for passage in passages
        for one in passage.asked
    ]


def examples(pairs: Sequence[Pair]) -> list[Example]:
    """Weighted so that both labels have the same total weight."""
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
        # A table that answers other questions; otherwise the encoder would learn that whole tables always answer.
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
    """The question with a letter left out, doubled, or swapped."""
    if len(question) < LEAST_TO_SLIP:
        return question
    at = draw.randrange(1, len(question) - 2)
    before, letter, after = question[:at], question[at], question[at + 1 :]
    return draw.choice([before + after, before + letter + letter + after, before + after[0] + letter + after[1:]])
