"""The ports of the reasoning: what it needs from the outside, without naming a vendor."""

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
    """Turns texts into vectors of unit length. The store records `name` and `dimension`, and refuses any other pair."""

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
    """Where a chain may go on: to documents with these `names` (see `tools.names`), to passages near these `vectors`
    (unit length), and to passages with the words of these `texts`. `question` is the vector of the question itself."""

    question: tuple[float, ...]
    names: tuple[str, ...] = ()
    vectors: tuple[tuple[float, ...], ...] = ()
    texts: tuple[str, ...] = ()


class Searcher(Protocol):
    """Reads the store, always under the reader's access filter; every row that comes back is checked again."""

    async def search(self, query: str, vector: Sequence[float], reader: Reader, limit: int) -> list[Hit]:
        """Hybrid search: dense and BM25 fused by reciprocal rank, best first, with vectors. Raises StoreEmpty if the
        store holds nothing."""
        ...

    async def find_names(self, names: Sequence[str], reader: Reader, limit: int) -> list[Hit]:
        """Passages that have one of these `name_key`s, or one of them as their source; with vectors."""
        ...

    async def find_onward(self, onward: Onward, reader: Reader, limit: int) -> list[Hit]:
        """Follow all these ways in one request: `limit` passages for the names, nearest to the question first, and a
        few for each vector and text. With vectors; no passage comes twice."""
        ...

    async def find_sources(self, sources: Sequence[str], reader: Reader, limit: int) -> list[Hit]:
        """Passages of these sources, in reading order, with vectors."""
        ...

    async def fetch(self, keys: Sequence[str], reader: Reader) -> list[Passage]:
        """Passages by primary key, in the order given; those that are gone or may not be read are left out."""
        ...


class PassageStore(Searcher, Protocol):
    """The store as ingestion sees it. A write is visible to the next read of the same process."""

    async def upsert(self, passages: Sequence[Passage], vectors: FloatArray) -> None: ...

    async def stored(self, keys: Sequence[str]) -> list[Hit]:
        """Rows by primary key, with vectors, in any order, for at most 1,000 keys. There is no access filter: this is
        for ingestion, never for an answer."""
        ...

    async def delete_keys(self, keys: Sequence[str]) -> None: ...

    async def delete_source(self, source: str, tenant: str) -> int:
        """Remove every passage of a source, whoever may read it; returns how many were removed."""
        ...

    async def keys_of_source(self, source: str, tenant: str) -> list[str]: ...

    async def readable_sources(self, sources: Sequence[str], reader: Reader) -> frozenset[str]:
        """Those of these sources that have a passage which the reader may read."""
        ...

    async def count(self) -> int: ...

    async def close(self) -> None: ...


class Reranker(Protocol):
    """Scores passages against a query: higher is better, and scores come in the order of the texts."""

    @property
    def name(self) -> str: ...

    async def score(self, query: str, texts: Sequence[str]) -> list[float]: ...


@dataclass(frozen=True, slots=True)
class ClaimToCheck:
    """A claim with the evidence it cites, sentences or passages. Short claims need `question` to be understood."""

    claim: str
    evidence: tuple[str, ...]
    question: str = ""


Support = Literal["supported", "partial", "unsupported"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far the evidence supports the claim; `score` is between 0 and 1. `verified` is false for a substitute that
    was made while the verifier was down."""

    support: Support
    score: float
    verified: bool = True

    @classmethod
    def of(cls, score: float, *, supported: float, partial: float) -> Self:
        """The verdict for a score; `supported` and `partial` are the lowest scores that count as such."""
        return cls("supported" if score >= supported else "partial" if score >= partial else "unsupported", score)


class Verifier(Protocol):
    @property
    def name(self) -> str: ...

    async def verify(self, claims: Sequence[ClaimToCheck]) -> list[Verdict]: ...


@dataclass(frozen=True, slots=True)
class AnswerToCheck:
    """A text that may answer a question; the text begins with its title and heading."""

    question: str
    text: str


class AnswerChecker(Protocol):
    """Gives the probability (0–1) that a text answers a question, whether or not what it says is true."""

    @property
    def name(self) -> str: ...

    async def check(self, answers: Sequence[AnswerToCheck]) -> list[float]: ...


class Screener(Protocol):
    """Looks at a finished answer before anyone reads it. Raises ModelUnavailable."""

    async def flagged(self, text: str) -> tuple[str, ...]:
        """The categories of what is wrong with it; empty if the answer may be given."""
        ...


@dataclass(frozen=True, slots=True)
class Usage:
    """What model calls used; `+` adds it up. `cached_input_tokens` are those input tokens that the provider had
    cached, `unpriced_calls` those calls whose price is unknown: `cost_usd` is without them."""

    model_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    cached_input_tokens: int = 0
    unpriced_calls: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.model_calls + other.model_calls,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cost_usd + other.cost_usd,
            self.cached_input_tokens + other.cached_input_tokens,
            self.unpriced_calls + other.unpriced_calls,
        )


@dataclass(frozen=True, slots=True)
class Message:
    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class StructuredReply(Generic[Value]):
    """A reply that fits its schema, and the usage of all calls it took, including a repair."""

    value: Value
    usage: Usage


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of streamed text. The last one of a stream has an empty text and carries the usage."""

    text: str
    usage: Usage | None = None
    mean_logprob: float | None = None


class ChatModel(Protocol):
    """A language model that retries transient failures itself. Raises ModelUnavailable, ModelRefused, BadReply or, if
    metered, BudgetSpent. The error, or the cancellation, carries what the failed call cost (`tools.chat.owed`)."""

    @property
    def name(self) -> str: ...

    async def structured(
        self, messages: Sequence[Message], schema: type[Schema], *, max_tokens: int
    ) -> "StructuredReply[Schema]": ...

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> AsyncIterator[TextDelta]: ...

    async def check(self) -> None:
        """Make one cheap request; raises the error that a real call would raise."""
        ...


JsonObject = dict[str, Any]
