import io

from rich.console import Console

from evals.datasets import Question
from evals.progress import RunningMeans, shown_progress
from tests.evals.doubles import made_answer, made_ranking, made_record

QUESTION = Question("q", "Capital?", ("Paris",), ("a", "b"))


def test_running_means_are_over_the_questions_a_metric_applies_to() -> None:
    means = RunningMeans()
    means.add(made_record(QUESTION, answer=made_answer(answer="Paris", ranking=made_ranking("a"))))
    means.add(made_record(Question("u", "?", answerable=False), answer=made_answer(status="declined")))
    assert means.text == "recall@5 0.500  f1 1.000  answer_recall 1.000"
    means.add(made_record(QUESTION, error="ModelUnavailable: no"))
    assert means.text == "recall@5 0.250  f1 0.500  answer_recall 0.500  [red]1 failed[/]"


def test_the_bar_shows_on_a_terminal_and_keeps_quiet_elsewhere() -> None:
    for is_terminal in (True, False):
        out = io.StringIO()
        console = Console(file=out, force_terminal=is_terminal, width=120)
        with shown_progress(console, 1, "sample") as observe:
            observe(made_record(QUESTION, answer=made_answer(answer="Paris", ranking=made_ranking("a", "b"))))
        assert ("recall@5 1.000" in out.getvalue()) is is_terminal
    with shown_progress(None, 1, "sample") as observe:
        observe(made_record(QUESTION, error="no"))
