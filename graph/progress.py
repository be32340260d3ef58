"""What the nodes report while they work, through LangGraph's custom stream; `agent.events` passes it on."""

from dataclasses import dataclass
from typing import TypeAlias

from graph.state import HopKind


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The stand-alone question that retrieval will use."""

    question: str


@dataclass(frozen=True, slots=True)
class HopStarted:
    n: int
    kind: HopKind
    query: str
    via: str


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


Progress: TypeAlias = Rewritten | HopStarted | PassagesFound | Token | Validated
