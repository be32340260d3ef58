"""What the nodes get once per process. Who asks, and what it may cost, comes with each question in `Context`."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol

from graph.checking.judging import Judge
from graph.confidence import Calibration, shipped_calibration
from graph.language import Language
from graph.ranking.ranker import ChainRanker, shipped_ranker
from graph.turns import Turns
from tools.knowledge import Knowledge
from tools.ports import AnswerChecker, Reranker, Screener, Verifier


class Watch(Protocol):
    """Looks on: entered when a node begins, told its update, left when it ends. It changes nothing and never raises."""

    def __call__(self, node: str, run_id: str) -> AbstractContextManager[Callable[[Mapping[str, Any]], None]]: ...


def unwatched(node: str, run_id: str) -> AbstractContextManager[Callable[[Mapping[str, Any]], None]]:
    return nullcontext(lambda update: None)


@dataclass(frozen=True)
class Deps:
    knowledge: Knowledge
    language: Language
    small: Language | None = field(default=None, kw_only=True)
    """A cheaper one, for rewriting, follow-ups and easy answers; None: `language` does it all."""

    verifier: Verifier
    answer_checker: AnswerChecker | None = None
    """Tells answers from near misses where documents are quoted; None: rules alone choose, and the confidence knows
    less."""

    reranker: Reranker | None = None
    judge: Judge | None = None
    screener: Screener | None = None
    watch: Watch = unwatched
    ranker: ChainRanker = field(default_factory=shipped_ranker)
    calibration: Calibration = field(default_factory=shipped_calibration)
    """Of the language's own answers."""

    quoting: Calibration | None = None
    """Of quotations, where they stand in for a model's answer; None: they are never asked for, or are its own."""

    turns: Turns = field(default_factory=Turns)

    @property
    def helper(self) -> Language:
        """Who does the small steps."""
        return self.small or self.language
