"""Whether finished runs kept the promise of `HOPLINE_MAX_ERROR_RATE`: of what was answered, how much was wrong.

    hopline eval handbook --json        # prints the run's folder as run_dir
    python -m evals.promise RUN_DIR …

A row a run. Only answers that can be judged count.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.table import Table

from evals.manifest import Manifest
from evals.metrics.intervals import Interval, wilson_interval
from evals.records import RunFolder
from evals.run_tables import print_tables
from evals.scoring import ScoredQuestion, score_records


@dataclass(frozen=True, slots=True)
class Promise:
    """`wrong` of `given` answers of a run with `asked` questions; `rate` of them may be. `rate` is None where the run
    declined below a confidence of its own (`HOPLINE_MIN_CONFIDENCE`), which promises nothing."""

    asked: int
    given: int
    wrong: int
    rate: float | None

    @property
    def interval(self) -> Interval:
        """Of the share that was wrong, 95 %; `given` must not be 0."""
        return wilson_interval(self.wrong, self.given)

    @property
    def sentence(self) -> str:
        said = f"{self.wrong} of {self.given} answers given are wrong ({self.wrong / self.given:.1%})"
        return f"{said}." if self.rate is None else f"{said}; at most {self.rate:.0%} was promised."


def promise_of(manifest: Manifest, scored: Iterable[ScoredQuestion]) -> Promise | None:
    """Over the answers that can be judged; None if there are none, as in a search alone."""
    scored = list(scored)
    judged = [bool(one.right) for one in scored if one.right is not None]
    if not judged:
        return None
    set_bar, rate = manifest.settings["min_confidence"], float(str(manifest.settings["max_error_rate"]))
    return Promise(len(scored), len(judged), judged.count(False), rate if set_bar is None else None)


def main(arguments: Sequence[str] | None = None) -> int:
    return print_tables(_tables, arguments, __doc__)


def _tables(runs: Sequence[RunFolder]) -> Iterator[Table]:
    table = Table()
    table.add_column("")
    for heading in ("asked", "answered", "wrong of them", "95%", "promised"):
        table.add_column(heading, justify="right")
    for run in runs:
        table.add_row(run.manifest.dataset.name, *_cells(promise_of(run.manifest, score_records(run.records()))))
    yield table


def _cells(promise: Promise | None) -> tuple[str, ...]:
    if promise is None:
        return ("–",) * 5
    low, high = promise.interval
    return (
        str(promise.asked),
        str(promise.given),
        f"{promise.wrong / promise.given:.0%}",
        f"{low:.0%}–{high:.0%}",
        "–" if promise.rate is None else f"{promise.rate:.0%}",
    )


if __name__ == "__main__":
    sys.exit(main())
