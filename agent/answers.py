"""The answer as programs see it: the JSON contract of `hopline ask --json`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

AnswerStatus = Literal["answered", "partial", "declined", "failed"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Citation(_Frozen):
    """One numbered source. `quote` is exactly `source_text[start:end]`, counted in code points."""

    marker: int
    passage_id: str
    source: str
    title: str
    locator: str
    url: str | None
    quote: str
    start: int
    end: int
    reading: str = Field(
        "",
        description="The quote as an answer words it, if that differs: a row with its columns' names, in a chat who "
        "says it and when, no markup",
    )


class Claim(_Frozen):
    """One statement of the answer with its citation marks. `score` is the verifier's, between 0 and 1."""

    text: str
    markers: tuple[int, ...]
    support: Literal["supported", "partial", "unsupported"]
    score: float


class Hop(_Frozen):
    """One step of the search: what was looked for, why, and which passages were found."""

    n: int
    kind: Literal["search", "link", "follow_up"]
    query: str
    passage_ids: tuple[str, ...] = Field(repr=False)


class RankedPassage(_Frozen):
    """A passage's place in the final ranking. `score` has no fixed unit; `hop` is the hop that first found it."""

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
    unpriced_calls: int = Field(0, description="Those whose price is unknown; cost_usd is without them")

    @property
    def cost(self) -> str:
        """`$0.0012`; where the price of some or all calls is unknown `≥ $0.0012` or `cost unknown`; empty without
        calls."""
        if not self.model_calls:
            return ""
        if self.unpriced_calls and not self.cost_usd:
            return "cost unknown"
        return f"{'≥ ' if self.unpriced_calls else ''}${self.cost_usd:.4f}"


class Answer(_Frozen):
    """The result of a question. `confidence` is the calibrated probability (0–1) that the answer is right."""

    question: str
    rewritten_question: str
    status: AnswerStatus
    answer: str
    confidence: float = Field(ge=0, le=1)
    citations: tuple[Citation, ...] = ()
    claims: tuple[Claim, ...] = ()
    hops: tuple[Hop, ...] = ()
    ranking: tuple[RankedPassage, ...] = Field(
        (), repr=False, description="Retrieved passages after the last hop, best first"
    )
    missing: tuple[str, ...] = Field((), description="What the documents did not say, when declined or partial")
    notes: tuple[str, ...] = Field((), description="Limits reached, claims withheld, parts that were down")
    features: dict[str, float] = Field(
        default_factory=dict, repr=False, description="What the confidence was computed from"
    )
    usage: UsageReport = UsageReport()
    timings_ms: dict[str, float] = Field(default_factory=dict)
    mode: Literal["extractive", "model"] = "extractive"
    run_id: str = ""
    from_cache: bool = Field(False, description="Computed a moment ago, for the same rights and documents")
    draft: str = Field(
        "", exclude=True, repr=False, description="The text before validation: for diagnosis, never to be shown"
    )

    def __str__(self) -> str:
        """The answer as `print` shows it: its text, how sure it is, what to know about it, and its sources."""
        sources = [f"[{citation.marker}] {citation.title} · {citation.source}" for citation in self.citations]
        return "\n".join([self.answer, f"({self.status}, confidence {self.confidence:.2f})", *self.notes, *sources])


class SearchResult(_Frozen):
    passage_id: str
    source: str
    title: str
    text: str
    score: float
    hop: int
    via: str


class SearchReport(_Frozen):
    """The retrieved chain, best passage first, without an answer. `hopline search --json` prints it without `hops`."""

    question: str
    results: tuple[SearchResult, ...]
    timings_ms: dict[str, float]
    hops: tuple[Hop, ...] = ()


def sources_behind(answer: Answer) -> tuple[str, ...]:
    """The sources an answer cites. If it cites none, the sources found for it: a refusal names the nearest ones, and an
    answer that was stopped has marks but no citations yet."""
    cited = [citation.source for citation in answer.citations]
    return tuple(dict.fromkeys(cited or [ranked.source for ranked in answer.ranking]))


def failed_answer(question: str, error: Exception) -> Answer:
    """What `hopline ask --json` prints for a valid question that failed with an error."""
    return Answer(
        question=question,
        rewritten_question=question,
        status="failed",
        answer="",
        confidence=0.0,
        notes=(str(error),),
    )
