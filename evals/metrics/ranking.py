"""Ranking metrics through ir-measures (trec_eval's definitions), one value for each question."""

from collections.abc import Mapping, Sequence

RANKING_METRICS = ("recall@2", "recall@5", "recall@10", "full_recall@5", "mrr", "ndcg@10", "precision@5")
_MEASURES = {
    "recall@2": "R@2",
    "recall@5": "R@5",
    "recall@10": "R@10",
    "mrr": "RR",
    "ndcg@10": "nDCG@10",
    "precision@5": "P@5",
}

Grades = Mapping[str, int]


def ranking_metrics(
    rankings: Mapping[str, Sequence[str | None]], grades: Mapping[str, Grades]
) -> dict[str, dict[str, float]]:
    """Values in 0–1 for every question that has a relevant document; questions without one are left out.

    - recall@k: relevant documents among the first k, over all relevant ones
    - full_recall@5: 1 when the first five hold every relevant document (the whole chain), else 0
    - mrr: 1 / rank of the first relevant document of the ranking given, 0 when there is none
    - ndcg@10: DCG with gain = grade and discount log2(rank + 1), over the ideal ranking's (Järvelin & Kekäläinen 2002)
    - precision@5: relevant documents among the first five, over 5, however few were returned

    `rankings`: question id → document ids, best first; None is a place that counts for nothing, and so is a repeated
    document's second place. `grades`: question id → document id → grade.
    """
    import ir_measures

    relevant = {question: dict(judged) for question, judged in grades.items() if any(g > 0 for g in judged.values())}
    if not relevant:
        return {}
    # The C library cuts ids at a NUL and breaks ties by id, so it gets our own ids and falling scores.
    questions = list(relevant)
    gold = {
        str(number): {f"d{place}": grade for place, grade in enumerate(relevant[question].values())}
        for number, question in enumerate(questions)
    }
    run = {
        str(number): _scores(rankings.get(question, ()), list(relevant[question]))
        for number, question in enumerate(questions)
    }
    values: dict[str, dict[str, float]] = {question: dict.fromkeys(RANKING_METRICS, 0.0) for question in relevant}
    measures = {ir_measures.parse_measure(measure): name for name, measure in _MEASURES.items()}
    for result in ir_measures.iter_calc(list(measures), gold, run):
        values[questions[int(result.query_id)]][measures[result.measure]] = float(result.value)
    for value in values.values():
        value["full_recall@5"] = float(value["recall@5"] == 1.0)
    return values


def _scores(ranking: Sequence[str | None], judged: list[str]) -> dict[str, float]:
    scores: dict[str, float] = {}
    for place, document in enumerate(ranking):
        name = f"d{judged.index(document)}" if document is not None and document in judged else f"other{place}"
        scores[name if name not in scores else f"other{place}"] = float(-place)
    return scores
