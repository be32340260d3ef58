"""The built-in answer checker: a small encoder, fine-tuned to tell answers from near misses."""

import asyncio
import hashlib
import math
import threading
from collections.abc import Sequence
from pathlib import Path

from tools.errors import MissingModel
from tools.pair_encoders.onnx_runtime import PairEncoder
from tools.ports import AnswerToCheck
from tools.well_formed import well_formed

ARTEFACT = Path(__file__).with_name("artefact")
CLASSES = ("answers", "does not answer")
"""What the encoder's logits stand for."""

MAX_CHARACTERS = 1_200
"""About what fits the encoder's window; of a longer text the beginning is read."""

REMEMBERED = 512
"""Pairs of the latest calls that are not read again: the chain that was chosen is read once more as the answer."""


class BuiltinAnswerChecker:
    """Implements AnswerChecker; offline, on CPU, all answers of a call in one thread. See `artefact/MODEL_CARD.md`."""

    def __init__(self, folder: Path = ARTEFACT) -> None:
        """Load the artefact; blocks for about 0.2 s. Raises MissingModel."""
        try:
            self._encoder = PairEncoder(folder)
            self._digest = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
        except Exception as error:
            raise MissingModel(
                f"The answer checker in {folder} can't be loaded ({error}): reinstall Hopline or run `make checker`."
            ) from error
        # One batch at a time: several would only share the same processors.
        self._turn = threading.Lock()
        self._known: dict[bytes, float] = {}

    @property
    def name(self) -> str:
        """With the model's digest: what was remembered of another one's answers is not its own."""
        return f"builtin-{self._digest[:8]}"

    async def check(self, answers: Sequence[AnswerToCheck]) -> list[float]:
        return await asyncio.to_thread(self._check, list(answers)) if answers else []

    def _check(self, answers: list[AnswerToCheck]) -> list[float]:
        pairs = list(map(pair_of, answers))
        keys = list(map(_key, pairs))
        with self._turn:
            unread = {key: pair for key, pair in zip(keys, pairs, strict=True) if key not in self._known}
            logits = self._encoder.logits(list(unread.values()))
            self._known |= {key: _probability(yes, no) for key, (yes, no) in zip(unread, logits, strict=True)}
            found = [self._known[key] for key in keys]
            for key in list(self._known)[: max(0, len(self._known) - REMEMBERED)]:
                del self._known[key]
        return found


def _probability(yes: float, no: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, float(yes - no)))))


def _key(pair: tuple[str, str]) -> bytes:
    """What is remembered of a pair holds nothing that could be read."""
    return hashlib.blake2b("\0".join(pair).encode(), digest_size=16).digest()


def pair_of(answer: AnswerToCheck) -> tuple[str, str]:
    """What the encoder reads, text first. Who asks in a chat leaves the question mark out as often as not: it tells
    nothing."""
    return _in_one_line(answer.text), _in_one_line(answer.question).rstrip("? ")


def _in_one_line(text: str) -> str:
    return " ".join(well_formed(text[:MAX_CHARACTERS]).split())
