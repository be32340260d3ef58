"""What the routing by difficulty would do to the questions of finished runs: how many are easy, and how those fare.

    hopline eval handbook --json        # prints the run's folder as run_dir
    python -m evals.routing RUN_DIR …

A rule that means something calls questions easy that are answered better than the others.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence

from rich.table import Table

from evals.records import Record, RunFolder
from evals.run_tables import print_tables
from evals.scoring import ScoredQuestion, score_records
from graph.questions.difficulty import hard_parts


def main(arguments: Sequence[str] | None = None) -> int:
    return print_tables(_tables, arguments, __doc__)


def _tables(runs: Sequence[RunFolder]) -> Iterator[Table]:
    return (table_of(run.manifest.dataset.name, score_records(run.records())) for run in runs)


def hard_parts_of(record: Record) -> tuple[str, ...] | None:
    """Why the question is hard; empty if it is easy, None if its answer can't be judged."""
    answer = record.answer
    if answer is None:
        return None
    scores = [ranked.score for ranked in answer.ranking]
    return hard_parts(answer.rewritten_question, answer.hops, scores, answer.features.get("chain_coverage", 0.0))


def table_of(dataset: str, scored: Sequence[ScoredQuestion]) -> Table:
    """Easy and hard questions, then each reason for being hard; a question may have several."""
    judged = [(parts, one) for one in scored if (parts := hard_parts_of(one.record)) is not None]
    groups = {
        "easy": [one for parts, one in judged if not parts],
        "hard": [one for parts, one in judged if parts],
    }
    reasons = Counter(part for parts, _ in judged for part in parts)
    groups |= {f"  {reason}": [one for parts, one in judged if reason in parts] for reason, _ in reasons.most_common()}
    table = Table(title=f"{dataset}: {len(judged)} questions")
    table.add_column("")
    for heading in ("share", "answered", "right of all"):
        table.add_column(heading, justify="right")
    for name, members in groups.items():
        answered = sum(one.right is not None for one in members)
        right = sum(bool(one.right) for one in members)
        table.add_row(
            name, _percent(len(members), len(judged)), _percent(answered, len(members)), _percent(right, len(members))
        )
    return table


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "–"


if __name__ == "__main__":
    sys.exit(main())
