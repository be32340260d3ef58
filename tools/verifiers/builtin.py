"""The built-in verifier: a small fine-tuned encoder and a few plain comparisons under one calibrated head."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from tools.errors import MissingModel
from tools.pair_encoders.onnx_runtime import PairEncoder
from tools.pair_encoders.remembering import RememberingEncoder
from tools.ports import ClaimToCheck, Verdict
from tools.verifiers.head import QUOTED, Head, verdict_of
from tools.verifiers.reading import read

ARTEFACT = Path(__file__).with_name("artefact")


class BuiltinVerifier:
    """Implements Verifier; offline, on CPU, all claims of a call in one thread. See `artefact/MODEL_CARD.md`."""

    def __init__(self, folder: Path = ARTEFACT) -> None:
        """Load the artefact; blocks for about 0.3 s. Raises MissingModel."""
        try:
            self._head = Head.read(folder / "head.json")
            self._encoder = RememberingEncoder(PairEncoder(folder))
        except Exception as error:
            raise MissingModel(
                f"The built-in verifier in {folder} can't be loaded ({error}): reinstall Hopline, run `make verifier`, "
                "or set HOPLINE_VERIFIER=lexical."
            ) from error

    @property
    def name(self) -> str:
        return f"builtin-{self._head.version}"

    async def verify(self, claims: Sequence[ClaimToCheck]) -> list[Verdict]:
        return await asyncio.to_thread(self._verify, list(claims)) if claims else []

    def _verify(self, claims: list[ClaimToCheck]) -> list[Verdict]:
        readings = [read(claim) for claim in claims]
        scores = [QUOTED if reading.features.quoted and not reading.is_empty else 0.0 for reading in readings]
        doubtful = [at for at, reading in enumerate(readings) if not (reading.is_empty or reading.features.quoted)]
        if doubtful:
            logits = self._encoder.logits([readings[at].pair for at in doubtful])
            for at, row in zip(doubtful, logits, strict=True):
                scores[at] = self._head.score(row, readings[at].features)
        return [verdict_of(score) for score in scores]
