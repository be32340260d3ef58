"""What the stopping rule saves and loses, beside every fixed number of hops and an oracle.

`hopline eval --stopping` asks each judged question again for every number of hops up to the settings' own, with the
rule switched off. `stopping.jsonl` in the run folder keeps the results, so that nothing is asked twice.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from evals.compare import paired_difference
from evals.datasets.questions import Question
from evals.matching import Retrieved, judged_ranking
from evals.metrics.intervals import interval_of_share, resampled_places
from evals.metrics.ranking import ranking_metrics
from evals.records import RowWriter, complete_rows, open_rows
from evals.results import StoppingCurve, StoppingPoint
from evals.runner import Asking
from evals.scoring import ScoredQuestion, hops_of
from tools.errors import HoplineError, InvalidInput, StorageFull
from tools.passages import Reader

STOPPING_FILE = "stopping.jsonl"
RULE, ORACLE = "rule", "oracle"


class Probe(BaseModel):
    """One question asked with `max_hops` and no stopping rule. `hops` were actually taken, since a chain can end
    earlier.

    `ranking` holds (passage id, source), best first. Units: store requests, model calls, milliseconds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    question_id: str
    max_hops: int
    hops: int
    store_requests: int
    model_calls: int
    latency_ms: float
    ranking: tuple[tuple[str, str], ...]


def is_judged(question: Question) -> bool:
    """Whether the question's retrieval can be judged."""
    return question.answerable and bool(question.supporting_ids)


def missing_probes(questions: Sequence[Question], folder: Path, max_hops: int) -> list[tuple[Question, int]]:
    known = {(probe.question_id, probe.max_hops) for probe in read_probes(folder)}
    wanted = ((question, hops) for question in questions if is_judged(question) for hops in range(1, max_hops + 1))
    return [(question, hops) for question, hops in wanted if (question.id, hops) not in known]


def read_probes(folder: Path) -> list[Probe]:
    probes = []
    for number, line in enumerate(complete_rows(folder / STOPPING_FILE), start=1):
        try:
            probes.append(Probe.model_validate_json(line))
        except ValidationError as error:
            place = f"{folder / STOPPING_FILE}:{number}"
            raise InvalidInput(f"{place}: not a probe ({error.errors()[0]['msg']}).") from None
    return probes


async def run_probes(
    wanted: Sequence[tuple[Question, int]],
    folder: Path,
    asking: Asking,
    *,
    concurrency: int,
    observe: Callable[[], None],
) -> None:
    """Ask what is missing. A question that fails is left out of the curve, and asked again next time."""
    with closing(await asyncio.to_thread(open_rows, folder / STOPPING_FILE)) as rows:
        waiting, turn = iter(wanted), asyncio.Lock()
        async with asyncio.TaskGroup() as group:
            for _ in range(max(1, concurrency)):
                group.create_task(_probe_in_turn(waiting, rows, turn, asking, observe))


async def _probe_in_turn(
    waiting: Iterator[tuple[Question, int]],
    rows: RowWriter,
    turn: asyncio.Lock,
    asking: Asking,
    observe: Callable[[], None],
) -> None:
    for question, max_hops in waiting:
        try:
            probe = await _probe(question, max_hops, asking)
        except StorageFull:
            raise
        except HoplineError:
            observe()
            continue
        async with turn:
            await asyncio.to_thread(rows.append_rows, [probe.model_dump(mode="json")])
        observe()


async def _probe(question: Question, max_hops: int, asking: Asking) -> Probe:
    reader = Reader(groups=question.groups, tenant=asking.tenant)
    started = time.perf_counter()
    calls, ranked = 0, []
    if asking.retrieval_only:
        found = await asking.subject.search(
            question.question,
            reader=reader,
            history=question.history,
            k=asking.k,
            max_hops=max_hops,
            stopping=False,
        )
        hops = found.hops
        ranked = [(result.passage_id, result.source) for result in found.results]
    else:
        answer = await asking.subject.ask(
            question.question, reader=reader, history=question.history, max_hops=max_hops, stopping=False
        )
        hops, calls = answer.hops, answer.usage.model_calls
        ranked = [(place.passage_id, place.source) for place in answer.ranking]
    return Probe(
        question_id=question.id,
        max_hops=max_hops,
        hops=len({hop.n for hop in hops}),
        store_requests=len(hops),
        model_calls=calls,
        latency_ms=(time.perf_counter() - started) * 1000,
        ranking=tuple(ranked[: asking.k]),
    )


def stopping_curve(scored: Sequence[ScoredQuestion], probes: Sequence[Probe], max_hops: int) -> StoppingCurve | None:
    """Recall@5 against cost, over the questions asked in every way; None if there are none.

    For each question, the oracle takes the fewest hops that reach its best recall: no rule can do better with this
    ranking.
    """
    by_question: dict[str, dict[int, Probe]] = {}
    for probe in probes:
        by_question.setdefault(probe.question_id, {})[probe.max_hops] = probe
    every = range(1, max_hops + 1)
    asked = [
        question
        for question in scored
        if "recall@5" in question.values and by_question.get(question.record.question.id, {}).keys() >= set(every)
    ]
    if not asked:
        return None
    ways = {number: [by_question[question.record.question.id][number] for question in asked] for number in every}
    recalls = {number: _recalls(asked, ways[number]) for number in every}
    best = np.max([recalls[number] for number in every], axis=0)
    fewest = [next(number for number in every if recalls[number][place] == best[place]) for place in range(len(asked))]
    chosen = [ways[number][place] for place, number in enumerate(fewest)]
    rule = np.array([question.values["recall@5"] for question in asked])
    places = resampled_places(len(asked))
    points = [_point(f"always {number}", recalls[number], _costs(ways[number])) for number in every]
    points += [_point(RULE, rule, _costs_of_rule(asked)), _point(ORACLE, best, _costs(chosen))]
    return StoppingCurve(
        n=len(asked),
        points=tuple(points),
        rule_against_longest=paired_difference(recalls[max_hops], rule, places),
        rule_against_oracle=paired_difference(best, rule, places),
    )


def _recalls(asked: Sequence[ScoredQuestion], probes: Sequence[Probe]) -> np.ndarray:
    questions = [question.record.question for question in asked]
    rankings = {
        question.id: judged_ranking([Retrieved(*place) for place in probe.ranking], question.supporting_ids)
        for question, probe in zip(questions, probes, strict=True)
    }
    grades = {question.id: question.grades or dict.fromkeys(question.supporting_ids, 1) for question in questions}
    values = ranking_metrics(rankings, grades)
    return np.array([values[question.id]["recall@5"] for question in questions])


Costs = Mapping[str, Sequence[float]]


def _costs(probes: Sequence[Probe]) -> Costs:
    return {
        "hops": [probe.hops for probe in probes],
        "store_requests": [probe.store_requests for probe in probes],
        "model_calls": [probe.model_calls for probe in probes],
        "latency_ms": [probe.latency_ms for probe in probes],
    }


def _costs_of_rule(asked: Sequence[ScoredQuestion]) -> Costs:
    taken = [hops_of(question.record) for question in asked]
    return {
        "hops": [len({hop.n for hop in hops}) for hops in taken],
        "store_requests": [len(hops) for hops in taken],
        "model_calls": [question.values.get("model_calls_mean", 0.0) for question in asked],
        "latency_ms": [question.record.elapsed_ms for question in asked],
    }


def _point(name: str, recalls: np.ndarray, costs: Costs) -> StoppingPoint:
    interval = interval_of_share(recalls, resampled_places(len(recalls)))
    assert interval is not None
    return StoppingPoint(
        name=name,
        recall=float(recalls.mean()),
        interval=interval,
        hops_mean=float(np.mean(costs["hops"])),
        store_requests_mean=float(np.mean(costs["store_requests"])),
        model_calls_mean=float(np.mean(costs["model_calls"])),
        latency_ms_p50=float(np.median(costs["latency_ms"])),
    )
