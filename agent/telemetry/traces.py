"""One question's whole way, as it is kept and as `hopline trace --json` prints it. Words in it are masked."""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from agent.answers import Claim, UsageReport
from agent.masking import masked
from agent.telemetry.conventions import RUN_ID
from agent.telemetry.spans import Kind, Span, Value
from agent.telemetry.watching import Run, Status
from graph.citations import renumber
from graph.state import State
from tools.passages import Passage

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


def trace_of(run: Run) -> Trace:
    """Pure. Masking takes some milliseconds for a long answer: not on the event loop."""
    root, answer, state = run.root, run.answer, run.state
    trace: dict[str, Any] = {
        "run_id": run.run_id,
        "asked_at": datetime.fromtimestamp(run.asked_at, UTC).isoformat(timespec="milliseconds"),
        "status": run.status,
        "mode": run.mode,
        "question": _text(run.question),
        "conversation": run.conversation,
        "total_ms": round(root.milliseconds, 3),
        "error": _text(run.error),
        "steps": [_step(child, root.started) for child in root.children],
    }
    if answer is not None and state is not None:
        trace |= {
            "rewritten": _text(answer.rewritten_question),
            "answer": _text(answer.answer),
            "confidence": answer.confidence,
            "features": answer.features,
            "hops": _hops(state),
            "passages": _passages(state),
            "claims": _claims(state),
            "missing": [_text(missing) for missing in answer.missing],
            "notes": [_text(note) for note in answer.notes],
            "usage": answer.usage,
        }
    return Trace.model_validate(trace)


def sources_of(trace: Trace) -> set[str]:
    """Whose erasure takes the trace away: every source that it names."""
    found = {passage.source for hop in trace.hops for passage in hop.first}
    return found | {passage.source for passage in trace.passages}


def _step(span: Span, origin: float) -> Step:
    content = {name: _text(text) for name, text in span.content.items()}
    facts = {name: value for name, value in span.attributes.items() if name != RUN_ID}
    return Step(
        name=span.name,
        kind=span.kind,
        start_ms=round((span.started - origin) * 1000, 3),
        ms=round(span.milliseconds, 3),
        facts=facts | content,
        error=span.error,
        steps=tuple(_step(child, origin) for child in span.children),
    )


def _hops(state: State) -> list[HopTrace]:
    return [
        HopTrace(
            n=found.lookup.n,
            kind=found.lookup.kind,
            query=_text(found.lookup.query),
            found=len(found.hits),
            first=tuple(FoundPassage(**_named(hit.passage)) for hit in found.hits[:SHOWN_PER_HOP]),
        )
        for found in state.found
    ]


def _passages(state: State) -> list[KeptPassage]:
    return [
        KeptPassage(
            **_named(ranked.candidate.hit.passage),
            score=round(ranked.score, 4),
            hop=ranked.candidate.hop,
            via=_text(ranked.candidate.via),
        )
        for ranked in state.ranking[:KEPT_PASSAGES]
    ]


def _claims(state: State) -> list[Claim]:
    """All of the final draft's, the withheld ones as well: what was not shown is what an operator asks about."""
    numbers = renumber([claim.markers for claim in state.claims])
    return [
        Claim(
            text=_text(claim.text),
            markers=tuple(numbers[marker] for marker in claim.markers),
            support=claim.support,
            score=round(claim.score, 4),
        )
        for claim in state.claims
    ]


def _named(passage: Passage) -> dict[str, str]:
    """Not masked: an id must find its passage again, and who erases a source erases the trace."""
    return {"passage_id": passage.id, "source": passage.source, "title": masked(passage.title)}


def _text(text: str) -> str:
    return masked(text[:MAX_TEXT])
