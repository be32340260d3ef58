"""From written passages to pairs: nothing but the answer may tell an answer from a near miss."""

import json
import random
from pathlib import Path

import pytest

from evals.answer_checker_training import pairs
from evals.answer_checker_training.pairs import examples, judged_pairs, pairs_of
from evals.answer_checker_training.written import Asked, Written, load_passages
from tools.errors import InvalidDataset

LIFTS = Written(
    "test",
    "Building",
    "Lifts",
    ("The lift carries eight people.", "It stops at nine.", "Ring 44 when it is stuck."),
    (
        Asked("How many people fit into the lift?", (0,)),
        Asked("Until when can eight people use it?", (0, 1)),
        Asked("Who repairs the lift?", ()),
    ),
)
OTHER = Written("test", "", "", ("Soup is served at noon.", "It is free."), (Asked("When is soup served?", (0,)),))


@pytest.fixture(autouse=True)
def _typed_without_slips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "SLIPS", 0.0)


def texts(question: str, *, answers: bool) -> set[str]:
    made = pairs_of([LIFTS, OTHER], random.Random(3))
    return {pair.checked.text for pair in made if pair.checked.question == question and pair.answers == answers}


def test_what_answers_is_read_under_title_and_heading() -> None:
    assert "Building – Lifts: The lift carries eight people." in texts(LIFTS.asked[0].question, answers=True)
    assert "Soup is served at noon." in texts(OTHER.asked[0].question, answers=True)


def test_every_other_sentence_is_a_miss_and_so_is_half_an_answer() -> None:
    missed = texts(LIFTS.asked[1].question, answers=False)
    assert {f"Building – Lifts: {said}" for said in LIFTS.says} <= missed


def test_a_near_miss_has_no_answer() -> None:
    question = LIFTS.asked[2].question
    assert not texts(question, answers=True)
    assert len(texts(question, answers=False)) >= 2


def test_a_near_miss_is_read_beside_what_answers_another_question_as_a_whole() -> None:
    whole = "Building – Lifts: The lift carries eight people. It stops at nine."
    assert whole in texts(LIFTS.asked[2].question, answers=False)


def test_pairs_are_the_same_for_the_same_seed() -> None:
    assert pairs_of([LIFTS, OTHER], random.Random(1)) == pairs_of([LIFTS, OTHER], random.Random(1))


def test_both_answers_weigh_the_same() -> None:
    rows = examples(pairs_of([LIFTS, OTHER] * 20, random.Random(2)))
    weights = [sum(row.weight for row in rows if row.allowed[0] == answers) for answers in (True, False)]
    assert weights[0] == pytest.approx(weights[1])


def test_a_question_mark_is_not_learnt_from() -> None:
    assert not any(row.second.endswith("?") for row in examples(judged_pairs([LIFTS, OTHER])))


def test_a_question_may_have_a_slip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "SLIPS", 1.0)
    asked = {pair.checked.question for pair in pairs_of([LIFTS], random.Random(3))}
    assert asked.isdisjoint(one.question for one in LIFTS.asked)


def test_the_bundled_passages_are_whole() -> None:
    passages = load_passages()
    asked = [one for passage in passages for one in passage.asked]
    misses = sum(not one.answered_by for one in asked)
    assert len(passages) >= 3_000
    assert 0.4 < misses / len(asked) < 0.6
    assert len({(passage.title, passage.says) for passage in passages}) == len(passages)


def test_a_broken_row_is_named_by_file_and_line(tmp_path: Path) -> None:
    good = {"title": "", "heading": "", "says": ["a", "b"], "asked": [{"question": "q", "answered_by": [5]}]}
    (tmp_path / "some.jsonl").write_text(json.dumps(good) + "\n", encoding="utf-8")
    with pytest.raises(InvalidDataset, match=r"some\.jsonl:1: a question names a sentence that does not exist"):
        load_passages(tmp_path)
    (tmp_path / "some.jsonl").write_text("{}\n", encoding="utf-8")
    with pytest.raises(InvalidDataset, match=r"some\.jsonl:1: not a passage"):
        load_passages(tmp_path)
    (tmp_path / "some.jsonl").unlink()
    with pytest.raises(InvalidDataset, match="no passages"):
        load_passages(tmp_path)
