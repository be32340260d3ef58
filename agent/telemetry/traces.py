"""One question's whole way, as it is kept and as `hopline trace --json` prints it. Words in it are masked."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from agent.answers import Answer, Claim, UsageReport
from agent.masking import masked
from agent.telemetry.conventions import RUN_ID
from agent.telemetry.spans import Kind, Span, Value
from agent.telemetry.watching import Run, Status
from graph.checking.citations import renumber
from graph.state import State
from tools.passages import Passage, Reader

KEPT_PASSAGES = 10
SHOWN_PER_HOP = 8
MAX_TEXT = 2_000


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Step(_Kept):
    """A node or a call: when it began after the question, how long it took, what it did."""

    name: str
    kind: Kind
    start_ms: float
    ms: float
    facts: dict[str, Value] = {}
    error: str = ""
    steps: tuple["Step", ...] = ()


class FoundPassage(_Kept):
    passage_id: str
    source: str
    title: str


class HopTrace(_Kept):
    """`found` passages came back, of which `first` are the first ones."""

    n: int
    kind: str
    query: str
    found: int
    first: tuple[FoundPassage, ...] = ()


class KeptPassage(FoundPassage):
    score: float
    hop: int
    via: str


class Trace(_Kept):
    run_id: str
    asked_at: str
    status: Status
    mode: str
    question: str
    rewritten: str = ""
    conversation: str | None = None
    answer: str = ""
    confidence: float | None = None
    features: dict[str, float] = {}
    hops: tuple[HopTrace, ...] = ()
    passages: tuple[KeptPassage, ...] = ()
    claims: tuple[Claim, ...] = ()
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    usage: UsageReport = UsageReport()
    total_ms: float = 0.0
    error: str = ""
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a trace is made of, taken from a run as it ends: names and numbers, none of the vectors and texts that the
    run's state holds, so that what waits for a slow database is small. Words are not masked yet."""

    run_id: str
    reader: Reader
    asked_at: float
    root: Span
    told: dict[str, Any]


def gathered(run: Run) -> Gathered:
    """Some microseconds of the event loop."""
    told: dict[str, Any] = {
        "run_id": run.run_id,
        "asked_at": datetime.fromtimestamp(run.asked_at, UTC).isoformat(timespec="milliseconds"),
        "status": run.status,
        "mode": run.mode,
        "question": run.question,
        "conversation": run.conversation,
        "error": run.error,
    }
    if run.answer is not None and run.state is not None:
        told |= _outcome(run.answer, run.state)
    return Gathered(run.run_id, run.reader, run.asked_at, run.root, told)


def trace_of(found: Gathered) -> Trace:
    """Pure. Masking takes some milliseconds for a long answer: not on the event loop."""
    root = found.root
    told = {name: value if name in _AS_IT_IS else _masked(value) for name, value in found.told.items()}
    steps = [_step(child, root.started) for child in root.children]
    return Trace.model_validate(told | {"total_ms": round(root.milliseconds, 3), "steps": steps})


def sources_of(trace: Trace) -> set[str]:
    """Whose erasure takes the trace away: every source that it names."""
    found = {passage.source for hop in trace.hops for passage in hop.first}
    return found | {passage.source for passage in trace.passages}


_AS_IT_IS = frozenset({"run_id", "status", "mode", "conversation", "passage_id", "source", "kind", "support"})
"""Not masked: an id must find its passage again, and who erases a source erases the trace."""


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value[:MAX_TEXT])
    if isinstance(value, dict):
        return {name: each if name in _AS_IT_IS else _masked(each) for name, each in value.items()}
    return [_masked(each) for each in value] if isinstance(value, list | tuple) else value


def _step(span: Span, origin: float) -> Step:
    facts = {name: value for name, value in span.attributes.items() if name != RUN_ID}
    return Step(
        name=span.name,
        kind=span.kind,
        start_ms=round((span.started - origin) * 1000, 3),
        ms=round(span.milliseconds, 3),
        facts=facts | {name: _masked(text) for name, text in span.content.items()},
        error=span.error,
        steps=tuple(_step(child, origin) for child in span.children),
    )


def _outcome(answer: Answer, state: State) -> dict[str, Any]:
    return {
        "rewritten": answer.rewritten_question,
        "answer": answer.answer,
        "confidence": answer.confidence,
        "features": answer.features,
        "hops": [
            {
                "n": found.lookup.n,
                "kind": found.lookup.kind,
                "query": found.lookup.query,
                "found": len(found.hits),
                "first": [_named(hit.passage) for hit in found.hits[:SHOWN_PER_HOP]],
            }
            for found in state.found
        ],
        "passages": [
            _named(ranked.candidate.hit.passage)
            | {"score": round(ranked.score, 4), "hop": ranked.candidate.hop, "via": ranked.candidate.via}
            for ranked in state.ranking[:KEPT_PASSAGES]
        ],
        "claims": _claims(state),
        "missing": answer.missing,
        "notes": answer.notes,
        "usage": answer.usage.model_dump(),
    }


def _claims(state: State) -> list[dict[str, Any]]:
    """The withheld ones and those that quotations stand in for as well: what was not shown is what an operator asks
    about."""
    numbers = renumber([claim.markers for claim in state.every_claim])
    return [
        {
            "text": claim.text,
            "markers": tuple(numbers[marker] for marker in claim.markers),
            "support": claim.support,
            "score": round(claim.score, 4),
        }
        for claim in state.every_claim
    ]


def _named(passage: Passage) -> dict[str, str]:
    return {"passage_id": passage.id, "source": passage.source, "title": passage.title}
