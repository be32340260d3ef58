"""Compares two runs over the same questions: what changed, and whether it can be chance."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.metrics.intervals import interval_of, resampled_places
from evals.records import RunFolder
from evals.results import ChangedQuestion, Comparison, Difference
from evals.scoring import MEAN_METRICS, ScoredQuestion, ScoreTable, score_records
from tools.errors import InvalidInput

Floats = NDArray[np.float64]
MAX_CHANGED = 200
# A question has changed if the first of these that both runs measured differs.
_TELLING_METRICS = ("answer_recall", "f1", "full_recall@5", "recall@5", "decline_recall")


def compare_runs(before: Path, after: Path) -> Comparison:
    """Paired over the questions of both runs. Raises InvalidInput if they share none or have different corpora."""
    old, new = RunFolder(before), RunFolder(after)
    old_manifest, new_manifest = old.manifest, new.manifest
    if old_manifest.dataset.corpus_digest != new_manifest.dataset.corpus_digest:
        raise InvalidInput(f"{before} and {after} can't be compared: they were run over different corpora.")
    old_scored = {scored.record.question.id: scored for scored in score_records(old.records())}
    new_scored = {scored.record.question.id: scored for scored in score_records(new.records())}
    shared = [identifier for identifier in new_scored if identifier in old_scored]
    if not shared:
        raise InvalidInput(f"{before} and {after} can't be compared: they have no question in common.")
    pairs = [(old_scored[identifier], new_scored[identifier]) for identifier in shared]
    return Comparison(
        run_before=str(before),
        run_after=str(after),
        n=len(pairs),
        metrics=_differences([old for old, _ in pairs], [new for _, new in pairs]),
        changed=_changed(pairs),
        changed_settings=tuple(name for name in old_manifest.differences(new_manifest) if name != "dataset"),
    )


def _differences(before: Sequence[ScoredQuestion], after: Sequence[ScoredQuestion]) -> dict[str, Difference]:
    old, new = ScoreTable.of(before), ScoreTable.of(after)
    old_metrics, new_metrics = old.metrics(), new.metrics()
    places = resampled_places(len(before))
    found = {}
    for name in new_metrics:
        if name not in old_metrics:
            continue
        if name in MEAN_METRICS:
            difference = paired_difference(old.means[name], new.means[name], places)
            if difference is not None:
                found[name] = difference
            continue
        replicates = new.replicates(name, places) - old.replicates(name, places)
        change = new_metrics[name] - old_metrics[name]
        found[name] = Difference(
            before=old_metrics[name],
            after=new_metrics[name],
            difference=change,
            interval=interval_of(replicates),
            p_value=_bootstrap_p(replicates),
            test="paired bootstrap",
            n=len(before),
        )
    return found


def paired_difference(before: Floats, after: Floats, places: NDArray[np.int64]) -> Difference | None:
    """Mean difference over the questions that have both values; None if there are none.

    0/1 metrics are tested with McNemar's exact test (1947), others with the paired bootstrap, which also gives the
    interval of both. `places` are resamples of all questions, shape (resamples, n).
    """
    both = ~np.isnan(before) & ~np.isnan(after)
    if not both.any():
        return None
    change = np.where(both, after - before, 0.0)
    counts = both[places].sum(axis=1)
    replicates = np.divide(change[places].sum(axis=1), counts, out=np.full(len(places), np.nan), where=counts > 0)
    known = np.concatenate([before[both], after[both]])
    binary = bool(np.isin(known, (0.0, 1.0)).all())
    return Difference(
        before=float(before[both].mean()),
        after=float(after[both].mean()),
        difference=float(change[both].mean()),
        interval=interval_of(replicates),
        p_value=mcnemar(before[both], after[both]) if binary else _bootstrap_p(replicates),
        test="McNemar" if binary else "paired bootstrap",
        n=int(both.sum()),
    )


def mcnemar(before: Floats, after: Floats) -> float:
    """Two-sided exact p-value for gains and losses being equally likely among the changed pairs; 1 if none changed."""
    from scipy.stats import binomtest  # type: ignore[import-untyped]

    gained = int(((before == 0) & (after == 1)).sum())
    lost = int(((before == 1) & (after == 0)).sum())
    return float(binomtest(gained, gained + lost, 0.5).pvalue) if gained + lost else 1.0


def _bootstrap_p(replicates: Floats) -> float | None:
    """Twice the share of replicates on the far side of zero, at least 1/resamples (Efron & Tibshirani 1993, ch. 15)."""
    known = replicates[~np.isnan(replicates)]
    if not len(known):
        return None
    beyond = min((known <= 0).mean(), (known >= 0).mean())
    return float(min(1.0, max(2 * beyond, 1 / len(known))))


def _changed(pairs: Sequence[tuple[ScoredQuestion, ScoredQuestion]]) -> tuple[ChangedQuestion, ...]:
    """Questions whose value changed, losses first, the largest first."""
    changed = []
    for old, new in pairs:
        metric = next((name for name in _TELLING_METRICS if name in old.values and name in new.values), None)
        if metric is not None and old.values[metric] != new.values[metric]:
            changed.append(
                ChangedQuestion(
                    id=new.record.question.id,
                    question=new.record.question.question,
                    metric=metric,
                    before=old.values[metric],
                    after=new.values[metric],
                    answer_before=_outcome(old),
                    answer_after=_outcome(new),
                )
            )
    return tuple(sorted(changed, key=lambda question: question.after - question.before)[:MAX_CHANGED])


def _outcome(scored: ScoredQuestion) -> str:
    record = scored.record
    if record.error is not None:
        return record.error
    if record.answer is not None:
        return f"({record.answer.status}) {record.answer.answer}"
    results = record.search.results if record.search else ()
    return ", ".join(result.title or result.passage_id for result in results[:5])
