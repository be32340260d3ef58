"""What the routing by difficulty would do to the questions of a finished run."""

import io

import pytest
from rich.console import Console

from agent.answers import Hop, RankedPassage
from evals.datasets import Question
from evals.routing import hard_parts_of, main, table_of
from evals.scoring import ScoredQuestion
from tests.evals.doubles import made_answer, made_record


def scored(*, scores: tuple[float, ...], coverage: float, right: bool | None) -> ScoredQuestion:
    ranking = tuple(RankedPassage(passage_id=str(n), source="s", score=score, hop=1) for n, score in enumerate(scores))
    given = made_answer(
        "When does the canteen open?",
        ranking=ranking,
        hops=(Hop(n=1, kind="search", query="q", passage_ids=()),),
        features={"chain_coverage": coverage},
    )
    question = Question(id="1", question="When does the canteen open?", answers=("nine",), supporting_ids=())
    return ScoredQuestion(made_record(question, answer=given), {}, right, None)


def test_easy_and_hard_ones_are_counted_with_how_they_fared() -> None:
    easy = scored(scores=(0.9,), coverage=0.9, right=True)
    open_chain = scored(scores=(0.9,), coverage=0.1, right=False)
    joined = scored(scores=(0.9, 0.8), coverage=0.1, right=None)
    assert hard_parts_of(joined.record) == ("its chain is open", "passages must be joined")
    console = Console(width=80, file=io.StringIO(), record=True)
    console.print(table_of("handbook", [easy, easy, open_chain, joined]))
    rows = [line.replace("│", " ").split() for line in console.export_text().splitlines()]
    assert ["easy", "50%", "100%", "100%"] in rows
    assert ["hard", "50%", "50%", "0%"] in rows
    assert ["its", "chain", "is", "open", "50%", "50%", "0%"] in rows


def test_a_folder_that_is_no_run_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nowhere"]) == 1
    assert "nowhere: not a run folder" in capsys.readouterr().err
    assert main([]) == 2
