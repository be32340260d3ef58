"""The answer as programs see it: the JSON contract of `hopline ask --json`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

AnswerStatus = Literal["answered", "partial", "declined", "failed"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Citation(_Frozen):
    """One numbered source. `quote` is exactly `source_text[start:end]`; offsets count code points."""

    marker: int
    passage_id: str
    source: str
    title: str
    locator: str
    url: str | None
    quote: str
    start: int
    end: int
    reading: str = Field("", description="The quote as answers say it, where that differs: rows by column, no markup")


class Claim(_Frozen):
    """One statement of the answer with the marks it carries; `score` is the verifier's, in 0–1."""

    text: str
    markers: tuple[int, ...]
    support: Literal["supported", "partial", "unsupported"]
    score: float


class Hop(_Frozen):
    """One step of the chain of evidence: what was looked for, why, and what came of it."""

    n: int
    kind: Literal["search", "link", "follow_up"]
    query: str
    passage_ids: tuple[str, ...]


class RankedPassage(_Frozen):
    """One place of the final ranking; `score` has no fixed unit, `hop` is the hop that first found it."""

    passage_id: str
    source: str
    score: float
    hop: int
    via: str = ""


class UsageReport(_Frozen):
    model_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0


class Answer(_Frozen):
    """What became of a question. `confidence` is the calibrated probability (0–1) that the answer is right."""

    question: str
    rewritten_question: str
    status: AnswerStatus
    answer: str
    confidence: float = Field(ge=0, le=1)
    citations: tuple[Citation, ...] = ()
    claims: tuple[Claim, ...] = ()
    hops: tuple[Hop, ...] = ()
    ranking: tuple[RankedPassage, ...] = Field((), description="Retrieved passages after the last hop, best first")
    missing: tuple[str, ...] = Field((), description="What the documents did not say, when declined or partial")
    notes: tuple[str, ...] = Field((), description="Limits reached, claims withheld, degraded parts")
    features: dict[str, float] = Field(default_factory=dict, description="What the confidence was computed from")
    usage: UsageReport = UsageReport()
    timings_ms: dict[str, float] = Field(default_factory=dict)
    mode: Literal["extractive", "model"] = "extractive"
    run_id: str = ""
    from_cache: bool = Field(False, description="Worked out a moment ago, for the same rights and documents")
    draft: str = Field("", exclude=True, repr=False, description="Before validation: to diagnose, never to show")


class SearchResult(_Frozen):
    passage_id: str
    source: str
    title: str
    text: str
    score: float
    hop: int
    via: str


class SearchReport(_Frozen):
    """`hopline search --json`, which leaves `hops` out: the retrieved chain, best passage first, no answer."""

    question: str
    results: tuple[SearchResult, ...]
    timings_ms: dict[str, float]
    hops: tuple[Hop, ...] = ()


def sources_behind(answer: Answer) -> tuple[str, ...]:
    """The sources cited; of an answer that cites none those found for it: a refusal names the nearest, and one that was
    stopped has marks and no citations yet."""
    cited = [citation.source for citation in answer.citations]
    return tuple(dict.fromkeys(cited or [ranked.source for ranked in answer.ranking]))


def failed_answer(question: str, error: Exception) -> Answer:
    """What `hopline ask --json` prints when a question was accepted but could not be worked on."""
    return Answer(
        question=question,
        rewritten_question=question,
        status="failed",
        answer="",
        confidence=0.0,
        notes=(str(error),),
    )
