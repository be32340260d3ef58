"""Turns records into numbers: values of each question, then means, intervals and groups. Asks nothing."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from agent.answers import Answer, Hop
from evals.matching import Retrieved, judged_ranking
from evals.metrics import selective
from evals.metrics.answers import answer_recall, exact_match, f1, without_marks
from evals.metrics.citations import (
    citation_precision,
    citation_recall,
    claims_supported,
    recorded_statements,
    shown_claims,
)
from evals.metrics.correctness import ANSWERED, is_right
from evals.metrics.intervals import (
    Interval,
    interval_of,
    interval_of_share,
    nan_means,
    replicate,
    resampled_places,
)
from evals.metrics.ranking import RANKING_METRICS, ranking_metrics
from evals.records import Record

Floats = NDArray[np.float64]
SHARE_METRICS = (
    *RANKING_METRICS,
    "exact_match",
    "f1",
    "answer_recall",
    "citation_precision",
    "citation_recall",
    "claims_supported",
    "decline_precision",
    "decline_recall",
)
"""Means of values in 0–1."""
MEAN_METRICS = (*SHARE_METRICS, "hops_mean", "model_calls_mean", "tokens_mean", "cost_usd_mean")
# Answers carry longer rankings than searches return: both are judged on this many places.
DEPTH = 10
PERCENTILES = {"latency_ms_p50": 50.0, "latency_ms_p90": 90.0, "latency_ms_p99": 99.0}


@dataclass(frozen=True, slots=True)
class ScoredQuestion:
    """A record with its values of the mean metrics (only those that apply), its label and its latency."""

    record: Record
    values: Mapping[str, float]
    right: bool | None
    latency_ms: float | None

    @property
    def confidence(self) -> float:
        return self.record.answer.confidence if self.record.answer else 0.0


def ranking_of(record: Record) -> list[Retrieved]:
    """What was retrieved, best first, from the answer or the search."""
    if record.search is not None:
        return [Retrieved(result.passage_id, result.source) for result in record.search.results]
    ranked = record.answer.ranking if record.answer else ()
    return [Retrieved(passage.passage_id, passage.source) for passage in ranked]


def hops_of(record: Record) -> tuple[Hop, ...]:
    """The store requests behind the ranking, hop by hop."""
    if record.search is not None:
        return record.search.hops
    return record.answer.hops if record.answer else ()


def score_records(records: Sequence[Record]) -> list[ScoredQuestion]:
    # Retrieval is judged on answerable questions only: a passage that its reader may not see is no miss.
    judged = {record.question.id: record for record in records if record.question.answerable}
    rankings = {
        identifier: judged_ranking(ranking_of(record)[:DEPTH], record.question.supporting_ids)
        for identifier, record in judged.items()
    }
    grades = {
        identifier: record.question.grades or dict.fromkeys(record.question.supporting_ids, 1)
        for identifier, record in judged.items()
    }
    ranked = ranking_metrics(rankings, grades)
    declines_apply = any(not record.question.answerable for record in records)
    scored = [_scored(record, ranked.get(record.question.id, {}), declines_apply) for record in records]
    return _without_costs(scored) if any(_is_unpriced(record) for record in records) else scored


def _is_unpriced(record: Record) -> bool:
    return record.answer is not None and record.answer.usage.unpriced_calls > 0


def _without_costs(scored: Sequence[ScoredQuestion]) -> list[ScoredQuestion]:
    """Where the price of a call is unknown, what a question costs is unknown, too, and not what the others cost."""
    return [replace(one, values={n: v for n, v in one.values.items() if n != "cost_usd_mean"}) for one in scored]


def _scored(record: Record, ranking: Mapping[str, float], declines_apply: bool) -> ScoredQuestion:
    values: dict[str, float | None] = dict(ranking)
    answer, question = record.answer, record.question
    retrieval_only = answer is None and record.search is not None
    if not retrieval_only:
        values |= _answer_values(record)
        declined = answer is not None and answer.status == "declined"
        if declines_apply and declined:
            values["decline_precision"] = float(not question.answerable)
        if not question.answerable:
            values["decline_recall"] = float(declined)
    if record.error is None and (answer is not None or hops_of(record)):
        values["hops_mean"] = float(len({hop.n for hop in hops_of(record)}))
    if answer is not None and record.error is None:
        usage = answer.usage
        values |= {
            "model_calls_mean": float(usage.model_calls),
            "tokens_mean": float(usage.input_tokens + usage.output_tokens),
            "cost_usd_mean": usage.cost_usd,
        }
    applying = {name: value for name, value in values.items() if value is not None}
    right = is_right(question, answer) if answer is not None and record.error is None else None
    return ScoredQuestion(record, applying, right, _latency(record))


def _answer_values(record: Record) -> dict[str, float | None]:
    answer, question = record.answer, record.question
    given = answer if answer is not None and answer.status in ANSWERED and record.error is None else None
    values: dict[str, float | None] = {}
    if question.answerable:
        # A declined or failed question counts as an empty answer, as in the official scripts.
        text = without_marks(given.answer) if given else ""
        values["exact_match"] = exact_match(text, question.answers)
        values["f1"] = f1(text, question.answers)
        values["answer_recall"] = answer_recall(text, question.answers)
    if given is not None:
        values |= _citation_values(record, given)
    return values


def _citation_values(record: Record, answer: Answer) -> dict[str, float | None]:
    claims = shown_claims(answer)
    statements = record.statements if record.statements is not None else recorded_statements(claims)
    return {
        "citation_precision": citation_precision(statements),
        "citation_recall": citation_recall(statements),
        "claims_supported": claims_supported(claims),
    }


def _latency(record: Record) -> float | None:
    if record.error is not None:
        return None
    timings = _timings(record)
    return timings.get("total", record.elapsed_ms)


def _timings(record: Record) -> Mapping[str, float]:
    if record.answer is not None:
        return record.answer.timings_ms
    return record.search.timings_ms if record.search is not None else {}


Statistic = Callable[[NDArray[np.int64]], float | None]


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Questions by metrics, with NaN where a metric does not apply; one row for each question, in the given order."""

    means: Mapping[str, Floats]
    confidence: Floats
    right: Floats
    latency_ms: Floats

    @classmethod
    def of(cls, scored: Sequence[ScoredQuestion]) -> "ScoreTable":
        means = {
            name: np.array([question.values.get(name, np.nan) for question in scored], dtype=np.float64)
            for name in MEAN_METRICS
            if any(name in question.values for question in scored)
        }
        right = [np.nan if question.right is None else float(question.right) for question in scored]
        latency = [np.nan if question.latency_ms is None else question.latency_ms for question in scored]
        confidence = [question.confidence for question in scored]
        return cls(means, np.array(confidence, float), np.array(right, float), np.array(latency, float))

    def statistics(self) -> dict[str, Statistic]:
        """The metrics that are not means over questions, each as a function of row indexes."""
        pooled: dict[str, Statistic] = {
            "confidence_auroc": partial(self._of_confidence, selective.auroc),
            "confidence_ece": partial(self._of_confidence, selective.ece),
            "aurc": partial(self._of_confidence, selective.aurc),
        }
        return pooled | {name: partial(self._percentile, at) for name, at in PERCENTILES.items()}

    def _of_confidence(
        self, statistic: Callable[[Floats, Floats], float | None], places: NDArray[np.int64]
    ) -> float | None:
        places = places[~np.isnan(self.right[places])]
        return statistic(self.confidence[places], self.right[places])

    def _percentile(self, at: float, places: NDArray[np.int64]) -> float | None:
        known = self.latency_ms[places]
        known = known[~np.isnan(known)]
        return float(np.percentile(known, at)) if len(known) else None

    def metrics(self, places: NDArray[np.int64] | None = None) -> dict[str, float]:
        """Every metric that applies to these rows; all rows by default."""
        rows = np.arange(len(self.right)) if places is None else places
        found = {name: _mean(values[rows]) for name, values in self.means.items()}
        found |= {name: statistic(rows) for name, statistic in self.statistics().items()}
        return {name: value for name, value in found.items() if value is not None}

    def replicates(self, name: str, places: NDArray[np.int64]) -> Floats:
        """A metric on every resample; shape (resamples,)."""
        if name in self.means:
            return nan_means(self.means[name], places)
        if name in PERCENTILES and not np.isnan(self.latency_ms).any():
            whole: Floats = np.percentile(self.latency_ms[places], PERCENTILES[name], axis=1)
            return whole
        return replicate(self.statistics()[name], places)

    def intervals(self) -> dict[str, Interval]:
        places = resampled_places(len(self.right))
        found = {name: self._interval(name, places) for name in self.metrics()}
        return {name: interval for name, interval in found.items() if interval is not None}

    def _interval(self, name: str, places: NDArray[np.int64]) -> Interval | None:
        if name in SHARE_METRICS:
            return interval_of_share(self.means[name], places)
        return interval_of(self.replicates(name, places))


def _mean(values: Floats) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None


@dataclass(frozen=True, slots=True)
class Group:
    """The metrics of some of the questions, with their number as `n`, and intervals of the same names."""

    metrics: dict[str, float]
    intervals: dict[str, Interval]


def groups_by(scored: Sequence[ScoredQuestion], key: Callable[[Record], str | None]) -> dict[str, Group]:
    """Groups sorted by name. Questions without a key are left out."""
    groups: dict[str, list[ScoredQuestion]] = defaultdict(list)
    for question in scored:
        name = key(question.record)
        if name is not None:
            groups[name].append(question)
    tables = {name: ScoreTable.of(members) for name, members in sorted(groups.items())}
    return {
        name: Group({"n": float(len(table.right)), **table.metrics()}, table.intervals())
        for name, table in tables.items()
    }


def latency_by_node(records: Sequence[Record]) -> dict[str, dict[str, float]]:
    """p50, p90 and p99 in milliseconds for each node, over the questions in which it ran."""
    times: dict[str, list[float]] = defaultdict(list)
    for record in records:
        if record.error is None:
            for node, milliseconds in _timings(record).items():
                times[node].append(milliseconds)
    return {node: {f"p{at}": float(np.percentile(values, at)) for at in (50, 90, 99)} for node, values in times.items()}
