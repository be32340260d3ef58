"""The ports of the reasoning: what it needs of the world, without naming a vendor."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from tools.passages import Hit, Passage, Reader

FloatArray = NDArray[np.float32]
Schema = TypeVar("Schema", bound=BaseModel)
Value = TypeVar("Value")


class Embedder(Protocol):
    """Text to vectors of unit length; the store records `name` and `dimension` and refuses another pair."""

    @property
    def name(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    async def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        """Shape (n, dimension), rows of unit length."""
        ...

    async def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        """Shape (n, dimension), rows of unit length, in the order given."""
        ...


@dataclass(frozen=True, slots=True)
class Onward:
    """Where a chain may go on: documents under these `names` (see `tools.names`), passages near these `vectors` (unit
    length), passages with the words of these `texts`. `question` is the question's own vector."""

    question: tuple[float, ...]
    names: tuple[str, ...] = ()
    vectors: tuple[tuple[float, ...], ...] = ()
    texts: tuple[str, ...] = ()


class Searcher(Protocol):
    """Reads the store, always under a reader's access filter; rows are checked again on return."""

    async def search(self, query: str, vector: Sequence[float], reader: Reader, limit: int) -> list[Hit]:
        """Hybrid search: dense and BM25 fused by reciprocal rank, best first, vectors included. Raises StoreEmpty where
        nothing has been ingested yet, or nothing is left of it."""
        ...

    async def find_names(self, names: Sequence[str], reader: Reader, limit: int) -> list[Hit]:
        """Passages that answer to any of these `name_key`s or whose source is one of them; vectors included."""
        ...

    async def find_onward(self, onward: Onward, reader: Reader, limit: int) -> list[Hit]:
        """What any of these ways leads to, in one request: of the names `limit` passages, nearest to the question
        first, of each vector and text a few. Vectors included, no passage twice."""
        ...

    async def find_sources(self, sources: Sequence[str], reader: Reader, limit: int) -> list[Hit]:
        """Passages of these sources, in reading order; vectors included."""
        ...

    async def fetch(self, keys: Sequence[str], reader: Reader) -> list[Passage]:
        """Passages by primary key, in the order given; those that are gone or not readable are left out."""
        ...


class PassageStore(Searcher, Protocol):
    """The store as ingestion sees it. Writes are visible to the next read of the same process."""

    async def upsert(self, passages: Sequence[Passage], vectors: FloatArray) -> None: ...

    async def stored(self, keys: Sequence[str]) -> list[Hit]:
        """Rows by primary key, whoever may read them, vectors included, in any order: for ingestion, never for an
        answer. At most 1,000 keys."""
        ...

    async def delete_keys(self, keys: Sequence[str]) -> None: ...

    async def delete_source(self, source: str, tenant: str) -> int:
        """Remove every passage of a source, whoever may read it; returns how many there were."""
        ...

    async def keys_of_source(self, source: str, tenant: str) -> list[str]: ...

    async def readable_sources(self, sources: Sequence[str], reader: Reader) -> frozenset[str]:
        """Those of the sources of which there is a passage that the reader may read."""
        ...

    async def count(self) -> int: ...

    async def close(self) -> None: ...


class Reranker(Protocol):
    """Scores passages against a query; higher is better, the input order is never changed."""

    @property
    def name(self) -> str: ...

    async def score(self, query: str, texts: Sequence[str]) -> list[float]: ...


@dataclass(frozen=True, slots=True)
class ClaimToCheck:
    """A claim beside the evidence it cites, sentences or passages; `question` gives short claims their sense."""

    claim: str
    evidence: tuple[str, ...]
    question: str = ""


Support = Literal["supported", "partial", "unsupported"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far the evidence carries the claim: `score` in 0–1. `verified` is false for what stands in for a verdict
    while the verifier is down."""

    support: Support
    score: float
    verified: bool = True

    @classmethod
    def of(cls, score: float, *, supported: float, partial: float) -> Self:
        """By the scores from which a claim counts as supported, and as supported in part."""
        return cls("supported" if score >= supported else "partial" if score >= partial else "unsupported", score)


class Verifier(Protocol):
    @property
    def name(self) -> str: ...

    async def verify(self, claims: Sequence[ClaimToCheck]) -> list[Verdict]: ...


@dataclass(frozen=True, slots=True)
class AnswerToCheck:
    """A text that may answer a question, under its title and heading."""

    question: str
    text: str


class AnswerChecker(Protocol):
    """How probable it is that a text answers a question, whether what it says is true or not; in 0–1."""

    @property
    def name(self) -> str: ...

    async def check(self, answers: Sequence[AnswerToCheck]) -> list[float]: ...


class Screener(Protocol):
    """Looks at a finished answer before anyone reads it. Raises ModelUnavailable."""

    async def flagged(self, text: str) -> tuple[str, ...]:
        """What is wrong with it, by category; empty for an answer that may be given."""
        ...


@dataclass(frozen=True, slots=True)
class Usage:
    """What model calls cost; adds up. Of the input tokens, `cached_input_tokens` came from the provider's cache."""

    model_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    cached_input_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.model_calls + other.model_calls,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cost_usd + other.cost_usd,
            self.cached_input_tokens + other.cached_input_tokens,
        )


@dataclass(frozen=True, slots=True)
class Message:
    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class StructuredReply(Generic[Value]):
    """A reply that fits its schema, and what all calls for it cost (repair included)."""

    value: Value
    usage: Usage


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of streamed text; the last one of a stream has empty text and carries the usage."""

    text: str
    usage: Usage | None = None
    mean_logprob: float | None = None


class ChatModel(Protocol):
    """A language model. Raises ModelUnavailable, ModelRefused, BadReply or (metered) BudgetSpent; retries transient
    failures itself. What was paid all the same is told by the error, and by a cancellation (`tools.chat.owed`)."""

    @property
    def name(self) -> str: ...

    async def structured(
        self, messages: Sequence[Message], schema: type[Schema], *, max_tokens: int
    ) -> "StructuredReply[Schema]": ...

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> AsyncIterator[TextDelta]: ...

    async def check(self) -> None:
        """One cheap request; raises the error a real call would meet."""
        ...


JsonObject = dict[str, Any]
