"""Turns rankings and times into the numbers of the table, and into ratios to ours."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evals.bench.systems import OURS, SYSTEMS
from evals.datasets import Question
from evals.matching import Retrieved, judged_ranking
from evals.metrics.intervals import interval_of_share, resampled_places
from evals.metrics.ranking import ranking_metrics

QUALITY = ("recall@2", "recall@5", "recall@10", "full_recall@5", "mrr", "ndcg@10")
COST = ("latency_ms_p50", "latency_ms_p95", "indexing_seconds", "memory_mb")

Outcome = Mapping[str, Any]
Row = dict[str, Any]


def quality(
    rankings: Mapping[str, Sequence[Sequence[str]]], questions: Sequence[Question]
) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    """Means over the questions and their 95% intervals, in 0–1."""
    judged = {
        question.id: judged_ranking([Retrieved(*place) for place in rankings[question.id]], question.supporting_ids)
        for question in questions
    }
    grades = {question.id: question.grades or dict.fromkeys(question.supporting_ids, 1) for question in questions}
    values = ranking_metrics(judged, grades)
    places = resampled_places(len(values))
    means, intervals = {}, {}
    for name in QUALITY:
        column = np.array([value[name] for value in values.values()])
        means[name] = float(column.mean())
        if (interval := interval_of_share(column, places)) is not None:
            intervals[name] = interval
    return means, intervals


def row_of(name: str, outcome: Outcome, indexing: Outcome, encoding: Outcome, questions: Sequence[Question]) -> Row:
    """One system's numbers, or `{"system", "title", "error"}` if it could not be measured.

    The indexing time of systems on our store is that of our ingestion; for the others it is the time to encode the same
    chunks and fill their own store.
    """
    system = SYSTEMS[name]
    if "error" in outcome:
        return {"system": name, "title": system.title, "error": outcome["error"]}
    if system.shares_our_index:
        seconds = indexing["seconds"]
    else:
        seconds = encoding["seconds"] + outcome["opening_seconds"] if "seconds" in encoding else None
    metrics, intervals = quality(outcome["rankings"], questions)
    p50, p95 = np.percentile(outcome["latencies_ms"], (50, 95)).tolist()
    metrics |= {"latency_ms_p50": p50, "latency_ms_p95": p95, "memory_mb": outcome["memory_mb"]}
    if seconds is not None:
        metrics["indexing_seconds"] = seconds
    return {"system": name, "title": system.title, "metrics": metrics, "intervals": intervals}


def with_ratios(rows: Sequence[Row]) -> list[Row]:
    """Every number divided by ours; left out where ours is missing or zero."""
    ours: Mapping[str, float] = next((row["metrics"] for row in rows if row["system"] == OURS and "metrics" in row), {})
    return [
        row | {"ratios": {name: value / ours[name] for name, value in row["metrics"].items() if ours.get(name)}}
        if "metrics" in row
        else row
        for row in rows
    ]


def throughput(indexing: Outcome, encoding: Outcome) -> dict[str, float]:
    """Chunks a second. The ratio is that of our whole ingestion to encoding the same chunks alone."""
    found = {"chunks": float(indexing["chunks"]), "ours": indexing["chunks"] / indexing["seconds"]}
    if "seconds" in encoding:
        found["bare_encode"] = indexing["chunks"] / encoding["seconds"]
        found["ratio"] = found["ours"] / found["bare_encode"]
    return found
