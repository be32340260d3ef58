"""The report: one self-contained HTML file, for a screen, a phone or paper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evals import charts
from evals.charts import Bars, HopPoint, Plot
from evals.diagnosis import diagnose
from evals.gate import HIGHER_IS_BETTER, LOWER_IS_BETTER
from evals.manifest import Manifest
from evals.matching import Retrieved, found_supporting, judged_ranking, supporting_id_of
from evals.metrics import selective
from evals.metrics.ranking import ranking_metrics
from evals.promise import promise_of
from evals.records import Record, RunFolder
from evals.results import EvalResult
from evals.scoring import ScoredQuestion, ranking_of, score_records
from evals.stopping_plot import stopping_rule

REPORT_FILE = "report.html"
WORST = 25
SHARES = frozenset((*HIGHER_IS_BETTER, *LOWER_IS_BETTER))
LABELS = {
    "recall@2": "Recall@2",
    "recall@5": "Recall@5",
    "recall@10": "Recall@10",
    "full_recall@5": "Whole chain in the first 5",
    "mrr": "MRR",
    "ndcg@10": "nDCG@10",
    "precision@5": "Precision@5",
    "exact_match": "Exact match",
    "f1": "F1",
    "answer_recall": "Answer recall",
    "citation_precision": "Citation precision",
    "citation_recall": "Citation recall",
    "claims_supported": "Claims supported",
    "decline_precision": "Decline precision",
    "decline_recall": "Decline recall",
    "confidence_auroc": "Confidence AUROC",
    "confidence_ece": "Calibration error (ECE)",
    "aurc": "Risk–coverage area",
    "hops_mean": "Hops",
    "model_calls_mean": "Model calls",
    "tokens_mean": "Tokens",
    "cost_usd_mean": "Cost",
    "latency_ms_p50": "Latency p50",
    "latency_ms_p90": "Latency p90",
    "latency_ms_p99": "Latency p99",
}
SECTIONS = {
    "Retrieval": ("recall@2", "recall@5", "recall@10", "full_recall@5", "mrr", "ndcg@10", "precision@5"),
    "Answers": ("exact_match", "f1", "answer_recall"),
    "Citations and claims": ("citation_precision", "citation_recall", "claims_supported"),
    "Declining and confidence": ("decline_precision", "decline_recall", "confidence_auroc", "confidence_ece", "aurc"),
    "Cost and time": (
        *("hops_mean", "model_calls_mean", "tokens_mean", "cost_usd_mean"),
        *("latency_ms_p50", "latency_ms_p90", "latency_ms_p99"),
    ),
}
# The headline numbers in words, for readers who don't know them.
SENTENCES = {
    "full_recall@5": "The first five passages hold the whole chain of evidence for {} of the questions.",
    "answer_recall": "A reference answer is found in the reply to {} of the answerable questions.",
    "citation_recall": "{} of the statements shown are supported by what they cite.",
    "decline_recall": "{} of the questions that the documents can't answer are declined.",
    "confidence_ece": "The stated confidence is off by {} on average.",
    "latency_ms_p50": "Half of the questions are answered within {}.",
}
AGAINST = {
    "extractive": "The rules alone",
    "adversary": "A model that obeys every attack",
    "live": "The configured model",
}
GROUP_METRICS = ("recall@5", "full_recall@5", "exact_match", "f1", "answer_recall", "decline_recall", "latency_ms_p50")


@dataclass(frozen=True, slots=True)
class WorstQuestion:
    """A miss with its ranking. `missing` are the annotated ids that its first places lack."""

    record: Record
    cause: str
    values: Mapping[str, float]
    ranking: tuple[tuple[str, str, str, bool], ...]  # passage, title, how it was found, whether it is annotated
    missing: tuple[str, ...]


def write_report(folder: RunFolder, result: EvalResult) -> Path:
    """Render a run's report into its folder; returns its path."""
    return folder.write(REPORT_FILE, render_report(folder.manifest, folder.records(), result))


def render_report(manifest: Manifest, records: Sequence[Record], result: EvalResult) -> str:
    """The page as text. Everything from documents, questions and answers is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    scored = score_records(records)
    page = Environment(
        loader=PackageLoader("evals", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    page.filters["shown"] = shown
    return page.get_template(REPORT_FILE).render(
        manifest=manifest,
        result=result,
        labels=LABELS,
        sections={title: [name for name in names if name in result.metrics] for title, names in SECTIONS.items()},
        summary=_summary(manifest, scored, result),
        shares=SHARES,
        against=AGAINST,
        better_higher=HIGHER_IS_BETTER,
        group_metrics=[name for name in GROUP_METRICS if name in result.metrics],
        plots=_plots(scored, result),
        stopping_plot=stopping_rule(result.stopping) if result.stopping else None,
        bars=_bars(result),
        worst=_worst(scored, manifest),
        mode=next((record.answer.mode for record in records if record.answer), "retrieval only"),
    )


def _summary(manifest: Manifest, scored: Sequence[ScoredQuestion], result: EvalResult) -> list[str]:
    said = [
        text.format(shown(result.metrics[name], name)) for name, text in SENTENCES.items() if name in result.metrics
    ]
    promise = promise_of(manifest, scored)
    return said if promise is None else [*said, promise.sentence]


def shown(value: float, metric: str) -> str:
    """A metric's value for people: shares as percentages, the rest in their units."""
    if metric in SHARES:
        return f"{value:.1%}"
    if metric.startswith("latency"):
        return f"{value:,.0f} ms" if value >= 10 else f"{value:.1f} ms"
    if metric.startswith("cost"):
        return f"${value:.5f}"
    return f"{value:,.0f}" if metric == "n" or value >= 100 else f"{value:.2f}"


def _plots(scored: Sequence[ScoredQuestion], result: EvalResult) -> list[Plot]:
    plots = []
    judged = [question for question in scored if question.right is not None]
    if judged:
        confidence = np.array([question.confidence for question in judged])
        right = np.array([float(bool(question.right)) for question in judged])
        coverage, risk = selective.risk_coverage(confidence, right)
        plots.append(charts.reliability(selective.equal_mass_bins(confidence, right)))
        plots.append(charts.risk_against_coverage(coverage.tolist(), risk.tolist()))
    if result.stopping is None and (points := hop_points(scored)):
        plots.append(charts.recall_against_hops(points))
    return plots


def _bars(result: EvalResult) -> list[Bars]:
    bars = [charts.latency_bars(result.latency_by_node), charts.miss_bars(result.misses)]
    return [chart for chart in bars if chart.bars]


def hop_points(scored: Sequence[ScoredQuestion]) -> list[HopPoint]:
    """Recall@5 against the number of hops allowed; empty if no ranking was recorded."""
    judged = [question for question in scored if "recall@5" in question.values and _hops_of(question.record)]
    last = max((max(hop for _, hop in _hops_of(question.record)) for question in judged), default=0)
    points = []
    for limit in range(1, last + 1):
        rankings = {
            question.record.question.id: judged_ranking(
                [retrieved for retrieved, hop in _hops_of(question.record) if hop <= limit],
                question.record.question.supporting_ids,
            )
            for question in judged
        }
        grades = {q.record.question.id: dict.fromkeys(q.record.question.supporting_ids, 1) for q in judged}
        recalls = [values["recall@5"] for values in ranking_metrics(rankings, grades).values()]
        stopped = [question for question in judged if _taken(question) == limit]
        points.append(
            HopPoint(
                hops=limit,
                recall=float(np.mean(recalls)),
                questions=len(stopped),
                model_calls=_mean(stopped, "model_calls_mean"),
                cost_usd=_mean(stopped, "cost_usd_mean"),
                latency_ms=_median([q.latency_ms for q in stopped if q.latency_ms is not None]),
            )
        )
    return points


def _hops_of(record: Record) -> list[tuple[Retrieved, int]]:
    if record.search is not None:
        return [(Retrieved(result.passage_id, result.source), result.hop) for result in record.search.results]
    ranked = record.answer.ranking if record.answer else ()
    return [(Retrieved(passage.passage_id, passage.source), passage.hop) for passage in ranked]


def _taken(question: ScoredQuestion) -> int:
    answer = question.record.answer
    if answer is not None and answer.hops:
        return len({hop.n for hop in answer.hops})
    return max(hop for _, hop in _hops_of(question.record))


def _mean(questions: Sequence[ScoredQuestion], name: str) -> float | None:
    values = [question.values[name] for question in questions if name in question.values]
    return float(np.mean(values)) if values else None


def _median(values: Sequence[float]) -> float | None:
    return float(np.median(values)) if values else None


def _worst(scored: Sequence[ScoredQuestion], manifest: Manifest) -> list[WorstQuestion]:
    """Misses, the most confident wrong answers first, since these mislead people."""
    found = []
    for question in scored:
        cause = diagnose(question, max_hops=manifest.max_hops, top_k=manifest.top_k)
        if cause is not None:
            found.append((question, cause))
    found.sort(key=lambda item: (item[0].right is not False, -item[0].confidence, item[0].values.get("recall@5", 1.0)))
    return [
        WorstQuestion(
            record=question.record,
            cause=cause,
            values=question.values,
            ranking=_ranking_rows(question.record),
            missing=_missing(question.record, manifest.top_k),
        )
        for question, cause in found[:WORST]
    ]


def _missing(record: Record, top_k: int) -> tuple[str, ...]:
    found = found_supporting(ranking_of(record)[:top_k], record.question.supporting_ids)
    return tuple(identifier for identifier in record.question.supporting_ids if identifier not in found)


def _ranking_rows(record: Record) -> tuple[tuple[str, str, str, bool], ...]:
    supporting = record.question.supporting_ids
    if record.search is not None:
        rows = [
            (result.passage_id, result.source, result.title, result.hop, result.via) for result in record.search.results
        ]
    else:
        ranked = record.answer.ranking if record.answer else ()
        rows = [(passage.passage_id, passage.source, passage.source, passage.hop, passage.via) for passage in ranked]
    return tuple(
        (name, title, f"hop {hop}{f': {via}' if via else ''}", supporting_id_of(name, source, supporting) is not None)
        for name, source, title, hop, via in rows[:10]
    )
