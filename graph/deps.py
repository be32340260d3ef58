"""What the nodes are given once per process; who asks and what it may cost comes per question, in `Context`."""

from dataclasses import dataclass, field

from graph.confidence import Calibration, shipped_calibration
from graph.judging import Judge
from graph.language import Language
from graph.ranking.ranker import ChainRanker, shipped_ranker
from graph.turns import Turns
from tools.knowledge import Knowledge
from tools.ports import Reranker, Screener, Verifier


@dataclass(frozen=True)
class Deps:
    knowledge: Knowledge
    language: Language
    verifier: Verifier
    reranker: Reranker | None = None
    judge: Judge | None = None
    screener: Screener | None = None
    ranker: ChainRanker = field(default_factory=shipped_ranker)
    calibration: Calibration = field(default_factory=shipped_calibration)
    turns: Turns = field(default_factory=Turns)
