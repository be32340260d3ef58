"""The built-in answer checker: a small encoder, fine-tuned to tell answers from near misses."""

import asyncio
import hashlib
import math
from collections.abc import Sequence
from pathlib import Path

from tools.errors import MissingModel
from tools.pair_encoders.onnx_runtime import PairEncoder
from tools.pair_encoders.remembering import RememberingEncoder
from tools.ports import AnswerToCheck
from tools.well_formed import well_formed

ARTEFACT = Path(__file__).with_name("artefact")
CLASSES = ("answers", "does not answer")
"""What the encoder's logits stand for."""

MAX_CHARACTERS = 1_200
"""About what fits the encoder's window; of a longer text the beginning is read."""


class BuiltinAnswerChecker:
    """Implements AnswerChecker; offline, on CPU, all answers of a call in one thread. See `artefact/MODEL_CARD.md`."""

    def __init__(self, folder: Path = ARTEFACT) -> None:
        """Load the artefact; blocks for about 0.2 s. Raises MissingModel."""
        try:
            self._encoder = RememberingEncoder(PairEncoder(folder))
            self._digest = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
        except Exception as error:
            raise MissingModel(
                f"The answer checker in {folder} can't be loaded ({error}): reinstall Hopline or run `make checker`."
            ) from error

    @property
    def name(self) -> str:
        """With the model's digest: what was remembered of another one's answers is not its own."""
        return f"builtin-{self._digest[:8]}"

    async def check(self, answers: Sequence[AnswerToCheck]) -> list[float]:
        return await asyncio.to_thread(self._check, list(answers)) if answers else []

    def _check(self, answers: list[AnswerToCheck]) -> list[float]:
        return [_probability(yes, no) for yes, no in self._encoder.logits(list(map(pair_of, answers)))]


def _probability(yes: float, no: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, float(yes - no)))))


def pair_of(answer: AnswerToCheck) -> tuple[str, str]:
    """What the encoder reads, text first. Who asks in a chat leaves the question mark out as often as not: it tells
    nothing."""
    return _in_one_line(answer.text), _in_one_line(answer.question).rstrip("? ")


def _in_one_line(text: str) -> str:
    return " ".join(well_formed(text[:MAX_CHARACTERS]).split())
