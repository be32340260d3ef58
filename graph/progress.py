"""What the nodes report while they work, through LangGraph's custom stream; `agent.events` re-exports it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from graph.state import HopKind
from tools.passages import Passage


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
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Token:
    """The answer's next sentence or sentences, each found supported by what it cites, marks as in the answer.

    What the verifier does not let stand is never sent. A draft still: `DraftDiscarded` takes all of it back when the
    model fails midway or the answer as a whole is too uncertain to give. Repaired sentences, and quotations that take
    a draft's place, come with the `Answer`; where finished answers are screened, all of it does. `passage_ids` and
    `sources` are those of all passages that the text up to here cites: some were found by no hop.
    """

    text: str
    passage_ids: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @classmethod
    def citing(cls, text: str, passages: Iterable[Passage]) -> "Token":
        cited = {passage.id: passage.source for passage in passages}
        return cls(text, tuple(cited), tuple(cited.values()))


@dataclass(frozen=True, slots=True)
class DraftDiscarded:
    """The sentences sent so far are not the answer: remove them. `reason` is a sentence for readers."""

    reason: str


@dataclass(frozen=True, slots=True)
class Validated:
    supported: int
    withheld: int


Progress: TypeAlias = Rewritten | HopStarted | PassagesFound | Token | DraftDiscarded | Validated
