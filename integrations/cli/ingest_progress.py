"""The progress bar of an ingestion: share of the bytes that are through, documents, passages, speed and time left."""

import time
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from integrations.cli.output import one_line

if TYPE_CHECKING:
    from tools.ingestion.planning.changes import Progress as IngestStep
    from tools.sources.mirror import MirrorProgress


class IngestProgress:
    """A context manager; `show` is the callback that ingestion reports to."""

    def __init__(self, console: Console) -> None:
        self._bar = Progress(
            TextColumn("{task.fields[counts]}", markup=False),
            BarColumn(bar_width=None),
            TaskProgressColumn(),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[source]}", style="dim", markup=False),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("", total=None, counts="opening the store and the embedding model", source="")
        self._started: float | None = None
        self._name = ""

    def show(self, step: "IngestStep") -> None:
        self._started = self._started or time.monotonic()
        speed = step.passages / max(time.monotonic() - self._started, 0.001)
        counts = f"{step.documents:,} documents, {step.passages:,} passages ({speed:,.0f}/s)"
        if step.failed:
            counts += f", {step.failed} not read"
        self._bar.update(
            self._task,
            total=step.bytes_total or None,
            completed=step.bytes_done,
            counts=counts,
            source=one_line(step.source)[-30:],
        )

    def show_of(self, name: str, step: "IngestStep") -> None:
        """The same for one of several sources: the bar is the one at hand's."""
        self._begin(name)
        self.show(step)

    def show_fetch(self, name: str, step: "MirrorProgress") -> None:
        """A source that is elsewhere is brought here first."""
        self._begin(name)
        counts = f"{step.done:,} documents fetched" if step.done else "asking what there is"
        self._bar.update(
            self._task, total=step.total, completed=step.done, counts=counts, source=one_line(step.document)[-30:]
        )

    def _begin(self, name: str) -> None:
        if name != self._name:
            self._name, self._started = name, None
            self._bar.console.print(f"{one_line(name)} …", style="dim")

    def __enter__(self) -> "IngestProgress":
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
