"""What `Assistant.stream()` yields, in the order things happen; the last event is the `Answer` itself."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from agent.answers import Answer


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The stand-alone question that retrieval will use."""

    question: str


@dataclass(frozen=True, slots=True)
class HopStarted:
    n: int
    kind: Literal["search", "link", "follow_up"]
    query: str


@dataclass(frozen=True, slots=True)
class PassagesFound:
    """Titles are safe to show: they passed the reader's access filter."""

    n: int
    passage_ids: tuple[str, ...]
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the answer's draft. Unverified until `Validated`: show it as such or wait."""

    text: str


@dataclass(frozen=True, slots=True)
class Validated:
    supported: int
    withheld: int


Event: TypeAlias = Rewritten | HopStarted | PassagesFound | Token | Validated | Answer
