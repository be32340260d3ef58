"""From what was read of a claim to a calibrated probability: a logistic regression in plain numbers."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from tools.ports import FloatArray, Verdict
from tools.verifiers.features import FEATURES, Features, as_row

CLASSES = ("supported", "neutral", "contradicted")
"""What the encoder's logits stand for."""

SUPPORTED = 0.5
"""From here on a claim is rather supported than not: the threshold of best balanced accuracy for a calibrated score."""
PARTIAL = 0.3
QUOTED = 0.98
"""The score of a quotation, whatever the encoder says: so often were quoted claims right in the claim sets."""
EDITED = 0.25
"""At most this for a quotation with another number, date or name, or with a denial put in or taken out."""

INPUTS = ("support_margin", "conflict_margin", "brief_support", *FEATURES)


@dataclass(frozen=True, slots=True)
class Head:
    """`weights` are in the order of `INPUTS`, for inputs as they are (scaling is folded in)."""

    version: str
    weights: tuple[float, ...]
    bias: float

    def score(self, logits: Sequence[float], features: Features) -> float:
        total = self.bias + float(np.dot(self.weights, inputs_of(logits, features)))
        return bounded(1 / (1 + math.exp(-max(-30.0, min(30.0, total)))), features)

    def scores(self, rows: FloatArray, features: Sequence[Features]) -> list[float]:
        return [self.score(row, one) for row, one in zip(rows, features, strict=True)]

    def write(self, file: Path) -> None:
        file.write_text(json.dumps(asdict(self) | {"inputs": INPUTS}, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, file: Path) -> "Head":
        """Raises OSError or ValueError when the file is not there or is of another version of this module."""
        found = json.loads(file.read_text(encoding="utf-8"))
        if tuple(found["inputs"]) != INPUTS:
            raise ValueError(f"{file.name} was trained for other inputs")
        return cls(str(found["version"]), tuple(map(float, found["weights"])), float(found["bias"]))


def inputs_of(logits: Sequence[float], features: Features) -> FloatArray:
    """The head's inputs: what the encoder says as log-odds, then what was compared."""
    supported, neutral, contradicted = (float(one) for one in logits)
    support = supported - float(np.logaddexp(neutral, contradicted))
    conflict = contradicted - float(np.logaddexp(supported, neutral))
    brief = support * features.answers_briefly
    return np.array([support, conflict, brief, *as_row(features)], dtype=np.float32)


def bounded(score: float, features: Features) -> float:
    """What the rules know for certain stands above what was learnt."""
    if features.quoted:
        return QUOTED
    return min(score, EDITED) if features.is_edited else score


def verdict_of(score: float) -> Verdict:
    return Verdict.of(score, supported=SUPPORTED, partial=PARTIAL)
