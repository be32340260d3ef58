"""Whether a run kept what `HOPLINE_MAX_ERROR_RATE` promised."""

from pathlib import Path

import pytest

from agent.settings import Settings
from evals.datasets import Dataset, Question
from evals.manifest import Manifest, describe_run
from evals.promise import Promise, main, promise_of
from evals.scoring import ScoredQuestion
from tests.evals.doubles import made_answer, made_record
from tests.evals.sample_run import write_sample_run

ASKED = Question("q", "Where?", ("Paris",), ())


def scored(*rights: bool | None) -> list[ScoredQuestion]:
    return [ScoredQuestion(made_record(ASKED, answer=made_answer()), {}, right, None) for right in rights]


def manifest(**settings: float) -> Manifest:
    dataset = Dataset("handbook", (ASKED,), (), frozenset(), "c" * 64, ())
    return describe_run(dataset, (ASKED,), Settings.model_validate(settings), retrieval_only=False, k=10)


def test_what_was_declined_is_not_among_the_answers_that_may_be_wrong() -> None:
    promise = promise_of(manifest(max_error_rate=0.2), scored(True, True, False, None))
    assert promise == Promise(asked=4, given=3, wrong=1, rate=0.2)
    assert promise.sentence == "1 of 3 answers given are wrong (33.3%); at most 20% was promised."
    low, high = promise.interval
    assert low < 1 / 3 < high


def test_a_bar_of_ones_own_promises_nothing() -> None:
    promise = promise_of(manifest(min_confidence=0.0), scored(False))
    assert promise is not None
    assert promise.rate is None
    assert promise.sentence == "1 of 1 answers given are wrong (100.0%)."


def test_without_answers_nothing_was_kept_or_broken() -> None:
    assert promise_of(manifest(), scored(None)) is None


def test_each_run_is_a_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answered = write_sample_run(tmp_path / "answered")
    searched = write_sample_run(tmp_path / "searched", retrieval_only=True)
    assert main([str(answered), str(searched)]) == 0
    rows = [line.replace("│", " ").split() for line in capsys.readouterr().out.splitlines()]
    (given,) = (row for row in rows if row[:1] == ["support-handbook"] and row[1] != "–")
    assert given[1] == "120"
    assert given[-1] == "30%"
    assert ["support-handbook", *"–––––"] in rows


def test_a_folder_that_is_no_run_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nowhere"]) == 1
    assert "nowhere: not a run folder" in capsys.readouterr().err
    assert main([]) == 2
