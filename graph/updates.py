"""The partial updates that nodes return, one type per node; a misspelt key is a type error."""

from typing import Literal, TypedDict

from graph.evidence import Evidence
from graph.state import Candidate, CheckedClaim, Found, HopTaken, Lookup, Ranked, Retry, Status, Told
from tools.ports import Usage


class Rewritten(TypedDict, total=False):
    started: float
    rewritten: str
    vector: tuple[float, ...]
    small_talk: str | None
    plan: tuple[Lookup, ...]
    usage: Usage
    notes: tuple[str, ...]
    status: Status
    answer: str
    confidence: float
    degraded: bool
    part: str
    told: tuple[Told, ...]


class Retrieved(TypedDict):
    found: tuple[Found, ...]
    hops: tuple[HopTaken, ...]
    asked: tuple[str, ...]


class Reranked(TypedDict):
    candidates: dict[str, Candidate]
    absorbed: int
    ranking: tuple[Ranked, ...]
    features: dict[str, float]
    notes: tuple[str, ...]
    degraded: bool


class FollowedUp(TypedDict, total=False):
    plan: tuple[Lookup, ...]
    rewritten: str
    vector: tuple[float, ...]
    searched_again: bool
    in_other_words: str
    retry: Retry
    usage: Usage
    notes: tuple[str, ...]
    degraded: bool


class Generated(TypedDict, total=False):
    part: str
    evidence: tuple[Evidence, ...]
    draft: str
    missing: tuple[str, ...]
    repairs: int
    usage: Usage
    notes: tuple[str, ...]
    features: dict[str, float]
    votes: tuple[tuple[int, float], ...]
    degraded: bool
    written_by: Literal["", "extractive", "model"]
    instead: str
    refused: tuple[CheckedClaim, ...]


class Checked(TypedDict, total=False):
    claims: tuple[CheckedClaim, ...]
    weighed: dict[str, float]
    retry: Retry
    usage: Usage
    degraded: bool


class Scored(TypedDict, total=False):
    features: dict[str, float]
    confidence: float
    status: Status
    answer: str
    draft: str
    missing: tuple[str, ...]
    claims: tuple[CheckedClaim, ...]
    told: tuple[Told, ...]
    evidence: tuple[Evidence, ...]
    notes: tuple[str, ...]
    degraded: bool
