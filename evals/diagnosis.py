"""Finds the node that caused each miss: the first at which something the answer needed was lost."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from agent.answers import Answer
from evals.matching import Retrieved, found_supporting
from evals.metrics.answers import answer_recall, is_closed, without_marks
from evals.metrics.citations import shown_claims
from evals.records import Record
from evals.scoring import ScoredQuestion, hops_of, ranking_of

Cause = Literal[
    "failed",
    "not in the store",
    "not retrieved",
    "chain stopped early",
    "lost by the reranker",
    "ignored by the answer",
    "withheld by validation",
    "declined by the score",
    "answered the unanswerable",
    "not annotated",
]


def is_miss(scored: ScoredQuestion, top_k: int = 5) -> bool:
    """A wrong, missing or uncalled-for answer; without answers, supporting passages missing from the first `top_k`."""
    record = scored.record
    if record.error is not None:
        return True
    if record.answer is None:
        supporting = record.question.supporting_ids
        return record.question.answerable and not _all_found(ranking_of(record)[:top_k], supporting)
    if not record.question.answerable:
        return scored.right is False
    if scored.right is None:
        return bool(record.question.answers)
    return not scored.right


def diagnose(scored: ScoredQuestion, *, max_hops: int, top_k: int = 5) -> Cause | None:
    """Why a question was missed; None if it was not. `max_hops` and `top_k` are those of the run."""
    record = scored.record
    if not is_miss(scored, top_k):
        return None
    if record.error is not None:
        return "failed"
    if not record.question.answerable:
        return "answered the unanswerable"
    if record.not_in_store:
        return "not in the store"
    if not record.question.supporting_ids:
        return "not annotated"
    lost = _lost_in_retrieval(record, max_hops, top_k)
    if lost is not None:
        return lost
    return _lost_in_answering(record, record.answer) if record.answer else None


def _lost_in_retrieval(record: Record, max_hops: int, top_k: int) -> Cause | None:
    supporting = record.question.supporting_ids
    ranking = ranking_of(record)
    if _all_found(ranking[:top_k], supporting):
        return None
    seen = found_supporting([*ranking, *_seen_on_the_way(record)], supporting)
    if len(seen) == len(supporting):
        return "lost by the reranker"
    return "chain stopped early" if seen and _hops_taken(record) < max_hops else "not retrieved"


def _lost_in_answering(record: Record, answer: Answer) -> Cause:
    """From the draft: whether the gold answer was ever written, and if so, which node dropped it.

    Yes and no are not spelled out in answers, and old records have no draft: these are judged by the answer itself.
    """
    golds, withheld = record.question.answers, answer.features.get("withheld", 0.0)
    if record.draft and not is_closed(golds):
        if not answer_recall(without_marks(record.draft), golds):
            return "ignored by the answer"
        if answer.status == "declined" and withheld < 1:
            return "declined by the score"
        return "withheld by validation" if withheld > 0 else "ignored by the answer"
    return _told_by_the_answer(golds, answer, withheld)


def _told_by_the_answer(golds: Sequence[str], answer: Answer, withheld: float) -> Cause:
    """From the answer: it lists the claims it shows, and its feature `withheld` is the share (0–1) of withheld ones."""
    shown = shown_claims(answer)
    listed = [claim for claim in answer.claims if claim not in shown]
    if any(answer_recall(without_marks(claim.text), golds) for claim in listed):
        return "withheld by validation"
    if answer.status != "declined":
        return "withheld by validation" if withheld > 0 else "ignored by the answer"
    if withheld == 1 or (listed and not shown):
        return "withheld by validation"
    return "declined by the score" if answer.confidence > 0 or shown else "ignored by the answer"


def _seen_on_the_way(record: Record) -> list[Retrieved]:
    # A hop only records passage ids; the document's id is the part before the chunk's hash.
    seen = [identifier for hop in hops_of(record) for identifier in hop.passage_ids]
    return [Retrieved(identifier, identifier.rpartition("#")[0]) for identifier in seen]


def _hops_taken(record: Record) -> int:
    if hops := hops_of(record):
        return len({hop.n for hop in hops})
    return max((result.hop for result in record.search.results), default=0) if record.search else 0


def _all_found(ranking: Sequence[Retrieved], supporting_ids: Sequence[str]) -> bool:
    return len(found_supporting(ranking, supporting_ids)) == len(supporting_ids)


def count_causes(scored: Sequence[ScoredQuestion], *, max_hops: int, top_k: int = 5) -> dict[str, int]:
    """Misses by cause, most frequent first."""
    causes = (diagnose(question, max_hops=max_hops, top_k=top_k) for question in scored)
    return dict(Counter(cause for cause in causes if cause is not None).most_common())
