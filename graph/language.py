"""The port for understanding and writing language: with a model, or with rules and the documents' own sentences."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from graph.chaining.chains import Chains
from graph.evidence import Evidence
from tools.ports import TextDelta, Usage


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier question of the conversation and what was answered (empty when declined)."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Rewriting:
    """`question` stands alone. `queries` are extra search queries, sub-questions first. `small_talk` is the reply to
    what is not a question for the documents (a greeting, thanks); then nothing else is looked up."""

    question: str
    queries: tuple[str, ...] = ()
    small_talk: str | None = None
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Is the chain complete? If not, `query` is the next thing to look up, a question that stands alone."""

    complete: bool
    query: str | None = None
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True)
class Repair:
    """A claim rewritten to what its evidence says, marks included; `text` is None if the evidence supports nothing."""

    text: str | None
    usage: Usage = field(default_factory=Usage)


class Language(Protocol):
    @property
    def mode(self) -> Literal["extractive", "model"]: ...

    @property
    def max_calls_of_answer(self) -> int:
        """Model calls that must stay in the budget for an answer to be written (0 without a model)."""
        ...

    async def rewrite(self, question: str, history: Sequence[Turn]) -> Rewriting: ...

    async def follow_up(
        self, question: str, evidence: Sequence[Evidence], asked: Sequence[str], *, max_tokens: int
    ) -> FollowUp:
        """`asked` are the queries already tried; a repeated one is the caller's to drop."""
        ...

    def answer(self, chains: Chains, *, max_tokens: int) -> AsyncIterator[TextDelta]:
        """The text of the answer to `chains.question`, every sentence carrying its marks (`[1]`, `[2][5]`), or exactly
        `NOT FOUND: <what is missing>` when the evidence does not hold it. `max_tokens` bounds prompt and completion
        together."""
        ...

    async def repair(self, question: str, claim: str, evidence: Sequence[Evidence], *, max_tokens: int) -> Repair: ...


NOT_FOUND = "NOT FOUND:"
