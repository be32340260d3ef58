"""The progress line of a run: how many questions are done, and the means so far."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from evals.records import Record
from evals.runner import Observer
from evals.scoring import score_records

RUNNING_METRICS = ("recall@5", "f1", "answer_recall")


class RunningMeans:
    """Means over the records so far, each metric over the questions to which it applies."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self._counts: dict[str, int] = {}
        self.failed = 0

    def add(self, record: Record) -> None:
        self.failed += record.error is not None
        values = score_records([record])[0].values
        for name in RUNNING_METRICS:
            if name in values:
                self._sums[name] = self._sums.get(name, 0.0) + values[name]
                self._counts[name] = self._counts.get(name, 0) + 1

    @property
    def text(self) -> str:
        parts = [f"{name} {self._sums[name] / self._counts[name]:.3f}" for name in self._sums]
        return "  ".join([*parts, f"[red]{self.failed} failed[/]"] if self.failed else parts)


@contextmanager
def shown_progress(console: Console | None, total: int, title: str) -> Iterator[Observer]:
    """An observer that moves a progress bar; shows nothing unless on a terminal."""
    if console is None or not console.is_terminal:
        yield lambda record: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("{task.fields[means]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    means = RunningMeans()
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(title, total=total, means="")

        def observe(record: Record) -> None:
            means.add(record)
            progress.update(task, advance=1, means=means.text)

        yield observe


@contextmanager
def counted_progress(console: Console | None, total: int, title: str) -> Iterator[Callable[[], None]]:
    """A counter that moves a progress bar without means; shows nothing unless on a terminal, or if there is nothing to
    do."""
    if console is None or not console.is_terminal or not total:
        yield lambda: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=None), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(title, total=total)
        yield lambda: progress.update(task, advance=1)
