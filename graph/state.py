"""What a question carries through the graph.

Outside it is narrow: `Question` goes in, and `agent.reporting` makes the `Answer` of the last `State`. Inside, nodes
read `State` and return the partial updates of `graph.updates`. One question is one run: nothing here survives into the
next.
"""

import operator
from dataclasses import dataclass, field
from typing import Annotated, Literal

from graph.evidence import Evidence
from graph.language import Turn
from tools.passages import DEFAULT_TENANT, Hit, Reader
from tools.ports import Onward, Support, Usage

HopKind = Literal["search", "link", "follow_up"]
Status = Literal["answered", "partial", "declined"]
Retry = Literal["", "repair", "search", "quote", "decline"]


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks and how much the question may cost; plain values, so that LangGraph's own tools can fill it in."""

    run_id: str = ""
    user: str | None = None
    groups: tuple[str, ...] = ()
    tenant: str = DEFAULT_TENANT
    channel: str = ""
    """Where the question was asked, for the books; empty where there is no such place."""

    max_hops: int = 4
    max_model_calls: int = 8
    max_tokens: int = 16_000
    max_seconds: float = 120.0
    top_k: int = 5
    max_error_rate: float = 0.3
    min_confidence: float | None = None
    answering: bool = True
    stopping: bool = True
    """False: hops go on until `max_hops`, or until there is nothing new to look up."""
    asked_at: float = 0.0
    """When the question came, on `time.perf_counter`'s clock: the oldest of several goes first."""
    begun_at: float | None = None
    """Of a question that another process began: when it would have come, on that clock, had there been no pause."""

    @property
    def reader(self) -> Reader:
        return Reader(user=self.user, groups=tuple(self.groups), tenant=self.tenant)


@dataclass(frozen=True, slots=True)
class Lookup:
    """One store request of a hop. Without `onward`, `query` is searched, or `names` are looked up for a link; with it,
    it says where the chain may go on. `via` tells the reader why."""

    n: int
    kind: HopKind
    query: str
    names: tuple[str, ...] = ()
    via: str = ""
    onward: Onward | None = None


@dataclass(frozen=True, slots=True)
class Found:
    lookup: Lookup
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage in play, with the hop that first brought it and why; `fused` is 1/(1 + its best rank in a search)."""

    hit: Hit
    hop: int
    via: str
    order: int
    fused: float = 0.0


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage in its final order; `score` in 0–1 is how probably it is part of the chain of evidence."""

    candidate: Candidate
    score: float

    @property
    def key(self) -> str:
        return self.candidate.hit.passage.key


@dataclass(frozen=True, slots=True)
class HopTaken:
    n: int
    kind: HopKind
    query: str
    passage_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """One sentence of the draft, the marks it carries and the verifier's verdict; `withheld` claims are not shown.
    `verified` is false for what no verifier has seen, since it was down."""

    text: str
    markers: tuple[int, ...]
    support: Support
    score: float
    verified: bool = True

    @property
    def withheld(self) -> bool:
        return self.support == "unsupported"


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one of the questions that a message asks: the claims that are given (none where it was declined),
    and `missing` then. `evidence` is what its claims cite."""

    status: Status
    claims: tuple[CheckedClaim, ...]
    evidence: tuple[Evidence, ...]
    confidence: float
    draft: str = ""
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def either(left: bool, right: bool) -> bool:
    return left or right


def later(left: float, right: float) -> float:
    return max(left, right)


def merged_timings(left: dict[str, float], right: dict[str, float]) -> dict[str, float]:
    return {node: left.get(node, 0.0) + right.get(node, 0.0) for node in left | right}


def merged_candidates(left: dict[str, Candidate], right: dict[str, Candidate]) -> dict[str, Candidate]:
    """The first hop that found a passage keeps the credit."""
    return right | left


@dataclass(frozen=True, slots=True)
class Question:
    """The graph's input."""

    question: str
    history: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class State(Question):
    """Everything the nodes share while one question is under way."""

    started: float = 0.0
    rewritten: str = ""
    vector: tuple[float, ...] = ()
    small_talk: str | None = None
    plan: tuple[Lookup, ...] = ()
    asked: Annotated[tuple[str, ...], operator.add] = ()
    found: Annotated[tuple[Found, ...], operator.add] = ()
    absorbed: int = 0
    candidates: Annotated[dict[str, Candidate], merged_candidates] = field(default_factory=dict)
    ranking: tuple[Ranked, ...] = ()
    hops: Annotated[tuple[HopTaken, ...], operator.add] = ()
    part: str = ""
    """The one of several questions that is being answered, standing alone; empty where one thing is asked."""

    told: tuple[Told, ...] = ()
    """What came of the parts before it."""

    evidence: tuple[Evidence, ...] = ()
    votes: tuple[tuple[int, float], ...] = ()
    """`Chains.votes`: which share of the chains ends with each sentence, by its number."""
    draft: str = ""
    missing: tuple[str, ...] = ()
    claims: tuple[CheckedClaim, ...] = ()
    repairs: int = 0
    weighed: dict[str, float] = field(default_factory=dict)
    """What the confidence will look at, where validation needed to know it."""

    retry: Retry = ""
    """What is to be done about a draft that can't be given as it is."""

    searched_again: bool = False
    """Whether a model that found no answer in what it was shown was asked for other words to search in."""

    in_other_words: str = ""
    """Those words; what is found is ranked and weighed by them."""

    instead: str = ""
    """Why quotations stand in for a model's own answer; empty where they don't."""

    refused: tuple[CheckedClaim, ...] = ()
    """The claims of the model's own answer that quotations stand in for."""

    features: dict[str, float] = field(default_factory=dict)
    confidence: float = 0.0
    status: Status = "declined"
    answer: str = ""
    usage: Annotated[Usage, operator.add] = field(default_factory=Usage)
    notes: Annotated[tuple[str, ...], operator.add] = ()
    degraded: Annotated[bool, either] = False
    """Some part was down or a limit was hit: asked again, the question may be answered better."""
    written_by: Literal["", "extractive", "model"] = ""
    timings: Annotated[dict[str, float], merged_timings] = field(default_factory=dict)
    elapsed: Annotated[float, later] = 0.0
    """Seconds from the question's coming to the end of its last step, pauses left out."""

    @property
    def asks(self) -> str:
        """What the answer that is being written has to answer."""
        return self.part or self.in_other_words or self.rewritten

    @property
    def put(self) -> str:
        """The same as it was put, whatever other words it was searched for in."""
        return self.part or self.rewritten

    @property
    def every_claim(self) -> tuple[CheckedClaim, ...]:
        """All that was checked: those of the draft, and before them those that quotations stand in for."""
        return (*self.refused, *self.claims)
